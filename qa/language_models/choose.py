"""Which language model a run uses, and the one line that says so."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from qa.errors import BronvastError, ModelRefused, ModelUnavailable
from qa.language_models import LanguageModel
from qa.language_models.network import is_listening

if TYPE_CHECKING:
    from qa.language_models.ollama import OllamaModel

__all__ = ["Choice", "available", "choose", "names_a_file"]

_LEAVES = "questions and passages leave this machine"
_INSTALL_OLLAMA = "install Ollama and run `ollama pull gemma3:4b` for better answers"


@dataclass(frozen=True, slots=True)
class Choice:
    """What was chosen.

    Attributes:
        model: None where sentences are quoted instead of written.
        note: one line for the user: what was taken, and how to get a better one; "" where there is nothing
        to say.
    """

    model: LanguageModel | None
    note: str = ""


def choose(
    kind: str = "auto",
    model: str = "",
    base_url: str = "",
    allow_remote: bool = False,
    *,
    cache: Path | None = None,
    join: bool = True,
) -> Choice:
    """The language model for this run.

    `auto` takes an Ollama server on this machine that has a usable model, else the embedded model, else
    none. A model that was asked for by name is taken or missed, never quietly replaced while a server is
    there to ask.

    Args:
        kind: "auto", "ollama", "local", "openai" or "none".
        model: its name as the back end knows it, or the path of a GGUF file; "" is the back end's best.
        base_url: the server's address, "" for the usual one.
        allow_remote: whether text may go to another machine.
        cache: folder for assembled weights, else the usual one.
        join: False where the model is only to be named: the default's file is not put together for that.

    Raises:
        ModelUnavailable: one was demanded and is not there.
        ModelRefused: it is on another machine and that was not allowed.
        ConfigError: an address that is none.
    """
    match kind:
        case "none":
            return Choice(None)
        case "ollama":
            chosen = _ollama(model, base_url, allow_remote)
            return Choice(chosen, _described(chosen, base_url))
        case "openai":
            from qa.language_models.openai import OpenAIModel

            server = OpenAIModel(base_url, model, allow_remote=allow_remote)
            return Choice(server, "" if server.is_here else f"using {server.name} on {server.host}: {_LEAVES}")
        case "local":
            return _local(model, cache, join)
        case "auto":
            return _automatic(model, base_url, allow_remote, cache, join)
        case _:
            raise ModelUnavailable(
                f"there is no kind of language model called {kind}", "use auto, ollama, local, openai or none"
            )


def _automatic(model: str, base_url: str, allow_remote: bool, cache: Path | None, join: bool) -> Choice:
    if names_a_file(model):
        return _local(model, cache, join)
    reason = ""
    from qa.language_models.ollama_server import ollama_endpoint

    endpoint = ollama_endpoint(base_url)
    if not endpoint.is_loopback and not allow_remote:
        if base_url:
            raise ModelRefused(
                f"the model server {endpoint.host} is not on this machine, so articles would leave it",
                "allow it explicitly with --allow-remote if that is what you want",
            )
        reason = f"OLLAMA_HOST names another machine ({endpoint.host}), which is not used without --allow-remote"
    elif is_listening(endpoint):
        try:
            chosen = _ollama(model, base_url, allow_remote)
            return Choice(chosen, _described(chosen, base_url))
        except ModelRefused:
            raise
        except ModelUnavailable as error:
            found = _try_local(model, cache, join) if model else None
            if found is not None:
                return found
            if model:
                raise
            reason = str(error)
    else:
        reason = f"no Ollama server is running; {_INSTALL_OLLAMA}"
    found = _try_local(model, cache, join)
    if found is not None and found.model is not None:
        return Choice(found.model, f"using the embedded {found.model.name}: {reason}")
    if model and (found := _try_local("", cache, join)) is not None and found.model is not None:
        return Choice(found.model, f"{model} is not here, using the embedded {found.model.name}: {reason}")
    return Choice(None, f"no language model, so the answer is quoted from the articles: {reason}")


def _ollama(model: str, base_url: str, allow_remote: bool) -> OllamaModel:
    from qa.language_models.ollama import OllamaModel, pick_model
    from qa.language_models.ollama_server import OllamaServer

    server = OllamaServer(base_url, allow_remote=allow_remote)
    candidate = pick_model(server, model)
    return OllamaModel(server, candidate.name, size=candidate.size, fingerprint=candidate.digest)


def _described(model: OllamaModel, base_url: str) -> str:
    from qa.language_models.ollama_server import ollama_endpoint

    parts = [f"using {model.name} on Ollama"]
    if not (endpoint := ollama_endpoint(base_url)).is_loopback:
        parts = [f"using {model.name} on {endpoint.host}: {_LEAVES}"]
    elif model.remote:
        parts = [f"using {model.name}, which Ollama hands on to other machines: {_LEAVES}"]
    if not model.instruction_tuned:
        parts.append("it is not trained to follow instructions, `ollama pull gemma3:4b` is better")
    if model.warning:
        parts.append(model.warning)
    return "; ".join(parts)


def _local(model: str, cache: Path | None, join: bool) -> Choice:
    from qa.language_models.local import LocalModel
    from qa.language_models.model_files import best_fetched

    name = model
    if not name and (fetched := best_fetched(cache)) is not None:
        name = str(fetched)
    chosen = LocalModel(name, cache=cache, join=join)
    return Choice(chosen, f"using the embedded {chosen.name}")


def _try_local(model: str, cache: Path | None, join: bool) -> Choice | None:
    from qa.language_models.model_files import has_runtime

    if not has_runtime():
        return None
    with suppress(ModelUnavailable):
        return _local(model, cache, join)
    return None


def names_a_file(model: str) -> bool:
    """Whether a model is given as a GGUF file rather than by its name."""
    return model.lower().endswith(".gguf") or (bool(model) and Path(model).expanduser().is_file())


def available(base_url: str = "", *, cache: Path | None = None) -> tuple[tuple[str, str], ...]:
    """What could be used now, as (back end, model) pairs: Ollama's models, fetched files, the default file.

    Nothing is loaded and no server elsewhere is asked; a server that is not there is no error.
    """
    from qa.language_models.model_files import DEFAULT_MODEL, fetched_models, has_default_weights, has_runtime
    from qa.language_models.ollama_server import OllamaServer, ollama_endpoint

    found: list[tuple[str, str]] = []
    with suppress(BronvastError):
        endpoint = ollama_endpoint(base_url)
        if endpoint.is_loopback and is_listening(endpoint):
            from qa.language_models.catalogue import is_embedding_model

            server = OllamaServer(base_url)
            found += [("ollama", c.name) for c in server.models() if not is_embedding_model(c)]
            server.close()
    if has_runtime():
        found += [("local", header.path.stem) for header in fetched_models(cache)]
        if has_default_weights():
            found.append(("local", Path(DEFAULT_MODEL).stem))
    return tuple(found)
