"""What of the remembered sources is in the library and what is not, and why.

Nothing is read for this: the folders are listed, the library says of which files it has articles, and the
notes of the last runs say which files could not be taken in.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from qa.intake import file_of, is_below
from qa.readers import discover, is_web_address
from qa.readers.readings import noted_failures
from qa.summary import Failure

if TYPE_CHECKING:
    from embeddings.store import Store

__all__ = ["SourceCoverage", "coverage"]


@dataclass(frozen=True, slots=True)
class SourceCoverage:
    """A remembered source.

    Attributes:
        articles: how many of it are in the library.
        files: how many files it has of formats that are read; an address counts as one.
        missing: whether it is not there at the moment; its articles are kept.
        failed: files and records that could not be taken in when they were last tried, those without text too.
        unread: files that are there and were never tried, new ones for example.
        passed_over: files in it that are left out by design.
    """

    source: str
    articles: int = 0
    files: int = 0
    missing: bool = False
    failed: tuple[Failure, ...] = ()
    unread: tuple[str, ...] = ()
    passed_over: int = 0

    def as_json(self) -> dict[str, object]:
        """The same as one JSON object."""
        return {
            "source": self.source,
            "articles": self.articles,
            "files": self.files,
            "missing": self.missing,
            "failed": [{"source": failure.source, "reason": failure.reason} for failure in self.failed],
            "unread": list(self.unread),
            "passed_over": self.passed_over,
        }


def coverage(library: Store, folder: Path) -> list[SourceCoverage]:
    """Each remembered source of a library that lies in a folder, in the library's order."""
    held = Counter(file_of(source) for _, source in library.article_sources())
    noted = noted_failures(folder)
    return [_of_source(source, held, noted) for source in library.sources()]


def _of_source(source: str, held: Counter[str], noted: dict[str, list[tuple[str, str]]]) -> SourceCoverage:
    if is_web_address(source):
        failed = tuple(Failure(*pair) for pair in noted.get(source, ()))
        return SourceCoverage(source, held[source], 1, failed=failed)
    articles = held[source] or sum(count for file, count in held.items() if is_below(file, source))
    if not os.path.lexists(source):
        return SourceCoverage(source, articles, missing=True)
    found = list(discover([source]))
    files = [one.source for one in found if not one.problem]
    reasons = {one.source: [(one.source, one.problem)] for one in found if one.problem and not one.passed_over}
    failed = _failures([*files, *reasons], {**noted, **reasons})
    tried = {*held, *noted}
    return SourceCoverage(
        source,
        articles,
        len(files),
        failed=failed,
        unread=tuple(file for file in files if file not in tried),
        passed_over=sum(1 for one in found if one.passed_over),
    )


def _failures(files: Sequence[str], reasons: dict[str, list[tuple[str, str]]]) -> tuple[Failure, ...]:
    return tuple(Failure(*pair) for file in files for pair in reasons.get(file, ()))
