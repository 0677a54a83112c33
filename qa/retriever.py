"""From a question to passages, by meaning and by words.

Dense and lexical search each propose passages; what they propose is scored together: the cosine of the passage, the
cosine of its best sentence and BM25 relative to the best word match. Copies of one article count once, and no article
fills more than its share, so that the context holds different voices.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy

from embeddings.analysis import query_terms
from embeddings.encoders import Encoder
from embeddings.records import Filters, Hit, Vector
from embeddings.store import Store, StoredPassage

CANDIDATES = 60
"""Passages that each search proposes; beyond them the fused order of the first ten does not change any more."""

SENTENCE_WEIGHT = 0.5
"""Weight of the best sentence's cosine beside the passage's own."""

LEXICAL_WEIGHT = 0.04
"""What the best word match of all adds, in units of cosine; the others in proportion to their BM25."""

OPENING_BONUS = 0.01
"""What an article's first passage gains, in units of cosine: news tells first what matters most."""

LARGEST_SHARE = 0.4
"""At most this part of the passages comes from one article, as long as others have something to say."""


@dataclass(frozen=True, slots=True)
class Retrieval:
    """What a search found.

    Attributes:
        hits: best first.
        considered: how many passages were scored.
        filters: the limits that were applied.
        best_lexical: BM25 of the best word match, 0 where no word matched.
        encode_ms, search_ms: time taken.
    """

    hits: tuple[Hit, ...]
    considered: int
    filters: Filters
    best_lexical: float
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
    ) -> Retrieval: ...


class Retriever:
    """Finds passages in a library.

    Args:
        library: where to look; its vectors must come from `encoder`.
        terms: turns a question into lexical terms, given the library's languages.
    """

    def __init__(
        self,
        library: Store,
        encoder: Encoder,
        terms: Callable[[str, Sequence[str]], list[str]] = query_terms,
    ) -> None:
        self._library = library
        self._encoder = encoder
        self._terms = terms

    def search(
        self,
        question: str,
        *,
        k: int = 8,
        filters: Filters | None = None,
        within: frozenset[str] | None = None,
    ) -> Retrieval:
        """The k best passages, deterministically ordered: equal scores by the order in which they were added.

        Args:
            within: ids of the only articles to look at, all of their passages; None looks at the whole library.
        """
        filters = filters or Filters()
        started = time.perf_counter()
        vector = self._encoder.encode_query(question)
        encoded = time.perf_counter()
        with self._library.snapshot():
            languages = [code for code, _ in self._library.counts().languages]
            terms = self._terms(question, languages)
            if within is None:
                dense = self._library.search_dense(vector, CANDIDATES, filters)
                lexical = dict(self._library.search_lexical(terms, CANDIDATES, filters))
                rowids = list(dict.fromkeys([*(rowid for rowid, _ in dense), *lexical]))
                candidates = self._library.load(rowids)
            else:
                candidates = [item for article in sorted(within) for item in self._library.passages_of(article)]
                rowids = [candidate.rowid for candidate in candidates]
                lexical = {}
            scored = score(vector, candidates, lexical)
            clusters = self._library.clusters(sorted({hit.article.id for hit in scored}))
        best_lexical = max(lexical.values(), default=0.0)
        finished = time.perf_counter()
        return Retrieval(
            hits=tuple(diverse(scored, k, clusters)),
            considered=len(rowids),
            filters=filters,
            best_lexical=best_lexical,
            encode_ms=round((encoded - started) * 1000),
            search_ms=round((finished - encoded) * 1000),
        )


def score(vector: Vector, candidates: Sequence[StoredPassage], lexical: dict[int, float]) -> list[Hit]:
    """The candidates as hits, best first.

    Args:
        vector: shape (dimension,), of the question.
        lexical: BM25 by rowid, for those that the words matched.
    """
    best_lexical = max(lexical.values(), default=0.0) or 1.0
    hits = []
    for candidate in candidates:
        dense = float(candidate.vector @ vector)
        sentences = candidate.sentence_vectors @ vector
        words = lexical.get(candidate.rowid)
        nearest = float(numpy.max(sentences, initial=-1.0))
        fused = (dense + SENTENCE_WEIGHT * nearest) / (1 + SENTENCE_WEIGHT)
        fused += LEXICAL_WEIGHT * (words or 0.0) / best_lexical
        fused += OPENING_BONUS * (candidate.passage.number == 0)
        hits.append(
            Hit(
                article=candidate.article,
                passage=candidate.passage,
                score=fused,
                dense=dense,
                lexical=words,
                sentence_scores=tuple(float(value) for value in sentences),
            )
        )
    order = sorted(range(len(hits)), key=lambda index: (-hits[index].score, candidates[index].rowid))
    return [hits[index] for index in order]


def diverse(hits: Sequence[Hit], k: int, clusters: dict[str, int]) -> list[Hit]:
    """The first k hits, one article a cluster of copies and no article beyond its share.

    Hits passed over for their article's share fill up what the others leave empty.
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
    return sorted(filled, key=lambda hit: -hit.score)
