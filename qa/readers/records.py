"""JSON and JSON Lines: an article a record."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import cast

from embeddings.records import Article
from qa.dates import date_in_url, first_date
from qa.errors import ReadError
from qa.readers.decoding import decode, no_text
from qa.readers.document import MAXIMUM_TEXT, Document, Report
from qa.readers.fields import Fields
from qa.readers.layout import first_sentence, lay_out
from qa.readers.page_facts import outlet_of

__all__ = ["Numbering", "article_of_record", "read_json", "read_json_lines"]

LONGEST_LINE = 16 * 2**20  # bytes of one record of a JSON Lines file
_LISTS = (
    "articles",
    "items",
    "data",
    "results",
    "docs",
    "documents",
    "records",
    "entries",
    "hits",
    "response",
    "value",
    "feed",
)


class Numbering:
    """Sources for the records of one container: `path#id`, or the number where there is no id or it was used
    before."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._used: set[str] = set()
        self._last_bare = 0  # the last record without an id; to keep the numbers of millions would take much memory

    def source(self, number: int, identifier: str = "") -> str:
        """The source of the record with this number (from 1)."""
        name = identifier or str(number)
        like_a_number = name.isdecimal() and len(name) < 19 and int(name) <= self._last_bare
        if name in self._used or (identifier and like_a_number):
            name = f"{name}~{number}"
        if identifier:
            self._used.add(name)
        else:
            self._last_bare = number
        return f"{self._source}#{name}"


def read_json_lines(document: Document, report: Report) -> Iterator[Article]:
    """One article a line, read as a stream; a line that is wrong is reported by its number and left out."""
    numbering = Numbering(document.source)
    seen = False
    for number, line in _json_lines(document, report):
        try:
            record = json.loads(line)
        except (ValueError, RecursionError) as error:
            report(
                f"{document.source}#{number}",
                ReadError(f"line {number} is not JSON: {_reason(error)}", "mend or delete it"),
            )
            seen = True
            continue
        seen = True
        yield from _article(record, number, numbering, document, report)
    if not seen:
        raise no_text("the file holds no records")


def read_json(document: Document, report: Report) -> Iterator[Article]:
    """One article, a list of them, or an object with such a list; JSON Lines under the wrong name is read as
    such."""
    text = decode(document.read(), "utf-8").text
    try:
        value = json.loads(text)
    except RecursionError as error:
        raise ReadError("JSON that is nested too deeply", "flatten it") from error
    except ValueError as error:
        if str(error).startswith("Extra data"):
            import io

            lines = Document(document.source, document.name, io.BytesIO(text.encode("utf-8", "replace")))
            yield from read_json_lines(lines, report)
            return
        raise ReadError(f"not valid JSON: {_reason(error)}", "mend the file") from error
    records = _records(value)
    if records is None:
        fields = Fields(cast(Mapping[str, object], value)) if isinstance(value, dict) else Fields({})
        yield article_of_record(fields, document.source)
        return
    numbering = Numbering(document.source)
    for number, record in enumerate(records, start=1):
        yield from _article(record, number, numbering, document, report)
    if not records:
        raise no_text("the list of records is empty")


def article_of_record(fields: Fields, source: str) -> Article:
    """The article that a record holds.

    Raises:
        ReadError: it has no text.
    """
    text, layout = fields.text, None
    if (not text and fields.html) or re.match(r"\s*<(?:!doctype|html|p|div|article|h\d)\b", text, re.IGNORECASE):
        from qa.readers.html import lay_out_fragment

        text, layout = lay_out_fragment(fields.html or text, fields.language)
    text = text or fields.summary
    if not text.strip():
        raise no_text("the record has no text field", "name the field text, body or content")
    if len(text) > MAXIMUM_TEXT:
        raise ReadError(f"longer than {MAXIMUM_TEXT // 10**6} million characters", "split it")
    layout = layout if layout and text.strip() else lay_out(text, language=fields.language)
    url = fields.url or layout.url
    published = first_date(((value, "field date") for value in fields.dates), language=fields.language)
    return Article(
        text=text,
        source=source,
        title=fields.title or ("" if fields.names_title else layout.title or first_sentence(text, layout.furniture)),
        published=published or layout.published or (date_in_url(url) if url else None),
        publisher=fields.publisher or layout.publisher or (outlet_of(url) if url else ""),
        author=fields.author or layout.author,
        section=fields.section or layout.section,
        url=url,
        language=fields.language,
        external_id=fields.identifier,
        furniture=layout.furniture,
        headings=layout.headings,
    )


def _article(
    record: object, number: int, numbering: Numbering, document: Document, report: Report
) -> Iterator[Article]:
    if not isinstance(record, dict):
        report(
            numbering.source(number),
            ReadError(f"record {number} is not an object", "give each record named fields"),
        )
        return
    fields = Fields(record)
    source = numbering.source(number, fields.identifier)
    try:
        yield article_of_record(fields, source)
    except ReadError as error:
        report(source, error)


def _json_lines(document: Document, report: Report) -> Iterator[tuple[int, str]]:
    number = 0
    while True:
        line = document.stream.readline(LONGEST_LINE + 1)
        if not line:
            return
        number += 1
        if len(line) > LONGEST_LINE and not line.endswith(b"\n"):
            while line and not line.endswith(b"\n"):
                line = document.stream.readline(LONGEST_LINE)
            reason = f"line {number} is longer than {LONGEST_LINE // 2**20} MB"
            report(f"{document.source}#{number}", ReadError(reason, "split the record"))
            continue
        if number == 1 and line.startswith((b"\xff\xfe", b"\xfe\xff")):
            raise ReadError("JSON Lines in UTF-16", "save the file as UTF-8")
        if line.strip(b"\xef\xbb\xbf \t\r\n"):
            try:
                yield number, decode(line).text
            except ReadError as error:
                report(f"{document.source}#{number}", ReadError(f"line {number}: {error.cause}", error.remedy))


def _records(value: object) -> list[object] | None:
    """The list of records that a JSON value is or holds; None where it is one record itself."""
    for _ in range(3):
        if isinstance(value, list):
            return cast(list[object], value)
        if not isinstance(value, dict) or Fields(value).text:
            return None
        lists = [part for part in value.values() if isinstance(part, list) and part and isinstance(part[0], dict)]
        only = lists[0] if len(lists) == 1 else None
        value = next((value[name] for name in _LISTS if isinstance(value.get(name), list | dict)), only)
    return cast(list[object], value) if isinstance(value, list) else None


def _reason(error: Exception) -> str:
    return "nested too deeply" if isinstance(error, RecursionError) else str(error).split("\n")[0][:120]
