"""Fetching a page that the person named, and nothing that a page or a server chooses instead.

An address that leads into the person's own network (loopback, private, link-local) is refused, after a
redirect too: a page must not make this program read a router or a service of this machine. The connection
goes to the very address that was checked, so that a name cannot mean one machine when checked and another
when used.
"""

from __future__ import annotations

import http.client
import io
import ipaddress
import re
import socket
import ssl
import time
import zlib
from dataclasses import dataclass
from typing import cast
from urllib.parse import SplitResult, quote, unquote, urljoin, urlsplit

from qa.errors import ReadError
from qa.readers.document import Document

__all__ = ["WebAccess", "fetch"]

USER_AGENT = "bronvast/0.1 (reads single pages at its user's request)"
_REDIRECTS = frozenset({301, 302, 303, 307, 308})


@dataclass(frozen=True, slots=True)
class WebAccess:
    """What may be fetched.

    Attributes:
        allow_private: also loopback and private addresses.
        maximum_bytes: of one page, after decompression.
        timeout: seconds for the whole page.
        redirects: how many are followed, each checked like the address itself.
    """

    allow_private: bool = False
    maximum_bytes: int = 20 * 2**20
    timeout: float = 30.0
    redirects: int = 5


def fetch(url: str, access: WebAccess) -> Document:
    """The document at a web address; its `source` is the address as given, its `url` the one it was found at.

    Raises:
        ReadError: it cannot be reached, is refused, too large or too slow.
    """
    deadline = time.monotonic() + access.timeout
    address = url
    for _ in range(access.redirects + 1):
        response, connection = _request(address, access, deadline)
        try:
            if response.status in _REDIRECTS:
                location = response.getheader("Location") or ""
                if not location:
                    raise ReadError(f"the server answered {response.status} without an address", "check the address")
                address = urljoin(address, location)
                continue
            if response.status != 200:
                reason = f"the server answered {response.status} {response.reason}".strip()
                raise ReadError(reason, "open it in a browser, save the page and add the file")
            data = _body(response, access, deadline)
        except (OSError, http.client.HTTPException) as error:
            raise ReadError(f"the page broke off: {_said(error)}", "try again later") from error
        finally:
            connection.close()
        declared = response.getheader("Content-Type") or "text/html"
        charset = re.search(r"charset\s*=\s*[\"']?([\w.:-]{2,40})", declared, re.IGNORECASE)
        return Document(
            source=url,
            name=unquote(urlsplit(address).path).rsplit("/", 1)[-1],
            stream=io.BytesIO(data),
            size=len(data),
            media_type=declared.split(";", 1)[0].strip().lower(),
            charset=charset[1] if charset else "",
            url=address,
        )
    raise ReadError(f"more than {access.redirects} redirects", "name the final address")


def _request(
    url: str, access: WebAccess, deadline: float
) -> tuple[http.client.HTTPResponse, http.client.HTTPConnection]:
    parts = _split(url)
    host = cast(str, parts.hostname)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    target = _resolve(host, port, access)
    left = max(0.1, deadline - time.monotonic())
    path = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~-._")
    query = "?" + quote(parts.query, safe="/%:@!$&'()*+,;=~-._?[]") if parts.query else ""
    connection: http.client.HTTPConnection
    try:
        plain = socket.create_connection((target, port), timeout=min(10.0, left))
        plain.settimeout(min(15.0, left))
        if parts.scheme == "https":
            connection = http.client.HTTPSConnection(host, port)
            connection.sock = ssl.create_default_context().wrap_socket(plain, server_hostname=host)
        else:
            connection = http.client.HTTPConnection(host, port)
            connection.sock = plain
        connection.request(
            "GET",
            path + query,
            headers={"User-Agent": USER_AGENT, "Accept": "text/html,*/*;q=0.5", "Accept-Encoding": "gzip"},
        )
        return connection.getresponse(), connection
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise ReadError(f"{host} cannot be reached: {_said(error)}", "check the address and the network") from error


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url.strip())
        _ = parts.port
        host = (parts.hostname or "").encode("idna").decode("ascii") if parts.hostname else ""
    except (ValueError, UnicodeError) as error:
        raise ReadError("not a valid web address", "check the address") from error
    if parts.scheme not in ("http", "https") or not host:
        raise ReadError("not an http or https address", "check the address")
    if parts.username or parts.password:
        raise ReadError("the address holds a user name or password", "download the page and add the file")
    return parts


def _resolve(host: str, port: int, access: WebAccess) -> str:
    """The numeric address to connect to; every address that the name has must be allowed."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise ReadError(f"{host} cannot be found: {_said(error)}", "check the address and the network") from error
    numbers = [str(entry[4][0]).split("%", 1)[0] for entry in found]
    for number in numbers:
        address = ipaddress.ip_address(number)
        mapped = getattr(address, "ipv4_mapped", None) or address
        if not access.allow_private and (not mapped.is_global or mapped.is_multicast):
            raise ReadError(
                f"{host} is an address of this machine or its own network", "save the page and add the file"
            )
    if not numbers:
        raise ReadError(f"{host} cannot be found", "check the address")
    return numbers[0]


def _body(response: http.client.HTTPResponse, access: WebAccess, deadline: float) -> bytes:
    """The whole body, decompressed; the limits hold for what comes out of the decompression too."""
    packed = (response.getheader("Content-Encoding") or "").strip().lower()
    if packed not in ("", "identity", "gzip", "x-gzip"):
        raise ReadError(
            f"the server sent {packed} compression, which was not asked for", "save the page and add the file"
        )
    inflate = zlib.decompressobj(wbits=31) if packed.endswith("gzip") else None
    promised = response.length
    received = bytearray()
    came = 0
    while chunk := response.read1(1 << 16):
        came += len(chunk)
        if time.monotonic() > deadline:
            raise ReadError(f"the page took longer than {access.timeout:.0f} seconds", "try again later")
        try:
            room = access.maximum_bytes + 1 - len(received)
            received += inflate.decompress(chunk, max(1, room)) if inflate else chunk
        except zlib.error as error:
            raise ReadError("the page is damaged: its compression is not valid", "try again later") from error
        if len(received) > access.maximum_bytes:
            raise ReadError(
                f"larger than {access.maximum_bytes // 2**20} MB", "save the part you need and add the file"
            )
    if (promised is not None and came < promised) or (inflate and not inflate.eof):
        raise ReadError("the page broke off before its end", "try again later")
    return bytes(received)


def _said(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "no answer in time"
    said = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return (said or type(error).__name__).split("\n")[0][:120]
