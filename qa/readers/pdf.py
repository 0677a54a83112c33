"""PDF: lines with their places on the page, put into reading order and joined to paragraphs.

A PDF knows characters and where they stand, not columns, paragraphs or headings; those are found in
`page_order.py`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from statistics import median
from typing import Any

from embeddings.records import Article, PublicationDate
from qa.dates import parse_date
from qa.errors import ReadError
from qa.readers.blocks import Block, articles_of_blocks
from qa.readers.document import MAXIMUM_TEXT, Document, Report
from qa.readers.masthead import dateline, names_outlet
from qa.readers.page_order import Line, paragraphs, reading_order
from qa.readers.pdf_limits import refuse_packed_bombs

__all__ = ["read_pdf"]

MAXIMUM_PAGES = 2000
_HEADING_SIZE = 1.15  # of the body's size
_HEADLINE_SIZE = 1.5  # of an article of its own
_SHORTEST_ARTICLE = 100  # characters
_MARGIN = 0.1  # share of the page's height in which running heads stand
_HYPHENS = {"\x02", "\ufffe", "\xad", "\u2010"}  # what the library gives for a hyphen at the end of a line


def read_pdf(document: Document, report: Report) -> Iterator[Article]:
    """One article a file, or those of an archive's export or of a newspaper's pages; scanned pages are an error."""
    data = document.read()
    refuse_packed_bombs(data)
    pages = list(_pages(data))
    running = _running_heads(pages)
    body_size = _body_size(pages)
    heads: list[str] = []
    blocks: list[Block] = []
    headlines: list[int] = []  # the blocks that head an article of a newspaper's page
    numbers: list[str] = []  # of the page that each block stands on
    for lines, height in pages:
        folio = _folio(lines, height)
        page_number = next((line.text for line in folio if line.text.isdecimal()), "")
        kept = [line for line in lines if line not in folio and not _is_running(line, height, running)]
        said = [
            " ".join(line.text for line in folio if not line.text.isdecimal()),
            *(line.text for line in lines if line not in kept),
        ]
        heads += [text for text in dict.fromkeys(said) if text and text not in heads]
        for text, size in paragraphs(reading_order(kept)):
            heading = size >= _HEADING_SIZE * body_size and len(text) <= 250
            previous = blocks[-1] if blocks else None
            if previous and not heading and not previous.heading and _goes_on(previous.text, text):
                blocks[-1] = Block(_joined(previous.text, text))
                continue
            if (
                heading
                and size >= _HEADLINE_SIZE * body_size
                and _is_headline(text, headlines[-1:] == [len(blocks) - 1])
            ):
                headlines.append(len(blocks))
            blocks.append(Block(text, heading))
            numbers.append(page_number)
    empty = "its pages are images; run text recognition on it first" if pages else "it has no pages"
    outlet, published = _edition(heads)
    if published and names_outlet(outlet) and (starts := _article_starts(blocks, headlines)):
        for number, (start, end) in enumerate(pairwise([*starts, len(blocks)]), start=1):
            found = articles_of_blocks(
                blocks[start:end],
                document,
                title=blocks[headlines[number - 1]].text,
                published=published,
                publisher=outlet,
            )
            for article in found:
                section = f"p. {numbers[start]}" if numbers[start] else article.section
                yield replace(article, source=f"{document.source}#{number}", section=section)
        return
    yield from articles_of_blocks(
        blocks, document, title=_title(pages, body_size), published=published, publisher=outlet, empty=empty
    )


def _is_headline(text: str, below_another: bool) -> bool:
    """Whether large words are a headline: no quotation set large, no second line of another headline."""
    return not below_another and not text.startswith(("'", '"', "‘", "“", "„", "«")) and not text.endswith(".")


def _article_starts(blocks: list[Block], headlines: list[int]) -> list[int]:
    """The first blocks of the articles of a newspaper's pages; none where they hold one only, or it cannot be told."""
    starts = [0, *headlines[1:]]
    parts = [blocks[start:end] for start, end in pairwise([*starts, len(blocks)])]
    shortest = min((sum(len(block.text) for block in part if not block.heading) for part in parts), default=0)
    return starts if len(headlines) > 1 and shortest >= _SHORTEST_ARTICLE else []


def _folio(lines: list[Line], height: float) -> list[Line]:
    """The lines at the very top of a page that together say which newspaper it is and of which day."""
    top = sorted((line for line in lines if line.top > height * (1 - _MARGIN)), key=lambda line: -line.top)
    row = sorted((line for line in top if line.bottom > top[0].bottom - 0.4 * line.size), key=lambda line: line.left)
    said = [line for line in row if not line.text.isdecimal()]
    stated = dateline(" ".join(line.text for line in said)) if said else None
    return row if stated and stated.published.precision == "day" else []


def _edition(heads: list[str]) -> tuple[str, PublicationDate | None]:
    """The newspaper and its day, where the running heads name them: "De Peilstok · 14 april 2025"."""
    for head in heads:
        if found := dateline(head):
            return found.publisher, replace(found.published, origin="running head")
        if (stated := parse_date(head, "running head")) and stated.precision == "day":
            return "", stated
    return "", None


def _pages(data: bytes) -> Iterator[tuple[list[Line], float]]:
    import pypdfium2  # type: ignore[import-untyped, unused-ignore]

    try:
        pdf = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        if "assword" in str(error):
            raise ReadError("protected by a password", "save it without one") from error
        raise ReadError("damaged: not a valid PDF", "save it again from the program that made it") from error
    try:
        count = len(pdf)
        if count > MAXIMUM_PAGES:
            raise ReadError(f"more than {MAXIMUM_PAGES} pages", "split the file")
        total = 0
        for number in range(count):
            try:
                page = pdf[number]
            except pypdfium2.PdfiumError:  # one damaged page does not take the others with it
                continue
            lines = list(_lines(page))
            total += sum(len(line.text) for line in lines)
            if total > MAXIMUM_TEXT:
                raise ReadError(f"longer than {MAXIMUM_TEXT // 10**6} million characters", "split the file")
            yield lines, float(page.get_height())
            page.close()
    finally:
        pdf.close()


def _lines(page: Any) -> Iterator[Line]:
    """The page's lines as they were drawn, cut where a gap is too wide for a space."""
    import ctypes

    import pypdfium2.raw as pdfium  # type: ignore[import-untyped, unused-ignore]

    text_page = page.get_textpage()
    raw = text_page.raw
    left, right, bottom, top = (ctypes.c_double() for _ in range(4))
    characters: list[str] = []
    boxes: list[tuple[float, float, float, float, float]] = []

    def finished() -> Iterator[Line]:
        text = "".join(characters)
        shown = [box for box in boxes if box[4] > 0]
        if text.strip() and shown:
            yield Line(
                text.strip(),
                min(box[0] for box in shown), max(box[1] for box in shown),
                min(box[2] for box in shown), max(box[3] for box in shown), median(box[4] for box in shown),
            )  # fmt: skip
        characters.clear()
        boxes.clear()

    for index in range(text_page.count_chars()):
        code = pdfium.FPDFText_GetUnicode(raw, index)
        character = chr(code) if 0 < code < 0x110000 and not 0xD800 <= code < 0xE000 else ""
        if character in ("\r", "\n"):
            yield from finished()
            continue
        if character in _HYPHENS:
            character = "\xad"
        size = 0.0
        if character.strip() and pdfium.FPDFText_GetCharBox(raw, index, left, right, bottom, top):
            size = float(pdfium.FPDFText_GetFontSize(raw, index)) or top.value - bottom.value
            height = max(size, top.value - bottom.value) if size <= 1.5 else size
            last = next((box for box in reversed(boxes) if box[4] > 0), None)
            jumps = last and (left.value - last[1] > 2.5 * height or last[0] - left.value > 2.5 * height)
            if jumps:
                yield from finished()
            boxes.append((left.value, right.value, bottom.value, top.value, height))
        characters.append(character)
    yield from finished()
    text_page.close()


def _body_size(pages: list[tuple[list[Line], float]]) -> float:
    sizes: Counter[float] = Counter()
    for lines, _ in pages:
        for line in lines:
            sizes[round(line.size, 1)] += len(line.text)
    return sizes.most_common(1)[0][0] if sizes else 1.0


def _title(pages: list[tuple[list[Line], float]], body_size: float) -> str:
    """The largest words on the first page, where they are larger than the text by a third."""
    first = [line for line in pages[0][0] if len(line.text) > 2] if pages else []
    if not first:
        return ""
    largest = max(line.size for line in first)
    if largest < 1.3 * body_size:
        return ""
    found = [text for text, size in paragraphs(reading_order(first)) if size >= 0.95 * largest]
    return " ".join(found[0].split())[:300] if found else ""


def _running_heads(pages: list[tuple[list[Line], float]]) -> set[str]:
    seen: Counter[str] = Counter()
    for lines, height in pages:
        seen.update({_pattern(line.text) for line in lines if _in_margin(line, height)})
    if len(pages) == 2:
        return {pattern for pattern, count in seen.items() if count == 2}
    least = max(3, (len(pages) + 1) // 2) if len(pages) > 2 else 10**9
    alternating = max(3, len(pages) // 3)  # left and right pages may have heads of their own
    return {pattern for pattern, count in seen.items() if count >= min(least, alternating) and len(pages) > 2}


def _is_running(line: Line, height: float, running: set[str]) -> bool:
    if not _in_margin(line, height):
        return False
    number = re.fullmatch(
        r"\W*(?:(?:pagina|page|seite|blz\.?|p\.)\s*)?\d{1,4}(?:\s*(?:/|van|of|von|de)\s*\d{1,4})?\W*",
        line.text,
        re.IGNORECASE,
    )
    return number is not None or _pattern(line.text) in running


def _in_margin(line: Line, height: float) -> bool:
    return line.top > height * (1 - _MARGIN) or line.bottom < height * _MARGIN


def _pattern(text: str) -> str:
    return re.sub(r"\d+", "#", " ".join(text.lower().split()))


def _goes_on(previous: str, text: str) -> bool:
    """Whether a paragraph is the rest of the one before it, across a column or a page."""
    return text[:1].islower() and re.search(r"[.!?:…][\"'”’»)]*$", previous) is None


def _joined(previous: str, text: str) -> str:
    from qa.readers.page_order import join_lines

    return join_lines([previous, text])
