"""Commands about the library as a whole: the overview, status, check, verify."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from qa.commands.options import Json, Session
from qa.errors import BronvastError, ExitCode, LibraryError, LibraryMissing, exit_code

if TYPE_CHECKING:
    from embeddings.store import Counts
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
    from embeddings.analysis import analyse
    from embeddings.check import check_folder
    from embeddings.store import Counts
    from qa.assembly import open_store
    from qa.layout import shortened
    from qa.suspicious import suspicions

    session: Session = context.obj
    console = session.console()
    config = session.config()
    counts = Counts()
    found: list[Suspicion] = []
    if config.store:
        with open_store(config, writable=repair) as library:
            problems, counts = library.check(repair), library.counts()
    else:
        problems = check_folder(config.library, repair, analyse)  # also where it is too damaged to be opened
        if not problems:
            with open_store(config) as library:
                counts = library.counts()
    open_problems = [problem for problem in problems if not problem.repaired]
    if suspicious and not open_problems:  # what is damaged cannot be read
        with open_store(config) as library:
            found = list(suspicions(library))
    if json:
        console.write_json(
            {
                "schema": 1,
                "ok": not open_problems,
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
                **({"suspicious": [one.as_json() for one in found]} if suspicious else {}),
            }
        )
    elif not problems:
        articles = console.say.count("articles", counts.articles)
        passages = console.say.count("passages", counts.passages)
        console.write(console.say("check_clean", articles=articles, passages=passages))
    else:
        for problem in problems:
            outcome = "left_out" if problem.dropped else "repaired" if problem.repaired else ""
            mended = f" ({console.say(outcome)})" if outcome else ""
            console.paragraph(f"{problem.where}: {console.say.translated(problem.what)}{mended}")
        if open_problems and not repair:
            console.note(console.say("check_hint"))
        if any(problem.dropped for problem in problems):
            console.note(console.say("left_out_hint"))
    if suspicious and not json and not open_problems:
        for one in found:
            what = console.say(f"suspicious_{one.kind}", where=one.where)
            console.paragraph(f"{shortened(one.source)}: {what}: {one.quote}")
        console.write(console.say.count("suspicious", len(found)))
    return ExitCode.LIBRARY if open_problems else ExitCode.ANSWERED


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
