"""A connection to an Ollama server: what is installed there, and replies as they come, with every fault
named."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from qa.errors import BronvastError, GenerationFailed, ModelRefused, ModelUnavailable
from qa.language_models.catalogue import Candidate, is_cloud_model, parameters_in
from qa.language_models.completions import broken_off, refusal
from qa.language_models.network import (
    IDLE_SECONDS,
    Endpoint,
    LineReader,
    client_settings,
    error_text,
    map_failure,
    parse_endpoint,
    refuse_remote,
)
from qa.language_models.streams import Events, Finished, Piece

if TYPE_CHECKING:
    import ollama

__all__ = ["DEFAULT_PORT", "ModelDetails", "OllamaServer", "full_name", "ollama_endpoint"]

DEFAULT_PORT = 11434
OLDEST_SAFE_VERSION = (0, 17, 1)
# Below this version the server takes `truncate` and `shift` for misspellings and cuts a long prompt in
# silence.
FIRST_THAT_REFUSES_TO_CUT = (0, 12, 6)


@dataclass(frozen=True, slots=True)
class ModelDetails:
    """What a server says of one model.

    Attributes:
        context_length: tokens it was trained for, 0 where the server does not say.
        cache_bytes: bytes of key/value cache for one token, 0 where unknown.
        template: how the server lays out a conversation for it.
        capabilities: empty where the server is too old to say.
        remote: it runs on another machine although this server lists it.
    """

    context_length: int
    cache_bytes: int
    template: str
    family: str
    capabilities: tuple[str, ...]
    remote: bool


def ollama_endpoint(base_url: str = "") -> Endpoint:
    """The address: the argument, else OLLAMA_HOST, else the usual one on this machine.

    Raises:
        ConfigError: when it is no address.
    """
    return parse_endpoint(base_url or os.environ.get("OLLAMA_HOST", "") or "127.0.0.1", DEFAULT_PORT)


def full_name(name: str) -> str:
    """A model's name as the server keeps it: lower case, with its tag, without the library's own prefixes."""
    plain = name.strip().lower()
    for prefix in ("registry.ollama.ai/", "library/"):
        plain = plain.removeprefix(prefix)
    return plain if ":" in plain.rsplit("/", 1)[-1] else f"{plain}:latest"


class OllamaServer:
    """One server, talked to through the official client, under this program's network rules.

    Args:
        base_url: see `ollama_endpoint`.
        allow_remote: whether it may be on another machine, and models may run elsewhere.
        idle_seconds: how long the server may be silent, while it loads a model as well.

    Raises:
        ModelRefused: an address elsewhere that was not allowed.
        ConfigError: no address.
    """

    def __init__(self, base_url: str = "", *, allow_remote: bool = False, idle_seconds: float = IDLE_SECONDS) -> None:
        self.endpoint = ollama_endpoint(base_url)
        refuse_remote(self.endpoint, allow_remote)
        self.allow_remote = allow_remote
        self.label = f"Ollama at {self.endpoint.host}:{self.endpoint.port}"
        self._idle_seconds = idle_seconds
        self._client = _client(self.endpoint, idle_seconds)

    def close(self) -> None:
        """Close the connections."""
        self._client._client.close()

    def version(self) -> tuple[int, ...]:
        """The server's version as numbers; empty where it does not say."""
        text = str(self._get("/api/version").get("version", ""))
        numbers = text.split("-")[0].split(".")
        return tuple(int(number) for number in numbers) if all(n.isdigit() for n in numbers) else ()

    def models(self) -> tuple[Candidate, ...]:
        """The installed models that run on that machine; those that only pretend to are left out unless
        allowed.

        Raises:
            ModelUnavailable: the server cannot be reached, or something else answers at its address.
        """
        listed = self._get("/api/tags").get("models")
        if not isinstance(listed, list):
            raise map_failure(ValueError("no list"), self.label)
        found: list[Candidate] = []
        for entry in listed:
            if not isinstance(entry, dict) or not isinstance(entry.get("name"), str):
                continue
            remote = bool(entry.get("remote_host") or entry.get("remote_model") or is_cloud_model(entry["name"]))
            if remote and not self.allow_remote:
                continue
            details = _object(entry, "details")
            found.append(
                Candidate(
                    name=entry["name"],
                    size=entry["size"] if isinstance(entry.get("size"), int) else 0,
                    parameters=parameters_in(str(details.get("parameter_size", ""))),
                    families=tuple(map(str, details.get("families") or [details.get("family", "")])),
                    capabilities=tuple(map(str, entry.get("capabilities") or ())),
                    digest=str(entry.get("digest") or "")[:12],
                )
            )
        return tuple(found)

    def loaded(self) -> frozenset[str]:
        """Full names of the models that are in memory."""
        listed = self._get("/api/ps").get("models")
        names = (entry.get("name") for entry in listed if isinstance(entry, dict)) if isinstance(listed, list) else ()
        return frozenset(full_name(name) for name in names if isinstance(name, str))

    def details(self, name: str) -> ModelDetails:
        """What the server says of one model.

        Raises:
            ModelUnavailable: there is no such model.
            ModelRefused: it runs elsewhere.
        """
        answer = self._request("POST", "/api/show", {"model": name}, name)
        info, about = _object(answer, "model_info"), _object(answer, "details")
        remote = bool(answer.get("remote_host") or answer.get("remote_model"))
        if remote and not self.allow_remote:
            raise cloud_refusal(name)
        return ModelDetails(
            context_length=_number(info, "context_length"),
            cache_bytes=_cache_bytes(info),
            template=str(answer.get("template") or ""),
            family=str(about.get("family") or ""),
            capabilities=tuple(map(str, answer.get("capabilities") or ())),
            remote=remote,
        )

    def events(self, path: str, body: Mapping[str, Any], name: str) -> Events:
        """Send a streaming request; closing the generator closes the connection, which stops the server."""
        try:
            # The client's own chat method has no parameters for `truncate` and `shift`.
            with self._client._client.stream("POST", path, json=dict(body)) as response:
                if response.status_code != 200:
                    response.read()
                    raise self._refusal(response.status_code, response.text, name)
                yield from _reply(LineReader(response), self.label)
        except Exception as error:
            raise self._mapped(error) from error

    def _get(self, path: str) -> dict[str, Any]:
        return self._request("GET", path, None, "")

    def _request(self, method: str, path: str, body: dict[str, Any] | None, name: str) -> dict[str, Any]:
        try:
            response = self._client._client.request(method, path, json=body)
            if response.status_code != 200:
                raise self._refusal(response.status_code, response.text, name)
            answer = response.json()
        except Exception as error:
            raise self._mapped(error) from error
        if not isinstance(answer, dict):
            raise map_failure(ValueError("no object"), self.label)
        return answer

    def _mapped(self, error: Exception) -> BronvastError:
        mapped = map_failure(error, self.label, self._idle_seconds)
        if isinstance(mapped, ModelUnavailable) and mapped.cause.startswith("no answer"):
            return ModelUnavailable(mapped.cause, "start it with `ollama serve`, or use --llm local or --llm none")
        return mapped

    def _refusal(self, status: int, body: str, name: str) -> BronvastError:
        message = error_text(body)
        lowered = message.lower()
        if status == 404 and name and "not found" in lowered and "page" not in lowered:
            return ModelUnavailable(f"Ollama has no model {name}", f"fetch it with `ollama pull {name}`")
        if status == 403 and "cloud" in lowered:
            return cloud_refusal(name)
        if status == 403:
            return ModelUnavailable(f"{self.label} refused access", "check the server's OLLAMA_ORIGINS setting")
        if status == 501 or "does not support chat" in lowered or "does not support generate" in lowered:
            return GenerationFailed(f"the model {name} cannot write text", "choose another model with --model")
        return refusal(status, body, self.label)


def cloud_refusal(name: str) -> ModelRefused:
    """For a model that Ollama would hand on to its makers' machines."""
    return ModelRefused(
        f"the model {name} runs on other machines, so questions and articles would leave this one",
        "choose a local model, or allow it explicitly with --allow-remote",
    )


def _client(endpoint: Endpoint, idle_seconds: float) -> ollama.Client:
    import ollama

    settings: dict[str, Any] = client_settings(idle_seconds)
    client = ollama.Client(host=endpoint.url, **settings)
    if endpoint.is_loopback:
        # The official client adds the key of the makers' cloud to every request; a local server has no use
        # for it.
        client._client.headers.pop("authorization", None)
    return client


def _reply(lines: LineReader, server: str) -> Events:
    for line in lines:
        if not line.strip():
            continue
        part = json.loads(line)
        if not isinstance(part, dict):
            raise ValueError("not an object")
        if part.get("error"):
            raise broken_off(line, server)
        message = _object(part, "message")
        thought = message.get("thinking") or part.get("thinking")
        if thought:
            yield Piece(str(thought), thinking=True)
        text = message.get("content") or part.get("response")
        if text:
            yield Piece(str(text))
        if part.get("done") is True:
            counted = part.get("prompt_eval_count")
            yield Finished(str(part.get("done_reason") or "stop"), counted if isinstance(counted, int) else 0)
            return


def _object(answer: Mapping[str, Any], key: str) -> dict[str, Any]:
    """A nested object; empty where the server sent something else."""
    value = answer.get(key)
    return value if isinstance(value, dict) else {}


def _number(info: Mapping[str, Any], ending: str) -> int:
    """A value of `model_info`, whose keys begin with the name of the architecture."""
    for key, value in info.items():
        if key.endswith(f".{ending}") and ".vision." not in key:
            if isinstance(value, list):
                value = max((item for item in value if isinstance(item, int)), default=0)
            if isinstance(value, int) and 0 < value < 1 << 40:
                return value
    return 0


def _cache_bytes(info: Mapping[str, Any]) -> int:
    heads = _number(info, "attention.head_count")
    width = _number(info, "embedding_length") // heads if heads else 0
    key_width = _number(info, "attention.key_length") or width
    value_width = _number(info, "attention.value_length") or width
    cached_heads = _number(info, "attention.head_count_kv") or heads
    return 2 * _number(info, "block_count") * cached_heads * (key_width + value_width)
