"""The parts of Dutch and German compounds: "troepenverplaatsing" is a "verplaatsing" of "troepen".

The two languages write compounds as one word, so that a question in other words misses them. A word is cut
where both sides are made of known parts, with the letters that link them (regering-s-leider, boek-en-beurs)
left off; or where one side is known and long, and the other could be a word. A word that is known itself is
never cut.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from pathlib import Path

from embeddings.stemming import stemmer
from embeddings.stopwords import stop_words

SHORTEST_COMPOUND = 7  # letters
SHORTEST_PART = 3
SHORTEST_SURE_PART = 5  # letters of a known part beside an unknown one

_LINKS = {"nl": ("", "s", "en", "e", "n", "er"), "de": ("", "s", "n", "en", "es", "er", "e")}
# Unknown last parts must look like a noun made from a verb or adjective, for those are countless.
_MADE_NOUN = {
    "nl": re.compile(
        r"(?:[a-z]{2,}(?:ing|ingen|heid|heden|iteit|iteiten|atie|aties|schap|schappen)|(?:ver|be|ont|her)[a-z]{3,})$"
    ),
    "de": re.compile(r"[a-z]{2,}(?:ung|ungen|heit|heiten|keit|keiten|itat|itaten|ation|ationen|schaft|schaften)$"),
}
_BEGINS_LIKE_A_WORD = re.compile(
    r"(?!lijk|ig|zaam|loos|baar|ens|eling|ering|lich|sam|ler)(?:[bcdfghjklmnpqrstvwz]?[aeiouy]|(?:[bcfgkp]l|[bcdfgkptvw]r|[dstz]w|kn|kw|gn|pf|sc|sch[rlmnw]?|s[jlmnptkq]|"
    r"s[pt]r|spl|th|ch|ph|vl|sh)[aeiouy])"
)
# An unknown first part, such as a name, needs a syllable and an end that words have, and must not be a
# prefix.
_ENDS_LIKE_A_WORD = re.compile(r"[a-z]*[aeiouy][a-z]*(?<!ge)(?<!be)(?<!ver)[aeiouylmnrgkptdfsx]$")
_PREFIX = re.compile(r"(?:on)?(?:ge|ver|be|ont|er|zer)[a-z]{0,4}$")


@lru_cache(maxsize=50_000)
def split_compound(folded: str, language: str) -> tuple[str, ...]:
    """The parts of a compound, without linking letters; empty for any other word.

    Args:
        folded: a word in lower case without diacritics.
        language: "nl" or "de"; no other language writes compounds as one word here.
    """
    if language not in _LINKS or len(folded) < SHORTEST_COMPOUND or not folded.isalpha() or _known(folded, language):
        return ()
    best: tuple[int, tuple[str, ...]] = (0, ())
    for cut in range(SHORTEST_PART, len(folded) - SHORTEST_PART + 1):
        left, right = folded[:cut], folded[cut:]
        last = _whole(right, language)
        first = _linked(left, language)
        if first and last:
            score, parts = 300 + min(len(left), len(right)) - 3 * (len(first) + len(last)), first + last
        elif first and _can_be_last(left, right, language):
            score, parts = 200 + len(left), (*first, right)
        elif last and _can_be_first(left, right, language):
            score, parts = 100 + len(right), (left, *last)
        else:
            continue
        if score > best[0]:
            best = (score, parts)
    return best[1]


def _can_be_last(left: str, right: str, language: str) -> bool:
    return (
        len(left) >= SHORTEST_SURE_PART
        and len(right) > SHORTEST_SURE_PART
        and _MADE_NOUN[language].match(right) is not None
        and _BEGINS_LIKE_A_WORD.match(right) is not None
    )


def _can_be_first(left: str, right: str, language: str) -> bool:
    words = _words(language)
    sure = right in words or right.removesuffix("s") in words or right.removesuffix("en") in words
    return (
        sure
        and len(right) > SHORTEST_SURE_PART
        and len(left) > SHORTEST_PART
        and left not in stop_words(language)
        and _ENDS_LIKE_A_WORD.match(left) is not None
        and _PREFIX.match(left) is None
    )


def _linked(left: str, language: str) -> tuple[str, ...]:
    """A first part without its linking letters, or its own parts; empty if it is not known."""
    for link in _LINKS[language]:
        if link and not left.endswith(link):
            continue
        bare = left[: len(left) - len(link)]
        if len(bare) >= SHORTEST_PART and _known(bare, language):
            return (bare,)
    for link in ("", "s"):
        if left.endswith(link) and (parts := _both_known(left[: len(left) - len(link)], language)):
            return parts
    return ()


def _whole(right: str, language: str) -> tuple[str, ...]:
    return (right,) if _known(right, language) else _both_known(right, language)


@lru_cache(maxsize=50_000)
def _both_known(word: str, language: str) -> tuple[str, ...]:
    if len(word) < SHORTEST_COMPOUND:
        return ()
    for cut in range(len(word) - SHORTEST_PART, SHORTEST_PART - 1, -1):
        right = word[cut:]
        if _known(right, language):
            left = word[:cut]
            for link in _LINKS[language]:
                bare = left[: len(left) - len(link)] if left.endswith(link) else ""
                if len(bare) >= SHORTEST_PART and _known(bare, language):
                    return (bare, right)
    return ()


def _known(word: str, language: str) -> bool:
    return word in _words(language) or stemmer(language)(word) in _stems(language)


@cache
def _words(language: str) -> frozenset[str]:
    words: set[str] = set()
    for line in Path(__file__).with_name("compounds.txt").read_text("utf-8").splitlines():
        code, separator, content = line.partition(":")
        if separator and code == language:
            words.update(content.split())
    return frozenset(words)


@cache
def _stems(language: str) -> frozenset[str]:
    stem = stemmer(language)
    return frozenset(found for word in _words(language) if len(found := stem(word)) >= SHORTEST_PART)
