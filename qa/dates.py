"""Publication dates: from the many ways in which they are written to a `PublicationDate` of the precision it
has.

The calendar day is the one that was written, in the writer's own time zone, and so is the time of day where
one was written; a number of seconds since 1970 is read in UTC. The zone of this machine plays no part, nor
does the time at which a file was saved: copying a file changes that time, so it says nothing about publication.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from urllib.parse import unquote, urlsplit

from embeddings.patterns import lazily
from embeddings.records import PublicationDate

__all__ = ["FUTURE_MARK", "date_in_name", "date_in_url", "first_date", "parse_date", "today_utc"]

FUTURE_MARK = " (in the future)"  # ends the origin of a date that lies more than a day ahead
EARLIEST_YEAR = 1605  # the year of the oldest newspaper; anything before it is a default of some program
URL_EARLIEST_YEAR = 1995

_MONTHS = {
    1: "januari january januar janvier jan janv jän jänner",
    2: "februari february februar février fevrier feb febr fév févr fev",
    3: "maart march märz maerz mars mrt mar mär maa",
    4: "april avril apr avr",
    5: "mei may mai",
    6: "juni june juin jun",
    7: "juli july juillet jul juil",
    8: "augustus august août aout aug",
    9: "september septembre sep sept",
    10: "oktober october octobre okt oct",
    11: "november novembre nov",
    12: "december dezember décembre decembre dec dez déc",
}
_MONTH_NUMBER = {name: number for number, names in _MONTHS.items() for name in names.split()}
_MONTH = "(?P<month>" + "|".join(sorted(map(re.escape, _MONTH_NUMBER), key=len, reverse=True)) + r")\b\.?"
_WEEKDAY = (
    r"(?:(?:maan|dins|woens|donder|vrij|zater|zon)dag|(?:mon|tues|wednes|thurs|fri|satur|sun)day|"
    r"(?:mon|diens|donners|frei|sams|sonn)tag|mittwoch|sonnabend|lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche|"
    r"ma|di|wo|do|vr|za|zo|mon|tue|tues|wed|thu|thur|thurs|fri|sat|sun|mo|mi|fr|sa|so|lun|mer|jeu|ven|sam|dim)\b\.?,?"
)
_PREFIX = (
    r"(?:(?:laatste\s+update|laatst\s+bijgewerkt|gepubliceerd|geplaatst|publicatiedatum|bijgewerkt|verschenen|"
    r"first\s+published|published|posted|publication\s+date|last\s+updated|updated|issued|veröffentlicht|erschienen|"
    r"stand|publié|mis\s+à\s+jour|datum|date)\s*:?\s*(?:op|on|am|le|the|vom|at)?\s*:?\s*)"
)
_CLOCK = (
    r"\s*(?:[,T|•·–-]\s*)?(?:(?:om|at|um|à|a|von|van|to)\s+)?(?P<hour>\d{1,2})\s?[:.hu]\s?(?P<minute>\d{2})"
    r"(?:[:.](?P<seconds>\d{2})(?:[.,]\d{1,9})?)?\s*(?:uur|uhr|h|hrs?|(?P<half>[ap])\.?m\.?)?"
)
_ZONE = (
    r"\s*\(?(?:Z|UTC|GMT|CES?T|MES?Z|WES?T|EES?T|BST|E[SD]T|C[SD]T|M[SD]T|P[SD]T|"
    r"[+-]\d{2}:?\d{2}|[+-]\d{2})\)?"
)
_TAIL = rf"(?:{_CLOCK})?(?P<zones>(?:{_ZONE}){{0,2}})\s*(?:uur|uhr)?[.,]?\s*"
_OFFSET = lazily(r"(?P<sign>[+-])(?P<hours>\d{2}):?(?P<minutes>\d{2})?")
_ZONE_HOURS = {
    "Z": 0, "UTC": 0, "GMT": 0, "WET": 0, "WEST": 1, "BST": 1, "CET": 1, "MEZ": 1, "CEST": 2, "MESZ": 2, "EET": 2,
    "EEST": 3, "EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7,
}  # fmt: skip
_HEAD = rf"(?:{_PREFIX})?(?:(?:le|the|den|am|op|on)\s+)?(?:{_WEEKDAY}\s+)?"

_UPDATED_AFTER = lazily(  # behind a date and time: "12 mars 2025 à 05h15, modifié le 13 mars", "21 mei 2025 • Leestijd 2 min"
    r"(?<=[\dr])[\s,;(|•·–-]+(?:(?:laatst(?:e)?\s+)?(?:update|bijgewerkt|aangepast|gewijzigd)|(?:last\s+)?(?:updated|modified)|"
    r"(?:zuletzt\s+)?aktualisiert|mis\s+à\s+jour|modifié|leestijd|lesezeit|temps\s+de\s+lecture|"
    r"\d+\s+min\w*\s+(?:leestijd|lezen|read))\b.*",
    re.IGNORECASE,
)

_PATTERNS = tuple(
    lazily(_HEAD + body + _TAIL, re.IGNORECASE)
    for body in (
        r"(?P<year>\d{4})(?P<separator>[-/.])(?P<number>\d{1,2})(?:(?P=separator)(?P<day>\d{1,2}))?",
        r"(?P<year>\d{4})(?P<number>\d{2})(?P<day>\d{2})(?:T?(?P<digits>\d{4}(?:\d{2})?))?",
        r"(?P<first>\d{1,2})\s?(?P<separator>[-/.])\s?(?P<second>\d{1,2})\s?(?P=separator)\s?(?P<year>\d{4}|\d{2})",
        rf"(?P<day>\d{{1,2}})(?:\.|st|nd|rd|th|e|er|ste|de)?[\s-]*(?:of\s+)?{_MONTH}[\s,-]*(?P<year>\d{{4}}|'?\d{{2}}(?![\d:]))",
        rf"{_MONTH}\s*(?P<day>\d{{1,2}})(?:st|nd|rd|th)?,?\s+(?P<year>\d{{4}})",
        rf"{_MONTH}[\s,-]*(?P<year>\d{{4}})",
        r"(?P<year>\d{4})",
    )
)


def today_utc() -> date:
    """Today by Coordinated Universal Time, so that no result depends on the zone of the machine."""
    return datetime.now(UTC).date()


def parse_date(value: object, origin: str, *, language: str = "", today: date | None = None) -> PublicationDate | None:
    """The date that a field, a header or a line states, or None where it states none.

    Args:
        value: text, a number (seconds or milliseconds since 1970, or the digits of a date), `date` or
            `datetime`.
        origin: where it was found; kept with the date.
        language: ISO 639-1 of the surroundings. "03/04/2022" has the day first, except in English, where
            nobody can
            tell: then only the year is kept.
        today: the clock, for tests; by default that of the machine, in UTC. A date more than a day later gets
            `FUTURE_MARK` at the end of its origin.
    """
    today = today or today_utc()
    if isinstance(value, datetime):
        time = _time(value.hour, value.minute, value.second, value.utcoffset())
        return _dated(value.year, value.month, value.day, origin, today, time)
    if isinstance(value, date):
        return _dated(value.year, value.month, value.day, origin, today)
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int | float):
        return _from_number(value, origin, today)
    if not isinstance(value, str):
        return None
    text = " ".join(value.split())
    if not text or len(text) > 120:
        return None
    text = _UPDATED_AFTER.sub("", text)
    if re.fullmatch(r"-?\d{9,16}(\.\d+)?", text) and not re.fullmatch(r"(19|20)\d{6}(\d{4}|\d{6})", text):
        return _from_number(float(text), origin, today)
    for pattern in _PATTERNS:
        match = pattern.fullmatch(text)
        if match:
            return _from_match(match.groupdict(), origin, language, today)
    return _from_mail_header(text, origin, today)


def first_date(
    candidates: Iterable[tuple[object, str]], *, language: str = "", today: date | None = None
) -> PublicationDate | None:
    """The first of some (value, origin) that states a date; of those of the same day the most precise is not
    sought, because the order is one of trust.
    """
    for value, origin in candidates:
        found = parse_date(value, origin, language=language, today=today)
        if found:
            return found
    return None


def date_in_url(url: str, *, today: date | None = None) -> PublicationDate | None:
    """The date that is part of a web address, such as /2022/02/02/; origin "url"."""
    today = today or today_utc()
    path = unquote(urlsplit(url).path)
    for pattern in (
        r"/((?:19|20)\d{2})[/-]([01]?\d)[/-]([0-3]?\d)(?=[/._-]|$)",
        r"(?<!\d)((?:19|20)\d{2})-([01]\d)-([0-3]\d)(?!\d)",
        r"(?<!\d)((?:19|20)\d{2})([01]\d)([0-3]\d)(?!\d)",
        r"/((?:19|20)\d{2})/([01]\d)(?=/)",
    ):
        for match in re.finditer(pattern, path):
            year, month, day = (*map(int, match.groups()), 0)[:3]
            found = _dated(year, month, day, "url", today)
            if found and year >= URL_EARLIEST_YEAR and not found.origin.endswith(FUTURE_MARK):
                return found
    return None


def date_in_name(name: str, *, today: date | None = None) -> PublicationDate | None:
    """The full date that is part of a file's name, such as 2022-02-02; origin "file name"."""
    today = today or today_utc()
    for match in re.finditer(r"(?<!\d)((?:19|20)\d{2})([-_.]?)([01]\d)\2([0-3]\d)(?!\d)", name):
        found = _dated(int(match[1]), int(match[3]), int(match[4]), "file name", today)
        if found and not found.origin.endswith(FUTURE_MARK):
            return found
    return None


def _from_match(parts: dict[str, str | None], origin: str, language: str, today: date) -> PublicationDate | None:
    year = _full_year(parts["year"] or "", today)
    if first := parts.get("first"):
        first_number, second_number = int(first), int(parts.get("second") or 0)
        if second_number > 12 >= first_number:
            return _dated(year, first_number, second_number, origin, today, _time_from(parts))
        ambiguous = first_number <= 12 and second_number <= 12 and first_number != second_number
        if ambiguous and language == "en" and parts.get("separator") == "/":
            return _dated(year, 0, 0, origin, today)
        return _dated(year, second_number, first_number, origin, today, _time_from(parts))
    month = parts.get("month")
    number = _MONTH_NUMBER[month.lower()] if month else int(parts.get("number") or 0)
    return _dated(year, number, int(parts.get("day") or 0), origin, today, _time_from(parts))


def _time_from(parts: dict[str, str | None]) -> str:
    """The time of day beside a date, as `PublicationDate.time`."""
    digits = parts.get("digits") or ""
    hour, minute, second = digits[:2] or parts["hour"], digits[2:4] or parts["minute"], digits[4:] or parts["seconds"]
    if hour is None or minute is None:
        return ""
    number = int(hour)
    if half := parts["half"]:
        number = number % 12 + (12 if half in "pP" else 0) if number <= 12 else number
    return _time(number, int(minute), int(second or 0), _offset(parts["zones"] or ""))


def _offset(zones: str) -> timedelta | None:
    """How far ahead of UTC a clock is, by a number or the name of a zone; None where neither is written."""
    if stated := _OFFSET.search(zones):
        ahead = timedelta(hours=int(stated["hours"]), minutes=int(stated["minutes"] or 0))
        return (ahead if stated["sign"] == "+" else -ahead) if ahead <= timedelta(hours=14) else None
    hours = _ZONE_HOURS.get(zones.strip(" ()").split("(")[0].strip().upper())
    return None if hours is None else timedelta(hours=hours)


def _time(hour: int, minute: int, second: int, offset: timedelta | None) -> str:
    """A time of day as `PublicationDate.time` has it; "" for midnight, which programs write where they know the day only."""
    if not (0 <= hour <= 23 and 0 <= minute <= 59 and 0 <= second <= 59) or not (hour or minute or second):
        return ""
    time = f"{hour:02}:{minute:02}" + (f":{second:02}" if second else "")
    if offset is None:
        return time
    minutes = abs(offset) // timedelta(minutes=1)
    return f"{time}{'-' if offset < timedelta(0) else '+'}{minutes // 60:02}:{minutes % 60:02}"


def _full_year(digits: str, today: date) -> int:
    """The year that "2022", "22" or "'22" means: two digits never point further than one year ahead."""
    number = int(digits.lstrip("'"))
    if len(digits.lstrip("'")) == 4:
        return number
    century = today.year // 100 * 100
    return century + number if century + number <= today.year + 1 else century - 100 + number


def _dated(year: int, month: int, day: int, origin: str, today: date, time: str = "") -> PublicationDate | None:
    """The date of these numbers, where 0 is unknown; None where there is no such day or it is a program's
    default."""
    if not EARLIEST_YEAR <= year <= 9999 or not 0 <= month <= 12:
        return None
    if (year, month or 1, day or 1) == (1970, 1, 1):  # what an empty field becomes in many programs
        return None
    if month == 0:
        iso = f"{year:04d}"
    elif day == 0:
        iso = f"{year:04d}-{month:02d}"
    elif day <= monthrange(year, month)[1]:
        iso = f"{year:04d}-{month:02d}-{day:02d}"
    else:
        return None
    found = PublicationDate(iso, origin, time if day else "")
    return replace(found, origin=origin + FUTURE_MARK) if found.first_day > today + timedelta(days=1) else found


def _from_number(value: int | float, origin: str, today: date) -> PublicationDate | None:
    """A number as the digits of a date (2022, 20220202) or as time since 1970 in seconds, milli- or
    microseconds."""
    if value != value or value <= 0 or value >= 1e17:
        return None
    if value == int(value) and 1000 <= value <= 9999:
        return _dated(int(value), 0, 0, origin, today)
    if value == int(value) and 16_050_101 <= value <= 99_991_231:
        digits = int(value)
        return _dated(digits // 10_000, digits // 100 % 100, digits % 100, origin, today)
    for unit in (1.0, 1e3, 1e6):
        seconds = value / unit
        if 1e8 <= seconds < 1e10:
            moment = datetime.fromtimestamp(seconds, UTC)
            time = _time(moment.hour, moment.minute, moment.second, timedelta(0))
            return _dated(moment.year, moment.month, moment.day, origin, today, time)
    return None


def _from_mail_header(text: str, origin: str, today: date) -> PublicationDate | None:
    from email.utils import parsedate_tz

    try:
        parts = parsedate_tz(text)
    except (ValueError, IndexError, TypeError):
        return None
    if parts is None or not re.search(r"\d{4}", text) or not re.match(r"\W*([A-Za-z]{3,9},?\s+)?\d{1,2}\s", text):
        return None
    offset = None if parts[9] is None else timedelta(seconds=parts[9])
    time = _time(parts[3], parts[4], parts[5], offset)
    return _dated(parts[0], parts[1], parts[2], origin, today, time)
