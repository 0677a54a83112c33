"""Commands that ask: ask, chat, search."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

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
)
from qa.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from embeddings.records import Filters
    from qa.answer import Answer
    from qa.assembly import Assembly
    from qa.console import Console

__all__ = ["ask", "chat", "exit_code_of", "search"]

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
    since: Since = "",
    until: Until = "",
    as_of: AsOf = "",
    source: Source = None,
    show_unverified: ShowUnverified = False,
    no_stream: Annotated[bool, typer.Option("--no-stream", help="Show the answer only when it is finished.")] = False,
) -> int:
    """Answer one question, each sentence with its source."""
    from qa.assembly import build

    session: Session = context.obj
    questions = _questions(question, batch)
    filters = make_filters(since, until, as_of, source)
    config = session.config(**model_flags(llm, model, base_url, allow_remote, top_k))
    console = session.console()
    console.status(console.say("loading"))
    assembly = build(config)
    try:
        console.note(assembly.note)
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


def _questions(words: list[str] | None, batch: Path | None) -> list[str]:
    """The questions that were given as words, on stdin or in a file.

    Raises:
        UsageError: none, or a file that cannot be read.
    """
    if batch is not None:
        if words:
            raise UsageError("--batch was given together with a question", "give one of the two")
        try:
            text = _stdin() if str(batch) == "-" else batch.read_text(encoding="utf-8-sig")
        except UnicodeDecodeError:
            raise UsageError(f"{batch} is not UTF-8 text", "save it as UTF-8") from None
        except OSError as error:
            raise UsageError(f"{batch} cannot be read ({error.strerror})", "name a text file") from None
        found = [line.strip() for line in text.splitlines() if line.strip()]
    else:
        text = _stdin() if words == ["-"] else " ".join(words or [])
        found = [" ".join(text.split())] if text.strip() else []
    if not found:
        raise UsageError("there is no question", 'write one: bronvast ask "..."')
    return found


def _stdin() -> str:
    return sys.stdin.buffer.read().decode("utf-8-sig", "replace")


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
            answer = self.assembly.answerer.ask(
                question,
                filters=self.filters,
                top_k=self.assembly.config.top_k,
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
    since: Since = "",
    until: Until = "",
    as_of: AsOf = "",
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
    since: Since = "",
    until: Until = "",
    as_of: AsOf = "",
    source: Source = None,
) -> int:
    """Find passages, without an answer."""
    from qa.assembly import open_for_searching
    from qa.listing import retrieval_json, show_hits

    session: Session = context.obj
    (text,) = _questions(query, None)
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
        return ExitCode.ANSWERED if retrieval.hits else ExitCode.ABSTAINED
