"""Word processors' files: DOCX and ODT, read straight from their XML.

The dates in such a file say when it was saved, not when an article was published, so they are left alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from embeddings.records import Article
from qa.readers.archive_limits import Package
from qa.readers.blocks import Block, articles_of_blocks, row_of
from qa.readers.document import Document, Report
from qa.readers.xml import local_name, parse_xml

__all__ = ["read_docx", "read_odt"]

_HEADING_STYLE = re.compile(
    r"(?:heading|kop|titel|title|überschrift|titre|berschrift|subtitle|ondertitel)", re.IGNORECASE
)
_SKIPPED_DOCX = frozenset({"del", "moveFrom", "instrText", "delText", "AlternateContent", "txbxContent", "pict"})
_SKIPPED_ODT = frozenset(
    {
        "annotation",
        "tracked-changes",
        "note-citation",
        "sequence-decls",
        "forms",
        "bibliography-mark",
        "table-of-content",
    }
)


def read_docx(document: Document, report: Report) -> Iterator[Article]:
    """Paragraphs and tables of the main text; deleted and hidden text is left out."""
    package = Package(document.read())
    main = "word/document.xml"
    if main not in package.names:
        main = next((name for name in package.names if re.fullmatch(r"word/document\d*\.xml", name)), main)
    root = parse_xml(package.read(main))
    blocks = list(_docx_blocks(root))
    yield from articles_of_blocks(blocks, document, empty="the document holds no text")


def read_odt(document: Document, report: Report) -> Iterator[Article]:
    """Paragraphs and headings of the main text."""
    package = Package(document.read())
    root = parse_xml(package.read("content.xml"))
    blocks: list[Block] = []
    in_rows: set[Any] = set()
    for element in _shown(root, _SKIPPED_ODT):
        name = local_name(element)
        if name == "table-row":
            blocks += _row(element, ("table-cell",), ("p", "h"), _SKIPPED_ODT, _odt_text, in_rows)
        elif name in ("p", "h") and element not in in_rows:
            blocks.append(Block(_odt_text(element), name == "h"))
    yield from articles_of_blocks(blocks, document, empty="the document holds no text")


def _docx_blocks(root: Any) -> Iterator[Block]:
    in_rows: set[Any] = set()
    for paragraph in _shown(root, _SKIPPED_DOCX):
        if local_name(paragraph) == "tr":
            yield from _row(paragraph, ("tc",), ("p",), _SKIPPED_DOCX, _docx_text, in_rows)
        if local_name(paragraph) != "p" or paragraph in in_rows:
            continue
        heading = _HEADING_STYLE.match(_docx_style(paragraph)) is not None
        for number, line in enumerate(_docx_text(paragraph).split("\n")):
            if line.strip():
                yield Block(line, number == 0 and heading)


def _docx_style(paragraph: Any) -> str:
    style = ""
    for element in _shown(paragraph, _SKIPPED_DOCX):
        name = local_name(element)
        if name == "pStyle":
            style = next((value for key, value in element.attrib.items() if key.endswith("}val")), "")
        elif name == "outlineLvl":
            style = style or "heading"
    return style


def _docx_text(paragraph: Any) -> str:
    pieces = []
    for element in _shown(paragraph, _SKIPPED_DOCX):
        if local_name(element) != "r" or _hidden(element):
            continue
        for part in element:
            kind = local_name(part)
            if kind == "t":
                pieces.append(part.text or "")
            elif kind in ("tab", "ptab"):
                pieces.append("\t")
            elif kind in ("br", "cr"):
                pieces.append("\n")
            elif kind == "noBreakHyphen":
                pieces.append("\u2011")
    return "".join(pieces)


def _row(
    row: Any,
    cell_names: tuple[str, ...],
    paragraph_names: tuple[str, ...],
    skipped: frozenset[str],
    text_of: Callable[[Any], str],
    in_rows: set[Any],
) -> list[Block]:
    """A row of a table as one block, its paragraphs added to `in_rows`; nothing where its cells hold running text."""
    cells: list[list[Any]] = []
    for element in _shown(row, skipped):
        if local_name(element) in cell_names:
            cells.append([])
        elif local_name(element) in paragraph_names and cells:
            cells[-1].append(element)
    block = row_of([[text_of(paragraph) for paragraph in cell] for cell in cells])
    if block is None:
        return []
    in_rows.update(paragraph for cell in cells for paragraph in cell)
    return [block]


def _hidden(run: Any) -> bool:
    for properties in run:
        if local_name(properties) == "rPr":
            for one in properties:
                if local_name(one) in ("vanish", "webHidden"):
                    value = next((value for key, value in one.attrib.items() if key.endswith("}val")), "true")
                    return value not in ("0", "false", "off")
    return False


def _shown(root: Any, skipped: frozenset[str]) -> Iterator[Any]:
    """All elements below one in reading order, without those that are not shown."""
    stack = list(reversed(root))
    while stack:
        element = stack.pop()
        if local_name(element) in skipped:
            continue
        yield element
        stack.extend(reversed(element))


def _odt_text(paragraph: Any) -> str:
    pieces = [paragraph.text or ""]
    stack: list[tuple[Any, bool]] = [(child, False) for child in reversed(paragraph)]
    while stack:
        element, closing = stack.pop()
        if closing:
            pieces.append(element.tail or "")
            continue
        name = local_name(element)
        stack.append((element, True))
        if name in _SKIPPED_ODT or name in (
            "p",
            "h",
        ):  # a paragraph within one is a note, and comes by itself
            continue
        if name == "s":
            count = next((value for key, value in element.attrib.items() if key.endswith("}c")), "1")
            pieces.append(" " * min(int(count) if count.isdigit() else 1, 100))
        elif name == "tab":
            pieces.append("\t")
        elif name == "line-break":
            pieces.append("\n")
        pieces.append(element.text or "")
        stack.extend((child, False) for child in reversed(element))
    return "".join(pieces)
