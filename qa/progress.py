"""Progress of long work as one line: how far, how fast, how long still."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from qa.layout import shortened

if TYPE_CHECKING:
    from qa.messages import Messages

__all__ = ["ProgressLine", "duration"]


class ProgressLine:
    """Progress as one line: how far, how fast, how long still.

    Args:
        emit: shows a line, None shows nothing.
        every: seconds between two lines.
        drawn: whether a bar is drawn before the figures.
    """

    def __init__(
        self,
        label: str,
        say: Messages,
        emit: Callable[[str], None] | None,
        *,
        every: float,
        drawn: bool = False,
    ) -> None:
        self._label, self._say, self._emit, self._every, self._drawn = label, say, emit, every, drawn
        self._total = self._done = 0
        self._shown = time.monotonic()
        self._first: tuple[float, int] | None = None

    def total(self, amount: int) -> None:
        """So many bytes of input there are to do."""
        self._total = amount

    def advance(self, amount: int, note: str) -> None:
        """So many more are done; the note is the source that was finished."""
        now = time.monotonic()
        self._done += amount
        if self._first is None and amount:
            # What came before the first result was loading; it says nothing about the rate.
            self._first = (now, self._done)
        if self._emit is None or (now - self._shown < self._every and self._done < self._total):
            return
        self._shown = now
        total = max(self._total, self._done)
        done, of = self._say.size(self._done), self._say.size(total)
        text = self._say("progress", done=done, total=of, percent=100 * self._done // max(total, 1))
        since, before = self._first or (now, 0)
        rate = (self._done - before) / (now - since) if now > since else 0.0
        if rate > 0:
            left = duration((total - self._done) / rate)
            text += self._say("progress_rate", rate=self._say.size(round(rate)), left=left)
        bar = self._bar(self._done / max(total, 1))
        self._emit(f"{self._label} {bar}{text} {shortened(note)}".rstrip())

    def _bar(self, share: float, cells: int = 16) -> str:
        if not self._drawn:
            return ""
        full = round(share * cells)
        return "━" * full + "─" * (cells - full) + " "


def duration(seconds: float) -> str:
    """Time left, as "0:05" or "1:02:03"."""
    whole = round(seconds)
    hours, minutes = whole // 3600, whole // 60 % 60
    return f"{hours}:{minutes:02}:{whole % 60:02}" if hours else f"{minutes}:{whole % 60:02}"
