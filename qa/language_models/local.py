"""The embedded back end: llama.cpp over one GGUF file, in a child process that only this program can
reach."""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Sequence
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qa.errors import GenerationFailed, ModelUnavailable
from qa.language_models import GenerationOptions, Message, TokenStream
from qa.language_models.completions import completion_events, request_body, without_surrogates
from qa.language_models.gguf import GgufHeader, read_header
from qa.language_models.kept_beginnings import keep, key_of, private_folder, recall
from qa.language_models.local_process import LABEL, KeptProcess, LocalProcess
from qa.language_models.machine import available_memory, context_window, physical_cores
from qa.language_models.model_files import DEFAULT_MODEL, find_model_file, has_runtime, model_folder, must_be_joined
from qa.language_models.network import map_failure
from qa.language_models.streams import EventStream

if TYPE_CHECKING:
    import httpx

__all__ = ["LocalModel"]

_COUNTS_KEPT = 4096
_SLOWEST_DISK = 30 << 20
_SHORTEST_LOAD_SECONDS = 60.0
_DYING_SECONDS = 0.5  # between the end of the connection and that of the process
_AGAIN = "ask again, or choose a smaller model with --model"


class LocalModel:
    """A `LanguageModel` in a child process, started on first use.

    The process listens on a socket in a folder that only this user can enter, and ends with this one. Between
    turns it keeps what the last prompts have in common, so that rules at the beginning of a prompt are read
    once; between runs that is kept on disk (`kept_beginnings`).

    Args:
        model: path of a GGUF file, the name of a fetched one, or "" for the default.
        window: tokens of context, 0 for what the model and the memory allow.
        threads: 0 for the physical cores.
        cache: folder for assembled weights, else the usual one.
        join: False leaves the default's file in its packages until something of it is asked for; its name is known.

    Raises:
        ModelUnavailable: llama.cpp or the file is missing, or the file is visibly damaged.
    """

    backend = "local"

    def __init__(
        self, model: str = "", *, window: int = 0, threads: int = 0, cache: Path | None = None, join: bool = True
    ) -> None:
        if not has_runtime():
            raise ModelUnavailable(
                "the embedded language model needs llama.cpp, which is not installed",
                "install the extra with `pip install bronvast[local]`",
            )
        self._model, self._window, self._cache = model, window, model_folder(cache).parent
        self.name = Path(DEFAULT_MODEL).stem if not join and must_be_joined(model, cache) else self._header.path.stem
        self._threads = threads or physical_cores()
        self._states: Path | None = None
        self._begun: LocalProcess | None = None  # the process that holds the beginning of the prompts
        self._process = KeptProcess(self._started)
        self._counts: OrderedDict[str, int] = OrderedDict()

    @cached_property
    def _header(self) -> GgufHeader:
        header = read_header(find_model_file(self._model, self._cache))
        if not header.generative:
            raise ModelUnavailable(
                f"{header.path.name} is not a model that writes text", "choose another model with --model"
            )
        return header

    @property
    def path(self) -> Path:
        """The file."""
        return self._header.path

    @cached_property
    def instruction_tuned(self) -> bool:
        """See `LanguageModel`."""
        return self._header.instruction_tuned

    @cached_property
    def context_window(self) -> int:
        """See `LanguageModel`."""
        header, wanted = self._header, {"wanted": self._window} if self._window else {}
        return context_window(header.context_length, header.cache_bytes, header.size, available_memory(), **wanted)

    @cached_property
    def fingerprint(self) -> str:
        """See `LanguageModel`."""
        return self._header.fingerprint

    def is_loaded(self) -> bool:
        """Whether the child process has said that the model is loaded."""
        return self._process.is_ready()

    def count_tokens(self, text: str) -> int:
        """How many tokens the model's own tokenizer makes of the text, without a beginning-of-text token."""
        known = self._counts.get(text)
        if known is not None:
            self._counts.move_to_end(text)
            return known
        answer = self._ask(
            "/tokenize", {"content": without_surrogates(text), "add_special": False, "parse_special": True}
        )
        tokens = answer.get("tokens")
        count = len(tokens) if isinstance(tokens, list) else 0
        self._counts[text] = count
        if len(self._counts) > _COUNTS_KEPT:
            self._counts.popitem(last=False)
        return count

    def render(self, messages: Sequence[Message]) -> str:
        """The text that the model's chat template makes of the messages; for a base model the text to
        continue."""
        if not self.instruction_tuned:
            return "\n\n".join(message.content for message in messages)
        body = request_body(messages, GenerationOptions(), model=self.name, as_chat=True)
        return str(self._ask("/apply-template", {"messages": body["messages"]}).get("prompt", ""))

    def stream(self, messages: Sequence[Message], options: GenerationOptions) -> TokenStream:
        """Begin generating; see `LanguageModel.stream`."""
        body = request_body(messages, options, model=self.name, as_chat=self.instruction_tuned)
        # Progress reports while the prompt is read show that the process lives, however slow the machine is.
        body |= {"cache_prompt": True, "return_progress": True}
        if self.instruction_tuned:
            body["chat_template_kwargs"] = {"enable_thinking": False}
        if options.grammar:
            body["grammar"] = options.grammar
        elif options.schema:
            body["json_schema"] = json.loads(options.schema)
        path = "/v1/chat/completions" if self.instruction_tuned else "/v1/completions"
        self._begin(options.beginning)
        try:
            return EventStream(completion_events(self._connect(), path, body, LABEL, again=_AGAIN))
        except GenerationFailed:
            # The process may have been ended since the last question, by the system for want of memory for
            # instance; that is no reason to fail this one.
            if not self._process.has_died(_DYING_SECONDS):
                raise
            return EventStream(completion_events(self._connect(), path, body, LABEL, again=_AGAIN))

    def _begin(self, beginning: Sequence[Message]) -> None:
        """Have a new process know the beginning of the prompts: from the disk, else by reading it, and keep it there."""
        client = self._connect()
        if not beginning or self._states is None or self._begun is self._process.current:
            return
        self._begun = self._process.current
        key = key_of(self.fingerprint, beginning)
        if not recall(client, self._states, key):
            with suppress(GenerationFailed):  # the request itself will say what is wrong
                list(self.stream(beginning, GenerationOptions(max_tokens=1)))
                keep(client, self._states, key)

    def close(self) -> None:
        """End the child process; the next use starts it again."""
        self._process.close()

    def _ask(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        client = self._connect()
        try:
            response = client.post(path, json=body)
            answer = response.json() if response.status_code == 200 else {}
        except Exception as error:
            raise map_failure(error, LABEL) from error
        return answer if isinstance(answer, dict) else {}

    def _started(self) -> LocalProcess:
        self._states = private_folder(self._cache)
        return LocalProcess(self.path, self.context_window, self._threads, self._states)

    def _connect(self) -> httpx.Client:
        return self._process.connect(max(_SHORTEST_LOAD_SECONDS, self._header.size / _SLOWEST_DISK))
