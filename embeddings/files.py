"""Files that are either wholly there or not at all, and that only their owner may read."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

TEMPORARY_PREFIX = ".bronvast-"
TEMPORARY_SUFFIX = ".tmp"


def sync_folder(folder: Path) -> None:
    """Make renames and new names in a folder survive a power cut, where the file system can."""
    if os.name == "nt":  # Windows has no folder handles to sync; NTFS journals its names
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        with contextlib.suppress(OSError):
            os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_atomically(path: Path, data: bytes | memoryview) -> None:
    """Replace a file: written beside it, synced, renamed over it, and the folder synced.

    A full disk or a crash at any moment leaves the former file. Only the owner may read the new one.

    Raises:
        OSError: as the system gives it; the half-written file is removed.
    """
    # not by `tempfile`, whose import costs every question 20 ms
    new = path.with_name(f"{TEMPORARY_PREFIX}{os.urandom(8).hex()}{TEMPORARY_SUFFIX}")
    descriptor = os.open(new, os.O_CREAT | os.O_EXCL | os.O_WRONLY | getattr(os, "O_BINARY", 0), 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        new.replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            new.unlink()
        raise
    sync_folder(path.parent)


def make_private_folder(folder: Path) -> None:
    """Create a folder that only its owner may enter; one that already stands keeps its mode."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)


def make_private_file(path: Path) -> None:
    """Create an empty file readable by its owner only, whatever the umask; an existing one is left alone."""
    with contextlib.suppress(FileExistsError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))


def remove_temporary_files(folder: Path) -> None:
    """Clear what an interrupted `write_atomically` left; call only while holding the write lock."""
    for path in folder.glob(f"{TEMPORARY_PREFIX}*{TEMPORARY_SUFFIX}"):
        with contextlib.suppress(OSError):
            path.unlink()
