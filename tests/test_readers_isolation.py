"""The child process: what a parser may not do, and that its death costs one file only."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest

from embeddings.records import Article, PublicationDate, Span
from qa.errors import ReadError
from qa.readers import isolation
from qa.readers.document import Document
from qa.readers.isolation import article_from, read_isolated, record_of

ROOT = Path(__file__).resolve().parent.parent


def _guarded(code: str) -> subprocess.CompletedProcess[str]:
    """Run code in a process that has the child's limits and guard."""
    program = (
        "from qa.readers import child\nimport sys, socket, os, subprocess\n"
        f"child._limit_resources(); sys.addaudithook(child._guard()); child._limit_time()\n{code}"
    )
    return subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )


def test_an_article_survives_the_way_through_the_pipe() -> None:
    article = Article(
        "tekst ‘é’ 😀", "/a b.txt#1", "t", PublicationDate("2022-02", "json-ld"), "p", "a", "s", "u", "nl", "x",
        (Span(0, 2),), (Span(3, 4), Span(5, 6)),
    )  # fmt: skip
    assert article_from(record_of(article)) == article
    assert article_from(record_of(Article("x", "y"))) == Article("x", "y")


@pytest.mark.parametrize(
    "code",
    [
        "socket.create_connection(('127.0.0.1', 9))",
        "socket.getaddrinfo('example.org', 80)",
        "subprocess.run(['true'])",
        "os.system('true')",
        "open('/etc/passwd').read()",
        "open('/tmp/bronvast-child-was-here', 'w')",
        "os.remove('/tmp/bronvast-no-such-file')",
        "os.fork()",
    ],
)
def test_a_parser_may_not_reach_out(code: str) -> None:
    done = _guarded(
        f"try:\n    {code}\nexcept PermissionError as error:\n    print('forbidden', error)\nelse:\n    print('done')"
    )
    assert done.stdout.startswith("forbidden a parser tried"), done.stderr[-500:]


def test_memory_and_time_are_limited() -> None:
    memory = _guarded("try:\n    x = bytearray(4 * 2**30)\nexcept MemoryError:\n    print('no memory')")
    assert memory.stdout == "no memory\n"
    hung = _guarded("child.PROCESSOR_SECONDS = 0\nchild._limit_time()\nwhile True: pass")
    assert hung.returncode == -24  # SIGXCPU


@pytest.fixture
def killer(monkeypatch: pytest.MonkeyPatch) -> None:
    """Makes the exchange with the child break off as if the child had died."""

    def die(self: object, process: subprocess.Popen[bytes], *arguments: object) -> None:
        process.kill()
        raise EOFError

    monkeypatch.setattr(isolation._Child, "_exchange", die)


def test_the_death_of_the_child_is_one_files_error(killer: None, monkeypatch: pytest.MonkeyPatch) -> None:
    page = b"<p>De brug is dicht.</p>"
    with pytest.raises(ReadError, match="crashed"):
        list(read_isolated(Document("x", "x.html", io.BytesIO(page)), "qa.readers.html:read_html", lambda *_: None))
    monkeypatch.undo()
    (article,) = read_isolated(Document("x", "x.html", io.BytesIO(page)), "qa.readers.html:read_html", lambda *_: None)
    assert article.text == "De brug is dicht."


def test_only_readers_can_be_asked_for() -> None:
    with pytest.raises(ReadError):
        list(read_isolated(Document("x", "x", io.BytesIO(b"x")), "os:system", lambda *_: None))


def test_the_child_is_reused_and_can_be_stopped() -> None:
    def ask() -> int:
        document = Document("x", "x.html", io.BytesIO(b"<p>De brug is dicht.</p>"))
        list(read_isolated(document, "qa.readers.html:read_html", lambda *_: None))
        process = isolation._shared._process
        assert process is not None
        return process.pid

    first = ask()
    assert ask() == first
    isolation.stop()
    with pytest.raises(ProcessLookupError):
        os.kill(first, 0)
    assert ask() != first
