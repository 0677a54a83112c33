"""CSV and TSV: an article a row, the columns named in the first."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterator
from typing import TextIO, cast

from embeddings.records import Article
from qa.errors import ReadError
from qa.readers.decoding import decode, no_text
from qa.readers.document import Document, Report
from qa.readers.fields import Fields
from qa.readers.records import Numbering, article_of_record

__all__ = ["read_table"]

LONGEST_CELL = 16 * 2**20  # characters
_SAMPLE = 256 * 1024
_NAMED_DELIMITER = re.compile(r"\s*sep=(.)[ \t]*\r?\n")  # the first line of tables for Excel


def read_table(document: Document, report: Report) -> Iterator[Article]:
    """One article a row, read as a stream; source is `path#id`, or the number of the row where there is no
    id."""
    sample = document.stream.read(_SAMPLE)
    if not sample:
        raise no_text("the file is empty")
    decoded = decode(_whole_lines(sample))
    encoding = "utf-8-sig" if decoded.encoding == "utf-8" else decoded.encoding
    if encoding.startswith(("utf-16", "utf-32")):
        encoding = encoding[:6]
    document.stream.seek(0)
    lines = io.TextIOWrapper(io.BufferedReader(_Bytes(document)), encoding, errors="replace", newline="")
    csv.field_size_limit(LONGEST_CELL)
    named_delimiter = _NAMED_DELIMITER.match(decoded.text)
    delimiter = named_delimiter[1] if named_delimiter else _delimiter(decoded.text, document.suffix)
    rows = csv.reader(_without_zeros(lines), delimiter=delimiter)
    numbering = Numbering(document.source)
    try:
        header = next(rows, [])
        if named_delimiter:
            header = next(rows, [])
        named = Fields(dict.fromkeys(header, "x"))
        if not (named.text or named.html or named.summary):
            raise ReadError("no column is named text, body or content", "name the columns in the first row")
        number = 0
        for number, row in enumerate(rows, start=1):
            if not any(cell.strip() for cell in row):
                continue
            fields = Fields(dict(zip(header, row, strict=False)))
            source = numbering.source(number, fields.identifier)
            try:
                yield article_of_record(fields, source)
            except ReadError as error:
                report(source, error)
    except csv.Error as error:
        raise ReadError(f"row {rows.line_num}: {error}", "mend the file") from error
    if not number:
        raise no_text("the table has no rows")


def _whole_lines(sample: bytes) -> bytes:
    """The sample up to its last line end, so that no character is cut in two."""
    if len(sample) < _SAMPLE:
        return sample
    if sample.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return sample[: len(sample) // 4 * 4]
    return sample[: sample.rfind(b"\n") + 1] or sample


def _delimiter(text: str, suffix: str) -> str:
    if suffix in (".tsv", ".tab"):
        return "\t"
    first = text.split("\n", 1)[0]
    return max(",;\t|", key=first.count)


def _without_zeros(lines: TextIO) -> Iterator[str]:
    while line := lines.readline(LONGEST_CELL + 1):
        yield line.replace("\0", "\ufffd")


class _Bytes(io.RawIOBase):
    """The document's stream for a text wrapper that must not close it."""

    def __init__(self, document: Document) -> None:
        self._stream = document.stream

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        view = memoryview(cast(bytearray, buffer))
        data = self._stream.read(len(view))
        view[: len(data)] = data
        return len(data)
