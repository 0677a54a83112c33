"""Whether a model gives away its instructions.

An article can hold the beginning of the rules, and a model that repeats them then says what its source says. What shares a
run of words with the rules is therefore withheld, whatever supports it.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from prompts import load

__all__ = ["echoes_prompt"]

RUN: Final = 8
"""Words in a row that no sentence of the news shares with the rules by chance."""

_WORD: Final = re.compile(r"\w+")


def echoes_prompt(text: str, language: str) -> bool:
    """Whether a text shares `RUN` words in a row with the rules that a model is given in that language."""
    return not _runs(text).isdisjoint(_runs_of_rules(language))


@lru_cache
def _runs_of_rules(language: str) -> frozenset[tuple[str, ...]]:
    return _runs(load("answer-rules", language).text)


def _runs(text: str) -> frozenset[tuple[str, ...]]:
    words = [word.casefold() for word in _WORD.findall(text)]
    return frozenset(tuple(words[start : start + RUN]) for start in range(len(words) - RUN + 1))
