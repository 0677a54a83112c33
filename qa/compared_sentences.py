"""How two sentences of the evidence lie to each other and to the question: near, beside, told anew, later."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from qa import calendar_terms
from qa.answer import DisagreementType, SourceSentence
from qa.asked_values import Value
from qa.change_cues import QUESTION_WORD
from qa.content_terms import all_keys, holds, term_keys, terms
from qa.evidence import Evidence, Weighed

__all__ = [
    "Found",
    "Side",
    "Values",
    "beside",
    "day_of",
    "follows",
    "is_yes_no",
    "keys",
    "nearness",
    "periods",
    "share",
    "tie",
    "told_anew",
]

WEIGHTS = {"similarity": 8.0, "passage": 4.0, "coverage": 1.5, "kind": 0.5}
"""How near a sentence is to the question, for the two limits below."""
NEAR = 0.75
"""How far behind it a sentence may be whose only tie to the question is that it is near."""
SAME_TIME = 30
"""Days within which two reports are of one time, so that neither is the later word."""
SAME_WORDS = 0.7
"""Share of the longer of two sentences' words that makes them the same sentence told anew."""
Values = dict[tuple[str, int, int], tuple[Value, ...]]


@dataclass(frozen=True, slots=True)
class Side:
    source: SourceSentence
    shown: str


@dataclass(frozen=True, slots=True)
class Found:
    type: DisagreementType
    sides: tuple[Side, ...]
    strength: float


def is_yes_no(evidence: Evidence) -> bool:
    """Whether a question asks if something is so, by its having no word that asks for anything else."""
    return evidence.shape.expected == "anything" and not QUESTION_WORD.search(evidence.shape.text)


def tie(item: Weighed, evidence: Evidence) -> float:
    """How closely a sentence is tied to the question, from 1 down to below 0."""
    best = nearness(evidence.best or item)
    return min(max(1 - (best - nearness(item)) / NEAR, -1.0), 1.0)


def nearness(item: Weighed) -> float:
    return float(sum(weight * getattr(item.features, name) for name, weight in WEIGHTS.items()))


def follows(later: SourceSentence, earlier: SourceSentence) -> bool:
    if later.article.id != earlier.article.id:
        return False
    gap = later.article.text[earlier.sentence.end : later.sentence.start]
    return later.sentence.start >= earlier.sentence.end and not gap.strip()


def beside(first: SourceSentence, second: SourceSentence) -> bool:
    """Whether two sentences stand in one article with at most two others between them."""
    places = [each.sentence.start for each in (first, second)]
    between = first.article.text[min(places) : max(places)]
    return first.article.id == second.article.id and len(re.findall(r"[.!?][”\"']?\s", between)) <= 3


def share(item: Weighed, other: Weighed) -> float:
    """The share of the shorter sentence's content words that the other has too."""
    mine, theirs = (terms(each.source.text, each.source.article.language) for each in (item, other))
    fewer, more = (mine, all_keys(theirs)) if len(mine) <= len(theirs) else (theirs, all_keys(mine))
    return sum(holds(term, more) for term in fewer) / max(1, len(fewer))


def told_anew(item: Weighed, other: Weighed) -> bool:
    """Whether two sentences say the same but for a value or a negation, about the same years, and what is asked."""
    lengths = sorted(len(terms(each.source.text, each.source.article.language)) for each in (item, other))
    alike = share(item, other) * lengths[0] / max(1, lengths[1])
    covered = min(item.features.coverage, other.features.coverage)
    return alike >= SAME_WORDS and covered >= 0.4 and periods(item) == periods(other)


def periods(item: Weighed) -> frozenset[int]:
    """The years that a sentence names."""
    found = calendar_terms.find(item.source.text, item.source.article.language)
    return frozenset(term.year for term in found if term.year is not None)


def keys(item: Weighed) -> frozenset[str]:
    return term_keys(item.source.text, item.source.article.language)


def day_of(source: SourceSentence) -> date:
    return source.article.published.last_day if source.article.published else date.min
