"""Whether a sentence says that something is so, is not so, or is merely planned or possible.

Two sentences are compared on the clauses that share most of their words, not as wholes: a "niet" elsewhere in a long
source sentence says nothing about the part that an answer takes from it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, TypeAlias

from qa.number_words import languages_of
from qa.polarity_words import (
    ABILITY,
    CAN_BE,
    CLAUSE_BREAKS,
    CONDITION,
    DENIAL,
    DONE,
    FUTURE,
    INTENT,
    NEGATION,
    NOT_NEGATING,
    POSSIBILITY,
    SETTLED,
)

__all__ = ["Clause", "Difference", "clauses", "compare", "stance"]

Difference: TypeAlias = Literal["negation", "denial", "modality"]
Terms: TypeAlias = Callable[[str], frozenset[str]]


_AND_NOT = re.compile(r"(?:,|\b(?:en|of|and|or|und|oder|et|ou))\s+(?:ook\s+|in\s+|van\s+|op\s+)?$", re.IGNORECASE)
_NOR = frozenset({"noch", "nor", "ni"})
_FEWER = re.compile(r"\b(?:nog geen|not even|keine)\s+(?=\d)", re.IGNORECASE)  # "nog geen 100" is a number


@dataclass(frozen=True, slots=True)
class Stance:
    """What a clause claims about what it says.

    Attributes:
        negated: an odd number of negations.
        denies: somebody denies, refuses or rejects it.
        possible: "mogelijk", "might", "könnte", "pourrait".
        intended: "wil", "plans to", "droht".
        future: "zal", "will", and what may, can or must be done.
        done: a finished past.
        able: "kan", "can"; keeps a possibility, and is none by itself.
    """

    negated: bool = False
    denies: bool = False
    possible: bool = False
    intended: bool = False
    future: bool = False
    done: bool = False
    able: bool = False

    @property
    def hedged(self) -> bool:
        return self.possible or self.intended


@dataclass(frozen=True, slots=True)
class Clause:
    """A part of a sentence: `text[start:end]`."""

    text: str
    start: int
    end: int


@lru_cache(maxsize=8192)
def clauses(text: str) -> tuple[Clause, ...]:
    """The sentence cut at punctuation and conjunctions; pieces of one or two words stay with their neighbour."""
    cuts = [0, *(match.start() for match in CLAUSE_BREAKS.finditer(text)), len(text)]
    found: list[Clause] = []
    start = 0
    for cut in cuts[1:]:
        if len(text[start:cut].split()) < 3 and cut != len(text):
            continue
        if cut == len(text) and found and len(text[start:cut].split()) < 3:
            last = found.pop()
            start = last.start
        found.append(Clause(text[start:cut], start, cut))
        start = cut
    return tuple(found)


@lru_cache(maxsize=8192)
def stance(text: str, language: str = "") -> Stance:
    """What the words of a clause claim."""
    codes = languages_of(language)

    def holds(table: Mapping[str, re.Pattern[str]], text: str) -> bool:
        return any(table[code].search(text) for code in codes)

    plain = open_text = _FEWER.sub(" ", text)
    for code in codes:
        open_text = SETTLED[code].sub(" ", open_text)
        plain = NOT_NEGATING[code].sub(" ", plain)
    negations = sum(_negations(plain, NEGATION[code]) for code in codes)
    denies = holds(DENIAL, text)
    return Stance(
        negated=negations % 2 == 1,
        denies=denies,
        possible=holds(POSSIBILITY, open_text),
        intended=holds(INTENT, open_text),
        able=holds(ABILITY, text),
        future=holds(FUTURE, text),
        done=holds(DONE, text),
    )


def _negations(text: str, words: re.Pattern[str]) -> int:
    """How often a clause negates; "geen doden en geen gewonden" and "neither … nor" do so once."""
    found = list(words.finditer(text))
    return sum(
        not (place and (_AND_NOT.search(text, 0, match.start()) or match[0].lower() in _NOR))
        for place, match in enumerate(found)
    )


def compare(
    claim: str,
    evidence: Sequence[tuple[str, str]],
    *,
    language: str,
    terms: Callable[[str, str], frozenset[str]],
    least_overlap: float = 0.5,
    whole: bool = False,
) -> tuple[Difference, ...]:
    """How the claim's stance differs from that of the source clauses that share its words.

    Args:
        claim: the answer sentence.
        evidence: source sentences, each with its language.
        terms: the content words of a text in a language, comparable across sentences.
        whole: compare sentences as wholes, for those that share no words because they are in different languages.
        least_overlap: share of a claim clause's words that a source clause must hold to be compared with it.

    Returns:
        The differences found, each once. Nothing is said about clauses without a counterpart.
    """
    found: list[Difference] = []
    sources = [(clause, text, code, terms(clause.text, code)) for text, code in evidence for clause in clauses(text)]
    claim_stance = stance(claim, language)
    if whole:
        each = [_between_languages(claim_stance, stance(text, code)) for text, code in evidence]
        return tuple(sorted(each, key=len)[0]) if each else ()
    pieces = clauses(claim)
    for piece in pieces:
        words = terms(piece.text, language)
        if not words:
            continue
        shares = [len(words & theirs) / len(words) for _, _, _, theirs in sources]
        best = max(shares, default=0.0)
        if best < least_overlap:
            continue
        partners = [source for source, share in zip(sources, shares, strict=True) if share == best]
        mine = stance(piece.text, language)
        ruling = _governing(claim, piece, language)
        differences = [
            _differences(mine, ruling, claim_stance, clause, text, code)
            or (["modality"] if _unconditioned(claim, claim_stance, clause, text) else [])
            for clause, text, code, _ in partners
        ]
        # Where two sources say it, the claim may side with either: that they disagree is reported elsewhere.
        if all(differences):
            found.extend(difference for difference in differences[0] if difference not in found)
    return tuple(found)


def _unconditioned(claim: str, stance: Stance, clause: Clause, text: str) -> bool:
    """Whether a claim leaves out what the source makes it depend on, or that it only can be so."""
    if CONDITION.search(text) and not CONDITION.search(clause.text):
        kept = CONDITION.search(claim) or claim.startswith(("Als ", "If ", "Wenn ", "Si "))
        return not (kept or stance.hedged or stance.able)
    return CAN_BE.search(clause.text) is not None and not (stance.able or stance.hedged or stance.future)


def _differences(mine: Stance, ruling: Stance, whole: Stance, clause: Clause, text: str, code: str) -> list[Difference]:
    theirs, around = stance(clause.text, code), stance(text, code)
    found: list[Difference] = []
    mine_against = mine.negated != mine.denies
    theirs_against = theirs.negated != theirs.denies
    if mine.negated != theirs.negated and mine_against != theirs_against:
        found.append("negation")
    elif (theirs.denies and not whole.denies and not whole.negated) or (
        whole.denies and not around.denies and not around.negated
    ):
        found.append("denial")
    governing = _governing(text, clause, code)
    if governing.denies and not (whole.denies or whole.negated) and "denial" not in found:
        found.append("denial")
    possible = theirs.possible or governing.possible
    intended = theirs.intended or governing.intended
    keeps = mine.hedged or ruling.hedged
    if (
        (possible and not (keeps or mine.able or whole.denies))
        or (intended and not possible and not (keeps or whole.denies))
        or (theirs.future and not theirs.done and mine.done and not (mine.future or mine.hedged or mine.negated))
        or (mine.hedged and not (theirs.hedged or governing.hedged or theirs.future or theirs.able))
    ):
        found.append("modality")
    return found


def _between_languages(mine: Stance, theirs: Stance) -> list[Difference]:
    """Only what shows without knowing which words correspond."""
    found: list[Difference] = []
    if (mine.negated != mine.denies) != (theirs.negated != theirs.denies):
        found.append("negation")
    if theirs.possible and not (mine.hedged or mine.able or mine.future):
        found.append("modality")
    return found


def _governing(text: str, clause: Clause, code: str) -> Stance:
    """The stance of the clause before, where this one hangs on it ("ontkent dat …", "wil …, zodat")."""
    before = text[: clause.start]
    opening = clause.text.lstrip(" ,;:").split(" ", 1)[0].lower()
    if before and opening in {"dat", "that", "dass", "que", "om", "to"}:
        previous = clauses(before)
        return stance(previous[-1].text, code) if previous else Stance()
    return Stance()
