"""Quotations compared character by character, and who said what.

Quotation marks promise the speaker's very words. Only the style of the marks, white space, an ellipsis for words that
were left out, and the punctuation at the edge may differ from the source.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from embeddings.folding import fold
from qa.names import Name, extract
from qa.number_words import languages_of
from qa.reporting_words import OPINION, PRONOUNS, REPORTING, SOURCES, SPEAKERS
from qa.word_lists import words

__all__ = [
    "Attribution",
    "Quotation",
    "attributed_stretches",
    "attributions",
    "is_verbatim",
    "quotations",
]


@dataclass(frozen=True, slots=True)
class Quotation:
    """Words between quotation marks: `source[start:end] == text`, the marks themselves left out."""

    text: str
    start: int
    end: int

    @property
    def words(self) -> int:
        return len(re.findall(r"\w+", self.text))


@dataclass(frozen=True, slots=True)
class Attribution:
    """Words that say who said something.

    Attributes:
        start, end: the reporting words with the speaker, where one stands beside them.
        names: the speaker's names; empty where it is a pronoun or a common noun.
        noun: the speaker as a common noun or an office, folded ("woordvoerder", "police"), "" where there is none.
        word: the reporting word, folded.
        strong: what is said is somebody's word or opinion (zegt, vindt, volgens), not a confirmed fact (meldt,
        bevestigt).
    """

    start: int
    end: int
    names: tuple[Name, ...]
    noun: str
    strong: bool
    word: str = ""


_PAIRS = re.compile(
    r"[“„»]\s*(?P<curly>[^“„»\n]{2,1200}?)\s*[”“«]|«\s*(?P<angled>[^«»\n]{2,1200}?)\s*»"
    r"|(?:(?<=[\s(\[:–—-])|(?<=^))\"(?P<straight>\S[^\"\n]{0,1200}?)\"(?=[\s.,;:!?)\]–—-]|$)"
    r"|(?:(?<=[\s(\[:–—])|(?<=^))[‘‚'’](?P<single>[^\s‘’'][^‘‚\n]{0,1200}?[^\s])[’'‘](?=[\s.,;:!?)\]–—]|$)"
)
_CONTRACTION = re.compile(r"^(?:s|t|n|k|m|em|ns|r)\b")


@lru_cache(maxsize=4096)
def quotations(text: str) -> tuple[Quotation, ...]:
    """What stands between quotation marks of any style, in reading order. Apostrophes open nothing ('s avonds, 't)."""
    plain = text.replace("``", "“ ").replace("''", "” ") if "``" in text else text
    found = []
    for match in _PAIRS.finditer(plain):
        group = str(match.lastgroup)
        if group == "single" and _CONTRACTION.match(match["single"]):
            continue
        found.append(Quotation(plain[match.start(group) : match.end(group)], match.start(group), match.end(group)))
    return tuple(found)


def _plain(text: str) -> str:
    text = unicodedata.normalize("NFC", text).replace("``", '"').replace("''", '"')
    text = re.sub(r"[“”„«»‘’‚‹›'\"`]", "", text)
    text = re.sub(r"[–—−]", "-", text)
    return re.sub(r"\s+", " ", text).strip()


def is_verbatim(quotation: str, source: str) -> bool:
    """Whether the source holds the quoted words, character by character but for what the module's head allows.

    An ellipsis or an insertion in square brackets parts the quotation; its parts must stand in the source in that
    order.
    """
    haystack = _plain(source)
    position = 0
    for piece in re.split(r"\.\.\.|…|\[[^\]]{0,60}\]|\(\.\.\.\)", quotation):
        needle = _plain(piece).strip(" .,;:!?-()")
        if not needle:
            continue
        # A quotation may begin with a capital where its source goes on in the middle of a sentence, or the reverse.
        first = needle[0] if needle[0].swapcase() == needle[0] else f"[{needle[0]}{needle[0].swapcase()}]"
        opening, closing = r"(?<!\w)" if needle[0].isalnum() else "", r"(?!\w)" if needle[-1].isalnum() else ""
        pattern = opening + (first if first[0] == "[" else re.escape(first)) + re.escape(needle[1:]) + closing
        match = re.compile(pattern).search(haystack, position)
        if match is None:
            return False
        position = match.end()
    return True


@lru_cache(maxsize=16)
def _pattern(language: str) -> re.Pattern[str]:
    verbs = "|".join(sorted({*REPORTING[language], *OPINION[language]}, key=len, reverse=True))
    sources = "|".join(sorted(SOURCES[language], key=len, reverse=True))
    return re.compile(rf"\b(?:(?P<source>{sources})|(?P<verb>{verbs}))\b", re.IGNORECASE)


@lru_cache(maxsize=4096)
def attributions(text: str, language: str = "") -> tuple[Attribution, ...]:
    """Where a text says that somebody said something, and who.

    The speaker is looked for after "volgens", "aldus" and "according to", and on both sides of a reporting verb, the
    nearer name first, never inside a quotation.
    """
    inside = [(quotation.start, quotation.end) for quotation in quotations(text)]
    names = [
        name for name in extract(text, language) if name.certain and not any(a <= name.start < b for a, b in inside)
    ]
    found: list[Attribution] = []
    for code in languages_of(language):
        for match in _pattern(code).finditer(text):
            if (
                _FINDS.match(text, match.start())
                or any(a <= match.start() < b for a, b in inside)
                or any(match.start() < other.end and other.start < match.end() for other in found)
            ):
                continue
            found.append(_attribution(text, code, match, names, inside))
    return tuple(sorted(found, key=lambda attribution: attribution.start))


def addressed(text: str, start: int) -> bool:
    """Whether the name that begins there is of somebody who is spoken to ("zei Jansen tegen Pietersen")."""
    return _ADDRESSED.search(text, 0, start) is not None


_ADDRESSED = re.compile(r"\b(?:tegen|tegenover|aan|to|told|gegenüber|à)\s+(?:\w+\s+){0,2}$", re.IGNORECASE)
# "Hier vindt u" and "vond plaats" report nothing.
_FINDS = re.compile(
    r"(?:vindt|vind)\s+(?:u|je|jij)\b|vond(?:en)?\b[^.,;]{0,60}\bplaats\b|findet\b[^.,;]{0,60}\bstatt\b", re.IGNORECASE
)


def _attribution(
    text: str, language: str, match: re.Match[str], names: Sequence[Name], inside: Sequence[tuple[int, int]]
) -> Attribution:
    word = match[0].lower()
    strong = bool(match["source"]) or word in OPINION[language] or fold(word) in _STRONG
    after = _clause_end(text, match.end(), inside)
    before = _clause_start(text, match.start(), inside)
    following = [name for name in names if match.end() <= name.start < after]
    preceding = [name for name in names if before <= name.start < match.start()]
    if match["source"]:
        chosen = following[:1]
        noun, end = _speaker_noun(text[match.end() : after])
        end = max(
            [match.end() + end, *(name.end for name in chosen if not noun or name.start <= match.end() + end + 2)]
        )
        reach = (match.start(), end)
    else:
        close_after = [
            name
            for name in following
            if len(text[match.end() : name.start].split()) <= 4 and not addressed(text, name.start)
        ]
        inverted = bool(close_after) and re.match(
            r"\s*(?:de|het|the|der|die|le|la)?\s*", text[match.end() : close_after[0].start]
        )
        quoted_before = any(
            b <= match.start() and text[b : match.start()].strip(" ,”\"'’“»«.!?") == "" for _, b in inside
        )
        chosen = close_after if quoted_before and inverted else (preceding or close_after)
        noun = _speaker_noun(text[before : match.start()])[0] or _speaker_noun(text[match.end() : match.end() + 60])[0]
        reach = (before if chosen and chosen[0].start < match.start() else match.start(), match.end())
    return Attribution(reach[0], reach[1], tuple(chosen), noun, strong, fold(word))


_STRONG = frozenset(fold(word) for words in OPINION.values() for word in words) | words(
    "zegt zei zeggen zeiden gezegd stelt stelde stellen vertelt vertelde says said say saying told tells sagt "
    "sagte sagen "
    "sagten erklart erklarte dit declare declaré affirme affirmé aldus volgens benadrukt benadrukte waarschuwt "
    "waarschuwde "
    "warns warned warnt warnte claims claimed argues argued betont betonte ontkent ontkende denies denied"
)


def _clause_end(text: str, start: int, inside: Sequence[tuple[int, int]]) -> int:
    match = re.compile(r"[.;:!?“”„\"«»](?=\s|$)|,\s|\s(?:dat|that|dass|que|of|die|who|wie)\s|\n").search(text, start)
    return match.start() if match else len(text)


def _clause_start(text: str, end: int, inside: Sequence[tuple[int, int]]) -> int:
    starts = [
        match.end()
        for match in re.finditer(
            r"[.;:!?](?=\s)|[“”„\"«»]|,(?=\s)|\b(?:en|and|und|et|maar|but|aber|mais)\s", text[:end]
        )
    ]
    return starts[-1] if starts else 0


def _speaker_noun(text: str) -> tuple[str, int]:
    """The first word for a speaker and where it ends; ("", 0) where there is none."""
    for match in re.finditer(r"[^\W\d_]+(?:-[^\W\d_]+)*", text):
        folded = fold(match[0])
        last = folded.rpartition("-")[2]
        if last in SPEAKERS or any(last.endswith(noun) and len(noun) > 5 for noun in SPEAKERS):
            return last, match.end()
        if folded in PRONOUNS:
            return folded, match.end()
    return "", 0


@lru_cache(maxsize=4096)
def attributed_stretches(text: str, language: str = "") -> tuple[tuple[int, int], ...]:
    """The stretches of a sentence that are somebody's word: quotations, and what hangs on a strong reporting word.

    "X zegt dat …" and "volgens X …" govern what follows, "…, zegt X" what stands before; a clause that begins with
    "maar" or "en" after a comma is the article's own again.
    """
    found = [(quote.start, quote.end) for quote in quotations(text) if quote.words >= 4]
    for entry in attributions(text, language):
        if not entry.strong:
            continue
        tail = text[entry.end :]
        rest = re.sub(r"[\s.,;:!?”\"’'»]", "", tail)
        opening = text[: entry.start].rstrip()
        closes = len(re.findall(r"\w+", tail)) <= 4 and not re.match(r"\s*(?:dat|that|dass|que)\b", tail)
        if closes and (opening.endswith((",", "”", '"', "’", "'", "»", "–", "-")) or not rest):
            start = max((match.end() for match in _OWN_AGAIN.finditer(text[: entry.start])), default=0)
            found.append((start, entry.start))
        else:
            own = _OWN_AGAIN.search(text, entry.end)
            found.append((entry.end, own.start() if own else len(text)))
    return tuple(found)


_OWN_AGAIN = re.compile(r";\s|,\s(?=(?:maar|but|aber|mais|terwijl|while|hoewel|although|en|and|und|et)\s)")
