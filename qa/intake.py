"""One run of taking articles in: read, split, encode, store, and account for every input.

An article is stored by one transaction, so an interruption at any moment leaves whole articles. Passages of
many articles are encoded together, because an encoder is several times faster on batches; the batch is also
the most that is in memory. What goes wrong with one input is collected and the others go on.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import TYPE_CHECKING, Protocol

from embeddings.records import Article, EncodedPassage, Passage
from qa.errors import EncoderError, ReadError
from qa.read_ahead import ReadAhead, Reading
from qa.readers import NO_TEXT, Found, WebAccess, is_web_address, no_text, read
from qa.readers.formats import format_of_name
from qa.readers.readings import Readings
from qa.tally import Tally

if TYPE_CHECKING:
    from embeddings.encoders import Encoder
    from embeddings.store import Store

__all__ = ["Intake", "Progress", "file_of", "is_below"]

BATCH_PASSAGES = 128  # encoded together; half a minute of work on a slow machine, the most that an interruption costs
FIRST_BATCH = 8  # doubled with each batch up to that, so that the first articles are in, and progress is seen, at once
BATCH_CHARACTERS = 4_000_000


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
    tally: Tally = field(default_factory=Tally)
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
                self.tally.origin = one.origin
                if one.passed_over:
                    self.tally.pass_over(one.source, one.problem)
                    continue
                failures = self.tally.failures
                if one.problem:
                    self.tally.fail(one.source, one.problem)
                else:
                    if not one.named:
                        self._remember(one.origin)
                    self._take_one(one, unchanged, reading)
                if not self.dry_run:
                    self.readings.note_failures(one.source, self.tally.named_since(failures))
        self._flush()

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
                self.tally.count("removed", origin)

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
            self.tally.count("read", amount=unchanged.articles)
            self.tally.count("unchanged", amount=unchanged.articles)
            self._advance(one.size, one.source)
            self._remember(one.origin)
            return
        digest = self.readings.digest(one)
        held: list[tuple[str, str]] = []  # (source, fingerprint) of what the file holds, for its note
        gone = {source: article_id for article_id, source in self.stored_of(one.source)}
        whole, last, failed = True, None, 0
        reached = counted = 0  # bytes of a file that is read as a stream
        failures = self.tally.failures

        def report(source: str, error: ReadError) -> None:
            nonlocal failed
            failed += 1
            gone.pop(source, None)
            self.tally.fail_record(source, error, bool(self.stored_of(source)), failed)

        def reach(position: int) -> None:
            nonlocal reached
            reached = position

        try:
            articles = (
                reading.replay(report)
                if reading
                else read(one.path or one.source, report=report, web=self.web, position=reach)
            )
            for article in articles:
                if last:
                    self._take(last, reached - counted)
                    counted = reached
                else:
                    self._remember(one.origin)  # before it is stored, so that `sync` goes on after an interruption
                last = article
                gone.pop(article.source, None)
                if digest:
                    held.append((article.source, article.fingerprint))
        except ReadError as error:
            whole = error.cause.startswith(NO_TEXT)  # read well, and nothing in it: what was there is replaced
            failed += 1
            self.tally.fail_record(one.source, error, bool(self.stored_of(one.source)), 0)
        if last:
            self._take(last, max(0, one.size - counted))
        else:
            self._advance(one.size, one.source)
        self.tally.end_file(one.source, failed)
        if whole and not is_web_address(one.source) and _is_complete(one.source):
            self.remove([(article_id, source) for source, article_id in gone.items()])
        if digest and not failed and self.tally.failures == failures:
            self.readings.remember(one, digest, held)

    def _take(self, article: Article, size: int) -> None:
        """Queue an article for encoding, unless the library has it as it is, or it is another worker's."""
        number, count = self.shard
        if int(article.id, 16) % count != number - 1:
            self._advance(size, article.source)
            return
        self.tally.count("read")
        before = self.library.fingerprint_of(article.source)
        if before == article.fingerprint:
            self.tally.count("unchanged")
            self._advance(size, article.source)
            return
        passages = _split(article, self.encoder)
        if not passages:
            self.tally.fail(article.source, str(no_text("there is not one sentence in it")))
            self._advance(size, article.source)
            if before is not None:
                self.remove([(article.id, article.source)])
            return
        if self.dry_run:
            self.tally.count("added" if before is None else "updated")
            self._advance(size, article.source)
            return
        if before is not None and (encoded := self._encoded_before(article, passages)):
            self.tally.count(self.library.put(article, encoded))
            self._advance(size, article.source)
            return
        self._pending.append(_Pending(self.tally.origin, article, passages, size))
        if (
            sum(len(one.passages) for one in self._pending) >= self._batch
            or sum(len(one.article.text) for one in self._pending) >= BATCH_CHARACTERS
        ):
            self._flush()

    def _encoded_before(self, article: Article, passages: Sequence[Passage]) -> list[EncodedPassage]:
        """The passages as the library has them, if only what stands around the text has changed; else none."""
        stored = self.library.passages_of(article.id)
        if [one.passage for one in stored] != list(passages) or stored[0].article.text != article.text:
            return []
        return [EncodedPassage(one.passage, one.vector, one.sentence_vectors) for one in stored]

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
            self.tally.count(self.library.put(one.article, of_article), one.origin)
            self._advance(one.size, one.article.source)

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
