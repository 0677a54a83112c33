"""A library in Milvus: the same contract as the folder's, for more articles than one machine holds, and several writers.

There are no transactions. A version of an article is written under a token of its own: its passages first, then the
article's row, which names the token. What no article's row names is not there, so a search sees the former version or
the new one and never a mixture; a writer that dies leaves rows that nobody sees and `check --repair` sweeps away.

Long because the contract is: each of its methods stands here once.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import numpy

from embeddings import changes, duplicates, milvus_rows
from embeddings.changes import Analyse, usual_analysis
from embeddings.errors import EncoderError, EncoderMismatch, LibraryMissing, LibraryUnwritable
from embeddings.milvus_connection import (
    SEARCH,
    create_collections,
    disconnect,
    filter_expression,
    from_letters,
    mapped_errors,
    parse_uri,
    quoted,
)
from embeddings.milvus_finding import conditions_of
from embeddings.milvus_tables import ARTICLE_FIELDS, BATCH_ROWS, PASSAGE_FIELDS, Tables
from embeddings.milvus_values import Manifest, Tally
from embeddings.records import Article, EncodedPassage, Filters, Vector
from embeddings.store import Counts, Fingerprint, Problem, PutResult, Store, StoredPassage

EVERYTHING = Filters()


class MilvusStore:
    """Articles in Milvus that can be searched by meaning and by words. Made by `MilvusStore.open`."""

    def __init__(self, uri: str, writable: bool, analyse: Analyse = usual_analysis) -> None:
        self.address = parse_uri(uri)
        self.writable = writable
        self._analyse = analyse
        self._tables = Tables(self.address)
        self._closed = False
        self._manifest: Manifest | None = None

    @classmethod
    def open(cls, uri: str, *, writable: bool = False, create: bool = False, analyse: Analyse = usual_analysis) -> Self:
        """Open the library at a URI.

        Raises:
            LibraryMissing: there is none and none is to be made.
            LibraryError: nothing answers there, or the client is not installed.
        """
        store = cls(uri, writable or create, analyse)
        try:
            if not store._tables.there("values") and not create:
                raise LibraryMissing(f"there is no library at {uri}")
        except BaseException:
            store.close()
            raise
        return store

    def close(self, save: bool = True) -> None:
        """Let go of the connection; everything is stored already. May be called twice."""
        if not self._closed:
            self._closed = True
            disconnect(self._tables.client, self.address)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _name(self, kind: str) -> str:
        return f"{self.address.name}_{kind}"

    # ---- what it is ----

    @contextmanager
    def snapshot(self) -> Iterator[int]:
        """The generation. Milvus has no snapshots: each call inside sees the newest state."""
        yield self.generation

    @property
    def generation(self) -> int:
        """Raised by every change of any writer."""
        return self.totals().changes

    def _bound(self) -> Manifest:
        if self._manifest is None:
            with mapped_errors(self.address.uri):
                self._manifest = self._tables.values.manifest()
        return self._manifest or Manifest()

    @property
    def encoder_name(self) -> str:
        """The encoder it was built with; "" while nothing was added."""
        return self._bound().encoder_name

    def bind(self, fingerprint: Fingerprint, chunker: str) -> None:
        """As `Library.bind`; of several writers that bind a new library at once, all but those agreeing are refused."""
        wanted = Manifest(fingerprint.as_text(), fingerprint.name, fingerprint.dimension, chunker)
        if not self._bound().encoder:
            self._must_write()
            with mapped_errors(self.address.uri):
                create_collections(self._tables.client, self.address, fingerprint.dimension)
                self._tables.values.bind(wanted)
            self._manifest = None
        there = self._bound()
        for what, built_with, given in (
            ("encoder", there.encoder, wanted.encoder),
            ("chunker", there.chunker, wanted.chunker),
        ):
            if built_with != given:
                raise EncoderMismatch(
                    f"the library at {self.address.uri} was built with {what} {built_with}, not with {given}",
                    f"use `--encoder {there.encoder_name}`, or build another library with another NAME in --store",
                )

    def _must_write(self) -> None:
        if not self.writable:
            raise LibraryUnwritable("the library was opened for reading only", "open it for writing")

    # ---- writing ----

    def put(self, article: Article, encoded: Sequence[EncodedPassage]) -> PutResult:
        """As `Library.put`; any number of writers may put at once, also the same article."""
        self._must_write()
        manifest = self._bound()
        if not manifest.encoder:
            raise LibraryUnwritable("the library is not tied to an encoder yet", "call bind first")
        changes.validate(article, encoded, manifest.dimension)
        if self.fingerprint_of(article.source) == article.fingerprint:
            return "unchanged"
        token = uuid.uuid4().hex
        summary = milvus_rows.summary_of(article, encoded)
        row, rest = milvus_rows.article_row(article, summary, token, time.time_ns())
        with mapped_errors(self.address.uri):
            passages = [self._passage_row(article, item, token, row) for item in encoded]
            for at in range(0, len(passages), BATCH_ROWS):
                self._tables.client.upsert(self._tables.name("passages"), passages[at : at + BATCH_ROWS])
            self._tables.values.put_rest(f"article/{token}", token, rest)
            former = self._tables.row(article.id)  # asked again: encoding and writing took a while
            if former is not None and self._tables.articles_of([former])[0].fingerprint == article.fingerprint:
                self._tables.drop_version(token)
                return "unchanged"
            self._tables.client.upsert(self._tables.name("articles"), [row])
            now = self._tables.row(article.id)
            if now is None or now["token"] != token:  # another writer's version came after ours
                self._tables.drop_version(token)
            elif former is not None:
                self._tables.drop_version(former["token"])
            self._tables.values.tally(Tally.of(summary) + (self._taken_out(former, 0) if former else Tally()))
        return "added" if former is None else "updated"

    def _passage_row(
        self, article: Article, item: EncodedPassage, token: str, of_article: dict[str, Any]
    ) -> dict[str, Any]:
        """A passage's row; what does not fit into it is written."""
        terms = changes.terms_of(article, item.passage, self._analyse)
        row, rest = milvus_rows.passage_row(article, item, token, terms, of_article)
        self._tables.values.put_rest(f"passage/{row['rowid']}", token, rest)
        return row

    def _taken_out(self, row: dict[str, Any], changes: int = 1) -> Tally:
        return Tally.of(milvus_rows.Summary.of_text(row["summary"]), -1, changes)

    def remove(self, article_id: str) -> bool:
        """Take an article out with everything derived from it; False if it is not there."""
        self._must_write()
        row = self._tables.row(article_id)
        if row is None:
            return False
        with mapped_errors(self.address.uri):
            self._tables.client.delete(self._tables.name("articles"), ids=[article_id])
            self._tables.drop_version(row["token"])
            self._tables.values.tally(self._taken_out(row))
        return True

    def remember_source(self, source: str) -> None:
        """Keep a path or URL that `sync` is to read again."""
        self._must_write()
        with mapped_errors(self.address.uri):
            self._tables.values.remember_source(source)

    def forget_source(self, source: str) -> bool:
        """Stop reading it again; False if it was not remembered. Its articles stay."""
        self._must_write()
        known = source in self.sources()
        with mapped_errors(self.address.uri):
            self._tables.values.forget_source(source)
        return known

    def sources(self) -> list[str]:
        """The remembered paths and URLs, sorted."""
        if not self._bound().encoder:
            return []
        with mapped_errors(self.address.uri):
            return self._tables.values.sources()

    # ---- reading articles ----

    def fingerprint_of(self, source: str) -> str | None:
        """`Article.fingerprint` of what is stored for a source, or None."""
        row = self._tables.row(Article("", source).id)
        return self._tables.articles_of([row])[0].fingerprint if row else None

    def article(self, article_id: str) -> Article | None:
        """The article with exactly that id, or None."""
        row = self._tables.row(article_id)
        return self._tables.articles_of([row])[0] if row else None

    def find(self, wanted: str) -> list[Article]:
        """As `Library.find`."""
        for condition in conditions_of(wanted):
            rows = [row for batch in self._tables.all("articles", condition, ARTICLE_FIELDS, 100) for row in batch]
            if rows:
                return self._tables.articles_of(sorted(rows, key=lambda row: (row["added"], row["id"])))
        return []

    def articles(self, filters: Filters = EVERYTHING) -> Iterator[Article]:
        """All articles within the filters, a hundred at a time, in the order of their ids."""
        for rows in self._tables.all("articles", filter_expression(filters), ARTICLE_FIELDS, 100):
            yield from self._tables.articles_of(rows)

    def article_sources(self) -> list[tuple[str, str]]:
        """Id and source of every article, sorted by source; reads no text."""
        batches = self._tables.all("articles", "", ["id", "place"], 5000)
        pairs = [(str(row["id"]), from_letters(row["place"])) for rows in batches for row in rows]
        return sorted(pairs, key=lambda pair: pair[1])

    def totals(self) -> Tally:
        """The sum of the writers' tallies."""
        if not self._bound().encoder:
            return Tally()
        with mapped_errors(self.address.uri):
            return self._tables.values.totals()

    def counts(self) -> Counts:
        """How much there is, from the writers' tallies."""
        totals = self.totals()
        return totals.counts(lambda condition: self._tables.count("articles", condition))

    def clusters(self, article_ids: Sequence[str]) -> dict[str, int]:
        """A number for each article, equal for near-duplicates of one another *among those asked for*; unknown ids
        are left out. The number holds for this answer only."""
        known = [key for key in dict.fromkeys(article_ids) if set(key) <= set("0123456789abcdef")]
        rows = [
            row
            for at in range(0, len(known), BATCH_ROWS)
            for row in self._tables.query("articles", f"id in {quoted(known[at : at + BATCH_ROWS])}", ARTICLE_FIELDS)
        ]
        articles = sorted(self._tables.articles_of(rows), key=lambda article: article.id)
        groups = duplicates.components([duplicates.shingles(article) for article in articles])
        return {articles[place].id: min(group) + 1 for group in groups for place in group}

    # ---- reading passages ----

    def load(self, passage_rowids: Sequence[int]) -> list[StoredPassage]:
        """As `Library.load`. A passage of a version that was replaced is gone."""
        wanted = list(dict.fromkeys(map(int, passage_rowids)))
        stored: dict[int, StoredPassage] = {}
        for at in range(0, len(wanted), BATCH_ROWS):
            part = [rowid for rowid in wanted[at : at + BATCH_ROWS] if rowid >= 0]
            rows = self._tables.query("passages", f"rowid in {quoted(part)}", PASSAGE_FIELDS) if part else []
            ids = sorted({row["article"] for row in rows})
            owners = self._tables.query("articles", f"id in {quoted(ids)}", ARTICLE_FIELDS) if ids else []
            current = dict(zip([row["token"] for row in owners], self._tables.articles_of(owners), strict=True))
            rows = [row for row in rows if row["token"] in current]
            with mapped_errors(self.address.uri):
                rest = self._tables.values.rest([(f"passage/{row['rowid']}", row["parts"]) for row in rows])
            for row in rows:
                vector = numpy.asarray(row["vector"], numpy.float32)
                parts = rest[f"passage/{row['rowid']}"]
                stored[int(row["rowid"])] = milvus_rows.passage_of(row, parts, current[row["token"]], vector)
        return [stored[rowid] for rowid in map(int, passage_rowids) if rowid in stored]

    def passages_of(self, article_id: str) -> list[StoredPassage]:
        """All passages of an article in reading order; none if it is not there."""
        row = self._tables.row(article_id)
        if row is None:
            return []
        count = milvus_rows.Summary.of_text(row["summary"]).passages
        return self.load([milvus_rows.passage_id(row["token"], number) for number in range(count)])

    # ---- searching ----

    def search_dense(self, vector: Vector, k: int, filters: Filters = EVERYTHING) -> list[tuple[int, float]]:
        """As `Library.search_dense`; whether every nearest passage is found depends on the kind of index."""
        manifest = self._bound()
        query = numpy.ascontiguousarray(vector, numpy.float32)
        if query.ndim != 1 or (manifest.dimension and len(query) != manifest.dimension):
            raise EncoderMismatch(
                f"the question's vector has the shape {query.shape}, the library's ({manifest.dimension},)",
                f"use `--encoder {manifest.encoder_name}`",
            )
        norm = float(numpy.linalg.norm(query.astype(numpy.float64)))
        if not 0.0 < norm < float("inf"):
            raise EncoderError("the question's vector is zero or not a number", "choose another encoder")
        effort = {name: max(value, k) for name, value in SEARCH.get(self.address.index, {}).items()}
        return self._tables.search("vector", query / norm, k, filters, {"metric_type": "IP", "params": effort})

    def search_lexical(self, terms: Sequence[str], k: int, filters: Filters = EVERYTHING) -> list[tuple[int, float]]:
        """Passages that hold any of the terms: rowid and Milvus' BM25 (higher is better), best first, equal ones by
        rowid."""
        if not terms:
            return []
        text = milvus_rows.words(list(dict.fromkeys(terms)))
        return self._tables.search("bm25", text, k, filters, {"metric_type": "BM25"})

    def document_frequencies(self, terms: Sequence[str]) -> dict[str, int]:
        """In how many passages each term occurs; 0 for those in none."""
        return {
            term: self._tables.count("passages", f"TEXT_MATCH(words, '{milvus_rows.word(term)}')")
            for term in dict.fromkeys(terms)
        }

    # ---- upkeep ----

    def save_index(self) -> None:
        """Nothing to do: Milvus keeps its indexes itself."""
        self._must_write()

    def check(self, repair: bool = False) -> list[Problem]:
        """As `Library.check`; to be run while nobody writes, for a half-written article looks like a leftover."""
        from embeddings.milvus_check import check

        if repair:
            self._must_write()
        return check(self, self._tables, repair)

    def size_on_disk(self) -> int:
        """Bytes of an embedded engine's files; 0 for a server, which does not say."""
        file = self.address.file
        if file is None:
            return 0
        return sum(path.stat().st_size for path in file.rglob("*") if path.is_file())


if TYPE_CHECKING:
    _keeps_the_contract: type[Store] = MilvusStore
