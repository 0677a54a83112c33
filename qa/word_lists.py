"""Sets of words, written as running text."""

from __future__ import annotations

__all__ = ["words"]


def words(text: str) -> frozenset[str]:
    """The words of a text that are parted by white space."""
    return frozenset(text.split())
