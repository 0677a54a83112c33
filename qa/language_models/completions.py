"""The OpenAI-compatible completions protocol, as llama.cpp, vLLM, LM Studio and others speak it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from qa.errors import GenerationFailed, ModelRefused, ModelUnavailable
from qa.language_models import GenerationOptions, Message
from qa.language_models.network import IDLE_SECONDS, LineReader, error_text, map_failure
from qa.language_models.streams import Events, Finished, Piece

if TYPE_CHECKING:
    import httpx

__all__ = ["completion_events", "request_body", "without_surrogates"]


def request_body(
    messages: Sequence[Message], options: GenerationOptions, *, model: str, as_chat: bool
) -> dict[str, Any]:
    """The request in the protocol's own words; a base model gets the text to continue instead of a
    conversation."""
    body: dict[str, Any] = {
        "model": model,
        "max_tokens": options.max_tokens,
        "temperature": options.temperature,
        "seed": options.seed,
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    if as_chat:
        body["messages"] = [
            {"role": message.role, "content": without_surrogates(message.content)} for message in messages
        ]
    else:
        body["prompt"] = without_surrogates("\n\n".join(message.content for message in messages))
    if options.stop:
        body["stop"] = list(options.stop)
    return body


def without_surrogates(text: str) -> str:
    """The text with halves of characters replaced, which no server's JSON parser takes."""
    return text.encode("utf-8", "replace").decode("utf-8")


def completion_events(
    client: httpx.Client,
    path: str,
    body: Mapping[str, Any],
    server: str,
    *,
    idle_seconds: float = IDLE_SECONDS,
    again: str = "ask again, or restart the server",
) -> Events:
    """Send the request and yield the reply as it comes; closing the generator closes the connection.

    Raises:
        LanguageModelError: of the fitting kind, for whatever goes wrong on the way.
    """
    try:
        with client.stream("POST", path, json=dict(body)) as response:
            if response.status_code != 200:
                response.read()
                raise refusal(response.status_code, response.text, server)
            yield from _reply(response, server)
    except Exception as error:
        raise map_failure(error, server, idle_seconds, again) from error


def _reply(response: httpx.Response, server: str) -> Events:
    done_reason, prompt_tokens = "", 0
    for line in LineReader(response):
        if not line.startswith("data:"):
            # Comments keep the connection alive; a bare object is how some servers report an error half-way.
            if line.startswith(("{", "error:")):
                raise broken_off(line.removeprefix("error:"), server)
            continue
        data = line[5:].strip()
        if data == "[DONE]":
            break
        event = json.loads(data)
        if not isinstance(event, dict):
            raise ValueError("not an object")
        if "error" in event:
            raise broken_off(data, server)
        usage = event.get("usage")
        if isinstance(usage, dict) and isinstance(usage.get("prompt_tokens"), int):
            prompt_tokens = usage["prompt_tokens"]
        for choice in event.get("choices") or ():
            delta = choice.get("delta") or {}
            text = choice.get("text") or delta.get("content") or ""
            thought = delta.get("reasoning_content") or delta.get("reasoning") or ""
            if text or thought:
                yield Piece(str(text or thought), thinking=not text)
            done_reason = str(choice.get("finish_reason") or done_reason)
    if done_reason:
        yield Finished(done_reason, prompt_tokens)


def broken_off(body: str, server: str) -> GenerationFailed:
    """An error that came in place of the next piece."""
    return GenerationFailed(
        f"{server} stopped: {error_text(body) or 'no reason given'}", "ask again, or choose a smaller model"
    )


def refusal(status: int, body: str, server: str) -> GenerationFailed | ModelUnavailable | ModelRefused:
    """The program's own error for a status other than 200."""
    message = error_text(body)
    said = f": {message}" if message else ""
    lowered = message.lower()
    if 300 <= status < 400:
        return ModelRefused(
            f"{server} sends requests on to another address, which is not followed",
            "give the address of the model server itself",
        )
    if status in (401, 403):
        return ModelUnavailable(
            f"{server} refused access{said}",
            "set the server's key in the environment variable OPENAI_API_KEY",
        )
    if status == 404:
        return ModelUnavailable(f"{server} does not have that model or address{said}", "check the model's name")
    if status == 429:
        return GenerationFailed(f"{server} has too many requests{said}", "wait a moment and ask again")
    if "context" in lowered or "too long" in lowered or "n_ctx" in lowered:
        return GenerationFailed(
            f"the prompt is too long for the model{said}", "ask with fewer passages: a smaller --top-k"
        )
    if "memory" in lowered or "out of mem" in lowered:
        return GenerationFailed(f"{server} has too little memory for the model{said}", "choose a smaller model")
    if status == 400:
        return GenerationFailed(f"{server} refused the request{said}", "choose another model")
    if status == 503:
        return GenerationFailed(f"{server} is busy or still loading the model{said}", "wait a moment and ask again")
    return GenerationFailed(
        f"{server} failed with status {status}{said}", "restart the server, or choose another model"
    )
