"""News feeds: RSS, RDF and Atom, saved or fetched; an article an entry."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from embeddings.records import Article
from qa.dates import first_date
from qa.errors import ReadError
from qa.readers.decoding import no_text
from qa.readers.document import Document, Report
from qa.readers.fields import clean, language_code
from qa.readers.html import lay_out_fragment
from qa.readers.layout import Layout, first_sentence, lay_out
from qa.readers.records import Numbering
from qa.readers.xml import local_name, parse_xml

__all__ = ["read_feed"]


def read_feed(document: Document, report: Report) -> Iterator[Article]:
    """One article an entry, with as much text as the feed has; source is `path#guid`, or its link or
    number."""
    root = parse_xml(document.read(), recover=True)
    if local_name(root) not in ("rss", "RDF", "feed"):
        raise ReadError("XML that is no news feed", "export the articles as HTML, JSON or text")
    channel = next((element for element in root.iter() if local_name(element) in ("channel", "feed")), root)
    publisher = _text(channel, "title")
    language = language_code(_text(channel, "language") or root.get("{http://www.w3.org/XML/1998/namespace}lang") or "")
    numbering = Numbering(document.source)
    number = 0
    for entry in root.iter():
        if local_name(entry) not in ("item", "entry"):
            continue
        number += 1
        link = _link(entry)
        identifier = _text(entry, "guid") or _text(entry, "id") or link
        source = numbering.source(number, identifier)
        try:
            text, layout = _body(entry, language)
            if not text.strip():
                raise no_text("the entry has a title only")
        except ReadError as error:
            report(source, error)
            continue
        dates = [(_text(entry, name), f"feed {name}") for name in ("pubDate", "published", "issued", "date", "updated")]
        yield Article(
            text=text,
            source=source,
            title=clean(_text(entry, "title")) or layout.title or first_sentence(text, layout.furniture),
            published=first_date(dates, language=language) or layout.published,
            publisher=_text(entry, "source") or publisher,
            author=_author(entry) or layout.author,
            section=_text(entry, "category"),
            url=link,
            language=language,
            external_id=identifier,
            furniture=layout.furniture,
            headings=layout.headings,
        )
    if not number:
        raise no_text("the feed has no entries")


def _child(element: Any, name: str) -> Any:
    return next((child for child in element if local_name(child) == name), None)


def _text(element: Any, name: str) -> str:
    child = _child(element, name)
    if child is None:
        return ""
    return clean("".join(child.itertext()) or child.get("term") or "")


def _author(entry: Any) -> str:
    author = _child(entry, "author")
    name = _text(author, "name") if author is not None else ""
    return name or _text(entry, "creator") or (_text(entry, "author") if author is not None else "")


def _link(entry: Any) -> str:
    for child in entry:
        if local_name(child) == "link" and child.get("rel", "alternate") == "alternate":
            address = clean(child.get("href") or child.text or "")
            if address.startswith(("http://", "https://")):
                return address
    return ""


def _body(entry: Any, language: str) -> tuple[str, Layout]:
    """The longest of the texts that an entry carries, as text, and what its lines are."""
    bodies = []
    for child in entry:
        if local_name(child) in ("encoded", "content", "description", "summary", "fulltext"):
            if len(child):  # markup that is not escaped
                from lxml import etree  # type: ignore[import-untyped, unused-ignore]

                bodies.append(etree.tostring(child, encoding="unicode", with_tail=False))
            elif child.text:
                bodies.append(child.text)
    longest = max(bodies, key=len, default="")
    if longest.strip() and ("<" in longest or "&" in longest):
        return lay_out_fragment(longest, language)
    return longest.strip(), lay_out(longest.strip(), language=language)
