"""How two sentences of the evidence lie to each other and to the question: near, beside, told anew, later."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache

from embeddings.records import Article
from qa import calendar_terms, names
from qa.answer import DisagreementType, SourceSentence
from qa.asked_values import Value
from qa.change_cues import QUESTION_WORD
from qa.content_terms import all_keys, holds, term_keys, terms
from qa.evidence import Evidence, Weighed

__all__ = [
    "Found",
    "Side",
    "Values",
    "around",
    "beside",
    "day_of",
    "follows",
    "is_yes_no",
    "keys",
    "nearness",
    "next_to",
    "order_of",
    "periods",
    "same_affair",
    "share",
    "tie",
    "told_anew",
]

WEIGHTS = {"similarity": 8.0, "passage": 4.0, "coverage": 1.5, "kind": 0.5}
"""How near a sentence is to the question, for `NEAR` and for `WINDOW` of `qa.disagreement`."""
NEAR = 0.75
"""How far behind it a sentence may be whose only tie to the question is that it is near."""
LEAST_SHARED = 0.2
"""Share of the names of the article with fewer that two articles on one affair have in common."""
FEWEST_NAMES = 3
"""Names from which on it can be told by them what an article is about."""
SAME_TIME = 30
"""Days within which two reports are of one time, so that neither is the later word."""
SAME_WORDS = 0.7
"""Share of the longer of two sentences' words that makes them the same sentence told anew."""
Values = dict[tuple[str, int, int], tuple[Value, ...]]


@dataclass(frozen=True, slots=True)
class Side:
    """A sentence of a disagreement, and what is shown of it."""

    source: SourceSentence
    shown: str


@dataclass(frozen=True, slots=True)
class Found:
    """A disagreement that one of the detectors found; of several the one of greatest strength is told."""

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
    """How near a sentence is to the question, in the unit of `NEAR`."""
    return float(sum(weight * getattr(item.features, name) for name, weight in WEIGHTS.items()))


def follows(later: SourceSentence, earlier: SourceSentence) -> bool:
    """Whether a sentence of an article comes right behind another."""
    if later.article.id != earlier.article.id:
        return False
    gap = later.article.text[earlier.sentence.end : later.sentence.start]
    return later.sentence.start >= earlier.sentence.end and not gap.strip()


def same_affair(first: Article, second: Article) -> bool:
    """Whether two articles are about the same people and places, so that what they say can be compared.

    How many names such articles share, and others by chance, stands in docs/disagreement.md.
    """
    if first.id == second.id:
        return True
    mine, theirs = (_names_in(f"{each.title}. {each.text}", each.language) for each in (first, second))
    fewer = min(len(mine), len(theirs))
    return fewer < FEWEST_NAMES or len(mine & theirs) >= LEAST_SHARED * fewer


@lru_cache(maxsize=256)
def _names_in(text: str, language: str) -> frozenset[str]:
    return frozenset(part for name in names.extract(text, language) if name.certain for part in name.parts)


def next_to(first: SourceSentence, second: SourceSentence) -> bool:
    """Whether one of two sentences of an article follows the other."""
    return follows(first, second) or follows(second, first)


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
    """The content words of a sentence, as they are compared."""
    return term_keys(item.source.text, item.source.article.language)


def around(item: Weighed) -> frozenset[str]:
    """Terms of the passage in which a sentence stands, and of its title."""
    article = item.source.article
    return term_keys(f"{article.title}\n{item.source.hit.text}", article.language)


def day_of(source: SourceSentence) -> date:
    """The last day on which its article may have appeared; the first of all days where none is known."""
    return source.article.published.last_day if source.article.published else date.min


def order_of(source: SourceSentence) -> tuple[date, datetime]:
    """Greater for what was published later, also within one day."""
    published = source.article.published
    return published.order if published else (date.min, datetime.min)
