"""The embedded back end: llama.cpp over one GGUF file, in a child process that only this program can
reach."""

from __future__ import annotations

import atexit
import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import weakref
from collections import OrderedDict
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qa.errors import ModelUnavailable
from qa.language_models import GenerationOptions, Message, TokenStream
from qa.language_models.completions import completion_events, request_body, without_surrogates
from qa.language_models.gguf import read_header
from qa.language_models.machine import available_memory, context_window, physical_cores
from qa.language_models.model_files import find_model_file, has_runtime
from qa.language_models.network import client_settings, map_failure
from qa.language_models.streams import EventStream

if TYPE_CHECKING:
    import httpx

__all__ = ["LocalModel"]

_SERVER_FILE = Path(__file__).with_name("local_server.py")
_BATCH = 128
_CACHE_MEGABYTES = 512
_COUNTS_KEPT = 4096
_SLOWEST_DISK = 30 << 20
_SHORTEST_LOAD_SECONDS = 60.0
_LABEL = "the embedded language model"


class LocalModel:
    """A `LanguageModel` in a child process, started on first use or by `warm_up`.

    The process listens on a socket in a folder that only this user can enter, and ends with this one. Between
    turns it keeps what the last prompts have in common, so that rules at the beginning of a prompt are read
    once.

    Args:
        model: path of a GGUF file, the name of a fetched one, or "" for the default.
        window: tokens of context, 0 for what the model and the memory allow.
        threads: 0 for the physical cores.
        cache: folder for assembled weights, else the usual one.

    Raises:
        ModelUnavailable: llama.cpp or the file is missing, or the file is visibly damaged.
    """

    backend = "local"

    def __init__(
        self, model: str = "", *, window: int = 0, threads: int = 0, cache: Path | None = None
    ) -> None:
        if not has_runtime():
            raise ModelUnavailable(
                "the embedded language model needs llama.cpp, which is not installed",
                "install the extra with `pip install bronvast[local]`",
            )
        self.path = find_model_file(model, cache)
        header = read_header(self.path)
        if not header.generative:
            raise ModelUnavailable(
                f"{self.path.name} is not a model that writes text", "choose another model with --model"
            )
        self.name = self.path.stem
        self.instruction_tuned = header.instruction_tuned
        self.context_window = context_window(
            header.context_length,
            header.cache_bytes,
            header.size,
            available_memory(),
            **({"wanted": window} if window else {}),
        )
        self._threads = threads or physical_cores()
        self._load_seconds = max(_SHORTEST_LOAD_SECONDS, header.size / _SLOWEST_DISK)
        self._process: _Process | None = None
        self._client: httpx.Client | None = None
        self._lock = threading.Lock()
        self._counts: OrderedDict[str, int] = OrderedDict()

    def warm_up(self) -> None:
        """Start loading without waiting for it; whatever goes wrong is reported by the first real use."""
        with suppress(ModelUnavailable), self._lock:
            self._start()

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
        return EventStream(completion_events(self._connect(), path, body, _LABEL))

    def close(self) -> None:
        """End the child process; the next use starts it again."""
        with self._lock:
            if self._client is not None:
                self._client.close()
            if self._process is not None:
                self._process.end()
            self._client = self._process = None

    def _ask(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        client = self._connect()
        try:
            response = client.post(path, json=body)
            answer = response.json() if response.status_code == 200 else {}
        except Exception as error:
            raise map_failure(error, _LABEL) from error
        return answer if isinstance(answer, dict) else {}

    def _start(self) -> _Process:
        if self._process is not None and self._process.has_died():
            self._process.end()
            self._client = self._process = None
        if self._process is None:
            self._process = _Process(self.path, self.context_window, self._threads)
        return self._process

    def _connect(self) -> httpx.Client:
        with self._lock:
            process = self._start()
            if self._client is None:
                import httpx

                settings: dict[str, Any] = client_settings()
                headers = {"Authorization": f"Bearer {process.key}"}
                try:
                    address = process.wait_ready(self._load_seconds)
                except ModelUnavailable:
                    process.end()
                    self._process = None
                    raise
                if address.startswith("unix://"):
                    transport = httpx.HTTPTransport(uds=address.removeprefix("unix://"), trust_env=False)
                    self._client = httpx.Client(
                        transport=transport, base_url="http://localhost", headers=headers, **settings
                    )
                else:
                    self._client = httpx.Client(base_url=address, headers=headers, **settings)
            return self._client


def _child_environment() -> dict[str, str]:
    """The environment with shorter spinning: threads that spin for each other starve when something else
    runs too.

    Measured on 2 cores with 2 busy neighbours, 24 tokens: 7.3 s with the default, 1.9 s with this; alone
    0.7 s for both. Passive waiting costs half of the speed when alone.
    """
    environment = {**os.environ, "PYTHONUTF8": "1"}
    if "OMP_WAIT_POLICY" not in environment:
        environment.setdefault("GOMP_SPINCOUNT", "2000")
    return environment


class _Process:
    """The child process: started at once, ready later, ended with certainty."""

    def __init__(self, model: Path, window: int, threads: int) -> None:
        self.key = secrets.token_urlsafe(32)
        self._model = model
        self._folder = ""
        host, port = "127.0.0.1", 0
        if hasattr(socket, "AF_UNIX"):
            # The name of a socket has a limit of about 100 bytes, which a long TMPDIR alone can exceed.
            parent = None if len(tempfile.gettempdir()) < 70 else "/tmp"
            self._folder = tempfile.mkdtemp(prefix="bronvast-", dir=parent)
            host = f"{self._folder}/llama.sock"
        settings = {
            "path": str(model),
            "host": host,
            "port": port,
            "key": self.key,
            "window": window,
            "threads": threads,
            "batch": _BATCH,
            "cache_megabytes": _CACHE_MEGABYTES,
            "folder": self._folder,
        }
        try:
            self._child = subprocess.Popen(
                # -P keeps this folder off the module path: its ollama.py and openai.py are not those
                # packages.
                [sys.executable, "-P", str(_SERVER_FILE)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                # Out of the terminal's process group, so that Ctrl-C reaches only the program itself.
                start_new_session=True,
                env=_child_environment(),
            )
            assert self._child.stdin is not None
            self._child.stdin.write(json.dumps(settings).encode() + b"\n")
            self._child.stdin.flush()
        except OSError as error:
            self._remove_folder()
            raise ModelUnavailable(
                f"{_LABEL} could not be started: {error.strerror or error}", "free some memory and try again"
            ) from error
        _running.add(self)

    def has_died(self) -> bool:
        return self._child.poll() is not None

    def wait_ready(self, seconds: float) -> str:
        """The address to connect to, once the model is loaded.

        Raises:
            ModelUnavailable: the file was refused, took the process down, or takes too long.
        """
        lines: list[bytes] = []

        def read_line() -> None:
            assert self._child.stdout is not None
            with suppress(OSError, ValueError):
                lines.append(self._child.stdout.readline())

        reader = threading.Thread(target=read_line, daemon=True)
        reader.start()
        reader.join(seconds)
        if reader.is_alive():
            raise ModelUnavailable(
                f"{self._model.name} was not loaded within {seconds:.0f} seconds", "choose a smaller model"
            )
        word, _, address = (lines[0] if lines else b"").decode("utf-8", "replace").strip().partition(" ")
        if word != "ready":
            how = "refused it" if word == "failed" else "ended while loading it"
            raise ModelUnavailable(
                f"the model file {self._model.name} cannot be used: llama.cpp {how}",
                "download it again, or choose another model; too little memory can be the reason as well",
            )
        return address

    def end(self) -> None:
        """End the process and remove its folder; safe to call more than once."""
        _running.discard(self)
        for pipe in (self._child.stdin, self._child.stdout):
            with suppress(OSError, ValueError):
                if pipe is not None and pipe is self._child.stdin:
                    pipe.close()
        try:
            self._child.wait(0.5)
        except subprocess.TimeoutExpired:
            self._child.kill()
            with suppress(subprocess.TimeoutExpired):
                self._child.wait(2)
        with suppress(OSError, ValueError):
            if self._child.stdout is not None:
                self._child.stdout.close()
        self._remove_folder()

    def _remove_folder(self) -> None:
        if self._folder:
            shutil.rmtree(self._folder, ignore_errors=True)


_running: weakref.WeakSet[_Process] = weakref.WeakSet()


@atexit.register
def _end_all() -> None:
    """No child outlives the program; its closed pipe would end it too, but this also removes its folder."""
    for process in list(_running):
        process.end()
