"""Starts, watches and ends the child process in which llama.cpp runs."""

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
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qa.errors import ModelUnavailable
from qa.language_models.network import client_settings

if TYPE_CHECKING:
    import httpx

__all__ = ["LABEL", "KeptProcess", "LocalProcess"]

LABEL = "the embedded language model"
_SERVER_FILE = Path(__file__).with_name("local_server.py")
_BATCH = 128
_CACHE_MEGABYTES = 512


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


class LocalProcess:
    """The child process: started at once, ready later, ended with certainty.

    Args:
        window: tokens of context, of all texts together that are read at once.
        states: a folder in which it may keep its state, None for none.
        batch: tokens that are read in one step.
        adapters: files of changes to the model's weights; a request says by their place which of them it wants.
        at_once: texts that are read at once.
    """

    def __init__(
        self,
        model: Path,
        window: int,
        threads: int,
        states: Path | None = None,
        *,
        batch: int = _BATCH,
        adapters: Sequence[Path] = (),
        at_once: int = 1,
    ) -> None:
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
            "batch": batch,
            "adapters": [str(adapter) for adapter in adapters],
            "at_once": at_once,
            "cache_megabytes": 0 if adapters else _CACHE_MEGABYTES,  # what only reads is never shown a text again
            "folder": self._folder,
            "states": f"{states}{os.sep}" if states else "",
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
                f"{LABEL} could not be started: {error.strerror or error}", "free some memory and try again"
            ) from error
        _running.add(self)

    def has_died(self, wait: float = 0.0) -> bool:
        """Whether the process has ended, or does so within that many seconds."""
        try:
            self._child.wait(wait)
        except subprocess.TimeoutExpired:
            return False
        return True

    def client(self, seconds: float) -> httpx.Client:
        """What talks to the process, once the model is loaded.

        Raises:
            ModelUnavailable: the file was refused, took the process down, or takes too long.
        """
        import httpx  # while the child process loads the model

        settings: dict[str, Any] = client_settings()
        settings["headers"] = {"Authorization": f"Bearer {self.key}"}
        address = self.wait_ready(seconds)
        if not address.startswith("unix://"):
            return httpx.Client(base_url=address, **settings)
        transport = httpx.HTTPTransport(uds=address.removeprefix("unix://"), trust_env=False)
        return httpx.Client(transport=transport, base_url="http://localhost", **settings)

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
        with suppress(OSError, ValueError):
            if self._child.stdin is not None:
                self._child.stdin.close()
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


class KeptProcess:
    """A child process that is there whenever it is asked: begun at its first use, and anew where it has died.

    Args:
        make: starts one.
    """

    def __init__(self, make: Callable[[], LocalProcess]) -> None:
        self._make = make
        self._lock = threading.Lock()
        self._client: httpx.Client | None = None
        self.current: LocalProcess | None = None

    def begin(self) -> None:
        """Start the process without waiting until it is ready.

        Raises:
            ModelUnavailable: it cannot be started.
        """
        with self._lock:
            self._begun()

    def connect(self, seconds: float) -> httpx.Client:
        """What talks to the process, which is started and waited for where it has to be.

        Raises:
            ModelUnavailable: it cannot be started, or is not ready in that time.
        """
        with self._lock:
            process = self._begun()
            if self._client is None:
                try:
                    self._client = process.client(seconds)
                except ModelUnavailable:
                    self._end()
                    raise
            return self._client

    def is_ready(self) -> bool:
        """Whether the process has said that the model is loaded, and is still there."""
        return self._client is not None and not self.has_died()

    def has_died(self, wait: float = 0.0) -> bool:
        """Whether there was a process and it has ended, or does so within that many seconds."""
        with self._lock:
            return self.current is not None and self.current.has_died(wait)

    def close(self) -> None:
        """End the process; the next use starts it again."""
        with self._lock:
            self._end()

    def _begun(self) -> LocalProcess:
        if self.current is not None and self.current.has_died():
            self._end()
        if self.current is None:
            self.current = self._make()
        return self.current

    def _end(self) -> None:
        if self._client is not None:
            self._client.close()
        if self.current is not None:
            self.current.end()
        self._client = self.current = None


_running: weakref.WeakSet[LocalProcess] = weakref.WeakSet()


@atexit.register
def _end_all() -> None:
    """No child outlives the program; its closed pipe would end it too, but this also removes its folder."""
    for process in list(_running):
        process.end()
