"""The words of a sentence that carry content, and how many of them other sentences hold.

A word counts as held when its stem, a name it is known by elsewhere, all parts of it as a compound, or a word of the
same root occurs. Numbers are left out: they are compared by value.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from embeddings.analysis import analyse
from embeddings.folding import fold
from embeddings.stopwords import stop_words
from qa import calendar_terms, names
from qa.names import strip_ending
from qa.number_words import languages_of, parse
from qa.word_lists import words

__all__ = ["Term", "akin", "all_keys", "coverage", "holds", "term_keys", "terms"]

_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
# Words that say that something is said, and other words of an answer that carry nothing of their own.
_EMPTY = words(
    "ja nee yes oui nein non zo'n zegt zei zeggen gezegd aldus volgens artikel artikelen bericht namelijk "
    "bovendien daarnaast echter ook "
    "tevens wel "
    "says said according article articles report reported also however furthermore namely laut sagt sagte bericht "
    "artikel "
    "auch jedoch selon dit article aussi cependant "
    "word wordt worden werd werden geworden heeft hebben had gaat gaan ging gingen komt komen kwam kwamen doet doen "
    "maakt maken kan kunnen moet moeten mag wil zal zullen zou zouden"
)


@dataclass(frozen=True, slots=True)
class Term:
    """A content word.

    Attributes:
        word: as written.
        key: its stem, or the canonical form of the name it is.
        keys: everything by which it can be found, the parts of a compound among them.
        parts: the parts of a compound, empty for other words.
    """

    word: str
    key: str
    keys: frozenset[str]
    parts: frozenset[str]


@lru_cache(maxsize=65536)
def _term(word: str, language: str) -> Term | None:
    plain = strip_ending(word)
    folded = fold(plain)
    if len(folded) < 2 or folded in _EMPTY:
        return None
    for code in languages_of(language):
        if folded in stop_words(code) or parse([plain], code) is not None:
            return None
    analysed = analyse(plain, language)
    if not analysed:
        return None
    key = analysed[0]
    canonical = _concept(plain) if plain[0].isupper() else ""
    parts = frozenset(part for part in analysed[1:] if len(part) > 2 and part != key)
    keys = frozenset({folded, key, *parts, *([canonical] if canonical else [])})
    return Term(word, canonical or key, keys, parts)


def _concept(name: str) -> str:
    """A key for what a name stands for, written as no word is; "" where it is not known."""
    found = names.concepts(name)
    return f"={min(found)}" if found else ""


@lru_cache(maxsize=8192)
def terms(text: str, language: str = "") -> tuple[Term, ...]:
    """The content words of a text in reading order."""
    units: list[tuple[int, int, Term]] = []
    for name in names.extract(text, language):
        for piece in (name, *names.pieces(name)):
            plain = strip_ending(piece.text)
            if " " in plain and names.concepts(plain) and not _overlaps(piece.start, piece.end, units):
                key = _concept(plain)
                units.append(
                    (piece.start, piece.end, Term(piece.text, key, frozenset({key, fold(plain)}), frozenset()))
                )
    found = [(start, term) for start, _, term in units]
    taken = [(term.start, term.end, None) for term in calendar_terms.find(text, language)]
    for match in _WORD.finditer(text):
        if _overlaps(match.start(), match.end(), taken):
            continue  # dates are compared as dates
        if not _overlaps(match.start(), match.end(), units):
            single = _term(match[0], language)
            if single is not None:
                found.append((match.start(), single))
    return tuple(term for _, term in sorted(found, key=lambda entry: entry[0]))


def _overlaps(start: int, end: int, units: Iterable[tuple[int, int, object]]) -> bool:
    return any(start < last and first < end for first, last, _ in units)


@lru_cache(maxsize=8192)
def term_keys(text: str, language: str = "") -> frozenset[str]:
    """One key a content word: what a clause is about, for counting what two clauses share."""
    return frozenset(term.key for term in terms(text, language))


def holds(term: Term, keys: frozenset[str], roots: frozenset[str] = frozenset()) -> float:
    """How surely a word is among the keys: 1 for itself or all its parts, less for a word of the same root, 0 "
    "for none."""
    simple = term.keys - term.parts
    if simple & keys:
        return 1.0
    if term.parts and term.parts <= keys:
        return 1.0
    if _root(term.key) and _root(term.key) in (roots or frozenset(map(_root, keys))):
        return 0.8
    if term.parts & keys:
        return 0.5
    return 0.0


def _root(key: str) -> str:
    """The beginning that verb and noun share ("verdedig", "verdediging"); "" for short words."""
    return key[: max(6, round(len(key) * 0.6))] if len(key) >= 6 else ""


def all_keys(found: Iterable[Term]) -> frozenset[str]:
    return frozenset(key for term in found for key in term.keys)


def coverage(
    claim: Iterable[Term],
    evidence: frozenset[str],
    context: frozenset[str] = frozenset(),
    asked: frozenset[str] = frozenset(),
) -> float:
    """The share of the claim's words that the evidence holds, from 0 to 1; 1 for a claim without content words.

    Args:
        context: keys of title and neighbouring sentences; a name or a word of the question found only there counts half.
        asked: keys of the question; its words come back in an answer, so those that the evidence holds weigh half. One
            that it does not hold weighs as any other: the question supports nothing.
    """
    roots, context_roots = frozenset(map(_root, evidence)), frozenset(map(_root, context))
    total = got = 0.0
    for term in claim:
        share = holds(term, evidence, roots)
        in_question = bool(asked) and holds(term, asked) >= 1
        weight = 0.5 if in_question and share else 1.0
        if share < 1 and context and (in_question or term.word[0].isupper()):
            share = max(share, 0.5 * holds(term, context, context_roots))
        total += weight
        got += weight * share
    return got / total if total else 1.0


def akin(first: str, second: str) -> bool:
    """Whether two terms are the same, or one is the beginning or the end of the other as of a compound."""
    short, long = sorted((first, second), key=len)
    return short == long or (len(short) >= 5 and (long.startswith(short) or long.endswith(short)))
