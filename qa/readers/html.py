"""Web pages: the main text as trafilatura finds it, what a browser would not show taken out first.

The stored text is the extracted text, since markup is nothing that a person could check a quotation against.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from embeddings.records import Article, Span
from qa.dates import parse_date
from qa.readers.decoding import decode, no_text
from qa.readers.document import Document, Report
from qa.readers.exports import looks_exported, split_export
from qa.readers.fields import Fields, clean, language_code, valid_unicode
from qa.readers.hidden import remove_hidden
from qa.readers.layout import first_sentence, lay_out, merged
from qa.readers.masthead import Dateline, dateline
from qa.readers.page_blocks import PageBlock, article_blocks, visible_blocks
from qa.readers.page_facts import host, linked_data, outlet_of, page_address, page_meta, page_published, page_title

if TYPE_CHECKING:
    from lxml.html import HtmlElement  # type: ignore[import-untyped, unused-ignore]

__all__ = ["parsed_page", "read_html", "text_of_fragment"]

LARGEST_PAGE = 20 * 2**20  # bytes
OPENING = 12  # blocks among which byline and date are looked for
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
    address = page_address(tree, meta, url)
    published = page_published(tree, linked, meta, address, language)
    title = page_title(tree, linked, meta)
    remove_hidden(tree)
    blocks = _main_blocks(tree, address)
    text, spans = _composed(blocks)
    if not text:
        raise no_text("the page has no running text")
    layout = lay_out(text, language=language)
    beside = [span for span, block in zip(spans, blocks, strict=True) if block.aside]
    explicit = [span for span, block in zip(spans, blocks, strict=True) if block.kind == "heading" and not block.aside]
    fixed = [span for span, block in zip(spans, blocks, strict=True) if block.kind != "text"]
    inferred = [span for span in layout.headings if not _within(span, fixed)]
    facts = Fields(linked)
    dated = _opening_dateline(blocks, language)
    beside += _opening_facts(blocks, spans, facts.author or meta.get("author", ""), language)
    inferred = [span for span in inferred if not _within(span, beside)]
    site = facts.publisher or meta.get("og:site_name", "") or meta.get("application-name", "")
    return Article(
        text=text,
        source=source,
        title=title or layout.title or first_sentence(text, layout.furniture),
        published=published or layout.published or (dated.published if dated else None),
        publisher=clean(site) or outlet_of(address) or host(address),
        author=facts.author or layout.author or meta.get("author", "") or (dated.author if dated else ""),
        section=facts.section or meta.get("article:section", ""),
        url=address,
        language=language,
        furniture=merged([*layout.furniture, *beside]),
        headings=tuple(sorted([*explicit, *inferred], key=lambda span: span.start)),
    )


def _opening_facts(blocks: list[PageBlock], spans: list[Span], author: str, language: str) -> list[Span]:
    """The lines near the top that only repeat who wrote it and when."""
    return [
        span
        for block, span in zip(blocks[:OPENING], spans, strict=False)
        if block.kind == "text"
        and len(block.text) <= 120
        and (
            block.text.casefold() == author.casefold()
            or _holds_time(block)
            or parse_date(block.text, "text", language=language)
            or dateline(block.text, language)
        )
    ]


def _opening_dateline(blocks: list[PageBlock], language: str) -> Dateline | None:
    """Who and when by the first line near the top that says when: "Yvonne Hofs 12 maart 2025, 17:00"."""
    for block in blocks[:OPENING]:
        if block.kind == "text" and len(block.text) <= 120:
            if found := dateline(block.text, language):
                return found
            stated = parse_date(block.text, "text", language=language)
            if stated and stated.precision == "day":
                return Dateline("", "", stated)
    return None


def _holds_time(block: PageBlock) -> bool:
    """Whether a line is the one that says when: "12 mrt 2025 om 07:41 Update: 5 uur geleden"."""
    innermost = block.path[-1]
    return next(innermost.iter("time"), None) is not None and "".join(innermost.itertext()).strip()[-1:] not in ".!?"


def text_of_fragment(fragment: str) -> str:
    """All visible text of a piece of HTML, a blank line between its blocks; "" where there is none.

    Raises:
        ReadError: it cannot be parsed at all.
    """
    tree = _parse(fragment)
    remove_hidden(tree)
    return _composed(visible_blocks(tree))[0]


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
