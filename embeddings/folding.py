"""Words as they are compared: without regard to capitals and diacritics."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

_SPECIAL = str.maketrans({"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ı": "i", "ð": "d", "þ": "th"})


@lru_cache(maxsize=65_536)
def fold(text: str) -> str:
    """Lower case, compatibility forms unified, diacritics gone: "Café" and "CAFÉ" give "cafe"."""
    if text.isascii():
        return text.lower()
    lowered = unicodedata.normalize("NFKC", text).lower().translate(_SPECIAL)
    decomposed = unicodedata.normalize("NFD", lowered)
    return unicodedata.normalize("NFC", "".join(mark for mark in decomposed if not unicodedata.combining(mark)))
