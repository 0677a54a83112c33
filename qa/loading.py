"""Models that load behind the prompt."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from qa.assembly import Assembly
    from qa.config import Config

__all__ = ["Loading"]


class Loading:
    """An assembly that is built behind the prompt, from `start` on.

    The thread is a daemon: who leaves before it is done does not wait.

    Args:
        done: called from that thread when all is loaded, or could not be.
    """

    def __init__(self, config: Config, done: Callable[[], object]) -> None:
        self._config, self._tell = config, done
        self._assembly: Assembly | None = None
        self._error: BaseException | None = None
        self._done = threading.Event()
        self._started = False

    def start(self) -> None:
        """Begin loading; does nothing the second time."""
        if not self._started:
            self._started = True
            threading.Thread(target=self._load, name="loading models", daemon=True).start()

    def _load(self) -> None:
        from qa.assembly import build, warm_up

        try:
            self._assembly = build(self._config)
            warm_up(self._assembly)
        except BaseException as error:
            self._error = error
        finally:
            self._done.set()
            self._tell()

    @property
    def ready(self) -> Assembly | None:
        """The assembly if it is there already."""
        return self._assembly if self._done.is_set() else None

    def close(self) -> None:
        """Close what has been loaded; what is still loading ends with the program."""
        if self.ready is not None:
            self.ready.close()

    def wait(self) -> Assembly:
        """The assembly, once it is there.

        Raises:
            BronvastError: whatever kept it from being built; the next call tries again, since a server may have been
                started meanwhile.
        """
        self.start()
        # Waiting in short steps lets Ctrl-C through on every platform.
        while not self._done.wait(0.1):
            pass
        if self._assembly is None:
            error = self._error
            assert error is not None
            self._started = False
            self._done.clear()
            raise error
        return self._assembly
