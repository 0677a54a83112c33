"""The only place that knows how an answer looks.

What was asked for goes to `out`, all else to `err`. Off a terminal there are no escape sequences and no
wrapping. All text that comes from articles, models or messages passes the sanitiser here.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Final, TextIO

from qa.layout import Flow, Paint, clip, shortened, wrap
from qa.messages import Messages
from qa.progress import ProgressLine
from qa.sanitise import json_text, sanitise, sanitise_line

if TYPE_CHECKING:
    from qa.answer import Answer, AnswerSentence, Citation

__all__ = ["Console", "is_terminal"]

NARROWEST: Final = 20
WIDEST: Final = 100  # longer lines are hard to read
STEPS: Final = frozenset({"loading", "loading_model", "searching", "reading", "writing", "checking"})
_SECONDS_BETWEEN_LINES: Final = 5.0


def is_terminal(stream: TextIO) -> bool:
    """Whether the stream is a terminal; a closed one is not."""
    try:
        return stream.isatty()
    except ValueError:
        return False


class Console:
    """Writes to the user.

    Args:
        plain: no colour, no links and no rewriting of lines even on a terminal, for screen readers.
        quiet: nothing but what was asked for, and errors.

    Attributes:
        capable: whether lines may be rewritten and keys read one by one.
    """

    def __init__(
        self,
        messages: Messages,
        *,
        out: TextIO | None = None,
        err: TextIO | None = None,
        quiet: bool = False,
        plain: bool = False,
    ) -> None:
        self.say = messages
        self.out = sys.stdout if out is None else out
        self.err = sys.stderr if err is None else err
        self.quiet = quiet
        self.plain = plain
        self.capable = not plain and os.environ.get("TERM", "") not in {"", "dumb"}
        coloured = self.capable and not os.environ.get("NO_COLOR")
        self.on_terminal = is_terminal(self.out)
        self.paint = Paint(coloured and self.on_terminal)
        self._paint_err = Paint(coloured and is_terminal(self.err))
        self._rewrites = self.capable and is_terminal(self.err) and not quiet
        self._flow: Flow | None = None
        self._streamed: list[AnswerSentence] = []
        self._status_shown = False

    @property
    def width(self) -> int | None:
        """Cells of a line, asked anew each time because terminals are resized; None off a terminal."""
        if not self.on_terminal:
            return None
        return max(NARROWEST, min(WIDEST, shutil.get_terminal_size().columns))

    # What was asked for

    def write(self, text: str = "") -> None:
        """One line or paragraph of text that is safe already, to `out`."""
        self.out.write(text + "\n")
        self.out.flush()

    def write_json(self, value: Any) -> None:
        """One JSON value on one line, readable letters where the stream can carry them."""
        universal = (getattr(self.out, "encoding", None) or "utf-8").lower().startswith("utf")
        self.write(json_text(value, ascii_only=not universal))

    def paragraph(self, text: str, indent: str = "", first: str | None = None) -> None:
        """Untrusted or long text, sanitised and wrapped."""
        self.write(wrap(sanitise(text), self.width, indent, first))

    def field(self, label: str, value: str) -> None:
        """A labelled line of an overview."""
        head = f"{label + ':' if label else '':<13} "
        self.write(wrap(sanitise_line(value), self.width, " " * 14, self.paint.strong(head)))

    # Everything else

    def note(self, text: str) -> None:
        """One line that is not part of what was asked for; nothing when quiet."""
        if text and not self.quiet:
            self.clear_status()
            self._write_err(self._paint_err.faint(sanitise_line(self.say.translated(text))) + "\n")

    def error(self, text: str) -> None:
        """One line about what went wrong; never suppressed."""
        self.clear_status()
        self._write_err(self._paint_err.warning(sanitise_line(self.say.translated(text))) + "\n")

    def status(self, text: str) -> None:
        """What is going on now, on a terminal only; replaced by the next status and by whatever follows."""
        if self._rewrites:
            width = max(NARROWEST, shutil.get_terminal_size().columns) - 1
            shown = clip(sanitise_line(text), width)
            self._write_err("\r\x1b[K" + self._paint_err.faint(shown))
            self._status_shown = bool(shown)

    def status_of(self, step: str) -> None:
        """The status for a step of answering; a step without a message of its own is shown as it is."""
        self.status(self.say(step) if step in STEPS else step)

    def clear_status(self) -> None:
        if self._status_shown:
            self._write_err("\r\x1b[K")
            self._status_shown = False

    def _write_err(self, text: str) -> None:
        try:
            self.err.write(text)
            self.err.flush()
        except (OSError, ValueError):
            pass  # nobody is left to tell

    # Answers

    def stream_sentence(self, sentence: AnswerSentence, citations: Sequence[Citation] = ()) -> None:
        """Show a sentence of the answer as soon as it has been verified; `citations` are shown later."""
        self.clear_status()
        if self._flow is None:
            self._flow, self._streamed = Flow(self.out.write, self.width), []
        if not sentence.verified:
            self._flow.add(f"[{self.say('unverified')}]", self.paint.warning)
        marks = "".join(f"[{number}]" for number in sentence.citations)
        self._flow.add(sanitise(sentence.text), followed_by=marks)
        if marks:
            self._flow.add(marks, self.paint.mark)
        self.out.flush()
        self._streamed.append(sentence)

    def end_stream(self) -> None:
        """Close what was streamed, whether or not it was finished."""
        self.clear_status()
        if self._flow is not None:
            self.write()
            self._flow = None

    def answer(self, answer: Answer, *, withheld_hint: str = "withheld_hint_ask") -> None:
        """Show an answer with its sources; sentences that were streamed are not shown again."""
        streamed = tuple(self._streamed) if self._flow is not None else None
        self.end_stream()
        self._streamed = []
        if answer.status == "abstained":
            self.paragraph(answer.message)
            self._sources("nearest", answer.nearest)
        elif streamed != answer.sentences:  # not streamed, or revised after it was
            if streamed is not None:
                self.write()
            for sentence in answer.sentences:
                self.stream_sentence(sentence)
            self.end_stream()
        if answer.doubtful:
            self.write(self.paint.warning(wrap(self.say("doubtful"), self.width)))
        if answer.unanswered:
            self.paragraph(answer.message)
        if answer.standalone_question and answer.standalone_question != answer.question:
            text = self.say("understood_as", question=sanitise_line(answer.standalone_question))
            self.write(self.paint.faint(wrap(text, self.width)))
        for disagreement in answer.disagreements:
            marks = "".join(f"[{number}]" for number in disagreement.citations)
            label = self.paint.warning(self.say("note") + ":")
            self.write(wrap(f"{sanitise(disagreement.text)} {marks}", self.width, "  ", f"{label} "))
        if not answer.complete:
            self.write(self.paint.warning(wrap(self.say("incomplete"), self.width)))
        if answer.withheld:
            text = f"{self.say.count('withheld', len(answer.withheld))} {self.say(withheld_hint)}"
            self.write(self.paint.faint(wrap(text, self.width)))
        if answer.generation.invalid_markers:
            text = self.say.count("invalid_markers", answer.generation.invalid_markers)
            self.write(self.paint.faint(wrap(text, self.width)))
        if answer.status != "abstained":
            self._sources("sources", answer.citations, self._provenance(answer))
        if answer.generation.problem:
            self.error(self.say("model_problem", problem=self.say.translated(answer.generation.problem)))

    def _provenance(self, answer: Answer) -> str:
        parts = []
        if answer.independent_sources:
            parts.append(self.say.count("independent", answer.independent_sources))
        if answer.newest_evidence and len({citation.article_id for citation in answer.citations}) > 1:
            parts.append(self.say("newest", date=self.say.date(answer.newest_evidence)))
        if answer.passages_used < answer.passages_found:
            parts.append(self.say("passages_used", used=answer.passages_used, found=answer.passages_found))
        return ", ".join(parts)

    def _sources(self, heading: str, citations: Sequence[Citation], provenance: str = "") -> None:
        if citations:
            self.write()
            pieces: list[str] = []
            flow = Flow(pieces.append, self.width)
            flow.add(self.say(heading), self.paint.strong)
            if provenance:
                flow.add(f"({provenance})", self.paint.faint)
            self.write("".join(pieces))
            self.citations(citations)

    def citations(self, citations: Sequence[Citation]) -> None:
        """Each citation with its title, outlet, date, place and quotation."""
        seen: dict[str, int] = {}
        for citation in citations:
            mark = f"[{citation.number}] "
            indent = " " * (4 if (self.width or WIDEST) >= 40 else 1)
            if citation.article_id in seen:
                text = self.say("same_article", number=seen[citation.article_id])
                head = wrap(text, self.width, indent, mark)
                self.write(self.paint.mark(mark) + self.paint.faint(head[len(mark) :]))
            else:
                title = sanitise_line(citation.title) or self.say("untitled")
                head = wrap(title, self.width, indent, mark)
                linked = self.paint.link(citation.source, self.paint.strong(head[len(mark) :]))
                self.write(self.paint.mark(mark) + linked)
                self.write(self.paint.faint(wrap(self.origin(citation), self.width, indent)))
            seen.setdefault(citation.article_id, citation.number)
            self.paragraph(f"“{sanitise_line(citation.quote)}”", indent)

    def origin(self, citation: Citation) -> str:
        """Outlet, date and place of a citation, on one line."""
        date = self.say.date(citation.published) if citation.published else self.say("undated")
        place = f"{shortened(citation.source)} {citation.start}:{citation.end}"
        return sanitise_line(" · ".join(filter(None, (citation.publisher, date, place))))

    def progress(self, label: str) -> ProgressLine:
        """Something that `add` and `sync` can report to."""
        emit: Callable[[str], None] | None = None
        if self._rewrites:
            emit = self.status
        elif not self.quiet:
            emit = self.note
        every = 0.1 if self._rewrites else _SECONDS_BETWEEN_LINES
        return ProgressLine(label, self.say, emit, every=every, drawn=self._rewrites)
