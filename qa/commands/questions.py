"""Commands that ask: ask, chat, search."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from qa.asked_text import question_of
from qa.commands.options import (
    AllowRemote,
    AsOf,
    Backend,
    BaseUrl,
    Json,
    ModelName,
    Session,
    ShowUnverified,
    Since,
    Source,
    TopK,
    Until,
    make_filters,
    model_flags,
    note_unknown_sources,
)
from qa.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from embeddings.records import Filters
    from qa.answer import Answer
    from qa.assembly import Assembly
    from qa.console import Console

__all__ = ["ask", "chat", "exit_code_of", "search"]

_WRITE_ONE = 'write one: bronvast ask "..."'
_EXIT_CODES = {
    "answered": ExitCode.ANSWERED,
    "abstained": ExitCode.ABSTAINED,
    "partial": ExitCode.PARTIAL,
    "conflict": ExitCode.CONFLICT,
}


def exit_code_of(answer: Answer) -> ExitCode:
    """What the status of an answer tells a script."""
    return _EXIT_CODES[answer.status]


def ask(
    context: typer.Context,
    question: Annotated[
        list[str] | None, typer.Argument(metavar="QUESTION", help="The question; `-` reads it from stdin.")
    ] = None,
    json: Json = False,
    json_stream: Annotated[
        bool,
        typer.Option("--json-stream", help="Print a JSON object a line: sentences as they come, then the answer."),
    ] = False,
    html: Annotated[
        Path | None,
        typer.Option("--html", metavar="FILE", help="Also write the answer as a page of its own."),
    ] = None,
    batch: Annotated[
        Path | None, typer.Option("--batch", metavar="FILE", help="Ask every line of a file (`-` is stdin).")
    ] = None,
    llm: Backend = "",
    model: ModelName = "",
    base_url: BaseUrl = "",
    allow_remote: AllowRemote = False,
    top_k: TopK = None,
    since: Since = None,
    until: Until = None,
    as_of: AsOf = None,
    source: Source = None,
    show_unverified: ShowUnverified = False,
    no_stream: Annotated[bool, typer.Option("--no-stream", help="Show the answer only when it is finished.")] = False,
) -> int:
    """Answer one question, each sentence with its source."""
    from qa.assembly import build

    session: Session = context.obj
    if json and json_stream:
        raise UsageError("--json was given together with --json-stream", "give one of the two")
    questions = _questions(question, batch)
    filters = make_filters(since, until, as_of, source)
    config = session.config(**model_flags(llm, model, base_url, allow_remote, top_k))
    if html is not None:
        from qa.export import check_writable

        check_writable(html)
    console = session.console()
    console.status(console.say("loading"))
    assembly = build(config)
    try:
        console.note(assembly.note)
        if len(filters.sources) > 1:  # where there is but one, the answer says so
            note_unknown_sources(console, assembly.library, filters)
        asking = Asking(
            assembly,
            console,
            filters,
            form="json-stream" if json_stream else "json" if json else "text",
            show_unverified=show_unverified,
            stream=not no_stream,
        )
        answers = []
        for number, text in enumerate(questions):
            if len(questions) > 1 and asking.form == "text":
                console.write(("\n" if number else "") + console.paint.strong(f"> {text}"))
            answers.append(asking.ask(text))
        if html is not None:
            from qa.export import write_page
            from qa.sessions import Conversation

            write_page(html, Conversation.of(answers), assembly.library)
        return _worst(answers, demanded=config.llm not in ("auto", "none"))
    finally:
        assembly.close()


def _questions(words: list[str] | None, batch: Path | None, remedy: str = _WRITE_ONE) -> list[str]:
    """The questions that were given as words, on stdin or in a file.

    Raises:
        UsageError: none, one that is too long, or a file that cannot be read.
    """
    if batch is not None:
        if words:
            raise UsageError("--batch was given together with a question", "give one of the two")
        return list(_questions_of(_text_of(batch)))
    text = _text_of(Path("-")) if words == ["-"] else " ".join(words or [])
    return [question_of(text, remedy)]


def _questions_of(text: str) -> Iterator[str]:
    """The question on each line that is not empty."""
    if not text.strip():
        raise UsageError("there is no question", "write one a line")
    for number, line in enumerate(text.splitlines(), 1):
        try:
            if line.strip():
                yield question_of(line)
        except UsageError as error:
            raise UsageError(f"line {number}: {error.cause}", error.remedy) from None


def _text_of(path: Path) -> str:
    """The text of a file; of stdin where it is called `-`.

    Raises:
        UsageError: it cannot be read, or it is no text.
    """
    name = "stdin" if str(path) == "-" else path
    try:
        text = (sys.stdin.buffer.read() if name == "stdin" else path.read_bytes()).decode("utf-8-sig")
    except UnicodeDecodeError:
        text = "\0"
    except OSError as error:
        raise UsageError(f"{path} cannot be read ({error.strerror})", "name a text file") from None
    if "\0" in text:  # valid UTF-8, but what no text has
        raise UsageError(f"{name} is not UTF-8 text", "save it as UTF-8")
    return text


def _worst(answers: list[Answer], demanded: bool) -> ExitCode:
    """Of one answer its exit code; of several 0 where all were answered, else that of the first other.

    A language model that was demanded and then could not be used goes before how well sentences could be quoted instead.
    """
    if demanded and any(answer.generation.failed for answer in answers):
        return ExitCode.NO_LANGUAGE_MODEL
    codes = [exit_code_of(answer) for answer in answers]
    return next((code for code in codes if code), ExitCode.ANSWERED)


class Asking:
    """Puts questions to an assembly and shows what comes, in one of three forms."""

    def __init__(
        self,
        assembly: Assembly,
        console: Console,
        filters: Filters,
        *,
        form: str = "text",
        show_unverified: bool = False,
        stream: bool = True,
    ) -> None:
        self.assembly, self.console, self.filters = assembly, console, filters
        self.form, self.show_unverified = form, show_unverified
        # Off a terminal nobody watches, and what is printed there should be final.
        self.stream = stream and console.on_terminal and form == "text"

    def ask(self, question: str) -> Answer:
        """Ask and show."""
        console = self.console

        def on_line(sentence: AnswerSentence, citations: tuple[Citation, ...]) -> None:
            console.write_json(
                {
                    "type": "sentence",
                    **sentence.as_json(),
                    "new_citations": [citation.as_json() for citation in citations],
                }
            )

        on_sentence = on_line if self.form == "json-stream" else console.stream_sentence if self.stream else None
        try:
            answer = self.assembly.ask(
                question,
                filters=self.filters,
                show_unverified=self.show_unverified,
                on_sentence=on_sentence,
                on_status=console.status_of,
            )
        except BaseException:
            console.end_stream()
            raise
        console.clear_status()
        if self.form == "json":
            console.write_json(answer.as_json())
        elif self.form == "json-stream":
            console.write_json({"type": "answer", **answer.as_json()})
        else:
            console.answer(answer)
        return answer


if TYPE_CHECKING:
    from qa.answer import AnswerSentence, Citation


def chat(
    context: typer.Context,
    continue_: Annotated[bool, typer.Option("--continue", "-c", help="Go on with the latest conversation.")] = False,
    session_id: Annotated[str, typer.Option("--session", metavar="ID", help="Go on with this conversation.")] = "",
    plain: Annotated[
        bool, typer.Option("--plain", help="No colour, no line editing, no redrawing: for screen readers.")
    ] = False,
    llm: Backend = "",
    model: ModelName = "",
    base_url: BaseUrl = "",
    allow_remote: AllowRemote = False,
    top_k: TopK = None,
    since: Since = None,
    until: Until = None,
    as_of: AsOf = None,
    source: Source = None,
    show_unverified: ShowUnverified = False,
    no_stream: Annotated[bool, typer.Option("--no-stream", help="Show each answer only when it is finished.")] = False,
) -> int:
    """Ask and ask on, in a conversation."""
    from qa.chat import Chat

    session: Session = context.obj
    config = session.config(**model_flags(llm, model, base_url, allow_remote, top_k))
    conversation = Chat(
        config,
        session.console(plain=plain),
        make_filters(since, until, as_of, source),
        show_unverified=show_unverified,
        stream=not no_stream,
    )
    return conversation.run(session_id=session_id, latest=continue_)


def search(
    context: typer.Context,
    query: Annotated[list[str], typer.Argument(metavar="QUERY", help="What to look for; `-` reads it from stdin.")],
    k: Annotated[int, typer.Option("-k", min=1, max=1000, metavar="N", help="How many passages.")] = 8,
    json: Json = False,
    since: Since = None,
    until: Until = None,
    as_of: AsOf = None,
    source: Source = None,
) -> int:
    """Find passages, without an answer."""
    from qa.assembly import open_for_searching
    from qa.listing import retrieval_json, show_hits

    session: Session = context.obj
    (text,) = _questions(query, None, 'write one: bronvast search "..."')
    filters = make_filters(since, until, as_of, source)
    console = session.console()
    with open_for_searching(session.config()) as retriever:
        retrieval = retriever.search(text, k=k, filters=filters)
        if json:
            console.write_json(retrieval_json(text, retrieval))
        elif retrieval.hits:
            show_hits(console, retrieval.hits)
        else:
            console.note(console.say("nothing_found"))
        note_unknown_sources(console, retriever.library, filters)
        return ExitCode.ANSWERED if retrieval.hits else ExitCode.ABSTAINED
