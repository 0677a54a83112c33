"""The library on disk: one SQLite database that is the truth, one FAISS index that may be thrown away.

    library.db      articles, passages, vectors, words, remembered sources; a transaction an article is the commit point
    manifest.json   a second copy of what it was built with, for repair
    index.json      names the FAISS index, with its hash and the generation of the database that it was built from
    index-*.faiss   the FAISS index
    lock            held by whoever writes

Every committed change raises the generation.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from embeddings import changes, schema, stored
from embeddings import index as indexes
from embeddings.changes import Analyse, read_state, usual_analysis
from embeddings.database import mapped_errors
from embeddings.errors import LibraryError, LibraryUnwritable
from embeddings.manifest import COPY_NAME
from embeddings.records import Article, EncodedPassage, Filters, Vector
from embeddings.searches import Searches
from embeddings.store import Counts, Fingerprint, Problem, PutResult, Store, StoredPassage
from embeddings.transactions import DATABASE_NAME, Database

EVERYTHING = Filters()


class Library:
    """A folder of articles that can be searched by meaning and by words. Made by `Library.open`."""

    def __init__(self, database: Database, analyse: Analyse = usual_analysis) -> None:
        self.folder = database.folder
        self.database = database
        self._searches = Searches(database)
        self._analyse = analyse
        self._counts_cache: tuple[int, Counts] | None = None

    @classmethod
    def open(
        cls,
        folder: Path | str,
        *,
        writable: bool = False,
        create: bool = False,
        wait_seconds: float = 0.0,
        analyse: Analyse = usual_analysis,
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
    def chunker(self) -> str:
        """What cut the articles into passages; "" while nothing was added."""
        return self.database.manifest.chunker

    def bind(self, fingerprint: Fingerprint, chunker: str) -> None:
        """Tie a new library to an encoder and a chunker, or make sure that it is tied to these.

        Raises:
            EncoderMismatch: it was built with others.
            LibraryUnwritable: it is new and was opened for reading only.
        """
        manifest, wanted = self.database.manifest, fingerprint.as_text()
        if manifest.encoder:
            manifest.require(wanted, chunker, self.folder)
        else:
            self.database.bind(wanted, fingerprint.name, fingerprint.dimension, chunker)

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
        return stored.sources(self.database)

    # ---- reading articles ----

    def fingerprint_of(self, source: str) -> str | None:
        """`Article.fingerprint` of what is stored for a source, or None."""
        with self.snapshot():
            rows = self.database.rows("SELECT fingerprint FROM articles WHERE id = ?", (Article("", source).id,))
        return str(schema.typed(rows, str)[0][0]) if rows else None

    def article(self, article_id: str) -> Article | None:
        """The article with exactly that id, or None."""
        return next(iter(stored.articles_where(self.database, "id = ?", [schema.to_column(article_id)])), None)

    def find(self, wanted: str) -> list[Article]:
        """The articles that an id, a path or URL, a path of a folder or container, an article's own id, or
        the beginning of an id (four digits or more) names; of these the first kind that names any.
        """
        return stored.find(self.database, wanted)

    def articles(self, filters: Filters = EVERYTHING) -> Iterator[Article]:
        """All articles within the filters, in the order in which they were added.

        They are read a hundred at a time, so that the library may be changed meanwhile.
        """
        return stored.articles_within(self.database, filters)

    def article_sources(self) -> list[tuple[str, str]]:
        """Id and source of every article, sorted by source; reads no text."""
        with self.snapshot():
            rows = schema.typed(self.database.rows("SELECT id, source FROM articles"), str, str | bytes)
        return sorted(((key, schema.from_column(source)) for key, source in rows), key=lambda pair: pair[1])

    def counts(self) -> Counts:
        """How much there is; cheap enough to ask with every question."""
        with self.snapshot() as generation:
            if self._counts_cache is None or self._counts_cache[0] != generation:
                self._counts_cache = (generation, stored.count(self.database))
            return self._counts_cache[1]

    def clusters(self, article_ids: Sequence[str]) -> dict[str, int]:
        """A number for each article, equal for near-duplicates of one another; unknown ids are left out."""
        return stored.clusters(self.database, article_ids)

    # ---- reading passages ----

    def load(self, passage_rowids: Sequence[int]) -> list[StoredPassage]:
        """Passages with their articles and vectors, in the order asked; those that are gone are left out.

        Raises:
            LibraryDamaged: one does not match its checksum.
        """
        return stored.load(self.database, passage_rowids)

    def passages_of(self, article_id: str) -> list[StoredPassage]:
        """All passages of an article in reading order; none if it is not there."""
        return stored.passages_of(self.database, article_id)

    # ---- searching ----

    def search_lexical(self, terms: Sequence[str], k: int, filters: Filters = EVERYTHING) -> list[tuple[int, float]]:
        """Passages that hold any of the terms: rowid and BM25 (higher is better), best first, equal ones by
        rowid.
        """
        return self._searches.by_words(terms, k, filters)

    def document_frequencies(self, terms: Sequence[str]) -> dict[str, int]:
        """In how many passages each term occurs; 0 for those in none."""
        return self._searches.frequencies(terms)

    def search_dense(self, vector: Vector, k: int, filters: Filters = EVERYTHING) -> list[tuple[int, float]]:
        """Passages nearest in meaning: rowid and cosine similarity, best first, equal ones by rowid.

        Raises:
            EncoderMismatch: the vector has another length than those stored.
            EncoderError: the vector is zero or not finite.
        """
        return self._searches.by_meaning(vector, k, filters)

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
            self._searches.save_index()
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
            self._searches = Searches(self.database)
            self._counts_cache = None

    def size_on_disk(self) -> int:
        """Bytes of all files of the library."""
        with mapped_errors(self.folder):
            names = (DATABASE_NAME, DATABASE_NAME + "-wal", COPY_NAME, indexes.MANIFEST_NAME)
            paths = [self.folder / name for name in names] + indexes.index_files(self.folder)
            return sum(path.stat().st_size for path in paths if path.exists())


if TYPE_CHECKING:
    _keeps_the_contract: type[Store] = Library
