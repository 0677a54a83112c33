"""Options that several commands share, and what a command is given: settings and a console."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

import typer

from qa.errors import UsageError

if TYPE_CHECKING:
    from embeddings.records import Filters
    from embeddings.store import Store
    from qa.config import Config
    from qa.console import Console

Json: TypeAlias = Annotated[bool, typer.Option("--json", help="Print one JSON object instead of text.")]
Since: TypeAlias = Annotated[
    str | None,
    typer.Option(metavar="DATE", help="Only articles of this date or later (YYYY, YYYY-MM or YYYY-MM-DD)."),
]
Until: TypeAlias = Annotated[str | None, typer.Option(metavar="DATE", help="Only articles of this date or earlier.")]
AsOf: TypeAlias = Annotated[
    str | None,
    typer.Option("--as-of", metavar="DATE", help="Only what had surely been published by then."),
]
Source: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(metavar="TEXT", help="Only outlets or paths that contain this; may be given more than once."),
]
Backend: TypeAlias = Annotated[
    str, typer.Option("--llm", metavar="KIND", help="auto, ollama, local, openai or none (exact sentences).")
]
ModelName: TypeAlias = Annotated[
    str, typer.Option("--model", metavar="NAME", help="A model of the back end, or a GGUF file.")
]
BaseUrl: TypeAlias = Annotated[str, typer.Option("--base-url", metavar="URL", help="The language model's server.")]
AllowRemote: TypeAlias = Annotated[
    bool,
    typer.Option("--allow-remote", help="Allow questions and passages to go to another machine."),
]
TopK: TypeAlias = Annotated[
    int | None, typer.Option("--top-k", metavar="N", help="How many passages an answer may draw on.")
]
ShowUnverified: TypeAlias = Annotated[
    bool, typer.Option("--show-unverified", help="Show sentences that no source supports, marked as such.")
]


@dataclass(slots=True)
class Session:
    """What the global options said; every command finds it in its context."""

    flags: dict[str, Any] = field(default_factory=dict)
    config_path: Path | None = None
    quiet: bool = False

    def config(self, **flags: Any) -> Config:
        """The settings in force, with a command's own flags on top.

        Raises:
            ConfigError: a setting that makes no sense.
        """
        from qa.config import load_config

        return load_config({**self.flags, **flags}, self.config_path)

    def console(self, *, plain: bool = False) -> Console:
        from qa.console import Console
        from qa.messages import Messages

        return Console(Messages(self.config().language), quiet=self.quiet, plain=plain)


def version_number() -> str:
    """The version that is installed."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("bronvast")
    except PackageNotFoundError:  # run from a checkout that was not installed
        return "(not installed)"


def model_flags(
    llm: str = "",
    model: str = "",
    base_url: str = "",
    allow_remote: bool = False,
    top_k: int | None = None,
) -> dict[str, Any]:
    """The settings that the model options override; what was not said is left to the other layers."""
    return {
        "llm": llm,
        "model": model,
        "base_url": base_url,
        "allow_remote": allow_remote or None,
        "top_k": top_k,
    }


def parse_date(text: str, option: str) -> tuple[date, date]:
    """The first and last day that a date of any precision can mean.

    Raises:
        UsageError: anything that is not YYYY, YYYY-MM or YYYY-MM-DD.
    """
    from embeddings.records import PublicationDate

    if re.fullmatch(r"\d{4}(-\d{2}(-\d{2})?)?", text, re.ASCII):
        try:
            given = PublicationDate(text, option)
            return given.first_day, given.last_day
        except ValueError:
            pass
    shown = text if text.strip() else f"'{text}'"
    raise UsageError(f"{option} {shown} is not a date", "write YYYY, YYYY-MM or YYYY-MM-DD")


def make_filters(
    since: str | None = None, until: str | None = None, as_of: str | None = None, sources: list[str] | None = None
) -> Filters:
    """The filters that the options ask for; an empty date is none, and more likely a mistake than meant as no limit.

    Raises:
        UsageError: a date that is none, or an empty period.
    """
    from embeddings.records import Filters

    first = parse_date(since, "--since")[0] if since is not None else None
    last = parse_date(until, "--until")[1] if until is not None else None
    if first and last and first > last:
        raise UsageError(f"--since {since} lies after --until {until}", "turn them round")
    return Filters(
        since=first,
        until=last,
        as_of=parse_date(as_of, "--as-of")[1] if as_of is not None else None,
        sources=tuple(source for source in sources or () if source.strip()),
    )


def note_unknown_sources(console: Console, library: Store, filters: Filters) -> None:
    """Name each `--source` that no article has: beside others that some have, a slip of the pen would go unseen."""
    from embeddings.records import Filters

    for source in filters.sources:
        if next(iter(library.articles(Filters(sources=(source,)))), None) is None:
            console.note(console.say("no_such_source", source=source))
