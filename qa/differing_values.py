"""Two sources that give different values for what a question asks.

A sentence may itself set a new value against an old one ("niet op 1 januari, maar op 1 juli"); then another article that
has the old one is looked for. Or two sentences each give a value, and words of change, of dispute or of scope say how they
go together. Values that nothing relates count only where two articles of about the same time each answer the question
outright; others that merely differ are left alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations

from qa import names
from qa.answer import DisagreementType, SourceSentence
from qa.asked_values import Asked, Value, scaled
from qa.change_cues import (
    CHANGED,
    DISPUTED,
    EARLIER,
    FIGURE,
    JUDGEMENT,
    LEANS_BACK,
    MEASURED,
    ON_SOMEONES_WORD,
    OVERALL,
    PEOPLE,
    RESUMED,
    SHARE_OF,
    replacement_order,
)
from qa.compared_sentences import (
    SAME_TIME,
    Found,
    Side,
    Values,
    around,
    beside,
    day_of,
    follows,
    keys,
    order_of,
    periods,
    same_affair,
    share,
    tie,
    told_anew,
)
from qa.content_terms import akin
from qa.evidence import Evidence, Weighed
from qa.units import unit_of

__all__ = ["corrections", "differing_values"]

LEAST_HELD = 0.3
"""How much of the question a sentence itself must hold to be an outright answer."""
ALIKE = 0.5
"""Share of the shorter of two sentences' words, numbers aside, that the other must have to say the same of something."""
LEAST_ASKED = 0.5
"""How much of the question a sentence's surroundings must hold, relative to those of the best sentence."""


def corrections(items: Sequence[Weighed], values: Values, asked: Asked, evidence: Evidence) -> Iterator[Found]:
    """Sentences that set a new value against an old one, and other articles that have the old one."""
    for item in items:
        for old, new in _set_right(item.source, values[item.source.key]):
            wanted = scaled(old, new)
            partners = [
                (other, value)
                for other in items
                if other.source.article.id != item.source.article.id
                for value in values[other.source.key]
                if wanted.comparable(value) and wanted.same(value)
                and not any(new.same(each) for each in values[other.source.key])
                and day_of(other.source) <= day_of(item.source)
            ]  # fmt: skip
            if not partners:
                continue
            other, value = max(partners, key=lambda pair: (pair[1].counted, pair[0].score))
            near = min(tie(item, evidence), tie(other, evidence)) > 0 and asked.dimension == "count"
            fits = (new.counted or old.counted or value.counted) and asked.dimension != "degree"
            held = max(item.features.coverage, other.features.coverage)
            by_noun = asked.dimension == "count" and fits
            if not new.eligible or not (near or fits) or not (by_noun or held >= 0.3):
                continue
            if not same_affair(item.source.article, other.source.article) or not _asked_of((item, other), evidence):
                continue
            disputed = _is_disputed(item, other, items)
            kind: DisagreementType = "conflict" if disputed else "superseded"
            sides = (Side(item.source, new.shown), Side(other.source, value.shown))
            yield Found(kind, sides, 4 + tie(item, evidence) + tie(other, evidence))


def _set_right(source: SourceSentence, found: Sequence[Value]) -> Iterator[tuple[Value, Value]]:
    """Pairs of an old and a new value that a sentence opposes to each other."""
    text = source.text
    for first, second in combinations(found, 2):
        if first.same(second) or not (
            scaled(first, second).comparable(second) or scaled(second, first).comparable(first)
        ):
            continue
        order = replacement_order(text, (first.start, first.end), (second.start, second.end))
        if order:
            yield (first, second) if order == "old first" else (second, first)


def differing_values(items: Sequence[Weighed], values: Values, asked: Asked, evidence: Evidence) -> Iterator[Found]:
    """Pairs of sentences that each give one value for what is asked."""
    single = []
    for item in items:
        eligible = [
            value
            for value in values[item.source.key]
            if value.eligible
            and not SHARE_OF.search(item.source.text[: value.start])
            and not _in_question(value, evidence)
        ]
        chosen = [value for value in eligible if value.counted] or eligible
        pairs = list(_set_right(item.source, eligible))
        if len(chosen) == 2 and len(pairs) == 1:
            chosen = [pairs[0][1]]  # of a value and its correction, the correction
        if len(chosen) == 1:
            single.append((item, chosen[0]))
    for (item, value), (other, another) in combinations(single, 2):
        if not value.comparable(another) or value.same(another):
            continue
        if not same_affair(item.source.article, other.source.article) or not _asked_of((item, other), evidence):
            continue
        near = min(tie(item, evidence), tie(other, evidence)) > 0 and asked.dimension == "count"
        if not (value.counted and another.counted) and not (near and _alike(value, another)):
            continue
        newer, older = (item, other) if order_of(item.source) >= order_of(other.source) else (other, item)
        new, old = (value, another) if newer is item else (another, value)
        if not _same_subject(newer, new, older, old, asked):
            continue
        kind, strength = _relation(newer, new, older, old, asked)
        if kind is None:
            continue
        sides = (Side(newer.source, new.shown), Side(older.source, old.shown))
        yield Found(kind, sides, strength + tie(item, evidence) + tie(other, evidence))


def _asked_of(sides: Sequence[Weighed], evidence: Evidence) -> bool:
    """Whether both sentences stand among the question's words, not much less than the best sentence does."""
    best = evidence.best or sides[0]
    return all(side.features.surroundings >= LEAST_ASKED * best.features.surroundings for side in sides)


def _same_subject(newer: Weighed, new: Value, older: Weighed, old: Value, asked: Asked) -> bool:
    """Whether two sentences with different values speak of the same thing, and of what the question is about."""
    mine, theirs = keys(newer), keys(older)
    if asked.about and not all(asked.about & around(item) for item in (newer, older)):
        return False
    if new.counted and CHANGED.search(newer.source.text) and mine & theirs - PEOPLE:
        return True
    counted = asked.keys - asked.about if asked.many else frozenset()
    common = {key for key in mine & theirs if not unit_of(key)} - PEOPLE - counted
    noun = new.quantity.noun if new.quantity else ""
    if asked.dimension == "day":
        return _outright(newer, older, 0.5)
    if new.counted and old.counted and _outright(newer, older, LEAST_HELD):
        return True
    if beside(newer.source, older.source):
        later = max((newer.source, older.source), key=lambda source: source.sentence.start)
        return len(common) > 1 if noun in PEOPLE else _alike(new, old) or bool(LEANS_BACK.search(later.text))
    if asked.families and new.counted and old.counted:
        return True
    about = bool(asked.about & mine) and bool(asked.about & theirs)
    if _alike(new, old):
        return bool(common - {noun}) and (about or len(common) > 1)
    return about and len(common) > (0 if asked.roles else 1)


def _alike(first: Value, second: Value) -> bool:
    """Whether two values count the same noun."""
    nouns = [value.quantity.noun if value.quantity else "" for value in (first, second)]
    return bool(nouns[0]) and nouns[0] not in PEOPLE and akin(*nouns)


def _relation(
    newer: Weighed, new: Value, older: Weighed, old: Value, asked: Asked
) -> tuple[DisagreementType | None, float]:
    """How two sentences with different values go together; None where nothing says so."""
    first, second = newer.source.text, older.source.text
    within = newer.source.article.id == older.source.article.id
    days = (day_of(newer.source) - day_of(older.source)).days
    disputed = DISPUTED.search(first) or DISPUTED.search(second)
    if asked.dimension == "degree":
        if disputed and _alike(new, old):
            return "conflict", 1.5
        outright = not within and days <= SAME_TIME and _answer_alike(newer, new, older, old)
        return ("conflict", 0.5) if outright else (None, 0.0)
    if within and not beside(newer.source, older.source):
        return None, 0.0
    if bool(JUDGEMENT.search(first)) != bool(JUDGEMENT.search(second)):
        return "opinion", 1.5
    if not within and days > 0 and CHANGED.search(first):
        return "superseded", 2.0
    if asked.dimension != "day" and _measured(first) != _measured(second):
        return "scope", 2.0
    if disputed:
        return "conflict", 2.0
    if not within and days > 0 and (EARLIER.search(second) or (_is_ahead(new) and _is_ahead(old))):
        return "superseded", 1.5
    if not within and days > SAME_TIME and asked.dimension != "day" and told_anew(newer, older):
        return "superseded", 1.0
    if _resumes(newer.source, older.source) or _resumes(older.source, newer.source):
        return "scope", 1.5
    by_word = not within or bool(asked.families)
    if by_word and days <= SAME_TIME and (ON_SOMEONES_WORD.search(first) or ON_SOMEONES_WORD.search(second)):
        return "conflict", 1.5
    if asked.dimension != "day" and days <= 2 * SAME_TIME and _other_scope(newer, older):
        return "scope", 1.5
    if not within and days <= SAME_TIME and _answer_alike(newer, new, older, old):
        return "conflict", 0.5  # further apart, two years' trees or two fires are no contradiction
    return None, 0.0


def _answer_alike(newer: Weighed, new: Value, older: Weighed, old: Value) -> bool:
    """Whether two articles each answer the question outright, of the same years and places, with another value.

    Nothing in them need relate the two: whoever reads only one of them is told something else than the other's reader.
    """
    each = (newer, older)
    if not (new.counted and old.counted) or not _outright(newer, older, LEAST_HELD):
        return False
    places = [_places(side) for side in each]
    same_years = bool(new.day and old.day) or periods(newer) == periods(older)
    return same_years and not (places[0] - places[1] and places[1] - places[0])


def _outright(newer: Weighed, older: Weighed, held: float) -> bool:
    """Whether two sentences hold much of the question, or one as much as the other because they say the same."""
    return min(newer.features.coverage, older.features.coverage) >= held or share(newer, older) >= ALIKE


def _measured(text: str) -> frozenset[str]:
    """The words of a sentence that say how its value was measured."""
    return frozenset(match[0].casefold() for match in MEASURED.finditer(text))


def _is_ahead(value: Value) -> bool:
    """Whether a value is a day that was still to come when its article appeared: an announcement, which may move."""
    published = value.source.article.published
    return bool(value.day and value.day.first and published and value.day.first >= published.last_day)


def _other_scope(newer: Weighed, older: Weighed) -> bool:
    """Whether one speaks of the whole and the other of a part, or each of a place of its own."""
    first, second = (item.source.text for item in (newer, older))
    mine, theirs = (_places(item) for item in (newer, older))
    if OVERALL.search(first) and not OVERALL.search(second):
        return bool(theirs - mine)
    if OVERALL.search(second) and not OVERALL.search(first):
        return bool(mine - theirs)
    within = newer.source.article.id == older.source.article.id
    return not within and bool(mine - theirs) and bool(theirs - mine)


def _places(item: Weighed) -> frozenset[str]:
    text, language = item.source.text, item.source.article.language
    return frozenset(name.text for name in names.extract(text, language) if name.certain)


def _in_question(value: Value, evidence: Evidence) -> bool:
    from qa import quantities

    return value.quantity is not None and any(
        quantities.same(number, value.quantity) for number in evidence.shape.numbers
    )


def _is_disputed(item: Weighed, other: Weighed, items: Sequence[Weighed]) -> bool:
    """Whether the one whose value is set right is said to stand by it."""
    if item.source.article.publisher == other.source.article.publisher:
        return False
    own = [each.source.text for each in items if each.source.article.id == item.source.article.id]
    return any(DISPUTED.search(text) and FIGURE.search(text) for text in own)


def _resumes(later: SourceSentence, earlier: SourceSentence) -> bool:
    """Whether a sentence gives another part's value for what the one before it measured ("In Walland is dat …")."""
    return follows(later, earlier) and RESUMED.search(later.text) is not None
