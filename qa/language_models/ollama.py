"""Ollama as a language model: always an explicit window, never a prompt that was cut in silence."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from qa.errors import BronvastError, ModelUnavailable
from qa.language_models import GenerationOptions, Message, TokenStream
from qa.language_models.catalogue import Candidate, best_of, is_cloud_model, is_embedding_model
from qa.language_models.completions import without_surrogates
from qa.language_models.machine import context_window, total_memory
from qa.language_models.ollama_server import (
    FIRST_THAT_REFUSES_TO_CUT,
    OLDEST_SAFE_VERSION,
    OllamaServer,
    cloud_refusal,
    full_name,
)
from qa.language_models.streams import Events, EventStream, Finished
from qa.language_models.tokens import Estimate, TokenEstimator, estimate

__all__ = ["OllamaModel", "pick_model"]

KEEP_LOADED = "10m"
_PLAIN_TEMPLATE = "{{ .Prompt }}"


class OllamaModel:
    """A `LanguageModel` on an Ollama server.

    The window depends only on the model and the machine, since a server loads a model anew for each size it
    is asked for.

    Args:
        server: the connection.
        name: an installed model's name.
        window: tokens of context, 0 for what model and machine allow.
        fingerprint: the server's digest of the weights, as far as it was given.

    Raises:
        ModelUnavailable: the server or the model is not there, or the model makes vectors only.
        ModelRefused: the model runs elsewhere.
    """

    backend = "ollama"

    def __init__(
        self, server: OllamaServer, name: str, *, size: int = 0, window: int = 0, fingerprint: str = ""
    ) -> None:
        if is_cloud_model(name) and not server.allow_remote:
            raise cloud_refusal(name)
        self._server = server
        self.name = name
        self.fingerprint = fingerprint
        self.version = server.version()
        details = server.details(name)
        self.remote = details.remote or is_cloud_model(name)
        self._capabilities = details.capabilities
        self._family = details.family.lower()
        if is_embedding_model(Candidate(name, families=(details.family,), capabilities=details.capabilities)):
            raise ModelUnavailable(
                f"the model {name} makes vectors and writes no text", "choose another model with --model"
            )
        self.instruction_tuned = details.template.strip() not in ("", _PLAIN_TEMPLATE)
        self.context_window = context_window(
            details.context_length,
            details.cache_bytes,
            size,
            total_memory() if server.endpoint.is_loopback else 0,
            **({"wanted": window} if window else {}),
        )
        self._estimator = TokenEstimator()

    @property
    def warning(self) -> str:
        """One sentence where the server is so old that it has known faults, else ""."""
        if self.version and self.version < OLDEST_SAFE_VERSION:
            return (
                f"Ollama {'.'.join(map(str, self.version))} is outdated and has known security faults, "
                f"update it to {'.'.join(map(str, OLDEST_SAFE_VERSION))} or newer"
            )
        return ""

    def count_tokens(self, text: str) -> int:
        """A careful over-estimate, which comes closer with each reply: the server has no way to ask."""
        return self._estimator.upper(text)

    def is_loaded(self) -> bool:
        """Whether the server has the model in memory; where it does not answer, the request itself will say why."""
        with suppress(BronvastError):
            return full_name(self.name) in self._server.loaded()
        return True

    def close(self) -> None:
        """Close the connections; the server keeps the model for some minutes."""
        self._server.close()

    def stream(self, messages: Sequence[Message], options: GenerationOptions) -> TokenStream:
        """Begin generating; see `LanguageModel.stream`."""
        sent = sum((estimate(message.content) for message in messages), Estimate())
        return EventStream(self._events(self._body(messages, options), sent))

    def _body(self, messages: Sequence[Message], options: GenerationOptions) -> dict[str, Any]:
        settings: dict[str, Any] = {
            "num_ctx": self.context_window,
            "num_predict": options.max_tokens,
            "temperature": options.temperature,
            "seed": options.seed,
        }
        if options.stop:
            settings["stop"] = list(options.stop)
        body: dict[str, Any] = {
            "model": self.name,
            "stream": True,
            "options": settings,
            "keep_alive": KEEP_LOADED,
            # A prompt that does not fit shall be refused: by default the server drops its front, which
            # holds the rules and the best passages, and answers as if nothing had happened.
            "truncate": False,
            "shift": False,
        }
        if self.instruction_tuned:
            body["messages"] = [
                {"role": message.role, "content": without_surrogates(message.content)} for message in messages
            ]
        else:
            body["prompt"] = without_surrogates("\n\n".join(message.content for message in messages))
            body["raw"] = True
        if options.schema:
            body["format"] = json.loads(options.schema)
        if "thinking" in self._capabilities:
            # The gpt-oss models always think and only know degrees of it.
            body["think"] = "low" if "gptoss" in self._family or "gpt-oss" in self._family else False
        return body

    def _events(self, body: Mapping[str, Any], sent: Estimate) -> Events:
        path = "/api/chat" if self.instruction_tuned else "/api/generate"
        for event in self._server.events(path, body, self.name):
            if isinstance(event, Finished):
                yield self._checked(event, sent)
                return
            yield event

    def _checked(self, finished: Finished, sent: Estimate) -> Finished:
        """Compare what the server says it read with what it was sent.

        A version that cuts down to the whole window reports exactly that; one that cuts to half of it
        reports far less than the estimate. Versions that honour `truncate` refuse instead, so that this
        never comes up.
        """
        counted = finished.prompt_tokens
        full = counted >= self.context_window - 1 and self._may_cut()
        if counted and (full or self._estimator.was_cut(sent, counted)):
            problem = "the server read only part of the prompt; update Ollama, or ask with fewer passages"
            return Finished(finished.done_reason, counted, problem)
        self._estimator.learn(sent, counted)
        return finished

    def _may_cut(self) -> bool:
        return not self.version or self.version < FIRST_THAT_REFUSES_TO_CUT or self.context_window < 1024


def pick_model(server: OllamaServer, wanted: str = "") -> Candidate:
    """The model asked for, else the best of those installed.

    Raises:
        ModelUnavailable: it is not installed, or nothing usable is; the remedy is the command that fetches
        one. ModelRefused: it runs elsewhere.
    """
    if wanted and is_cloud_model(wanted) and not server.allow_remote:
        raise cloud_refusal(wanted)
    installed = server.models()
    if wanted:
        for candidate in installed:
            if full_name(candidate.name) == full_name(wanted):
                return candidate
        base = full_name(wanted).split(":")[0]
        similar = [c.name for c in installed if full_name(c.name).split(":")[0] == base]
        other = f", or use the installed {similar[0]}" if similar else ""
        raise ModelUnavailable(f"Ollama has no model {wanted}", f"fetch it with `ollama pull {wanted}`{other}")
    best = best_of(installed, total_memory() * 3 // 4 if server.endpoint.is_loopback else 0)
    if best is None:
        raise ModelUnavailable("Ollama has no model that writes text", "fetch one with `ollama pull gemma3:4b`")
    return best
