"""Paragraph by paragraph to the text of an article, for formats whose stored text is what was extracted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from embeddings.records import Article, PublicationDate, Span
from qa.dates import date_in_name
from qa.errors import ReadError
from qa.readers.decoding import no_text
from qa.readers.document import MAXIMUM_TEXT, Document
from qa.readers.fields import valid_unicode
from qa.readers.layout import first_sentence, lay_out

__all__ = ["Block", "articles_of_blocks", "compose", "row_of"]

LONGEST_ROW = 600  # characters; more is text that was set in a table


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, a heading, or a row of a table, its cells parted by " | "."""

    text: str
    heading: bool = False
    row: bool = False


def compose(blocks: Sequence[Block]) -> tuple[str, tuple[Span, ...], tuple[Span, ...]]:
    """The text of some blocks, a blank line between them, and the spans of the headings and of the rows."""
    parts: list[str] = []
    headings: list[Span] = []
    rows: list[Span] = []
    position = 0
    for block in blocks:
        words = valid_unicode(block.text).strip()
        if not words:
            continue
        if parts:
            position += 2
        parts.append(words)
        if block.heading and len(words) <= 300:
            headings.append(Span(position, position + len(words)))
        elif block.row:
            rows.append(Span(position, position + len(words)))
        position += len(words)
    return "\n\n".join(parts), tuple(headings), tuple(rows)


def row_of(cells: Sequence[Sequence[str]]) -> Block | None:
    """The row that some cells, each given as its paragraphs, are shown as; None where they hold running text."""
    filled = [[part.strip() for part in cell if part.strip()] for cell in cells]
    filled = [cell for cell in filled if cell]
    short = sum(len(part) for cell in filled for part in cell) <= LONGEST_ROW
    if len(filled) < 2 or not short or any(len(cell) > 1 for cell in filled):
        return None
    return Block(" | ".join(" ".join(cell[0].split()) for cell in filled), row=True)


def articles_of_blocks(
    blocks: Sequence[Block],
    document: Document,
    *,
    title: str = "",
    published: PublicationDate | None = None,
    publisher: str = "",
    author: str = "",
    language: str = "",
    empty: str = "the file holds no text",
) -> Iterator[Article]:
    """The article that a document's paragraphs are, or the articles if it is an export from a news archive.

    Args:
        title, published, publisher, author, language: what the format itself says, "" or None where it does
            not.
        empty: the reason to give if there is no text.

    Raises:
        ReadError: no text, or too much.
    """
    from qa.readers.exports import split_export

    text, headings, rows = compose(blocks)
    if not text:
        raise no_text(empty)
    if len(text) > MAXIMUM_TEXT:
        raise ReadError(f"longer than {MAXIMUM_TEXT // 10**6} million characters", "split the file")
    exported = list(split_export(text, document.source))
    if exported:
        yield from exported
        return
    layout = lay_out(text, language=language)
    inferred = [
        span
        for span in layout.headings
        if not any(span.start < one.end and one.start < span.end for one in (*headings, *rows))
    ]
    first = text[headings[0].start : headings[0].end] if headings and headings[0].start < 300 else ""
    yield Article(
        text=text,
        source=document.source,
        title=" ".join((title or first or layout.title or first_sentence(text, layout.furniture)).split())[:300],
        published=published or layout.published or date_in_name(document.name),
        publisher=publisher or layout.publisher,
        author=author or layout.author,
        section=layout.section,
        url=layout.url or document.url,
        language=language,
        furniture=layout.furniture,
        headings=tuple(sorted([*headings, *inferred], key=lambda span: span.start)),
    )
