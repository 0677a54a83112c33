"""Web pages: all that the element of the article shows, what a browser would not show taken out first.

The stored text is the extracted text, since markup is nothing that a person could check a quotation against.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from embeddings.records import Article, PublicationDate, Span
from qa.dates import parse_date
from qa.readers.decoding import decode, no_text
from qa.readers.document import Document, Report
from qa.readers.exports import looks_exported, split_export
from qa.readers.fields import Fields, clean, language_code, valid_unicode
from qa.readers.hidden import remove_hidden
from qa.readers.layout import Layout, first_sentence, lay_out, merged
from qa.readers.lines import ENDS_SENTENCE
from qa.readers.masthead import Dateline, byline, dateline, is_name, names_outlet
from qa.readers.page_blocks import PageBlock, article_blocks, visible_blocks
from qa.readers.page_facts import (
    host,
    linked_data,
    outlet_of,
    page_address,
    page_author,
    page_meta,
    page_published,
    page_title,
)

if TYPE_CHECKING:
    from lxml.html import HtmlElement  # type: ignore[import-untyped, unused-ignore]

__all__ = ["lay_out_fragment", "parsed_page", "read_html", "text_of_fragment"]

LARGEST_PAGE = 20 * 2**20  # bytes
OPENING = 12  # blocks among which byline and date are looked for
CLOSING = 3  # blocks among which the author is looked for again
LABEL = 60  # characters of what is no more than a label, or a role beside a name
LONGEST_FACT = 120
STANDFIRST = 8  # words
SHORT_ARTICLE = 200  # characters; of less than this it is doubtful whether it was the article
_CHARSET = re.compile(
    rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([A-Za-z0-9_.:-]{2,40})|<\?xml[^>]{0,100}encoding=[\"']([\w.:-]{2,40})",
    re.IGNORECASE,
)


def read_html(document: Document, report: Report) -> Iterator[Article]:
    """One article a page, or those of an archive's export, with title, date, outlet and author from what the page says about itself."""
    page = _text_of_page(document)
    exported = list(_exported(page, document.source)) if looks_exported(page) else []
    yield from exported or [article_of_page(page, document.source, document.url, document.name)]


def parsed_page(document: Document) -> HtmlElement:
    """The whole tree of a page, hidden elements included.

    Raises:
        ReadError: no text, or none that can be parsed.
    """
    return _parse(_text_of_page(document))


def _text_of_page(document: Document) -> str:
    data = document.read(LARGEST_PAGE)
    meta = _CHARSET.search(data[:4096])
    declared = document.charset or ((meta[1] or meta[2]).decode("ascii") if meta else "")
    return decode(data, declared).text


def _exported(page: str, source: str) -> Iterator[Article]:
    tree = _parse(page)
    remove_hidden(tree)
    yield from split_export(_composed(visible_blocks(tree))[0], source)


def article_of_page(page: str, source: str, url: str = "", name: str = "") -> Article:
    """The article that a page holds.

    Raises:
        ReadError: no text on it.
    """
    tree = _parse(page)
    linked = linked_data(tree)
    meta = page_meta(tree)
    language = language_code(
        str(linked.get("inLanguage") or "") or str(tree.get("lang") or "") or meta.get("og:locale", "")
    )
    address = page_address(tree, meta, url, linked)
    published = page_published(tree, linked, meta, address, language)
    title = page_title(tree, linked, meta)
    remove_hidden(tree)
    blocks = _main_blocks(tree, address)
    text, spans = _composed(blocks)
    if not text:
        raise no_text("the page has no running text")
    layout = lay_out(text, language=language)
    beside = [span for span, block in zip(spans, blocks, strict=True) if block.aside]
    facts = Fields(linked)
    dated = _opening_dateline(blocks, language)
    author = facts.author or layout.author or page_author(meta) or (dated.author if dated else "")
    site = facts.publisher or meta.get("og:site_name", "") or meta.get("application-name", "")
    beside += _opening_facts(blocks, spans, author, site, language)
    standfirst = _standfirst(blocks, spans)
    return Article(
        text=text,
        source=source,
        title=title or layout.title or first_sentence(text, layout.furniture),
        published=published or layout.published or (dated.published if dated else None),
        publisher=outlet_of(address) or clean(site) or host(address),  # one name for one newspaper
        author=author,
        section=facts.section or meta.get("article:section", "") or meta.get("og:article:section", ""),
        url=address,
        language=language,
        furniture=merged([*layout.furniture, *beside]),
        headings=tuple(span for span in _headings(layout, blocks, spans) if not _within(span, [*beside, *standfirst])),
    )


def _standfirst(blocks: list[PageBlock], spans: list[Span]) -> list[Span]:
    """The sentence below the headline, which many papers leave without its full stop."""
    below = [(block, span) for block, span in zip(blocks, spans, strict=True) if not block.aside]
    for (above, _), (block, span) in pairwise(below):
        if any(part.tag == "h1" for part in above.path):
            return [span] if len(block.text.split()) >= STANDFIRST else []
    return []


def _opening_facts(blocks: list[PageBlock], spans: list[Span], author: str, site: str, language: str) -> list[Span]:
    """The lines near the top that only repeat who wrote it and when, the labels above the headline, and the author below
    the text."""
    headline = next((at for at, block in enumerate(blocks) if any(part.tag == "h1" for part in block.path)), 0)
    found = []
    for at, (block, span) in enumerate(zip(blocks, spans, strict=True)):
        if at < min(headline, OPENING) and len(block.text) <= LABEL and not ENDS_SENTENCE.search(block.text):
            found.append(span)
        elif block.kind != "text" or len(block.text) > LONGEST_FACT:
            continue
        elif at < OPENING:
            stated = parse_date(block.text, "text", language=language) or dateline(block.text, language)
            outlet = (
                re.fullmatch(rf"{re.escape(site)}(?:\s?[,·|•–-].{{1,40}})?", block.text) is not None
            )  # "BBC News, Hexham"
            if (
                stated
                or outlet
                or byline(block.text)
                or _names_author(block.text, author)
                or _says_when(block, language)
            ):
                found.append(span)
        elif at >= len(blocks) - CLOSING and _names_author(block.text, author):
            found.append(span)
    return found


def _names_author(line: str, author: str) -> bool:
    """Whether a line is an author's name and at most what he is: "Ruth Hale Environment correspondent"."""
    name = author.split(",")[0].strip().casefold()
    rest = len(line) - len(name)
    return bool(name) and name in line.casefold() and rest <= LABEL and not ENDS_SENTENCE.search(line)


def _says_when(block: PageBlock, language: str) -> bool:
    return any(element.tag == "time" for element in _parts(block)) or _states_day(block, language) is not None


def _states_day(block: PageBlock, language: str) -> PublicationDate | None:
    """The day that a line says among other things: "Door onze redactie <span>12 mrt 2025 om 07:41</span> Update: vandaag"."""
    stated = [parse_date(_text(element), "text", language=language) for element in _parts(block)]
    stated += [
        parse_date(element.get("datetime"), "time element") for element in _parts(block) if element.tag == "time"
    ]
    return next((day for day in stated if day and day.precision == "day"), None)


def _parts(block: PageBlock) -> Iterator[Any]:
    """The elements within a line that is no sentence; none where its element holds more than that line."""
    if not block.path:  # behind the last element of a broken page
        return
    innermost = block.path[-1]
    whole = _text(innermost)
    if len(whole) <= len(block.text) + LABEL and not ENDS_SENTENCE.search(whole):
        yield from (element for element in innermost.iter() if isinstance(element.tag, str))


def _text(element: Any) -> str:
    return " ".join("".join(element.itertext()).split())


def _opening_dateline(blocks: list[PageBlock], language: str) -> Dateline | None:
    """Who and when by the first line near the top that says when: "Yvonne Hofs 12 maart 2025, 17:00"."""
    for block in blocks[:OPENING]:
        if block.kind == "text" and len(block.text) <= LONGEST_FACT:
            if found := next(filter(None, (dateline(line, language) for line in block.text.split("\n"))), None):
                return found
            if stated := _states_day(block, language):
                texts = [_text(part) for part in _parts(block)]
                name = next((text for text in texts[1:] if is_name(text) and not names_outlet(text)), "")
                return Dateline("", next(filter(None, map(byline, texts)), name), stated)
    return None


def text_of_fragment(fragment: str) -> str:
    """All visible text of a piece of HTML, a blank line between its blocks; "" where there is none.

    Raises:
        ReadError: it cannot be parsed at all.
    """
    tree = _parse(fragment)
    remove_hidden(tree)
    return _composed(visible_blocks(tree))[0]


def lay_out_fragment(fragment: str, language: str = "") -> tuple[str, Layout]:
    """As `text_of_fragment`, with what its lines are, of which the markup knows more than their words."""
    tree = _parse(fragment)
    remove_hidden(tree)
    blocks = visible_blocks(tree)
    text, spans = _composed(blocks)
    layout = lay_out(text, language=language)
    beside = [span for span, block in zip(spans, blocks, strict=True) if block.aside]
    return text, replace(
        layout, furniture=merged([*layout.furniture, *beside]), headings=_headings(layout, blocks, spans)
    )


def _headings(layout: Layout, blocks: list[PageBlock], spans: list[Span]) -> tuple[Span, ...]:
    """What the markup calls a heading, and of mere text what looks like one."""
    explicit = [span for span, block in zip(spans, blocks, strict=True) if block.kind == "heading" and not block.aside]
    fixed = [span for span, block in zip(spans, blocks, strict=True) if block.kind != "text"]
    inferred = [span for span in layout.headings if not _within(span, fixed)]
    return tuple(sorted([*explicit, *inferred], key=lambda span: span.start))


def _parse(page: str) -> HtmlElement:
    from lxml import etree  # type: ignore[import-untyped, unused-ignore]
    from lxml.html import HTMLParser, document_fromstring

    # Control characters are not allowed in a page and would end the parse; they become spaces.
    page = re.sub(r"[\x00-\x08\x0b\x0e-\x1f]", " ", valid_unicode(page))
    parser = HTMLParser(encoding="utf-8", no_network=True, huge_tree=False)
    try:
        tree: HtmlElement = document_fromstring(page.encode("utf-8"), parser=parser)
    except (etree.ParserError, etree.LxmlError, ValueError, AssertionError) as error:
        raise no_text("the page cannot be parsed") from error
    return tree


def _main_blocks(tree: HtmlElement, url: str) -> list[PageBlock]:
    """The blocks of the article; where trafilatura sees none, all text of the page's main element."""
    import copy
    import logging

    from trafilatura import bare_extraction

    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
    try:
        found = bare_extraction(
            copy.deepcopy(tree), url=url or None, with_metadata=False, include_comments=False,
            include_tables=True, include_images=False, include_links=False, deduplicate=False,
        )  # fmt: skip
    except Exception:  # any page must give text; what the library stumbles over, the plain walk below reads
        found = None
    body: Any = getattr(found, "body", None)
    kept = [block.text for block in visible_blocks(body)] if body is not None else []
    blocks = article_blocks(tree, kept)
    size = sum(len(block.text) for block in blocks)
    if size >= SHORT_ARTICLE:
        return blocks
    whole = next((part for path in ("//article", "//main", "//body") for part in tree.xpath(path)), tree)
    plain = visible_blocks(whole, drop=frozenset({"nav", "footer", "aside", "form", "title"}))
    return plain if sum(len(block.text) for block in plain) > size else blocks


def _composed(blocks: list[PageBlock]) -> tuple[str, list[Span]]:
    """The text of some blocks, a blank line between them, and the span of each."""
    spans: list[Span] = []
    position = 0
    for block in blocks:
        spans.append(Span(position, position + len(block.text)))
        position += len(block.text) + 2
    return "\n\n".join(block.text for block in blocks), spans


def _within(span: Span, others: list[Span]) -> bool:
    return any(span.start < other.end and other.start < span.end for other in others)
