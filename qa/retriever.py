"""From a question to passages, by meaning and by words.

Dense and lexical search each propose passages; `qa.fusion` scores together what they propose. Copies of one article count
once, no article fills more than its share, and a second outlet is heard where there is one, so that the context holds
different voices.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import islice
from typing import Protocol

import numpy

from embeddings.analysis import query_terms
from embeddings.encoders import Encoder
from embeddings.languages import identify
from embeddings.records import Filters, Hit, Vector
from embeddings.store import Store, StoredPassage
from qa.dates import today_utc
from qa.fusion import Fusion, bridged, fuse, is_native
from qa.leanings import Leanings, leanings_of

CANDIDATES = 60
"""Passages that each search proposes; beyond them the fused order of the first ten does not change any more."""

WORD_MATCHES = 1000
"""Word matches whose scores are known, so that what is proposed by its meaning gets the credit for its words, too."""

RERANKED = 20
"""Passages that a reranker reads; on two cores a small one reads some twenty a second."""

OF_OUTLETS = 20
"""Passages that are sought among the outlets that a question names."""

CONTEXT_WEIGHT = 0.5
"""Weight of the whole question's vector beside that of its part."""

FEW_TERMS = 3
"""A part of a question with fewer words of its own is sought by the words of the whole."""

LARGEST_SHARE = 0.4
"""At most this part of the passages comes from one article, as long as others have something to say."""

SECOND_OUTLET = 0.08
"""How far behind the best passage, in units of fused score, another outlet's may be and still be heard."""


@dataclass(frozen=True, slots=True)
class Retrieval:
    """What a search found.

    Attributes:
        hits: best first.
        considered: how many passages were scored.
        filters: the limits that were applied.
        encode_ms, search_ms: time taken.
    """

    hits: tuple[Hit, ...]
    considered: int
    filters: Filters
    encode_ms: int
    search_ms: int


class Searcher(Protocol):
    """Finds passages for a question."""

    def search(
        self,
        question: str,
        *,
        k: int = 8,
        filters: Filters | None = None,
        within: frozenset[str] | None = None,
        context: str = "",
    ) -> Retrieval: ...


class Relevance(Protocol):
    """Judges passages by reading them together with the question."""

    def relevance(self, question: str, texts: Sequence[str]) -> list[float]:
        """How well each text answers the question, 0 to 1."""


class Retriever:
    """Finds passages in a library.

    Args:
        library: where to look; its vectors must come from `encoder`.
        terms: turns a question into lexical terms, given the library's languages.
        fusion: what counts how much.
        today: the clock, from which "vorige week" counts.
        reranker: reads the question together with the best passages and orders them anew.
    """

    def __init__(
        self,
        library: Store,
        encoder: Encoder,
        terms: Callable[[str, Sequence[str]], list[str]] = query_terms,
        fusion: Fusion | None = None,
        today: Callable[[], date] = today_utc,
        reranker: Relevance | None = None,
    ) -> None:
        self.library = library
        self._encoder = encoder
        self._terms = terms
        self._fusion = fusion or Fusion()
        self._today = today
        self._reranker = reranker

    def search(
        self,
        question: str,
        *,
        k: int = 8,
        filters: Filters | None = None,
        within: frozenset[str] | None = None,
        context: str = "",
    ) -> Retrieval:
        """The k best passages, deterministically ordered: equal scores by the order in which they were added.

        Args:
            within: ids of the only articles to look at, all of their passages; None looks at the whole library.
            context: the question of which this one is a part, and which says what it is about.
        """
        filters = filters or Filters()
        started = time.perf_counter()
        vector = self._encoder.encode_query(question)
        if context:
            vector = _unit(vector + CONTEXT_WEIGHT * self._encoder.encode_query(context))
        encoded = time.perf_counter()
        language = identify(question)
        with self.library.snapshot():
            counts = self.library.counts()
            languages = [code for code, _ in counts.languages]
            publishers = [name for name, _ in counts.publishers]
            leanings = leanings_of(question, language, publishers, filters.as_of or filters.until or self._today())
            terms = self._terms(question, languages)
            if context and len(terms) < FEW_TERMS:
                terms = self._terms(context, languages)
            lexical = dict(self.library.search_lexical(terms, WORD_MATCHES, filters))
            if within is None:
                mixed = len({*languages, language}) > 1
                candidates = self._candidates(vector, language, lexical, filters, leanings, mixed)
            else:
                candidates = [item for article in sorted(within) for item in self.library.passages_of(article)]
                inside = {candidate.rowid for candidate in candidates}
                lexical = {rowid: score for rowid, score in lexical.items() if rowid in inside}
            scored = fuse(vector, language, candidates, lexical, self._fusion, leanings)
            if self._reranker is not None:
                scored = reranked(self._reranker, question, scored)
            clusters = self.library.clusters(sorted({hit.article.id for hit in scored}))
        finished = time.perf_counter()
        return Retrieval(
            hits=tuple(diverse(scored, k, clusters)),
            considered=len(candidates),
            filters=filters,
            encode_ms=round((encoded - started) * 1000),
            search_ms=round((finished - encoded) * 1000),
        )

    def _candidates(
        self,
        vector: Vector,
        language: str,
        lexical: dict[int, float],
        filters: Filters,
        leanings: Leanings,
        mixed: bool,
    ) -> list[StoredPassage]:
        """What the searches propose.

        Where the library has other languages than the question's, the question moved towards what was found in its own is
        searched with, too; where the question names outlets, theirs are searched by themselves.
        """
        rowids = dict.fromkeys(rowid for rowid, _ in self.library.search_dense(vector, CANDIDATES, filters))
        rowids |= dict.fromkeys(islice(lexical, CANDIDATES))
        if leanings.outlets and not filters.sources:
            named = replace(filters, sources=tuple(sorted(leanings.outlets)))
            rowids |= dict.fromkeys(rowid for rowid, _ in self.library.search_dense(vector, OF_OUTLETS, named))
        candidates = self.library.load(list(rowids))
        own = [candidate for candidate in candidates if is_native(candidate, language)]
        if mixed and own and self._fusion.bridge:
            cosines = {candidate.rowid: float(candidate.vector @ vector) for candidate in own}
            towards = bridged(vector, own, cosines, self._fusion)
            found = [rowid for rowid, _ in self.library.search_dense(towards, CANDIDATES, filters)]
            candidates += self.library.load([rowid for rowid in found if rowid not in rowids])
        return candidates


def reranked(reranker: Relevance, question: str, hits: Sequence[Hit]) -> list[Hit]:
    """The hits with the best of them in the order of a model that reads both; equal ones stay as they were.

    A reranked hit's score is 1 to 2, which keeps it before those that were not.
    """
    first, rest = hits[:RERANKED], hits[RERANKED:]
    judged = reranker.relevance(question, [f"{hit.passage.context}\n{hit.text}".strip() for hit in first])
    scored = [replace(hit, score=1 + value) for hit, value in zip(first, judged, strict=True)]
    return [*sorted(scored, key=lambda hit: -hit.score), *rest]


def merged(whole: Retrieval, parts: Sequence[Retrieval]) -> Retrieval:
    """What was found for a question and for its parts as one: each passage once, as it was first found."""
    unique: dict[tuple[str, int], Hit] = {}
    for retrieval in (*parts, whole):
        for hit in retrieval.hits:
            unique.setdefault((hit.article.id, hit.passage.number), hit)
    return replace(
        whole,
        hits=tuple(unique.values()),
        considered=max(retrieval.considered for retrieval in (whole, *parts)),
        encode_ms=whole.encode_ms + sum(part.encode_ms for part in parts),
        search_ms=whole.search_ms + sum(part.search_ms for part in parts),
    )


def _unit(vector: Vector) -> Vector:
    unit: Vector = (vector / numpy.linalg.norm(vector)).astype(numpy.float32)
    return unit


def diverse(hits: Sequence[Hit], k: int, clusters: dict[str, int]) -> list[Hit]:
    """The first k hits, one article a cluster of copies and no article beyond its share.

    Hits passed over for their article's share fill up what the others leave empty. Where all are from one outlet, the
    last makes room for another outlet's best, if that is any good.
    """
    share = max(1, int(LARGEST_SHARE * k))
    chosen: list[Hit] = []
    passed_over: list[Hit] = []
    spoken_for: dict[int, str] = {}
    taken: dict[str, int] = {}
    for hit in hits:
        if len(chosen) == k:
            break
        article = hit.article.id
        cluster = clusters.get(article)
        if cluster is not None and spoken_for.setdefault(cluster, article) != article:
            continue
        if taken.get(article, 0) >= share:
            passed_over.append(hit)
            continue
        taken[article] = taken.get(article, 0) + 1
        chosen.append(hit)
    filled = [*chosen, *passed_over[: k - len(chosen)]]
    outlets = {hit.article.publisher for hit in filled}
    if len(filled) == k > 1 and len(outlets) == 1:
        for hit in hits:
            if hit.score < hits[0].score - SECOND_OUTLET:
                break
            cluster = clusters.get(hit.article.id)
            copied = cluster is not None and spoken_for.get(cluster, hit.article.id) != hit.article.id
            if hit.article.publisher not in outlets and not copied:
                filled[-1] = hit
                break
    return sorted(filled, key=lambda hit: -hit.score)
