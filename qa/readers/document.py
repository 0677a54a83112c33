"""What a reader is given and what it gives: the seam between the formats and everything else."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import PurePath
from typing import BinaryIO, Protocol, TypeAlias

from embeddings.records import Article
from qa.errors import ReadError
from qa.readers.decoding import no_text

__all__ = ["MAXIMUM_BYTES", "MAXIMUM_TEXT", "Document", "Reader", "Report"]

MAXIMUM_BYTES = 256 * 2**20  # of a file that has to be read as a whole
MAXIMUM_TEXT = 100_000_000  # characters of one article, or of all that one archive or office file unpacks to

Report: TypeAlias = Callable[[str, ReadError], None]
"""Takes the source of one record that could not be read, and why; the rest of its container goes on."""


@dataclass(frozen=True, slots=True)
class Document:
    """An opened input.

    Attributes:
        source: the absolute path or URL, as it will stand in `Article.source`.
        name: the file name, whose extension tells the format.
        stream: the bytes, at their beginning.
        size: in bytes, -1 where unknown.
        media_type: as the server or the archive declared it, "" where it did not.
        charset: as the server declared it, "" where it did not.
        url: the web address that it came from, "" for files.
    """

    source: str
    name: str
    stream: BinaryIO
    size: int = -1
    media_type: str = ""
    charset: str = ""
    url: str = ""

    @property
    def suffix(self) -> str:
        """The extension in lower case with its dot."""
        return PurePath(self.name).suffix.lower()

    def read(self, limit: int = MAXIMUM_BYTES) -> bytes:
        """All bytes.

        Raises:
            ReadError: more than `limit` bytes, or the file cannot be read.
        """
        if self.size > limit:
            raise self._too_large(limit)
        try:
            data = self.stream.read(limit + 1)
        except OSError as error:
            raise ReadError(
                f"cannot be read: {error.strerror or error}", "check the disk and its permissions"
            ) from error
        if len(data) > limit:
            raise self._too_large(limit)
        if not data:
            raise no_text("the file is empty")
        return data

    def _too_large(self, limit: int) -> ReadError:
        return ReadError(f"larger than {limit // 2**20} MB, the most that is read of this format", "split the file")


class Reader(Protocol):
    """One family of formats."""

    def __call__(self, document: Document, report: Report) -> Iterator[Article]:
        """The articles of a document, in their order.

        Raises:
            ReadError: the document as a whole cannot be read; what is wrong with single records goes to
                `report`.
        """
        ...
