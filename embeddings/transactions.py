"""One library's database while it is open: who may write, and what a reader sees.

A question reads inside one `snapshot`, so it sees one generation from its first search to the last sentence
that it quotes, however busily another process is adding. Every change happens inside one `writing`.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, Self

import apsw

from embeddings import changes, database, files, schema
from embeddings.changes import State, read_state
from embeddings.database import mapped_errors
from embeddings.errors import LibraryDamaged, LibraryError, LibraryFormat, LibraryMissing, LibraryUnwritable
from embeddings.index import IndexManifest, read_manifest
from embeddings.locks import WriteLock
from embeddings.manifest import Manifest

DATABASE_NAME: Final = "library.db"
LOCK_NAME: Final = "lock"


class Database:
    """The open database. Made by `Database.open`."""

    def __init__(self, folder: Path, connection: apsw.Connection, lock: WriteLock | None) -> None:
        self.folder = folder
        self.connection = connection
        self.lock = lock
        self.state = State()  # as of the current snapshot
        self.index_manifest: IndexManifest | None = None  # as of the moment before the current snapshot
        self.manifest = Manifest("")
        self.written = False
        self._mutex = threading.RLock()
        self._depth = 0

    @classmethod
    def open(cls, folder: Path, writable: bool, create: bool, wait_seconds: float, damaged: bool = False) -> Self:
        """Open it, making an empty one first where `create` says so.

        Args:
            damaged: open it even if its state or its manifest does not match; for `check` only.

        Raises:
            LibraryMissing, LibraryLocked, LibraryFormat, LibraryDamaged, LibraryUnwritable.
        """
        path = folder / DATABASE_NAME
        lock = None
        connection = None
        try:
            with mapped_errors(folder):
                if create:
                    files.make_private_folder(folder)
                elif not path.exists():
                    raise _missing(folder)
                if writable or create:
                    lock = WriteLock(folder / LOCK_NAME)
                    lock.acquire(wait_seconds)
                    files.remove_temporary_files(folder)
                    files.make_private_file(path)
                    connection = database.open_for_writing(path)
                else:
                    connection = database.open_for_reading(path)
                opened = cls(folder, connection, lock)
                opened._verify_format(create, damaged)
                return opened
        except BaseException:
            if connection is not None:
                database.close(connection)
            if lock is not None:
                lock.release()
            raise

    def _verify_format(self, create: bool, damaged: bool) -> None:
        stored = {sql for (sql,) in self.rows("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL")}
        if not stored:  # nothing, or what a process killed while creating it left
            if not create:
                raise _missing(self.folder)
            # before anything is in it: what is reported as added later must not lie in a file whose name is lost
            files.sync_names(self.folder / DATABASE_NAME)
            with self.writing() as connection:
                changes.create_tables(connection)
                self._write_manifest(Manifest.new())
        elif self.connection.pragma("application_id") != schema.APPLICATION_ID and not damaged:
            raise LibraryDamaged(
                f"{self.folder / DATABASE_NAME} is not a library",
                "restore it from a copy, or remove it and add the articles again",
            )
        version = self.connection.pragma("user_version")
        if version > schema.FORMAT and not damaged:
            raise LibraryFormat(
                f"the library in {self.folder} has format {version}, later than {schema.FORMAT}",
                "upgrade bronvast",
            )
        if damaged:
            return
        if stored and not stored.issuperset(schema.TABLES):
            raise LibraryDamaged(
                f"tables of the library in {self.folder} are missing or changed",
                "run `bronvast check --repair`",
            )
        with self.snapshot():
            self.manifest = self.read_manifest()
        if self.writable and self.manifest.encoder:
            with suppress(OSError):  # on a full disk articles can still be removed
                self.manifest.keep_copy(self.folder)

    def close(self) -> None:
        """Let go of the files and of the lock. May be called twice."""
        try:
            if self.writable:
                # what the log still holds of removed text goes with it; a reader at work only delays that
                with suppress(apsw.BusyError, apsw.LockedError), mapped_errors(self.folder):
                    self.rows("PRAGMA wal_checkpoint(TRUNCATE)")
        finally:
            database.close(self.connection)
            if self.lock is not None:
                self.lock.release()

    @property
    def writable(self) -> bool:
        return self.lock is not None and self.lock.held

    def rows(self, sql: str, values: Sequence[schema.Column] = ()) -> list[tuple[Any, ...]]:
        """All rows of a query."""
        return database.rows_of(self.connection, sql, values)

    @contextmanager
    def snapshot(self) -> Iterator[int]:
        """Everything read inside sees the same generation, which is given. May be nested."""
        with self._mutex, mapped_errors(self.folder):
            if self._depth == 0:
                # read before the transaction starts, so that the index it names is never newer than the
                # snapshot
                self.index_manifest = read_manifest(self.folder)
                self.connection.execute("BEGIN")
                try:
                    self.state = read_state(self.connection)
                except BaseException:
                    self.connection.execute("ROLLBACK")
                    raise
            self._depth += 1
            try:
                yield self.state.generation
            finally:
                self._depth -= 1
                if self._depth == 0 and self.connection.in_transaction:
                    self.connection.execute("ROLLBACK")

    @contextmanager
    def writing(self) -> Iterator[apsw.Connection]:
        """One transaction: all that is written inside is committed together, or none of it.

        It raises the generation.
        """
        if not self.writable:
            raise LibraryUnwritable("the library was opened for reading only", "open it for writing")
        with self._mutex, mapped_errors(self.folder):
            if self._depth:
                raise LibraryError("the library was to be changed inside a snapshot", "report this as an error")
            self.connection.execute("BEGIN IMMEDIATE")
            try:
                yield self.connection
                state = read_state(self.connection)
                changes.write_state(self.connection, replace(state, generation=state.generation + 1))
                self.connection.execute("COMMIT")
            except BaseException:
                if self.connection.in_transaction:  # SQLite has rolled back by itself after some errors
                    self.connection.execute("ROLLBACK")
                raise
            self.written = True

    def bind(self, encoder: str, encoder_name: str, dimension: int, chunker: str) -> None:
        """Write down what the library is built with."""
        manifest = replace(
            self.manifest, encoder=encoder, encoder_name=encoder_name, dimension=dimension, chunker=chunker
        )
        with self.writing():
            self._write_manifest(manifest)
        self.manifest = manifest
        with mapped_errors(self.folder):
            manifest.keep_copy(self.folder)

    def read_manifest(self) -> Manifest:
        """What the database says.

        Raises:
            LibraryDamaged: it does not match its checksums.
        """
        return Manifest.of_rows(self.rows("SELECT name, value, checksum FROM manifest"))

    def _write_manifest(self, manifest: Manifest) -> None:
        self.connection.executemany("INSERT OR REPLACE INTO manifest VALUES (?, ?, ?)", manifest.rows())


def _missing(folder: Path) -> LibraryMissing:
    return LibraryMissing(f"there is no library in {folder} yet")
