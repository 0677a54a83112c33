"""Two sources that answer differently, by a model that reads both side by side.

The rules of `qa.differing_values` and `qa.differing_states` want words that relate what differs. Most sources that disagree have
none: each tells its own, in words of its own. What the model was taught with, and how often it is right, stands in docs/disagreement.md.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import get_args

from embeddings.folding import fold
from qa.answer import DisagreementType, SourceSentence
from qa.answerability import Relates, candidate_of
from qa.asked_values import Asked, Value, values_in
from qa.compared_sentences import Found, Side, Values, day_of, order_of, same_affair
from qa.errors import LanguageModelError
from qa.evidence import Evidence, Weighed
from qa.two_answers import Relation, TwoAnswers

__all__ = ["CERTAIN", "differing_answers", "two_answers"]

CERTAIN = -0.2
"""Log-odds that two sentences answer differently from which it is told."""

PAIRS = 6
"""So many are read at most, those that most likely hold two answers; each costs some 170 ms."""

FIRST, FOUND = 8, 24
"""One sentence of a pair is among so many that come first, the other among so many."""

LEAST_PROSPECT = -4.2
"""Log-odds of holding two answers that differ from which a pair is read."""

FAR = 1500
"""Characters between two sentences of an article beyond which it makes no difference how many more there are."""

MAY_DIFFER, LIKELIEST = 0.5, 2
"""How likely two sentences must differ by the model for both to be read by themselves too, and of so many pairs at most."""

_KINDS: tuple[DisagreementType, ...] = get_args(DisagreementType)


@dataclass(frozen=True, slots=True)
class _Pair:
    """Two sentences that may answer differently.

    Attributes:
        values: what they give of the kind asked for, where these differ.
        prospect: log-odds that they do, by what is known before they are read side by side.
    """

    one: Weighed
    other: Weighed
    values: tuple[Value, Value] | None
    prospect: float


def differing_answers(items: Sequence[Weighed], asked: Asked, evidence: Evidence, reader: Relates) -> Iterator[Found]:
    """The two sentences that most certainly answer differently, if any do; nothing where they can't be read."""
    values = {item.source.key: tuple(each for each in values_in(item.source, asked) if each.eligible) for item in items}
    pairs = _pairs(items, values if asked.dimension != "state" else {})
    question = evidence.shape.text
    try:
        told = reader.relations(question, [two_answers(pair.one.source, pair.other.source) for pair in pairs])
        differing = [(_differ(relations, pair), pair, relations) for pair, relations in zip(pairs, told, strict=True)]
        differing.sort(key=lambda each: -each[0])
        for differ, pair, relations in differing[:LIKELIEST]:
            if differ >= MAY_DIFFER:
                read = min(reader.log_odds(question, [candidate_of(pair.one), candidate_of(pair.other)]))
                certainty = _certainty(differ, relations["scope"], read)
                if certainty >= CERTAIN:
                    yield Found(max(_KINDS, key=relations.__getitem__), _sides(pair), certainty)
    except LanguageModelError:
        return


def _sides(pair: _Pair) -> tuple[Side, Side]:
    one, other = pair.one.source, pair.other.source
    shown = [value.shown for value in pair.values] if pair.values else [one.text, other.text]
    return Side(one, shown[0]), Side(other, shown[1])


def _pairs(items: Sequence[Weighed], values: Values) -> list[_Pair]:
    """The pairs to read, from the likeliest.

    Args:
        values: of the kind asked for, where one is asked for.
    """
    pairs: list[_Pair] = []
    for first, one in enumerate(items[:FIRST]):
        for second, other in enumerate(items[first + 1 : FOUND], first + 1):
            if fold(one.source.text) == fold(other.source.text):
                continue
            some, others = values.get(one.source.key, ()), values.get(other.source.key, ())
            measured = [(mine, theirs) for mine in some for theirs in others if mine.comparable(theirs)]
            if any(mine.same(theirs) for mine, theirs in measured):
                continue
            if same_affair(one.source.article, other.source.article):
                prospect = _prospect(first, second, one, other, by_value=bool(measured))
                pairs.append(_Pair(one, other, measured[0] if measured else None, prospect))
    pairs.sort(key=lambda pair: -pair.prospect)
    return [pair for pair in pairs[:PAIRS] if pair.prospect >= LEAST_PROSPECT]


def _prospect(first: int, second: int, one: Weighed, other: Weighed, *, by_value: bool) -> float:
    """The log-odds that two sentences are answers that differ, by what is known before they are read together.

    Fitted on the questions of `bench/answerability` (docs/disagreement.md).

    Args:
        first, second: their places in the order of the evidence, from 0.
        by_value: they have different values of the kind asked for.
    """
    within = one.source.article.id == other.source.article.id
    apart = min(abs(one.source.sentence.start - other.source.sentence.start), FAR) if within else 0
    read = min(one.features.answers, other.features.answers)
    near = 1.52 * within - 0.00812 * apart
    return -0.3 - 1.14 * math.log1p(first) - 0.65 * math.log1p(second) + 1.2 * by_value + near + 0.57 * read


def _differ(relations: Mapping[Relation, float], pair: _Pair) -> float:
    """How likely two sentences answer differently by the model; that values differ the numbers tell better than it does."""
    differ = sum(relations[kind] for kind in _KINDS)
    return differ / max(differ + relations["other"], 1e-9) if pair.values else differ


def _certainty(differ: float, scope: float, read: float) -> float:
    """The log-odds that they do, all told.

    Fitted on the questions of `bench/answerability` that are apart and on nieuwsbank (docs/disagreement.md).

    Args:
        scope: how likely they differ in this; that two sentences tell of different things the model often says of what is no answer.
        read: log-odds that a sentence answers by itself, the lower of the two.
    """
    differ = min(max(differ, 1e-4), 1 - 1e-4)
    return 0.53 * math.log(differ / (1 - differ)) + 0.36 * read - 1.46 * scope - 1.24


def two_answers(first: SourceSentence, second: SourceSentence) -> TwoAnswers:
    """Two sentences that the program found, whichever stands first."""
    if first.article.id == second.article.id:
        earlier, later = sorted((first, second), key=lambda source: source.sentence.start)
        return TwoAnswers(earlier.text, later.text, None)
    earlier, later = sorted((first, second), key=lambda source: (order_of(source), source.text))
    dated = first.article.published and second.article.published
    return TwoAnswers(earlier.text, later.text, (day_of(later) - day_of(earlier)).days if dated else 0)
