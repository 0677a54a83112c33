"""One score for each passage found, from the nearness of its meaning and from its words.

The score is the cosine of the passage and of its best sentence, BM25 relative to the best word match, and a little for an
article's opening and for the outlet or the time that the question names.

A passage in another language than the question's has less of meaning and words: words do not match, and the encoder places
a question nearer to texts of its own language. So the question is first moved towards the best passages in its own
language: what they say, the other may say too.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy

from embeddings.records import Hit, Vector
from embeddings.store import StoredPassage
from qa.leanings import Leanings


@dataclass(frozen=True, slots=True)
class Fusion:
    """What counts how much, in units of cosine; measured in docs/retrieval.md.

    Attributes:
        sentence: weight of the best sentence's cosine beside the passage's own.
        lexical: what the best word match adds, the others in proportion to their BM25.
        opening: what an article's first passage gains, because news tells first what matters most.
        bridge: how far the question is moved towards the best passages in its own language before passages in other
            languages are compared with it; in lengths of the question's vector.
        bridge_passages: how many passages in the question's language it is moved towards.
    """

    sentence: float = 0.5
    lexical: float = 0.04
    opening: float = 0.01
    bridge: float = 0.5
    bridge_passages: int = 2


NONE = Leanings()

BRIDGE_TEMPERATURE = 0.01
"""How much more a better passage pulls: e times as much for each hundredth of a better score."""

FOREIGN_LEXICAL = 0.3
"""The best word match in other languages counts in full from this part of the best of all: few words can match there."""


def fuse(
    vector: Vector,
    language: str,
    candidates: Sequence[StoredPassage],
    lexical: dict[int, float],
    fusion: Fusion,
    leanings: Leanings = NONE,
) -> list[Hit]:
    """The candidates as hits, best first, equal ones by rowid.

    Args:
        vector: shape (dimension,), L2-normalised, of the question.
        language: of the question, ISO 639-1; "" treats all passages alike.
        lexical: BM25 by rowid, for those that the words matched.
        leanings: what the question says about outlet and time.
    """
    native = [is_native(candidate, language) for candidate in candidates]
    own = [candidate for candidate, mine in zip(candidates, native, strict=True) if mine]
    other = [candidate for candidate, mine in zip(candidates, native, strict=True) if not mine]
    most = max(lexical.values(), default=0.0)
    most_other = max((lexical.get(candidate.rowid, 0.0) for candidate in other), default=0.0)
    scores = dict(_scored(vector, own, lexical, most, fusion, leanings))
    towards = bridged(vector, own, scores, fusion)
    scores.update(_scored(towards, other, lexical, max(most_other, FOREIGN_LEXICAL * most), fusion, leanings))
    ordered = sorted(candidates, key=lambda candidate: (-scores[candidate.rowid], candidate.rowid))
    return [
        Hit(
            article=candidate.article,
            passage=candidate.passage,
            score=scores[candidate.rowid],
            dense=float(candidate.vector @ vector),
            lexical=lexical.get(candidate.rowid),
            sentence_scores=tuple(float(value) for value in candidate.sentence_vectors @ vector),
        )
        for candidate in ordered
    ]


def is_native(candidate: StoredPassage, language: str) -> bool:
    """Whether a passage is in the question's language, as far as both are known."""
    return not language or candidate.article.language in ("", language)


def bridged(vector: Vector, own: Sequence[StoredPassage], scores: dict[int, float], fusion: Fusion) -> Vector:
    """The question's vector moved towards the best passages in its own language, L2-normalised."""
    best = sorted(own, key=lambda candidate: (-scores[candidate.rowid], candidate.rowid))[: fusion.bridge_passages]
    if not best or not fusion.bridge:
        return vector
    top = scores[best[0].rowid]
    pulls = [math.exp((scores[candidate.rowid] - top) / BRIDGE_TEMPERATURE) for candidate in best]
    target = numpy.average([candidate.vector for candidate in best], axis=0, weights=pulls)
    moved = vector + fusion.bridge * target
    return (moved / numpy.linalg.norm(moved)).astype(numpy.float32)


def _scored(
    vector: Vector,
    candidates: Sequence[StoredPassage],
    lexical: dict[int, float],
    most: float,
    fusion: Fusion,
    leanings: Leanings,
) -> list[tuple[int, float]]:
    scored = []
    for candidate in candidates:
        nearest = float(numpy.max(candidate.sentence_vectors @ vector, initial=-1.0))
        value = (float(candidate.vector @ vector) + fusion.sentence * nearest) / (1 + fusion.sentence)
        value += fusion.lexical * lexical.get(candidate.rowid, 0.0) / (most or 1.0)
        value += fusion.opening * (candidate.passage.number == 0) + leanings.bonus(candidate.article)
        scored.append((candidate.rowid, value))
    return scored
