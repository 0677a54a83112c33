"""Decides what goes into a prompt, so that it always fits and the best evidence is never what is left out."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass

__all__ = ["Part", "fit", "newest"]


@dataclass(frozen=True, slots=True)
class Part:
    """A line that may go into a prompt, and how many tokens it takes; equal keys are the same line."""

    key: Hashable
    tokens: int


def fit(groups: Sequence[Sequence[Part]], room: int) -> set[Hashable]:
    """The keys of the lines that go in.

    Groups are taken in the order of their rank. One that does not fit is passed over, and a later, shorter one may
    still go in; what a group shares with those before it costs nothing again. The first group's first line always
    goes in, whatever the room, and its other lines as far as they fit: without them there is nothing to answer from.

    Args:
        groups: lines that are of use together, best group first and in each the most important line first.
        room: tokens.

    Returns:
        Keys whose tokens together are at most `room`, unless the very first line alone takes more.
    """
    chosen: set[Hashable] = set()
    used = 0
    for place, group in enumerate(groups):
        for lines in [[line] for line in group] if place == 0 else [group]:
            new = {line.key: line.tokens for line in lines if line.key not in chosen}
            cost = sum(new.values())
            if used + cost <= room or not chosen:
                chosen.update(new)
                used += cost
    return chosen


def newest(turns: Sequence[str], count: Callable[[str], int], room: int) -> list[str]:
    """The turns of a conversation that fit, oldest first: the newest without a gap, so that the oldest go first."""
    kept: list[str] = []
    for turn in reversed(turns):
        room -= count(turn)
        if room < 0:
            break
        kept.insert(0, turn)
    return kept
