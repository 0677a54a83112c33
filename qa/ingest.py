"""From inputs to a library: read, split, encode, store; what is already there unchanged is left alone.

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
from qa.readers import NO_TEXT, Found, WebAccess, discover, read
from qa.readers.discovery import is_web_address
from qa.readers.document import Document
from qa.readers.formats import format_of

if TYPE_CHECKING:
    from embeddings.encoders import Encoder
    from embeddings.store import Store

__all__ = ["Failure", "Progress", "Summary", "add", "sync"]

BATCH_PASSAGES = 256  # encoded together; some seconds of work, the most that an interruption costs
BATCH_CHARACTERS = 4_000_000
EMPTIED_FOLDER = 20  # so many articles at once do not vanish by hand: then a disk is missing


@dataclass(frozen=True, slots=True)
class Failure:
    """An input that was not taken in, and why."""

    source: str
    reason: str


@dataclass(frozen=True, slots=True)
class Summary:
    """What `add` or `sync` did.

    Attributes:
        added, updated, unchanged, removed: articles.
        empty: how many of `failed` could be read but hold no text.
        failed: inputs and records that were not taken in; what the library held of them before is still
            there.
        passed_over: files in folders that are left out by design (links, other formats); no failure.
        articles_read: all articles that the inputs hold.
    """

    added: int = 0
    updated: int = 0
    unchanged: int = 0
    removed: int = 0
    empty: int = 0
    failed: tuple[Failure, ...] = ()
    passed_over: tuple[Failure, ...] = ()
    articles_read: int = 0

    def as_json(self) -> dict[str, object]:
        """The summary as one JSON object."""
        return {
            "added": self.added,
            "updated": self.updated,
            "unchanged": self.unchanged,
            "removed": self.removed,
            "empty": self.empty,
            "failed": [{"source": failure.source, "reason": failure.reason} for failure in self.failed],
            "passed_over": [{"source": other.source, "reason": other.reason} for other in self.passed_over],
            "articles_read": self.articles_read,
        }


class Progress(Protocol):
    """Is told how far the work is, in bytes of input."""

    def total(self, amount: int) -> None:
        """So much there is to do."""
        ...

    def advance(self, amount: int, note: str) -> None:
        """So much more is done; `note` is the source that was finished."""
        ...


def add(
    library: Store,
    encoder: Encoder,
    inputs: Sequence[str],
    *,
    progress: Progress | None = None,
    remember: bool = True,
    dry_run: bool = False,
    web: WebAccess | None = None,
) -> Summary:
    """Take in files, folders and web addresses; again for the same ones does nothing more.

    Args:
        remember: note the inputs, for `sync`.
        dry_run: read and count only; nothing is encoded or stored.

    Raises:
        LibraryError, EncoderError: of the library or the encoder as a whole; inputs that fail are in the
            summary.
    """
    run = _Run(library, encoder, progress, dry_run, web or WebAccess())
    found = list(discover(inputs))
    run.read_all(found)
    if remember and not dry_run:
        failed = {one.source for one in found if one.problem and one.named and not one.passed_over}
        known = set(library.sources())
        for origin in dict.fromkeys(one.origin for one in found):
            if origin not in failed and origin not in known:
                library.remember_source(origin)
        for folder in _folders_without_files(inputs, found):
            run.fail(folder, f"{NO_TEXT} (the folder holds no file of a format that is read)")
    elif dry_run:
        for folder in _folders_without_files(inputs, found):
            run.fail(folder, f"{NO_TEXT} (the folder holds no file of a format that is read)")
    return run.finish()


def sync(
    library: Store, encoder: Encoder, *, progress: Progress | None = None, web: WebAccess | None = None
) -> Summary:
    """Bring the library up to date with its remembered sources: add, update, remove what vanished from them.

    A folder that is gone altogether, or whose disk seems to be, is reported and its articles are kept; so is
    a page that the web no longer serves. See docs/formats.md for the rules.
    """
    run = _Run(library, encoder, progress, False, web or WebAccess())
    sources = library.sources()
    present = [source for source in sources if not run.report_missing(source, sources)]
    found = list(discover(present))
    run.read_all(found)
    run.remove_vanished(present, found)
    return run.finish()


@dataclass(slots=True)
class _Pending:
    article: Article
    passages: tuple[Passage, ...]
    size: int


@dataclass(slots=True)
class _Run:
    """One call of `add` or `sync`."""

    library: Store
    encoder: Encoder
    progress: Progress | None
    dry_run: bool
    web: WebAccess
    counted: dict[str, int] = field(
        default_factory=lambda: dict.fromkeys(("added", "updated", "unchanged", "removed"), 0)
    )
    articles_read: int = 0
    failed: list[Failure] = field(default_factory=list)
    passed_over: list[Failure] = field(default_factory=list)
    pending: list[_Pending] = field(default_factory=list)
    live: set[str] = field(default_factory=set)  # ids of the articles that the inputs hold
    kept: set[str] = field(default_factory=set)  # sources that failed: what is stored of them stays
    stored: dict[str, list[tuple[str, str]]] | None = (
        None  # file -> its articles' (id, source), at the beginning
    )

    def read_all(self, found: Sequence[Found]) -> None:
        from embeddings.passages import CHUNKER

        if not self.dry_run:
            self.library.bind(self.encoder.fingerprint, CHUNKER)
        if self.progress:
            self.progress.total(sum(one.size for one in found))
        for one in found:
            if one.problem:
                (self.passed_over if one.passed_over else self.failed).append(
                    Failure(one.source, one.problem)
                )
                self.kept.add(one.source)
            else:
                self._read_one(one)
        self._flush()

    def fail(self, source: str, reason: str) -> None:
        self.failed.append(Failure(source, reason))
        self.kept.add(source)

    def finish(self) -> Summary:
        """Bring the index up to date, so that the first question need not, and say what was done."""
        if self.counted["added"] or self.counted["updated"] or self.counted["removed"]:
            self.library.save_index()
        empty = sum(1 for failure in self.failed if failure.reason.startswith(NO_TEXT))
        return Summary(
            **self.counted,
            empty=empty,
            failed=tuple(self.failed),
            passed_over=tuple(self.passed_over),
            articles_read=self.articles_read,
        )

    def _read_one(self, one: Found) -> None:
        kind = None if is_web_address(one.source) else format_of(_nameplate(one))
        whole, sources = True, set()
        last: Article | None = None

        def report(source: str, error: ReadError) -> None:
            sources.add(source)
            self._fail_reading(source, error)

        try:
            for article in read(one.path or one.source, report=report, web=self.web):
                if last:
                    self._take(last, 0)
                last = article
                sources.add(article.source)
        except ReadError as error:
            whole = False
            self._fail_reading(one.source, error)
            if error.cause.startswith(
                NO_TEXT
            ):  # read well, and nothing in it: what was there has been replaced
                whole = True
        if last:
            self._take(last, one.size)
        elif self.progress:
            self.progress.advance(one.size, one.source)
        if whole and not self.dry_run and not is_web_address(one.source) and (kind is None or kind.complete):
            self._remove([pair for pair in self._stored_of(one.source) if pair[1] not in sources])

    def _fail_reading(self, source: str, error: ReadError) -> None:
        reason = str(error)
        if not error.cause.startswith(NO_TEXT) and self._stored_of(source):
            reason += "; the version read before is kept"
        self.fail(source, reason)

    def _take(self, article: Article, size: int) -> None:
        """Queue an article for encoding, unless the library has it as it is."""
        self.articles_read += 1
        self.live.add(article.id)
        before = self.library.fingerprint_of(article.source)
        if before == article.fingerprint:
            self.counted["unchanged"] += 1
            self._advance(size, article.source)
            return
        passages = _split(article, self.encoder)
        if not passages:
            self.fail(article.source, f"{NO_TEXT} (nothing but headings, captions or links in it)")
            self._advance(size, article.source)
            if before is not None and not self.dry_run:
                self._remove([(article.id, article.source)])
            return
        if self.dry_run:
            self.counted["added" if before is None else "updated"] += 1
            self._advance(size, article.source)
            return
        self.pending.append(_Pending(article, passages, size))
        if (
            sum(len(one.passages) for one in self.pending) >= BATCH_PASSAGES
            or sum(len(one.article.text) for one in self.pending) >= BATCH_CHARACTERS
        ):
            self._flush()

    def _flush(self) -> None:
        """Encode what is queued, and store each article as soon as its last passage is done."""
        batch, self.pending = self.pending, []
        items = [(one.article, passage) for one in batch for passage in one.passages]
        if not items:
            return
        encoded = groupby(self.encoder.encode_passages(items), key=lambda part: part.passage.article_id)
        for one, (article_id, parts) in zip(batch, encoded, strict=True):
            of_article: list[EncodedPassage] = list(parts)
            if article_id != one.article.id or len(of_article) != len(one.passages):
                raise EncoderError("the encoder mixed up its passages", "choose another encoder")
            self.counted[self.library.put(one.article, of_article)] += 1
            self._advance(one.size, one.article.source)

    def _advance(self, size: int, note: str) -> None:
        if self.progress:
            self.progress.advance(size, note)

    def _stored_of(self, source: str) -> list[tuple[str, str]]:
        """What the library held of a file when this began: (id, source) of each of its articles."""
        if self.stored is None:
            self.stored = {}
            for article_id, of_article in self.library.article_sources():
                self.stored.setdefault(_file_of(of_article), []).append((article_id, of_article))
        return self.stored.get(source, [])

    def _remove(self, articles: Sequence[tuple[str, str]]) -> None:
        for article_id, _ in articles:
            if self.library.remove(article_id):
                self.counted["removed"] += 1

    def report_missing(self, source: str, sources: Sequence[str]) -> bool:
        """Whether a remembered source is gone in a way that looks like a missing disk rather than a
        deletion."""
        if is_web_address(source):
            return False
        held = [file for file in self._files_below(source) if self._stored_of(file)]
        reason = ""
        if not os.path.lexists(source):
            if held == [source] and os.path.isdir(os.path.dirname(source)):  # noqa: PTH112, PTH120
                return False  # a single file deleted from a folder that is there
            reason = "it is not there; its articles are kept"
        elif os.path.isdir(source) and len(held) > EMPTIED_FOLDER and not os.listdir(source):  # noqa: PTH112, PTH208
            reason = f"the folder is empty, as if its disk were missing; what {len(held)} files held is kept"
        if not reason:
            return False
        self.fail(source, f"{reason}; if it was deleted on purpose, run: bronvast remove {source}")
        return True

    def remove_vanished(self, present: Sequence[str], found: Sequence[Found]) -> None:
        """Remove the articles of files that are no longer in the folders that were read."""
        there = {one.source for one in found if not one.passed_over}
        unread = [one.source for one in found if one.problem and not one.named and not one.passed_over]
        for source in present:
            if is_web_address(source):
                continue
            for file in self._files_below(source):
                hidden_by_error = any(_is_below(file, folder) for folder in unread)
                if file not in there and not hidden_by_error:
                    self._remove(self._stored_of(file))
                    self.failed = [failure for failure in self.failed if failure.source != file]

    def _files_below(self, source: str) -> list[str]:
        self._stored_of(source)
        return [file for file in self.stored or {} if file == source or _is_below(file, source)]


def _split(article: Article, encoder: Encoder) -> tuple[Passage, ...]:
    from embeddings.passages import split_passages
    from embeddings.sentences import split_sentences

    sentences = split_sentences(article.text, article.language, article.furniture, article.headings)
    return split_passages(article, sentences, encoder.count_tokens, encoder.passage_limit)


def _file_of(source: str) -> str:
    """The file of an article: its source up to the "#" of a record, where what stands before it is a
    container."""
    if is_web_address(source):
        return source
    for position in (at for at, character in enumerate(source) if character == "#"):
        if format_of(_named(source[:position])):
            return source[:position]
    return source


def _is_below(path: str, folder: str) -> bool:
    return path.startswith(folder.rstrip("/\\") + os.sep)


def _folders_without_files(inputs: Sequence[str], found: Sequence[Found]) -> Iterator[str]:
    from qa.readers import source_of

    for name in inputs:
        source = name if is_web_address(name) else source_of(name)
        if os.path.isdir(source) and not any(one.origin == source and not one.passed_over for one in found):  # noqa: PTH112
            yield source


def _nameplate(one: Found) -> Document:
    return _named(one.path)


def _named(path: str) -> Document:
    import io

    return Document(path, os.path.basename(path), io.BytesIO())  # noqa: PTH119
