"""The data that flows through the program below the level of questions.

All offsets are counted in Unicode code points of `Article.text`, the text exactly as it was read, so that
`article.text[start:end]` is the quoted stretch everywhere.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Literal, TypeAlias

import numpy
from numpy.typing import NDArray

Vector: TypeAlias = NDArray[numpy.float32]  # shape (dimension,), L2-normalised
Vectors: TypeAlias = NDArray[numpy.float32]  # shape (n, dimension), each row L2-normalised

Precision: TypeAlias = Literal["year", "month", "day"]
SentenceKind: TypeAlias = Literal["body", "heading", "furniture"]


@dataclass(frozen=True, slots=True)
class PublicationDate:
    """When an article was published, as precisely as is known and no more.

    Attributes:
        iso: "2022", "2022-02" or "2022-02-02".
        origin: where it was found, such as "field date", "front matter", "text", "json-ld" or "url".
        time: the time of day as published, "14:32" or "14:32:05", with its offset from UTC where that was published
            too: "14:32+01:00"; "" where no time was.
    """

    iso: str
    origin: str
    time: str = ""

    @property
    def precision(self) -> Precision:
        return {4: "year", 7: "month"}.get(len(self.iso), "day")  # type: ignore[return-value]

    @property
    def first_day(self) -> date:
        """The earliest day it can mean."""
        return date.fromisoformat((self.iso + "-01-01")[:10])

    @property
    def last_day(self) -> date:
        """The latest day it can mean."""
        first = self.first_day
        if self.precision == "day":
            return first
        if self.precision == "year":
            return date(first.year, 12, 31)
        following = date(first.year + first.month // 12, first.month % 12 + 1, 1)
        return following - timedelta(days=1)

    @property
    def clock(self) -> str:
        """The time of day as readers are shown it, "14:32", or "13:32 UTC"; "" where none was published."""
        return self.time[:5] + (" UTC" if self.time.endswith("+00:00") else "")

    @property
    def instant(self) -> datetime | None:
        """The moment in UTC; None where the time, or its offset, was not published."""
        if not re.search(r"[+-]\d\d:\d\d$", self.time):
            return None
        try:
            return datetime.fromisoformat(f"{self.iso}T{self.time}").astimezone(UTC)
        except (ValueError, OverflowError):
            return None

    @property
    def offset(self) -> timedelta | None:
        """How far ahead of UTC the clock was by which it was published; None where that was not published."""
        return datetime.fromisoformat(f"{self.iso}T{self.time}").utcoffset() if self.instant else None

    @property
    def order(self) -> tuple[date, datetime]:
        """By which the later of two is told: the day, and within it the instant; a time without an offset is compared as
        it stands, and no time comes first."""
        moment = datetime.min
        if self.time:
            moment = (self.instant or datetime.fromisoformat(f"{self.iso}T{self.time[:5]}")).replace(tzinfo=None)
        return self.last_day, moment


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of an article's text: `text[start:end]`."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Article:
    """One article as a reader delivers it and as the library keeps it.

    Attributes:
        text: the text exactly as read; all offsets index into it.
        source: the absolute path or URL; records of a container carry `#` and their own id or number.
        external_id: the id that the article's own file gave it, where it did.
        language: ISO 639-1, "" where unknown.
        furniture: stretches that are not the article's prose (captions, agency marks, "Lees ook" boxes). They stay in
            the text, so that offsets hold, but are kept out of passages.
        headings: stretches that head a part; context for the encoder, never an answer by themselves.
    """

    text: str
    source: str
    title: str = ""
    published: PublicationDate | None = None
    publisher: str = ""
    author: str = ""
    section: str = ""
    url: str = ""
    language: str = ""
    external_id: str = ""
    furniture: tuple[Span, ...] = ()
    headings: tuple[Span, ...] = ()

    @property
    def id(self) -> str:
        """Stable for as long as the article stays in its place: twelve hexadecimal digits of its source's hash."""
        return hashlib.sha256(self.source.encode("utf-8", "surrogatepass")).hexdigest()[:12]

    @property
    def sha256(self) -> str:
        """SHA-256 of the stored text in UTF-8, hexadecimal."""
        return hashlib.sha256(self.text.encode("utf-8")).hexdigest()

    @property
    def fingerprint(self) -> str:
        """SHA-256 over everything that is stored; equal fingerprints mean that nothing need be done again."""
        parts = (
            self.text,
            self.title,
            "T".join(filter(None, (self.published.iso, self.published.time))) if self.published else "",
            self.publisher,
            self.author,
            self.section,
            self.url,
            self.language,
            self.external_id,
            repr(self.furniture),
            repr(self.headings),
        )
        return hashlib.sha256("\x1f".join(parts).encode("utf-8")).hexdigest()


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence of an article: `text[start:end]`, without surrounding white space."""

    start: int
    end: int
    kind: SentenceKind = "body"


@dataclass(frozen=True, slots=True)
class Passage:
    """A run of whole sentences that fits the encoder's limit.

    Attributes:
        number: 0, 1, 2 … in reading order within its article.
        sentences: the body sentences it consists of; `start` and `end` are those of the first and the last.
        context: title and heading, said to the encoder before the text, never part of the offsets.
    """

    article_id: str
    number: int
    sentences: tuple[Sentence, ...]
    context: str = ""

    @property
    def start(self) -> int:
        return self.sentences[0].start

    @property
    def end(self) -> int:
        return self.sentences[-1].end


@dataclass(frozen=True, slots=True)
class EncodedPassage:
    """A passage with its vectors.

    Attributes:
        vector: shape (dimension,), of the whole passage.
        sentence_vectors: shape (len(passage.sentences), dimension), one row a sentence.
    """

    passage: Passage
    vector: Vector
    sentence_vectors: Vectors


@dataclass(frozen=True, slots=True)
class Filters:
    """What part of the library a question may look at; `None` and empty mean no limit.

    Attributes:
        since, until: publication dates, inclusive; an article of less precise date is in if any day it can mean is in.
        as_of: only what was surely published on or before this day (by the date's last possible day).
        sources: outlets or path fragments, compared without regard to case; any may match.
    """

    since: date | None = None
    until: date | None = None
    as_of: date | None = None
    sources: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.since or self.until or self.as_of or self.sources)


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage that was found for a question.

    Attributes:
        score: the fused score by which hits are ordered; higher is better; comparable within one search only.
        dense: cosine similarity between question and passage, or None where only the words matched.
        lexical: BM25 (higher is better), or None where only the meaning matched.
        sentence_scores: one a sentence of the passage, cosine similarity between question and sentence.
    """

    article: Article
    passage: Passage
    score: float
    dense: float | None
    lexical: float | None
    sentence_scores: tuple[float, ...] = field(default=())

    @property
    def text(self) -> str:
        return self.article.text[self.passage.start : self.passage.end]

    def sentence_text(self, index: int) -> str:
        sentence = self.passage.sentences[index]
        return self.article.text[sentence.start : sentence.end]


def quote(article: Article, sentences: Sequence[Sentence]) -> str:
    """The stretch of text from the first to the last of some sentences of one article."""
    return article.text[sentences[0].start : sentences[-1].end]
