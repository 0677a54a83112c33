"""One run of taking articles in: read, split, encode, store, and account for every input.

An article is stored by one transaction, so an interruption at any moment leaves whole articles. Passages of
many articles are encoded together, because an encoder is several times faster on batches; the batch is also
the most that is in memory. What goes wrong with one input is collected and the others go on.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import TYPE_CHECKING, Protocol

from embeddings.records import Article, EncodedPassage, Passage
from qa.errors import EncoderError, ReadError
from qa.read_ahead import ReadAhead, Reading
from qa.readers import NO_TEXT, Found, WebAccess, is_web_address, read
from qa.readers.formats import format_of_name
from qa.readers.readings import Readings
from qa.summary import COUNTED, Failure, SourceSummary, Summary

if TYPE_CHECKING:
    from embeddings.encoders import Encoder
    from embeddings.store import Store

__all__ = ["Intake", "Progress", "file_of", "is_below"]

BATCH_PASSAGES = 128  # encoded together; half a minute of work on a slow machine, the most that an interruption costs
FIRST_BATCH = 8  # doubled with each batch up to that, so that the first articles are in, and progress is seen, at once
BATCH_CHARACTERS = 4_000_000
NAMED_FAILURES = 1000  # of one file; a broken export can have millions


class Progress(Protocol):
    """Is told how far the work is, in bytes of input."""

    def total(self, amount: int) -> None:
        """So much there is to do."""
        ...

    def advance(self, amount: int, note: str) -> None:
        """So much more is done; `note` is the source that was finished."""
        ...


@dataclass(frozen=True, slots=True)
class _Pending:
    origin: str
    article: Article
    passages: tuple[Passage, ...]
    size: int


@dataclass(frozen=True, slots=True)
class _Unchanged:
    """A file that need not be read, and how many articles it holds."""

    articles: int


@dataclass(slots=True)
class Intake:
    """The state of one run.

    Attributes:
        remember: note folders, and files and addresses that could be read, as sources of the library.
        dry_run: read and count only.
        shard: number and count of the shares into which several workers have divided the articles; only those whose
            id falls into this share are taken in, so that the workers need not know of each other.
    """

    library: Store
    encoder: Encoder
    progress: Progress | None
    web: WebAccess
    readings: Readings
    remember: bool = False
    dry_run: bool = False
    shard: tuple[int, int] = (1, 1)
    _counted: dict[str, Counter[str]] = field(default_factory=dict)  # by input
    _origin: str = ""  # the input that is being read
    _failed: list[Failure] = field(default_factory=list)
    _passed_over: list[Failure] = field(default_factory=list)
    _pending: list[_Pending] = field(default_factory=list)
    _batch: int = FIRST_BATCH  # passages
    _known: set[str] = field(default_factory=set)  # remembered sources
    _stored: dict[str, list[tuple[str, str]]] | None = None

    def take_all(self, found: Sequence[Found]) -> None:
        """Take in everything that was found.

        Raises:
            LibraryError, EncoderError: what was stored until then stays.
        """
        from embeddings.passages import CHUNKER

        if not self.dry_run:
            self.library.bind(self.encoder.fingerprint, CHUNKER)
            self._known = set(self.library.sources())
        if self.progress:
            self.progress.total(sum(one.size for one in found))
        with ReadAhead(found, self._unchanged) as ahead:
            for one, unchanged, reading in ahead:
                self._origin = one.origin
                if one.passed_over:
                    self._passed_over.append(Failure(one.source, one.problem))
                    self._count("passed_over")
                    continue
                failures = len(self._failed)
                if one.problem:
                    self.fail(one.source, one.problem)
                else:
                    if not one.named:
                        self._remember(one.origin)
                    self._take_one(one, unchanged, reading)
                if not self.dry_run:
                    self.readings.note_failures(
                        one.source, [(failure.source, failure.reason) for failure in self._failed[failures:]]
                    )
        self._flush()

    def fail(self, source: str, reason: str, origin: str = "") -> None:
        """Account for an input, or a part of `origin`, that was not taken in."""
        failure = Failure(source, reason)
        self._failed.append(failure)
        self._count("empty" if failure.empty else "failed", origin or self._origin or source)

    def summary(self) -> Summary:
        """What was done so far."""
        total: Counter[str] = sum(self._counted.values(), Counter())
        return Summary(
            added=total["added"],
            updated=total["updated"],
            unchanged=total["unchanged"],
            removed=total["removed"],
            empty=total["empty"],
            failed=tuple(self._failed),
            passed_over=tuple(self._passed_over),
            articles_read=total["read"],
            by_source=tuple(
                SourceSummary(source, **{name: counts[name] for name in COUNTED})
                for source, counts in self._counted.items()
            ),
        )

    def stored_of(self, file: str) -> list[tuple[str, str]]:
        """What the library held of a file when this run began: (id, source) of each of its articles."""
        if self._stored is None:
            self._stored = {}
            for article_id, source in self.library.article_sources():
                self._stored.setdefault(file_of(source), []).append((article_id, source))
        return self._stored.get(file, [])

    def files_below(self, source: str) -> list[str]:
        """The files in a folder, or the file itself, of which the library held something when this began."""
        self.stored_of(source)
        return [file for file in self._stored or {} if file == source or is_below(file, source)]

    def remove(self, articles: Sequence[tuple[str, str]], origin: str = "") -> None:
        """Take articles of an input, given by (id, source), out of the library."""
        for article_id, _ in articles:
            if self.dry_run or self.library.remove(article_id):
                self._count("removed", origin)

    def _remember(self, source: str) -> None:
        if self.remember and not self.dry_run and source not in self._known:
            self.library.remember_source(source)
            self._known.add(source)

    def _unchanged(self, one: Found) -> _Unchanged | None:
        """What the library has of a file, if its note says that it would be read just so again."""
        digest = self.readings.digest(one)
        known = self.readings.recall(one, digest) if digest else None
        if known is None:
            return None
        same = all(self.library.fingerprint_of(source) == mark for source, mark in known)
        return _Unchanged(len(known)) if same else None

    def _take_one(self, one: Found, unchanged: _Unchanged | None, reading: Reading | None) -> None:
        """Read one file or address and queue its articles; what its file no longer holds is removed."""
        if unchanged is not None:
            self._count("read", amount=unchanged.articles)
            self._count("unchanged", amount=unchanged.articles)
            self._advance(one.size, one.source)
            if one.named:
                self._remember(one.origin)
            return
        digest = self.readings.digest(one)
        held: list[tuple[str, str]] = []  # (source, fingerprint) of what the file holds, for its note
        gone = {source: article_id for article_id, source in self.stored_of(one.source)}
        whole, last, failed, failures = True, None, 0, len(self._failed)

        def report(source: str, error: ReadError) -> None:
            nonlocal failed
            failed += 1
            gone.pop(source, None)
            self._fail_reading(source, error, failed)

        try:
            articles = reading.replay(report) if reading else read(one.path or one.source, report=report, web=self.web)
            for article in articles:
                if last:
                    self._take(last, 0)
                last = article
                gone.pop(article.source, None)
                if digest:
                    held.append((article.source, article.fingerprint))
        except ReadError as error:
            whole = error.cause.startswith(NO_TEXT)  # read well, and nothing in it: what was there is replaced
            failed += 1
            self._fail_reading(one.source, error, 0)
        if last:
            self._take(last, one.size)
        else:
            self._advance(one.size, one.source)
        if failed > NAMED_FAILURES:
            self._failed.append(
                Failure(one.source, f"{failed - NAMED_FAILURES} more records of this file could not be read either")
            )
        if whole and not is_web_address(one.source) and _is_complete(one.source):
            self.remove([(article_id, source) for source, article_id in gone.items()])
        if not failed and len(self._failed) == failures:
            if digest:
                self.readings.remember(one, digest, held)
            if one.named:
                self._remember(one.origin)

    def _fail_reading(self, source: str, error: ReadError, number: int) -> None:
        """Account for what could not be read; of the records of one file, counted by `number`, the first are named."""
        kept = not error.cause.startswith(NO_TEXT) and self.stored_of(source)
        reason = f"{error}; the version read before is kept" if kept else str(error)
        if number > NAMED_FAILURES:
            self._count("empty" if error.cause.startswith(NO_TEXT) else "failed")
        else:
            self.fail(source, reason)

    def _take(self, article: Article, size: int) -> None:
        """Queue an article for encoding, unless the library has it as it is, or it is another worker's."""
        number, count = self.shard
        if int(article.id, 16) % count != number - 1:
            self._advance(size, article.source)
            return
        self._count("read")
        before = self.library.fingerprint_of(article.source)
        if before == article.fingerprint:
            self._count("unchanged")
            self._advance(size, article.source)
            return
        passages = _split(article, self.encoder)
        if not passages:
            self.fail(article.source, f"{NO_TEXT} (there is not one sentence in it)")
            self._advance(size, article.source)
            if before is not None:
                self.remove([(article.id, article.source)])
            return
        if self.dry_run:
            self._count("added" if before is None else "updated")
            self._advance(size, article.source)
            return
        self._pending.append(_Pending(self._origin, article, passages, size))
        if (
            sum(len(one.passages) for one in self._pending) >= self._batch
            or sum(len(one.article.text) for one in self._pending) >= BATCH_CHARACTERS
        ):
            self._flush()

    def _flush(self) -> None:
        """Encode what is queued, and store each article as soon as its last passage is done."""
        batch, self._pending = self._pending, []
        items = [(one.article, passage) for one in batch for passage in one.passages]
        if not items:
            return
        self._batch = min(2 * self._batch, BATCH_PASSAGES)
        encoded = groupby(self.encoder.encode_passages(items), key=lambda part: part.passage.article_id)
        for one, (article_id, parts) in zip(batch, encoded, strict=True):
            of_article: list[EncodedPassage] = list(parts)
            if article_id != one.article.id or len(of_article) != len(one.passages):
                raise EncoderError("the encoder mixed up its passages", "choose another encoder")
            self._count(self.library.put(one.article, of_article), one.origin)
            self._advance(one.size, one.article.source)

    def _count(self, what: str, origin: str = "", amount: int = 1) -> None:
        self._counted.setdefault(origin or self._origin, Counter())[what] += amount

    def _advance(self, size: int, note: str) -> None:
        if self.progress:
            self.progress.advance(size, note)


def is_below(path: str, folder: str) -> bool:
    """Whether a path lies in a folder, at any depth."""
    return path.startswith(folder.rstrip("/\\") + os.sep)


def _split(article: Article, encoder: Encoder) -> tuple[Passage, ...]:
    from embeddings.passages import split_passages
    from embeddings.sentences import split_sentences

    sentences = split_sentences(article.text, article.language, article.furniture, article.headings)
    return split_passages(article, sentences, encoder.count_tokens, encoder.passage_limit)


def _is_complete(source: str) -> bool:
    kind = format_of_name(source)
    return kind is None or kind.complete


def file_of(source: str) -> str:
    """The file of an article: its source up to the "#" of a record, where what stands before it is a file."""
    if is_web_address(source):
        return source
    return next(_prefixes(source), source)


def _prefixes(source: str) -> Iterator[str]:
    for position in (at for at, character in enumerate(source) if character == "#"):
        if format_of_name(source[:position]):
            yield source[:position]
