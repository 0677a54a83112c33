"""A conversation: reads lines, asks, shows answers as they are verified, and keeps them.

The library opens at once and the models load behind the prompt, so that typing can begin. Ctrl-C stops an
answer, Ctrl-D leaves. What begins with `/` is a command (`qa.slash_commands`).
"""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, NoReturn

from qa.console import WIDEST, is_terminal
from qa.errors import BronvastError, ExitCode
from qa.layout import clip
from qa.line_input import EditedLines, LineSource, PlainLines, history_path, no_echo
from qa.loading import Loading
from qa.sanitise import sanitise_line
from qa.sessions import Conversation, SessionStore

if TYPE_CHECKING:
    from types import FrameType

    from embeddings.records import Filters
    from embeddings.store import Store
    from qa.answer import Answer
    from qa.assembly import Assembly
    from qa.config import Config
    from qa.console import Console

__all__ = ["Chat"]


class Chat:
    """One run of the chat and its state.

    Attributes:
        filters: in force for the questions to come.
        conversation: as it stands; kept after every answer.
        shown: what `/open N` opens, by number: article id, start, end.
    """

    def __init__(
        self,
        config: Config,
        console: Console,
        filters: Filters,
        *,
        show_unverified: bool = False,
        stream: bool = True,
    ) -> None:
        self.config, self.console, self.filters = config, console, filters
        self.show_unverified = show_unverified
        self.stream = stream and console.on_terminal
        self.store = SessionStore(config.library)
        self.conversation = Conversation()
        self.shown: dict[int, tuple[str, int, int]] = {}
        self.listed: list[str] = []  # ids of the conversations that /sessions showed
        self.library: Store
        self._loading: Loading
        self._warned_unkept = False
        self._noted = False
        self._redraw: Callable[[], object] = bool  # does nothing until there is a status line

    def run(self, *, session_id: str = "", latest: bool = False) -> int:
        """Converse until the user leaves.

        Raises:
            LibraryError: there is no library, or it cannot be used.
            UsageError: there is no such conversation.
        """
        from qa.assembly import open_library

        # A closed terminal or `kill` ends the chat like Ctrl-D does: files closed, terminal as it was.
        for name in ("SIGTERM", "SIGHUP"):
            if hasattr(signal, name):
                signal.signal(getattr(signal, name), _leave)
        with open_library(self.config) as self.library:
            if session_id:
                self.conversation = self.store.load(session_id)
            elif latest:
                self.conversation = self.store.latest() or self.conversation
            self._loading = Loading(self.config, lambda: self._redraw())
            try:
                self._greet()
                self._converse(self._lines())
            finally:
                self._loading.close()
        return ExitCode.ANSWERED

    def _converse(self, lines: LineSource) -> None:
        from qa.slash_commands import execute

        while True:
            try:
                line = lines.read().strip()
            except KeyboardInterrupt:
                continue
            except EOFError:
                return
            if not line:
                continue
            try:
                if not line.startswith("/"):
                    with no_echo():
                        self.ask(line)
                elif not execute(self, line):
                    return
            except KeyboardInterrupt:
                self.console.end_stream()
                self.console.note(self.console.say("stopped"))
            except BronvastError as error:
                self.console.end_stream()
                self.console.error(str(error))
            self.console.write()

    def _lines(self) -> LineSource:
        from qa.slash_commands import completions

        console = self.console
        if console.plain or not console.on_terminal or not is_terminal(sys.stdin) or not console.capable:
            self._loading.start()
            return PlainLines(console)
        lines = EditedLines(
            self.toolbar,
            # Loading earlier would make the first prompt wait for its share of the processor.
            self._loading.start,
            lambda text: completions(self, text),
            self.config.editing_mode,
            history_path(),
        )
        self._redraw = lines.redraw
        return lines

    def _greet(self) -> None:
        counts = self.library.counts()
        articles = self.console.say.count("articles", counts.articles)
        self.console.note(f"bronvast · {articles} · {self.console.say('chat_hint')}")
        if self.conversation.exchanges:
            questions = self.console.say.count("questions", len(self.conversation.exchanges))
            self.console.note(self.console.say("resumed", title=self.conversation.title, questions=questions))
            last = self.conversation.exchanges[-1]
            self.console.write(self.console.paint.strong(f"> {last.question}"))
            self.show(last.answer)
            self.console.write()

    # What the commands use

    @property
    def last_answer(self) -> Answer | None:
        """The answer to the latest question of this conversation."""
        exchanges = self.conversation.exchanges
        return exchanges[-1].answer if exchanges else None

    def assembly(self) -> Assembly:
        """Everything loaded; waits where it must."""
        self.console.status(self.console.say("loading"))
        assembly = self._loading.wait()
        self.console.clear_status()
        if not self._noted and assembly.note:
            self.console.note(assembly.note)
        self._noted = True
        return assembly

    def reload(self, config: Config) -> None:
        """Take other settings: checked first, so that a wrong model leaves the chat as it was.

        Raises:
            LanguageModelError: the model cannot be had.
        """
        from qa.assembly import choose_language_model

        choose_language_model(config)
        self._loading.close()
        self.config, self._noted = config, False
        self._loading = Loading(config, lambda: self._redraw())
        self._loading.start()

    def ask(self, question: str) -> None:
        """Ask within the conversation, show the answer and keep it."""
        assembly = self.assembly()
        answer = assembly.ask(
            question,
            history=self.conversation.exchanges,
            filters=self.filters,
            show_unverified=self.show_unverified,
            on_sentence=self.console.stream_sentence if self.stream else None,
            on_status=self.console.status_of,
        )
        self.show(answer)
        self.conversation = self.conversation.with_answer(answer)
        self.keep()

    def show(self, answer: Answer) -> None:
        """Show an answer; its sources are what `/open` opens from now on."""
        self.console.answer(answer, withheld_hint="withheld_hint_chat")
        self.shown = {
            citation.number: (citation.article_id, citation.start, citation.end)
            for citation in answer.citations or answer.nearest
        }

    def keep(self) -> None:
        """Save the conversation; where that cannot be, say so once and go on."""
        try:
            self.store.save(self.conversation)
        except BronvastError as error:
            if not self._warned_unkept:
                self.console.error(str(error))
            self._warned_unkept = True

    def start_over(self, conversation: Conversation | None = None) -> None:
        """Begin a new conversation, or take up another one."""
        self.conversation = conversation or Conversation()
        self.shown = {}

    def with_filters(self, **changes: object) -> None:
        """Change some of the filters."""
        self.filters = replace(self.filters, **changes)  # type: ignore[arg-type]

    def toolbar(self) -> str:
        """The status line: library, model, filters."""
        assembly = self._loading.ready
        model = self.console.say("loading")
        if assembly is not None:
            chosen = assembly.language_model
            model = chosen.name if chosen is not None else self.console.say("quoting")
        line = " · ".join(filter(None, (self.config.library.name, model, self.describe_filters())))
        return clip(sanitise_line(line), self.console.width or WIDEST)

    def describe_filters(self) -> str:
        """The filters in force, on one line; "" where there are none."""
        say = self.console.say
        parts = [
            say(f"filter_{name}", date=say.date(day.isoformat()))
            for name in ("since", "until", "as_of")
            if (day := getattr(self.filters, name)) is not None
        ]
        return ", ".join([*parts, *(say("filter_source", source=source) for source in self.filters.sources)])


def _leave(number: int, _: FrameType | None) -> NoReturn:
    raise SystemExit(128 + number)
