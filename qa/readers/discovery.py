"""Which files a person means by the folders, files and addresses they name.

A folder stands for the regular files in it, at any depth, in the order of their names. Hidden files stay out,
and so
does what a link points to: a link in a downloaded folder could reach any file of its owner, and what it
reaches within the folder is found there anyway. Devices, pipes and sockets are never opened, because that may
never end.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from qa.readers.formats import is_supported

LIBRARY_MARKS = frozenset({"library.db", "lock"})  # a folder with both is a library's
# What else a library keeps there. An answer kept in a conversation, read as an article, would come to be its own source.
LIBRARY_FILES = re.compile(
    r"library\.db(-wal|-shm|-journal)?|lock|manifest\.json|index\.json|index-\w+\.faiss|readings\.cache|sessions"
)

__all__ = ["Found", "discover", "is_web_address", "source_of"]


@dataclass(frozen=True, slots=True)
class Found:
    """A file or address that was found, or the reason why it is not read.

    Attributes:
        source: as it will stand in `Article.source`: the absolute path in valid Unicode, or the address.
        path: the path as the operating system wants it, "" for an address.
        origin: the input that it was found under, in the same notation as `source`.
        named: the person named this file itself, rather than a folder that holds it.
        size: in bytes.
        problem: "" or the reason why it cannot be read.
        passed_over: whether `problem` is only that such files are left out, which is no failure.
    """

    source: str
    path: str
    origin: str
    named: bool
    size: int = 0
    problem: str = ""
    passed_over: bool = False


def is_web_address(source: str) -> bool:
    """Whether a source is an http or https address."""
    return source.lower().startswith(("http://", "https://"))


def source_of(path: str) -> str:
    """How a path is written in a source: absolute, and bytes that are no Unicode as \\xNN."""
    return os.fsencode(os.path.abspath(os.path.expanduser(path))).decode("utf-8", "backslashreplace")  # noqa: PTH100, PTH111


def discover(inputs: Sequence[str]) -> Iterator[Found]:
    """Everything that some inputs stand for, each source once, in a fixed order."""
    seen: set[str] = set()
    for name in inputs:
        for found in _one(name):
            if found.source not in seen or found.problem:
                seen.add(found.source)
                yield found


def _one(name: str) -> Iterator[Found]:
    if is_web_address(name):
        yield Found(name, "", name, named=True)
        return
    if "://" in name:
        yield Found(name, "", name, named=True, problem="not an http or https address; download it first")
        return
    if not name.strip():  # an unset variable of a script; as a path it would be the folder one is in
        shown = repr(name)
        yield Found(shown, name, shown, named=True, problem="not a path; name a file, a folder or a web address")
        return
    path = os.path.abspath(os.path.expanduser(name))  # noqa: PTH100, PTH111
    source = source_of(name)
    try:
        status = os.stat(path)  # noqa: PTH116  a link that the person named is followed
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        if isinstance(error, FileNotFoundError):
            reason = "no such file or folder"
        yield Found(source, path, source, named=True, problem=f"{reason}; check the path")
        return
    if stat.S_ISREG(status.st_mode):
        yield Found(source, path, source, named=True, size=status.st_size)
    elif stat.S_ISDIR(status.st_mode):
        yield from _folder(path, source)
    else:
        yield Found(source, path, source, named=True, problem=f"not a file but {_kind(status.st_mode)}")


def _folder(root: str, origin: str) -> Iterator[Found]:
    stack = [root]
    while stack:
        folder = stack.pop()
        try:
            with os.scandir(folder) as entries:
                listing = sorted(entries, key=lambda entry: os.fsencode(entry.name))
        except OSError as error:
            reason = f"the folder cannot be read: {error.strerror or error}"
            yield Found(source_of(folder), folder, origin, named=False, problem=reason)
            continue
        folders = []
        holds_library = {entry.name for entry in listing} >= LIBRARY_MARKS
        for entry in listing:
            if entry.name.startswith(".") or (holds_library and LIBRARY_FILES.fullmatch(entry.name)):
                continue
            problem, status = "", None
            try:
                status = entry.stat(follow_symlinks=False)
            except OSError as error:
                problem = error.strerror or str(error)
            if status and stat.S_ISDIR(status.st_mode):
                folders.append(entry.path)
                continue
            passed_over = False
            if status and not stat.S_ISREG(status.st_mode):
                problem, passed_over = f"not a file but {_kind(status.st_mode)}", True
            elif status and not is_supported(entry.name):
                problem, passed_over = (
                    "not a format that is read; name the file itself to read it as text",
                    True,
                )
            size = status.st_size if status and not problem else 0
            yield Found(source_of(entry.path), entry.path, origin, False, size, problem, passed_over)
        stack.extend(reversed(folders))


def _kind(mode: int) -> str:
    for test, name in (
        (stat.S_ISLNK, "a link"),
        (stat.S_ISFIFO, "a pipe"),
        (stat.S_ISSOCK, "a socket"),
        (stat.S_ISCHR, "a device"),
        (stat.S_ISBLK, "a device"),
    ):
        if test(mode):
            return name
    return "something else"
