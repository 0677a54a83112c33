"""Who does what to whom: names that changed places, and numbers that moved to another name.

"Rusland valt Oekraïne aan" and "Oekraïne valt Rusland aan" hold the same words. In the four languages the one who acts
comes before the one acted upon unless the sentence is passive or a preposition says otherwise.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from embeddings.folding import fold
from qa import names, quantities
from qa.content_terms import akin
from qa.names import Name
from qa.polarity import clauses
from qa.quantities import Quantity
from qa.word_lists import words

__all__ = ["misplaced_number", "swapped"]

_PREPOSITIONS = words(
    "in op aan van voor naar uit met tegen tot door over bij tussen onder binnen buiten via namens richting sinds "
    "wegens "
    "rond on at of for to from with against by between under within into through about over without than dan als as "
    "von nach aus mit gegen bis durch uber zwischen bei zu zum zur im am vom gegenuber de du des a au aux en dans pour "
    "par contre vers chez sur entre avec"
)
_COORDINATORS = words("en and und et of or oder ou")
_DETERMINERS = words("de het een the a an der die das den dem ein eine le la les l un une zijn haar hun his her their")
_PASSIVE = re.compile(
    r"\b(?:wordt|worden|werd|werden|is|zijn|was|waren|were|are|been|being|be|wird|wurde|wurden|est|sont|fut|ete)\b.*\b(?:door|by|von|par)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class _Place:
    name: Name
    sign: str  # the preposition before it, "" for a subject or a direct object


def _places(text: str, language: str) -> list[_Place]:
    """The names of a text with the preposition that each stands under; a coordinated name shares its neighbour's."""
    found: list[_Place] = []
    for name in names.extract(text, language):
        words = re.findall(r"[^\W\d_]+|[,;()]", text[: name.start])
        while words and fold(words[-1]) in _DETERMINERS:
            words.pop()
        last = fold(words[-1]) if words else ""
        gap = text[found[-1].name.end : name.start] if found else ""
        coordinated = found and (fold(gap.strip(" ,")) in _COORDINATORS or gap.strip() == ",")
        if coordinated:
            sign = found[-1].sign or "&"
            if found[-1].sign == "":
                found[-1] = _Place(found[-1].name, "&")
        else:
            sign = last if last in _PREPOSITIONS else ""
        found.append(_Place(name, sign))
    return found


def swapped(
    claim: str, evidence: Sequence[tuple[str, str]], *, language: str, shared: frozenset[str]
) -> tuple[str, str] | None:
    """Two names that have changed roles between the claim and every source sentence that holds both.

    Args:
        evidence: source sentences, each with its language.
        shared: content words that claim and evidence share; without one there is no common action to compare.

    Returns:
        The two names as the claim writes them, or None.
    """
    mine = [place for place in _places(claim, language) if place.name.certain or place.name.start == 0]
    if len(mine) < 2 or not shared:
        return None
    for first, second in pairwise(mine):
        if names.same(first.name.text, second.name.text):
            continue
        verdicts = []
        for text, code in evidence:
            theirs = _places(text, code)
            left, right = _of(first.name, theirs), _of(second.name, theirs)
            if len(left) == 1 and len(right) == 1:
                verdicts.append(
                    _exchanged(first, second, left[0], right[0], claim, text)
                    or _surroundings_exchanged((first, second), (left[0], right[0]), claim, text)
                )
        if verdicts and all(verdicts):
            return first.name.text, second.name.text
    return None


def _of(name: Name, places: Sequence[_Place]) -> list[_Place]:
    """Where a name stands: as it is written, else in any of its forms."""
    exact = [place for place in places if fold(place.name.text) == fold(name.text)]
    return exact if len(exact) == 1 else [place for place in places if names.same(place.name.text, name.text)]


def _exchanged(first: _Place, second: _Place, left: _Place, right: _Place, claim: str, text: str) -> bool:
    passive = bool(_PASSIVE.search(claim)), bool(_PASSIVE.search(text))
    if first.sign == second.sign == left.sign == right.sign == "":
        return left.name.start > right.name.start and passive[0] == passive[1]
    if passive[0] != passive[1]:
        return False
    if first.sign != second.sign and "&" not in {first.sign, second.sign, left.sign, right.sign}:
        return first.sign == right.sign and second.sign == left.sign
    return False


_LINK = re.compile(r"(?:[\s,]|\b(?:en|and|und|et|of|or|oder|ou|de|het|the|der|die|das|la|le|les|[A-ZÀ-Ý][\w-]*)\b)*")


def _surroundings_exchanged(mine: tuple[_Place, _Place], theirs: tuple[_Place, _Place], claim: str, text: str) -> bool:
    """Whether each name stands among the words that surround the other in the source; never for names in a list."""
    for (first, second), whole in ((mine, claim), (theirs, text)):
        left, right = sorted((first.name, second.name), key=lambda name: name.start)
        if _LINK.fullmatch(whole[left.end : right.start]):
            return False
    around = [_surroundings(place.name, claim, [entry.name for entry in mine]) for place in mine]
    there = [_surroundings(place.name, text, [entry.name for entry in theirs]) for place in theirs]
    own = [len(around[side] & there[side]) for side in (0, 1)]
    crossed = [len(around[side] & there[1 - side]) for side in (0, 1)]
    return all(crossed[side] > own[side] for side in (0, 1)) and sum(crossed) >= sum(own) + 3


def _surroundings(name: Name, text: str, pair: Sequence[Name]) -> frozenset[str]:
    """The two words on either side, each with the side it stands on; the other name of the pair is one word."""
    other = next(entry for entry in pair if entry is not name)
    before, after = text[: name.start], text[name.end :]
    if other.start < name.start:
        before = before[: other.start] + " _ " + before[other.end :]
    else:
        after = after[: other.start - name.end] + " _ " + after[other.end - name.end :]
    words = re.findall(r"\w+", fold(before))[-2:], re.findall(r"\w+", fold(after))[:2]
    return frozenset([*(f"<{word}" for word in words[0]), *(f">{word}" for word in words[1])])


def misplaced_number(claim: str, evidence: Sequence[tuple[str, str]], *, language: str) -> tuple[str, str] | None:
    """A number that the claim gives to one name and the source, in the same breath, to another.

    Only where a source holds two or more numbers, each in a clause of its own with names, can a number be misplaced.

    Returns:
        The number and the name as the claim writes them, or None.
    """
    for piece in clauses(claim):
        numbers = [
            entry for entry in quantities.extract(piece.text, language) if entry.kind not in {"date", "year", "ordinal"}
        ]
        holders = names.extract(piece.text, language)
        if len(numbers) != 1 or not holders:
            continue
        number = numbers[0]
        for text, code in evidence:
            parts = _number_clauses(text, code)
            own = [part for part in parts if any(quantities.supports(number, entry) for entry in part[1])]
            foreign = [part for part in parts if part not in own and part[1]]
            if not own or not foreign or len(own) > 1:
                continue
            for holder in holders:
                in_own = _held(holder, own[0])
                in_foreign = any(_held(holder, part) for part in foreign)
                outside = any(_held(holder, part) for part in parts if not part[1])
                if in_foreign and not in_own and not outside and own[0][2]:
                    return piece.text[number.start : number.end], holder.text
    return None


def exchanged_count(claim: str, evidence: Sequence[tuple[str, str]], *, language: str) -> tuple[str, str] | None:
    """A number that the claim has count one noun and the source another, while the source counts that noun as well.

    "40 doden en 12 gewonden" for "12 doden en 40 gewonden": every number and word is there, in each other's place.

    Returns:
        The number and the noun as the claim writes them, or None.
    """
    for number in quantities.extract(claim, language):
        if not number.noun:
            continue
        for text, code in evidence:
            if code != language:
                continue
            counts = quantities.extract(text, code)
            holding = [count for count in counts if quantities.supports(number, count)]
            of_noun = [count for count in counts if count.noun and akin(count.noun, number.noun)]
            elsewhere = all(count.noun and not akin(count.noun, number.noun) for count in holding)
            if holding and elsewhere and of_noun:
                return claim[number.start : number.end], number.noun
    return None


def _number_clauses(text: str, language: str) -> list[tuple[str, list[Quantity], tuple[Name, ...]]]:
    """Clauses, cut at "en" and "and" as well where a number follows on both sides."""
    found: list[tuple[str, list[Quantity], tuple[Name, ...]]] = []
    for clause in clauses(text):
        pieces = re.split(r"\s(?:en|and|und|et)\s(?=(?:\w+\s){0,2}\d|(?:nog|another|weitere)\b)", clause.text)
        for piece in pieces:
            numbers = [
                entry for entry in quantities.extract(piece, language) if entry.kind not in {"date", "year", "ordinal"}
            ]
            found.append((piece, numbers, names.extract(piece, language)))
    return found


def _held(name: Name, part: tuple[str, list[Quantity], tuple[Name, ...]]) -> bool:
    return any(names.same(name.text, other.text) for other in part[2])
