"""The times that a question names: what `calendar_terms` finds, put together into the intervals that are meant.

An article says when things were; a question also sets bounds ("sinds 2019", "tussen maart en mei 2020", "de afgelopen
drie jaar"). Only questions are read this way, so that what is said about dates in articles and answers stays as strict.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from functools import lru_cache
from itertools import chain

from embeddings.folding import fold
from embeddings.records import PublicationDate
from embeddings.stopwords import stop_words
from qa import calendar_terms
from qa.asked_intervals import (
    BETWEEN,
    FROM,
    PARTICIPLE,
    TO,
    UNTIL_NOW,
    AskedTime,
    bounded,
    joined,
    of_their_year,
    span_of_months,
)
from qa.calendar_terms import CalendarTerm, alternatives, nearest_year
from qa.calendar_words import MONTHS, NEXT, PREVIOUS, QUARTERS, ROLLING, SEASONS, UNITS
from qa.number_words import languages_of, parse
from qa.units import unit_of

__all__ = ["AskedTime", "find"]


@lru_cache(maxsize=1024)
def find(question: str, language: str = "", today: PublicationDate | None = None) -> tuple[AskedTime, ...]:
    """Every time that a question names, in reading order, none overlapping another.

    Args:
        language: ISO 639-1 of the question; where it is not one of the four, Dutch, English and German are tried.
        today: the day from which "vorige week" counts, where that is of interest.
    """
    found: list[CalendarTerm] = []
    for name in languages_of(language):
        for reading in (_rolling, _shifted, _quarters, _short_dates, _years):
            for term in reading(question, name, today):
                if not _overlaps(term, found):
                    found.append(term)
    found += [term for term in calendar_terms.find(question, language, today) if not _overlaps(term, found)]
    for name in languages_of(language):
        found += [term for term in _doubtful_months(question, name, today) if not _overlaps(term, found)]
    terms = of_their_year(question, sorted(found, key=lambda term: term.start))
    return tuple(bounded(question, term) for term in joined(question, terms))


def _overlaps(term: CalendarTerm, others: list[CalendarTerm]) -> bool:
    return any(term.start < other.end and other.start < term.end for other in others)


_DAYS = {"day": 1.0, "week": 7.0, "month": 30.44, "year": 365.25}
_FEW = 4  # of "de afgelopen weken", of which nobody says how many
_SOME = r"(?:\s+(?:paar|enkele|few|couple of|several|einigen?))?"
_LAST_OF = re.compile(r"(?:laatste|last|letzten?|derni)", re.IGNORECASE)
_OF_SOMETHING = re.compile(r"\s+(?:van|of|vor|voor|before|der|des|du|de|avant)\b", re.IGNORECASE)


_DOUBTFUL_LEADS = {
    "nl": r"(?:jaar|tussen|na|vanaf|tijdens|tot en met|t/m)",
    "en": r"(?:between|during|after|before|from)",
    "de": r"(?:zwischen|nach|vor|ab|von)",
    "fr": r"(?:entre|depuis|après|avant|durant|pendant)",
}


@lru_cache(maxsize=8)
def _patterns(language: str) -> dict[str, re.Pattern[str]]:
    flags = re.IGNORECASE
    units = alternatives(list(UNITS[language]))
    past, future = ROLLING[language]
    shift = rf"(?P<shift>{alternatives([*past, *future])})"
    months = rf"(?P<month>{alternatives(list(MONTHS[language]))})"
    before, after = alternatives(PREVIOUS[language]), alternatives(NEXT[language])
    seasons = rf"(?P<season>{alternatives(list(SEASONS[language]))})"
    quarter = alternatives(["kwartaal", "quarter", "quartal", "quartals", "trimestre"])
    named = rf"(?:{months}|{seasons}|(?P<quarter>{quarter}))"
    if language == "fr":
        rolling = rf"\b(?:(?P<count>[\w-]+)\s+)?{shift}\s+(?P<unit>{units})\b"
        shifted = rf"\b{named}\s+(?:(?P<before>{before})|(?P<after>{after}))\b"
    else:
        rolling = rf"\b{shift}{_SOME}\s+(?:(?P<count>[\w-]+)\s+)?(?P<unit>{units})\b"
        shifted = rf"\b(?:(?P<before>{before})|(?P<after>{after}))\s+{named}(?![\w-]|\s+[12]\d{{3}})"
    letter = "[QT]" if language == "fr" else "Q"
    ordinal = alternatives(list(QUARTERS[language]))
    year = r"(?:\s+(?:van\s+|of\s+|de\s+|des\s+(?:jahres\s+)?)?|[\s/-])(?P<year>(?:19|20)\d{2})(?!\w)"
    return {
        "rolling": re.compile(rolling, flags),
        "shifted": re.compile(shifted, flags),
        "quarter": re.compile(rf"\b(?:(?P<ordinal>{ordinal})\s+(?:{quarter})|{letter}(?P<number>[1-4])){year}", flags),
        "doubtful": re.compile(rf"\b{_DOUBTFUL_LEADS[language]}\s+{months}\b(?!\s*\d)", flags),
        "doubtful_end": re.compile(rf"\b{BETWEEN}\s+\w+\s+(?:en|and|und|et)\s+{months}\b(?!\s*\d)", flags),
    }


def _rolling(text: str, language: str, today: PublicationDate | None) -> Iterator[CalendarTerm]:
    """ "De afgelopen 3 jaar", "les trois dernières années": as long a time, reckoned back from today."""
    past, _ = ROLLING[language]
    for match in _patterns(language)["rolling"].finditer(text):
        unit, word = UNITS[language][match["unit"].lower()], match["count"]
        if unit not in _DAYS:
            continue
        count = _count(word, language) if word else None
        start = match.start()
        if count is None and language == "fr":
            if not match["unit"].lower().endswith("s") or (unit == "month" and match["shift"][-1] != "s"):
                continue
            start = match.start("shift")
        elif count is None and (word or not _is_plural(match["unit"], language)):
            continue  # "afgelopen jaar" is one year of the calendar
        first = last = None
        its_end = _LAST_OF.match(match["shift"]) and _OF_SOMETHING.match(text[match.end() :])
        if today is not None and not its_end:  # "de laatste dagen van de oorlog" is no time that is told from today
            length = timedelta(days=round((count or _FEW) * _DAYS[unit]))
            backwards = fold(match["shift"]) in {fold(entry) for entry in past}
            first = today.first_day - length if backwards else today.first_day
            last = today.first_day if backwards else today.first_day + length
        yield CalendarTerm(start, match.end(), first, last, relation=f"{count or 'some'} {unit} around")


def _is_plural(unit: str, language: str) -> bool:
    if language == "nl":
        return unit.lower() in {"dagen", "weken", "maanden", "jaren"}
    if language == "de":
        return unit.lower() in {"tage", "tagen", "wochen", "monate", "monaten", "jahre", "jahren"}
    return unit.lower().endswith("s")


def _count(word: str, language: str) -> int | None:
    if word.isdigit():
        return int(word) if 1 < int(word) <= 200 else None
    parsed = parse([word], language)
    return int(parsed[0]) if parsed and 1 < parsed[0] <= 200 and parsed[0] == int(parsed[0]) else None


def _shifted(text: str, language: str, today: PublicationDate | None) -> Iterator[CalendarTerm]:
    """ "Afgelopen november", "last summer", "letztes Quartal": the last whole one, or the first still to come."""
    for match in _patterns(language)["shifted"].finditer(text):
        if match["month"] and language in {"en", "de"} and not match["month"][0].isupper():
            continue
        if match["month"]:
            starts, length = [MONTHS[language][match["month"].lower()]], 1
        elif match["season"]:
            starts, length = [SEASONS[language][match["season"].lower()]], 3
        else:
            starts, length = [1, 4, 7, 10], 3
        kind = "next" if match["after"] else "previous"
        first = last = None
        if today is not None:
            here = today.first_day
            spans = sorted(
                span_of_months(year, start, length) for year in range(here.year - 2, here.year + 3) for start in starts
            )
            later = [span for span in spans if span[0] > here]
            first, last = later[0] if kind == "next" else [span for span in spans if span[1] < here][-1]
        what = f"{kind} {starts[0] if len(starts) == 1 else 'quarter'} {length}"
        yield CalendarTerm(match.start(), match.end(), first, last, relation=what)


def _quarters(text: str, language: str, today: PublicationDate | None) -> Iterator[CalendarTerm]:
    """ "Het derde kwartaal van 2020", "Q3 2020"; without its year a quarter may as well be one of a match."""
    for match in _patterns(language)["quarter"].finditer(text):
        number = int(match["number"]) if match["number"] else QUARTERS[language][match["ordinal"].lower()]
        first, last = span_of_months(int(match["year"]), number * 3 - 2, 3)
        yield CalendarTerm(match.start(), match.end(), first, last, year=first.year)


_SHORT_DATE = re.compile(r"(?<![\w./-])(\d{1,2})([-/])(\d{1,2})\2(\d{2})(?![\w/-]|\.\d)")


def _short_dates(text: str, language: str, today: PublicationDate | None) -> Iterator[CalendarTerm]:
    """ "Op 4-5-20", in the European order; it is of this century."""
    for match in _SHORT_DATE.finditer(text):
        try:
            day = date(2000 + int(match[4]), int(match[3]), int(match[1]))
        except ValueError:
            continue
        yield CalendarTerm(match.start(), match.end(), day, day, day.year, day.month, day.day)


_ONE_YEAR = r"((?:19|20)\d{2})(?![\w%°-]|[.,/]\d)"
_YEAR_PAIR = re.compile(
    rf"(?:\b{BETWEEN}\s+(?P<a>(?:19|20)\d{{2}})\s+(?:en|and|und|et)\s+|\b{FROM}\s+(?P<b>(?:19|20)\d{{2}})\s+{TO}\s+|"
    rf"\b(?:in|en)\s+(?P<c>(?:19|20)\d{{2}})\s+(?:of|or|oder|ou)\s+|(?<![\w.,/-])(?P<d>(?:19|20)\d{{2}})\s?[-–]\s?)"
    rf"(?P<last>(?:19|20)\d{{2}})(?![\w%°–-]|[.,/]\d)",
    re.IGNORECASE,
)
_BOUND_YEAR = re.compile(
    r"\b(?:vóór|voor|na|tot|tot en met|t/m|vanaf|sedert|after|before|until|till|nach|vor|bis|ab|seit|après|avant|jusqu['’]en)"
    rf"\s+{_ONE_YEAR}",
    re.IGNORECASE,
)


def _years(text: str, language: str, today: PublicationDate | None) -> Iterator[CalendarTerm]:
    """Years behind a word that bounds a time, where what follows them is not what is counted ("voor 2021 gebouwd")."""
    for match in _YEAR_PAIR.finditer(text):
        group = next(name for name in "abcd" if match[name])
        years = int(match[group]), int(match["last"])
        if years[0] < years[1] <= years[0] + 100 and not _counts_what_follows(
            text, match.end(), language, two=group in "ab"
        ):
            yield _a_year(*match.span(group), years[0])
            yield _a_year(*match.span("last"), years[1])
    for match in _YEAR_UNTIL_NOW.finditer(text):
        yield _a_year(*match.span(1), int(match[1]))
    for match in _BOUND_YEAR.finditer(text):
        if not _counts_what_follows(text, match.end(), language):
            yield _a_year(*match.span(1), int(match[1]))


def _a_year(start: int, end: int, year: int) -> CalendarTerm:
    return CalendarTerm(start, end, date(year, 1, 1), date(year, 12, 31), year)


_YEAR_UNTIL_NOW = re.compile(rf"\b(?:{BETWEEN}|{FROM})\s+{_ONE_YEAR}(?={UNTIL_NOW})", re.IGNORECASE)
_RATES = frozenset({"per", "pro", "par"})


def _counts_what_follows(text: str, place: int, language: str, *, two: bool = False) -> bool:
    """Whether a number is one of what stands behind it.

    Args:
        two: it is the second of two that a word before them sets apart as ends, which years nearly always are.
    """
    following = re.match(r"\s*([^\W\d_]+|[€$£%°])", text[place:])
    if following is None:
        return False
    word = following[1].lower()
    if word in _RATES or word in "€$£%°" or unit_of(word):
        return True
    return not two and fold(word) not in stop_words(language) and not PARTICIPLE.fullmatch(word)


def _doubtful_months(text: str, language: str, today: PublicationDate | None) -> Iterator[CalendarTerm]:
    """ "Na maart", "tussen mei en juli": months that may be another word, behind one that asks for a time."""
    for match in chain.from_iterable(_patterns(language)[key].finditer(text) for key in ("doubtful", "doubtful_end")):
        name, lead = match["month"], match[0].split()[0].lower()
        if language in {"en", "de"} and not name[0].isupper():
            continue
        if name.lower() == "may" and lead in {"after", "before", "from"}:
            continue  # "after May resigned"
        month = MONTHS[language][name.lower()]
        year = nearest_year(today, month, None)
        first, last = span_of_months(year, month, 1) if year is not None else (None, None)
        yield CalendarTerm(match.start("month"), match.end("month"), first, last, month=month)
