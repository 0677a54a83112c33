"""Where the chat's lines come from: an editor with history and completion, or plain reading."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from prompt_toolkit.application import Application
    from prompt_toolkit.completion import CompleteEvent, Completion
    from prompt_toolkit.document import Document

    from qa.console import Console

__all__ = ["EditedLines", "LineSource", "PlainLines", "history_path", "no_echo"]

PROMPT = "> "


class LineSource(Protocol):
    """Gives one line after the other."""

    def read(self) -> str:
        """The next line, without its end.

        Raises:
            EOFError: there are no more.
            KeyboardInterrupt: the user gave up this line.
        """
        ...


def history_path() -> Path:
    """The file of the lines typed in earlier chats."""
    from platformdirs import user_state_path

    return user_state_path("bronvast", appauthor=False) / "history"


class PlainLines:
    """Lines as they come, for pipes, dumb terminals and screen readers.

    What does not come from a terminal is repeated, so that the output reads as a transcript.
    """

    def __init__(self, console: Console) -> None:
        self._console = console
        self._repeats = not sys.stdin.isatty()
        getattr(sys.stdin, "reconfigure", lambda **_: None)(errors="replace")

    def read(self) -> str:
        out = self._console.out
        if not self._repeats:
            out.write(PROMPT)
            out.flush()
        line = sys.stdin.readline()
        if not line:
            if not self._repeats:
                out.write("\n")
            raise EOFError
        line = line.rstrip("\r\n")
        if self._repeats and line.strip():
            self._console.write(f"{PROMPT}{line}")
        return line


class EditedLines:
    """Lines edited with prompt_toolkit: history across chats, Tab completes, Alt-Enter begins a new line.

    Args:
        toolbar: the status line, asked at every redraw.
        shown: called once, when the first prompt is on the screen.
        complete: what the word before the cursor may become, given the text before the cursor.
        editing_mode: "emacs" or "vi".
        history: a file that is readable by its owner only; None keeps nothing.
    """

    def __init__(
        self,
        toolbar: Callable[[], str],
        shown: Callable[[], None],
        complete: Callable[[str], Iterable[tuple[str, str, int]]],
        editing_mode: str,
        history: Path | None,
    ) -> None:
        from prompt_toolkit import PromptSession
        from prompt_toolkit.completion import Completer, Completion
        from prompt_toolkit.enums import EditingMode
        from prompt_toolkit.history import FileHistory, InMemoryHistory
        from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent

        class Completions(Completer):
            def get_completions(self, document: Document, _: CompleteEvent) -> Iterator[Completion]:
                for text, meaning, length in complete(document.text_before_cursor):
                    yield Completion(text, start_position=-length, display_meta=meaning)

        keys = KeyBindings()

        @keys.add("escape", "enter")
        def _(event: KeyPressEvent) -> None:
            event.current_buffer.insert_text("\n")

        kept = history is not None and _make_private(history)
        self._session: PromptSession[str] = PromptSession(
            history=FileHistory(str(history)) if kept else InMemoryHistory(),
            completer=Completions(),
            complete_while_typing=False,
            editing_mode=EditingMode.VI if editing_mode == "vi" else EditingMode.EMACS,
            key_bindings=keys,
            bottom_toolbar=toolbar,
            enable_open_in_editor=True,
            prompt_continuation="  ",
        )

        def once(application: Application[str]) -> None:
            application.after_render -= once
            shown()

        self._session.app.after_render += once

    def read(self) -> str:
        return self._session.prompt(PROMPT)

    def redraw(self) -> None:
        """Show the status line anew; may be called from any thread."""
        self._session.app.invalidate()


@contextmanager
def no_echo() -> Iterator[None]:
    """Keep what is typed on a terminal meanwhile out of the answer; it is read afterwards."""
    restore = _echo_off()
    try:
        yield
    finally:
        restore()


def _echo_off() -> Callable[[], None]:
    """Turn the terminal's echo off, where there is one; returns what turns it on again."""
    try:
        import termios
    except ImportError:  # Windows
        return lambda: None
    try:
        descriptor = sys.stdin.fileno()
        before = termios.tcgetattr(descriptor)
        silent = [*before[:3], before[3] & ~termios.ECHO, *before[4:]]
        termios.tcsetattr(descriptor, termios.TCSANOW, silent)
    except (OSError, ValueError, termios.error):
        return lambda: None
    return lambda: termios.tcsetattr(descriptor, termios.TCSANOW, before)


def _make_private(path: Path) -> bool:
    """Make sure the file is there and for its owner only; False where that cannot be."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.touch(mode=0o600, exist_ok=True)
        path.chmod(0o600)
        with path.open("a", encoding="utf-8"):
            return True
    except OSError:
        return False
