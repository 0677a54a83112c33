"""A library in Milvus: the same contract as the folder's, for more articles than one machine holds, and several writers.

There are no transactions. A version of an article is written under a token of its own: its passages first, then the
article's row, which names the token. What no article's row names is not there, so a search sees the former version or
the new one and never a mixture; a writer that dies leaves rows that nobody sees and `check --repair` sweeps away.
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
from embeddings.changes import Analyse
from embeddings.errors import EncoderError, EncoderMismatch, LibraryMissing, LibraryUnwritable
from embeddings.milvus_connection import (
    MOST_ROWS,
    SEARCH,
    connect,
    create_collections,
    disconnect,
    filter_expression,
    from_letters,
    mapped_errors,
    parse_uri,
    quoted,
)
from embeddings.milvus_finding import conditions_of
from embeddings.milvus_values import Manifest, Tally, Values
from embeddings.records import Article, EncodedPassage, Filters, Vector
from embeddings.store import Counts, Fingerprint, Problem, PutResult, Store, StoredPassage

EVERYTHING = Filters()
BATCH_ROWS = 200  # of one call; some megabytes
ARTICLE_FIELDS = ["id", "token", "added", "packed", "parts"]
PASSAGE_FIELDS = ["rowid", "token", "article", "packed", "parts", "vector"]


def _analyse(text: str, language: str) -> list[str]:
    from embeddings.analysis import analyse

    return analyse(text, language)


class MilvusStore:
    """Articles in Milvus that can be searched by meaning and by words. Made by `MilvusStore.open`."""

    def __init__(self, uri: str, writable: bool, analyse: Analyse = _analyse) -> None:
        self.address = parse_uri(uri)
        self.writable = writable
        self._analyse = analyse
        self._client = connect(self.address)
        self._closed = False
        self.values = Values(self._client, self.address)
        self._manifest: Manifest | None = None

    @classmethod
    def open(cls, uri: str, *, writable: bool = False, create: bool = False, analyse: Analyse = _analyse) -> Self:
        """Open the library at a URI.

        Raises:
            LibraryMissing: there is none and none is to be made.
            LibraryError: nothing answers there, or the client is not installed.
        """
        store = cls(uri, writable or create, analyse)
        try:
            with mapped_errors(uri):
                there = store._client.has_collection(store._name("values"))
                if there:
                    for kind in ("values", "articles", "passages"):
                        if store._client.has_collection(store._name(kind)):
                            store._client.load_collection(store._name(kind))
                elif not create:
                    raise LibraryMissing(f"there is no library at {uri}", "")
        except BaseException:
            store.close()
            raise
        return store

    def close(self, save: bool = True) -> None:
        """Let go of the connection; everything is stored already. May be called twice."""
        if not self._closed:
            self._closed = True
            disconnect(self._client, self.address)

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
                self._manifest = self.values.manifest()
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
                create_collections(self._client, self.address, fingerprint.dimension)
                self.values.bind(wanted)
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

    # ---- rows ----

    def _query(self, kind: str, condition: str, fields: Sequence[str], limit: int = MOST_ROWS) -> list[dict[str, Any]]:
        if not self._bound().encoder:
            return []
        with mapped_errors(self.address.uri):
            return list(self._client.query(self._name(kind), filter=condition, output_fields=list(fields), limit=limit))

    def _all(self, kind: str, condition: str, fields: Sequence[str], batch: int) -> Iterator[list[dict[str, Any]]]:
        """All rows, in batches, ordered by their key."""
        if not self._bound().encoder:
            return
        with mapped_errors(self.address.uri):
            iterator = self._client.query_iterator(
                self._name(kind), filter=condition, output_fields=list(fields), batch_size=batch
            )
        try:
            while True:
                with mapped_errors(self.address.uri):
                    rows = list(iterator.next())
                if not rows:
                    return
                yield rows
        finally:
            iterator.close()

    def _count(self, kind: str, condition: str) -> int:
        if not self._bound().encoder:
            return 0
        with mapped_errors(self.address.uri):
            rows = self._client.query(self._name(kind), filter=condition, output_fields=["count(*)"])
        return int(rows[0]["count(*)"])

    def _row(self, article_id: str) -> dict[str, Any] | None:
        if not set(article_id) <= set("0123456789abcdef"):
            return None
        fields = [*ARTICLE_FIELDS, "summary"]
        return next(iter(self._query("articles", f"id in {quoted([article_id])}", fields)), None)

    def articles_of(self, rows: Sequence[dict[str, Any]]) -> list[Article]:
        """The articles of rows."""
        rest = self.values.rest([(f"article/{row['token']}", row["parts"]) for row in rows])
        return [milvus_rows.article_of(row, rest[f"article/{row['token']}"]) for row in rows]

    def rows_of_articles(self) -> Iterator[dict[str, Any]]:
        """All rows of articles as they lie, for checking them."""
        for rows in self._all("articles", "", [*ARTICLE_FIELDS, "place", "summary"], 100):
            yield from rows

    def tokens_of_passages(self) -> Iterator[str]:
        """To which version each passage belongs."""
        for rows in self._all("passages", "", ["rowid", "token"], 5000):
            yield from (row["token"] for row in rows)

    def drop_article(self, row: dict[str, Any]) -> None:
        """Take out an article by its row, without a tally."""
        with mapped_errors(self.address.uri):
            self._client.delete(self._name("articles"), ids=[row["id"]])
            self.drop_version(row["token"])

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
            self._write_passages(article, encoded, token, row)
            self.values.put_rest(f"article/{token}", token, rest)
            former = self._row(article.id)  # asked again: encoding and writing took a while
            if former is not None and self._fingerprint(former) == article.fingerprint:
                self.drop_version(token)
                return "unchanged"
            self._client.upsert(self._name("articles"), [row])
            now = self._row(article.id)
            if now is None or now["token"] != token:  # another writer's version came after ours
                self.drop_version(token)
            elif former is not None:
                self.drop_version(former["token"])
            self.values.tally(Tally.of(summary) + (self._taken_out(former, 0) if former else Tally()))
        return "added" if former is None else "updated"

    def _write_passages(
        self, article: Article, encoded: Sequence[EncodedPassage], token: str, row: dict[str, Any]
    ) -> None:
        passages = []
        for item in encoded:
            terms = changes.terms_of(article, item.passage, self._analyse)
            passage, rest = milvus_rows.passage_row(article, item, token, terms, row)
            self.values.put_rest(f"passage/{passage['rowid']}", token, rest)
            passages.append(passage)
        for at in range(0, len(passages), BATCH_ROWS):
            self._client.upsert(self._name("passages"), passages[at : at + BATCH_ROWS])

    def _fingerprint(self, row: dict[str, Any]) -> str:
        return self.articles_of([row])[0].fingerprint

    def _taken_out(self, row: dict[str, Any], changes: int = 1) -> Tally:
        return Tally.of(milvus_rows.Summary.of_text(row["summary"]), -1, changes)

    def drop_version(self, token: str) -> None:
        """Sweep away what belongs to a version that no article's row names."""
        self._client.delete(self._name("passages"), filter=f"token in {quoted([token])}")
        self.values.drop(token)

    def remove(self, article_id: str) -> bool:
        """Take an article out with everything derived from it; False if it is not there."""
        self._must_write()
        row = self._row(article_id)
        if row is None:
            return False
        with mapped_errors(self.address.uri):
            self._client.delete(self._name("articles"), ids=[article_id])
            self.drop_version(row["token"])
            self.values.tally(self._taken_out(row))
        return True

    def remember_source(self, source: str) -> None:
        """Keep a path or URL that `sync` is to read again."""
        self._must_write()
        with mapped_errors(self.address.uri):
            self.values.remember_source(source)

    def forget_source(self, source: str) -> bool:
        """Stop reading it again; False if it was not remembered. Its articles stay."""
        self._must_write()
        known = source in self.sources()
        with mapped_errors(self.address.uri):
            self.values.forget_source(source)
        return known

    def sources(self) -> list[str]:
        """The remembered paths and URLs, sorted."""
        if not self._bound().encoder:
            return []
        with mapped_errors(self.address.uri):
            return self.values.sources()

    # ---- reading articles ----

    def fingerprint_of(self, source: str) -> str | None:
        """`Article.fingerprint` of what is stored for a source, or None."""
        row = self._row(Article("", source).id)
        return self._fingerprint(row) if row else None

    def article(self, article_id: str) -> Article | None:
        """The article with exactly that id, or None."""
        row = self._row(article_id)
        return self.articles_of([row])[0] if row else None

    def find(self, wanted: str) -> list[Article]:
        """As `Library.find`."""
        for condition in conditions_of(wanted):
            rows = [row for batch in self._all("articles", condition, ARTICLE_FIELDS, 100) for row in batch]
            if rows:
                return self.articles_of(sorted(rows, key=lambda row: (row["added"], row["id"])))
        return []

    def articles(self, filters: Filters = EVERYTHING) -> Iterator[Article]:
        """All articles within the filters, a hundred at a time, in the order of their ids."""
        for rows in self._all("articles", filter_expression(filters), ARTICLE_FIELDS, 100):
            yield from self.articles_of(rows)

    def article_sources(self) -> list[tuple[str, str]]:
        """Id and source of every article, sorted by source; reads no text."""
        batches = self._all("articles", "", ["id", "place"], 5000)
        pairs = [(str(row["id"]), from_letters(row["place"])) for rows in batches for row in rows]
        return sorted(pairs, key=lambda pair: pair[1])

    def totals(self) -> Tally:
        """The sum of the writers' tallies."""
        if not self._bound().encoder:
            return Tally()
        with mapped_errors(self.address.uri):
            return self.values.totals()

    def counts(self) -> Counts:
        """How much there is, from the writers' tallies."""
        totals = self.totals()
        return totals.counts(lambda condition: self._count("articles", condition))

    def clusters(self, article_ids: Sequence[str]) -> dict[str, int]:
        """A number for each article, equal for near-duplicates of one another *among those asked for*; unknown ids
        are left out. The number holds for this answer only."""
        known = [key for key in dict.fromkeys(article_ids) if set(key) <= set("0123456789abcdef")]
        rows = [
            row
            for at in range(0, len(known), BATCH_ROWS)
            for row in self._query("articles", f"id in {quoted(known[at : at + BATCH_ROWS])}", ARTICLE_FIELDS)
        ]
        articles = sorted(self.articles_of(rows), key=lambda article: article.id)
        groups = duplicates.components([duplicates.shingles(article) for article in articles])
        return {articles[place].id: min(group) + 1 for group in groups for place in group}

    # ---- reading passages ----

    def load(self, passage_rowids: Sequence[int]) -> list[StoredPassage]:
        """As `Library.load`. A passage of a version that was replaced is gone."""
        wanted = list(dict.fromkeys(map(int, passage_rowids)))
        stored: dict[int, StoredPassage] = {}
        for at in range(0, len(wanted), BATCH_ROWS):
            part = [rowid for rowid in wanted[at : at + BATCH_ROWS] if rowid >= 0]
            rows = self._query("passages", f"rowid in {quoted(part)}", PASSAGE_FIELDS) if part else []
            ids = sorted({row["article"] for row in rows})
            owners = self._query("articles", f"id in {quoted(ids)}", ARTICLE_FIELDS) if ids else []
            current = dict(zip([row["token"] for row in owners], self.articles_of(owners), strict=True))
            rows = [row for row in rows if row["token"] in current]
            rest = self.values.rest([(f"passage/{row['rowid']}", row["parts"]) for row in rows])
            for row in rows:
                vector = numpy.asarray(row["vector"], numpy.float32)
                parts = rest[f"passage/{row['rowid']}"]
                stored[int(row["rowid"])] = milvus_rows.passage_of(row, parts, current[row["token"]], vector)
        return [stored[rowid] for rowid in map(int, passage_rowids) if rowid in stored]

    def passages_of(self, article_id: str) -> list[StoredPassage]:
        """All passages of an article in reading order; none if it is not there."""
        row = self._row(article_id)
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
        return self._search("vector", query / norm, k, filters, {"metric_type": "IP", "params": effort})

    def search_lexical(self, terms: Sequence[str], k: int, filters: Filters = EVERYTHING) -> list[tuple[int, float]]:
        """Passages that hold any of the terms: rowid and Milvus' BM25 (higher is better), best first, equal ones by
        rowid."""
        if not terms:
            return []
        text = milvus_rows.words(list(dict.fromkeys(terms)))
        return self._search("bm25", text, k, filters, {"metric_type": "BM25"})

    def _search(
        self, field: str, query: Any, k: int, filters: Filters, settings: dict[str, Any]
    ) -> list[tuple[int, float]]:
        if k <= 0 or not self._bound().encoder:
            return []
        with mapped_errors(self.address.uri):
            found = self._client.search(
                self._name("passages"),
                data=[query],
                anns_field=field,
                limit=min(k, MOST_ROWS),
                filter=filter_expression(filters),
                search_params=settings,
                output_fields=["rowid"],
            )[0]
        # BM25 is never negative, but Milvus Lite gives it as a distance, with a minus
        hits = [
            (int(hit["rowid"]), abs(hit["distance"]) if field == "bm25" else float(hit["distance"])) for hit in found
        ]
        return sorted(hits, key=lambda hit: (-hit[1], hit[0]))

    def document_frequencies(self, terms: Sequence[str]) -> dict[str, int]:
        """In how many passages each term occurs; 0 for those in none."""
        return {
            term: self._count("passages", f"TEXT_MATCH(words, '{milvus_rows.word(term)}')")
            for term in dict.fromkeys(terms)
        }

    # ---- upkeep ----

    def save_index(self) -> None:
        """Nothing to do: Milvus keeps its indexes itself."""
        self._must_write()

    def check(self, repair: bool = False) -> list[Problem]:
        """As `Library.check`; to be run while nobody writes, for a half-written article looks like a leftover."""
        from embeddings.milvus_check import check

        return check(self, repair)

    def size_on_disk(self) -> int:
        """Bytes of an embedded engine's files; 0 for a server, which does not say."""
        file = self.address.file
        if file is None:
            return 0
        return sum(path.stat().st_size for path in file.rglob("*") if path.is_file())


if TYPE_CHECKING:
    _keeps_the_contract: type[Store] = MilvusStore
