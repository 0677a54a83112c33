"""Words around numbers: approximation, bounds, vague plurals and fractions, in the four languages."""

from __future__ import annotations

import re
from decimal import Decimal

from qa.word_lists import words

__all__ = ["APPROXIMATE", "AT_LEAST", "AT_MOST", "FRACTIONS", "NOT_COUNTED", "VAGUE", "WHOLES"]

# Matched at the end of the folded words before a number.
APPROXIMATE = re.compile(
    r"\b(?:circa|ca|ongeveer|zo n|zo'n|zo’n|zowat|rond(?: de| het)?|om en nabij(?: de)?|naar schatting|pakweg|krap|"
    r"een (?:kleine|slordige|goede|dikke)|about|around|roughly|approximately|some|an estimated|estimated|nearly|almost|"
    r"bijna|nagenoeg|vrijwel|ruim|meer dan|more than|over|under|just over|just under|in de buurt van|etwa|rund"
    r"|ungefahr|"
    r"circa|zirka|schatzungsweise|knapp|fast|gut|mehr als|uber|environ|quelque|quelques|pres de|autour de|presque"
    r"|plus de)$"
)
AT_LEAST = re.compile(
    r"\b(?:ruim|meer dan|minstens|ten minste|tenminste|op zijn minst|minimaal|boven de|more than|at least|over"
    r"|just over|"
    r"no fewer than|upwards of|mehr als|mindestens|uber|gut|plus de|au moins|een dikke|een goede)$"
)
AT_MOST = re.compile(
    r"\b(?:bijna|minder dan|hooguit|hoogstens|maximaal|ten hoogste|nog geen|krap|een kleine|nearly|almost"
    r"|less than|fewer than|"
    r"at most|up to|under|just under|no more than|weniger als|hochstens|maximal|knapp|fast|bis zu|unter|moins de"
    r"|au plus|"
    r"pres de|presque|jusqu a)$"
)
# Plurals of powers of ten; the value is the exponent of the least they can mean, which is that of their singular.
VAGUE: dict[str, int] = {
    "tientallen": 1, "honderden": 2, "duizenden": 3, "tienduizenden": 4, "honderdduizenden": 5, "miljoenen": 6,
    "miljarden": 9, "dozens": 1, "tens": 1, "scores": 1, "hundreds": 2, "thousands": 3, "millions": 6, "billions": 9,
    "dutzende": 1, "dutzenden": 1, "hunderte": 2, "hunderten": 2, "tausende": 3, "tausenden": 3, "zehntausende": 4,
    "zehntausenden": 4, "hunderttausende": 5, "dizaines": 1, "centaines": 2, "milliers": 3,
}  # fmt: skip
# Words after a number that are not what is counted.
NOT_COUNTED = words(
    "en of die dat de het van voor naar in op te ten tot aan uit om bij met als dan is was zijn waren werden "
    "wordt worden "
    "werd heeft hebben had hadden ook nog al niet wel maar want per and or of the to in on at for from by with as "
    "than is "
    "was were are be has have had but not und oder der die das von im am zu mit auf fur ist war sind waren wurden "
    "et ou le "
    "la les de du des dans pour sur par est sont ont procent extra andere meer andere other more additional "
    "weitere autres "
    "jaarlijks momenteel al alleen zullen gaan kwamen komen one"
)
# Where one of these follows, the number stands by itself.
WHOLES = words("van of von de der")

_WORD = r"([^\W\d_]+|\d+)"


def _all(*entries: tuple[str, str | None]) -> list[tuple[re.Pattern[str], Decimal | None]]:
    return [(re.compile(pattern, re.IGNORECASE), Decimal(share) if share else None) for pattern, share in entries]


_THIRD = str(Decimal(1) / Decimal(3))
_TWO_THIRDS = str(Decimal(2) / Decimal(3))
FRACTIONS: dict[str, list[tuple[re.Pattern[str], Decimal | None]]] = {
    "nl": _all(
        (r"(?:de\s+)?helft\b", "0.5"), (r"drie\s?kwart\b", "0.75"), (r"(?:een|één|1)\s?kwart\b(?!\s+(?:voor"
        r"|over))", "0.25"),
        (r"(?:een|één)\s?derde\b(?!\s+(?:keer|maal|van\s+de\s+rij))", _THIRD), (r"twee\s?derde\b", _TWO_THIRDS),
        (rf"{_WORD}\s+op\s+de\s+{_WORD}\b", None), (r"(\d+)/(\d+)(?![\d/])", None),
        (r"(?:een|één|1|twee|drie|vier)\s?(?:vierde|vijfde|zesde|achtste|tiende)\s+(?:van|deel)\b", None),
    ),
    "en": _all(
        (r"(?:one[-\s])?half\s+of\b", "0.5"), (r"three[-\s]quarters\b", "0.75"),
        (r"(?:a|one)[-\s]quarter\s+of\b", "0.25"),
        (r"(?:a|one)[-\s]third\b", _THIRD), (r"two[-\s]thirds\b", _TWO_THIRDS),
        (rf"{_WORD}\s+(?:in|out\s+of)\s+{_WORD}\b", None), (r"(\d+)/(\d+)(?![\d/])", None),
        (r"(one|two|three|four)[-\s](fourths?|fifths?|sixths?|eighths?|tenths?)\b", None),
    ),
    "de": _all(
        (r"(?:die\s+)?hälfte\b", "0.5"), (r"drei\s?viertel\b", "0.75"), (r"(?:ein|einem)\s+viertel\b", "0.25"),
        (r"(?:ein|einem)\s+drittel\b", _THIRD), (r"zwei\s+drittel[n]?\b", _TWO_THIRDS),
        (rf"{_WORD}\s+von\s+{_WORD}\b", None), (r"(\d+)/(\d+)(?![\d/])", None),
    ),
    "fr": _all(
        (r"(?:la\s+)?moitié\b", "0.5"), (r"trois\s+quarts\b", "0.75"), (r"un\s+quart\b", "0.25"),
        (r"un\s+tiers\b", _THIRD), (r"deux\s+tiers\b", _TWO_THIRDS),
        (rf"{_WORD}\s+sur\s+{_WORD}\b", None), (r"(\d+)/(\d+)(?![\d/])", None),
    ),
}  # fmt: skip
