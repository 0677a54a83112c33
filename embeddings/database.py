"""Opening the SQLite database, and the one boundary at which its errors and the system's become ours."""

from __future__ import annotations

import errno
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import apsw

from embeddings.errors import (
    LibraryDamaged,
    LibraryError,
    LibraryLocked,
    LibraryMissing,
    LibraryUnwritable,
)

WAL_SAFE_VERSION = (
    3,
    51,
    3,
)  # older ones can corrupt a WAL database when two connections write or checkpoint at once

REPAIR = "run `bronvast check --repair`"
_WRITE_FAILURES = frozenset(
    {
        apsw.SQLITE_IOERR_WRITE,
        apsw.SQLITE_IOERR_FSYNC,
        apsw.SQLITE_IOERR_DIR_FSYNC,
        apsw.SQLITE_IOERR_TRUNCATE,
        apsw.SQLITE_IOERR_DELETE,
        apsw.SQLITE_IOERR_SHMOPEN,
        apsw.SQLITE_IOERR_SHMSIZE,
        apsw.SQLITE_IOERR_LOCK,
    }
)


@contextmanager
def mapped_errors(folder: Path) -> Iterator[None]:
    """Turn what SQLite and the system raise into the library's own errors; ours pass through untouched."""
    try:
        yield
    except apsw.Error as error:
        raise _from_sqlite(error, folder) from error
    except UnicodeDecodeError as error:  # a flipped bit in stored text
        raise LibraryDamaged(f"the library in {folder} holds text that is not valid UTF-8", REPAIR) from error
    except OSError as error:
        raise _from_system(error, folder) from error


def _from_sqlite(error: apsw.Error, folder: Path) -> LibraryError:
    reason = str(error).rstrip(".")
    if isinstance(error, apsw.BusyError | apsw.LockedError):
        return LibraryLocked(f"another process is busy with the library in {folder}", "try again in a moment")
    if isinstance(error, apsw.FullError):
        return LibraryUnwritable(f"there is no room left on the disk of {folder}", "make room and try again")
    if isinstance(error, apsw.ReadOnlyError | apsw.PermissionsError | apsw.AuthError):
        return LibraryUnwritable(f"the library in {folder} cannot be written ({reason})", "give write permission")
    if isinstance(error, apsw.CantOpenError):
        return LibraryUnwritable(f"the library in {folder} cannot be opened ({reason})", "check its permissions")
    if isinstance(error, apsw.IOError) and getattr(error, "extendedresult", 0) in _WRITE_FAILURES:
        return LibraryUnwritable(f"writing to {folder} failed ({reason})", "check the disk and its free space")
    if isinstance(error, apsw.NoMemError):
        return LibraryError("there is not enough memory for the library", "close other programs and try again")
    if isinstance(error, apsw.NotADBError):
        return LibraryDamaged(
            f"{folder / 'library.db'} is not a library",
            "restore it from a copy, or remove it and add the articles again",
        )
    return LibraryDamaged(f"the library in {folder} is damaged ({reason})", REPAIR)


def _from_system(error: OSError, folder: Path) -> LibraryError:
    reason = error.strerror or type(error).__name__
    path = error.filename or folder
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return LibraryUnwritable(f"there is no room left for {path}", "make room and try again")
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return LibraryUnwritable(f"{path} cannot be used ({reason})", "check its permissions")
    if error.errno == errno.ENOTDIR:
        return LibraryUnwritable(f"{path} is not a folder", "name another folder with --library")
    if error.errno == errno.ENOENT:
        return LibraryMissing(f"{path} is not there ({reason})")
    return LibraryUnwritable(f"{path} cannot be used ({reason})", "check the disk")


def rows_of(
    connection: apsw.Connection, sql: str, values: Sequence[str | bytes | int | float | None] = ()
) -> list[tuple[Any, ...]]:
    """All rows of a query."""
    return connection.execute(sql, tuple(values)).fetchall()


def close(connection: apsw.Connection) -> None:
    """Close a connection, whatever becomes of its last steps on the disk: all that was reported is in the log."""
    with suppress(apsw.Error):
        connection.close(True)


def open_for_writing(path: Path, log: bool = True) -> apsw.Connection:
    """A connection that may write; the caller holds the write lock.

    `synchronous=FULL` costs one fsync a transaction, some milliseconds beside the second that encoding an
    article takes, and means that an article reported as added is still there after a power cut; in WAL mode
    NORMAL would not. `secure_delete` overwrites removed text with zeros.

    Args:
        log: use a write-ahead log, so that readers need not wait; not for a file yet to be put in place.
    """
    connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READWRITE)
    try:
        _configure(connection)
        connection.execute("PRAGMA secure_delete = ON")
        version = tuple(int(part) for part in apsw.sqlite_lib_version().split(".")[:3])
        mode = "WAL" if log and version >= WAL_SAFE_VERSION else "DELETE"
        connection.execute(f"PRAGMA journal_mode = {mode}").fetchall()
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA cache_size = -65536")
        connection.execute("PRAGMA journal_size_limit = 0")
    except BaseException:
        close(connection)
        raise
    return connection


def open_for_reading(path: Path) -> apsw.Connection:
    """A connection that cannot write, also on a read-only disk.

    A WAL database normally wants a shared-memory file beside it. Where that cannot be made and no log is
    waiting, nothing can be changing the file either, and it is opened as immutable.
    """
    connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)
    try:
        _configure(connection)
        connection.execute("SELECT count(*) FROM sqlite_master").fetchall()
    except (apsw.CantOpenError, apsw.ReadOnlyError):
        close(connection)
        log = path.with_name(path.name + "-wal")
        if log.exists() and log.stat().st_size:
            raise
        from urllib.parse import quote

        address = f"file:{quote(str(path.absolute()))}?immutable=1"
        connection = apsw.Connection(address, flags=apsw.SQLITE_OPEN_READONLY | apsw.SQLITE_OPEN_URI)
        _configure(connection)
    except BaseException:
        close(connection)
        raise
    return connection


def _configure(connection: apsw.Connection) -> None:
    connection.set_busy_timeout(5000)
    connection.config(apsw.SQLITE_DBCONFIG_DEFENSIVE, 1)
    connection.config(apsw.SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0)
    connection.execute("PRAGMA cell_size_check = ON")
    connection.execute("PRAGMA cache_size = -16384")
