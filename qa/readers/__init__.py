"""From files, folders and web addresses to articles.

`discover` finds the files, `read` reads one. The formats stand in `formats.py`, each with a reader of its
own.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import replace

from embeddings.records import Article
from qa.errors import ReadError
from qa.readers.decoding import NO_TEXT, no_text
from qa.readers.discovery import Found, discover, is_web_address, source_of
from qa.readers.document import Document, Report
from qa.readers.formats import Format, format_named, format_of
from qa.readers.isolation import interrupt as interrupt_reading
from qa.readers.isolation import read_isolated
from qa.readers.opening import changed_since, open_file
from qa.readers.web import WebAccess, fetch

__all__ = [
    "NO_TEXT",
    "Document",
    "Found",
    "WebAccess",
    "discover",
    "interrupt_reading",
    "is_web_address",
    "no_text",
    "open_file",
    "read",
    "read_document",
    "read_hidden_text",
    "source_of",
]

TELLING = 400  # characters from which a text itself says best in which language it is
OWN_LANGUAGES = frozenset({"nl", "en", "de", "fr"})  # of which that is certain enough to overrule a page
ATTEMPTS = 3  # at a file that changes while it is read


def read(
    path_or_url: str,
    *,
    report: Report | None = None,
    web: WebAccess | None = None,
    position: Callable[[int], None] | None = None,
) -> Iterator[Article]:
    """The articles of one file or web address.

    Args:
        report: is told of records of a container that cannot be read; without it the first such record
            raises.
        web: what may be fetched, and how much of it.
        position: of a file that is read as a stream, is told before each article how many bytes have been read.

    Raises:
        ReadError: the input cannot be read; for containers, articles may have come before.
    """
    told = report or _raise
    if is_web_address(path_or_url):
        yield from read_document(fetch(path_or_url, web or WebAccess()), told)
        return
    path = os.path.abspath(os.path.expanduser(path_or_url))  # noqa: PTH100, PTH111
    for attempt in range(1, ATTEMPTS + 1):
        with open_file(path) as stream:
            before = os.fstat(stream.fileno())
            document = Document(source_of(path), os.path.basename(path), stream, before.st_size)  # noqa: PTH119
            kind = format_of(document) or format_named("plain text")
            if kind.streams:
                for article in read_document(document, told, kind):
                    if position:
                        position(stream.tell())
                    yield article
                if changed_since(path, before):
                    raise ReadError("the file changed while it was read", "add it again")
                return
            articles, problems, failure = _whole(document, kind)
        if changed_since(path, before):
            if attempt < ATTEMPTS:
                continue
            raise ReadError("the file keeps changing while it is read", "add it again when it is finished")
        yield from articles
        for problem in problems:
            told(*problem)
        if failure:
            raise failure
        return


def read_hidden_text(path: str) -> Iterator[tuple[str, str]]:
    """The running text that a saved web page holds and a browser does not show, each with what hides it.

    Raises:
        ReadError: the file cannot be read.
    """
    with open_file(path) as stream:
        document = Document(source_of(path), os.path.basename(path), stream, os.fstat(stream.fileno()).st_size)  # noqa: PTH119
        for piece in read_isolated(document, "qa.readers.hidden:read_hidden", lambda *_: None):
            yield piece.title, piece.text


def _whole(document: Document, kind: Format) -> tuple[list[Article], list[tuple[str, ReadError]], ReadError | None]:
    """All that a document gives, held back until it is known that the file did not change meanwhile."""
    articles: list[Article] = []
    problems: list[tuple[str, ReadError]] = []
    try:
        for article in read_document(document, lambda source, error: problems.append((source, error)), kind):
            articles.append(article)
    except ReadError as error:
        return articles, problems, error
    return articles, problems, None


def read_document(document: Document, report: Report, kind: Format | None = None) -> Iterator[Article]:
    """The articles of an opened input, each with its language named.

    Raises:
        ReadError: as `read`.
    """
    from embeddings.languages import identify

    kind = kind or format_of(document) or format_named("plain text")
    articles = read_isolated(document, kind.reader, report) if kind.isolated else kind.load()(document, report)
    for article in articles:
        language = article.language
        if not language:
            language = identify(article.text[:2000])
        elif kind.isolated and len(article.text) >= TELLING:
            # Templates of pages and programs that make books often say "en" whatever the text is in.
            seen = identify(article.text[:2000])
            language = seen if seen in OWN_LANGUAGES else language
        yield article if article.language == language else replace(article, language=language)


def _raise(source: str, error: ReadError) -> None:
    raise error
