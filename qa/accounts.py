"""How the account of what was read looks: the table that ends `add`, and what `status` says of each source."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from qa.layout import clip, shortened
from qa.readers import is_web_address
from qa.sanitise import sanitise_line
from qa.summary import COUNTED, SourceSummary

if TYPE_CHECKING:
    from qa.console import Console
    from qa.coverage import SourceCoverage
    from qa.summary import Failure, Summary

__all__ = ["show_coverage", "show_failures", "show_table", "summary_line"]

MOST_ROWS: Final = 12  # above it files are shown by folder
MOST_FAILURES: Final = 50
ALWAYS: Final = ("read", "added", "updated", "unchanged", "empty", "failed")


def show_failures(console: Console, failures: Sequence[Failure]) -> None:
    """What was not taken in and why, one line each; of very many the first."""
    for failure in failures[:MOST_FAILURES]:
        console.error(f"bronvast: {failure.source}: {console.say.translated(failure.reason)}")
    if len(failures) > MOST_FAILURES:
        console.error(console.say("more_failures", count=console.say.number(len(failures) - MOST_FAILURES)))


def show_table(console: Console, summary: Summary) -> None:
    """What became of each input, in columns; those for rare things only where there are such."""
    rows = _by_folder(summary.by_source)
    if not rows:
        console.write(console.say("nothing_found"))
        return
    if len(rows) > 1:
        rows.append(_added_up(console.say("total"), rows))
    columns = [name for name in COUNTED if name in ALWAYS or any(getattr(row, name) for row in rows)]
    heads = [console.say(f"column_{name}") for name in columns]
    cells = [[console.say.number(getattr(row, name)) for name in columns] for row in rows]
    widths = [max(map(len, column)) for column in zip(heads, *cells, strict=True)]
    console.write(console.paint.strong("  ".join(head.rjust(width) for head, width in zip(heads, widths, strict=True))))
    for row, values in zip(rows, cells, strict=True):
        figures = "  ".join(value.rjust(width) for value, width in zip(values, widths, strict=True))
        line = f"{figures}  {sanitise_line(shortened(row.source))}"
        console.write(clip(line, console.width) if console.width else line)


def _by_folder(rows: Sequence[SourceSummary]) -> list[SourceSummary]:
    """The rows, or where there are too many, those of single files added up under their folder."""
    if len(rows) <= MOST_ROWS:
        return list(rows)
    groups: dict[str, list[SourceSummary]] = {}
    for row in rows:
        single = not is_web_address(row.source) and not os.path.isdir(row.source)  # noqa: PTH112
        name = os.path.join(os.path.dirname(row.source), "…") if single else row.source  # noqa: PTH118, PTH120
        groups.setdefault(name, []).append(row)
    return [_added_up(name, group) if len(group) > 1 else group[0] for name, group in groups.items()]


def _added_up(name: str, rows: Sequence[SourceSummary]) -> SourceSummary:
    return SourceSummary(name, **{column: sum(getattr(row, column) for row in rows) for column in COUNTED})


def summary_line(console: Console, summary: Summary) -> str:
    """The counts of a summary in words, those that are nought left out."""
    counts = {
        "added": summary.added,
        "updated": summary.updated,
        "unchanged": summary.unchanged,
        "removed": summary.removed,
        "failed": len(summary.failed),
        "passed_over": len(summary.passed_over),
    }
    parts = [console.say.count(key, count) for key, count in counts.items() if count]
    return ", ".join(parts) or console.say("nothing_found")


def show_coverage(console: Console, sources: Sequence[SourceCoverage]) -> None:
    """For each remembered source how much of it is in the library, and what is not and why."""
    for number, one in enumerate(sources):
        console.field(
            console.say("remembered") if number == 0 else "", f"{shortened(one.source)}: {_state(console, one)}"
        )
    problems = [failure for one in sources for failure in one.failed]
    for failure in problems[:MOST_FAILURES]:
        console.field("", f"{shortened(failure.source)}: {console.say.translated(failure.reason)}")
    if len(problems) > MOST_FAILURES:
        console.field("", console.say("more_failures", count=console.say.number(len(problems) - MOST_FAILURES)))


def _state(console: Console, one: SourceCoverage) -> str:
    say = console.say
    if one.missing:
        return f"{say('not_there')}, {say.count('articles', one.articles)}"
    counts = {
        "empty": sum(1 for failure in one.failed if failure.empty),
        "failed": sum(1 for failure in one.failed if not failure.empty),
        "unread": len(one.unread),
        "passed_over": one.passed_over,
    }
    parts = [say.count("articles", one.articles), *(say.count(key, count) for key, count in counts.items() if count)]
    return ", ".join(parts)
