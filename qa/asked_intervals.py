"""Times of a question put together: a month with its year elsewhere, two ends of one interval, a bound before it."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal, TypeAlias

from qa.calendar_terms import CalendarTerm, month_end
from qa.word_lists import words

__all__ = [
    "BETWEEN",
    "FROM",
    "PARTICIPLE",
    "TO",
    "UNTIL_NOW",
    "AskedTime",
    "bounded",
    "joined",
    "of_their_year",
    "span_of_months",
]

BETWEEN = r"(?:tussen|between|zwischen|entre)"
FROM = r"(?:van|vanaf|from|von|vom|de|depuis|du)"
TO = r"(?:tot|tot en met|t/m|to|until|till|through|bis|à|jusqu['’]à|jusqu['’]en)"
PARTICIPLE = re.compile(r"(?:\w{0,4}ge|ver|be|ont|her|ent|zer)\w+[dt]|\w+eerd")
"""What in Dutch and German follows a year as in "voor 2021 gebouwd", where a noun would be what is counted."""

Side: TypeAlias = Literal["within", "since", "until", "through"]


@dataclass(frozen=True, slots=True)
class AskedTime(CalendarTerm):
    """A time of a question, with the bound that the words before it make of it.

    Attributes:
        side: "since" and "until" where it only begins or ends what is meant ("through" where it is itself still part
            of that), "within" for all others.
        certain: whether the word before it can't mean anything else ("voor 2021" may be a plan for that year).
        stretch: it reaches over months or years from which nobody picks one ("tussen 2019 en 2021", "eind 2023"), so that
            articles about it also appear in the months after.
    """

    side: Side = "within"
    certain: bool = True
    stretch: bool = False


def span_of_months(year: int, month: int, length: int) -> tuple[date, date]:
    """The first and last day of some months in a row."""
    months = year * 12 + month - 1 + length - 1
    return date(year, month, 1), month_end(months // 12, months % 12 + 1)


_OF = re.compile(r"\s*,?\s*(?:(?:van|of|des|de|in|op|im|en|on|am)\b)?\s*(?:(?:het|the)\b|l['’])?\s*", re.IGNORECASE)
_OF_A_YEAR = re.compile(r"(?:previous|this|next) year|\d+ year before")


def of_their_year(text: str, terms: list[CalendarTerm]) -> list[CalendarTerm]:
    """ "In november vorig jaar" is one time: a month or day beside a year that is told from today."""
    joined: list[CalendarTerm] = []
    for term in terms:
        other = joined[-1] if joined else None
        if other is not None and _OF.fullmatch(text[other.end : term.start]):
            for written, told in ((other, term), (term, other)):
                if written.month and not written.year and _OF_A_YEAR.fullmatch(told.relation):
                    joined[-1] = _in_year(written, told, other.start, term.end)
                    break
            else:
                joined.append(term)
        else:
            joined.append(term)
    return joined


def _in_year(term: CalendarTerm, told: CalendarTerm, start: int, end: int) -> CalendarTerm:
    """A month or day in the year that is told; it has no year of its own, so that nobody must have written one."""
    relation = f"{term.month} {term.day or ''} {told.relation}"
    if told.first is None or term.first is None or term.last is None:
        return CalendarTerm(start, end, relation=relation)
    first, last = (_moved(day, told.first.year + day.year - term.first.year) for day in (term.first, term.last))
    return CalendarTerm(start, end, first, last, relation=relation)


def _moved(day: date, year: int) -> date:
    year = max(1, year)
    try:
        return day.replace(year=year)
    except ValueError:  # 29 February
        return day.replace(year=year, day=28)


def _in_a_leap_year(month: int, day: int) -> date:
    """A day as it is written, be it one that its month does not have."""
    return date(2000, month, max(1, min(day, span_of_months(2000, month, 1)[1].day)))


_ARTICLE = r"(?:(?:het|de|the|dem|der|zum|le|la)\s+|l['’])?"
_AND = re.compile(rf"\s+(?:en|and|und|et)\s+{_ARTICLE}", re.IGNORECASE)
_UP_TO = re.compile(rf"\s+{TO}\s+{_ARTICLE}", re.IGNORECASE)
_OR = re.compile(r"\s+(?:of|or|oder|ou)\s+(?:in\s+|im\s+|en\s+)?", re.IGNORECASE)
_COMPARISON = re.compile(
    r"(?<![^\W_])(?:verschil|vergelijk|vergeleken|differen|compar|unterschied|vergleich|différence)\w*[^,;]*$",
    re.IGNORECASE,
)
UNTIL_NOW = rf"\s+(?:en|and|und|et|{TO})\s+(?:nu|heden|vandaag|now|today|heute|jetzt|aujourd['’]hui|maintenant)(?!\w)"
_UNTIL_NOW = re.compile(UNTIL_NOW, re.IGNORECASE)
_DASH = re.compile(r"\s?[-–]\s?")
_BETWEEN_BEFORE = re.compile(rf"\b{BETWEEN}\s+{_ARTICLE}$", re.IGNORECASE)
_FROM_BEFORE = re.compile(rf"(?:\b{FROM}|\bd['’])\s*{_ARTICLE}$", re.IGNORECASE)


def joined(text: str, terms: list[CalendarTerm]) -> list[CalendarTerm | AskedTime]:
    """Two written times that are the ends of one, or either of two, become one interval."""
    joined: list[CalendarTerm | AskedTime] = []
    for term in terms:
        other = joined[-1] if joined else None
        pair = _pair(text, other, term) if other is not None else None
        if pair is None:
            joined.append(term)
        else:
            joined[-1] = pair
    return joined


def _pair(text: str, first: CalendarTerm, second: CalendarTerm) -> AskedTime | None:
    """The interval of two times where the words between them make one; a year that only one of them has is both's."""
    if not all((term.year or term.month) and not term.relation for term in (first, second)):
        return None
    before, gap = text[: first.start], text[first.end : second.start]
    if _COMPARISON.search(before):
        return None  # "het verschil tussen 2019 en 2020" asks for both
    shared = first.month and not first.year and second.month and second.year  # "in mei en juni 2020"
    if not (
        (_AND.fullmatch(gap) and (shared or _BETWEEN_BEFORE.search(before)))
        or (_UP_TO.fullmatch(gap) and (_FROM_BEFORE.search(before) or first.month))
        or _OR.fullmatch(gap)
        or _DASH.fullmatch(gap)
    ):
        return None
    opens, closes = first.first, second.last
    if second.year and not first.year and second.first:
        month, day = first.month or 1, first.day or 1
        in_a_year_before = (month, day) > (second.month or 12, second.day or 31)
        opens = _moved(_in_a_leap_year(month, day), second.year - in_a_year_before)
    elif first.year and not second.year and first.first:
        month = second.month or 12
        ends = _in_a_leap_year(month, second.day or 31)
        in_next_year = (month, second.day or 31) < (first.month or 1, first.day or 1)
        closes = _moved(ends, first.year + in_next_year)
        if second.day is None:
            closes = month_end(closes.year, closes.month)
    if not first.year and not second.year and opens and closes and opens > closes:
        opens = _moved(opens, opens.year - 1)
    if (opens is None) != (closes is None) or (opens and closes and opens > closes):
        return None
    year = second.year or first.year
    long = opens is not None and closes is not None and (closes - opens).days > 31
    return AskedTime(first.start, second.end, opens, closes, year, second.month, second.day, stretch=long)


_SINCE = re.compile(
    rf"(?<![^\W_])(?:sinds|vanaf|na|sedert|since|(?P<doubtful>from)|after|seit|ab|nach|depuis|après)\s+{_ARTICLE}$",
    re.IGNORECASE,
)
_UNTIL = re.compile(
    rf"(?<![^\W_])(?:vóór|(?<!nog )(?<!kort )(?P<doubtful>voor)|voor|tot|until|till|before|vor|bis|avant|jusqu['’](?:à|en|au))\s+{_ARTICLE}$",
    re.IGNORECASE,
)
_THROUGH = re.compile(
    rf"(?<![^\W_])(?:tot en met|t/m|bis einschließlich|up to and including)\s+{_ARTICLE}$", re.IGNORECASE
)


_PLANNED = words(
    "aangekondigd aangevraagd afgesproken begroot beloofd berekend bestemd geraamd gepland gereserveerd gevraagd "
    "goedgekeurd toegekend toegezegd uitgekeerd vastgesteld verdeeld verwacht voorspeld"
)  # "voor 2021 toegezegd" is said of that year, "voor 2021 gebouwd" of those before it
_END = re.compile(r"(?:the\s+end|end|eind|einde|ende|late|fin)\b", re.IGNORECASE)


def _is_a_part_of_a_year(term: CalendarTerm) -> bool:
    """Whether a term is a quarter or the beginning, middle or end of a year that is written."""
    whole = term.first and term.last and (term.last - term.first).days > 300
    return term.year is not None and term.month is None and term.first is not None and not whole


def bounded(text: str, term: CalendarTerm | AskedTime) -> AskedTime:
    """A time with the bound that the words before it make of it."""
    if isinstance(term, AskedTime):
        return term
    asked = AskedTime(
        term.start,
        term.end,
        term.first,
        term.last,
        term.year,
        term.month,
        term.day,
        term.weekday,
        term.relation,
        stretch=_is_a_part_of_a_year(term),
    )
    before = text[: term.start]
    if _UNTIL_NOW.match(text, term.end) and (_BETWEEN_BEFORE.search(before) or _FROM_BEFORE.search(before)):
        return replace(asked, side="since")
    if _THROUGH.search(before):
        return replace(asked, side="through")
    readings: tuple[tuple[Side, re.Pattern[str]], ...] = (("since", _SINCE), ("until", _UNTIL))
    for side, pattern in readings:
        match = pattern.search(before)
        if match:
            following = re.match(r"\s*(\w+)", text[term.end :])
            after = following[1].lower() if following else ""
            done = PARTICIPLE.fullmatch(after) and after not in _PLANNED
            if side == "until" and _END.match(text, term.start):
                return replace(asked, side="through")  # "tot eind 2020"
            return replace(asked, side=side, certain=not match["doubtful"] or bool(done))
    return asked
