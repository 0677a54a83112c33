"""Opening files that others made: regular ones only, and seeing whether they change meanwhile."""

from __future__ import annotations

import os
import stat
from typing import BinaryIO

from qa.errors import ReadError

__all__ = ["changed_since", "open_file"]


def open_file(path: str) -> BinaryIO:
    """Open a regular file for reading, and nothing else: a pipe or device could block for ever.

    Raises:
        ReadError: it is something else, or it may not be read.
    """
    flags = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0)
    try:
        if not stat.S_ISREG(os.stat(path).st_mode):  # noqa: PTH116  looked at before it is opened
            raise ReadError("not a file", "name a file, a folder or a web address")
        descriptor = os.open(path, flags)
    except OSError as error:
        if isinstance(error, FileNotFoundError):
            raise ReadError("no such file", "check the path") from error
        raise ReadError(f"cannot be opened: {error.strerror or error}", "check its permissions") from error
    except ValueError as error:
        raise ReadError("not a path", "check the path") from error
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):  # and after, since it may have been exchanged
        os.close(descriptor)
        raise ReadError("not a file", "name a file, a folder or a web address")
    return os.fdopen(descriptor, "rb", buffering=1 << 16)


def changed_since(path: str, before: os.stat_result) -> bool:
    """Whether the file at a path is no longer the one of which this was the state."""
    try:
        after = os.stat(path)  # noqa: PTH116
    except OSError:
        return True
    return (after.st_ino, after.st_size, after.st_mtime_ns) != (
        before.st_ino,
        before.st_size,
        before.st_mtime_ns,
    )
