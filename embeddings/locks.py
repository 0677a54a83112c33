"""One writer at a time, by a lock that the system itself releases when its holder dies.

What counts is the lock on the open file, never the file's existence or its content: a file left behind by a
killed process locks nothing. The content only serves the message.
"""

from __future__ import annotations

import json
import os
import sys
import time
from contextlib import suppress
from pathlib import Path

from embeddings.errors import LibraryLocked

if sys.platform == "win32":
    import msvcrt

    def _try_lock(descriptor: int) -> bool:
        os.lseek(descriptor, 1 << 30, os.SEEK_SET)  # far behind the message, which others must be able to read
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True
else:
    import fcntl

    def _try_lock(descriptor: int) -> bool:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


class WriteLock:
    """The right to write to one library, held from `acquire` to `release`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._descriptor: int | None = None

    @property
    def held(self) -> bool:
        return self._descriptor is not None

    def try_acquire(self) -> bool:
        """Take the lock if it is free.

        Raises:
            OSError: the lock file cannot be opened for writing.
        """
        if self._descriptor is not None:
            return True
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600)
        if not _try_lock(descriptor):
            os.close(descriptor)
            return False
        self._descriptor = descriptor
        command = " ".join([Path(sys.argv[0]).name, *sys.argv[1:]])[:200]
        with suppress(OSError):  # on a full disk a lock without a message must do, so that articles can be removed
            os.ftruncate(descriptor, 0)
            os.lseek(descriptor, 0, os.SEEK_SET)
            os.write(descriptor, json.dumps({"pid": os.getpid(), "command": command}).encode())
        return True

    def acquire(self, wait_seconds: float = 0.0) -> None:
        """Take the lock, waiting at most so long.

        Raises:
            LibraryLocked: another process holds it; names that process.
            OSError: the lock file cannot be opened for writing.
        """
        deadline = time.monotonic() + wait_seconds
        while not self.try_acquire():
            if time.monotonic() >= deadline:
                raise LibraryLocked(
                    f"{self._holder()} is writing to the library in {self.path.parent}",
                    "wait until it is done and try again",
                )
            time.sleep(0.05)

    def release(self) -> None:
        """Give the lock back; does nothing when it is not held."""
        if self._descriptor is not None:
            descriptor, self._descriptor = self._descriptor, None
            with suppress(OSError):
                os.ftruncate(descriptor, 0)
            os.close(descriptor)

    def _holder(self) -> str:
        try:
            holder = json.loads(self.path.read_bytes())
            pid, command = int(holder["pid"]), str(holder["command"])
        except (
            OSError,
            ValueError,
            KeyError,
            TypeError,
        ):  # between its taking the lock and its writing its name
            return "another process"
        printable = "".join(character for character in command if character.isprintable())
        return f"process {pid} ({printable})" if printable else f"process {pid}"
