"""Two sources of which one says that something is so and the other that it is not, no longer, or only in a view."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations, permutations

from embeddings.records import Article
from qa.answer import DisagreementType
from qa.asked_values import Asked
from qa.change_cues import (
    DISPUTED,
    DOUBTED,
    EVALUATED,
    FIRST_PERSON,
    JUDGEMENT,
    LEANS_BACK,
    REVERSED,
)
from qa.compared_sentences import (
    SAME_TIME,
    Found,
    Side,
    Values,
    day_of,
    follows,
    is_yes_no,
    keys,
    order_of,
    same_affair,
    share,
    tie,
    told_anew,
)
from qa.content_terms import all_keys, holds, terms
from qa.evidence import Evidence, Weighed
from qa.polarity import stance
from qa.quotations import quotations

__all__ = ["disputes", "opposed", "reversals", "views"]

COLUMN = 3
"""Words of the first person outside quotations that make an article a column."""


def disputes(items: Sequence[Weighed], values: Values, asked: Asked, evidence: Evidence) -> Iterator[Found]:
    """Claims that somebody disputes, in the next sentence or in another article."""
    if asked.dimension != "state":
        return
    doubted, yes_no = bool(DOUBTED.search(evidence.shape.text)), is_yes_no(evidence)
    for item in items:
        if not DISPUTED.search(item.source.text):
            continue
        for other in items:
            if other.source.key == item.source.key or DISPUTED.search(other.source.text):
                continue
            held = item.features.coverage + other.features.coverage
            if follows(item.source, other.source):
                hedged = stance(other.source.text, other.source.article.language).possible
                fits = bool(LEANS_BACK.search(item.source.text)) and tie(other, evidence) > 0
                fits = fits and (
                    doubted or (yes_no and held >= 0.4) or (hedged and evidence.shape.expected == "person")
                )
            else:
                apart = item.source.article.id != other.source.article.id
                fits = apart and (doubted or yes_no) and held >= 0.4 and _same_claim(item, other, asked)
            if not fits or max(tie(item, evidence), tie(other, evidence)) <= 0:
                continue
            newer, older = (item, other) if order_of(item.source) >= order_of(other.source) else (other, item)
            sides = (Side(newer.source, newer.source.text), Side(older.source, older.source.text))
            yield Found(_told_or_judged(item, other), sides, 1 + tie(item, evidence) + tie(other, evidence))


def opposed(items: Sequence[Weighed], values: Values, asked: Asked, evidence: Evidence) -> Iterator[Found]:
    """Two articles of which one says that it is so and the other, in much the same words, that it is not."""
    if asked.dimension != "state" or not is_yes_no(evidence):
        return
    for item, other in combinations(items, 2):
        if item.source.article.id == other.source.article.id or not told_anew(item, other):
            continue
        first, second = (stance(each.source.text, each.source.article.language) for each in (item, other))
        if first.negated == second.negated or first.denies != second.denies:
            continue
        newer, older = (item, other) if order_of(item.source) >= order_of(other.source) else (other, item)
        days = (day_of(newer.source) - day_of(older.source)).days
        sides = (Side(newer.source, newer.source.text), Side(older.source, older.source.text))
        kind: DisagreementType = "superseded" if days > SAME_TIME else _told_or_judged(item, other)
        yield Found(kind, sides, 1 + tie(item, evidence) + tie(other, evidence))


def reversals(items: Sequence[Weighed], values: Values, asked: Asked, evidence: Evidence) -> Iterator[Found]:
    """A state that a later article says has changed."""
    if asked.dimension != "state" or not is_yes_no(evidence):
        return
    for item in items:
        reversed_ = REVERSED.search(item.source.text)
        denied = stance(item.source.text, item.source.article.language).negated
        if not reversed_ and not denied:
            continue
        for other in items:
            if (day_of(item.source) - day_of(other.source)).days <= 0:
                continue
            before = stance(other.source.text, other.source.article.language)
            if not reversed_ and (before.negated or not (before.hedged or before.future)):
                continue  # what was planned or possible, and then is not so
            if not same_affair(item.source.article, other.source.article):
                continue
            both = tie(item, evidence) + tie(other, evidence)
            held = max(item.features.coverage, other.features.coverage)
            if both > 0 and held >= 0.5 and asked.about & keys(item) & keys(other):
                sides = (Side(item.source, item.source.text), Side(other.source, other.source.text))
                yield Found("superseded", sides, 1 + both)


def views(items: Sequence[Weighed], values: Values, asked: Asked, evidence: Evidence) -> Iterator[Found]:
    """For a question that asks for a judgement: one sentence that judges, and another article that does not."""
    if not (is_yes_no(evidence) and EVALUATED.search(evidence.shape.text)):
        return
    for item, other in permutations(items, 2):
        if item.source.article.id == other.source.article.id or not _is_view(item) or _is_view(other):
            continue
        both = tie(item, evidence) + tie(other, evidence)
        if min(tie(item, evidence), tie(other, evidence)) > 0:
            newer, older = (item, other) if order_of(item.source) >= order_of(other.source) else (other, item)
            sides = (Side(newer.source, newer.source.text), Side(older.source, older.source.text))
            yield Found("opinion", sides, 1 + both)


def _told_or_judged(item: Weighed, other: Weighed) -> DisagreementType:
    """Whether two sentences that contradict each other are two accounts, or an account and a column's view."""
    columns = [_is_column(each.source.article) for each in (item, other)]
    return "opinion" if columns[0] != columns[1] else "conflict"


def _is_view(item: Weighed) -> bool:
    """Whether a sentence gives a view: by a word of judgement, or because its article is a column."""
    return bool(JUDGEMENT.search(item.source.text)) or _is_column(item.source.article)


def _is_column(article: Article) -> bool:
    """Whether an article speaks in the first person outside quotations."""
    quoted = [(quotation.start, quotation.end) for quotation in quotations(article.text)]
    own = [
        match
        for match in FIRST_PERSON.finditer(article.text)
        if not any(start <= match.start() < end for start, end in quoted)
    ]
    return len(own) >= COLUMN


def _same_claim(item: Weighed, other: Weighed, asked: Asked) -> bool:
    """Whether two sentences speak of the same, by their words or by opposite stances on what the question names."""
    if share(item, other) >= 0.25:
        return True
    mine, theirs = (terms(each.source.text, each.source.article.language) for each in (item, other))
    named = [term for term in mine if term.word[0].islower() and holds(term, asked.parts) >= 0.5]
    both = any(holds(term, all_keys(theirs)) >= 0.5 for term in named)
    first, second = (stance(each.source.text, each.source.article.language) for each in (item, other))
    return both and first.negated != second.negated
