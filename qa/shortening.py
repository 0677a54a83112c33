"""Whether a sentence only shortens another one: what a model that was not trained to follow instructions may do.

Such a model continues a pattern; what it makes up reads as well as what it read, and in another language than the source's
it cannot be held to the source's words. Quoting is then better than its wording, except where it has left something out.
"""

from __future__ import annotations

import re

__all__ = ["shortens"]

_WORD = re.compile(r"[^\W_]+(?:[.,'’-][^\W_]+)*")
MUST_REMAIN = 0.6
"""Share of the source's words: an excerpt of fewer can say something else, as "1 January" out of "not on 1 January"."""


def shortens(text: str, source: str) -> bool:
    """Whether the text is the source with words left out, in the same order, and most of them still there."""
    words, known = _WORD.findall(text.lower()), _WORD.findall(source.lower())
    rest = iter(known)
    return len(words) >= MUST_REMAIN * len(known) and all(word in rest for word in words)
