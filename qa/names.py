"""Names and abbreviations in a text, found by how they are written, and whether two of them mean the same.

A capital within a sentence marks a name; at its beginning it marks nothing, so there a word counts only where
something else speaks for it: a further capital, all capitals, or a known name. In German every noun has a capital.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache

from embeddings.aliases import aliases
from embeddings.folding import fold
from embeddings.stopwords import stop_words
from qa.calendar_words import MONTHS, WEEKDAYS
from qa.number_words import parse
from qa.word_lists import words

__all__ = ["Name", "bears_out", "concepts", "extract", "pieces", "same", "strip_ending"]


@dataclass(frozen=True, slots=True)
class Name:
    """A name: `text[start:end]`, without genitive endings in `parts`.

    Attributes:
        parts: its capitalised words, folded, particles left out.
        certain: False for a single word at the beginning of a sentence, which may be an ordinary word.
    """

    text: str
    start: int
    end: int
    parts: tuple[str, ...]
    certain: bool = True


_WORD = re.compile(r"[^\W_]+(?:['’.&/-][^\W_]+)*['’]?")
_PARTICLES = words(
    "van der den de het 't ter ten te von zu zum zur du des la le les l' d' di da del della dos el al bin ibn ben "
    "of and for the et"
)
# Particles that join two capitalised words only when a further particle or nothing common precedes: "Rusland de Krim".
_JOINING = re.compile(
    r"^(?:\s+(?:van|von|de|du|del|della|di|da|dos|der|den|ter|ten|te|bin|ibn|ben|al|el|la|le|of|zu|zum|zur|'t|’t)){1,3}\s+$"
)
_SENTENCE_START = re.compile(r"(?:^|[.!?:…]|\n)[\s\"'“”„‘’«»(\[–—-]*$")
_TITLES = words(
    "president premier minister prime mr mrs ms dr prof heer mevrouw meneer dhr mevr koning koningin prins "
    "prinses king "
    "queen prince princess sir lord chancellor bundeskanzler bundeskanzlerin kanzler kanzlerin prasident prasidentin "
    "ministerprasident senator general generaal kolonel colonel captain mayor burgemeester commissaris commissioner "
    "secretary monsieur madame m mme roi reine herr frau papst paus pope pape"
)
_CALENDAR = frozenset(fold(word) for table in (MONTHS, WEEKDAYS) for words in table.values() for word in words)


# Months that are names as well: not by themselves, but after another name (Theresa May).
_ALSO_NAMES = words("jan may april august june mars mai mei juli")
_LEADING = words("volgens aldus laut nach selon according zufolge per")


def _is_capital(word: str) -> bool:
    return word[:1].isupper() or (len(word) > 1 and word[0].islower() and word[1].isupper())


def _is_abbreviation(word: str) -> bool:
    letters = [character for character in word if character.isalpha()]
    return len(letters) >= 2 and all(character.isupper() for character in letters)


def strip_ending(word: str) -> str:
    """The word without a genitive or possessive: Poetins, Rutte's, VS'."""
    return re.sub(r"(?:['’]s?|(?<=[^\W\d_]{3})['’]s)$", "", word)


@lru_cache(maxsize=4096)
def extract(text: str, language: str = "") -> tuple[Name, ...]:
    """The names of a text in reading order.

    Args:
        language: ISO 639-1; "de" needs more than a capital, any other language does not.
    """
    tokens = [match for match in _WORD.finditer(text) if not match[0].isdigit()]
    found: list[Name] = []
    place = 0
    while place < len(tokens):
        last = _run_end(text, tokens, place)
        if last is None:
            place += 1
            continue
        first = place
        place = last + 1
        initial = bool(_SENTENCE_START.search(text[: tokens[first].start()]))
        if initial and _is_ordinary(tokens[first][0], language):
            if first == last:
                continue
            first += 1
            while first <= last and not _is_capital(tokens[first][0]):
                first += 1
            if first > last:
                continue
            initial = False
        name = _name(text, tokens[first : last + 1], initial, language)
        if name is not None:
            found.append(name)
    return tuple(found)


def _run_end(text: str, tokens: Sequence[re.Match[str]], place: int) -> int | None:
    """The place of the last token of the name that begins here; None where none begins."""
    if not _starts_name(tokens[place][0]):
        return None
    last = place
    while last + 1 < len(tokens):
        gap = text[tokens[last].end() : tokens[last + 1].start()]
        if re.search(r"['’]s?$", tokens[last][0]):
            break  # "Funimation's English"
        if gap not in {" ", "\u00a0", ". ", "-"} or (gap == ". " and len(tokens[last][0]) > 2):
            break
        step = last + 1
        if _starts_name(tokens[step][0]) or (tokens[step][0][:1].isupper() and fold(tokens[step][0]) in _ALSO_NAMES):
            last = step
            continue
        while step < len(tokens) and fold(tokens[step][0]) in _PARTICLES and step - last <= 3:
            step += 1
        if step == last + 1 or step >= len(tokens) or not _starts_name(tokens[step][0]):
            break
        if not _JOINING.match(text[tokens[last].end() : tokens[step].start()]):
            break
        last = step
    return last


def _starts_name(word: str) -> bool:
    return (
        _is_capital(word) and (fold(word) not in _CALENDAR or fold(word) == "jan") and (len(word) > 1 or word.isupper())
    )


def _is_ordinary(word: str, language: str) -> bool:
    """Whether a word with a capital at the beginning of a sentence is a function word there."""
    if _is_abbreviation(word) and len(word) > 1:
        return False
    folded = fold(strip_ending(word))
    if folded in _LEADING:
        return True
    languages = (language,) if language in {"nl", "en", "de", "fr"} else ("nl", "en", "de", "fr")
    return any(folded in stop_words(name) for name in languages) or any(
        parse([word], name) is not None for name in languages
    )


def _head(word: str) -> str:
    """The name in a compound with a common noun: "Pentagon" of "Pentagon-woordvoerder", "Labour" of "Labour-partij"."""
    head, hyphen, tail = word.rpartition("-")
    return head if hyphen and len(head) > 1 and tail.islower() else word


def _name(text: str, tokens: Sequence[re.Match[str]], initial: bool, language: str) -> Name | None:
    words = [token[0] for token in tokens]
    start, end = tokens[0].start(), tokens[-1].end()
    surface = text[start:end]
    capitals = [word for word in words if _is_capital(word) and not (len(word) == 1 and len(words) == 1)]
    if not capitals:
        return None
    titled = False
    while len(capitals) > 1 and fold(capitals[0]) in _TITLES:
        titled = True
        start += len(capitals[0])
        start += len(text[start:end]) - len(text[start:end].lstrip(" .\u00a0"))
        capitals, surface = capitals[1:], text[start:end]
    parts = tuple(fold(strip_ending(_head(word))) for word in capitals)
    known = any(concepts(strip_ending(word)) for word in (surface, *capitals))
    inner = any(character.isupper() for character in capitals[0][1:])
    distinct = (
        inner or len(capitals) > 1 or _is_abbreviation(capitals[0]) or any(character.isdigit() for character in surface)
    )
    if language == "de" and not known:
        before = re.search(r"([^\W\d_]+)\.?\s+$", text[:start])
        titled = titled or (before is not None and fold(before[1]) in _TITLES)
        if not (_is_abbreviation(capitals[0]) or titled or (len(capitals) > 1 and " " in surface)):
            return None
        return Name(surface, start, end, parts, certain=titled or not initial or _is_abbreviation(capitals[0]))
    certain = not initial or distinct or known or titled
    if not certain:
        elsewhere = re.search(rf"(?<=[^\W\d_][ ,]){re.escape(words[0])}\b", text[end:])
        certain = elsewhere is not None
    return Name(surface, start, end, parts, certain)


@lru_cache(maxsize=65536)
def same(first: str, second: str) -> bool:
    """Whether two names mean the same: equal but for inflection and spelling, or known as variants of each other."""
    left, right = fold(strip_ending(first)), fold(strip_ending(second))
    if left == right or left.replace("-", " ").replace(".", "") == right.replace("-", " ").replace(".", ""):
        return True
    if len(left) > 3 and len(right) > 3 and (left.rstrip("s") == right.rstrip("s")):
        return True
    ours, theirs = concepts(strip_ending(first)), concepts(strip_ending(second))
    return bool(ours & theirs)


@lru_cache(maxsize=16384)
def concepts(name: str) -> frozenset[str]:
    """What a name stands for by the table of names, a country for its adjective and inhabitants too; empty if "
    "unknown."""
    table = aliases()
    return frozenset(table.concepts(name)) or (
        frozenset(table.concepts(name[:-1])) if name.endswith("s") else frozenset()
    )


def _alike(first: str, second: str) -> bool:
    """Spellings of one name in two languages (Zelensky, Zelenskyj): close, long enough, and with the same beginning."""
    if min(len(first), len(second)) < 6 or first[0] != second[0]:
        return False
    if first[:6] == second[:6] and "-" not in first + second:
        return True
    return SequenceMatcher(None, first, second).ratio() >= 0.8


def bears_out(claim: Name, text: str, names: Iterable[Name], *, across_languages: bool = False) -> bool:
    """Whether a source sentence holds a name.

    "Kirby" is borne out by "John Kirby"; "Jan Kirby" is not, nor "John Kirby" by "Kirby" alone.

    Args:
        text: the source sentence.
        names: the names found in it.
        across_languages: allow for small differences of spelling, as between transliterations.
    """
    names = tuple(names)
    wanted = _head(claim.text)
    if any(same(wanted, name.text) for name in names) or _within(wanted, text):
        return True
    for name in names:
        if all(any(_part(part, other, across_languages) for other in name.parts) for part in claim.parts):
            return True
    if across_languages and len(claim.parts) >= 3:
        # "Buitenlandse Zaken Ri Yong Ho": the office before a name is translated, the name is not.
        tail = claim.parts[-2:]
        if any(all(any(_part(part, other, True) for other in name.parts) for part in tail) for name in names):
            return True
    parted = pieces(claim)
    if len(parted) == 1 and len(claim.parts) >= 3:
        # Two names that stand side by side, or one that the source interrupts with its abbreviation.
        words = [word[0] for word in _WORD.finditer(claim.text)]
        for cut in range(1, len(words)):
            sides = [" ".join(words[:cut]), " ".join(words[cut:])]
            if all(_within(side, text) for side in sides) and min(cut, len(words) - cut) < len(words) - 1:
                return True
    if len(parted) > 1:
        return all(bears_out(piece, text, names, across_languages=across_languages) for piece in parted)
    # An adjective or a common spelling without a capital ("de navo").
    words = [strip_ending(word[0]) for word in _WORD.finditer(text)]
    return len(claim.parts) == 1 and any(
        same(wanted, _head(word)) for word in words if _is_capital(word) or len(word) > 3
    )


def _part(part: str, other: str, across_languages: bool) -> bool:
    return same(part, other) or (across_languages and _alike(part, other))


def _within(name: str, text: str) -> bool:
    pattern = r"[\s-]+".join(re.escape(word) for word in re.split(r"[\s-]+", fold(strip_ending(name))))
    # "Oost-Oekraïne" and "pro-Russisch" are not what follows the hyphen; "Pentagon-woordvoerder" does name the
    # Pentagon.
    return re.search(rf"(?<!\w)(?<!\w-){pattern}(?:['’]?s)?(?!\w)", fold(text)) is not None


def pieces(name: Name) -> list[Name]:
    """A chain such as "Rusland de Krim" or "Ministerie van Defensie" cut at its particles."""
    found, start = [], 0
    for match in re.finditer(
        r"\s(?:van|von|de|der|den|of|la|le|du|des|het|the|and|te|ter|zu)(?=\s)(?:\s(?:de|der|den|het|the|la|le))?\s",
        name.text,
    ):
        found.append((start, match.start()))
        start = match.end()
    found.append((start, len(name.text)))
    parted = []
    for begin, end in found:
        words = [word[0] for word in _WORD.finditer(name.text[begin:end]) if _is_capital(word[0])]
        if words:
            parts = tuple(fold(strip_ending(word)) for word in words)
            parted.append(Name(name.text[begin:end], name.start + begin, name.start + end, parts, name.certain))
    return parted
