"""Keeps a reasoning model's thoughts out of its answer, while the text is still coming in pieces."""

from __future__ import annotations

import re

__all__ = ["ThinkingFilter"]

# What the open models write around their reasoning when the server leaves it in the text.
_PAIRS = (
    ("<think>", "</think>"),
    ("<thinking>", "</thinking>"),
    ("<thought>", "</thought>"),
    ("<reasoning>", "</reasoning>"),
    ("[THINK]", "[/THINK]"),
    ("<|channel|>analysis", "<|end|>"),
    ("◁think▷", "◁/think▷"),
)
_CLOSING = {opening.lower(): closing.lower() for opening, closing in _PAIRS}
_OPENING = re.compile("|".join(re.escape(opening) for opening, _ in _PAIRS), re.IGNORECASE)
_STRAY = re.compile(
    "|".join(re.escape(tag) for _, tag in _PAIRS) + r"|<\|start\|>assistant|<\|channel\|>final<\|message\|>",
    re.IGNORECASE,
)
_TAGS = (
    *tuple(tag.lower() for pair in _PAIRS for tag in pair),
    "<|start|>assistant",
    "<|channel|>final<|message|>",
)


class ThinkingFilter:
    """Drops text between thinking tags, in whatever pieces it comes; the rest passes unchanged and at once.

    Only the end of a piece that may be the beginning of a tag is held back until the next piece settles it.
    A block that never closes swallows the rest: a thought is not an answer.
    """

    def __init__(self) -> None:
        self._held = ""
        self._closing = ""

    def feed(self, text: str) -> str:
        """The part of the text so far that can be shown."""
        self._held += text
        shown: list[str] = []
        while self._held:
            if self._closing:
                end = self._held.lower().find(self._closing)
                if end < 0:
                    kept = _overlap(self._held, (self._closing,))
                    self._held = self._held[len(self._held) - kept :]
                    break
                self._held = self._held[end + len(self._closing) :].lstrip()
                self._closing = ""
                continue
            opening = _OPENING.search(self._held)
            if opening:
                shown.append(self._held[: opening.start()])
                self._held = self._held[opening.end() :]
                self._closing = _CLOSING[opening.group().lower()]
                continue
            held = _overlap(self._held, _TAGS)
            cut = len(self._held) - held
            shown.append(self._held[:cut])
            self._held = self._held[cut:]
            break
        return _STRAY.sub("", "".join(shown))

    def flush(self) -> str:
        """What was held back, once nothing more will come."""
        rest, self._held = ("" if self._closing else self._held), ""
        return rest


def _overlap(text: str, tags: tuple[str, ...]) -> int:
    """How many characters at the end of the text may be the beginning of a tag."""
    lowered = text.lower()
    longest = max(len(tag) for tag in tags) - 1
    for size in range(min(longest, len(text)), 0, -1):
        ending = lowered[-size:]
        if any(tag.startswith(ending) for tag in tags if len(tag) > size):
            return size
    return 0
