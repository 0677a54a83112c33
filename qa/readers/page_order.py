"""From the lines on a page to its paragraphs in reading order: columns, paragraphs, hyphens."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

__all__ = ["Line", "join_lines", "paragraphs", "reading_order"]

_DEEPEST = 12
_MOST_STRIPS = 200
HEADLINE = 1.25  # of the size of the text above it
LONGEST_LABEL = 40  # characters of a byline or a small heading
WORDS_A_LINE = 4  # of running text in a narrow column, at the least


@dataclass(frozen=True, slots=True)
class Line:
    """A line of text on a page; y grows upwards, the unit is the point."""

    text: str
    left: float
    right: float
    bottom: float
    top: float
    size: float


def reading_order(lines: Sequence[Line], depth: int = 0) -> list[Line]:
    """The lines as a person reads them: columns from left to right, each from top to bottom.

    A page is cut into columns wherever a gap runs between lines on both sides, and where none does, into
    strips from top to bottom; strips that together have columns stay together.
    """
    if len(lines) < 4 or depth > _DEEPEST:
        return _downwards(lines)
    cut = _column_gap(lines)
    if cut is not None:
        left = [line for line in lines if (line.left + line.right) / 2 < cut]
        right = [line for line in lines if (line.left + line.right) / 2 >= cut]
        return reading_order(left, depth + 1) + reading_order(right, depth + 1)
    strips = _strips(lines)
    if len(strips) < 2 or len(strips) > _MOST_STRIPS:
        return _downwards(lines)
    ordered: list[Line] = []
    at = 0
    while at < len(strips):
        group, end = list(strips[at]), at + 1
        best = 0
        while end <= len(strips):
            if _column_gap(group) is not None:
                best = end
            elif best or end - at > 8:
                break
            if best and end < len(strips) and _begins_article(strips[end], group):
                break
            if end < len(strips):
                group = group + strips[end]
            end += 1
        if best:
            chosen = [line for strip in strips[at:best] for line in strip]
            ordered += reading_order(chosen, depth + 1)
            at = best
        else:
            ordered += _downwards(strips[at])
            at += 1
    return ordered


def paragraphs(lines: Sequence[Line]) -> Iterator[tuple[str, float]]:
    """The paragraphs of some lines in reading order, each with the size of its letters."""
    group: list[Line] = []
    for line in lines:
        if group and _begins_paragraph(group, line):
            yield join_lines([one.text for one in group]), max(one.size for one in group)
            group = []
        group.append(line)
    if group:
        yield join_lines([one.text for one in group]), max(one.size for one in group)


def join_lines(lines: Sequence[str]) -> str:
    """Lines as one: words that were divided at a line's end are made whole again."""
    text = lines[0] if lines else ""
    for line in lines[1:]:
        if text.endswith("\xad"):
            text = text[:-1] + ("" if line[:1].islower() else "-") + line
        elif re.search(r"[^\W\d_]-$", text) and line[:1].islower():
            suspended = re.match(r"(?:en|of|and|or|und|oder|et|ou)\b", line)  # "in- en uitvoer"
            text = f"{text} {line}" if suspended else text[:-1] + line
        elif text.endswith("-") and not text.endswith(" -"):
            text += line
        else:
            text = f"{text} {line}"
    return text.replace("\xad", "")


def _begins_paragraph(group: Sequence[Line], line: Line) -> bool:
    previous = group[-1]
    size = max(previous.size, line.size)
    if abs(previous.size - line.size) > 0.15 * size:
        return True
    drop = previous.bottom - line.bottom
    if drop < -0.5 * size:  # the top of another column
        return not (line.text[:1].islower() or previous.text.endswith(("-", "\xad")))
    if drop < 0.5 * size:  # further on the same line
        return False
    if drop > 1.75 * size and drop > 1.3 * _usual_drop(group, size):
        return True
    ends = re.search(r"[.!?…:][\"'”’»)]*$", previous.text) is not None
    column_left, column_right = min(one.left for one in group), max(one.right for one in (*group, line))
    indented = line.left - column_left > 0.8 * size and len(group) > 0 and previous.left - column_left < 0.8 * size
    short = previous.right < column_left + 0.85 * (column_right - column_left)
    if ends:
        return indented or short
    return len(group) == 1 and line.text[:1].isupper() and _broken_on_purpose(previous, line, column_right)


def _broken_on_purpose(previous: Line, line: Line, column_right: float) -> bool:
    """Whether the next word would have fitted behind a few words: a byline, or a heading as large as the text."""
    needed = (line.right - line.left) * (line.text.find(" ") + 2) / len(line.text)
    room = column_right - 0.1 * (column_right - line.left)
    return len(previous.text) <= LONGEST_LABEL and " " in line.text and previous.right + needed < room


def _usual_drop(group: Sequence[Line], size: float) -> float:
    drops = [above.bottom - below.bottom for above, below in pairwise(group)]
    return min((drop for drop in drops if drop > 0.5 * size), default=1.2 * size)


def _downwards(lines: Sequence[Line]) -> list[Line]:
    """From top to bottom; lines of the same height from left to right."""
    rows: list[list[Line]] = []
    for line in sorted(lines, key=lambda line: -line.bottom):
        if rows and rows[-1][0].bottom - line.bottom < 0.4 * line.size:
            rows[-1].append(line)
        else:
            rows.append([line])
    return [line for row in rows for line in sorted(row, key=lambda line: line.left)]


def _begins_article(strip: Sequence[Line], above: Sequence[Line]) -> bool:
    """Whether a strip below some columns is the headline of what comes below them."""
    size = sorted(line.size for line in above)[len(above) // 2]
    return all(line.size > HEADLINE * size for line in strip)


def _column_gap(lines: Sequence[Line]) -> float | None:
    """The middle of the widest gap that has at least three lines on both sides, or two of running text, at the same
    height of the page."""
    if len(lines) < 5:
        return None
    edges = sorted(lines, key=lambda line: line.left)
    reach, best, cut = edges[0].right, 0.0, None
    size = sorted(line.size for line in lines)[len(lines) // 2]
    for number, line in enumerate(edges[1:], start=1):
        gap = line.left - reach
        if gap > max(0.5 * size, best) and number >= 2 and len(edges) - number >= 2:
            left, right = edges[:number], edges[number:]
            if min(len(left), len(right)) < 3 and not (_is_prose(left) and _is_prose(right)):
                reach = max(reach, line.right)
                continue
            shared = min(_top(left), _top(right)) - max(_bottom(left), _bottom(right))
            lower = min(_top(left) - _bottom(left), _top(right) - _bottom(right))
            if shared > 0.5 * lower:
                best, cut = gap, reach + gap / 2
        reach = max(reach, line.right)
    return cut


def _is_prose(lines: Sequence[Line]) -> bool:
    return sum(len(line.text.split()) for line in lines) >= WORDS_A_LINE * len(lines)


def _strips(lines: Sequence[Line]) -> list[list[Line]]:
    """Groups of lines between which a white band runs over the whole width, from top to bottom."""
    strips: list[list[Line]] = []
    floor = 0.0
    for line in sorted(lines, key=lambda line: -line.top):
        if strips and line.top > floor:
            strips[-1].append(line)
            floor = min(floor, line.bottom)
        else:
            strips.append([line])
            floor = line.bottom
    return strips


def _top(lines: Sequence[Line]) -> float:
    return max(line.top for line in lines)


def _bottom(lines: Sequence[Line]) -> float:
    return min(line.bottom for line in lines)
