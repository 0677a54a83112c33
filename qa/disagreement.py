"""Where the evidence for a question says different things: a later report, a contradiction, another scope, a view.

A false alarm costs more trust than a miss: words in the sources must relate what differs, or a model that reads both sides must be
certain of it. One difference is reported, the most telling; `differing_values`, `differing_states` and `differing_answers` find them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from qa.answer import DisagreementType, SourceSentence
from qa.answerability import Relates
from qa.asked_values import Asked, asked_by, values_in
from qa.calendar_words import in_words
from qa.change_cues import DOUBTED
from qa.compared_sentences import Found, Side, nearness, next_to, order_of, same_affair
from qa.differing_answers import differing_answers
from qa.differing_states import disputes, opposed, reversals, views
from qa.differing_values import corrections, differing_values
from qa.evidence import Evidence, Weighed

__all__ = ["Difference", "find"]

WINDOW = 2.2
"""How far behind the best sentence another may be and still be compared with it."""

_ASKS = re.compile(r"\?\W*$")


@dataclass(frozen=True, slots=True)
class Difference:
    """Sentences that differ on what a question asks.

    Attributes:
        sources: two or more, newest first; within an article as they are read.
        text: the values side by side with outlet and date, in the question's language.
    """

    type: DisagreementType
    sources: tuple[SourceSentence, ...]
    text: str


def find(
    evidence: Evidence, cited: Sequence[SourceSentence], language: str, reader: Relates | None = None
) -> list[Difference]:
    """The disagreement in the evidence that matters for the question: one at most, for one is read and two are skipped.

    Args:
        cited: the sentences that the answer cites; a difference that concerns them goes before others.
        language: of the question, in which the text is written.
        reader: reads two sentences side by side where no rule finds anything.
    """
    best = evidence.best
    if best is None:
        return []
    tells = [item for item in evidence.weighed if not _ASKS.search(item.source.text)]
    whole = [item for item in tells if not item.missing or _article_has(item)]
    near = [item for item in whole if nearness(item) >= nearness(best) - WINDOW]
    keys = {source.key for source in cited}
    # What leans on the sentence before it ("In heel Nederland waren dat er 230") has few of the question's words.
    around = [item for item in whole if item in near or any(next_to(item.source, other.source) for other in near)]
    asked = asked_by(evidence.shape)
    values = {item.source.key: values_in(item.source, asked) for item in around}
    found: list[Found] = list(corrections(around, values, asked, evidence))
    found.extend(differing_values(around, values, asked, evidence))
    for detect in (disputes, opposed, reversals, views):
        found.extend(detect(near, values, asked, evidence))
    if not found and reader is not None:
        found.extend(differing_answers(whole, asked, evidence, reader))
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
    return [_difference(_completed(chosen, cited, asked), language)]


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
_NOTES_OF_ONE: dict[str, dict[DisagreementType, str]] = {
    "nl": {"superseded": "later veranderd", "conflict": "lezingen verschillen"},
    "en": {"superseded": "changed since", "conflict": "accounts differ"},
    "de": {"superseded": "später geändert", "conflict": "die Angaben gehen auseinander"},
    "fr": {"superseded": "changé depuis", "conflict": "les versions diffèrent"},
}
"""Where both sides stand in one article, which does not contradict itself but tells of two parties or two moments."""
_UNDATED = {"nl": "datum onbekend", "en": "date unknown", "de": "Datum unbekannt", "fr": "date inconnue"}


def _completed(found: Found, cited: Sequence[SourceSentence], asked: Asked) -> Found:
    """Where two values differ and the answer quotes yet another, with that as well: a reader would wonder where it went."""
    values = [value for side in found.sides for value in values_in(side.source, asked) if value.shown == side.shown]
    if len(values) < len(found.sides):  # sentences are shown, not values
        return found
    sides = list(found.sides)
    for source in cited:
        given = [value for value in values_in(source, asked) if value.eligible and value.counted]
        alike = any(same_affair(source.article, side.source.article) for side in found.sides)
        if len(given) == 1 and alike and all(each.comparable(given[0]) and not each.same(given[0]) for each in values):
            values += given
            sides.append(Side(source, given[0].shown))
    return replace(found, sides=tuple(sides))


def _article_has(item: Weighed) -> bool:
    """Whether the article, if not the passage, has what the passage lacks of the question."""
    article = item.source.article
    text = f"{article.title}\n{article.text}"
    return all(re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text, re.IGNORECASE) for name in item.missing)


def _difference(found: Found, language: str) -> Difference:
    sides = sorted(found.sides, key=lambda side: side.source.key)
    sides.sort(key=lambda side: order_of(side.source), reverse=True)
    code = language if language in _NOTES else "en"
    note, between = _NOTES[code][found.type], "; "
    headings = [f"{_outlet(side.source)} ({_dated(side.source, code)}): " for side in sides]
    if len({side.source.article.id for side in sides}) == 1:
        note, between = _NOTES_OF_ONE[code].get(found.type, note), " / "
        headings[1:] = [""] * (len(sides) - 1)
    shown = between.join(heading + side.shown.rstrip(".") for heading, side in zip(headings, sides, strict=True))
    return Difference(found.type, tuple(side.source for side in sides), f"{shown} — {note}")


def _outlet(source: SourceSentence) -> str:
    article = source.article
    return article.publisher or article.title or article.source.rpartition("/")[2]


def _dated(source: SourceSentence, language: str) -> str:
    """A publication date in words, as precise as it is."""
    published = source.article.published
    if published is None:
        return _UNDATED[language]
    return in_words(published.first_day, language, published.precision)
