"""Numbers in one notation: 2.000, 2000, 2 000, tweeduizend and two thousand are the term "2000".

Only for finding: a point or comma before exactly three digits is read as thousands in every language, because
index and question then agree, whichever was meant.
"""

from __future__ import annotations

import re
from decimal import Decimal
from functools import cache

from embeddings.folding import fold

_GAP = "[ \u00a0\u2009\u202f]"
NUMERAL = re.compile(
    rf"(?<![\w.,])\d{{1,3}}(?:(?:[.,’']|{_GAP})\d{{3}}(?!\d))+(?:[.,]\d{{1,2}}(?!\d))?|\d+[.,]\d+(?![.,]?\d)|\d+"
)

_SCALES = {
    "nl": {"duizend": 3, "miljoen": 6, "mln": 6, "miljard": 9, "mld": 9, "mrd": 9, "biljoen": 12},
    "en": {"thousand": 3, "million": 6, "mln": 6, "billion": 9, "bn": 9, "trillion": 12},
    "de": {"tausend": 3, "million": 6, "millionen": 6, "mio": 6, "milliarde": 9, "milliarden": 9, "mrd": 9}
    | {"billion": 12, "billionen": 12},
    "fr": {"mille": 3, "million": 6, "millions": 6, "milliard": 9, "milliards": 9},
}
_ONES = {
    "nl": "nul een twee drie vier vijf zes zeven acht negen tien elf twaalf dertien veertien vijftien "
    "zestien zeventien achttien negentien",
    "en": "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
    "fifteen sixteen seventeen eighteen nineteen",
    "de": "null ein zwei drei vier funf sechs sieben acht neun zehn elf zwolf dreizehn vierzehn "
    "funfzehn sechzehn siebzehn achtzehn neunzehn",
    "fr": "zero un deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize",
}
_TENS = {
    "nl": "twintig dertig veertig vijftig zestig zeventig tachtig negentig",
    "en": "twenty thirty forty fifty sixty seventy eighty ninety",
    "de": "zwanzig dreissig vierzig funfzig sechzig siebzig achtzig neunzig",
    "fr": "vingt trente quarante cinquante soixante septante huitante nonante",
}
_HUNDREDS = {"nl": "honderd", "en": "hundred", "de": "hundert", "fr": "cent"}
CONNECTORS = {"nl": ("en",), "en": ("and",), "de": ("und",), "fr": ("et",)}
_ARTICLES = frozenset({"een", "one", "ein", "eins", "un", "une"})  # far more often not a number


def value_of_numeral(numeral: str, scale: str = "", language: str = "") -> str:
    """The term for a number written in digits, times the scale word after it ("miljoen") if it is one."""
    digits = re.sub(_GAP, "", numeral)
    whole = re.fullmatch(r"\d{1,3}(?:([.,’'])\d{3})(?:\1\d{3})*(?:([.,])(\d{1,2}))?", digits)
    if whole:
        fraction = whole[3] or ""
        integer = re.sub(r"\D", "", digits[: len(digits) - len(fraction)])
    else:
        integer, _, fraction = re.sub(r"[,’']", ".", digits).partition(".")
    power = _SCALES.get(language, {}).get(fold(scale), 0) if scale else 0
    number = Decimal(f"{integer or 0}.{re.sub(r'[^0-9]', '', fraction) or 0}").scaleb(power)
    return _term(number)


def is_scale(word: str, language: str) -> bool:
    """Whether a word multiplies the number before it."""
    return fold(word) in _SCALES.get(language, {})


def value_of_words(words: list[str], language: str) -> tuple[str, int]:
    """The number that a text's next words spell, as a term, and how many words it takes; ("", 0) if none."""
    total = current = 0
    taken = seen = 0
    for count, word in enumerate(words[:8], 1):
        parts = _parts(word, language)
        if parts is None:
            break
        if not parts and not seen:
            break
        if parts and seen and not _continues(current, parts[0], language):
            break
        for part in parts:
            if part == 100:
                current = max(current, 1) * 100
            elif part >= 1000:
                total += max(current, 1) * part
                current = 0
            elif language == "fr" and part == 20 and current % 100 == 4:
                current += 76
            else:
                current += part
        if parts:
            taken, seen = count, seen + len(parts)
    if not taken or (taken == 1 and fold(words[0]) in _ARTICLES):
        return "", 0
    return _term(Decimal(total + current)), taken


def _continues(current: int, part: int, language: str) -> bool:
    """Whether a further word belongs to the number: "two hundred five" does, "two five" are two numbers."""
    ones = current % 100
    if part >= 100 or ones == 0:
        return True
    if language == "fr" and ((ones, part) == (4, 20) or (ones in (60, 80) and part < 20) or ones in (10, 70, 90)):
        return part < 10 or ones not in (10, 70, 90)
    return ones >= 20 and ones % 10 == 0 and part < 10


def _term(number: Decimal) -> str:
    if abs(number.adjusted()) > 40:
        return f"{number.normalize():e}"
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


@cache
def _morphemes(language: str) -> tuple[re.Pattern[str], dict[str, int]] | None:
    if language not in _ONES:
        return None
    values = {word: number for number, word in enumerate(_ONES[language].split())}
    values |= {word: 20 + 10 * number for number, word in enumerate(_TENS[language].split())}
    values[_HUNDREDS[language]] = 100
    values |= {word: 10**power for word, power in _SCALES[language].items()}
    values |= {"de": {"eins": 1, "zwo": 2}, "fr": {"cents": 100, "vingts": 20, "une": 1}}.get(language, {})
    links = "|".join(CONNECTORS[language])
    pattern = re.compile("|".join(sorted(values, key=len, reverse=True)) + f"|(?:{links})(?=.)")
    return pattern, values


@cache
def _parts(word: str, language: str) -> tuple[int, ...] | None:
    """The values of a number word's parts, small ones first as German and Dutch say them; None if it is no
    number.
    """
    known = _morphemes(language)
    if known is None:
        return None
    pattern, values = known
    folded = fold(word)
    if folded in CONNECTORS[language]:
        return ()
    if not folded or folded[0] not in "abcdefhlmnoqstuvwzj":
        return None
    found: list[int] = []
    position = 0
    while position < len(folded):
        match = pattern.match(folded, position)
        if match is None:
            return None
        if match[0] in values:
            found.append(values[match[0]])
        position = match.end()
    return tuple(found) or None
