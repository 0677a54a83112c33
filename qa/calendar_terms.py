"""Days, months and years that a text names, in Dutch, English, German and French, as intervals of days.

"Gisteren" or "eind januari" means something only beside the day on which its article appeared, so everything relative
is resolved against that date, as precisely as it is known and no more.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from embeddings.folding import fold
from embeddings.records import PublicationDate
from qa.calendar_words import EDGES, MONTHS, NEXT, PREVIOUS, RELATIVE, THIS, UNITS, WEEKDAYS, YEAR_LEADS
from qa.number_words import languages_of, parse

__all__ = ["CalendarTerm", "agrees", "alternatives", "find", "month_end", "nearest_year"]


@dataclass(frozen=True, slots=True)
class CalendarTerm:
    """A stretch of text that names a time: `text[start:end]`.

    Attributes:
        first, last: the days it covers, inclusive; None where it cannot be told (no year, or no publication date).
        year, month, day: what is written, None where it is not.
        weekday: 0 for Monday, where a weekday is named.
        relation: language-independent name of a relative term ("yesterday", "previous week"), "" for others.
    """

    start: int
    end: int
    first: date | None = None
    last: date | None = None
    year: int | None = None
    month: int | None = None
    day: int | None = None
    weekday: int | None = None
    relation: str = ""


def agrees(claim: CalendarTerm, evidence: CalendarTerm) -> bool:
    """Whether what the evidence says lies within what the claim says ("in februari" is borne out by "2 februari")."""
    if claim.relation and claim.relation == evidence.relation:
        return True
    if claim.weekday is not None and claim.day is None:
        if evidence.weekday is not None and evidence.day is None:
            return evidence.weekday == claim.weekday
        day = evidence.first if evidence.first == evidence.last else None
        near = claim.first is None or (day is not None and abs((day - claim.first).days) <= 7)
        return day is not None and day.weekday() == claim.weekday and near
    if claim.first and claim.last and evidence.first and evidence.last:
        return claim.first <= evidence.first and evidence.last <= claim.last
    if evidence.relation or claim.relation:
        return False
    return all(
        wanted is None or wanted == found
        for wanted, found in (
            (claim.year, evidence.year),
            (claim.month, evidence.month),
            (claim.day, evidence.day),
        )
    ) and any((claim.year, claim.month, claim.day))


@lru_cache(maxsize=4096)
def find(text: str, language: str = "", published: PublicationDate | None = None) -> tuple[CalendarTerm, ...]:
    """Every calendar term of the text in reading order, none overlapping another.

    Args:
        language: ISO 639-1 of the text; where it is not one of the four, Dutch, English and German are tried.
        published: when the article appeared that the text is from.
    """
    found: list[CalendarTerm] = []
    for name in languages_of(language):
        for finder in (_numeric, _day_month, _month, _weekday, _relative, _counted, _decade, _year):
            for term in finder(text, name, published):
                if not any(term.start < other.end and other.start < term.end for other in found):
                    found.append(term)
    return tuple(sorted(found, key=lambda term: term.start))


def _make(
    match: re.Match[str], published: PublicationDate | None, year: int | None, month: int | None, day: int | None,
    last_day: int | None = None, edge: str = "",
) -> CalendarTerm | None:  # fmt: skip
    """A term of what is written, with the year filled in from the publication date where it is not written."""
    assumed = year if year is not None else nearest_year(published, month, day)
    try:
        if assumed is None:
            first = last = None
        elif month is None:
            first, last = date(assumed, 1, 1), date(assumed, 12, 31)
        elif day is None:
            first, last = date(assumed, month, 1), month_end(assumed, month)
        else:
            first = date(assumed, month, day)
            last = date(assumed, month, last_day) if last_day else first
    except ValueError:
        return None
    if edge and first and last:
        first, last = _cut(first, last, edge)
    return CalendarTerm(match.start(), match.end(), first, last, year, month, day)


def month_end(year: int, month: int) -> date:
    """The last day of a month."""
    return date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)


def nearest_year(published: PublicationDate | None, month: int | None, day: int | None) -> int | None:
    """The year in which a month or day that is written without one lies nearest to a publication date."""
    if published is None or month is None:
        return None
    anchor = published.first_day
    candidates = []
    for year in (anchor.year - 1, anchor.year, anchor.year + 1):
        try:
            candidates.append((abs((date(year, month, day or 15) - anchor).days), year))
        except ValueError:
            continue
    if published.precision == "year":
        return anchor.year
    return min(candidates)[1] if candidates else None


def _cut(first: date, last: date, edge: str) -> tuple[date, date]:
    """The early, middle or late part of an interval; the three overlap, for nobody agrees where "begin" ends."""
    length = (last - first).days + 1
    part = timedelta(days=round(length * (0.4 if length < 300 else 0.27)))  # "eind 2023" is not August any more
    if edge == "early":
        return first, first + part
    if edge == "late":
        return last - part, last
    return first + timedelta(days=round(length * 0.25)), last - timedelta(days=round(length * 0.25))


def alternatives(words: Sequence[str]) -> str:
    """A pattern for any of some words, the longest first."""
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))


_ISO = re.compile(r"(?<![\d-])(\d{4})-(\d{1,2})-(\d{1,2})(?![\d-])")
_SHORT = re.compile(r"(?<![\d./-])(\d{1,2})([-/.])(\d{1,2})\2(\d{4})(?![\d-])")


def _numeric(text: str, language: str, published: PublicationDate | None) -> Iterator[CalendarTerm]:
    for match in _ISO.finditer(text):
        term = _make(match, published, int(match[1]), int(match[2]), int(match[3]))
        if term:
            yield term
    for match in _SHORT.finditer(text):
        day, month, year = int(match[1]), int(match[3]), int(match[4])
        term = _make(match, published, year, month, day) or _make(match, published, year, day, month)
        if term:
            yield term


@lru_cache(maxsize=8)
def _patterns(language: str) -> dict[str, re.Pattern[str]]:
    months = alternatives(list(MONTHS[language]))
    weekdays = alternatives(list(WEEKDAYS[language]))
    edges = alternatives(list(EDGES[language]))
    shifts = alternatives([*PREVIOUS[language], *THIS[language], *NEXT[language]])
    units = alternatives(list(UNITS[language]))
    day = r"(?P<day>[0-3]?\d)(?:e|de|ste|st|nd|rd|th|er|\.)?"
    until = r"(?:(?P<from>[0-3]?\d)\.?\s*(?:-|–|tot en met|tot|t/m|en|and|to|bis|und|au|et)\s*)?"
    year = r"(?:\s?,?\s+(?P<year>[12]\d{3}))?"
    flags = re.IGNORECASE
    return {
        "day_month": re.compile(
            rf"(?<![\d.,]){until}(?<![\d.,]){day}\s+(?:of\s+|de\s+)?(?P<month>{months})\b\.?{year}(?!\w)", flags
        ),
        "month_day": re.compile(rf"\b(?P<month>{months})\b\.?\s+{day}{year}(?![\w.,]*\d)(?!\w)", flags),
        "month": re.compile(rf"\b(?:(?P<edge>{edges})[\s-]+)?(?P<month>{months})\b(?:\s+(?:van\s+|of\s+"
        rf"|de\s+)?(?P<year>[12]\d{{3}}))?(?!\w)", flags),
        "edge_year": re.compile(rf"\b(?:(?P<edge>{edges})\s+)(?P<year>[12]\d{{3}})(?!\w)", flags),
        "weekday": re.compile(
            rf"\b(?:(?P<shift>{shifts})\s+)?(?P<weekday>{weekdays})(?:s|ochtend|morgen|middag|avond|nacht|abend|nachmittag|vormittag)?\b(?:\s+(?P<after>dernier|prochain))?",
            flags,
        ),
        "shifted": re.compile(rf"\b(?:(?P<edge>{edges})\s+)?(?:(?:de|het|the|la|le"
        rf"|l')\s*)?(?P<shift>{shifts})\s+(?P<unit>{units})\b", flags),
        "shifted_fr": re.compile(rf"\b(?P<unit>{units})\s+(?P<shift>{shifts})\b", flags),
        "counted": re.compile(
            rf"\b(?P<before>il y a|vor|over|in|dans"
            rf"|binnen)?\s*\b(?P<count>[\w-]+)\s+(?P<unit>{units})\b(?:\s+(?P<after>geleden|eerder|ago|earlier"
            rf"|zuvor|later|auparavant|plus tôt))?",
            flags,
        ),
    }  # fmt: skip


# English "may" and "march" and French "mars" are months only where something says so.
_DOUBTFUL_MONTHS = {"may", "march", "mars", "mar", "jan", "dec", "sept", "sep", "nov", "apr", "aug", "mai", "mei"}


def _day_month(text: str, language: str, published: PublicationDate | None) -> Iterator[CalendarTerm]:
    names = ("day_month", "month_day") if language == "en" else ("day_month",)
    for name in names:
        for match in _patterns(language)[name].finditer(text):
            month = MONTHS[language][match["month"].lower()]
            year = int(match["year"]) if match["year"] else None
            start = match.groupdict().get("from")
            day = int(match["day"])
            if start and int(start) < day:
                term = _make(match, published, year, month, int(start), last_day=day)
            else:
                term = _make(match, published, year, month, day)
            if term:
                yield term


def _month(text: str, language: str, published: PublicationDate | None) -> Iterator[CalendarTerm]:
    for match in _patterns(language)["month"].finditer(text):
        name = match["month"]
        doubtful = name.lower() in _DOUBTFUL_MONTHS and not (match["year"] or match["edge"])
        if doubtful and (
            not re.search(r"\b(?:in|sinds|since|by|until|late|early|last|this|van|en|fin|im|seit|bis|tot|na|vanaf"
            r"|voor)\s+$",
                          text[: match.start()], re.IGNORECASE)
            or (language in {"en", "de"} and not name[0].isupper())
        ):  # fmt: skip
            continue
        edge = EDGES[language][match["edge"].lower()] if match["edge"] else ""
        year = int(match["year"]) if match["year"] else None
        term = _make(match, published, year, MONTHS[language][name.lower()], None, edge=edge)
        if term:
            yield term
    for match in _patterns(language)["edge_year"].finditer(text):
        term = _make(match, published, int(match["year"]), None, None, edge=EDGES[language][match["edge"].lower()])
        if term:
            yield term


def _weekday(text: str, language: str, published: PublicationDate | None) -> Iterator[CalendarTerm]:
    for match in _patterns(language)["weekday"].finditer(text):
        weekday = WEEKDAYS[language][match["weekday"].lower()]
        if len(match["weekday"]) <= 3 or (language in {"en", "de"} and not match["weekday"][0].isupper()):
            continue
        day = None
        if published is not None and published.precision == "day":
            anchor = published.first_day
            shift = fold(match["shift"] or match["after"] or "")
            back = (anchor.weekday() - weekday) % 7
            if shift in {fold(word) for word in NEXT[language]}:
                day = anchor + timedelta(days=(weekday - anchor.weekday()) % 7 or 7)
            elif shift in {fold(word) for word in PREVIOUS[language]}:
                day = anchor - timedelta(days=back or 7)
            else:
                day = anchor - timedelta(days=back)
        yield CalendarTerm(match.start(), match.end(), day, day, weekday=weekday)


def _around(published: PublicationDate | None, shift: Callable[[date], date]) -> tuple[date | None, date | None]:
    """Both ends of a publication date, moved; one day only where the day is known."""
    if published is None:
        return None, None
    return shift(published.first_day), shift(published.last_day)


def _of_unit(published: PublicationDate | None, unit: str, offset: int) -> tuple[date | None, date | None]:
    """The week, month or year that lies `offset` of them from the one of publication."""
    if published is None or (published.precision == "year" and unit != "year"):
        return None, None
    if published.precision == "month" and unit in {"day", "week", "weekend"}:
        return None, None
    anchor = published.first_day
    if unit == "year":
        return date(anchor.year + offset, 1, 1), date(anchor.year + offset, 12, 31)
    if unit == "month":
        months = anchor.year * 12 + anchor.month - 1 + offset
        return date(months // 12, months % 12 + 1, 1), month_end(months // 12, months % 12 + 1)
    if unit in {"week", "weekend"}:
        monday = anchor - timedelta(days=anchor.weekday()) + timedelta(weeks=offset)
        return monday + timedelta(days=5 if unit == "weekend" else 0), monday + timedelta(days=6)
    return anchor + timedelta(days=offset), anchor + timedelta(days=offset)


def _relative(text: str, language: str, published: PublicationDate | None) -> Iterator[CalendarTerm]:
    for pattern, (relation, days) in RELATIVE[language].items():
        for match in re.finditer(rf"\b{pattern}\b", text, re.IGNORECASE):
            first, last = _around(published, lambda day, days=days: day + timedelta(days=days))  # type: ignore[misc]
            yield CalendarTerm(match.start(), match.end(), first, last, relation=relation)
    for name in ("shifted", "shifted_fr") if language == "fr" else ("shifted",):
        for match in _patterns(language)[name].finditer(text):
            word, unit = fold(match["shift"]), UNITS[language][match["unit"].lower()]
            if unit in {"hour", "minute"}:
                continue
            folded = [{fold(entry) for entry in words[language]} for words in (PREVIOUS, NEXT)]
            kind, offset = ("previous", -1) if word in folded[0] else ("next", 1) if word in folded[1] else ("this", 0)
            first, last = _of_unit(published, unit, offset)
            edge = EDGES[language].get((match.groupdict().get("edge") or "").lower(), "")
            if edge and first and last:
                first, last = _cut(first, last, edge)
            yield CalendarTerm(match.start(), match.end(), first, last, relation=f"{edge} {kind} {unit}".strip())


_BEFORE = {"geleden", "eerder", "ago", "earlier", "zuvor", "il y a", "vor", "auparavant", "plus tôt"}


def _counted(text: str, language: str, published: PublicationDate | None) -> Iterator[CalendarTerm]:
    """ "Twee weken geleden", "three days ago", "vor zwei Jahren"; a bare "twee weken" is a length, not a time."""
    for match in _patterns(language)["counted"].finditer(text):
        before, after = (match["before"] or "").lower(), (match["after"] or "").lower()
        past = after in _BEFORE or (before in _BEFORE and (before != "vor" or language == "de"))
        if not past:
            continue
        count = _count(match["count"], language)
        unit = UNITS[language][match["unit"].lower()]
        if count is None or unit in {"hour", "minute"}:
            continue
        first, last = _of_unit(published, unit, -count)
        yield CalendarTerm(match.start(), match.end(), first, last, relation=f"{count} {unit} before")


def _count(word: str, language: str) -> int | None:
    if word.isdigit():
        return int(word) if len(word) < 4 else None
    if fold(word) in {"een", "a", "an", "ein", "eine", "einem", "einer", "un", "une"}:
        return 1
    parsed = parse([word], language)
    return int(parsed[0]) if parsed and parsed[0] < 1000 else None


_DECADE = re.compile(
    r"\b(?:(?:de\s+)?jaren\s+'?(?P<nl>\d{2}|\d{4})\b|(?P<en>[12]\d{2}0)s\b|(?P<de>[12]?\d?\d0)er(?:[ -]Jahren?)?\b|"
    r"années\s+(?P<fr>\d{2}|\d{4})\b)",
    re.IGNORECASE,
)
_DECADE_WORDS = re.compile(
    r"\bjaren\s+(?P<word>twintig|dertig|veertig|vijftig|zestig|zeventig|tachtig|negentig)\b", re.I
)
_CENTURY = re.compile(
    r"\b(?P<number>\d{1,2})(?:e|ste|de|th|st|nd|rd|\.|ème)\s+(?:eeuw|century|Jahrhunderts?|siècle)\b", re.I
)


def _decade(text: str, language: str, published: PublicationDate | None) -> Iterator[CalendarTerm]:
    for match in _DECADE.finditer(text):
        start = int(next(filter(None, match.groups())))
        start = start + 1900 if start < 100 else start
        yield CalendarTerm(match.start(), match.end(), date(start, 1, 1), date(start + 9, 12, 31))
    for match in _DECADE_WORDS.finditer(text):
        parsed = parse([match["word"]], "nl")
        if parsed:
            start = 1900 + int(parsed[0])
            yield CalendarTerm(match.start(), match.end(), date(start, 1, 1), date(start + 9, 12, 31))
    for match in _CENTURY.finditer(text):
        number = int(match["number"])
        if 1 <= number <= 30:
            yield CalendarTerm(match.start(), match.end(), date(number * 100 - 99, 1, 1), date(number * 100, 12, 31))


_BARE_YEAR = re.compile(r"(?<![\w.,€$£/-])(1[0-9]\d{2}|20\d{2})(?![\w%°-]|[.,/]\d)")


def _year(text: str, language: str, published: PublicationDate | None) -> Iterator[CalendarTerm]:
    """Four digits are a year where a word before them says so or nothing countable follows."""
    for match in _BARE_YEAR.finditer(text):
        before = text[: match.start()].rstrip(" (\u00a0")
        lead = re.search(r"[\w'’]+$", before)
        word = fold(lead[0]) if lead else ""
        after = re.match(r"\s*(\w+)?", text[match.end() :])
        following = (after[1] or "") if after else ""
        strong = word in YEAR_LEADS["strong"] or word in MONTHS[language]
        strong = strong or bool(re.search(r"\b(?:het|the|im|l['’])\s*(?:jaar|year|jahr|année)$", before, re.IGNORECASE))
        closed = not following or text[match.end() : match.end() + 1] in {")", ",", ".", ";", ":", "?", "!", "]"}
        counted = word in YEAR_LEADS["counting"]
        weak = (closed and not counted) or (word in YEAR_LEADS["weak"] and following.lower() in YEAR_LEADS["followers"])
        in_brackets = text[: match.start()].endswith("(") and text[match.end() :].startswith((")", ",", "-", "–"))
        if strong or in_brackets or (weak and not text[match.end() :].startswith("-")):
            term = _make(match, published, int(match[1]), None, None)
            if term:
                yield term
