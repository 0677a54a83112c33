"""What one run did, counted while it goes: per input, with everything that was not taken in by name and reason."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from qa.errors import ReadError
from qa.readers import NO_TEXT
from qa.summary import COUNTED, Failure, SourceSummary, Summary

__all__ = ["Tally"]

NAMED_FAILURES = 1000  # of one file; a broken export can have millions


@dataclass(slots=True)
class Tally:
    """The counts of a run.

    Attributes:
        origin: the input that is being read, under which everything is counted that names no other.
    """

    origin: str = ""
    _counts: dict[str, Counter[str]] = field(default_factory=dict)  # by input
    _failed: list[Failure] = field(default_factory=list)
    _passed_over: list[Failure] = field(default_factory=list)

    @property
    def failures(self) -> int:
        """How many failures have been named so far."""
        return len(self._failed)

    def named_since(self, failures: int) -> list[tuple[str, str]]:
        """(source, reason) of what failed after that many failures."""
        return [(failure.source, failure.reason) for failure in self._failed[failures:]]

    def count(self, what: str, origin: str = "", amount: int = 1) -> None:
        """One more of something (a field of `SourceSummary`) for an input."""
        self._counts.setdefault(origin or self.origin, Counter())[what] += amount

    def fail(self, source: str, reason: str, origin: str = "") -> None:
        """An input, or a part of `origin`, was not taken in."""
        failure = Failure(source, reason)
        self._failed.append(failure)
        self.count("empty" if failure.empty else "failed", origin or self.origin or source)

    def fail_record(self, source: str, error: ReadError, kept: bool, number: int) -> None:
        """A record was not taken in, the `number`th of its file; of those of one file only the first are named.

        Args:
            kept: whether the library still has what was read of it before.
        """
        empty = error.cause.startswith(NO_TEXT)
        if number > NAMED_FAILURES:
            self.count("empty" if empty else "failed")
        else:
            self.fail(source, f"{error}; the version read before is kept" if kept and not empty else str(error))

    def end_file(self, source: str, number: int) -> None:
        """Say of a file how many of its records failed, `number` in all, beyond those that are named."""
        if number > NAMED_FAILURES:
            more = number - NAMED_FAILURES
            self._failed.append(Failure(source, f"{more} more records of this file could not be read either"))

    def pass_over(self, source: str, reason: str) -> None:
        """A file was left out by design."""
        self._passed_over.append(Failure(source, reason))
        self.count("passed_over")

    def summary(self) -> Summary:
        """What was done so far."""
        total: Counter[str] = sum(self._counts.values(), Counter())
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
                for source, counts in self._counts.items()
            ),
        )
