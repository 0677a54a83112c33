"""A note of what each file held when it was last read, so that files that did not change are not parsed
again.

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

__all__ = ["Readings"]

FILE_NAME = "readings.cache"
_LIBRARIES = ("trafilatura", "lxml", "pypdfium2", "charset-normalizer")


class Readings:
    """The notes of one library; does nothing for a library that is not a folder on this machine."""

    def __init__(self, database: sqlite3.Connection | None) -> None:
        self._database = database
        self._unsaved = 0

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

    def remember(self, found: Found, digest: str, articles: Sequence[tuple[str, str]]) -> None:
        """Note what a file gave."""
        if self._database is None or not articles:
            return
        with contextlib.suppress(sqlite3.Error):
            self._database.execute(
                "INSERT OR REPLACE INTO readings VALUES (?, ?, ?)",
                (found.source, digest, json.dumps(list(articles))),
            )
            self._unsaved += 1
            if self._unsaved >= 200:
                self._database.commit()
                self._unsaved = 0


def _connect(path: Path) -> sqlite3.Connection:
    path.touch(mode=0o600)  # paths are nobody else's business
    database = sqlite3.connect(path, timeout=1.0)
    try:
        database.execute("PRAGMA synchronous = OFF")  # losing it costs time only
        database.execute(
            "CREATE TABLE IF NOT EXISTS readings (source TEXT PRIMARY KEY, digest TEXT, articles TEXT) WITHOUT ROWID"
        )
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
