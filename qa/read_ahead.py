"""Parsing the next files while the passages of the last ones are encoded.

Only formats that are parsed in the child process are read ahead: the child works on a core of its own, while
a reader in this process would only take turns with the encoder. Where there are no more than two cores, the
encoder has use for both of them and nothing is read ahead. What is held ready is bounded by the number
and the size of the files, so that memory stays flat.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from types import TracebackType
from typing import Generic, Self, TypeVar

from embeddings.records import Article
from qa.errors import ReadError
from qa.readers import Found, interrupt_reading, is_web_address, read
from qa.readers.document import Report
from qa.readers.formats import format_of_name

__all__ = ["ReadAhead", "Reading"]

FILES = 64  # a batch of the encoder is the articles of some forty files
BYTES = 32 * 2**20
PROCESSORS = 2  # more than these, and one can be spared
LARGEST = 8 * 2**20  # a larger file is read in its turn

Known = TypeVar("Known")


@dataclass(frozen=True, slots=True)
class Reading:
    """All that one file gave."""

    articles: tuple[Article, ...]
    problems: tuple[tuple[str, ReadError], ...]
    failure: ReadError | None

    def replay(self, report: Report) -> Iterator[Article]:
        """As `read` would have given it.

        Raises:
            ReadError: the one that ended the reading.
        """
        for problem in self.problems:
            report(*problem)
        yield from self.articles
        if self.failure:
            raise self.failure


class ReadAhead(Generic[Known]):
    """The files of a run in their order, each with what was found out about it and, maybe, its reading.

    Args:
        known: what the caller already knows of a file, asked in the caller's own thread; where it is not None
            the file is not read ahead.
    """

    def __init__(self, found: Sequence[Found], known: Callable[[Found], Known | None]) -> None:
        self._found, self._known = found, known
        self._pool = ThreadPoolExecutor(1, "reading ahead")
        self._spare = (os.cpu_count() or 1) > PROCESSORS

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)
        if error is not None:
            interrupt_reading()  # nobody waits for what it is at

    def __iter__(self) -> Iterator[tuple[Found, Known | None, Reading | None]]:
        waiting: deque[tuple[Found, Known | None, Future[Reading] | None]] = deque()
        size = 0
        for one in self._found:
            while waiting and (len(waiting) >= FILES or size + one.size > BYTES):
                first = waiting.popleft()
                size -= first[0].size
                yield self._finished(first)
            known = None if one.problem else self._known(one)
            apart = self._spare and known is None and _worth_it(one)
            waiting.append((one, known, self._pool.submit(_read_whole, one.path) if apart else None))
            size += one.size
        while waiting:
            yield self._finished(waiting.popleft())

    def _finished(
        self, entry: tuple[Found, Known | None, Future[Reading] | None]
    ) -> tuple[Found, Known | None, Reading | None]:
        one, known, future = entry
        return one, known, future.result() if future else None


def _worth_it(one: Found) -> bool:
    kind = format_of_name(one.source)
    small = 0 < one.size <= LARGEST
    return bool(kind and kind.isolated and small and not one.problem and not is_web_address(one.source))


def _read_whole(path: str) -> Reading:
    articles: list[Article] = []
    problems: list[tuple[str, ReadError]] = []
    try:
        for article in read(path, report=lambda source, error: problems.append((source, error))):
            articles.append(article)
    except ReadError as error:
        return Reading(tuple(articles), tuple(problems), error)
    return Reading(tuple(articles), tuple(problems), None)
