"""A number as a text gives it, and whether two of them mean the same.

A unit tells militairen from euro's only where it is a hard one (%, currency, length, time), because counted nouns have
synonyms.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal, TypeAlias

from qa.units import BASE

__all__ = ["Bound", "Kind", "Quantity", "same", "supports"]

Kind: TypeAlias = Literal[
    "cardinal", "ordinal", "percent", "money", "date", "year", "time", "fraction", "score", "vague"
]
Bound: TypeAlias = Literal["", "at least", "at most"]


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number in a text: `text[start:end]`.

    Attributes:
        low, high: the value; equal except for ranges, scores and vague plurals ("honderden").
        unit: canonical hard unit ("%", "EUR", "km", "year" …), else "".
        noun: the counted word that follows, folded, "" where there is none; for display and binding, not comparison.
        approximate: it says so itself ("circa", "zo'n", "een duizendtal").
        bound: "ruim", "meer dan" and "minstens" are "at least"; "bijna", "minder dan" and "hooguit" are "at most".
        other_reading: the value under the other convention for a separator, where that is possible ("2,000").
    """

    low: Decimal
    high: Decimal
    unit: str
    kind: Kind
    approximate: bool
    start: int
    end: int
    noun: str = ""
    bound: Bound = ""
    other_reading: Decimal | None = None
    in_words: bool = False

    @property
    def value(self) -> Decimal | None:
        """The value, None for a range."""
        return self.low if self.low == self.high else None


def same(first: Quantity, second: Quantity) -> bool:
    """Whether two quantities can mean the same: equal values, compatible units, either may be approximate."""
    return supports(first, second) or supports(second, first)


def supports(claim: Quantity, evidence: Quantity) -> bool:
    """Whether `evidence` bears out `claim`.

    The relation is one-sided for vague words: "4.500" bears out "duizenden", never the other way round.
    """
    if "ordinal" in (claim.kind, evidence.kind) and claim.kind != evidence.kind:
        return False
    if "time" in (claim.kind, evidence.kind):
        return claim.kind == evidence.kind and _same_time(claim, evidence)
    scales = _scales(claim, evidence)
    if scales is None or (claim.bound and evidence.bound and claim.bound != evidence.bound):
        return False
    mine, theirs = scales
    if claim.kind == "vague":
        return claim.low <= evidence.low and evidence.high <= claim.high and claim.high > 0
    if evidence.kind == "vague":
        return False
    if "score" in (claim.kind, evidence.kind):
        return {claim.low, claim.high} == {evidence.low, evidence.high}
    ends = [(claim.low * mine, evidence.low * theirs), (claim.high * mine, evidence.high * theirs)]
    if all(left == right for left, right in ends):
        return True
    for quantity, fellow, scale, opposite in ((claim, evidence, mine, theirs), (evidence, claim, theirs, mine)):
        if quantity.other_reading is not None and fellow.value is not None:
            ends_agree = quantity.other_reading * scale == fellow.value * opposite
            if ends_agree:
                return True
    if claim.kind == "ordinal" or (claim.unit == "year" and not claim.approximate):
        return False
    return _rounds_to(claim, [right / mine for _, right in ends]) if mine else False


def _rounds_to(claim: Quantity, evidence: Sequence[Decimal]) -> bool:
    """Whether a claim that calls itself approximate is the evidence rounded: less than 5 % away, on the right side."""
    if not (claim.approximate or claim.bound) or claim.value is None or not claim.value:
        return False
    for value in evidence:
        distance = (value - claim.value) / abs(claim.value)
        if claim.bound == "at least":
            fine = 0 <= distance < Decimal("0.2")
        elif claim.bound == "at most":
            fine = Decimal("-0.1") < distance <= 0
        else:
            fine = abs(distance) < Decimal("0.05")
        if not fine:
            return False
    return True


def _scales(first: Quantity, second: Quantity) -> tuple[Decimal, Decimal] | None:
    """What to multiply both values by before they are compared; None where the units exclude each other."""
    one = Decimal(1)
    if first.unit == second.unit:
        return one, one
    if first.unit and second.unit:
        mine, theirs = BASE.get(first.unit), BASE.get(second.unit)
        return (mine[1], theirs[1]) if mine and theirs and mine[0] == theirs[0] else None
    bare, other = (first, second) if not first.unit else (second, first)
    # "2.000 militairen" is not "2.000 euro", but "van 3 naar 5 procent" and "hij is 45" leave the unit out.
    return None if bare.noun or (other.unit == "share" and bare.value != other.value) else (one, one)


def _same_time(first: Quantity, second: Quantity) -> bool:
    if first.low == second.low:
        return True
    either_is_twelve_hour = min(first.low, second.low) < 12 * 60
    return either_is_twelve_hour and first.low % 720 == second.low % 720 and (first.in_words or second.in_words)
