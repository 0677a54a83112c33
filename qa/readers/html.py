"""Web pages: the main text as trafilatura finds it, what a browser would not show taken out first.

The stored text is the extracted text, since markup is nothing that a person could check a quotation against.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from embeddings.records import Article, Span
from qa.readers.decoding import decode, no_text
from qa.readers.document import Document, Report
from qa.readers.fields import Fields, clean, language_code, valid_unicode
from qa.readers.layout import first_sentence, lay_out, merged
from qa.readers.page_facts import host, linked_data, page_address, page_meta, page_published, page_title

if TYPE_CHECKING:
    from lxml.html import HtmlElement  # type: ignore[import-untyped, unused-ignore]

__all__ = ["read_html", "text_of_fragment"]

LARGEST_PAGE = 20 * 2**20  # bytes
_NOT_SHOWN = frozenset(
    ("script", "style", "template", "noscript", "object", "embed", "applet", "iframe", "svg", "math",
    "canvas", "audio",
     "video", "select", "option", "button", "input", "textarea", "datalist", "dialog")
)  # fmt: skip
_HIDDEN_STYLE = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse)|font-size\s*:\s*0(?:\.0+)?(?:px|pt|em|rem|%)?\s*(?:;|!|$)|"
    r"(?<![\w-])opacity\s*:\s*0(?:\.0+)?\s*(?:;|!|$)|content-visibility\s*:\s*hidden",
    re.IGNORECASE,
)
_CHARSET = re.compile(
    rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([A-Za-z0-9_.:-]{2,40})|<\?xml[^>]{0,100}encoding=[\"']([\w.:-]{2,40})",
    re.IGNORECASE,
)
_BLOCKS = frozenset(
    ("p", "div", "li", "dt", "dd", "h1", "h2", "h3", "h4", "h5", "h6", "head", "blockquote", "quote",
    "pre", "code", "tr",
     "item", "list", "table", "hr", "section", "article", "row", "figure", "figcaption", "ul", "ol",
     "dl", "main")
)  # fmt: skip


def read_html(document: Document, report: Report) -> Iterator[Article]:
    """One article a page, with title, date, outlet and author from what the page says about itself."""
    data = document.read(LARGEST_PAGE)
    meta = _CHARSET.search(data[:4096])
    declared = document.charset or ((meta[1] or meta[2]).decode("ascii") if meta else "")
    yield article_of_page(decode(data, declared).text, document.source, document.url, document.name)


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
    text, headings = _main_text(tree, address)
    if not text.strip():
        raise no_text("the page has no running text")
    layout = lay_out(text, language=language)
    facts = Fields(linked)
    site = facts.publisher or meta.get("og:site_name", "") or meta.get("application-name", "")
    return Article(
        text=text,
        source=source,
        title=title or layout.title or first_sentence(text, layout.furniture),
        published=published or layout.published,
        publisher=clean(site) or host(address),
        author=facts.author or layout.author or meta.get("author", ""),
        section=facts.section or meta.get("article:section", ""),
        url=address,
        language=language,
        furniture=layout.furniture,
        headings=merged([*headings, *(span for span in layout.headings if not _within(span, headings))]),
    )


def text_of_fragment(fragment: str) -> str:
    """All visible text of a piece of HTML, a blank line between its blocks; "" where there is none.

    Raises:
        ReadError: it cannot be parsed at all.
    """
    tree = _parse(fragment)
    remove_hidden(tree)
    return _flat_text(tree)[0]


def remove_hidden(tree: HtmlElement) -> None:
    """Take out what a browser would not show: comments, scripts, templates, hidden elements."""
    from lxml import etree  # type: ignore[import-untyped, unused-ignore]

    doomed = []
    for element in tree.iter():
        if not isinstance(element.tag, str):
            doomed.append(element)
        elif element.tag in ("html", "body"):
            continue
        elif (
            element.tag.rsplit("}", 1)[-1] in _NOT_SHOWN
            or element.get("hidden") is not None
            or _HIDDEN_STYLE.search(element.get("style") or "")
        ):
            doomed.append(element)
    for element in doomed:
        parent = element.getparent()
        if parent is None:
            continue
        if element.tail:  # what follows the element is shown and has to stay
            previous = element.getprevious()
            if previous is not None:
                previous.tail = (previous.tail or "") + element.tail
            else:
                parent.text = (parent.text or "") + element.tail
        etree.ElementBase.remove(parent, element) if isinstance(parent, etree.ElementBase) else parent.remove(element)


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


def _main_text(tree: HtmlElement, url: str) -> tuple[str, list[Span]]:
    """The main text and its headings; where trafilatura sees no article, all text of the page's main
    element."""
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
    text, headings = _flat_text(body) if body is not None else ("", [])
    if len(text) >= 200:
        return text, headings
    whole = next((part for path in ("//article", "//main", "//body") for part in tree.xpath(path)), tree)
    plain, plain_headings = _flat_text(whole, drop=frozenset({"nav", "footer", "header", "aside", "form", "title"}))
    return (plain, plain_headings) if len(plain) > len(text) else (text, headings)


def _flat_text(root: Any, drop: frozenset[str] = frozenset({"title"})) -> tuple[str, list[Span]]:
    """The text below an element, a blank line between blocks, and which blocks are headings."""
    pieces: list[tuple[list[str], bool]] = [([], False)]

    def begin(heading: bool) -> None:
        if pieces[-1][0]:
            pieces.append(([], heading))
        else:
            pieces[-1] = ([], heading)

    stack: list[tuple[Any, bool]] = [(root, False)]
    while stack:
        element, closing = stack.pop()
        tag = element.tag if isinstance(element.tag, str) else ""
        if closing:
            if tag in _BLOCKS:
                begin(False)
        elif tag and tag not in drop:
            if tag in _BLOCKS:
                begin(tag == "head" or re.fullmatch(r"h[1-6]", tag) is not None)
            elif tag in ("br", "lb"):
                pieces[-1][0].append("\n")
            elif tag in ("td", "th", "cell"):
                pieces[-1][0].append(" ")
            if element.text:
                pieces[-1][0].append(element.text)
            stack.append((element, True))
            stack.extend((child, False) for child in reversed(element))
            continue
        if element is not root and element.tail:
            pieces[-1][0].append(element.tail)
    text, headings = "", []
    for parts, heading in pieces:
        block = "\n".join(" ".join(line.split()) for line in "".join(_spaced(parts)).split("\n")).strip()
        block = re.sub(r"\n{2,}", "\n", block)
        if not block:
            continue
        text += ("\n\n" if text else "") + block
        if heading:
            headings.append(Span(len(text) - len(block), len(text)))
    return text, headings


def _spaced(parts: list[str]) -> Iterator[str]:
    for part in parts:
        yield part if part == "\n" else part.replace("\r", " ").replace("\n", " ")


def _within(span: Span, others: list[Span]) -> bool:
    return any(span.start < other.end and other.start < span.end for other in others)
