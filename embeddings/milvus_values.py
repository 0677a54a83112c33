"""What a library in Milvus keeps under keys: its manifest, remembered sources, the rest of long rows, and the tallies.

Totals cannot be counted for every question where there are millions of articles, and several writers cannot share a
counter. So each writer keeps a tally of what it changed, and the totals are the sum of all tallies.
"""

from __future__ import annotations

import hashlib
import json
import time
import uuid
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any

from embeddings.milvus_connection import LONGEST_VALUE, MOST_ROWS, NO_DAY, Address, quoted
from embeddings.milvus_rows import Summary
from embeddings.store import Counts

BATCH_KEYS = 500
LAST_DAY = date.max.toordinal()


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a library was built with; empty until it is bound to an encoder."""

    encoder: str = ""
    encoder_name: str = ""
    dimension: int = 0
    chunker: str = ""


@dataclass(frozen=True, slots=True)
class Tally:
    """Changes, added up.

    Attributes:
        changes: how many there were.
        first_day, last_day: of all articles that were ever put, so that they may lie outside what is there now.
    """

    changes: int = 0
    articles: int = 0
    passages: int = 0
    sentences: int = 0
    publishers: dict[str, int] = field(default_factory=dict)
    languages: dict[str, int] = field(default_factory=dict)
    first_day: int = NO_DAY
    last_day: int = NO_DAY

    @classmethod
    def of(cls, summary: Summary, sign: int = 1, changes: int = 1) -> Tally:
        """Of one article that was put in, or with a minus taken out."""
        return cls(
            changes,
            sign,
            sign * summary.passages,
            sign * summary.sentences,
            {summary.publisher: sign} if summary.publisher else {},
            {summary.language: sign} if summary.language else {},
            summary.first_day if sign > 0 else NO_DAY,
            summary.last_day if sign > 0 else NO_DAY,
        )

    def __add__(self, other: Tally) -> Tally:
        firsts = [day for day in (self.first_day, other.first_day) if day != NO_DAY]
        return Tally(
            self.changes + other.changes,
            self.articles + other.articles,
            self.passages + other.passages,
            self.sentences + other.sentences,
            _added(self.publishers, other.publishers),
            _added(self.languages, other.languages),
            min(firsts, default=NO_DAY),
            max(self.last_day, other.last_day),
        )

    def as_text(self) -> str:
        return json.dumps(asdict(self))

    def counts(self, count: Callable[[str], int]) -> Counts:
        """The totals; `count` says how many articles a condition holds for, to make sure of the days."""
        return Counts(
            articles=self.articles,
            passages=self.passages,
            sentences=self.sentences,
            first_published=self._first(count),
            last_published=self._last(count),
            publishers=_most_first(self.publishers),
            languages=_most_first(self.languages),
            undated=count(f"first_day == {NO_DAY}") if self.articles else 0,
        )

    def _first(self, count: Callable[[str], int]) -> date | None:
        if not self.articles or self.first_day == NO_DAY:
            return None
        if count(f"first_day == {self.first_day}"):
            return date.fromordinal(self.first_day)
        low, high = self.first_day, LAST_DAY  # its article was removed: halve what may be left
        while low < high:
            middle = (low + high) // 2
            low, high = (low, middle) if count(f"first_day > 0 and first_day <= {middle}") else (middle + 1, high)
        return date.fromordinal(low) if count(f"first_day == {low}") else None

    def _last(self, count: Callable[[str], int]) -> date | None:
        if not self.articles or self.last_day == NO_DAY:
            return None
        low, high = 1, self.last_day
        if count(f"last_day == {high}"):
            return date.fromordinal(high)
        while low < high:
            middle = (low + high + 1) // 2
            low, high = (middle, high) if count(f"last_day >= {middle}") else (low, middle - 1)
        return date.fromordinal(low) if count(f"last_day == {low}") else None


def _added(first: dict[str, int], second: dict[str, int]) -> dict[str, int]:
    total = Counter(first)
    total.update(second)
    return {name: number for name, number in total.items() if number}


def _most_first(tally: dict[str, int]) -> tuple[tuple[str, int], ...]:
    return tuple(sorted(((name, n) for name, n in tally.items() if n > 0), key=lambda pair: (-pair[1], pair[0])))


class Values:
    """The collection of values of one library. Errors of Milvus pass through; the store maps them."""

    def __init__(self, client: Any, address: Address) -> None:
        self._client = client
        self._collection = f"{address.name}_values"
        self._writer, self._tally = uuid.uuid4().hex, Tally()

    def _put(self, rows: Sequence[tuple[str, str, str]]) -> None:
        data = [{"key": key, "owner": owner, "value": value, "vector": [1.0, 0.0]} for key, owner, value in rows]
        for at in range(0, len(data), 100):
            self._client.upsert(self._collection, data[at : at + 100])

    def _under(self, prefix: str) -> list[dict[str, Any]]:
        rows = self._client.query(
            self._collection, filter=f'key like "{prefix}%"', output_fields=["key", "value"], limit=MOST_ROWS
        )
        return sorted(rows, key=lambda row: row["key"])

    # ---- the manifest ----

    def manifest(self) -> Manifest | None:
        """What the library was bound to; of several that were written at once, the first."""
        if not self._client.has_collection(self._collection):
            return None
        found = [json.loads(row["value"]) for row in self._under("manifest/")]
        return Manifest(*min(found)[1:]) if found else None

    def bind(self, manifest: Manifest) -> None:
        values = list(asdict(manifest).values())
        key = hashlib.sha256(json.dumps(values).encode()).hexdigest()[:16]
        self._put([(f"manifest/{key}", "", json.dumps([time.time_ns(), *values]))])

    # ---- the rest of long rows ----

    def put_rest(self, key: str, token: str, rest: Sequence[str]) -> None:
        if rest:
            self._put([(f"{key}/{number}", token, text) for number, text in enumerate(rest)])

    def rest(self, wanted: Sequence[tuple[str, int]]) -> dict[str, list[str]]:
        """By key, the texts that `put_rest` put; `wanted` says how many there should be."""
        keys = [f"{key}/{number}" for key, parts in wanted for number in range(parts)]
        found: dict[str, str] = {}
        for at in range(0, len(keys), BATCH_KEYS):
            condition = f"key in {quoted(keys[at : at + BATCH_KEYS])}"
            rows = self._client.query(
                self._collection, filter=condition, output_fields=["key", "value"], limit=MOST_ROWS
            )
            found |= {row["key"]: row["value"] for row in rows}
        return {
            key: [found[f"{key}/{number}"] for number in range(parts) if f"{key}/{number}" in found]
            for key, parts in wanted
        }

    def drop(self, token: str) -> None:
        self._client.delete(self._collection, filter=f"owner in {quoted([token])}")

    # ---- remembered sources ----

    def remember_source(self, source: str) -> None:
        self._put([(_source_key(source), "", json.dumps(source))])

    def forget_source(self, source: str) -> None:
        self._client.delete(self._collection, ids=[_source_key(source)])

    def sources(self) -> list[str]:
        return sorted(json.loads(row["value"]) for row in self._under("source/"))

    # ---- tallies ----

    def tally(self, change: Tally) -> None:
        """Add to this writer's tally."""
        if len(self._tally.as_text()) > LONGEST_VALUE // 2:
            self._writer, self._tally = uuid.uuid4().hex, Tally()
        self._tally += change
        self._put([(f"tally/{self._writer}", "", self._tally.as_text())])

    def totals(self) -> Tally:
        """Of all writers."""
        return sum((Tally(**json.loads(row["value"])) for row in self._under("tally/")), Tally())

    def set_totals(self, totals: Tally) -> None:
        """In place of all tallies, while nobody else writes. The number of changes is not made smaller."""
        former = [row["key"] for row in self._under("tally/")]
        self._writer, self._tally = uuid.uuid4().hex, Tally()
        self.tally(totals)
        for at in range(0, len(former), BATCH_KEYS):
            self._client.delete(self._collection, ids=former[at : at + BATCH_KEYS])


def _source_key(source: str) -> str:
    return "source/" + hashlib.sha256(source.encode("utf-8", "surrogatepass")).hexdigest()
