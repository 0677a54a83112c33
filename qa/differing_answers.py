"""Two sentences that both answer the question, but differently, as a model finds that reads them side by side.

`differing_values` and `differing_states` see what words and numbers relate; most disagreements of real articles are told in
other words, and in one article as often as in two.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol, get_args

from embeddings.reading_model import TwoAnswers
from qa.answer import DisagreementType, SourceSentence
from qa.compared_sentences import Found, Side, order_of, same_affair
from qa.evidence import Evidence, Weighed

__all__ = ["Compares", "pairs_of", "read_side_by_side", "two_answers"]

ANCHORS = 2
"""Best sentences that others are set beside."""

BESIDE = 7
"""Sentences that are set beside them, the best of each article first; each pair costs some 35 ms."""

AN_ARTICLE = 4
"""Of these at most so many from one article."""

LEAST = 0.7
"""How certain the model must be that two sentences answer differently."""


class Compares(Protocol):
    """Says how two sentences relate as answers; see `embeddings.reading_model`."""

    def relations(self, question: str, pairs: Sequence[TwoAnswers]) -> list[dict[str, float]]: ...


def read_side_by_side(evidence: Evidence, model: Compares) -> Iterator[Found]:
    """The two sentences of the evidence that most certainly answer differently, if any do."""
    pairs = pairs_of(evidence)
    told = model.relations(evidence.shape.text, [two_answers(first.source, second.source) for first, second in pairs])
    likely = [(1 - odds["other"] - odds["same"], place) for place, odds in enumerate(told)]
    certain, place = max(likely, default=(0.0, 0))
    if certain >= LEAST:
        kind = max(get_args(DisagreementType), key=lambda name: told[place][name])
        yield Found(kind, tuple(Side(item.source, item.source.text) for item in pairs[place]), certain)


def pairs_of(evidence: Evidence) -> list[tuple[Weighed, Weighed]]:
    """The pairs that are read: the best sentences, each beside those that come after it."""
    whole = [item for item in evidence.weighed if not item.missing]
    if not whole:
        return []
    about = [item for item in whole if same_affair(item.source.article, whole[0].source.article)]
    chosen: list[Weighed] = []
    of_article: dict[str, int] = {}
    for item in about:
        number = of_article.get(item.source.article.id, 0)
        if number < AN_ARTICLE and len(chosen) <= BESIDE:
            of_article[item.source.article.id] = number + 1
            chosen.append(item)
    return [(chosen[one], other) for one in range(min(ANCHORS, len(chosen))) for other in chosen[one + 1 :]]


def two_answers(first: SourceSentence, second: SourceSentence) -> TwoAnswers:
    """Two sentences as the model reads them, the earlier one first."""
    if first.article.id == second.article.id:
        earlier, later = sorted((first, second), key=lambda source: source.sentence.start)
        return TwoAnswers(earlier.text, later.text, None)
    earlier, later = sorted((first, second), key=lambda source: (order_of(source), source.text))
    days = [source.article.published.last_day for source in (earlier, later) if source.article.published]
    return TwoAnswers(earlier.text, later.text, (days[1] - days[0]).days if len(days) == 2 else 0)
