"""Commands about the models: what is in use and could be had, setting another one, fetching a file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from qa.commands.options import AllowRemote, Backend, BaseUrl, Json, ModelName, Session, model_flags
from qa.errors import BronvastError, ExitCode, LibraryError, ModelUnavailable, UsageError

if TYPE_CHECKING:
    from qa.config import Config
    from qa.language_models.catalogue import Recommendation

__all__ = ["models_app", "models_report"]

models_app = typer.Typer(
    rich_markup_mode=None,
    invoke_without_command=True,
    help="Show, set or fetch the encoder and the language model.",
)


@models_app.callback()
def models(
    context: typer.Context,
    llm: Backend = "",
    model: ModelName = "",
    base_url: BaseUrl = "",
    allow_remote: AllowRemote = False,
    json: Json = False,
) -> int:
    """Show the models in use, what is available, and how to get better ones."""
    if context.invoked_subcommand is not None:
        return ExitCode.ANSWERED
    session: Session = context.obj
    console = session.console()
    config = session.config(**model_flags(llm, model, base_url, allow_remote))
    report = models_report(config)
    if json:
        console.write_json(report)
        return ExitCode.ANSWERED
    say = console.say
    console.field(say("encoder"), report["encoder"])
    used = report["llm"]
    shown = f"{used['model']} ({used['backend']})" if used["model"] else say("no_language_model")
    console.field(say("language_model"), say.translated(report["problem"]) or shown)
    for number, found in enumerate(report["available"]):
        console.field(say("available") if number == 0 else "", f"{found['model']} ({found['backend']})")
    if report["note"]:
        console.field(say("better"), say.translated(report["note"]))
    for number, entry in enumerate(report["recommended"]):
        label = say("to_fetch") if number == 0 else ""
        why = say.translated(entry["why"])
        console.field(label, f"{entry['command']}  ({say.size(entry['size'])}, {entry['licence']}; {why})")
    return ExitCode.ANSWERED


def models_report(config: Config) -> dict[str, Any]:
    """What `models --json` prints."""
    from embeddings.encoders import DEFAULT
    from qa.assembly import choose_language_model, open_library
    from qa.language_models.fetching import overview

    encoder = config.encoder
    try:
        with open_library(config) as library:
            encoder = encoder or library.encoder_name
    except LibraryError:
        pass  # the models are the same without one
    backend, name, note, problem = "none", "", "", ""
    try:
        choice = choose_language_model(config, join=False)
        note = choice.note
        if choice.model is not None:
            backend, name = choice.model.backend, choice.model.name
    except BronvastError as error:
        problem = str(error)
    found = overview(config.base_url)
    return {
        "schema": 1,
        "encoder": encoder or DEFAULT,
        "llm": {"backend": backend, "model": name},
        "available": [{"backend": kind, "model": model} for kind, model in found.here],
        "note": note,
        "problem": problem,
        "recommended": [_recommended(entry) for entry in found.fitting],
        "folder": str(found.folder),
    }


def _recommended(entry: Recommendation) -> dict[str, Any]:
    command = f"bronvast models pull {entry.name}" if entry.repository else f"ollama pull {entry.ollama}"
    return {
        "name": entry.name,
        "command": command,
        "size": entry.size,
        "licence": entry.licence,
        "why": entry.why,
    }


@models_app.command("use")
def use(
    context: typer.Context,
    model: Annotated[
        str, typer.Argument(metavar="MODEL", help="The language model: its name, or the path of a GGUF file.")
    ] = "",
    llm: Backend = "",
    encoder: Annotated[str, typer.Option("--encoder", metavar="NAME", help="The encoder of new libraries.")] = "",
) -> int:
    """Set the models that are used from now on, in the configuration file."""
    from qa.config import config_file, write_setting
    from qa.language_models.choose import names_a_file

    session: Session = context.obj
    console = session.console()
    path = config_file(session.config_path)
    if names_a_file(model):
        model, llm = _model_file(model), llm or "local"
    settings = {key: value for key, value in (("llm", llm), ("model", model), ("encoder", encoder)) if value}
    if not settings:
        raise UsageError("no model was named", "write for example: bronvast models use qwen2.5:7b --llm ollama")
    for key, value in settings.items():
        write_setting(path, key, value)
        console.note(console.say("setting_written", name=key, value=value, path=path))
    return ExitCode.ANSWERED


def _model_file(model: str) -> str:
    """The file's full path, once its header has been found sound.

    Raises:
        ModelUnavailable: there is no such file, or it is damaged, or no model that writes text.
    """
    from qa.language_models.gguf import read_header
    from qa.language_models.model_files import find_model_file

    path = find_model_file(str(Path(model).expanduser())).resolve()
    if not read_header(path).generative:
        raise ModelUnavailable(f"{path.name} is not a model that writes text", "choose another model with --model")
    return str(path)


@models_app.command("pull")
def pull(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="One of those that `bronvast models` recommends.")] = "",
) -> int:
    """Fetch a recommended language model from the Hugging Face hub, the only thing that needs a network."""
    from qa.language_models import fetching
    from qa.layout import shortened

    session: Session = context.obj
    console = session.console()
    entry = fetching.recommendation(name)
    line = console.progress(entry.name)
    shown = 0

    def progress(done: int, total: int) -> None:
        nonlocal shown
        line.total(max(total, done))
        line.advance(done - shown, "")
        shown = done

    try:
        path = fetching.pull(entry.name, progress)
    finally:
        console.clear_status()
    console.note(console.say("model_fetched", path=shortened(str(path)), name=path.stem))
    return ExitCode.ANSWERED
