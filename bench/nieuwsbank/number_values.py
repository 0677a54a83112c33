"""The values of the numbers in a text, in digits or in Dutch, English, German or French words.

It serves the check that the numbers of an answer stand in its evidence, so it errs on the side of finding a
value: "31,2" gives 31.2, and an ambiguous "1.200" both 1200 and 1.2.
"""

from __future__ import annotations

import re
from decimal import Decimal

_UNITS = {
    "nul": 0, "zero": 0, "null": 0,
    "een": 1, "één": 1, "one": 1, "ein": 1, "eine": 1, "einen": 1, "einer": 1, "eins": 1, "un": 1, "une": 1,
    "twee": 2, "two": 2, "zwei": 2, "deux": 2,
    "drie": 3, "three": 3, "drei": 3, "trois": 3,
    "vier": 4, "four": 4, "quatre": 4,
    "vijf": 5, "five": 5, "fünf": 5, "cinq": 5,
    "zes": 6, "six": 6, "sechs": 6,
    "zeven": 7, "seven": 7, "sieben": 7, "sept": 7,
    "acht": 8, "eight": 8, "huit": 8,
    "negen": 9, "nine": 9, "neun": 9, "neuf": 9,
    "tien": 10, "ten": 10, "zehn": 10, "dix": 10,
    "elf": 11, "eleven": 11, "onze": 11,
    "twaalf": 12, "twelve": 12, "zwölf": 12, "douze": 12,
    "dertien": 13, "thirteen": 13, "dreizehn": 13, "treize": 13,
    "veertien": 14, "fourteen": 14, "vierzehn": 14, "quatorze": 14,
    "vijftien": 15, "fifteen": 15, "fünfzehn": 15, "quinze": 15,
    "zestien": 16, "sixteen": 16, "sechzehn": 16, "seize": 16,
    "zeventien": 17, "seventeen": 17, "siebzehn": 17,
    "achttien": 18, "eighteen": 18, "achtzehn": 18,
    "negentien": 19, "nineteen": 19, "neunzehn": 19,
}  # fmt: skip
_TENS = {
    "twintig": 20, "twenty": 20, "zwanzig": 20, "vingt": 20,
    "dertig": 30, "thirty": 30, "dreißig": 30, "trente": 30,
    "veertig": 40, "forty": 40, "vierzig": 40, "quarante": 40,
    "vijftig": 50, "fifty": 50, "fünfzig": 50, "cinquante": 50,
    "zestig": 60, "sixty": 60, "sechzig": 60, "soixante": 60,
    "zeventig": 70, "seventy": 70, "siebzig": 70,
    "tachtig": 80, "eighty": 80, "achtzig": 80,
    "negentig": 90, "ninety": 90, "neunzig": 90,
}  # fmt: skip
_SCALES = {
    "honderd": 100, "hundred": 100, "hundert": 100, "cent": 100, "cents": 100,
    "duizend": 1000, "thousand": 1000, "tausend": 1000, "mille": 1000,
}  # fmt: skip
_HALVES = {
    "anderhalf": "1.5",
    "anderhalve": "1.5",
    "tweeënhalf": "2.5",
    "tweeënhalve": "2.5",
    "vijfenhalf": "5.5",
}
_DIGITS = re.compile(r"\d+(?:[.,\u00a0\u202f ]\d{3})+(?:[.,]\d+)?(?!\d)|\d+(?:[.,]\d+)?")
_WORD = re.compile(r"[^\W\d_]+")
_JOINS = ("ën", "en", "und")


def values(text: str) -> set[Decimal]:
    """Every value that a number in the text can have; the scale words million and up are left out."""
    found: set[Decimal] = set()
    for match in _DIGITS.finditer(text):
        found |= _readings(match.group(0))
    for match in _WORD.finditer(text.lower()):
        if match.group(0) in _HALVES:
            found.add(Decimal(_HALVES[match.group(0)]))
        value = _word_value(match.group(0))
        if value is not None:
            found.add(Decimal(value))
    return found


def _readings(digits: str) -> set[Decimal]:
    grouped = re.fullmatch(r"(\d{1,3})((?:[.,\u00a0\u202f ]\d{3})+)(?:[.,](\d+))?", digits)
    readings: set[Decimal] = set()
    if grouped:
        whole = grouped.group(1) + re.sub(r"\D", "", grouped.group(2))
        readings.add(Decimal(f"{whole}.{grouped.group(3) or 0}"))
    if re.fullmatch(r"\d+(?:[.,]\d+)?", digits):
        readings.add(Decimal(digits.replace(",", ".")))
    return readings or {Decimal(part) for part in re.findall(r"\d+", digits)}


def _word_value(word: str) -> int | None:
    """The value of one number word, compounds such as "tweeënveertig" and "negenhonderd" included."""
    for table in (_UNITS, _TENS, _SCALES):
        if word in table:
            return table[word]
    for scale in ("duizend", "tausend", "honderd", "hundert"):
        before, found, after = word.partition(scale)
        if found:
            times = _word_value(before) if before else 1
            rest = _word_value(re.sub(r"^(en|und)", "", after)) if after else 0
            return None if times is None or rest is None else times * _SCALES[scale] + rest
    for ten, value in _TENS.items():
        for join in _JOINS:
            if word.endswith(join + ten) and word.removesuffix(join + ten) in _UNITS:
                return value + _UNITS[word.removesuffix(join + ten)]
    return None
