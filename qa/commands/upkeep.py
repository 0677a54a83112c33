"""Commands about the library as a whole: the overview, status, check, verify."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from qa.commands.options import Json, Session
from qa.errors import BronvastError, ExitCode, LibraryError, LibraryMissing, exit_code

if TYPE_CHECKING:
    from embeddings.store import Counts, Problem
    from qa.config import Config
    from qa.console import Console
    from qa.suspicious import Suspicion

__all__ = ["check", "overview", "status", "verify"]


def overview(session: Session) -> int:
    """Ten lines for who types `bronvast` alone: what there is and what to type next."""
    from qa.assembly import open_library
    from qa.layout import shortened

    console = session.console()
    config = session.config()
    say = console.say
    console.paragraph(say("tagline"), first=console.paint.strong("bronvast") + ": ")
    console.write()
    console.field(say("library"), shortened(config.place))
    encoder, filled, code = config.encoder, False, ExitCode.ANSWERED
    try:
        with open_library(config) as library:
            counts = library.counts()
            encoder, filled = library.encoder_name or encoder, counts.articles > 0
            console.field(say("contents"), _contents(console, counts))
    except LibraryMissing:
        console.field(say("contents"), say("no_library"))
    except LibraryError as error:
        console.field(say("contents"), say.translated(str(error)))
        code = exit_code(error)
    console.field(say("language_model"), _model_in_use(console, config))
    console.field(say("encoder"), encoder or _default_encoder())
    console.write()
    steps = ("next_ask", "next_chat", "next_help") if filled else ("next_add", "next_help")
    console.field(say("next"), say(steps[0]))
    for step in steps[1:]:
        console.write(" " * 14 + say(step))
    return code


def _contents(console: Console, counts: Counts) -> str:
    """How many articles there are, and of when."""
    from qa.listing import period

    if not counts.articles:
        return console.say("no_articles")
    articles = console.say.count("articles", counts.articles)
    when = period(console, counts)
    if when and counts.undated:
        undated = console.say.count("without_date", counts.undated)
        return console.say("partly_dated", articles=articles, undated=undated, period=when)
    return f"{articles} ({when})" if when else articles


def _default_encoder() -> str:
    from embeddings.encoders import DEFAULT

    return DEFAULT


def _model_in_use(console: Console, config: Config) -> str:
    from qa.assembly import choose_language_model

    try:
        model = choose_language_model(config, join=False).model
    except BronvastError as error:
        return console.say.translated(str(error))
    return f"{model.name} ({model.backend})" if model else console.say("no_language_model")


def status(context: typer.Context, json: Json = False) -> int:
    """Say where the library is and what is in it."""
    from qa.accounts import show_coverage
    from qa.assembly import open_library
    from qa.coverage import coverage
    from qa.layout import shortened
    from qa.listing import counts_json, show_counts

    session: Session = context.obj
    console = session.console()
    config = session.config()
    with open_library(config) as library:
        counts, sources = library.counts(), coverage(library, config.library)
        disk, encoder, generation = library.size_on_disk(), library.encoder_name, library.generation
    if json:
        console.write_json(
            {
                "schema": 1,
                "library": config.place,
                **counts_json(counts),
                "encoder": encoder or None,
                "generation": generation,
                "bytes_on_disk": disk,
                "sources": [one.source for one in sources],
                "coverage": [one.as_json() for one in sources],
            }
        )
        return ExitCode.ANSWERED
    say = console.say
    console.field(say("library"), shortened(config.place))
    show_counts(console, counts)
    console.field(say("encoder"), encoder or "-")
    console.field(say("disk"), say.size(disk))
    show_coverage(console, sources)
    return ExitCode.ANSWERED


def check(
    context: typer.Context,
    repair: Annotated[bool, typer.Option("--repair", help="Mend what can be mended.")] = False,
    suspicious: Annotated[
        bool,
        typer.Option("--suspicious", help="Also name text that is hidden from readers or addresses a language model."),
    ] = False,
    json: Json = False,
) -> int:
    """Compare everything stored with its checksums."""
    from qa.assembly import open_store
    from qa.suspicious import suspicions

    session: Session = context.obj
    console = session.console()
    config = session.config()
    problems, counts = _compared(config, repair)
    sound = all(problem.repaired for problem in problems)
    found: list[Suspicion] = []
    if suspicious and sound:  # what is damaged cannot be read
        with open_store(config) as library:
            found = list(suspicions(library))
    if json:
        listed = {"suspicious": [one.as_json() for one in found]} if suspicious else {}
        console.write_json({**_check_json(problems, counts, sound), **listed})
    else:
        _show_problems(console, problems, counts)
        if not sound and not repair:
            console.note(console.say("check_hint"))
        if any(problem.dropped for problem in problems):
            console.note(console.say("left_out_hint"))
        if suspicious and sound:
            _show_suspicious(console, found)
    return ExitCode.ANSWERED if sound else ExitCode.LIBRARY


def _compared(config: Config, repair: bool) -> tuple[list[Problem], Counts]:
    """What is wrong with the library, and how much is in it; no counts where a folder had problems."""
    from embeddings.analysis import analyse
    from embeddings.check import check_folder
    from embeddings.store import Counts
    from qa.assembly import open_store

    if config.store:
        with open_store(config, writable=repair) as library:
            return library.check(repair), library.counts()
    problems = check_folder(config.library, repair, analyse)  # also where it is too damaged to be opened
    if problems:
        return problems, Counts()
    with open_store(config) as library:
        return problems, library.counts()


def _check_json(problems: Sequence[Problem], counts: Counts, sound: bool) -> dict[str, Any]:
    """What `check --json` prints."""
    return {
        "schema": 1,
        "ok": sound,
        "articles": counts.articles,
        "problems": [
            {
                "what": problem.what,
                "where": problem.where,
                "repaired": problem.repaired,
                "dropped": problem.dropped,
            }
            for problem in problems
        ],
    }


def _show_problems(console: Console, problems: Sequence[Problem], counts: Counts) -> None:
    """What is wrong, a paragraph each; without problems what was found in order."""
    say = console.say
    if not problems:
        articles, passages = say.count("articles", counts.articles), say.count("passages", counts.passages)
        console.write(say("check_clean", articles=articles, passages=passages))
    for problem in problems:
        outcome = "left_out" if problem.dropped else "repaired" if problem.repaired else ""
        mended = f" ({say(outcome)})" if outcome else ""
        console.paragraph(f"{problem.where}: {say.translated(problem.what)}{mended}")


def _show_suspicious(console: Console, found: Sequence[Suspicion]) -> None:
    from qa.layout import shortened

    for one in found:
        what = console.say(f"suspicious_{one.kind}", where=one.where)
        console.paragraph(f"{shortened(one.source)}: {what}: {one.quote}")
    console.write(console.say.count("suspicious", len(found)))


def verify(
    context: typer.Context,
    receipt: Annotated[Path, typer.Argument(metavar="RECEIPT.json", help="An exported answer or conversation.")],
    json: Json = False,
) -> int:
    """Check the citations of an exported answer against the library."""
    from qa.assembly import open_library
    from qa.receipts import read_receipt
    from qa.receipts import verify as look_up

    session: Session = context.obj
    console = session.console()
    answers = read_receipt(receipt)
    with open_library(session.config()) as library:
        findings = list(look_up(answers, library))
    holds = all(finding.outcome == "holds" for finding in findings)
    if json:
        shown = [finding.as_json() for finding in findings]
        console.write_json({"schema": 1, "ok": holds, "findings": shown})
    else:
        for finding in findings:
            outcome = console.say(f"receipt_{finding.outcome}")
            console.paragraph(f"{outcome}: {finding.citation.quote}", "    ", f"[{finding.citation.number}] ")
        if not findings:
            console.note(console.say("receipt_nothing"))
    return ExitCode.ANSWERED if holds else ExitCode.PARTIAL
