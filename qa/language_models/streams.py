"""What every back end's stream has in common: errors before the first piece, no errors after it.

A back end writes a generator of `Piece` and one closing `Finished`; this file turns it into a
`TokenStream`. That keeps the rules which the rest of the program relies on in one place: a failure before
the first piece is raised, a failure after it is recorded, and a reply that merely stops coming is never
taken for a finished one.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from typing import TypeAlias

from qa.errors import BronvastError, GenerationFailed
from qa.language_models.thinking import ThinkingFilter

__all__ = ["EventStream", "Events", "Finished", "Piece"]


@dataclass(frozen=True, slots=True)
class Piece:
    """Some text of the reply; `thinking` text is counted as a sign of life and otherwise dropped."""

    text: str
    thinking: bool = False


@dataclass(frozen=True, slots=True)
class Finished:
    """The back end's own word that the reply is over.

    Attributes:
        done_reason: "stop", "length" or the back end's own word.
        prompt_tokens: as the model counted them, 0 where it does not say.
        problem: one sentence on what is doubtful about the reply, "" where nothing.
    """

    done_reason: str
    prompt_tokens: int = 0
    problem: str = ""


Events: TypeAlias = Generator[Piece | Finished, None, None]


class EventStream:
    """A `TokenStream` over a back end's events.

    The constructor runs the generator up to its first visible piece, so that whatever is wrong with the
    request is raised here, where the caller can still choose another way, and iterating never raises.

    Args:
        events: the back end's generator; closing it must end the generation.
        interrupt: called by `close`, for back ends whose generator may be busy in another thread.
    """

    def __init__(self, events: Events, interrupt: Callable[[], None] | None = None) -> None:
        self.complete = False
        self.done_reason = ""
        self.prompt_tokens = 0
        self.problem = ""
        self._events = events
        self._interrupt = interrupt
        self._filter = ThinkingFilter()
        self._closed = False
        self._ended = False
        self._first = ""
        try:
            self._first = self._next_text()
        except BaseException:
            self.close()
            raise
        if self._ended and not self._first and self.done_reason == "aborted":
            raise GenerationFailed(self.problem, "ask again, or restart the server")

    def __iter__(self) -> Iterator[str]:
        if self._first:
            first, self._first = self._first, ""
            yield first
        while not self._ended and not self._closed:
            try:
                text = self._next_text()
            except BronvastError as error:
                self._break_off(str(error))
                return
            except BaseException:
                self.close()
                raise
            if text:
                yield text

    def close(self) -> None:
        """Stop generating; safe to call at any time and more than once."""
        if not self._ended and not self._closed:
            self.done_reason = self.done_reason or "aborted"
        self._closed = True
        if self._interrupt is not None:
            self._interrupt()
        # A generator that runs in another thread cannot be closed from here; `interrupt` has told it to end.
        with contextlib.suppress(ValueError):
            self._events.close()

    def _next_text(self) -> str:
        """The next visible text; "" when the reply is over."""
        for event in self._events:
            if isinstance(event, Finished):
                self._finish(event)
                return self._filter.flush()
            if not event.thinking and (text := self._filter.feed(event.text)):
                return text
        if not self._closed:
            self._break_off("the reply stopped coming before the model said that it was finished")
        return ""

    def _finish(self, finished: Finished) -> None:
        self._ended = True
        self.complete = finished.done_reason == "stop"
        self.done_reason = finished.done_reason
        self.prompt_tokens = finished.prompt_tokens
        self.problem = finished.problem
        if finished.done_reason == "length" and not self.problem:
            self.problem = "the reply reached its maximum length and was cut off there"
        self._events.close()

    def _break_off(self, problem: str) -> None:
        self._ended = True
        self.complete = False
        self.done_reason = "aborted"
        self.problem = problem
        self.close()
