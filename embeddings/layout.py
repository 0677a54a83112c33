"""The blocks of a plain text: paragraphs, list items, headings, captions and links, told apart by how they
are set.

News reaches us as text in which a line break may mean anything: the end of a paragraph, of a list item, of a
line that was wrapped at a fixed width. A blank line always ends a block. A single line break does unless the
text runs on: the next line begins with a small letter, or its first word would not have fitted on the line
before.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from embeddings.patterns import lazily
from embeddings.records import SentenceKind

NARROWEST_WRAP = 40  # characters; shorter lines are lists or verse, never wrapped prose
WIDEST_WRAP = 132
LONGEST_HEADING = 100  # characters, set off by a blank line
LONGEST_CLOSE_HEADING = 60  # characters, on a line right above or below others
LONGEST_CAPTION = 300
LONGEST_HEADING_RUN = 3  # more heading-like lines in a row are a list or a table

_LINE = lazily(r"[^\r\n\v\f\x1c-\x1e\x85\u2028\u2029]+")
_BREAK = lazily(r"\r\n|[\r\n\v\f\x1c-\x1e\x85\u2028\u2029]")
_BULLET = lazily(r"(?:[-–—*•·▪►●○‣■□]|\d{1,2}[.)]|[a-z]\))\s+\S")
_ENDED = lazily(r"[.!?…:;,][\"'”’“»›)\]]*$")
_SENTENCE_WITHIN = lazily(r"[.!?…][\"'”’“»›)\]]*\s+[\"'“„‘«(]?[A-ZÀ-Þ]")
_DATE_FIELD = lazily(r"\s*((?:date|datum|published|gepubliceerd)\s*:?\s+\d{4}(?:-\d{2}){0,2})(?=\s)", re.IGNORECASE)

_CAPTION_START = lazily(
    r"(?:Volledig scherm|Beeld|Foto(?:'s|’s)?|Fotograaf|Bildquelle|Bild|Photos?|Image|Illustratie|"
    r"Crédit photo)"
    r"(?:\s*(?::|©|\||/)|\s+(?:door|by|von|par)\b)|Volledig scherm\b|©|"
    r"\((?:Foto|Beeld|Photo|Bild|Image)\b[^)]*\)$",
)
_CREDIT_END = lazily(r"(?:©|\(c\)|Getty Images|/\s*(?:AFP|ANP|AP|dpa|EPA|Reuters))[^.!?]{0,60}$")
_LABEL = (
    r"(?:Lees|Bekijk|Luister|Kijk|Zie) (?:ook|verder|meer)|Meer over dit (?:onderwerp|thema)|"
    r"Gerelateerde artikelen|"
    r"Read (?:also|more|next)|Also read|See also|Related (?:articles|stories)|More on this story|"
    r"Lesen Sie (?:auch|mehr)|Lesen Sie dazu|Mehr zum Thema|Siehe auch|"
    r"(?:(?:À|A) )?lire (?:aussi|également)|"
    r"Voir aussi|Sur le même sujet"
)
_LINK_LABEL = lazily(rf"(?:{_LABEL})\s*:?\s*$", re.IGNORECASE)
_LINK_LINE = lazily(rf"(?:{_LABEL})\s*:\s*\S.{{0,200}}$", re.IGNORECASE)
_INTERFACE = lazily(
    r"(?:Advertentie|Advertisement|Anzeige|Werbung|Publicité|Tekst gaat verder (?:onder|na) .{1,40}|"
    r"Lees verder (?:onder|na) .{1,40}|Deel (?:dit artikel|op \w+)|Share this article|Artikel teilen|"
    r"(?:Leestijd|Lesezeit|Temps de lecture|Reading time)\s*:?.{1,20}|"
    r"\d{1,2} (?:min|minuten) (?:lezen|leestijd)|"
    r"\d{1,2} min(?:ute)? read)[.:]?$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, list item or line: `text[start:end]`, without surrounding white space.

    Attributes:
        kind: "body" where it has yet to be cut into sentences.
    """

    start: int
    end: int
    kind: SentenceKind = "body"


@dataclass(frozen=True, slots=True)
class _Line:
    start: int
    end: int
    after_blank: bool

    @property
    def length(self) -> int:
        return self.end - self.start


def blocks(text: str, start: int, end: int) -> Iterator[Block]:
    """The blocks of `text[start:end]` in order; they hold every character that is not white space."""
    if start == 0 and (field := _DATE_FIELD.match(text, 0, end)):
        # The simplest files open with a bare field before the prose, on the same line.
        yield Block(field.start(1), field.end(1), "furniture")
        start = field.end(1)
    spans: list[tuple[int, int]] = []
    set_off: list[bool] = []
    for group in _groups(text, start, end):
        joined = list(_joined(text, group))
        spans += joined
        set_off += [len(joined) == 1] * len(joined)
    yield from _classify(text, spans, set_off)


def _groups(text: str, start: int, end: int) -> Iterator[list[_Line]]:
    """Runs of lines with no blank line among them."""
    group: list[_Line] = []
    for line in _lines(text, start, end):
        if line.after_blank and group:
            yield group
            group = []
        group.append(line)
    if group:
        yield group


def _lines(text: str, start: int, end: int) -> Iterator[_Line]:
    previous_end = start
    for match in _LINE.finditer(text, start, end):
        stripped = match[0].strip()
        if not stripped:
            continue
        first = match.start() + len(match[0]) - len(match[0].lstrip())
        last = first + len(stripped)
        breaks = sum(1 for _ in _BREAK.finditer(text, previous_end, first))
        yield _Line(first, last, breaks > 1)
        previous_end = last


def _joined(text: str, lines: list[_Line]) -> Iterator[tuple[int, int]]:
    width = max(line.length for line in lines)
    start = lines[0].start
    for line, following in pairwise(lines):
        if not _runs_on(text, line, following, width):
            yield start, line.end
            start = following.start
    yield start, lines[-1].end


def _runs_on(text: str, line: _Line, following: _Line, width: int) -> bool:
    head = text[following.start : following.start + 80]
    word = head.split(maxsplit=1)[0]
    wrapped = NARROWEST_WRAP <= width <= WIDEST_WRAP and line.length + 1 + len(word) > width
    continues = head[0].islower() or head[0] in ",;)"
    if _BULLET.match(head):
        return (
            wrapped
            and head[0] in "-–—"
            and head[1:].lstrip()[:1].islower()
            and not _ENDED.search(text[line.end - 4 : line.end])
        )
    return wrapped or continues


def _classify(text: str, spans: list[tuple[int, int]], set_off: list[bool]) -> Iterator[Block]:
    contents = [text[start:end] for start, end in spans]
    kinds = [_kind(content, alone) for content, alone in zip(contents, set_off, strict=True)]
    _mark_links(contents, kinds)
    _confirm_headings(contents, kinds)
    for (start, end), kind in zip(spans, kinds, strict=True):
        yield Block(start, end, kind)


def _kind(content: str, set_off: bool) -> SentenceKind:
    """What a block looks like by itself; a heading has yet to be confirmed by what follows it.

    A question heads what answers it where it is set off by blank lines; among other lines it is part of the
    prose.
    """
    if len(content) <= LONGEST_CAPTION and (
        _CAPTION_START.match(content)
        or _CREDIT_END.search(content)
        or _LINK_LABEL.match(content)
        or _LINK_LINE.match(content)
        or _INTERFACE.match(content)
    ):
        return "furniture"
    if " | " in content:  # a row of a table, as the readers write them: its figures are what is asked for
        return "body"
    longest = LONGEST_HEADING if set_off else LONGEST_CLOSE_HEADING
    if len(content) > longest or _BULLET.match(content) or _SENTENCE_WITHIN.search(content):
        return "body"
    first = content.lstrip("\"'“„‘«([")[:1]
    if not (first.isupper() or first.isdigit()):
        return "body"
    if content.endswith("?") and content[0] == first:
        return "heading" if set_off else "body"
    return "body" if _ENDED.search(content[-4:]) else "heading"


def _mark_links(contents: list[str], kinds: list[SentenceKind]) -> None:
    """The lines under "Read also:" are titles of other articles, as far as they look like titles."""
    under_label = False
    for number, content in enumerate(contents):
        title_like = len(content) <= 200 and not content.endswith((".", "…"))
        if under_label and title_like and kinds[number] == "body":
            under_label = bool(_BULLET.match(content))
            kinds[number] = "furniture"
        elif under_label and kinds[number] == "heading":
            kinds[number] = "furniture"
            under_label = False
        else:
            under_label = bool(_LINK_LABEL.match(content))


def _confirm_headings(contents: list[str], kinds: list[SentenceKind]) -> None:
    """A heading heads something: in a list, a table or at the end such a line is body."""
    number = 0
    while number < len(kinds):
        if kinds[number] != "heading":
            number += 1
            continue
        stop = number
        while stop < len(kinds) and kinds[stop] == "heading":
            stop += 1
        following = stop
        while following < len(kinds) and kinds[following] == "furniture":
            following += 1
        in_list = number > 0 and contents[number - 1].endswith(":")
        if following == len(kinds) or in_list or stop - number > LONGEST_HEADING_RUN:
            kinds[number:stop] = ["body"] * (stop - number)
        number = stop
