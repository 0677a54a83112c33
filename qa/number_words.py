"""Numbers that are written out, in Dutch, English, German and French.

A word is cut into morphemes ("vijf|en|dertig|duizend"), and the morphemes of one or more words are added and
multiplied the way the four languages share: units, tens, hundreds, then a power of a thousand.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from decimal import Decimal
from functools import cache

from embeddings.folding import fold
from embeddings.numerals import CONNECTORS

__all__ = ["DOZENS", "MAGNITUDES", "languages_of", "parse", "parse_ordinal"]

_SMALL: dict[str, str] = {
    "nl": "nul een twee drie vier vijf zes zeven acht negen tien elf twaalf dertien veertien vijftien zestien "
    "zeventien achttien negentien",
    "en": "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
    "seventeen eighteen nineteen",
    "de": "null ein zwei drei vier funf sechs sieben acht neun zehn elf zwolf dreizehn vierzehn funfzehn sechzehn "
    "siebzehn achtzehn neunzehn",
    "fr": "zero un deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize",
}
_TENS: dict[str, str] = {
    "nl": "twintig dertig veertig vijftig zestig zeventig tachtig negentig",
    "en": "twenty thirty forty fifty sixty seventy eighty ninety",
    "de": "zwanzig dreissig vierzig funfzig sechzig siebzig achtzig neunzig",
    "fr": "vingt trente quarante cinquante soixante septante huitante nonante",
}
_LARGE: dict[str, dict[str, int]] = {
    "nl": {"honderd": 2, "duizend": 3, "miljoen": 6, "miljard": 9, "biljoen": 12, "mln": 6, "mld": 9, "mio": 6},
    "en": {"hundred": 2, "thousand": 3, "million": 6, "billion": 9, "trillion": 12, "mln": 6, "bn": 9, "tn": 12},
    "de": {"hundert": 2, "tausend": 3, "million": 6, "millionen": 6, "milliarde": 9, "milliarden": 9, "billion": 12,
           "billionen": 12, "mio": 6, "mrd": 9},
    "fr": {"cent": 2, "cents": 2, "mille": 3, "million": 6, "millions": 6, "milliard": 9, "milliards": 9,
           "billion": 12, "billions": 12, "mio": 6, "mrd": 9},
}  # fmt: skip
_VARIANTS: dict[str, dict[str, str]] = {
    "nl": {},
    "en": {},
    "de": {"eins": "1", "dreißig": "30", "fuenf": "5", "zwoelf": "12", "fuenfzig": "50", "zwo": "2"},
    "fr": {"vingts": "20", "une": "1", "octante": "80"},
}
_HALVES = {
    "nl": {"anderhalf": "1.5", "anderhalve": "1.5"},
    "en": {},
    "de": {"anderthalb": "1.5", "eineinhalb": "1.5"},
    "fr": {},
}
# Articles: they count only when something that multiplies follows.
_ARTICLES = {"nl": {"een"}, "en": {"a", "an"}, "de": {"ein", "eine", "einen", "einer", "einem"}, "fr": {"un", "une"}}
DOZENS: dict[str, Decimal] = {
    "dozijn": Decimal(12), "dozijnen": Decimal(12), "dozen": Decimal(12), "dutzend": Decimal(12),
    "douzaine": Decimal(12), "dizaine": Decimal(10), "quinzaine": Decimal(15), "vingtaine": Decimal(20),
    "trentaine": Decimal(30), "quarantaine": Decimal(40), "cinquantaine": Decimal(50), "soixantaine": Decimal(60),
    "centaine": Decimal(100), "millier": Decimal(1000),
}  # fmt: skip
MAGNITUDES: dict[str, dict[str, Decimal]] = {
    language: {word: Decimal(10) ** power for word, power in words.items()} for language, words in _LARGE.items()
}


def languages_of(language: str) -> tuple[str, ...]:
    """The languages whose words are tried: the given one, or those that mix with little confusion where unknown.

    French is left out where the language is unknown, because "onze" and "cent" are common words elsewhere.
    """
    return (language,) if language in _SMALL else ("nl", "en", "de")


@cache
def _morphemes(language: str) -> tuple[dict[str, Decimal], re.Pattern[str]]:
    values = {word: Decimal(number) for number, word in enumerate(_SMALL[language].split())}
    values |= {word: Decimal(20 + 10 * place) for place, word in enumerate(_TENS[language].split())}
    values |= MAGNITUDES[language]
    values |= {fold(word): Decimal(number) for word, number in _VARIANTS[language].items()}
    values |= {word: Decimal(number) for word, number in _HALVES[language].items()}
    names = sorted([*values, *CONNECTORS[language]], key=len, reverse=True)
    return values, re.compile("|".join(names))


@cache
def _split(word: str, language: str) -> tuple[str, ...]:
    """The morphemes of one word, or nothing where any letter is left over."""
    values, pattern = _morphemes(language)
    if word in values:
        return (word,)
    glued = language in {"nl", "de"}
    parts = tuple(pattern.findall(word)) if glued else tuple(word.split("-"))
    if ("".join(parts) if glued else "-".join(parts)) != word.replace("-", "" if glued else "-"):
        return ()
    connectors = CONNECTORS[language]
    if not parts or parts[0] in connectors or parts[-1] in connectors:
        return ()
    if any(part not in values and part not in connectors for part in parts):
        return ()
    return parts


def _joins(current: Decimal, value: Decimal, language: str, connected: bool) -> Decimal | None:
    """`current` with a further morpheme below a hundred, or None where the two are separate numbers."""
    rest = current % 100
    if rest == 0:
        return current + value
    if language == "fr" and rest == 4 and value == 20:
        return current + 76
    if language == "fr" and rest in (60, 80) and value < 20:
        return current + value
    if rest >= 20 and rest % 10 == 0 and value < 10 and (language == "en" or language == "fr"):
        return current + value
    if language == "fr" and rest % 100 in (10, 70, 90) and 7 <= value <= 9:
        return current + value
    if connected and rest < 10 and value >= 20 and value % 10 == 0:
        return current + value
    return None


def parse(words: Sequence[str], language: str) -> tuple[Decimal, int] | None:
    """The number that the words begin with.

    Args:
        words: the words from here on, as written.
        language: one of "nl", "en", "de", "fr".

    Returns:
        Its value and how many words it takes, or None where the first word begins no number. A bare article
        ("een", "a", "ein", "un") is no number unless a word that multiplies follows; "één" and "one" are.
    """
    values = _morphemes(language)[0]
    connectors, articles = CONNECTORS[language], _ARTICLES[language]
    total, current, lowest = Decimal(0), None, Decimal(10) ** 15
    taken, connected = 0, False
    for place, word in enumerate(words):
        folded = fold(word)
        if place == 0 and folded in articles and not _is_stressed(word):
            following = fold(words[1]) if len(words) > 1 else ""
            if MAGNITUDES[language].get(following) is None:
                return None
            current, taken = Decimal(1), 1
            continue
        if place and folded in connectors and language in {"en", "fr"}:
            connected = True
            continue
        parts = _split(folded, language)
        if not parts or (place and language in {"nl", "de"} and parts[0] not in MAGNITUDES[language] and not total):
            break
        trial_total, trial, trial_lowest, fits = total, current, lowest, True
        for part in parts:
            if part in connectors:
                connected = True
                continue
            value = values[part]
            if value >= 1000:
                if value >= trial_lowest:
                    fits = False
                    break
                trial_total, trial, trial_lowest = trial_total + (trial or 1) * value, None, value
            elif value == 100:
                if trial is not None and trial >= 100:
                    fits = False
                    break
                trial = (trial if trial is not None else Decimal(1)) * 100
            elif trial is None:
                trial = value
            else:
                joined = _joins(trial, value, language, connected)
                if joined is None:
                    fits = False
                    break
                trial = joined
            connected = False
        if not fits:
            break
        total, current, lowest = trial_total, trial, trial_lowest
        taken = place + 1
    if taken == 0:
        return None
    return total + (current or 0), taken


def _is_stressed(word: str) -> bool:
    return any(unicodedata.combining(character) for character in unicodedata.normalize("NFKD", word))


_IRREGULAR_ORDINALS: dict[str, dict[str, int]] = {
    "nl": {"eerste": 1, "tweede": 2, "derde": 3, "achtste": 8},
    "en": {"first": 1, "second": 2, "third": 3, "fifth": 5, "eighth": 8, "ninth": 9, "twelfth": 12},
    "de": {"erste": 1, "dritte": 3, "siebte": 7, "achte": 8},
    "fr": {"premier": 1, "premiere": 1, "second": 2, "seconde": 2, "cinquieme": 5, "neuvieme": 9},
}
_ORDINAL_ENDINGS = {"nl": ("ste", "de"), "en": ("th",), "de": ("ste", "te"), "fr": ("ieme",)}


@cache
def parse_ordinal(word: str, language: str) -> Decimal | None:
    """The value of an ordinal such as "vierde", "twenty-first", "zweiundzwanzigster" or "troisième", or None."""
    folded = fold(word)
    if language == "de":
        folded = re.sub(r"(?<=te)[nrsm]$", "", folded)
    elif language == "fr" and folded.endswith("s"):
        folded = folded[:-1]
    known = _IRREGULAR_ORDINALS[language].get(folded)
    if known is not None:
        return Decimal(known)
    if language in {"en", "fr"} and "-" in folded:
        head, _, tail = folded.rpartition("-")
        last = parse_ordinal(tail, language)
        first = parse([head], language)
        return first[0] + last if first and last is not None else None
    for ending in _ORDINAL_ENDINGS[language]:
        if not folded.endswith(ending):
            continue
        stem = folded[: -len(ending)]
        for candidate in (stem, stem + "e", stem[:-2] + "y" if stem.endswith("ie") else stem):
            parsed = parse([candidate], language) if candidate else None
            if parsed and parsed[0] > 1:
                return parsed[0]
        irregular = next((root for root in _IRREGULAR_ORDINALS[language] if folded.endswith(root)), "")
        if irregular and folded != irregular:
            parsed = parse([re.sub("en$", "", folded[: -len(irregular)])], language)
            if parsed:
                return parsed[0] + _IRREGULAR_ORDINALS[language][irregular]
    return None
