"""EPUB: a chapter is an article, because that is how newspapers and news collections are bound."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import unquote

from embeddings.records import Article
from qa.dates import parse_date
from qa.errors import ReadError
from qa.readers.archive_limits import Package
from qa.readers.decoding import decode, no_text
from qa.readers.document import Document, Report
from qa.readers.fields import clean, language_code
from qa.readers.html import article_of_page
from qa.readers.xml import local_name, parse_xml

__all__ = ["read_epub"]

SHORTEST_CHAPTER = 200  # characters; less is a title page or a table of contents


def read_epub(document: Document, report: Report) -> Iterator[Article]:
    """One article a chapter, in the order of the spine; source is `path#chapter file`."""
    package = Package(document.read())
    container = parse_xml(package.read("META-INF/container.xml"))
    paths = [element.get("full-path") for element in container.iter() if local_name(element) == "rootfile"]
    if not paths or not paths[0]:
        raise ReadError("damaged: it does not say where its contents are", "save it again")
    root = parse_xml(package.read(paths[0]))
    facts: dict[str, str] = {}
    items: dict[str, tuple[str, str]] = {}
    spine: list[str] = []
    for element in root.iter():
        name = local_name(element)
        if name in ("title", "creator", "publisher", "date", "language") and element.text:
            facts.setdefault(name, clean(element.text))
        elif name == "item" and element.get("id") and element.get("href"):
            items[element.get("id")] = (element.get("href"), element.get("properties") or "")
        elif name == "itemref" and element.get("linear") != "no":
            spine.append(element.get("idref") or "")
    names = set(package.names)
    published = parse_date(facts.get("date", ""), "epub date")
    found = False
    for identifier in dict.fromkeys(spine):
        href, properties = items.get(identifier, ("", ""))
        name = posixpath.normpath(posixpath.join(posixpath.dirname(paths[0]), unquote(href.split("#", 1)[0])))
        if name not in names or "nav" in properties.split():
            continue
        source = f"{document.source}#{name}"
        try:
            page = decode(package.read(name), "utf-8").text
            article = article_of_page(page, source)
        except ReadError as error:
            if error.cause.startswith("refused"):
                raise
            if not error.cause.startswith("no text"):
                report(source, error)
            continue
        if len(article.text) < SHORTEST_CHAPTER:
            continue
        found = True
        book = "" if facts.get("title", "") == article.title else facts.get("title", "")
        yield replace(
            article,
            published=article.published or published,
            publisher=article.publisher or facts.get("publisher", "") or book,
            author=article.author or facts.get("creator", ""),
            language=article.language or language_code(facts.get("language", "")),
            section=article.section or book,
        )
    if not found:
        raise no_text("the book has no chapter with running text")
