"""The library on disk: one SQLite database that is the truth, one FAISS index that may be thrown away.

    library.db    articles, passages, vectors, words, remembered sources; a transaction an article is the
    commit point index.json    names the FAISS index, with its hash and the generation of the database that it
    was built from index-*.faiss the FAISS index lock          held by whoever writes

Every committed change raises the generation. A question reads inside one `snapshot`, so it sees one
generation from its first search to the last sentence it quotes, however busily another process is adding.
"""

from __future__ import annotations

import json
import os
import threading
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import apsw
import numpy
from numpy.typing import NDArray

from embeddings import changes, database, files, lexical, schema
from embeddings import index as indexes
from embeddings.changes import State, read_state
from embeddings.database import mapped_errors
from embeddings.errors import (
    EncoderError,
    EncoderMismatch,
    LibraryDamaged,
    LibraryFormat,
    LibraryMissing,
    LibraryUnwritable,
)
from embeddings.locks import WriteLock
from embeddings.records import Article, EncodedPassage, Filters, Vector, Vectors
from embeddings.store import Counts, Fingerprint, Problem, PutResult, StoredPassage

DATABASE_NAME = "library.db"
LOCK_NAME = "lock"
CHANGES_LIMIT = (
    5000  # rows beside a grouped index before it is extended; reading them costs a cold question 20 ms
)
EVERY_VECTOR_LIMIT = 4000  # passages that a filter leaves, up to which each is compared without the index
BLOCK_ROWS = 20_000

Analyse = Callable[[str, str], list[str]]


def _analyse(text: str, language: str) -> list[str]:
    from embeddings.languages import analyse

    return analyse(text, language)


class Library:
    """A folder of articles that can be searched by meaning and by words. Made by `Library.open`."""

    def __init__(
        self, folder: Path, connection: apsw.Connection, lock: WriteLock | None, analyse: Analyse
    ) -> None:
        self.folder = folder
        self._connection = connection
        self._lock = lock
        self._analyse = analyse
        self._mutex = threading.RLock()
        self._depth = 0
        self._state = State()
        self._manifest: dict[str, str] = {}
        self._index_manifest: indexes.IndexManifest | None = None
        self._index: indexes.PassageIndex | None = None
        self._allowed_cache: tuple[int, Filters, NDArray[numpy.uint8], int] | None = None
        self._counts_cache: tuple[int, Counts] | None = None
        self._changed = False

    # ---- opening and closing ----

    @classmethod
    def open(
        cls,
        folder: Path | str,
        *,
        writable: bool = False,
        create: bool = False,
        wait_seconds: float = 0.0,
        analyse: Analyse = _analyse,
    ) -> Self:
        """Open the library in a folder.

        Args:
            writable: take the write lock; readers are never in the way and never wait.
            create: make an empty library where there is none (implies `writable`).
            wait_seconds: how long to wait for another writer.
            analyse: turns text and its language into terms for the word index.

        Raises:
            LibraryMissing, LibraryLocked, LibraryFormat, LibraryDamaged, LibraryUnwritable.
        """
        folder = Path(folder)
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
                library = cls(folder, connection, lock, analyse)
                library._verify_format(create)
                return library
        except BaseException:
            if connection is not None:
                connection.close(True)
            if lock is not None:
                lock.release()
            raise

    def _verify_format(self, create: bool) -> None:
        connection = self._connection
        tables = connection.execute("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL").fetchall()
        if not tables:
            if not create:
                raise _missing(self.folder)
            with self._writing():
                changes.create_tables(connection)
                self._set_manifest(library=uuid.uuid4().hex)
            files.sync_folder(self.folder)
        application = connection.pragma("application_id")
        version = connection.pragma("user_version")
        if application != schema.APPLICATION_ID:
            raise LibraryDamaged(
                f"{self.folder / DATABASE_NAME} is not a library", "restore it or remove it and add again"
            )
        if version > schema.FORMAT:
            raise LibraryFormat(
                f"the library in {self.folder} has format {version}, and this version reads up to {schema.FORMAT}",
                "upgrade bronvast",
            )
        with self.snapshot():
            self._manifest = self._read_manifest()

    def close(self) -> None:
        """Bring the index up to date where something was written, and let go of the lock. May be called
        twice.
        """
        try:
            with self._mutex, mapped_errors(self.folder):
                if self._lock is not None and self._changed:
                    self.save_index()
                if self._lock is not None and self._lock.held:
                    # what the log still holds of removed text goes with it; a reader in the middle only
                    # delays that
                    with suppress(apsw.BusyError, apsw.LockedError):
                        self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        finally:
            with mapped_errors(self.folder):
                self._connection.close(True)
                if self._lock is not None:
                    self._lock.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # ---- transactions ----

    @contextmanager
    def snapshot(self) -> Iterator[int]:
        """Everything read inside sees the same generation, which is given. May be nested."""
        with self._mutex, mapped_errors(self.folder):
            if self._depth == 0:
                # read before the transaction starts, so that the index it names is never newer than the
                # snapshot
                self._index_manifest = indexes.read_manifest(self.folder)
                self._connection.execute("BEGIN")
                try:
                    self._state = read_state(self._connection)
                except BaseException:
                    self._connection.execute("ROLLBACK")
                    raise
            self._depth += 1
            try:
                yield self._state.generation
            finally:
                self._depth -= 1
                if self._depth == 0 and self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")

    @contextmanager
    def _writing(self) -> Iterator[apsw.Connection]:
        if self._lock is None or not self._lock.held:
            raise LibraryUnwritable("the library was opened for reading only", "open it for writing")
        with self._mutex, mapped_errors(self.folder):
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:  # SQLite has rolled back by itself after some errors
                    self._connection.execute("ROLLBACK")
                raise
            self._changed = True

    # ---- what it is ----

    @property
    def generation(self) -> int:
        """Raised by every committed change."""
        with self.snapshot() as generation:
            return generation

    @property
    def encoder_name(self) -> str:
        """The encoder it was built with; "" while nothing was added."""
        return self._manifest.get("encoder_name", "")

    @property
    def encoder_fingerprint(self) -> str:
        """The encoder's fingerprint as text; "" while nothing was added."""
        return self._manifest.get("encoder", "")

    @property
    def dimension(self) -> int:
        """Length of the vectors; 0 while nothing was added."""
        return int(self._manifest.get("dimension", "0"))

    def bind(self, fingerprint: Fingerprint, chunker: str) -> None:
        """Tie a new library to an encoder and a chunker, or make sure that it is tied to these.

        Raises:
            EncoderMismatch: it was built with others.
            LibraryUnwritable: it is new and was opened for reading only.
        """
        wanted = fingerprint.as_text()
        if "encoder" not in self._manifest:
            with self._writing():
                self._set_manifest(
                    encoder=wanted,
                    encoder_name=fingerprint.name,
                    dimension=str(fingerprint.dimension),
                    chunker=chunker,
                )
            self._manifest = self._read_manifest()
            return
        for what, stored, given in (
            ("encoder", self._manifest["encoder"], wanted),
            ("chunker", self._manifest["chunker"], chunker),
        ):
            if stored != given:
                raise EncoderMismatch(
                    f"the library in {self.folder} was built with {what} {stored}, not with {given}",
                    f"use `--encoder {self.encoder_name}`, or build another library with "
                    "`bronvast --library NEW_FOLDER add PATH`",
                )

    def _read_manifest(self) -> dict[str, str]:
        manifest = {}
        for name, value, checksum in self._connection.execute("SELECT name, value, checksum FROM manifest"):
            if schema.row_checksum(name, value) != checksum:
                raise schema.damaged("the library's manifest")
            manifest[name] = value
        if "library" not in manifest or ("encoder" in manifest) != ("dimension" in manifest):
            raise schema.damaged("the library's manifest")
        return manifest

    def _set_manifest(self, **values: str) -> None:
        self._connection.executemany(
            "INSERT OR REPLACE INTO manifest VALUES (?, ?, ?)",
            ((name, value, schema.row_checksum(name, value)) for name, value in values.items()),
        )

    # ---- writing ----

    def put(self, article: Article, encoded: Sequence[EncodedPassage]) -> PutResult:
        """Store an article with its passages in one transaction, in place of its former version if there is
        one.

        Raises:
            EncoderError: vectors that do not fit or are not finite; nothing is written.
            LibraryUnwritable: no room, no permission; nothing is written.
        """
        if "encoder" not in self._manifest:
            raise LibraryUnwritable("the library is not tied to an encoder yet", "call bind first")
        changes.validate(article, encoded, self.dimension)
        former = self.fingerprint_of(article.source)
        if former == article.fingerprint:
            return "unchanged"
        with self._writing() as connection:
            state = read_state(connection)
            if former is not None:
                state = changes.delete(connection, state, article.id)
            state = changes.insert(connection, state, article, encoded, self._analyse)
            changes.write_state(connection, state)
        return "added" if former is None else "updated"

    def remove(self, article_id: str) -> bool:
        """Take an article out with everything derived from it; False if it is not there."""
        with self.snapshot():
            there = self._connection.execute("SELECT 1 FROM articles WHERE id = ?", (article_id,)).fetchall()
        if not there:
            return False
        with self._writing() as connection:
            state = changes.delete(connection, read_state(connection), article_id)
            changes.write_state(connection, state)
        return True

    def remember_source(self, source: str) -> None:
        """Keep a path or URL that `sync` is to read again."""
        column = schema.to_column(source)
        with self._writing() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO sources VALUES (?, ?)", (column, schema.row_checksum(column))
            )

    def forget_source(self, source: str) -> bool:
        """Stop reading it again; False if it was not remembered. Its articles stay."""
        with self._writing() as connection:
            connection.execute("DELETE FROM sources WHERE source = ?", (schema.to_column(source),))
            return bool(connection.changes())

    def sources(self) -> list[str]:
        """The remembered paths and URLs, sorted."""
        with self.snapshot():
            rows = self._connection.execute("SELECT source, checksum FROM sources").fetchall()
        for source, checksum in rows:
            if schema.row_checksum(source) != checksum:
                raise schema.damaged(f"the remembered source {source!r}")
        return sorted(schema.from_column(source) for source, _ in rows)

    # ---- reading articles ----

    def fingerprint_of(self, source: str) -> str | None:
        """`Article.fingerprint` of what is stored for a source, or None."""
        with self.snapshot():
            rows = self._connection.execute(
                "SELECT fingerprint FROM articles WHERE id = ?", (Article("", source).id,)
            ).fetchall()
        return rows[0][0] if rows else None

    def article(self, article_id: str) -> Article | None:
        """The article with exactly that id, or None."""
        return next(iter(self._articles("id = ?", [article_id])), None)

    def find(self, wanted: str) -> list[Article]:
        """The articles that an id, a path or URL, a path of a folder or container, an article's own id, or
        the beginning of an id (four digits or more) names; of these the first kind that names any.
        """
        path = str(Path(wanted).absolute())
        tries: list[tuple[str, list[schema.Column]]] = [
            ("id = ?", [wanted]),
            ("source = ?", [schema.to_column(wanted)]),
        ]
        tries.append(("source = ?", [schema.to_column(path)]))
        for place in (wanted.rstrip("/"), path):
            for mark in "#/":  # records of a container, files in a folder
                low, high = schema.to_column(place + mark), schema.to_column(place + chr(ord(mark) + 1))
                tries.append(("source >= ? AND source < ?", [low, high]))
        tries.append(("external_id = ? AND external_id <> ''", [wanted]))
        if 4 <= len(wanted) <= 12 and set(wanted.lower()) <= set("0123456789abcdef"):
            tries.append(("id >= ? AND id < ?", [wanted.lower(), wanted.lower() + "g"]))
        with self.snapshot():
            for condition, values in tries:
                found = self._articles(condition, values)
                if found:
                    return found
        return []

    def _articles(self, condition: str, values: list[schema.Column], limit: int = -1) -> list[Article]:
        with self.snapshot():
            rows = self._connection.execute(
                f"SELECT {schema.ARTICLE_COLUMNS} FROM articles WHERE {condition} ORDER BY rowid LIMIT ?",
                (*values, limit),
            ).fetchall()
        return [schema.article_of(row) for row in rows]

    def articles(self, filters: Filters = Filters()) -> Iterator[Article]:  # noqa: B008 (frozen)
        """All articles within the filters, in the order in which they were added; read a hundred at a time."""
        condition, values = schema.filter_clause(filters)
        last = 0
        while True:
            with self.snapshot():
                rows = self._connection.execute(
                    f"SELECT {schema.ARTICLE_COLUMNS} FROM articles WHERE {condition} AND rowid > ? "
                    "ORDER BY rowid LIMIT 100",
                    (*values, last),
                ).fetchall()
            if not rows:
                return
            for row in rows:
                yield schema.article_of(row)
            last = rows[-1][0]

    def article_sources(self) -> list[tuple[str, str]]:
        """Id and source of every article, sorted by source; reads no text."""
        with self.snapshot():
            rows = self._connection.execute("SELECT id, source FROM articles").fetchall()
        return sorted(((key, schema.from_column(source)) for key, source in rows), key=lambda pair: pair[1])

    def counts(self) -> Counts:
        """How much there is; cheap enough to ask with every question."""
        with self.snapshot() as generation:
            if self._counts_cache is None or self._counts_cache[0] != generation:
                self._counts_cache = (generation, self._count())
            return self._counts_cache[1]

    def _count(self) -> Counts:
        first, last = self._connection.execute(
            "SELECT (SELECT min(first_day) FROM articles), (SELECT max(last_day) FROM articles)"
        ).fetchall()[0]

        def tally(column: str) -> tuple[tuple[str, int], ...]:
            rows = self._connection.execute(
                f"SELECT {column}, count(*) FROM articles WHERE {column} <> '' GROUP BY 1 ORDER BY 2 DESC, 1"
            )
            return tuple((name, number) for name, number in rows)

        return Counts(
            articles=self._state.articles,
            passages=self._state.passages,
            sentences=self._state.sentences,
            first_published=date.fromordinal(first) if first is not None else None,
            last_published=date.fromordinal(last) if last is not None else None,
            publishers=tally("publisher"),
            languages=tally("language"),
        )

    def clusters(self, article_ids: Sequence[str]) -> dict[str, int]:
        """A number for each article, equal for near-duplicates of one another; unknown ids are left out."""
        with self.snapshot():
            rows = self._connection.execute(
                "SELECT articles.id, clusters.article, cluster, clusters.checksum FROM articles "
                "JOIN clusters ON clusters.article = articles.rowid "
                "WHERE articles.id IN (SELECT value FROM json_each(?))",
                (json.dumps(list(article_ids)),),
            ).fetchall()
        for key, article, cluster, checksum in rows:
            if schema.small_checksum(article, cluster) != checksum:
                raise schema.damaged(f"the cluster of article {key}")
        return {key: cluster for key, _, cluster, _ in rows}

    # ---- reading passages ----

    def load(self, passage_rowids: Sequence[int]) -> list[StoredPassage]:
        """Passages with their articles and vectors, in the order asked; those that are gone are left out.

        Raises:
            LibraryDamaged: one does not match its checksum.
        """
        wanted = json.dumps([int(rowid) for rowid in passage_rowids])
        with self.snapshot():
            rows = self._connection.execute(
                f"SELECT {schema.PASSAGE_COLUMNS} FROM passages WHERE rowid IN (SELECT value FROM json_each(?))",
                (wanted,),
            ).fetchall()
            sentences = {
                row[0]: row
                for row in self._connection.execute(
                    "SELECT passage, codes, checksum FROM sentence_vectors "
                    "WHERE passage IN (SELECT value FROM json_each(?))",
                    (wanted,),
                )
            }
            numbers = json.dumps(sorted({row[1] for row in rows}))
            articles = {
                row[0]: schema.article_of(row)
                for row in self._connection.execute(
                    f"SELECT {schema.ARTICLE_COLUMNS} FROM articles WHERE rowid IN (SELECT value FROM json_each(?))",
                    (numbers,),
                )
            }
        stored = {row[0]: self._stored(row, articles, sentences.get(row[0])) for row in rows}
        return [stored[rowid] for rowid in map(int, passage_rowids) if rowid in stored]

    def _stored(
        self, row: tuple[Any, ...], articles: dict[int, Article], sentences: tuple[Any, ...] | None
    ) -> StoredPassage:
        article = articles.get(row[1])
        if article is None or sentences is None or schema.row_checksum(*sentences[:2]) != sentences[2]:
            raise schema.damaged(f"stored passage {row[0]}")
        passage, vector = schema.passage_of(row, article.id, self.dimension)
        vectors = schema.unpack_sentence_vectors(sentences[1], self.dimension)
        return StoredPassage(row[0], article, passage, vector, vectors)

    def passages_of(self, article_id: str) -> list[StoredPassage]:
        """All passages of an article in reading order; none if it is not there."""
        with self.snapshot():
            rows = self._connection.execute(
                "SELECT first_passage, passage_count FROM articles WHERE id = ?", (article_id,)
            ).fetchall()
            return self.load(range(rows[0][0], rows[0][0] + rows[0][1])) if rows else []

    # ---- searching ----

    def search_lexical(
        self,
        terms: Sequence[str],
        k: int,
        filters: Filters = Filters(),  # noqa: B008 (frozen)
    ) -> list[tuple[int, float]]:
        """Passages that hold any of the terms: rowid and BM25 (higher is better), best first, equal ones by
        rowid.
        """
        with self.snapshot():
            allowed, count = self._allowed(filters)
            return lexical.search(self._connection, terms, k, allowed) if count else []

    def document_frequencies(self, terms: Sequence[str]) -> dict[str, int]:
        """In how many passages each term occurs; 0 for those in none."""
        with self.snapshot():
            known = lexical.look_up(self._connection, terms)
        return {term: known[term][1] if term in known else 0 for term in terms}

    def search_dense(
        self,
        vector: Vector,
        k: int,
        filters: Filters = Filters(),  # noqa: B008 (frozen)
    ) -> list[tuple[int, float]]:
        """Passages nearest in meaning: rowid and cosine similarity, best first, equal ones by rowid.

        Raises:
            EncoderMismatch: the vector has another length than those stored.
            EncoderError: the vector is zero or not finite.
        """
        query = numpy.ascontiguousarray(vector, numpy.float32)
        norm = float(numpy.linalg.norm(query))
        if query.ndim != 1 or not 0.0 < norm < float("inf"):
            raise EncoderError("the question's vector is zero or not a number", "choose another encoder")
        if self.dimension and len(query) != self.dimension:
            raise EncoderMismatch(
                f"the question's vector has {len(query)} dimensions, the library's {self.dimension}",
                f"use `--encoder {self.encoder_name}`",
            )
        query = query / numpy.float32(norm)
        with self.snapshot():
            allowed, count = self._allowed(filters)
            if k <= 0 or not count:
                return []
            if allowed is not None and count <= EVERY_VECTOR_LIMIT:
                candidates = numpy.flatnonzero(numpy.unpackbits(allowed, bitorder="little")).astype(
                    numpy.int64
                )
            else:
                candidates = self._current_index().candidates(query, k, allowed, count / self._state.passages)
            return self._scored(query, candidates, k)

    def _scored(self, query: Vector, candidates: indexes.Ids, k: int) -> list[tuple[int, float]]:
        """Exact scores from the stored vectors; in float64, so that they do not depend on who else is scored."""
        ids, vectors = self._vectors(
            "rowid IN (SELECT value FROM json_each(?))", (json.dumps(candidates.tolist()),)
        )
        scores = (vectors.astype(numpy.float64) * query).sum(axis=1).astype(numpy.float32)
        order = numpy.lexsort((ids, -scores))[:k]
        return [(int(ids[position]), float(scores[position])) for position in order]

    def _allowed(self, filters: Filters) -> tuple[NDArray[numpy.uint8] | None, int]:
        """A bit for each passage within the filters and their number; None for all."""
        if not filters:
            return None, self._state.passages
        cached = self._allowed_cache
        if cached is None or cached[:2] != (self._state.generation, filters):
            condition, values = schema.filter_clause(filters)
            ranges = self._connection.execute(
                f"SELECT first_passage, passage_count FROM articles WHERE {condition}", values
            ).fetchall()
            bits = indexes.bits_of(ranges, self._state.next_passage)
            count = sum(number for _, number in ranges)
            cached = self._allowed_cache = (self._state.generation, filters, bits, count)
        return cached[2], cached[3]

    # ---- the index ----

    def _vectors(self, condition: str, values: Sequence[schema.Column]) -> tuple[indexes.Ids, Vectors]:
        rows = self._connection.execute(
            f"SELECT rowid, vector FROM passages WHERE {condition}", tuple(values)
        ).fetchall()
        ids = numpy.fromiter((row[0] for row in rows), numpy.int64, len(rows))
        if any(len(row[1]) != 2 * self.dimension for row in rows):
            raise schema.damaged("a stored vector")
        vectors = schema.unpack_vectors(b"".join(row[1] for row in rows), self.dimension or 1)
        if not numpy.isfinite(vectors).all():
            raise schema.damaged("a stored vector")
        return ids, vectors

    def _blocks(self, after: int = 0) -> indexes.Blocks:
        while True:
            ids, vectors = self._vectors("rowid > ? ORDER BY rowid LIMIT ?", (after, BLOCK_ROWS))
            if not len(ids):
                return
            yield ids, vectors
            after = int(ids[-1])

    def _sample(self, rows: int) -> Vectors:
        step = max(1, self._state.passages // rows)
        return self._vectors("rowid % ? = 0", (step,))[1]

    def _removed(self) -> indexes.Ids:
        rows = self._connection.execute("SELECT first, count FROM removed_passages").fetchall()
        parts = [numpy.arange(first, first + count, dtype=numpy.int64) for first, count in rows]
        return numpy.concatenate(parts) if parts else numpy.empty(0, numpy.int64)

    def _usable_manifest(self) -> indexes.IndexManifest | None:
        """The index on disk, if changes since it was built can be told exactly."""
        manifest = self._index_manifest
        if (
            manifest is None
            or manifest.library != self._manifest["library"]
            or manifest.dimension != self.dimension
            or not self._state.removals_since <= manifest.generation <= self._state.generation
        ):
            return None
        return manifest

    def _current_index(self) -> indexes.PassageIndex:
        """The index for this snapshot, read, brought up to date or built in memory as need be."""
        index = self._index
        manifest = self._usable_manifest()
        outdated = index is not None and (
            not self._state.removals_since <= index.base_generation
            or index.generation > self._state.generation
            or (index.changes > CHANGES_LIMIT and manifest and manifest.generation > index.base_generation)
        )
        if index is None or outdated:
            index = self._read_index(manifest)
        if index.generation != self._state.generation:
            removed = self._removed()
            for ids, vectors in self._blocks(after=index.last_passage):
                index.follow(self._state.generation, ids, vectors, removed)
            index.follow(
                self._state.generation,
                numpy.empty(0, numpy.int64),
                numpy.empty((0, self.dimension), numpy.float32),
                removed,
            )
        self._index = index
        return index

    def _read_index(self, manifest: indexes.IndexManifest | None) -> indexes.PassageIndex:
        if manifest is not None:
            built = indexes.read_index(self.folder, manifest)
            if built is not None:
                return indexes.PassageIndex(built, manifest.generation, manifest.last_passage, self.dimension)
        # comparing every vector needs no training: a question cannot wait minutes for a grouped index, a
        # writer can
        built = indexes.build(self._blocks, self._sample, 0, self.dimension)
        index = indexes.PassageIndex(
            built, self._state.generation, self._state.next_passage - 1, self.dimension
        )
        if built.rows <= indexes.EXACT_LIMIT:
            self._offer_index(index)
        return index

    def _offer_index(self, index: indexes.PassageIndex) -> None:
        """Save an index that a reader had to build, where it may and no writer is at work."""
        if self._lock is not None or not os.access(self.folder, os.W_OK):
            return
        lock = WriteLock(self.folder / LOCK_NAME)
        with suppress(OSError):
            try:
                if lock.try_acquire():
                    there = indexes.read_manifest(self.folder)
                    if there is None or not indexes.file_matches(self.folder, there):
                        self._write_index(index.built)
            finally:
                lock.release()

    def _write_index(self, built: indexes.BuiltIndex) -> None:
        manifest = indexes.IndexManifest(
            library=self._manifest["library"],
            generation=self._state.generation,
            last_passage=self._state.next_passage - 1,
            dimension=self.dimension,
            kind=built.kind,
            rows=built.rows,
            trained_rows=built.trained_rows,
            probes=built.probes,
            file="",
            bytes=0,
            sha256="",
        )
        indexes.write_index(self.folder, built, manifest)

    def save_index(self) -> None:
        """Bring the FAISS index on disk up to date; done by `close` as well. Does nothing where it is near
        enough.

        Raises:
            LibraryUnwritable: no room or no permission; the library itself is complete without it.
        """
        if self._lock is None or not self._lock.held:
            raise LibraryUnwritable("the library was opened for reading only", "open it for writing")
        with self.snapshot():
            if not self.dimension:
                return
            rebuilt = self._refreshed_index()
            if rebuilt is not None:
                self._index = None
                self._write_index(rebuilt)
        if rebuilt is not None:
            self._trim_removals()
        self._changed = False

    def _refreshed_index(self) -> indexes.BuiltIndex | None:
        manifest = self._usable_manifest()
        rows = self._state.passages
        if manifest is not None and indexes.file_matches(self.folder, manifest):
            removed = self._removed()
            gone = int((removed <= manifest.last_passage).sum())
            changed = gone + rows - (manifest.rows - gone)
            if not changed:
                return None
            if manifest.kind == "ivf" and rows > indexes.EXACT_LIMIT:
                if changed <= CHANGES_LIMIT:
                    return None
                built = indexes.read_index(self.folder, manifest, in_memory=True)
                if built is not None and rows <= 2 * manifest.trained_rows:
                    return indexes.extend(built, self._blocks(after=manifest.last_passage), removed)
        return indexes.build(self._blocks, self._sample, rows, self.dimension)

    def _trim_removals(self) -> None:
        """Removals that the saved index has taken in need be remembered no longer."""
        changed = self._changed
        with self._writing() as connection:
            state = read_state(connection)
            connection.execute("DELETE FROM removed_passages")
            changes.write_state(connection, changes.with_removals_since(state, state.generation))
        self._changed = changed

    # ---- upkeep ----

    def check(self, repair: bool = False) -> list[Problem]:
        """Compare everything stored with its checksums and with what it was derived from.

        Args:
            repair: mend what can be mended; the library must be open for writing.
        """
        from embeddings.check import check

        return check(self, repair)

    def size_on_disk(self) -> int:
        """Bytes of all files of the library."""
        with mapped_errors(self.folder):
            names = (DATABASE_NAME, DATABASE_NAME + "-wal", indexes.MANIFEST_NAME)
            paths = [self.folder / name for name in names] + indexes.index_files(self.folder)
            return sum(path.stat().st_size for path in paths if path.exists())


def _missing(folder: Path) -> LibraryMissing:
    return LibraryMissing(
        f"there is no library in {folder} yet", "add articles first with `bronvast add PATH`"
    )
