"""Commands that read articles into the library: add, sync, watch."""

from __future__ import annotations

import os
import re
import signal
import time
from contextlib import suppress
from threading import Event
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from qa.commands.options import Json, Session
from qa.errors import ExitCode, LibraryLocked, UsageError

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from embeddings.encoders import Encoder
    from qa.config import Config
    from qa.console import Console
    from qa.ingest import Progress, Summary

__all__ = ["add", "sync", "watch"]

DryRun: TypeAlias = Annotated[bool, typer.Option("--dry-run", help="Say what would be done and do nothing.")]


def add(
    context: typer.Context,
    inputs: Annotated[list[str], typer.Argument(metavar="PATH_OR_URL...", help="Files, folders or web addresses.")],
    json: Json = False,
    encoder: Annotated[
        str,
        typer.Option("--encoder", metavar="NAME", help="A sentence-transformers model, for a new library."),
    ] = "",
    device: Annotated[
        str, typer.Option("--device", metavar="NAME", help="Where to encode: auto, cpu, cuda or mps.")
    ] = "",
    dry_run: DryRun = False,
    no_remember: Annotated[
        bool, typer.Option("--no-remember", help="Do not follow these sources with `sync`.")
    ] = False,
    shard: Annotated[
        str, typer.Option("--shard", metavar="N/M", help="Take in the Nth of M shares only, for several workers.")
    ] = "",
) -> int:
    """Read and index articles; doing it again costs nothing."""
    from qa.assembly import open_for_writing
    from qa.ingest import add as add_articles
    from qa.ingest import none_there

    session: Session = context.obj
    console = session.console()
    config = session.config(encoder=encoder, device=device)
    share = parse_shard(shard) if shard else (1, 1)
    if (summary := none_there(inputs)) is not None:
        return _report(console, summary, json)
    console.status(console.say("loading"))
    with open_for_writing(config, create=True) as (library, model):
        summary = add_articles(
            library,
            model,
            inputs,
            progress=console.progress(console.say("indexing")),
            remember=not no_remember,
            dry_run=dry_run,
            shard=share,
        )
    return _report(console, summary, json)


def sync(context: typer.Context, json: Json = False, dry_run: DryRun = False) -> int:
    """Read the sources again; remove what vanished from them."""
    from qa.assembly import open_for_writing
    from qa.ingest import sync as sync_articles

    session: Session = context.obj
    console = session.console()
    console.status(console.say("loading"))
    with open_for_writing(session.config()) as (library, model):
        progress = console.progress(console.say("indexing"))
        summary = sync_articles(library, model, progress=progress, dry_run=dry_run)
        followed = bool(library.sources())
    if not followed and not summary.by_source:
        console.clear_status()
        console.note(console.say("nothing_followed"))
    return _report(console, summary, json)


def parse_shard(text: str) -> tuple[int, int]:
    """Number and count of the shares that N/M means.

    Raises:
        UsageError: not of that form.
    """
    match = re.fullmatch(r"(\d{1,6})/(\d{1,6})", text, re.ASCII)
    if match is None or not 1 <= int(match[1]) <= int(match[2]):
        raise UsageError(f"--shard {text} is not a share", "write N/M, as in 2/8 for the second of eight")
    return int(match[1]), int(match[2])


def _report(console: Console, summary: Summary, json: bool) -> int:
    from qa.accounts import show_failures, show_table

    console.clear_status()
    if json:
        console.write_json(summary.as_json())
    else:
        show_failures(console, summary.failed)
        show_table(console, summary)
    return ExitCode.SOME_INPUTS_FAILED if summary.failed else ExitCode.ANSWERED


def watch(
    context: typer.Context,
    folders: Annotated[
        list[str] | None,
        typer.Argument(metavar="FOLDER...", help="Folders to keep in step; none means all that are followed."),
    ] = None,
    json: Json = False,
) -> int:
    """Keep folders in step with the library until stopped."""
    from qa.assembly import open_for_writing
    from qa.layout import shortened
    from qa.watching import settled_changes

    session: Session = context.obj
    console = session.console()
    config = session.config()
    with suppress(ValueError):  # only the main thread may; elsewhere the caller has its own way to end this
        signal.signal(signal.SIGTERM, signal.default_int_handler)
    sources = _named_folders(folders or [])
    try:
        console.status(console.say("loading"))
        with open_for_writing(config, create=bool(sources)) as (library, encoder):
            sources = sources or _remembered_folders(library.sources())
            for source in sources:
                library.remember_source(source)
        progress: Progress | None = console.progress(console.say("indexing"))
        stop = Event()
        unread: set[str] = set()  # what could not be taken in because another process was writing
        for changed in settled_changes(sources, stop, ignored=str(config.library)):
            unread |= changed
            if summary := _take_changes(config, encoder, sources, unread, progress):
                unread.clear()
                _tell(console, summary, json)
                if progress:  # that was the first round
                    console.note(console.say("watching", sources=", ".join(map(shortened, sources))))
                progress = None
    except KeyboardInterrupt:
        console.note(console.say("watching_stopped"))
    return ExitCode.ANSWERED


def _take_changes(
    config: Config, encoder: Encoder, sources: Sequence[str], changed: Collection[str], progress: Progress | None
) -> Summary | None:
    """Bring these paths up to date; None where another process writes to the library for too long.

    The library is opened anew each time, so that other commands may write to it in between.
    """
    from qa.assembly import open_store
    from qa.ingest import sync as sync_articles

    for _ in range(30):
        try:
            with open_store(config, writable=True) as library:
                return sync_articles(library, encoder, sources=sources, changed=changed, progress=progress)
        except LibraryLocked:
            time.sleep(1.0)
    return None


def _named_folders(named: Sequence[str]) -> list[str]:
    """Folders as sources are written.

    Raises:
        UsageError: one is no folder.
    """
    from qa.readers import is_web_address, source_of

    for name in named:
        if is_web_address(name):
            raise UsageError(f"{name} is not a folder", f"follow it with: bronvast add {name}")
        if not name.strip() or not os.path.exists(source_of(name)):  # noqa: PTH110
            raise UsageError(f"there is no folder {name if name.strip() else repr(name)}", "check the path")
        if not os.path.isdir(source_of(name)):  # noqa: PTH112
            raise UsageError(f"{source_of(name)} is not a folder", "watch the folder that it lies in")
    return list(dict.fromkeys(map(source_of, named)))


def _remembered_folders(remembered: Sequence[str]) -> list[str]:
    folders = [source for source in remembered if os.path.isdir(source)]  # noqa: PTH112
    if not folders:
        raise UsageError("no folder is followed yet", "name one: bronvast watch FOLDER")
    return folders


def _tell(console: Console, summary: Summary, json: bool) -> None:
    """What one round did; nothing where it did nothing."""
    from qa.accounts import show_failures, summary_line

    console.clear_status()
    if not summary.changed and not summary.failed:
        return
    if json:
        console.write_json(summary.as_json())
    else:
        show_failures(console, summary.failed)
        console.write(f"{time.strftime('%H:%M:%S')}  {summary_line(console, summary)}")
