"""Fetching: only what the person named, within limits, and never their own network by a detour."""

from __future__ import annotations

import gzip
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from qa.errors import ReadError
from qa.readers.web import WebAccess, fetch

PAGE = b"<p>De brug is dicht.</p>"
OWN = WebAccess(allow_private=True, maximum_bytes=100_000, timeout=3.0, redirects=3)


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        path = self.path
        headers = {"Content-Type": "text/html; charset=ISO-8859-15"}
        status, body = 200, PAGE
        if path.startswith("/to?"):
            status, body = 302, b""
            headers["Location"] = path[4:]
        elif path == "/gzip":
            headers["Content-Encoding"], body = "gzip", gzip.compress(PAGE)
        elif path == "/bomb":
            headers["Content-Encoding"], body = "gzip", gzip.compress(b"a" * 50_000_000)
        elif path == "/broken":
            headers["Content-Encoding"], body = "gzip", b"geen gzip"
        elif path == "/brotli":
            headers["Content-Encoding"] = "br"
        elif path == "/large":
            body = b"a" * 200_000
        elif path == "/cut":
            headers["Content-Length"] = "100000"
        elif path == "/gone":
            status = 410
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        if path == "/slow":
            for _ in range(100):
                self.wfile.write(b"a")
                self.wfile.flush()
                time.sleep(0.1)
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: object) -> None:
        pass


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    running = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    running.daemon_threads = True
    Thread(target=running.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{running.server_port}"
    running.shutdown()
    running.server_close()


def test_a_page_and_what_the_server_says_of_it(server: str) -> None:
    document = fetch(f"{server}/to?/nieuws/brug.html", OWN)
    assert document.read() == PAGE
    assert document.source == f"{server}/to?/nieuws/brug.html"
    assert document.url == f"{server}/nieuws/brug.html"
    assert (document.name, document.media_type, document.charset) == ("brug.html", "text/html", "ISO-8859-15")
    assert fetch(f"{server}/gzip", OWN).read() == PAGE


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("/gone", "410"),
        ("/large", "larger than"),
        ("/bomb", "larger than"),
        ("/broken", "compression is not valid"),
        ("/brotli", "br compression"),
        ("/cut", "broke off"),
        ("/slow", "took longer"),
        ("/to?/to?/to?/to?/to?/x", "more than 3 redirects"),
        ("/to?file:///etc/passwd", "not an http"),
        ("/to?ftp://x.example/", "not an http"),
        ("/to?http://name:secret@x.example/", "user name"),
    ],
)
def test_what_goes_wrong_has_its_reason(server: str, path: str, reason: str) -> None:
    with pytest.raises(ReadError, match=reason):
        fetch(server + path, OWN)


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/",
        "http://localhost/",
        "http://[::1]/",
        "http://10.0.0.1/",
        "http://192.168.1.1/",
        "http://169.254.169.254/latest/meta-data",
        "http://0.0.0.0/",
        "http://[::ffff:127.0.0.1]/",
        "http://2130706433/",
        "http://127.1/",
        "http://0x7f.1/",
    ],
)
def test_addresses_of_the_own_network_are_refused(url: str) -> None:
    with pytest.raises(ReadError, match=r"own network|cannot be found"):
        fetch(url, WebAccess())


@pytest.mark.parametrize(
    "url", ["http://", "http://[", "http://x:99999/", "file:///etc/passwd", "http://a b/", "http://\udcff/"]
)
@pytest.mark.reaches_out
def test_addresses_that_are_none(url: str) -> None:
    with pytest.raises(ReadError):
        fetch(url, WebAccess())


def test_a_port_where_nobody_listens() -> None:
    with pytest.raises(ReadError, match="cannot be reached"):
        fetch("http://127.0.0.1:9/", OWN)
