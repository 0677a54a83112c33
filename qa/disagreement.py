"""Where the evidence for a question says different things: a later report, a contradiction, another scope, a view.

Two ways lead to a difference. A sentence may itself set a new value or state against an old one ("niet op 1 januari, maar
op 1 juli"); then another article that has the old one is looked for. Or two sentences give different values for what the
question asks, and words of change, of dispute or of scope say how they go together. Values that merely differ, with
nothing that relates them, are left alone: a false alarm costs more trust than a miss.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import combinations, permutations

from embeddings.records import Article
from qa import calendar_terms, names
from qa.answer import DisagreementType, SourceSentence
from qa.asked_values import Asked, Value, akin, asked_by, scaled, values_in
from qa.calendar_words import MONTHS
from qa.change_cues import (
    CHANGED,
    CORRECTIONS,
    DISPUTED,
    DOUBTED,
    EARLIER,
    EVALUATED,
    FIGURE,
    FIRST_PERSON,
    JUDGEMENT,
    LEANS_BACK,
    ON_SOMEONES_WORD,
    OVERALL,
    PEOPLE,
    QUESTION_WORD,
    RESUMED,
    REVERSED,
    SHARE_OF,
)
from qa.content_terms import all_keys, holds, term_keys, terms
from qa.evidence import Evidence, Weighed
from qa.polarity import stance
from qa.quotations import quotations
from qa.units import unit_of

__all__ = ["Difference", "find"]

WEIGHTS = {"similarity": 8.0, "passage": 4.0, "coverage": 1.5, "kind": 0.5}
"""How near a sentence is to the question, for the two limits below."""
WINDOW = 2.2
"""How far behind the best sentence another may be and still be compared with it."""
NEAR = 0.75
"""How far behind it a sentence may be whose only tie to the question is that it is near."""
SAME_WORDS = 0.7
"""Share of the longer of two sentences' words that makes them the same sentence told anew."""
COLUMN = 3
"""Words of the first person outside quotations that make an article a column."""
SAME_TIME = 30
"""Days within which two reports are of one time, so that neither is the later word."""


@dataclass(frozen=True, slots=True)
class Difference:
    """Sentences that differ on what a question asks.

    Attributes:
        sources: two or more, newest first.
        text: the values side by side with outlet and date, in the question's language.
    """

    type: DisagreementType
    sources: tuple[SourceSentence, ...]
    text: str


@dataclass(frozen=True, slots=True)
class _Side:
    source: SourceSentence
    shown: str


@dataclass(frozen=True, slots=True)
class _Found:
    type: DisagreementType
    sides: tuple[_Side, ...]
    strength: float


def find(evidence: Evidence, cited: Sequence[SourceSentence], language: str) -> list[Difference]:
    """The disagreement in the evidence that matters for the question: one at most, for one is read and two are skipped.

    Args:
        cited: the sentences that the answer cites; a difference that concerns them goes before others.
        language: of the question, in which the text is written.
    """
    best = evidence.best
    if best is None:
        return []
    items = [
        item
        for item in evidence.weighed
        if _nearness(item) >= _nearness(best) - WINDOW and (not item.missing or _article_has(item))
    ]
    asked = asked_by(evidence.shape)
    values = {item.source.key: values_in(item.source, asked) for item in items}
    keys = {source.key for source in cited}
    found: list[_Found] = []
    for detect in (_corrections, _differing_values, _disputes, _opposed, _reversals, _views):
        found.extend(detect(items, values, asked, evidence))
    if not found:
        return []
    doubted = DOUBTED.search(evidence.shape.text) is not None
    chosen = max(
        found,
        key=lambda entry: (
            entry.strength
            + 0.5 * sum(side.source.key in keys for side in entry.sides)
            + 2.0 * (doubted and entry.type == "conflict"),
            [side.source.key for side in entry.sides],
        ),
    )
    return [_difference(chosen, language)]


_Values = dict[tuple[str, int, int], tuple[Value, ...]]


def _corrections(items: Sequence[Weighed], values: _Values, asked: Asked, evidence: Evidence) -> Iterator[_Found]:
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
                and _day_of(other.source) <= _day_of(item.source)
            ]  # fmt: skip
            if not partners:
                continue
            other, value = max(partners, key=lambda pair: (pair[1].counted, pair[0].score))
            near = min(_tie(item, evidence), _tie(other, evidence)) > 0 and asked.dimension == "count"
            fits = (new.counted or old.counted or value.counted) and asked.dimension != "degree"
            held = max(item.features.coverage, other.features.coverage)
            if not new.eligible or not (near or fits) or held < 0.3:
                continue
            disputed = _is_disputed(item, other, items)
            kind: DisagreementType = "conflict" if disputed else "superseded"
            sides = (_Side(item.source, new.shown), _Side(other.source, value.shown))
            yield _Found(kind, sides, 4 + _tie(item, evidence) + _tie(other, evidence))


def _set_right(source: SourceSentence, found: Sequence[Value]) -> Iterator[tuple[Value, Value]]:
    """Pairs of an old and a new value that a sentence opposes to each other."""
    text = source.text
    for first, second in combinations(found, 2):
        if first.same(second) or not (
            scaled(first, second).comparable(second) or scaled(second, first).comparable(first)
        ):
            continue
        before, between = text[: first.start], text[first.end : second.start]
        for lead, middle, order in CORRECTIONS:
            if lead.search(before) and middle.search(between):
                yield (first, second) if order == "old first" else (second, first)
                break


def _differing_values(items: Sequence[Weighed], values: _Values, asked: Asked, evidence: Evidence) -> Iterator[_Found]:
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
        if len(chosen) == 1:
            single.append((item, chosen[0]))
    for (item, value), (other, another) in combinations(single, 2):
        if not value.comparable(another) or value.same(another):
            continue
        near = min(_tie(item, evidence), _tie(other, evidence)) > 0 and asked.dimension == "count"
        if not (value.counted and another.counted) and not (near and _alike(value, another)):
            continue
        newer, older = (item, other) if _day_of(item.source) >= _day_of(other.source) else (other, item)
        new, old = (value, another) if newer is item else (another, value)
        if not _same_subject(newer, new, older, old, asked):
            continue
        kind, strength = _relation(newer, new, older, old, asked)
        if kind is None:
            continue
        sides = (_Side(newer.source, new.shown), _Side(older.source, old.shown))
        yield _Found(kind, sides, strength + _tie(item, evidence) + _tie(other, evidence))


def _same_subject(newer: Weighed, new: Value, older: Weighed, old: Value, asked: Asked) -> bool:
    """Whether two sentences with different values speak of the same thing, and of what the question is about."""
    mine, theirs = _keys(newer), _keys(older)
    counted = asked.keys - asked.about if asked.many else frozenset()
    common = {key for key in mine & theirs if not unit_of(key)} - PEOPLE - counted
    noun = new.quantity.noun if new.quantity else ""
    if asked.dimension == "day":
        return min(newer.features.coverage, older.features.coverage) >= 0.5
    if _beside(newer.source, older.source):
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
    days = (_day_of(newer.source) - _day_of(older.source)).days
    disputed = DISPUTED.search(first) or DISPUTED.search(second)
    if asked.dimension == "degree":
        return ("conflict", 1.5) if disputed and _alike(new, old) else (None, 0.0)
    if within and not _beside(newer.source, older.source):
        return None, 0.0
    if bool(JUDGEMENT.search(first)) != bool(JUDGEMENT.search(second)):
        return "opinion", 1.5
    if not within and days > 0 and CHANGED.search(first):
        return "superseded", 2.0
    if disputed:
        return "conflict", 2.0
    if not within and days > 0 and (EARLIER.search(second) or (_is_ahead(new) and _is_ahead(old))):
        return "superseded", 1.5
    if not within and days > SAME_TIME and asked.dimension != "day" and _told_anew(newer, older):
        return "superseded", 1.0
    if _resumes(newer.source, older.source) or _resumes(older.source, newer.source):
        return "scope", 1.5
    by_word = not within or bool(asked.families)
    if by_word and days <= SAME_TIME and (ON_SOMEONES_WORD.search(first) or ON_SOMEONES_WORD.search(second)):
        return "conflict", 1.5
    if asked.dimension != "day" and days <= 2 * SAME_TIME and _other_scope(newer, older):
        return "scope", 1.5
    return None, 0.0


def _told_anew(item: Weighed, other: Weighed) -> bool:
    """Whether two sentences say the same but for a value or a negation, about the same years, and what is asked."""
    lengths = sorted(len(terms(each.source.text, each.source.article.language)) for each in (item, other))
    alike = _share(item, other) * lengths[0] / max(1, lengths[1])
    covered = min(item.features.coverage, other.features.coverage)
    return alike >= SAME_WORDS and covered >= 0.4 and _periods(item) == _periods(other)


def _periods(item: Weighed) -> frozenset[int]:
    """The years that a sentence names."""
    found = calendar_terms.find(item.source.text, item.source.article.language)
    return frozenset(term.year for term in found if term.year is not None)


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


def _keys(item: Weighed) -> frozenset[str]:
    return term_keys(item.source.text, item.source.article.language)


def _disputes(items: Sequence[Weighed], values: _Values, asked: Asked, evidence: Evidence) -> Iterator[_Found]:
    """Claims that somebody disputes, in the next sentence or in another article."""
    if asked.dimension != "state":
        return
    doubted, yes_no = bool(DOUBTED.search(evidence.shape.text)), _is_yes_no(evidence)
    for item in items:
        if not DISPUTED.search(item.source.text):
            continue
        for other in items:
            if other.source.key == item.source.key or DISPUTED.search(other.source.text):
                continue
            held = item.features.coverage + other.features.coverage
            if _follows(item.source, other.source):
                hedged = stance(other.source.text, other.source.article.language).possible
                fits = bool(LEANS_BACK.search(item.source.text)) and _tie(other, evidence) > 0
                fits = fits and (
                    doubted or (yes_no and held >= 0.4) or (hedged and evidence.shape.expected == "person")
                )
            else:
                apart = item.source.article.id != other.source.article.id
                fits = apart and (doubted or yes_no) and held >= 0.4 and _same_claim(item, other, asked)
            if not fits or max(_tie(item, evidence), _tie(other, evidence)) <= 0:
                continue
            newer, older = (item, other) if _day_of(item.source) >= _day_of(other.source) else (other, item)
            sides = (_Side(newer.source, newer.source.text), _Side(older.source, older.source.text))
            yield _Found("conflict", sides, 1 + _tie(item, evidence) + _tie(other, evidence))


def _opposed(items: Sequence[Weighed], values: _Values, asked: Asked, evidence: Evidence) -> Iterator[_Found]:
    """Two articles of which one says that it is so and the other, in much the same words, that it is not."""
    if asked.dimension != "state" or not _is_yes_no(evidence):
        return
    for item, other in combinations(items, 2):
        if item.source.article.id == other.source.article.id or not _told_anew(item, other):
            continue
        first, second = (stance(each.source.text, each.source.article.language) for each in (item, other))
        if first.negated == second.negated or first.denies != second.denies:
            continue
        newer, older = (item, other) if _day_of(item.source) >= _day_of(other.source) else (other, item)
        days = (_day_of(newer.source) - _day_of(older.source)).days
        sides = (_Side(newer.source, newer.source.text), _Side(older.source, older.source.text))
        kind: DisagreementType = "superseded" if days > SAME_TIME else "conflict"
        yield _Found(kind, sides, 1 + _tie(item, evidence) + _tie(other, evidence))


def _reversals(items: Sequence[Weighed], values: _Values, asked: Asked, evidence: Evidence) -> Iterator[_Found]:
    """A state that a later article says has changed."""
    if asked.dimension != "state" or not _is_yes_no(evidence):
        return
    for item in items:
        if not REVERSED.search(item.source.text):
            continue
        for other in items:
            if (_day_of(item.source) - _day_of(other.source)).days <= 0:
                continue
            tie = _tie(item, evidence) + _tie(other, evidence)
            held = max(item.features.coverage, other.features.coverage)
            if tie > 0 and held >= 0.5 and asked.about & _keys(item) & _keys(other):
                sides = (_Side(item.source, item.source.text), _Side(other.source, other.source.text))
                yield _Found("superseded", sides, 1 + tie)


def _views(items: Sequence[Weighed], values: _Values, asked: Asked, evidence: Evidence) -> Iterator[_Found]:
    """For a question that asks for a judgement: one sentence that judges, and another article that does not."""
    if not (_is_yes_no(evidence) and EVALUATED.search(evidence.shape.text)):
        return
    for item, other in permutations(items, 2):
        if item.source.article.id == other.source.article.id or not _is_view(item) or _is_view(other):
            continue
        tie = _tie(item, evidence) + _tie(other, evidence)
        if min(_tie(item, evidence), _tie(other, evidence)) > 0:
            newer, older = (item, other) if _day_of(item.source) >= _day_of(other.source) else (other, item)
            sides = (_Side(newer.source, newer.source.text), _Side(older.source, older.source.text))
            yield _Found("opinion", sides, 1 + tie)


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


def _tie(item: Weighed, evidence: Evidence) -> float:
    """How closely a sentence is tied to the question, from 1 down to below 0."""
    best = _nearness(evidence.best or item)
    return min(max(1 - (best - _nearness(item)) / NEAR, -1.0), 1.0)


def _nearness(item: Weighed) -> float:
    return float(sum(weight * getattr(item.features, name) for name, weight in WEIGHTS.items()))


def _follows(later: SourceSentence, earlier: SourceSentence) -> bool:
    if later.article.id != earlier.article.id:
        return False
    gap = later.article.text[earlier.sentence.end : later.sentence.start]
    return later.sentence.start >= earlier.sentence.end and not gap.strip()


def _resumes(later: SourceSentence, earlier: SourceSentence) -> bool:
    """Whether a sentence gives another part's value for what the one before it measured ("In Walland is dat …")."""
    return _follows(later, earlier) and RESUMED.search(later.text) is not None


def _beside(first: SourceSentence, second: SourceSentence) -> bool:
    """Whether two sentences stand in one article with at most two others between them."""
    places = [each.sentence.start for each in (first, second)]
    between = first.article.text[min(places) : max(places)]
    return first.article.id == second.article.id and len(re.findall(r"[.!?][”\"']?\s", between)) <= 3


def _same_claim(item: Weighed, other: Weighed, asked: Asked) -> bool:
    """Whether two sentences speak of the same, by their words or by opposite stances on what the question names."""
    if _share(item, other) >= 0.25:
        return True
    mine, theirs = (terms(each.source.text, each.source.article.language) for each in (item, other))
    named = [term for term in mine if term.word[0].islower() and holds(term, asked.parts) >= 0.5]
    both = any(holds(term, all_keys(theirs)) >= 0.5 for term in named)
    first, second = (stance(each.source.text, each.source.article.language) for each in (item, other))
    return both and first.negated != second.negated


def _share(item: Weighed, other: Weighed) -> float:
    """The share of the shorter sentence's content words that the other has too."""
    mine, theirs = (terms(each.source.text, each.source.article.language) for each in (item, other))
    fewer, more = (mine, all_keys(theirs)) if len(mine) <= len(theirs) else (theirs, all_keys(mine))
    return sum(holds(term, more) for term in fewer) / max(1, len(fewer))


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


def _is_yes_no(evidence: Evidence) -> bool:
    """Whether a question asks if something is so, by its having no word that asks for anything else."""
    return evidence.shape.expected == "anything" and not QUESTION_WORD.search(evidence.shape.text)


def _article_has(item: Weighed) -> bool:
    """Whether the article, if not the passage, has what the passage lacks of the question."""
    article = item.source.article
    text = f"{article.title}\n{article.text}"
    return all(re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text, re.IGNORECASE) for name in item.missing)


def _day_of(source: SourceSentence) -> date:
    return source.article.published.last_day if source.article.published else date.min


_NOTES: dict[str, dict[DisagreementType, str]] = {
    "nl": {"superseded": "nieuwer bericht", "conflict": "bronnen spreken elkaar tegen", "scope": "ander bereik",
           "opinion": "een oordeel"},
    "en": {"superseded": "later report", "conflict": "sources disagree", "scope": "different scope",
           "opinion": "a matter of opinion"},
    "de": {"superseded": "neuere Meldung", "conflict": "die Quellen widersprechen sich", "scope": "anderer Bezug",
           "opinion": "eine Einschätzung"},
    "fr": {"superseded": "information plus récente", "conflict": "les sources se contredisent", "scope": "autre périmètre",
           "opinion": "un jugement"},
}  # fmt: skip
_UNDATED = {"nl": "datum onbekend", "en": "date unknown", "de": "Datum unbekannt", "fr": "date inconnue"}


def _difference(found: _Found, language: str) -> Difference:
    sides = sorted(found.sides, key=lambda side: (_day_of(side.source), side.source.key), reverse=True)
    code = language if language in _NOTES else "en"
    shown = "; ".join(f"{_outlet(side.source)} ({_dated(side.source, code)}): {side.shown}" for side in sides)
    return Difference(found.type, tuple(side.source for side in sides), f"{shown} — {_NOTES[code][found.type]}")


def _outlet(source: SourceSentence) -> str:
    article = source.article
    return article.publisher or article.title or article.source.rpartition("/")[2]


def _dated(source: SourceSentence, language: str) -> str:
    """A publication date in words, as precise as it is."""
    published = source.article.published
    if published is None:
        return _UNDATED[language]
    first = published.first_day
    month = next(name for name, number in MONTHS[language].items() if number == first.month)
    month = month.capitalize() if language in ("en", "de") else month
    day = f"{first.day}." if language == "de" else str(first.day)
    return {"year": f"{first.year}", "month": f"{month} {first.year}"}.get(
        published.precision, f"{day} {month} {first.year}"
    )
