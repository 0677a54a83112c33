"""Servers that speak the OpenAI protocol: vLLM, llama-server, LM Studio and others, by their address."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from typing import Any

from qa.errors import ModelUnavailable
from qa.language_models import GenerationOptions, Message, TokenStream
from qa.language_models.completions import completion_events, refusal, request_body
from qa.language_models.network import (
    IDLE_SECONDS,
    client_settings,
    map_failure,
    parse_endpoint,
    refuse_remote,
)
from qa.language_models.streams import Events, EventStream, Finished
from qa.language_models.tokens import Estimate, TokenEstimator, estimate

__all__ = ["OpenAIModel"]

DEFAULT_URL = "http://127.0.0.1:8080/v1"
_DEFAULT_WINDOW = 8192


class OpenAIModel:
    """A `LanguageModel` behind an OpenAI-compatible server.

    A key, where the server wants one, comes from the environment variable OPENAI_API_KEY and from nowhere
    else.

    Args:
        base_url: the server's address up to and including "/v1"; "/v1" is added where there is no path.
        model: the model's name there; "" takes the only one, or the first.
        allow_remote: whether the server may be on another machine.

    Raises:
        ModelRefused: a server elsewhere that was not allowed.
        ModelUnavailable: no such server, or no such model there.
        ConfigError: the address is none.
    """

    backend = "openai"
    instruction_tuned = True
    fingerprint = ""  # the protocol has no way to ask

    def __init__(
        self,
        base_url: str = "",
        model: str = "",
        *,
        allow_remote: bool = False,
        idle_seconds: float = IDLE_SECONDS,
    ) -> None:
        import httpx

        endpoint = parse_endpoint(base_url or DEFAULT_URL, 8080)
        refuse_remote(endpoint, allow_remote)
        self.host, self.is_here = endpoint.host, endpoint.is_loopback
        self.server = f"the model server at {endpoint.host}:{endpoint.port}"
        self._idle_seconds = idle_seconds
        settings: dict[str, Any] = client_settings(idle_seconds)
        key = os.environ.get("OPENAI_API_KEY", "")
        self._client = httpx.Client(
            base_url=endpoint.url if endpoint.path else f"{endpoint.url}/v1",
            headers={"Authorization": f"Bearer {key}"} if key else {},
            **settings,
        )
        self._estimator = TokenEstimator()
        models = self._models()
        names = [str(entry.get("id")) for entry in models if entry.get("id")]
        if model and names and model not in names:
            raise ModelUnavailable(f"{self.server} has no model {model}", f"choose one of: {', '.join(names[:8])}")
        self.name = model or (names[0] if names else "default")
        chosen = next((entry for entry in models if entry.get("id") == self.name), {})
        self.context_window = _window(chosen)

    def count_tokens(self, text: str) -> int:
        """A careful over-estimate: the protocol has no way to ask."""
        return self._estimator.upper(text)

    def is_loaded(self) -> bool:
        """As far as can be known: such servers load their model when they start."""
        return True

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def stream(self, messages: Sequence[Message], options: GenerationOptions) -> TokenStream:
        """Begin generating; see `LanguageModel.stream`."""
        body = request_body(messages, options, model=self.name, as_chat=True)
        if options.schema:
            body["response_format"] = {
                "type": "json_schema",
                "json_schema": {"name": "reply", "schema": json.loads(options.schema)},
            }
        sent = sum((estimate(message.content) for message in messages), Estimate())
        return EventStream(self._events(body, sent))

    def _events(self, body: dict[str, Any], sent: Estimate) -> Events:
        for event in completion_events(
            self._client, "chat/completions", body, self.server, idle_seconds=self._idle_seconds
        ):
            if isinstance(event, Finished) and event.prompt_tokens:
                if self._estimator.was_cut(sent, event.prompt_tokens):
                    yield Finished(event.done_reason, event.prompt_tokens, "the server read only part of the prompt")
                    continue
                self._estimator.learn(sent, event.prompt_tokens)
            yield event

    def _models(self) -> list[dict[str, Any]]:
        try:
            response = self._client.get("models")
            if response.status_code == 404:
                return []
            if response.status_code != 200:
                raise refusal(response.status_code, response.text, self.server)
            answer = response.json()
        except Exception as error:
            raise map_failure(error, self.server, self._idle_seconds) from error
        listed = answer.get("data") if isinstance(answer, dict) else None
        return [entry for entry in listed or () if isinstance(entry, dict)]


def _window(entry: dict[str, Any]) -> int:
    """The context window as vLLM, llama-server and LM Studio report it, else a size that all of them can
    do."""
    meta = entry.get("meta") if isinstance(entry.get("meta"), dict) else {}
    for value in (
        entry.get("max_model_len"),
        entry.get("loaded_context_length"),
        entry.get("max_context_length"),
        (meta or {}).get("n_ctx"),
        (meta or {}).get("n_ctx_train"),
    ):
        if isinstance(value, int) and value >= 256:
            return min(value, 32768)
    return _DEFAULT_WINDOW
