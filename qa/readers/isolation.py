"""Parsing foreign formats in a process of its own, so that a file can at worst lose itself.

A damaged or hostile file may make a parser hang, eat all memory or crash it. The child (`child.py`) has
limits on memory and time, cannot write files, and may not open connections or start programs; it is given
bytes and gives back articles. When it dies the file is reported and the next one gets a new child. One child
serves many files, because starting one costs half a second.
"""

from __future__ import annotations

import atexit
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import cast

from embeddings.records import Article, PublicationDate, Span
from qa.errors import ReadError
from qa.readers.document import Document, Report

__all__ = ["interrupt", "read_isolated", "stop"]

WALL_SECONDS = 90.0  # beyond the processor time that the child grants itself, for machines that are busy
DOCUMENTS_A_CHILD = 500  # after so many a new one is started, so that leaks of parsers do not add up
_START = "import sys; sys.path.insert(0, sys.argv[1]); from qa.readers.child import main; main()"


def read_isolated(document: Document, reader: str, report: Report) -> Iterator[Article]:
    """The articles that a reader finds in a document, read in the child.

    Args:
        reader: "module:function", as in `formats.py`.

    Raises:
        ReadError: as the reader, or the child hung, ran out of memory or crashed.
    """
    data = document.read()
    answers = _shared.ask(document, reader, data)
    for answer in answers:
        if "article" in answer:
            yield article_from(cast(dict[str, object], answer["article"]))
        elif "problem" in answer:
            source, cause, remedy = cast(list[str], answer["problem"])
            report(source, ReadError(cause, remedy))
        elif "error" in answer:
            cause, remedy = cast(list[str], answer["error"])
            raise ReadError(cause, remedy)


def stop() -> None:
    """End the child; the next file starts a new one."""
    _shared.stop()


def interrupt() -> None:
    """End the child in the middle of a file; whoever waits for its answer gets a `ReadError` at once."""
    _shared.interrupt()


def record_of(article: Article) -> dict[str, object]:
    """An article as JSON can carry it."""
    return asdict(article)


def article_from(record: dict[str, object]) -> Article:
    """The inverse of `record_of`."""
    values = dict(record)
    published = cast(dict[str, str] | None, values.pop("published"))
    furniture = cast(list[dict[str, int]], values.pop("furniture"))
    headings = cast(list[dict[str, int]], values.pop("headings"))
    return Article(
        **cast(dict[str, str], values),
        published=PublicationDate(**published) if published else None,
        furniture=tuple(Span(**span) for span in furniture),
        headings=tuple(Span(**span) for span in headings),
    )


class _Child:
    """The process, started when first needed; one caller at a time."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._served = 0
        self._lock = threading.Lock()

    def ask(self, document: Document, reader: str, data: bytes) -> list[dict[str, object]]:
        """All answers of the child about one document."""
        with self._lock:
            process = self._running()
            timed_out = threading.Event()

            def give_up() -> None:
                timed_out.set()
                process.kill()

            timer = threading.Timer(WALL_SECONDS, give_up)
            timer.start()
            try:
                return self._exchange(process, document, reader, data)
            except (OSError, ValueError, EOFError) as error:
                process.kill()
                code = process.wait()
                self.stop()
                raise ReadError(_obituary(code, timed_out.is_set()), "leave it out, or convert it") from error
            except BaseException:  # an interruption leaves half an answer in the pipe
                process.kill()
                self.stop()
                raise
            finally:
                timer.cancel()

    def interrupt(self) -> None:
        if process := self._process:
            process.kill()

    def stop(self) -> None:
        process, self._process, self._served = self._process, None, 0
        if process:
            for pipe in (process.stdin, process.stdout):
                if pipe:
                    try:
                        pipe.close()
                    except OSError:
                        continue
            try:
                process.wait(timeout=2)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process and (self._process.poll() is not None or self._served >= DOCUMENTS_A_CHILD):
            self.stop()
        if self._process is None:
            root = str(Path(__file__).resolve().parents[2])
            environment = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
            self._process = subprocess.Popen(
                [sys.executable, "-I", "-X", "utf8", "-c", _START, root],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=environment,
                start_new_session=True,  # an interruption at the terminal is ours to handle
            )
        self._served += 1
        return self._process

    def _exchange(
        self, process: subprocess.Popen[bytes], document: Document, reader: str, data: bytes
    ) -> list[dict[str, object]]:
        if process.stdin is None or process.stdout is None:
            raise OSError("no pipes")
        header = {
            "reader": reader,
            "length": len(data),
            "source": document.source,
            "name": document.name,
            "media_type": document.media_type,
            "charset": document.charset,
            "url": document.url,
        }
        process.stdin.write(json.dumps(header).encode("utf-8") + b"\n")
        process.stdin.write(data)
        process.stdin.flush()
        answers: list[dict[str, object]] = []
        while True:
            line = process.stdout.readline()
            if not line.endswith(b"\n"):
                raise EOFError
            answer = cast(dict[str, object], json.loads(line))
            if answer.get("done"):
                return answers
            answers.append(answer)


def _obituary(code: int, timed_out: bool) -> str:
    if timed_out or code in (-24, 128 + 24):  # SIGXCPU
        return "reading it took too long and was ended"
    if code in (-9, -6, -11, -7, -4) or code > 128:
        return "reading it crashed or ran out of memory"
    return "reading it failed without a reason"


_shared = _Child()
atexit.register(_shared.stop)
