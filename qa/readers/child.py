"""The process that parses foreign formats: bytes in, articles out, nothing else allowed.

Speaks over its standard input and output: a line of JSON and the bytes of a file come in, lines of JSON go
out, the last of them `{"done": true}`. See `isolation.py` for the other end.
"""

from __future__ import annotations

import io
import json
import os
import sys
from importlib import import_module
from typing import Any, BinaryIO, cast

from qa.errors import ReadError
from qa.readers.document import Document, Reader
from qa.readers.isolation import record_of

__all__ = ["main"]

MEMORY = 2 * 2**30  # bytes of address space; resident memory stays well below
PROCESSOR_SECONDS = 20  # for one file
_FORBIDDEN = ("socket.connect", "socket.bind", "socket.getaddrinfo", "socket.sendto", "subprocess.Popen",
"os.system",
              "os.exec", "os.posix_spawn", "os.fork", "os.remove", "os.rename", "os.rmdir", "os.mkdir",
              "os.chmod",
              "os.link", "os.symlink", "os.truncate", "shutil.", "ftplib.", "smtplib.",
              "urllib.Request")  # fmt: skip


def main() -> None:
    """Serve files until the input ends."""
    commands, answers = sys.stdin.buffer, os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # whatever a library prints must not mix with the answers
    _limit_resources()
    guarded = False
    while header := commands.readline():
        request = json.loads(header)
        data = commands.read(request["length"])
        try:
            reader = _load(request["reader"])  # before the limits: importing is not the file's fault
        except ImportError as error:
            _say(
                answers,
                error=[f"a library for this format is missing: {error.name or error}", "install bronvast again"],
            )
            _say(answers, done=True)
            continue
        if not guarded:
            sys.addaudithook(_guard())
            guarded = True
        _limit_time()
        _serve(reader, request, data, answers)
        _say(answers, done=True)


def _load(name: str) -> Reader:
    module, _, function = name.partition(":")
    if not module.startswith("qa.readers."):
        raise ImportError(name=name)
    import lxml.html  # type: ignore[import-untyped, unused-ignore]  # noqa: F401
    import trafilatura  # noqa: F401

    return cast(Reader, getattr(import_module(module), function))


def _serve(reader: Reader, request: dict[str, Any], data: bytes, answers: BinaryIO) -> None:
    document = Document(
        source=request["source"],
        name=request["name"],
        stream=io.BytesIO(data),
        size=len(data),
        media_type=request["media_type"],
        charset=request["charset"],
        url=request["url"],
    )

    def report(source: str, error: ReadError) -> None:
        _say(answers, problem=[source, error.cause, error.remedy])

    try:
        for article in reader(document, report):
            _say(answers, article=record_of(article))
    except ReadError as error:
        _say(answers, error=[error.cause, error.remedy])
    except MemoryError:
        _say(answers, error=["reading it takes too much memory", "split the file, or leave it out"])
    except RecursionError:
        _say(answers, error=["it is nested too deeply", "leave it out, or convert it"])
    except Exception as error:  # the parsers are others', and what they raise is not documented
        said = " ".join(str(error).split())[:120] or "no reason given"
        _say(
            answers,
            error=[f"damaged, or not of the format that its name says ({type(error).__name__}: {said})", ""],
        )


def _say(answers: BinaryIO, **message: object) -> None:
    answers.write(json.dumps(message).encode("ascii") + b"\n")
    answers.flush()


def _limit_resources() -> None:
    try:
        import resource
    except ImportError:  # Windows has no such limits; the parent's clock remains
        return
    for kind, amount in (
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NOFILE, 128),
    ):
        try:
            _, hard = resource.getrlimit(kind)
            allowed = amount if hard == resource.RLIM_INFINITY else min(amount, hard)
            resource.setrlimit(kind, (allowed, allowed))
        except (ValueError, OSError):
            continue


def _limit_time() -> None:
    try:
        import resource
    except ImportError:
        return
    usage = resource.getrusage(resource.RUSAGE_SELF)
    used = int(usage.ru_utime + usage.ru_stime)
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (used + PROCESSOR_SECONDS + 1, hard))


def _guard() -> Any:
    """A hook that forbids connections, programs, and all files but Python's own; it can never be taken off
    again."""
    roots = tuple({os.path.realpath(part) for part in (*sys.path, sys.prefix, sys.base_prefix) if part})
    zones = ("/usr/share/zoneinfo", "/etc/mime.types", "/dev/null", "/dev/urandom")

    def hook(event: str, arguments: tuple[object, ...]) -> None:
        if event == "open":
            path, mode, flags = (*arguments, None, None, None)[:3]
            if isinstance(path, int):
                return
            writes = isinstance(flags, int) and flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
            wanted = os.path.realpath(os.fsdecode(cast(str, path)))
            if writes or (isinstance(mode, str) and set(mode) & set("wax+")) or not wanted.startswith((*roots, *zones)):
                raise PermissionError(f"a parser tried to open {wanted}")
        elif event.startswith(_FORBIDDEN):
            raise PermissionError(f"a parser tried {event}")

    return hook
