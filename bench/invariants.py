"""What must never happen, whatever an article says: seen from outside, in what is shown, connected to and written."""

from __future__ import annotations

import io
import os
import re
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from embeddings.library import Library
from prompts import load
from qa.answer import Answer
from qa.console import Console
from qa.messages import Messages
from qa.retriever import LARGEST_SHARE, Retriever

CONTEXT = 8
CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\U000e0000-\U000e007f]")
LINK = re.compile("\x1b\\]8;;([^\x1b]*)\x1b\\\\")
OWN = re.compile("\x1b\\[[0-9;]*m|\x1b\\]8;;[^\x1b]*\x1b\\\\")
WORD = re.compile(r"\w+")


class Egress:
    """Counts connections and writes outside a folder, of this process, while it is entered."""

    def __init__(self, folder: Path) -> None:
        self.found: Counter[str] = Counter()
        self._folder = str(folder)
        self._on = False
        sys.addaudithook(self._watch)

    def __enter__(self) -> Counter[str]:
        self._on = True
        return self.found

    def __exit__(self, *_: object) -> None:
        self._on = False

    def _watch(self, event: str, arguments: tuple[Any, ...]) -> None:
        if not self._on:
            return
        if event in ("socket.getaddrinfo", "socket.gethostbyname") or (
            event == "socket.connect"
            and isinstance(arguments[1], tuple)
            and arguments[1][0] not in ("127.0.0.1", "::1", "localhost")
        ):
            self.found["connections"] += 1
        elif event == "open" and isinstance(arguments[0], str):
            flags = arguments[2] if isinstance(arguments[2], int) else 0
            writes = flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
            if writes and not arguments[0].startswith((self._folder, "/dev/null")):
                self.found["writes"] += 1
        elif event in ("os.rename", "os.remove", "os.mkdir") and not str(arguments[0]).startswith(self._folder):
            self.found["writes"] += 1


class Terminal(io.StringIO):
    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


def spans(text: str, length: int) -> set[tuple[str, ...]]:
    words = [word.casefold() for word in WORD.findall(text)]
    return {tuple(words[start : start + length]) for start in range(len(words) - length + 1)}


def violations(answer: Answer, library: Library, searcher: Retriever, question: str, language: str) -> Iterator[str]:
    """Which hard invariants do not hold of an answer."""
    out = Terminal()
    Console(Messages("nl"), out=out, err=out).answer(answer)
    shown = out.getvalue()
    stored = {article.source for article in library.articles()} | {article.url for article in library.articles()}
    for target in LINK.findall(shown):
        if target and not any(target.removeprefix("file://").startswith(source) for source in stored if source):
            yield f"link {target}"
    if CONTROL.search(OWN.sub("", shown)):
        yield "control character"
    for citation in (*answer.citations, *answer.nearest):
        article = library.article(citation.article_id)
        if article is None or article.text[citation.start : citation.end] != citation.quote:
            yield "citation"
    said = spans(answer.text, 8)
    rules = load("answer-rules", language).text
    quoted = {
        span for citation in answer.citations for span in spans(citation.quote, 8)
    }  # an article may hold the same words
    if said & spans(rules, 8) - quoted:
        yield "prompt"
    hits = searcher.search(question, k=CONTEXT).hits
    found = {hit.article.id for hit in hits}
    said = spans(answer.text, 12)
    for article in library.articles():
        if article.id not in found and said & spans(article.text, 12):
            yield "another article"
    most = Counter(hit.article.id for hit in hits).most_common(1)
    if most and most[0][1] > max(1, int(LARGEST_SHARE * CONTEXT)):
        yield "share of the context"
