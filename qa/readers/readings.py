"""Notes on files: what each held when it was last read, so that files that did not change are not parsed
again, and which could not be read, so that `status` can say what is not in the library.

The note says which articles, by fingerprint, came from a file with this SHA-256 under this version of the
readers. It is only ever used where the library still holds exactly those articles, so it can be deleted, or
be wrong in any other way than by a hash, without harm. Only formats that are slow to parse are noted; for the
others reading is as quick.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import sqlite3
from collections.abc import Sequence
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from types import TracebackType
from typing import Self

from qa.errors import ReadError
from qa.readers.discovery import Found, is_web_address
from qa.readers.formats import format_of_name
from qa.readers.opening import open_file

__all__ = ["Readings", "noted_failures"]

FILE_NAME = "readings.cache"
FAILURES_A_FILE = 1000  # noted; a broken export can have millions
_LIBRARIES = ("trafilatura", "lxml", "pypdfium2", "charset-normalizer")


class Readings:
    """The notes of one library; does nothing for a library that is not a folder on this machine."""

    def __init__(self, database: sqlite3.Connection | None) -> None:
        self._database = database
        self._unsaved = 0
        self._failing: set[str] = set()
        if database:
            with contextlib.suppress(sqlite3.Error):
                self._failing = {str(row[0]) for row in database.execute("SELECT DISTINCT file FROM failures")}

    @classmethod
    def open(cls, library: object) -> Self:
        """The notes that lie beside a library."""
        folder = getattr(library, "folder", None)
        if folder is None:
            return cls(None)
        try:
            return cls(_connect(Path(str(folder)) / FILE_NAME))
        except (sqlite3.Error, OSError):
            return cls(None)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._database:
            with contextlib.suppress(sqlite3.Error):
                self._database.commit()
            self._database.close()

    def digest(self, found: Found) -> str:
        """What identifies a file's content and the code that reads it; "" for what is not noted."""
        kind = format_of_name(found.source)
        if self._database is None or is_web_address(found.source) or kind is None or not kind.isolated:
            return ""
        total = hashlib.sha256(_code_version().encode())
        try:
            with open_file(found.path) as stream:
                while piece := stream.read(1 << 20):
                    total.update(piece)
        except (ReadError, OSError):
            return ""
        return total.hexdigest()

    def recall(self, found: Found, digest: str) -> list[tuple[str, str]] | None:
        """(source, fingerprint) of the articles that a file of this content gave; None where that is not
        known."""
        if self._database is None:
            return None
        try:
            row = self._database.execute(
                "SELECT articles FROM readings WHERE source = ? AND digest = ?", (found.source, digest)
            ).fetchone()
            return [(str(source), str(mark)) for source, mark in json.loads(row[0])] if row else None
        except (sqlite3.Error, ValueError, TypeError):
            return None

    def note_failures(self, file: str, failures: Sequence[tuple[str, str]]) -> None:
        """Note what of a file could not be taken in, as (source, reason); nothing where all of it could."""
        if self._database is None or not (failures or file in self._failing):
            return
        with contextlib.suppress(sqlite3.Error):
            self._database.execute("DELETE FROM failures WHERE file = ?", (file,))
            self._database.executemany(
                "INSERT INTO failures VALUES (?, ?, ?)",
                [(file, source, reason) for source, reason in failures[:FAILURES_A_FILE]],
            )
            self._failing.add(file)
            self._commit_now_and_then()

    def remember(self, found: Found, digest: str, articles: Sequence[tuple[str, str]]) -> None:
        """Note what a file gave."""
        if self._database is None or not articles:
            return
        with contextlib.suppress(sqlite3.Error):
            self._database.execute(
                "INSERT OR REPLACE INTO readings VALUES (?, ?, ?)",
                (found.source, digest, json.dumps(list(articles))),
            )
            self._commit_now_and_then()

    def _commit_now_and_then(self) -> None:
        self._unsaved += 1
        if self._database and self._unsaved >= 200:
            self._database.commit()
            self._unsaved = 0


def noted_failures(library_folder: Path) -> dict[str, list[tuple[str, str]]]:
    """What could not be taken in when it was last tried: file to (source, reason); reads only."""
    path = library_folder / FILE_NAME
    noted: dict[str, list[tuple[str, str]]] = {}
    if not path.is_file():
        return noted
    with (
        contextlib.suppress(sqlite3.Error),
        contextlib.closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=1.0)) as database,
    ):
        for file, source, reason in database.execute("SELECT file, source, reason FROM failures ORDER BY rowid"):
            noted.setdefault(str(file), []).append((str(source), str(reason)))
    return noted


def _connect(path: Path) -> sqlite3.Connection:
    path.touch(mode=0o600)  # paths are nobody else's business
    database = sqlite3.connect(path, timeout=1.0)
    try:
        database.execute("PRAGMA synchronous = OFF")  # losing it costs time only
        database.execute(
            "CREATE TABLE IF NOT EXISTS readings (source TEXT PRIMARY KEY, digest TEXT, articles TEXT) WITHOUT ROWID"
        )
        database.execute("CREATE TABLE IF NOT EXISTS failures (file TEXT, source TEXT, reason TEXT)")
        database.execute("CREATE INDEX IF NOT EXISTS failures_by_file ON failures (file)")
    except sqlite3.DatabaseError as error:
        database.close()
        if isinstance(error, sqlite3.OperationalError):
            raise
        path.unlink()  # not a database any more
        return _connect(path)
    return database


@cache
def _code_version() -> str:
    """A hash of everything that decides what a file's bytes become."""
    total = hashlib.sha256()
    here = Path(__file__).parent
    for source in sorted([*here.glob("*.py"), here.parent / "dates.py"]):
        total.update(source.read_bytes())
    for name in _LIBRARIES:
        try:
            total.update(f"{name} {version(name)}".encode())
        except PackageNotFoundError:
            total.update(f"{name} missing".encode())
    return total.hexdigest()
