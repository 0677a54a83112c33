"""The library on disk: one SQLite database that is the truth, one FAISS index that may be thrown away.

    library.db    articles, passages, vectors, words, remembered sources; a transaction an article is the
    commit point index.json    names the FAISS index, with its hash and the generation of the database that it
    was built from index-*.faiss the FAISS index lock          held by whoever writes

Every committed change raises the generation.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, suppress
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import numpy
from numpy.typing import NDArray

from embeddings import changes, lexical, schema
from embeddings import index as indexes
from embeddings.changes import Analyse, read_state
from embeddings.database import mapped_errors
from embeddings.dense import DenseSearch
from embeddings.errors import EncoderMismatch, LibraryError, LibraryUnwritable
from embeddings.packing import unpack_sentence_vectors
from embeddings.records import Article, EncodedPassage, Filters, Vector
from embeddings.store import Counts, Fingerprint, Problem, PutResult, Store, StoredPassage
from embeddings.transactions import DATABASE_NAME, Database

EVERYTHING = Filters()


def _analyse(text: str, language: str) -> list[str]:
    from embeddings.analysis import analyse

    return analyse(text, language)


class Library:
    """A folder of articles that can be searched by meaning and by words. Made by `Library.open`."""

    def __init__(self, database: Database, analyse: Analyse = _analyse) -> None:
        self.folder = database.folder
        self.database = database
        self._dense = DenseSearch(database)
        self._analyse = analyse
        self._allowed_cache: tuple[int, Filters, NDArray[numpy.uint8], int] | None = None
        self._counts_cache: tuple[int, Counts] | None = None

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
        return cls(Database.open(Path(folder), writable, create, wait_seconds), analyse)

    def close(self, save: bool = True) -> None:
        """Let go of the files and the lock. May be called twice.

        Args:
            save: bring the FAISS index up to date first. If that fails, nothing is lost but time at the next
                question.
        """
        try:
            if save and self.database.written:
                with suppress(LibraryError):
                    self.save_index()
        finally:
            self.database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # whoever interrupts a long run does not want to wait for the index of a large library
        self.close(save=error is None)

    def snapshot(self) -> AbstractContextManager[int]:
        """Everything read inside sees the same generation, which is given. May be nested."""
        return self.database.snapshot()

    # ---- what it is ----

    @property
    def generation(self) -> int:
        """Raised by every committed change."""
        with self.snapshot() as generation:
            return generation

    @property
    def encoder_name(self) -> str:
        """The encoder it was built with; "" while nothing was added."""
        return self.database.manifest.encoder_name

    @property
    def encoder_fingerprint(self) -> str:
        """The encoder's fingerprint as text; "" while nothing was added."""
        return self.database.manifest.encoder

    @property
    def chunker(self) -> str:
        """What cut the articles into passages; "" while nothing was added."""
        return self.database.manifest.chunker

    def bind(self, fingerprint: Fingerprint, chunker: str) -> None:
        """Tie a new library to an encoder and a chunker, or make sure that it is tied to these.

        Raises:
            EncoderMismatch: it was built with others.
            LibraryUnwritable: it is new and was opened for reading only.
        """
        manifest = self.database.manifest
        wanted = fingerprint.as_text()
        if not manifest.encoder:
            self.database.bind(wanted, fingerprint.name, fingerprint.dimension, chunker)
            return
        for what, stored, given in (
            ("encoder", manifest.encoder, wanted),
            ("chunker", manifest.chunker, chunker),
        ):
            if stored != given:
                raise EncoderMismatch(
                    f"the library in {self.folder} was built with {what} {stored}, not with {given}",
                    f"use `--encoder {manifest.encoder_name}`, or build another library with "
                    "`bronvast --library NEW_FOLDER add PATH`",
                )

    # ---- writing ----

    def put(self, article: Article, encoded: Sequence[EncodedPassage]) -> PutResult:
        """Store an article with its passages in one transaction, in place of its former version if there is
        one.

        Raises:
            EncoderError: vectors that do not fit or are not finite; nothing is written.
            LibraryUnwritable: no room, no permission; nothing is written.
        """
        if not self.database.manifest.encoder:
            raise LibraryUnwritable("the library is not tied to an encoder yet", "call bind first")
        changes.validate(article, encoded, self.database.manifest.dimension)
        former = self.fingerprint_of(article.source)
        if former == article.fingerprint:
            return "unchanged"
        with self.database.writing() as connection:
            state = read_state(connection)
            if former is not None:
                state = changes.delete(connection, state, article.id)
            state = changes.insert(connection, state, article, encoded, self._analyse)
            changes.write_state(connection, state)
        return "added" if former is None else "updated"

    def remove(self, article_id: str) -> bool:
        """Take an article out with everything derived from it; False if it is not there."""
        with self.snapshot():
            there = self.database.rows("SELECT 1 FROM articles WHERE id = ?", [schema.to_column(article_id)])
        if not there:
            return False
        with self.database.writing() as connection:
            state = changes.delete(connection, read_state(connection), article_id)
            changes.write_state(connection, state)
        return True

    def remember_source(self, source: str) -> None:
        """Keep a path or URL that `sync` is to read again."""
        column = schema.to_column(source)
        with self.database.writing() as connection:
            connection.execute("INSERT OR REPLACE INTO sources VALUES (?, ?)", (column, schema.row_checksum(column)))

    def forget_source(self, source: str) -> bool:
        """Stop reading it again; False if it was not remembered. Its articles stay."""
        with self.database.writing() as connection:
            connection.execute("DELETE FROM sources WHERE source = ?", (schema.to_column(source),))
            return bool(connection.changes())

    def sources(self) -> list[str]:
        """The remembered paths and URLs, sorted."""
        with self.snapshot():
            rows = self.database.rows("SELECT source, checksum FROM sources")
        for source, checksum in rows:
            if schema.row_checksum(source) != checksum:
                raise schema.damaged(f"the remembered source {source!r}")
        return sorted(schema.from_column(source) for source, _ in rows)

    # ---- reading articles ----

    def fingerprint_of(self, source: str) -> str | None:
        """`Article.fingerprint` of what is stored for a source, or None."""
        with self.snapshot():
            rows = self.database.rows("SELECT fingerprint FROM articles WHERE id = ?", (Article("", source).id,))
        return rows[0][0] if rows else None

    def article(self, article_id: str) -> Article | None:
        """The article with exactly that id, or None."""
        return next(iter(self._articles("id = ?", [schema.to_column(article_id)])), None)

    def find(self, wanted: str) -> list[Article]:
        """The articles that an id, a path or URL, a path of a folder or container, an article's own id, or
        the beginning of an id (four digits or more) names; of these the first kind that names any.
        """
        path = str(Path(wanted).absolute())
        column = schema.to_column(wanted)
        tries: list[tuple[str, list[schema.Column]]] = [
            ("id = ?", [column]),
            ("source = ?", [column]),
            ("source = ?", [schema.to_column(path)]),
        ]
        # a slip of the hand, such as an empty name or a lone slash, must not name everything
        for place in (wanted.rstrip("/"), path) if wanted.strip("/.") else ():
            for mark in "#/":  # records of a container, files in a folder
                low, high = schema.to_column(place + mark), schema.to_column(place + chr(ord(mark) + 1))
                tries.append(("source >= ? AND source < ?", [low, high]))
        tries.append(("external_id = ? AND external_id <> ''", [column]))
        if 4 <= len(wanted) <= 12 and set(wanted.lower()) <= set("0123456789abcdef"):
            tries.append(("id >= ? AND id < ?", [wanted.lower(), wanted.lower() + "g"]))
        with self.snapshot():
            for condition, values in tries:
                found = self._articles(condition, values)
                if found:
                    return found
        return []

    def _articles(self, condition: str, values: Sequence[schema.Column]) -> list[Article]:
        sql = f"SELECT {schema.ARTICLE_COLUMNS} FROM articles WHERE {condition} ORDER BY rowid"
        with self.snapshot():
            return [schema.article_of(row) for row in self.database.rows(sql, values)]

    def articles(self, filters: Filters = EVERYTHING) -> Iterator[Article]:
        """All articles within the filters, in the order in which they were added.

        They are read a hundred at a time, so that the library may be changed meanwhile.
        """
        condition, values = schema.filter_clause(filters)
        sql = f"SELECT {schema.ARTICLE_COLUMNS} FROM articles WHERE {condition} AND rowid > ? "
        last = 0
        while True:
            with self.snapshot():
                rows = self.database.rows(sql + "ORDER BY rowid LIMIT 100", [*values, last])
            if not rows:
                return
            for row in rows:
                yield schema.article_of(row)
            last = rows[-1][0]

    def article_sources(self) -> list[tuple[str, str]]:
        """Id and source of every article, sorted by source; reads no text."""
        with self.snapshot():
            rows = self.database.rows("SELECT id, source FROM articles")
        return sorted(((key, schema.from_column(source)) for key, source in rows), key=lambda pair: pair[1])

    def counts(self) -> Counts:
        """How much there is; cheap enough to ask with every question."""
        with self.snapshot() as generation:
            if self._counts_cache is None or self._counts_cache[0] != generation:
                self._counts_cache = (generation, self._count())
            return self._counts_cache[1]

    def _count(self) -> Counts:
        first, last = self.database.rows(
            "SELECT (SELECT min(first_day) FROM articles), (SELECT max(last_day) FROM articles)"
        )[0]

        def tally(column: str) -> tuple[tuple[str, int], ...]:
            rows = self.database.rows(
                f"SELECT {column}, count(*) FROM articles WHERE {column} <> '' GROUP BY 1 ORDER BY 2 DESC, 1"
            )
            return tuple((name, number) for name, number in rows)

        return Counts(
            articles=self.database.state.articles,
            passages=self.database.state.passages,
            sentences=self.database.state.sentences,
            first_published=date.fromordinal(first) if first is not None else None,
            last_published=date.fromordinal(last) if last is not None else None,
            publishers=tally("publisher"),
            languages=tally("language"),
        )

    def clusters(self, article_ids: Sequence[str]) -> dict[str, int]:
        """A number for each article, equal for near-duplicates of one another; unknown ids are left out."""
        with self.snapshot():
            rows = self.database.rows(
                "SELECT articles.id, clusters.article, cluster, clusters.checksum FROM articles "
                "JOIN clusters ON clusters.article = articles.rowid "
                "WHERE articles.id IN (SELECT value FROM json_each(?))",
                [json.dumps(list(article_ids))],
            )
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
        inside = "IN (SELECT value FROM json_each(?))"
        wanted = [json.dumps([int(rowid) for rowid in passage_rowids])]
        with self.snapshot():
            rows = self.database.rows(f"SELECT {schema.PASSAGE_COLUMNS} FROM passages WHERE rowid {inside}", wanted)
            sentences = self.database.rows(
                f"SELECT passage, codes, checksum FROM sentence_vectors WHERE passage {inside}", wanted
            )
            articles = self.database.rows(
                f"SELECT {schema.ARTICLE_COLUMNS} FROM articles WHERE rowid {inside}",
                [json.dumps(sorted({row[1] for row in rows}))],
            )
        article_of = {row[0]: schema.article_of(row) for row in articles}
        sentences_of = {row[0]: row for row in sentences}
        stored = {row[0]: self._stored(row, article_of.get(row[1]), sentences_of.get(row[0])) for row in rows}
        return [stored[rowid] for rowid in map(int, passage_rowids) if rowid in stored]

    def _stored(
        self, row: tuple[Any, ...], article: Article | None, sentences: tuple[Any, ...] | None
    ) -> StoredPassage:
        if article is None or sentences is None or schema.row_checksum(*sentences[:2]) != sentences[2]:
            raise schema.damaged(f"stored passage {row[0]}")
        passage, vector = schema.passage_of(row, article.id, self.database.manifest.dimension)
        vectors = unpack_sentence_vectors(sentences[1], self.database.manifest.dimension)
        return StoredPassage(row[0], article, passage, vector, vectors)

    def passages_of(self, article_id: str) -> list[StoredPassage]:
        """All passages of an article in reading order; none if it is not there."""
        with self.snapshot():
            rows = self.database.rows(
                "SELECT first_passage, passage_count FROM articles WHERE id = ?", [schema.to_column(article_id)]
            )
            return self.load(range(rows[0][0], rows[0][0] + rows[0][1])) if rows else []

    # ---- searching ----

    def search_lexical(
        self,
        terms: Sequence[str],
        k: int,
        filters: Filters = EVERYTHING,
    ) -> list[tuple[int, float]]:
        """Passages that hold any of the terms: rowid and BM25 (higher is better), best first, equal ones by
        rowid.
        """
        with self.snapshot():
            allowed, count = self._allowed(filters)
            return lexical.search(self.database.connection, terms, k, allowed) if count else []

    def document_frequencies(self, terms: Sequence[str]) -> dict[str, int]:
        """In how many passages each term occurs; 0 for those in none."""
        with self.snapshot():
            known = lexical.look_up(self.database.connection, terms)
        return {term: known[term][1] if term in known else 0 for term in terms}

    def search_dense(self, vector: Vector, k: int, filters: Filters = EVERYTHING) -> list[tuple[int, float]]:
        """Passages nearest in meaning: rowid and cosine similarity, best first, equal ones by rowid.

        Raises:
            EncoderMismatch: the vector has another length than those stored.
            EncoderError: the vector is zero or not finite.
        """
        query = self._dense.query(vector)
        with self.snapshot():
            return self._dense.search(query, k, *self._allowed(filters))

    def _allowed(self, filters: Filters) -> tuple[NDArray[numpy.uint8] | None, int]:
        """A bit for each passage within the filters and their number; None for all."""
        state = self.database.state
        if not filters:
            return None, state.passages
        cached = self._allowed_cache
        if cached is None or cached[:2] != (state.generation, filters):
            condition, values = schema.filter_clause(filters)
            ranges = self.database.rows(f"SELECT first_passage, passage_count FROM articles WHERE {condition}", values)
            bits = indexes.bits_of([(first, count) for first, count in ranges], state.next_passage)
            cached = (state.generation, filters, bits, sum(count for _, count in ranges))
            self._allowed_cache = cached
        return cached[2], cached[3]

    # ---- upkeep ----

    def save_index(self) -> None:
        """Bring the FAISS index on disk up to date; `close` does it too. Does nothing where it is near
        enough.

        Raises:
            LibraryUnwritable: no room, no permission, or opened for reading; the library is complete without
                it.
        """
        if not self.database.writable:
            raise LibraryUnwritable("the library was opened for reading only", "open it for writing")
        with mapped_errors(self.folder):
            self._dense.save()
        self.database.written = False

    def check(self, repair: bool = False) -> list[Problem]:
        """Compare everything stored with its checksums and with what it was derived from.

        A library that is too damaged to be opened can be given to `embeddings.check.check_folder`.

        Args:
            repair: mend what can be mended; the library must be open for writing.
        """
        from embeddings.check import check

        try:
            return check(self.database, repair, self._analyse)
        finally:
            self._dense = DenseSearch(self.database)
            self._allowed_cache = self._counts_cache = None

    def size_on_disk(self) -> int:
        """Bytes of all files of the library."""
        with mapped_errors(self.folder):
            names = (DATABASE_NAME, DATABASE_NAME + "-wal", indexes.MANIFEST_NAME)
            paths = [self.folder / name for name in names] + indexes.index_files(self.folder)
            return sum(path.stat().st_size for path in paths if path.exists())


if TYPE_CHECKING:
    _keeps_the_contract: type[Store] = Library
