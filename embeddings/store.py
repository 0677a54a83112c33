"""What the rest of the program asks of a library, whatever keeps it: the contract and the records it speaks
in.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date
from types import TracebackType
from typing import Literal, Protocol, Self, TypeAlias

from embeddings.records import Article, EncodedPassage, Filters, Passage, Vector, Vectors

PutResult: TypeAlias = Literal["added", "updated", "unchanged"]


class Fingerprint(Protocol):
    """Names the encoder so exactly that equal text means equal vectors."""

    @property
    def name(self) -> str: ...

    @property
    def dimension(self) -> int: ...

    def as_text(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Counts:
    """How much a library holds.

    Attributes:
        first_published, last_published: the earliest and the latest day that any publication date can mean.
        publishers, languages: name or code with its number of articles, most articles first; unknown ones
            left out.
        undated: articles without a publication date.
    """

    articles: int = 0
    passages: int = 0
    sentences: int = 0
    first_published: date | None = None
    last_published: date | None = None
    publishers: tuple[tuple[str, int], ...] = ()
    languages: tuple[tuple[str, int], ...] = ()
    undated: int = 0


@dataclass(frozen=True, slots=True)
class StoredPassage:
    """A passage as it lies in the library.

    Attributes:
        vector: shape (dimension,), L2-normalised, as stored (float16 rounding).
        sentence_vectors: shape (len(passage.sentences), dimension), L2-normalised, from eight-bit codes.
    """

    rowid: int
    article: Article
    passage: Passage
    vector: Vector
    sentence_vectors: Vectors


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that `check` found.

    Attributes:
        what: one sentence without a full stop.
        where: the file, or the source of the article concerned.
        repaired: whether it has been mended; an article that had to be dropped counts as mended and is named
            here so that its source can be read again.
        dropped: whether an article was taken out of the library for it.
    """

    what: str
    where: str
    repaired: bool = False
    dropped: bool = False


class Store(Protocol):
    """Articles with their passages, vectors and words; any number of readers, and one writer or more."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    @property
    def generation(self) -> int: ...

    @property
    def encoder_name(self) -> str: ...

    def bind(self, fingerprint: Fingerprint, chunker: str) -> None: ...

    def snapshot(self) -> AbstractContextManager[int]: ...

    def fingerprint_of(self, source: str) -> str | None: ...

    def put(self, article: Article, encoded: Sequence[EncodedPassage]) -> PutResult: ...

    def remove(self, article_id: str) -> bool: ...

    def article(self, article_id: str) -> Article | None: ...

    def find(self, wanted: str) -> list[Article]: ...

    def articles(self, filters: Filters = ...) -> Iterator[Article]: ...

    def article_sources(self) -> list[tuple[str, str]]: ...

    def counts(self) -> Counts: ...

    def search_dense(self, vector: Vector, k: int, filters: Filters = ...) -> list[tuple[int, float]]: ...

    def search_lexical(self, terms: Sequence[str], k: int, filters: Filters = ...) -> list[tuple[int, float]]: ...

    def load(self, passage_rowids: Sequence[int]) -> list[StoredPassage]: ...

    def passages_of(self, article_id: str) -> list[StoredPassage]: ...

    def document_frequencies(self, terms: Sequence[str]) -> dict[str, int]: ...

    def clusters(self, article_ids: Sequence[str]) -> dict[str, int]: ...

    def remember_source(self, source: str) -> None: ...

    def forget_source(self, source: str) -> bool: ...

    def sources(self) -> list[str]: ...

    def save_index(self) -> None: ...

    def check(self, repair: bool = False) -> list[Problem]: ...

    def size_on_disk(self) -> int: ...

    def close(self) -> None: ...
