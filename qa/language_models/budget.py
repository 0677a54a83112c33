"""Decides what goes into a prompt, so that it always fits and the best evidence is never what is left out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from qa.errors import GenerationFailed

__all__ = ["Budget", "fit"]

PART_TOKENS = 8
"""What a part costs beyond its text: a line end, its number, its share of the conversation's layout."""


@dataclass(frozen=True, slots=True)
class Budget:
    """What fits.

    Attributes:
        passages: indices into the passages given, in their order.
        first_passage_cut: sentences of the first passage that are left when it had to be cut, else None.
        history: indices into the turns given, oldest first.
        used: tokens of everything that goes in, without the reserve for the reply.
        dropped_passages: how many were left out.
        dropped_turns: how many turns of the history were left out.
    """

    passages: tuple[int, ...]
    first_passage_cut: int | None
    history: tuple[int, ...]
    used: int
    dropped_passages: int
    dropped_turns: int


def fit(
    count: Callable[[str], int],
    window: int,
    reserve: int,
    fixed: Sequence[str],
    passages: Sequence[Sequence[str]],
    history: Sequence[str] = (),
    *,
    separator: str = " ",
) -> Budget:
    """Choose passages and turns of the history.

    Passages are taken in the order of their rank; one that does not fit is passed over, and a later,
    shorter one may still go in. The first is never left out: where it is too long alone, it is cut after
    the last sentence that fits. History gets what the passages leave, the newest turns first and without
    gaps, so that the oldest go first.

    Args:
        count: tokens of a text, never fewer than the model makes of it.
        window: the model's context, prompt and reply together.
        reserve: tokens kept for the reply.
        fixed: the rules and the question, which always go in.
        passages: each as its sentences, best first.
        history: turns of the conversation, oldest first.

    Returns:
        A budget with `used + reserve <= window`.

    Raises:
        GenerationFailed: where rules, question and one sentence of the first passage do not fit together.
    """
    room = window - reserve - sum(count(text) + PART_TOKENS for text in fixed)
    chosen: list[int] = []
    cut: int | None = None
    used = 0
    for index, sentences in enumerate(passages):
        cost = count(separator.join(sentences)) + PART_TOKENS
        if index == 0 and cost > room:
            cut, cost = _cut(count, sentences, room, separator)
        if used + cost <= room:
            chosen.append(index)
            used += cost
    if room < 0 or (passages and chosen[:1] != [0]):
        raise GenerationFailed(
            f"the question does not fit into the model's window of {window} tokens",
            "shorten the question, or choose a model with a larger window",
        )
    kept: list[int] = []
    for index in range(len(history) - 1, -1, -1):
        cost = count(history[index]) + PART_TOKENS
        if used + cost > room:
            break
        kept.append(index)
        used += cost
    return Budget(
        passages=tuple(chosen),
        first_passage_cut=cut,
        history=tuple(reversed(kept)),
        used=used + window - reserve - room,
        dropped_passages=len(passages) - len(chosen),
        dropped_turns=len(history) - len(kept),
    )


def _cut(count: Callable[[str], int], sentences: Sequence[str], room: int, separator: str) -> tuple[int, int]:
    """How many of the first sentences fit and what they cost; a cost above the room where not even one
    does."""
    fitting, cost = 0, room + 1
    for number in range(1, len(sentences) + 1):
        needed = count(separator.join(sentences[:number])) + PART_TOKENS
        if needed > room:
            break
        fitting, cost = number, needed
    return fitting, cost
