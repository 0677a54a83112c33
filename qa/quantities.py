"""Numbers in a text, in any notation.

"2.000", "2000", "2 000", "tweeduizend", "2 duizend" and "een 2.000-tal" all have the value 2000.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from embeddings.folding import fold
from qa import calendar_terms
from qa.number_words import DOZENS, MAGNITUDES, languages_of, parse, parse_ordinal
from qa.quantity import Bound, Kind, Quantity, same, supports
from qa.quantity_words import APPROXIMATE, AT_LEAST, AT_MOST, FRACTIONS, NOT_COUNTED, VAGUE, WHOLES
from qa.units import unit_of

__all__ = ["Quantity", "extract", "same", "supports"]

_TOKEN = re.compile(
    r"(?P<number>(?<![\w.,])\d{1,3}(?:(?P<separator>[.,'’\u00a0\u202f "
    r"])\d{3})(?:(?P=separator)\d{3})*(?!\d)(?:[.,]\d+)?"
    r"|(?<![\w.,])(?<![^\W\d_]-)\d+(?:[.,]\d+)?)(?P<fraction>[½¼¾])?|(?P<half>[½¼¾])|(?P<symbol>[€$£¥₽%‰°])|(?P<word>[^\W\d_]+(?:['’-][^\W\d_]+)*)"
)
_RANGE = re.compile(r"\s*(?:-|–|—|\btot en met\b|\btot\b|\bà\b|\bto\b|\bbis\b|\bt/m\b)\s*", re.IGNORECASE)
_HALVES = {"½": Decimal("0.5"), "¼": Decimal("0.25"), "¾": Decimal("0.75")}
_CURRENCY = {"€", "$", "£", "¥", "₽"}
_MONEY = {"EUR", "USD", "GBP", "JPY", "CHF", "RUB", "CNY"}
_CLOCK = re.compile(
    r"(?<![\d.,:])(?P<hour>[01]?\d|2[0-4])(?:[:.h](?P<minute>[0-5]\d)(?::\d\d)?)(?:\s*(?P<after>uur|Uhr|u\b|h\b|a\.?m\.?|p\.?m\.?))?(?![\d.,]*\d)"
    r"|(?<![\d.,:])(?P<hour2>[01]?\d|2[0-4])\s*(?P<after2>a\.?m\b\.?|p\.?m\b\.?|Uhr\b|o['’]clock\b)"
    r"|\b(?:om|rond|tot|vanaf|vóór|na)\s+(?P<hour3>[01]?\d|2[0-4])\s*uur\b",
    re.IGNORECASE,
)


_EACH = frozenset({"per", "pro", "par", "an", "a"})
"""Before what a value is set against ("2.300 auto's per uur")."""


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    start: int
    end: int


def _tokens(text: str, language: str) -> list[_Token]:
    """Numbers, symbols and words; a number word that is joined to another word stands by itself ("three-day")."""
    found: list[_Token] = []
    for match in _TOKEN.finditer(text):
        kind = "number" if match.lastgroup == "separator" else str(match.lastgroup)
        cut = _joined_number(match[0], language) if kind == "word" else 0
        if cut:
            found.append(_Token(kind, match[0][:cut], match.start(), match.start() + cut))
            rest = len(match[0][cut:].lstrip("-"))
            found.append(_Token(kind, match[0][-rest:], match.end() - rest, match.end()))
        else:
            found.append(_Token(kind, match[0], match.start(), match.end()))
    return found


@lru_cache(maxsize=16384)
def _joined_number(word: str, language: str) -> int:
    """How many letters of a word are a number that counts the rest ("driedaags", "three-day"); 0 for other words."""
    if "-" in word and parse([word], language) is None:
        head = word.partition("-")[0]
        return len(head) if parse([head], language) is not None else 0
    ending = _COUNTING_ENDING.search(word) if language in {"nl", "de"} else None
    return ending.start() if ending and parse([word[: ending.start()]], language) is not None else 0


_COUNTING_ENDING = re.compile(
    r"(?:daagse?|jarige?[rnms]?|jährige?[rnms]?|tägige?[rnms]?|koppige?|talige?)$", re.IGNORECASE
)


@lru_cache(maxsize=4096)
def extract(text: str, language: str = "") -> tuple[Quantity, ...]:
    """Every quantity of a text in reading order, none overlapping another.

    Args:
        language: ISO 639-1; decides what a dot and a comma mean and which number words are known. Where it is not
            one of the four, Dutch, English and German words are tried and separators are read as in Dutch.
    """
    taken: list[Quantity] = []

    def free(start: int, end: int) -> bool:
        return not any(start < other.end and other.start < end for other in taken)

    for term in calendar_terms.find(text, language):
        if any(character.isdigit() for character in text[term.start : term.end]):
            year_only = term.year is not None and term.month is None
            digits = Decimal(re.sub(r"\D", "", text[term.start : term.end]))
            taken.append(Quantity(digits, digits, "", "year" if year_only else "date", False, term.start, term.end))
    for clock in _clocks(text):
        if free(clock.start, clock.end):
            taken.append(clock)
    for name in languages_of(language):
        for quantity in _scan(text, _tokens(text, name), name):
            if free(quantity.start, quantity.end):
                taken.append(quantity)
    return tuple(sorted(taken, key=lambda quantity: quantity.start))


def _clocks(text: str) -> Iterator[Quantity]:
    for match in _CLOCK.finditer(text):
        after = (match["after"] or match["after2"] or "").lower().replace(".", "")
        digits = match["hour"] or match["hour2"] or match["hour3"]
        hour = int(digits)
        if match["hour"] and not after and ":" not in match[0]:
            continue
        if after in {"am", "pm"}:
            hour = hour % 12 + (12 if after == "pm" else 0)
        minutes = Decimal(hour * 60 + int(match["minute"] or 0))
        # "8 uur" may be in the evening; "08.00 uur" and "20.00 uur" are on the clock of twenty-four hours.
        twelve_hours = not match["minute"] and hour <= 12 and not digits.startswith("0")
        yield Quantity(
            minutes,
            minutes,
            "",
            "time",
            False,
            match.start(),
            match.end(),
            in_words=twelve_hours and after in {"", "uur", "o'clock", "u"},
        )


def _literal(text: str, language: str) -> tuple[Decimal, Decimal | None]:
    """The value of digits with separators, and the value under the other convention where one separator is in doubt."""
    fraction = _HALVES.get(text[-1], Decimal(0))
    digits = re.sub(r"[\u00a0\u202f '’]", "", text.rstrip("½¼¾"))
    group_mark = "," if language == "en" else "."
    separators = [character for character in digits if character in ".,"]
    if not separators:
        return Decimal(digits) + fraction, None
    last, head = separators[-1], re.split(r"[.,]", digits)[0]
    tail = digits.rpartition(last)[2]
    as_group, as_decimal = Decimal(re.sub(r"[.,]", "", digits)), None
    if separators.count(last) == 1 and len(set(separators)) <= 2:
        as_decimal = Decimal(re.sub(r"[.,]", "", digits.rpartition(last)[0]) + "." + tail)
    if as_decimal is None or (len(separators) > 1 and len(set(separators)) == 1):
        return as_group + fraction, None
    if len(separators) > 1 or len(tail) != 3 or head in {"", "0"}:
        return as_decimal + fraction, None
    grouped = last == group_mark
    if grouped:
        return as_group, None if language else as_decimal  # "2.000" is never two in a Dutch text
    return as_decimal, as_group


def _scan(text: str, tokens: Sequence[_Token], language: str) -> Iterator[Quantity]:
    place = 0
    while place < len(tokens):
        found = _number_at(text, tokens, place, language)
        if found is None:
            place += 1
            continue
        quantity, place = found
        yield quantity


def _number_at(text: str, tokens: Sequence[_Token], place: int, language: str) -> tuple[Quantity, int] | None:
    special = (
        _vague(text, tokens, place)
        or _fraction(text, tokens, place, language)
        or _ordinal(text, tokens, place, language)
    )
    if special:
        return special
    core = _core(text, tokens, place, language)
    if core is None:
        return None
    low, following, other, in_words = core
    high = low
    kind: Kind = "cardinal"
    gap = _RANGE.match(text, tokens[following - 1].end)
    target = next(
        (i for i in range(following, min(following + 5, len(tokens))) if gap and tokens[i].start == gap.end()), 0
    )
    if gap and gap[0].strip() and target:
        further = _core(text, tokens, target, language)
        if further is not None and not (in_words and gap[0].strip() == "-"):
            high, alone = further[0], _core(text, tokens[: target + 1], target, language)
            scale = high / alone[0] if alone and alone[0] else Decimal(1)
            if scale > 1 and following == place + 1 and low * scale < high:
                low *= scale  # "5 tot 6 miljoen" begins at 5 miljoen
            following = further[1]
            if low >= high:
                kind = "score"
    return _finish(text, tokens, place, following, low, high, kind, other, in_words)


def _core(
    text: str, tokens: Sequence[_Token], place: int, language: str
) -> tuple[Decimal, int, Decimal | None, bool] | None:
    """A value without its unit: (value, place of the token after it, other reading, whether it is in words)."""
    token = tokens[place]
    other: Decimal | None = None
    if token.kind in {"number", "fraction"}:
        suffix = text[token.end : token.end + 1]
        if suffix.isalpha() and not _attached(text, token):
            return None
        value, other = _literal(token.text, language)
        if text[token.start - 1 : token.start] in {"-", "−"} and text[token.start - 2 : token.start - 1] in {
            "",
            " ",
            "(",
        }:
            value, other = -value, None
        following, in_words = place + 1, False
    elif token.kind == "half":
        return _HALVES[token.text], place + 1, None, False
    elif token.kind == "word":
        words = _adjoining(text, tokens, place)
        parsed = parse(words, language)
        if parsed is None:
            stem = re.sub(r"(?:tal|talle)$", "", fold(token.text))
            inner = parse([stem], language) if stem != fold(token.text) and stem else None
            dozen = DOZENS.get(fold(token.text))
            if inner is not None:
                return inner[0], place + 1, None, True
            before = fold(tokens[place - 1].text) if place else ""
            if (
                dozen is None
                or (language != "fr" and dozen != 12)
                or (fold(token.text) == "quarantaine" and before == "in")
            ):
                return None
            return dozen, place + 1, None, True
        value, count = parsed
        if count == 1 and fold(token.text) in NOT_COUNTED:
            return None
        following, in_words = place + count, True
        if (
            fold(words[0]) in MAGNITUDES[language]
            and count == 1
            and fold(words[0]) in {"cent", "cents", "mio", "mld", "mln"}
        ):
            return None
    else:
        return None
    while following < len(tokens) and tokens[following].kind == "word" and not in_words:
        gap = text[tokens[following - 1].end : tokens[following].start]
        scale = MAGNITUDES[language].get(re.sub("tal$", "", fold(tokens[following].text)))
        if (
            scale is None
            and fold(tokens[following].text) in {"k", "m"}
            and not gap
            and tokens[place - 1].text in _CURRENCY
        ):
            scale = Decimal(1000 if fold(tokens[following].text) == "k" else 1000000)
        dozen = DOZENS.get(fold(tokens[following].text))
        if scale is None and dozen == 12:
            scale = dozen
        if scale is None or gap.strip("- \u00a0.") or scale == 100:
            break
        value *= scale
        other = None if other is None or scale > 1 else other * scale
        following += 1
    return value, following, other, in_words


def _attached(text: str, token: _Token) -> bool:
    """Whether the letters glued to a number are a unit or a scale ("5km", "2m", "45jarige"), not part of a name."""
    glued = re.match(r"[^\W\d_]+", text[token.end :])
    word = fold(glued[0]) if glued else ""
    return bool(unit_of(word)) or word in {"k", "m", "tal", "x"} or any(word in table for table in MAGNITUDES.values())


def _adjoining(text: str, tokens: Sequence[_Token], place: int) -> list[str]:
    """The words from here on that only white space or a hyphen separates."""
    words = [tokens[place].text]
    for left, right in zip(tokens[place : place + 8], tokens[place + 1 : place + 9], strict=False):
        if right.kind != "word" or text[left.end : right.start].strip(" \u00a0\n-"):
            break
        words.append(right.text)
    return words


def _finish(
    text: str, tokens: Sequence[_Token], place: int, following: int, low: Decimal, high: Decimal, kind: Kind,
    other: Decimal | None, in_words: bool,
) -> tuple[Quantity, int]:  # fmt: skip
    """Adds what stands around a value: currency before, unit or noun after, words of approximation before."""
    start, end, unit, noun = tokens[place].start, tokens[following - 1].end, "", ""
    before = place
    glued = bool(place) and not text[tokens[place - 1].end : start].strip(" \u00a0")
    if glued and (tokens[place - 1].text in _CURRENCY or tokens[place - 1].text in {"EUR", "USD", "GBP", "CHF", "US$"}):
        unit, before, start = unit_of(tokens[place - 1].text), place - 1, tokens[place - 1].start
    approximate = text[end : end + 4] == "-tal" or fold(tokens[following - 1].text).endswith("tal")
    approximate = approximate or (
        in_words
        and fold(tokens[place].text) in DOZENS
        and fold(tokens[place].text) not in {"dozijn", "dozen", "dutzend"}
    )
    noun_place = following
    for ahead in range(following, min(following + 3, len(tokens))):
        gap = text[tokens[ahead - 1].end : tokens[ahead].start]
        if re.search(r"[.,;:!?()\"“”]", gap) or tokens[ahead].kind == "number":
            break
        word = tokens[ahead].text
        if word == "°" and ahead + 1 < len(tokens):
            word = "°c"
        found = unit_of(word) or (
            unit_of("".join(entry.text for entry in tokens[ahead : ahead + 2]))
            if ahead + 1 < len(tokens) and fold(word) in {"per", "pour"}
            else ""
        )
        if fold(word) in _EACH and (noun or not found or (ahead + 1 < len(tokens) and unit_of(tokens[ahead + 1].text))):
            break  # "passengers an hour" are passengers, not hours, and "an" is no French year
        if not found and "-" in word:
            found = unit_of(word.rpartition("-")[2]) or unit_of(word.partition("-")[0])
        if found in {"m", "g", "l", "W"} and len(word) == 1 and ahead != following:
            found = ""
        if found and not unit:
            unit, end = found, tokens[ahead].end
            noun_place = ahead + 1
            break
        if fold(word) in WHOLES or (not noun and not word[0].isalpha()):
            break
        noun = noun or (fold(word) if fold(word) not in NOT_COUNTED and len(word) > 2 else "")
        if not noun:
            break
    lead = " ".join(fold(entry.text) for entry in tokens[max(0, before - 3) : before])
    bound: Bound = "at least" if AT_LEAST.search(lead) else "at most" if AT_MOST.search(lead) else ""
    approximate = approximate or bool(APPROXIMATE.search(lead))
    if kind == "cardinal":
        kind = "percent" if unit in {"%", "‰"} else "money" if unit in _MONEY else kind
    quantity = Quantity(low, high, unit, kind, approximate, start, end, "" if unit else noun, bound, other, in_words)
    return quantity, max(following, noun_place)


def _vague(text: str, tokens: Sequence[_Token], place: int) -> tuple[Quantity, int] | None:
    token = tokens[place]
    power = VAGUE.get(fold(token.text)) if token.kind == "word" else None
    if power is None:
        return None
    low, following = Decimal(10) ** power, place + 1
    for step in (1, 2):
        if place + step >= len(tokens) or text[tokens[place + step - 1].end : tokens[place + step].start].strip():
            break
        word = fold(tokens[place + step].text)
        scale = VAGUE.get(word)
        if scale is not None and scale > power:
            low, following = low * Decimal(10) ** scale, place + step + 1
    quantity = Quantity(low, low * 10, "", "vague", True, token.start, tokens[following - 1].end, in_words=True)
    return quantity, following


def _ordinal(text: str, tokens: Sequence[_Token], place: int, language: str) -> tuple[Quantity, int] | None:
    token = tokens[place]
    value: Decimal | None = None
    end = token.end
    if token.kind == "word":
        value = parse_ordinal(token.text, language)
        if (
            value is not None
            and place
            and fold(token.text) in {"second", "seconde"}
            and tokens[place - 1].kind == "number"
        ):
            return None
    elif token.kind == "number" and token.text.isdigit():
        suffix = re.match(r"(?:ste|de|e|st|nd|rd|th|er|ère|ème)\b", text[token.end :])
        if suffix:
            value, end = Decimal(token.text), token.end + suffix.end()
    if value is None:
        return None
    following = place + 1
    while following < len(tokens) and tokens[following].start < end:
        following += 1
    return Quantity(value, value, "", "ordinal", False, token.start, end, in_words=token.kind == "word"), following


def _fraction(text: str, tokens: Sequence[_Token], place: int, language: str) -> tuple[Quantity, int] | None:
    """ "Een derde", "driekwart", "de helft", "twee op de drie", "3/4", "two in three"."""
    window = text[tokens[place].start : tokens[place].start + 60]
    for pattern, value in FRACTIONS[language]:
        match = pattern.match(window)
        if match is None:
            continue
        share = value
        if share is None:
            parts = [_small(part, language) for part in match.groups()]
            if len(parts) != 2 or None in parts or not parts[1]:
                continue
            share = parts[0] / parts[1]  # type: ignore[operator]
            if share > 1:
                continue
        start = tokens[place].start
        following = place
        while following < len(tokens) and tokens[following].start < start + match.end():
            following += 1
        lead = " ".join(fold(entry.text) for entry in tokens[max(0, place - 3) : place])
        bound: Bound = "at least" if AT_LEAST.search(lead) else "at most" if AT_MOST.search(lead) else ""
        approximate = bool(APPROXIMATE.search(lead))
        return Quantity(
            share, share, "share", "fraction", approximate, start, start + match.end(), "", bound, None, True
        ), following
    return None


def _small(word: str, language: str) -> Decimal | None:
    if word.isdigit():
        return Decimal(word)
    if fold(word) in {"een", "one", "a", "ein", "eine", "einer", "un", "une"}:
        return Decimal(1)
    parsed = parse([word], language)
    return parsed[0] if parsed else parse_ordinal(re.sub("s$", "", word), language)
