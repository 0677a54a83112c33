"""What the lines of a plain text are: title, date, byline, headings, furniture, prose.

Nothing is taken out of the text: what is not prose is named by its span, so that all offsets hold in the file
as the user has it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from embeddings.records import PublicationDate, Span
from qa.dates import parse_date
from qa.readers.furniture import belongs_to_link, is_furniture, opens_link_box
from qa.readers.lines import (
    ENDS_SENTENCE,
    INNER_SENTENCE_END,
    LONGEST_TITLE,
    TextLine,
    blank_between,
    is_heading,
    lines_of,
)
from qa.readers.masthead import byline, read_masthead

__all__ = ["Layout", "first_sentence", "lay_out", "merged"]

_BODY_LINES = 200  # how far back a teaser's words are looked for, so that the time stays linear

_DATE_MARK = re.compile(r"\s*+(?P<title>[^\n]{0,200}?)\s{0,20}\bdate:?\s+(?P<date>\d{4}(?:-\d{2}(?:-\d{2})?)?)(?=\s|$)")


@dataclass(frozen=True, slots=True)
class Layout:
    """What was found in a text; fields are "" or None where the text does not say."""

    title: str
    published: PublicationDate | None
    author: str
    publisher: str
    section: str
    url: str
    language: str
    furniture: tuple[Span, ...]
    headings: tuple[Span, ...]


def lay_out(text: str, *, skip: int = 0, language: str = "", today: date | None = None, titled: bool = False) -> Layout:
    """Find title, date, byline, headings and furniture of a plain text.

    Args:
        skip: where the text proper begins (after front matter, which the caller has dealt with).
        language: of the text, where known; decides only how an ambiguous date is read.
        today: the clock for dates, for tests.
        titled: whether the title is known, and stood right above the text.
    """
    found: dict[str, str] = {}
    published: PublicationDate | None = None
    furniture: list[Span] = []
    headings: list[Span] = []
    mark = _DATE_MARK.match(text, skip)
    if mark and "\n" not in text[skip : mark.start("date")].strip():
        published = parse_date(mark["date"], "text", today=today)
        if published:
            title_start, title_end = mark.span("title")
            if title_start < title_end:
                found["title"] = mark["title"]
                headings.append(Span(title_start, title_end))
            furniture.append(Span(title_end, mark.end()) if title_start < title_end else Span(skip, mark.end()))
            skip = mark.end()
    lines = lines_of(text, skip)
    head = read_masthead(lines, language, today, titled=titled or bool(headings))
    found = {**head.fields, **found}
    published = published or head.published
    furniture += head.furniture
    if head.title:
        headings.append(head.title)
    body = lines[head.lines :]
    if len(body) > 1 and body[-1].alone and (below := byline(body[-1].text)):  # "Door Jan Jansen" as the last line
        found.setdefault("author", below)
        furniture.append(Span(body[-1].start, body[-1].end))
        body = body[:-1]
    skipped = _find_furniture(text, body, furniture)
    _find_headings(body, skipped, headings, sparse=not any(line.alone for line in lines))
    if "title" not in found and headings and not _prose_before(text, headings[0].start, skip, furniture):
        found["title"] = text[headings[0].start : headings[0].end]
    return Layout(
        title=" ".join(found.get("title", "").split())[:LONGEST_TITLE],
        published=published,
        author=found.get("author", ""),
        publisher=found.get("publisher", ""),
        section=found.get("section", ""),
        url=found.get("url", ""),
        language=found.get("language", ""),
        furniture=merged(furniture),
        headings=tuple(sorted(headings, key=lambda span: span.start)),
    )


def first_sentence(text: str, furniture: tuple[Span, ...], limit: int = 100) -> str:
    """The beginning of the prose, at most `limit` characters cut at a word, for articles without a title of
    their own.

    A cut is shown by an ellipsis; nothing is ever put in words that the text does not have.
    """
    position = 0
    for span in (*furniture, Span(len(text), len(text))):
        stretch = text[position : span.start].strip()
        if stretch:
            line = " ".join(stretch.split("\n", 1)[0].split())
            end = INNER_SENTENCE_END.search(line)
            sentence = line[: end.start() + 1] if end else line
            if len(sentence) <= limit:
                return sentence
            return sentence[: limit + 1].rsplit(" ", 1)[0][:limit].rstrip(" ,;:–-") + "…"
        position = span.end
    return ""


def merged(spans: list[Span]) -> tuple[Span, ...]:
    """Spans in order, those that touch or overlap made one."""
    result: list[Span] = []
    for span in sorted(spans, key=lambda span: (span.start, span.end)):
        if result and span.start <= result[-1].end:
            result[-1] = Span(result[-1].start, max(result[-1].end, span.end))
        elif span.start < span.end:
            result.append(span)
    return tuple(result)


def _find_furniture(text: str, lines: list[TextLine], furniture: list[Span]) -> set[int]:
    """Mark furniture among the lines; gives the numbers of the lines that were marked."""
    marked: set[int] = set()
    number = 0
    while number < len(lines):
        line = lines[number]
        if opens_link_box(line.text):
            marked.add(number)
            number = _mark_link_box(text, lines, number + 1, marked)
            continue
        if is_furniture(line.text):
            marked.add(number)
        number += 1
    furniture.extend(Span(lines[number].start, lines[number].end) for number in marked)
    return marked


def _mark_link_box(text: str, lines: list[TextLine], number: int, marked: set[int]) -> int:
    """Mark the titles below "Lees ook:" and the teaser of the last one; gives the number of the line after
    them."""
    body_before = "\n".join(line.text for at, line in enumerate(lines[: number - 1][-_BODY_LINES:]))
    titles: list[str] = []
    while number < len(lines) and len(titles) < 8:
        line = lines[number]
        bulleted = re.match(r"[-•*–>»]\s", line.text) is not None
        title_like = len(line.text) <= LONGEST_TITLE and not ENDS_SENTENCE.search(line.text.rstrip("?!"))
        if not title_like or (titles and not bulleted and blank_between(text, lines[number - 1].end, line.start)):
            break
        titles.append(line.text)
        marked.add(number)
        number += 1
    if titles and number < len(lines) and belongs_to_link(lines[number].text, titles, body_before):
        marked.add(number)
        number += 1
    return number


def _find_headings(lines: list[TextLine], skipped: set[int], headings: list[Span], *, sparse: bool) -> None:
    """Mark the lines that head what follows. `sparse`: the text has no blank lines, so each line is a
    paragraph."""
    prose = [number for number in range(len(lines)) if number not in skipped]
    for position, number in enumerate(prose[:-1]):
        line, following = lines[number], lines[prose[position + 1]]
        if sparse:
            previous = lines[prose[position - 1]].text if position else "."
            fits = ENDS_SENTENCE.search(previous) is not None and len(following.text) > 80
            fits = fits and len(line.text) <= 70 and ENDS_SENTENCE.search(following.text) is not None
        else:
            fits = line.alone
        leads_on = len(following.text) > len(line.text) or is_heading(following.text)
        if fits and leads_on and is_heading(line.text):
            headings.append(Span(line.start, line.end))


def _prose_before(text: str, position: int, skip: int, furniture: list[Span]) -> bool:
    at = skip
    for span in merged(furniture):
        if span.start >= position:
            break
        if text[at : span.start].strip() and at < span.start:
            return True
        at = max(at, span.end)
    return bool(text[at:position].strip())
