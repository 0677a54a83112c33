"""Two sentences as answers to one question, as models read them side by side."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from embeddings.encoder_e5 import prepare

__all__ = ["RELATIONS", "Relation", "TwoAnswers", "two_text"]

Relation = Literal["other", "same", "superseded", "conflict", "scope", "opinion"]
RELATIONS: tuple[Relation, ...] = get_args(Relation)
"""How two sentences relate as answers: one of them is none; they say the same; or they differ, in one of four ways."""

_SIDE = 260
"""Characters of each of them that are read."""


@dataclass(frozen=True, slots=True)
class TwoAnswers:
    """Two sentences that may answer a question, the earlier one first.

    Attributes:
        days: between the publication of the one and the other; None for two sentences of one article.
    """

    earlier: str
    later: str
    days: int | None


def two_text(question: str, answers: TwoAnswers) -> str:
    """A question and two sentences as models read them, in training and in use."""
    apart = "-" if answers.days is None else answers.days
    sides = (text[:_SIDE] for text in (answers.earlier, answers.later))
    return prepare(" | ".join((f"query: {question}", *sides, str(apart))))
