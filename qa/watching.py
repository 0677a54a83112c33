"""Waiting for folders to change, and for the changes to be complete.

The operating system says what changed (watchfiles). A path is passed on when nothing has been written to it
for a moment, so that a file that is still being copied is not read half; if others never come to rest, after
a while anyway, because a file that changes while it is read is read again.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence
from threading import Event

from qa.intake import is_below
from qa.readers import source_of
from qa.readers.formats import is_supported

__all__ = ["settled_changes"]

QUIET = 1.0  # seconds without a change after which a file counts as written
LONGEST_WAIT = 30.0  # seconds that one restless file may hold up the others
STEP = 250  # milliseconds between two looks


def settled_changes(folders: Sequence[str], stop: Event, *, ignored: str = "") -> Iterator[set[str]]:
    """The paths of files and folders that came, changed or went, again and again until `stop` is set.

    The first that comes are the folders themselves, when the system watches them already: whatever changes while
    they are looked through is not missed. A folder that vanishes and comes back, as a disk does that is taken off, is reported itself both times.

    Args:
        folders: absolute paths, as `source_of` writes them.
        ignored: a folder in which nothing counts: the library's own.

    Raises:
        KeyboardInterrupt: Ctrl-C.
    """
    from watchfiles import watch

    waiting = {folder: (_state(folder), -QUIET) for folder in folders}  # path to its state and when that was first seen
    oldest = 0.0
    there = {folder: _identity(folder) for folder in folders}
    while not stop.is_set():
        present = [folder for folder in folders if there[folder] is not None]
        if not present:
            stop.wait(STEP / 1000)
        ticks: Iterator[set[tuple[object, str]]] = (
            watch(
                *present, watch_filter=None, debounce=STEP, step=50, rust_timeout=STEP, yield_on_timeout=True,
                stop_event=stop, ignore_permission_denied=True,
            )  # type: ignore[assignment]
            if present
            else iter([set()])
        )  # fmt: skip
        for changes in ticks:
            now = time.monotonic()
            for _, path in changes:
                if named := _named(path, folders, ignored):
                    oldest = oldest if waiting else now
                    waiting[named] = (_state(named), now)
            for path, (state, _) in list(waiting.items()):
                if (state_now := _state(path)) != state:
                    waiting[path] = (state_now, now)
            at_rest = all(now - since >= QUIET for _, since in waiting.values())
            if waiting and (at_rest or now - oldest > LONGEST_WAIT):
                ready, waiting = set(waiting), {}
                yield ready
            moved = [folder for folder in folders if _identity(folder) != there[folder]]
            if moved:  # the system's watch was on the folder that is no longer there
                there.update((folder, _identity(folder)) for folder in moved)
                oldest = oldest if waiting else now
                waiting.update((folder, (_state(folder), now)) for folder in moved)
                break


def _named(path: str, folders: Sequence[str], ignored: str) -> str:
    """The path as sources are written, "" for what is of no concern: hidden, of another format, the library's."""
    for folder in folders:
        real = os.path.realpath(folder)
        if real != folder and is_below(path, real):  # macOS reports the path without links
            path = folder.rstrip(os.sep) + path[len(real) :]
    if "\ufffd" in path:  # a name that is no Unicode: look through its folder
        path = os.path.dirname(path)  # noqa: PTH120
    path = source_of(path)
    folder = next((folder for folder in folders if path == folder or is_below(path, folder)), "")
    if not folder or (ignored and (path == ignored or is_below(path, ignored))):
        return ""
    if f"{os.sep}." in path[len(folder) :]:
        return ""
    return "" if os.path.isfile(path) and not is_supported(path) else path  # noqa: PTH113


def _state(path: str) -> object:
    try:
        status = os.stat(path)  # noqa: PTH116
    except (OSError, ValueError):
        return None
    return status.st_ino, status.st_size, status.st_mtime_ns


def _identity(folder: str) -> object:
    try:
        status = os.stat(folder)  # noqa: PTH116
    except (OSError, ValueError):
        return None
    return status.st_dev, status.st_ino
