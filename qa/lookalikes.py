"""Letters of other scripts that look Latin, in words that are Latin otherwise: they deceive the eye and any filter."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import Final

__all__ = ["mixed_words", "with_latin_letters"]

_LATIN: Final = dict(
    zip(
        "авеіјкморсѕтухһԁԛԝАВЕЅІЈКМНОРСТУХЗοανικρτυχΑΒΕΖΗΙΚΜΝΟΡΤΥΧ",
        "abeijkmopcstyxhdqwABESIJKMHOPCTYX3oavikptuxABEZHIKMNOPTYX",
        strict=True,
    )
)  # Cyrillic, then Greek
_TABLE: Final = str.maketrans(_LATIN)
_LOOKALIKE: Final = re.compile(f"[{''.join(_LATIN)}]")
_WORD: Final = re.compile(r"[^\W\d_]{2,60}")


def mixed_words(text: str) -> Iterator[re.Match[str]]:
    """The words of Latin letters in which others stand that only look Latin; "μm" and "α-straling" are none."""
    if _LOOKALIKE.search(text) is None:
        return
    for match in _WORD.finditer(text):
        word = match[0]
        foreign = [letter for letter in word if not unicodedata.name(letter, "").startswith("LATIN")]
        if foreign and len(foreign) < len(word) and len(word) > 2 and all(letter in _LATIN for letter in foreign):
            yield match


def with_latin_letters(text: str) -> str:
    """The text with such words in the letters that they seem to have."""
    parts, end = [], 0
    for match in mixed_words(text):
        parts += [text[end : match.start()], match[0].translate(_TABLE)]
        end = match.end()
    return "".join([*parts, text[end:]])
