"""What one run of taking articles in did, as a whole and for each of its inputs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from qa.readers import NO_TEXT

__all__ = ["COUNTED", "Failure", "SourceSummary", "Summary"]

COUNTED: Final = ("read", "added", "updated", "unchanged", "removed", "empty", "failed", "passed_over")


@dataclass(frozen=True, slots=True)
class Failure:
    """An input that was not taken in, and why."""

    source: str
    reason: str

    @property
    def empty(self) -> bool:
        """Whether it could be read and there was no text in it."""
        return self.reason.startswith(NO_TEXT)


@dataclass(frozen=True, slots=True)
class SourceSummary:
    """What became of one input: a folder, a file or an address.

    Attributes:
        read: articles that it holds.
        added, updated, unchanged, removed: articles.
        empty: files and records without text.
        failed: files and records that could not be read.
        passed_over: files that are left out by design.
    """

    source: str
    read: int = 0
    added: int = 0
    updated: int = 0
    unchanged: int = 0
    removed: int = 0
    empty: int = 0
    failed: int = 0
    passed_over: int = 0


@dataclass(frozen=True, slots=True)
class Summary:
    """What `add` or `sync` did.

    Attributes:
        added, updated, unchanged, removed: articles.
        empty: how many of `failed` could be read but hold no text.
        failed: inputs and records that were not taken in, each with its reason.
        passed_over: files in folders that are left out by design (links, other formats); no failure.
        articles_read: all articles that the inputs hold.
        by_source: the same figures for each input, in the order of the inputs.
    """

    added: int = 0
    updated: int = 0
    unchanged: int = 0
    removed: int = 0
    empty: int = 0
    failed: tuple[Failure, ...] = ()
    passed_over: tuple[Failure, ...] = ()
    articles_read: int = 0
    by_source: tuple[SourceSummary, ...] = ()

    @property
    def changed(self) -> bool:
        """Whether the library is another than before."""
        return bool(self.added or self.updated or self.removed)

    def as_json(self) -> dict[str, object]:
        """The summary as one JSON object."""
        return {
            "schema": 1,
            "added": self.added,
            "updated": self.updated,
            "unchanged": self.unchanged,
            "removed": self.removed,
            "empty": self.empty,
            "failed": [{"source": failure.source, "reason": failure.reason} for failure in self.failed],
            "passed_over": [{"source": other.source, "reason": other.reason} for other in self.passed_over],
            "articles_read": self.articles_read,
            "by_source": [
                {"source": one.source, **{name: getattr(one, name) for name in COUNTED}} for one in self.by_source
            ],
        }
