"""Function words per language, from `stopwords.txt`."""

from __future__ import annotations

from functools import cache
from pathlib import Path

LANGUAGES = ("nl", "en", "de", "fr")


@cache
def _all() -> dict[str, frozenset[str]]:
    lists = {}
    for line in Path(__file__).with_name("stopwords.txt").read_text("utf-8").splitlines():
        code, separator, words = line.partition(":")
        if separator and not line.startswith("#"):
            lists[code] = frozenset(words.split())
    return lists


def stop_words(language: str) -> frozenset[str]:
    """The function words of "nl", "en", "de" or "fr", folded; empty for any other language."""
    return _all().get(language, frozenset())
