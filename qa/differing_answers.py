"""Two sources that answer differently, by a model that reads both side by side.

The rules of `qa.differing_values` and `qa.differing_states` want words that relate what differs. Most sources that disagree have
none: each tells its own, in words of its own. What the model was taught with, and how often it is right, stands in docs/disagreement.md.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import get_args

from qa.answer import DisagreementType, SourceSentence
from qa.answerability import READ
from qa.asked_values import Asked, Value, values_in
from qa.compared_sentences import Found, Side, Values, day_of, order_of, same_affair
from qa.errors import LanguageModelError
from qa.evidence import Evidence, Weighed
from qa.two_answers import Relates, Relation, TwoAnswers

__all__ = ["CERTAIN", "differing_answers", "two_answers"]

CERTAIN = 0.88
"""Probability that two sentences answer differently from which it is told."""

ANSWERS = 2
"""Of the sentences that the question was read with, so many that likeliest answer it are compared with others."""

NEAREST, OF_ONE_ARTICLE = 8, 4
"""Sentences that each of these is compared with, from the best, and at most so many of one article."""

BESIDE = 2
"""And so many before and after it: what leans on an answer ("Daarvan is 385 hectare akker") is seldom near the question itself."""

_KINDS: tuple[DisagreementType, ...] = get_args(DisagreementType)


def differing_answers(items: Sequence[Weighed], asked: Asked, evidence: Evidence, reader: Relates) -> Iterator[Found]:
    """A likely answer and the sentence that most certainly answers otherwise, if any does; nothing where they can't be read."""
    by_value = asked.dimension != "state"
    values = {item.source.key: tuple(each for each in values_in(item.source, asked) if each.eligible) for item in items}
    pairs = _pairs(items, values if by_value else None)
    try:
        told = reader.relations(evidence.shape.text, [two_answers(one.source, other.source) for one, other in pairs])
    except LanguageModelError:
        return
    certain = [_certainty(relations, by_value=by_value) for relations in told]
    if not certain or max(certain) < CERTAIN:
        return
    place = certain.index(max(certain))
    one, other = (item.source for item in pairs[place])
    shown = [one.text, other.text]
    if by_value:
        shown = [value.shown for value in _different(values[one.key], values[other.key])[0]]
    kind = max(_KINDS, key=told[place].__getitem__)
    yield Found(kind, (Side(one, shown[0]), Side(other, shown[1])), max(certain))


def _pairs(items: Sequence[Weighed], values: Values | None) -> list[tuple[Weighed, Weighed]]:
    """Each of the likeliest answers with the sentences that may answer otherwise.

    Args:
        values: of the kind asked for, where one is asked for: then theirs must differ.
    """
    pairs: dict[frozenset[tuple[str, int, int]], tuple[Weighed, Weighed]] = {}
    for answer in _answers(items):
        may_differ = [
            item
            for item in items
            if item is not answer
            and (values is None or _different(values[answer.source.key], values[item.source.key]))
            and same_affair(answer.source.article, item.source.article)
        ]
        beside = [item for item in _beside(answer, items) if item in may_differ]
        for other in (*_nearest(may_differ), *beside):
            pairs.setdefault(frozenset((answer.source.key, other.source.key)), (answer, other))
    return list(pairs.values())


def _different(some: Sequence[Value], others: Sequence[Value]) -> list[tuple[Value, Value]]:
    """Every two values that measure alike; none where any are the same."""
    both = [(one, other) for one in some for other in others if one.comparable(other)]
    return [] if any(one.same(other) for one, other in both) else both


def _answers(items: Sequence[Weighed]) -> list[Weighed]:
    read = [item for item in items if not item.missing][:READ]
    return sorted(read, key=lambda item: -item.features.answers)[:ANSWERS]


def _nearest(items: Sequence[Weighed]) -> list[Weighed]:
    counted: Counter[str] = Counter()
    chosen = []
    for item in items:
        counted[item.source.article.id] += 1
        if counted[item.source.article.id] <= OF_ONE_ARTICLE:
            chosen.append(item)
    return chosen[:NEAREST]


def _beside(answer: Weighed, items: Sequence[Weighed]) -> list[Weighed]:
    """The sentences before and after it, of those that were found."""
    own = [item for item in items if item.source.article.id == answer.source.article.id]
    own.sort(key=lambda item: item.source.sentence.start)
    place = own.index(answer)
    return own[max(0, place - BESIDE) : place + BESIDE + 1]


def _certainty(relations: Mapping[Relation, float], *, by_value: bool) -> float:
    """How likely two sentences answer differently.

    Args:
        by_value: their values differ, so that they do if both answer; this the numbers tell better than the model.
    """
    differ = sum(relations[kind] for kind in _KINDS)
    return differ / max(differ + relations["other"], 1e-9) if by_value else differ


def two_answers(first: SourceSentence, second: SourceSentence) -> TwoAnswers:
    """Two sentences that the program found, whichever stands first."""
    if first.article.id == second.article.id:
        earlier, later = sorted((first, second), key=lambda source: source.sentence.start)
        return TwoAnswers(earlier.text, later.text, None)
    earlier, later = sorted((first, second), key=lambda source: (order_of(source), source.text))
    dated = first.article.published and second.article.published
    return TwoAnswers(earlier.text, later.text, (day_of(later) - day_of(earlier)).days if dated else 0)
