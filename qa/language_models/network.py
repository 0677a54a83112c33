"""The rules for talking to a model server: this machine only, no detours, no endless waiting."""

from __future__ import annotations

import ipaddress
import json
import re
import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from qa.errors import BronvastError, ConfigError, GenerationFailed, ModelRefused, ModelUnavailable

if TYPE_CHECKING:
    import httpx

__all__ = [
    "CONNECT_SECONDS",
    "IDLE_SECONDS",
    "MAX_LINE_BYTES",
    "Endpoint",
    "client_settings",
    "error_text",
    "is_listening",
    "map_failure",
    "parse_endpoint",
    "refuse_remote",
]

CONNECT_SECONDS = 3.0
IDLE_SECONDS = 120.0
MAX_LINE_BYTES = 1 << 20
_HOST = re.compile(r"[A-Za-z0-9._-]+|[0-9a-f:.]*:[0-9a-f:.]*(?:%[A-Za-z0-9._-]+)?")
_PATH = re.compile(r"(?:/[A-Za-z0-9._~-]*)*")


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a server is: scheme, host and port taken apart so that nothing has to be guessed later."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def url(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}{self.path}"

    @property
    def is_loopback(self) -> bool:
        """Whether traffic stays on this machine; names are not looked up, because a look-up can lie."""
        if self.host.rstrip(".").lower() == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False


def parse_endpoint(text: str, default_port: int) -> Endpoint:
    """Read "host", "host:port" or a URL.

    A server's listening address of "all interfaces" (0.0.0.0, ::) is read as this machine, since people put
    the server's own setting into the client's environment.

    Args:
        default_port: for what is no URL; a URL without a port means that of its scheme, as Ollama reads it too.

    Raises:
        ConfigError: when the text is no address.
    """
    cleaned = text.strip()
    try:
        if cleaned[:1] == ":" and cleaned[1:].isdigit():
            cleaned = f"127.0.0.1{cleaned}"
        with_scheme = cleaned if "://" in cleaned else f"//{_bracketed(cleaned)}"
        parts = urlsplit(with_scheme, scheme="http")
        host = parts.hostname or ""
        port = parts.port
    except ValueError as error:
        raise _bad_address(text) from error
    plain = _HOST.fullmatch(host) and _PATH.fullmatch(parts.path) and not (parts.query or parts.fragment)
    if parts.scheme not in ("http", "https") or not plain or port == 0 or "@" in parts.netloc:
        raise _bad_address(text)
    if port is None:
        port = {"http": 80, "https": 443}[parts.scheme] if "://" in cleaned else default_port
    if host == "0.0.0.0":
        host = "127.0.0.1"
    elif host == "::":
        host = "::1"
    return Endpoint(parts.scheme, host, port, parts.path.rstrip("/"))


def _bracketed(text: str) -> str:
    """A bare IPv6 address in brackets, everything else as it is."""
    try:
        return f"[{text}]" if ipaddress.ip_address(text).version == 6 else text
    except ValueError:
        return text


def _bad_address(text: str) -> ConfigError:
    return ConfigError(
        f"{text!r} is not a server address",
        "write it as host:port or http://host:port",
    )


def refuse_remote(endpoint: Endpoint, allow_remote: bool) -> None:
    """Refuse a server elsewhere unless the user said that articles may leave the machine.

    Raises:
        ModelRefused: for an address that is not loopback when `allow_remote` is False.
    """
    if not allow_remote and not endpoint.is_loopback:
        raise ModelRefused(
            f"the model server {endpoint.host} is not on this machine, so articles would leave it",
            "allow it explicitly with --allow-remote if that is what you want",
        )


def is_listening(endpoint: Endpoint, timeout: float = 0.5) -> bool:
    """Whether anything accepts connections there: a bare socket, so that finding nothing costs next to
    nothing."""
    try:
        with socket.create_connection((endpoint.host, endpoint.port), timeout=timeout):
            return True
    except OSError:
        return False


def client_settings(idle_seconds: float = IDLE_SECONDS) -> dict[str, object]:
    """Keyword arguments for an httpx client: no proxies from the environment, no redirects, bounded
    waiting."""
    import httpx

    return {
        "trust_env": False,
        "follow_redirects": False,
        "timeout": httpx.Timeout(idle_seconds, connect=CONNECT_SECONDS, pool=CONNECT_SECONDS),
    }


class LineReader:
    """Iterates over decoded lines; a line without end raises instead of filling the memory."""

    def __init__(self, response: httpx.Response) -> None:
        self._chunks = response.iter_bytes()
        self._buffer = b""

    def __iter__(self) -> LineReader:
        return self

    def __next__(self) -> str:
        while True:
            line, newline, rest = self._buffer.partition(b"\n")
            if newline:
                self._buffer = rest
                return line.rstrip(b"\r").decode("utf-8", "replace")
            if len(self._buffer) > MAX_LINE_BYTES:
                raise GenerationFailed(
                    "the server sent a line of more than a megabyte",
                    "check that it is a language model server that answers at that address",
                )
            try:
                self._buffer += next(self._chunks)
            except StopIteration:
                if not self._buffer:
                    raise
                line, self._buffer = self._buffer, b""
                return line.decode("utf-8", "replace")


def error_text(body: str) -> str:
    """The message in a server's error body: plain text, {"error": text}, {"error": {"message": text}}, or
    JSON in a string.

    Returns one line of at most 300 characters without control characters; "" when the body holds no message.
    """
    text = body.strip()
    for _ in range(4):
        try:
            value: object = json.loads(text)
        except (ValueError, RecursionError):
            break
        while isinstance(value, dict):
            value = value.get("error", value.get("message", ""))
        if not isinstance(value, str):
            text = ""
            break
        text = value.strip()
    if text.startswith("<"):
        return ""
    printable = "".join(character if character.isprintable() else " " for character in text)
    return " ".join(printable.split())[:300].rstrip(".")


def map_failure(
    error: Exception,
    server: str,
    idle_seconds: float = IDLE_SECONDS,
    again: str = "ask again, or restart the server",
) -> BronvastError:
    """The program's own error for whatever the HTTP library raised.

    Args:
        error: an exception of httpx or of the standard library's networking.
        server: how to name the server, as in "Ollama at 127.0.0.1:11434".
        again: the remedy for a connection that broke off.
    """
    import httpx

    if isinstance(error, BronvastError):
        return error
    if isinstance(error, httpx.ConnectTimeout | httpx.PoolTimeout):
        return ModelUnavailable(
            f"{server} did not accept a connection within {CONNECT_SECONDS:.0f} seconds",
            "check the address, and that the server is running",
        )
    if isinstance(error, httpx.ConnectError | ConnectionRefusedError):
        return ModelUnavailable(f"no answer from {server}", "check the address, and that the server is running")
    if isinstance(error, httpx.TimeoutException):
        return GenerationFailed(
            f"{server} was silent for {idle_seconds:g} seconds",
            "try a smaller model, or restart the server",
        )
    if isinstance(error, httpx.HTTPError | OSError):
        return GenerationFailed(f"the connection to {server} broke off", again)
    if isinstance(error, ValueError):
        return ModelUnavailable(
            f"{server} did not answer as a language model server does",
            "check that the address is that of the model server and not of something else",
        )
    return GenerationFailed(f"{server} failed: {type(error).__name__}", again)
