"""How text is laid out on a terminal: widths in cells, wrapping, and the few styles that are used.

Everything that is written here has been sanitised before; styles add the only escape sequences there are.
"""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final
from urllib.parse import quote, urlsplit

__all__ = ["Flow", "Paint", "cell_width", "clip", "shortened", "wrap"]

_UNIT: Final = re.compile(r"\s+|\S+")
_STYLE: Final = re.compile(r"\x1b\[[0-9;]*m")  # as `Paint` writes it


def _cells(character: str) -> int:
    if unicodedata.category(character) in {"Mn", "Me", "Cf"}:
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def cell_width(text: str) -> int:
    """How many cells of a terminal the text takes."""
    return len(text) if text.isascii() else sum(map(_cells, text))


def clip(text: str, width: int) -> str:
    """The text on one line of at most `width` cells, cut with an ellipsis."""
    if cell_width(text) <= width:
        return text
    taken, room = [], width - 1
    for character in text:
        room -= _cells(character)
        if room < 0:
            break
        taken.append(character)
    return "".join(taken).rstrip() + "…" if width > 0 else ""


def _units(text: str, width: int) -> Iterator[tuple[str, bool]]:
    """Pieces between which a line may break, each with whether white space comes before it."""
    spaced = False
    for match in _UNIT.finditer(text):
        piece = match.group()
        if piece.isspace():
            spaced = True
            continue
        current, room = "", 0
        for character in piece:
            cells = _cells(character)
            # Scripts without spaces break between any two wide characters; anything breaks where it must.
            if current and cells and (room + cells > width or (cells == 2 and _cells(current[-1]) == 2)):
                yield current, spaced
                current, room, spaced = "", 0, False
            current += character
            room += cells
        yield current, spaced
        spaced = False


class Flow:
    """Running text that is written as it comes and wrapped at a width.

    Args:
        write: takes what is to be shown.
        width: cells of a line, the indents included; None never wraps.
        indent: what later lines begin with; the caller has begun the first, `column` cells wide.
    """

    def __init__(self, write: Callable[[str], object], width: int | None, indent: str = "", column: int = 0) -> None:
        self._write, self._width, self._indent = write, width, indent
        self._column = column
        self._fresh = True

    def add(self, text: str, style: Callable[[str], str] = str, *, glued: bool = False, followed_by: str = "") -> None:
        """Write some words after those before.

        Args:
            glued: keeps the first of them on the line of the last one before.
            followed_by: what is added next and should stand on the line of the last of them.
        """
        if self._width is None:
            words = " ".join(text.split())
            self._write(("" if self._fresh or glued or not words else " ") + style(words))
            self._fresh = self._fresh and not words
            return
        # What is longer than a line is cut to fit; the first line may begin further to the right than the others.
        room = max(1, self._width - max(cell_width(self._indent), self._column if self._fresh else 0))
        units = list(_units(text, room))
        after = 1 + cell_width(followed_by) if followed_by else 0
        for number, (unit, spaced) in enumerate(units):
            gap = 0 if self._fresh or (number == 0 and glued) or (number > 0 and not spaced) else 1
            cells = cell_width(unit)
            needed = cells + (after if number == len(units) - 1 and cells + after <= room else 0)
            if not self._fresh and self._column + gap + needed > self._width:
                self._write("\n" + self._indent)
                self._column, gap = cell_width(self._indent), 0
            # A space between two words of one piece is in its style, so that a marked stretch is unbroken.
            self._write(style(" " * gap + unit) if number else " " * gap + style(unit))
            self._column += gap + cells
            self._fresh = False


def wrap(text: str, width: int | None, indent: str = "", first: str | None = None) -> str:
    """A paragraph wrapped at a width, its lines behind `indent`, the first behind `first` where given.

    `first` may be styled already.
    """
    head = indent if first is None else first
    pieces = [head]
    Flow(pieces.append, width, indent, cell_width(_STYLE.sub("", head))).add(text)
    return "".join(pieces)


def shortened(source: str) -> str:
    """A path with the home folder as `~`; anything else as it is."""
    home = str(Path.home())
    return "~" + source[len(home) :] if len(home) > 1 and source.startswith(home + os.sep) else source


class Paint:
    """The styles in use; each method returns its text unchanged where colour is off."""

    def __init__(self, enabled: bool) -> None:
        self.enabled = enabled

    def _styled(self, code: str, text: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self.enabled and text else text

    def strong(self, text: str) -> str:
        return self._styled("1", text)

    def faint(self, text: str) -> str:
        return self._styled("2", text)

    def mark(self, text: str) -> str:
        return self._styled("36", text)

    def warning(self, text: str) -> str:
        return self._styled("33", text)

    def highlight(self, text: str) -> str:
        """Reverse video: it is legible on dark and on light."""
        return self._styled("7", text)

    def link(self, target: str, text: str) -> str:
        """The text as a hyperlink (OSC 8) where the target is a web address or an absolute path."""
        if target.startswith("/"):
            try:  # a file's name need not be valid Unicode
                target = "file://" + quote(target.partition("#")[0].encode("utf-8", "surrogateescape"))
            except UnicodeEncodeError:
                return text
        scheme = target.partition(":")[0].lower()
        if not self.enabled or scheme not in {"http", "https", "file"}:
            return text
        try:
            urlsplit(target)
        except ValueError:
            return text
        safe = quote(target, safe="/:?#[]@!$&'()*+,;=%~._-", errors="replace")
        return f"\x1b]8;;{safe}\x1b\\{text}\x1b]8;;\x1b\\"
