"""The lines of a text with their places, and whether one of them is a heading."""

from __future__ import annotations

import re
from dataclasses import dataclass

__all__ = [
    "ENDS_SENTENCE",
    "INNER_SENTENCE_END",
    "LONGEST_TITLE",
    "TextLine",
    "blank_between",
    "is_heading",
    "lines_of",
    "without_divisions",
]

LONGEST_HEADING = 120  # characters
LONGEST_TITLE = 200

_DIVIDED = re.compile(
    r"(?P<first>[^\W\d_]+)(?:-|\xad|¬)[ \t]*\r?\n[ \t]*(?!(?:en|of|and|or|und|oder|et|ou)\b)(?P<rest>[a-zà-öø-ÿ][^\W\d_]*)"
)

ENDS_SENTENCE = re.compile(r"[.!?…][\"'”’»)\]]*$")
INNER_SENTENCE_END = re.compile(r"[.!?…][\"”’»)]*\s+[\"“‘«(]*[A-ZÀ-ÖØ-Þ]")


@dataclass(frozen=True, slots=True)
class TextLine:
    """A line without the white space around it.

    Attributes:
        alone: a paragraph by itself: nothing or a blank line on both sides.
        ends_paragraph: nothing or a blank line comes after it.
    """

    start: int
    end: int
    text: str
    alone: bool
    ends_paragraph: bool


def without_divisions(text: str) -> str:
    """The text of a printed column with the words whole that were divided at a line's end.

    A hyphen stays where the text writes the word with it elsewhere, and in "in- en uitvoer".
    """

    def whole(match: re.Match[str]) -> str:
        if f"{match['first']}-{match['rest']}".casefold() in written:
            return f"{match['first']}-{match['rest']}"
        return f"{match['first']}{match['rest']}"

    written = {word.casefold() for word in re.findall(r"[^\W\d_]+(?:-[^\W\d_]+)+", text)}
    return _DIVIDED.sub(whole, text)


def lines_of(text: str, skip: int = 0) -> list[TextLine]:
    """The lines of a text from a place on; blank ones are left out."""
    rows: list[tuple[int, int, str]] = []
    for match in re.finditer(r"[^\r\n\u2028\u2029\x0b\x0c\x85]+", text[skip:]):
        stripped = match[0].strip()
        if stripped:
            start = skip + match.start() + match[0].index(stripped)
            rows.append((start, start + len(stripped), stripped))
    found = []
    for number, (start, end, line) in enumerate(rows):
        before = number == 0 or blank_between(text, rows[number - 1][1], start)
        after = number + 1 == len(rows) or blank_between(text, end, rows[number + 1][0])
        found.append(TextLine(start, end, line, before and after, after))
    return found


def blank_between(text: str, end: int, start: int) -> bool:
    """Whether a blank line lies between two places."""
    return len(re.findall(r"\r\n|[\n\r\u2029]", text[end:start])) > 1


def is_heading(line: str, *, top: bool = False) -> bool:
    """Whether a line by itself could head what follows; a title at the `top` of a text may be longer."""
    if len(line) > (LONGEST_TITLE if top else LONGEST_HEADING):
        return False
    if not re.match(r"[\"'“‘„«(¿¡]*[\wÀ-ÿ]", line) or line[0].islower() or not re.search(r"[^\W\d_]{2}", line):
        return False
    if re.search(r"[.,;:…][\"'”’»)]*$", line) or INNER_SENTENCE_END.search(line):
        return False
    if re.match(r"(?:https?://|www\.)", line) or "\t" in line:
        return False
    if not top and (": " in line or re.search(r"[!?][\"'”’»)\]]+$", line)):
        return False  # "Hoofdstad: Oranjestad" states a fact, and a quotation is somebody's words
    if line.endswith(("!", "?", "”", "’", '"', "»")):
        return len(line) <= (LONGEST_HEADING if top else 80)
    return len(line.split()) <= (30 if top else 16)
