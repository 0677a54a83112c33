"""Files that are either wholly there or not at all, and that by default only their owner may read.

Whatever the library writes besides SQLite's own files goes through here, so that tests can record every step, let
any one fail, and see what a power cut between two of them leaves.
"""

from __future__ import annotations

import contextlib
import errno
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


def write_atomically(path: Path, data: bytes | memoryview, mode: int = 0o600) -> None:
    """Replace a file: written beside it, synced, renamed over it, and the folder synced.

    A full disk or a crash at any moment leaves the former file.

    Args:
        mode: who may read the new one, less what the umask takes away; only the owner unless said otherwise.

    Raises:
        OSError: as the system gives it; the half-written file is removed.
    """
    # not by `tempfile`, whose import costs every question 20 ms
    new = path.with_name(f"{TEMPORARY_PREFIX}{os.urandom(8).hex()}{TEMPORARY_SUFFIX}")
    descriptor = os.open(new, os.O_CREAT | os.O_EXCL | os.O_WRONLY | getattr(os, "O_BINARY", 0), mode)
    try:
        try:
            rest = memoryview(data).cast("B")
            while rest:  # the system may take less than it is given
                rest = rest[os.write(descriptor, rest) :]
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        replace(new, path)
    except BaseException:
        with contextlib.suppress(OSError):
            new.unlink()
        raise


def replace(new: Path, path: Path) -> None:
    """Put a file that is wholly on the disk in another's place, to stay there after a power cut."""
    new.replace(path)
    sync_folder(path.parent)


def remove(path: Path) -> None:
    """Delete a file that may be gone already."""
    path.unlink(missing_ok=True)


def make_private_folder(folder: Path) -> None:
    """Create a folder, with those above it, that only its owner may enter; one that stands keeps its mode."""
    missing = [place for place in (folder, *folder.parents) if not place.exists()]
    for place in reversed(missing):
        with contextlib.suppress(FileExistsError):
            place.mkdir(0o700)
    if not folder.is_dir():
        raise NotADirectoryError(errno.ENOTDIR, "it is a file, not a folder", str(folder))


def make_private_file(path: Path) -> None:
    """Create an empty file readable by its owner only, whatever the umask; an existing one is left alone."""
    with contextlib.suppress(FileExistsError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))


def sync_names(path: Path) -> None:
    """Make a new file's name, and those of the folders above it, survive a power cut.

    A folder above that cannot be opened is passed over: whoever may not look into it has not made anything there.
    """
    sync_folder(path.parent)
    for folder in path.parent.parents:
        with contextlib.suppress(OSError):
            sync_folder(folder)


def remove_temporary_files(folder: Path) -> None:
    """Clear what an interrupted `write_atomically` left; call only while holding the write lock."""
    for path in folder.glob(f"{TEMPORARY_PREFIX}*{TEMPORARY_SUFFIX}"):
        with contextlib.suppress(OSError):
            path.unlink()
