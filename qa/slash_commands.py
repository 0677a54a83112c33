"""The commands of the chat: what each is called, what it does, how it is completed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Final

from qa.asked_text import question_of
from qa.config import BACKENDS
from qa.errors import UsageError
from qa.layout import shortened
from qa.sanitise import sanitise_line

if TYPE_CHECKING:
    from qa.answer import AnswerSentence
    from qa.chat import Chat
    from qa.console import Console

__all__ = ["COMMANDS", "completions", "execute"]


@dataclass(frozen=True, slots=True)
class SlashCommand:
    """A command.

    Attributes:
        argument: what may follow the name: the end of the key of the message that says so, "" for nothing.
        run: does it; returns False to leave the chat.
    """

    name: str
    argument: str
    run: Callable[[Chat, str], bool | None]

    @property
    def key(self) -> str:
        """The key of the message that says what it does."""
        return "slash_" + self.name.replace("-", "_")


def execute(chat: Chat, line: str) -> bool:
    """Run a line that begins with `/`; False means that the user leaves.

    Raises:
        UsageError: there is no such command, or it makes no sense now.
    """
    name, _, argument = line[1:].strip().partition(" ")
    command = COMMANDS.get(name.lower())
    if command is None:
        near = get_close_matches(name.lower(), COMMANDS, n=1)
        remedy = f"did you mean /{near[0]}" if near else "/help lists the commands"
        raise UsageError(f"there is no command /{name}", remedy)
    return command.run(chat, argument.strip()) is not False


def completions(chat: Chat, text: str) -> Iterator[tuple[str, str, int]]:
    """What the text before the cursor may go on with: completion, meaning, and how much it replaces."""
    if not text.startswith("/") or "\n" in text:
        return
    name, space, argument = text[1:].partition(" ")
    if not space:
        for command in COMMANDS.values():
            if command.name.startswith(name.lower()):
                after = " " if command.argument else ""
                yield f"/{command.name}{after}", chat.console.say(command.key), len(text)
        return
    for value, meaning in _arguments(chat, name.lower()):
        if value.casefold().startswith(argument.casefold()):
            yield value, meaning, len(argument)


def _arguments(chat: Chat, name: str) -> list[tuple[str, str]]:
    if name == "open":
        return [(str(number), "") for number in chat.shown]
    if name == "model":
        return [(backend, "") for backend in BACKENDS]
    if name == "source":
        return [(publisher, str(count)) for publisher, count in chat.library.counts().publishers]
    if name == "resume":
        return [(one.id, one.title) for one in chat.store.all()]
    return []


# Sources


def _open(chat: Chat, argument: str) -> None:
    from qa.pager import page_article

    number = argument.strip("[]") or ("1" if len(chat.shown) == 1 else "")
    if not number.isdecimal() or int(number) not in chat.shown:
        known = ", ".join(map(str, chat.shown))
        raise UsageError(
            f"there is no source {argument}".rstrip(),
            f"name one of {known}" if known else "ask something first",
        )
    article_id, start, end = chat.shown[int(number)]
    article = chat.library.article(article_id)
    if article is None:
        raise UsageError(f"the article {article_id} is no longer in the library", "ask again")
    page_article(chat.console, article, (start, end))


def _sources(chat: Chat, _: str) -> None:
    answer = chat.last_answer
    if answer is None:
        raise UsageError("nothing has been asked yet", "ask something first")
    if not (answer.citations or answer.nearest):
        chat.console.note(chat.console.say("no_sources"))
    chat.console.citations(answer.citations or answer.nearest)
    chat.shown = {
        citation.number: (citation.article_id, citation.start, citation.end)
        for citation in answer.citations or answer.nearest
    }


def _search(chat: Chat, argument: str) -> None:
    from qa.listing import show_hits

    if not argument:
        raise UsageError("there is nothing to look for", "write /search WORDS")
    question = question_of(argument)
    hits = chat.assembly().retriever.search(question, k=chat.config.top_k, filters=chat.filters).hits
    if not hits:
        chat.console.note(chat.console.say("nothing_found"))
        return
    show_hits(chat.console, hits)
    chat.shown = {rank: (hit.article.id, hit.passage.start, hit.passage.end) for rank, hit in enumerate(hits, 1)}


def _why(chat: Chat, _: str) -> None:
    answer = chat.last_answer
    if answer is None:
        raise UsageError("nothing has been asked yet", "ask something first")
    console = chat.console
    doubtful = [sentence for sentence in answer.sentences if not sentence.verified]
    _explain(console, (*answer.withheld, *doubtful))
    if answer.discarded:
        console.paragraph(console.say("discarded"))
        _explain(console, answer.discarded)
    if not (answer.withheld or doubtful or answer.discarded):
        console.write(console.say("nothing_withheld"))
    if answer.reason:
        console.write(console.say("reason_" + answer.reason))
    console.note(
        console.say(
            "how_found",
            used=answer.passages_used,
            considered=answer.passages_considered,
            seconds=console.say.decimal(answer.timings_ms.get("total", 0) / 1000),
        )
    )


def _explain(console: Console, sentences: Iterable[AnswerSentence]) -> None:
    """Each sentence with what is wrong with it; the checks name a kind and what it concerns."""
    for sentence in sentences:
        console.paragraph(sentence.text, "  ", "- ")
        for problem in sentence.problems:
            kind, _, concerned = problem.partition(": ")
            reason = console.say.get("problem_" + kind.replace(" ", "_"), kind)
            repeats = not concerned or concerned == sentence.text
            console.paragraph(reason if repeats else f"{reason}: {concerned}", "    ", "  → ")


# Filters


def _date_filter(option: str, last: bool) -> Callable[[Chat, str], None]:
    def run(chat: Chat, argument: str) -> None:
        from qa.commands.options import parse_date

        days = parse_date(argument, f"/{option}") if argument else None
        chat.with_filters(**{option.replace("-", "_"): days[1 if last else 0] if days else None})
        _say_filters(chat)

    return run


def _source(chat: Chat, argument: str) -> None:
    chat.with_filters(sources=(argument,) if argument else ())
    _say_filters(chat)


def _say_filters(chat: Chat) -> None:
    chat.console.note(chat.describe_filters() or chat.console.say("no_filters"))


# Models


def _model(chat: Chat, argument: str) -> None:
    from qa.commands.models import models_report

    console = chat.console
    if argument:
        first, _, rest = argument.partition(" ")
        if first in BACKENDS:
            config = replace(chat.config, llm=first, model=rest.strip())
        else:
            config = replace(chat.config, model=argument)
        chat.reload(config)
    report = models_report(chat.config)
    used = report["llm"]
    shown = f"{used['model']} ({used['backend']})" if used["model"] else console.say("no_language_model")
    console.field(console.say("language_model"), console.say.translated(report["problem"]) or shown)
    if not argument:
        for found in report["available"]:
            console.field("", f"{found['model']} ({found['backend']})")


# Conversations


def _new(chat: Chat, _: str) -> None:
    chat.start_over()
    chat.console.note(chat.console.say("new_conversation"))


def _sessions(chat: Chat, argument: str) -> None:
    console = chat.console
    found = chat.store.search(argument) if argument else chat.store.all()
    chat.listed = [one.id for one in found]
    for number, one in enumerate(found, 1):
        questions = console.say.count("questions", len(one.exchanges))
        console.paragraph(
            f"{sanitise_line(one.title)} ({one.updated[:10]}, {questions}) {one.id}", "   ", f"{number}. "
        )
    if not found:
        console.note(console.say("nothing_found"))


def _resume(chat: Chat, argument: str) -> None:
    if argument.isdecimal() and 0 < int(argument) <= len(chat.listed):
        argument = chat.listed[int(argument) - 1]
    conversation = chat.store.load(argument) if argument else chat.store.latest()
    if conversation is None:
        raise UsageError("no conversation has been kept yet", "ask something first")
    chat.start_over(conversation)
    for exchange in conversation.exchanges:
        chat.console.write(chat.console.paint.strong(f"> {sanitise_line(exchange.question)}"))
        chat.show(exchange.answer)
        chat.console.write()


def _save(chat: Chat, argument: str) -> None:
    if not chat.conversation.exchanges:
        raise UsageError("nothing has been asked yet", "ask something first")
    if argument:
        chat.conversation = replace(chat.conversation, title=sanitise_line(argument)[:80])
    path = chat.store.save(chat.conversation)
    chat.console.note(chat.console.say("written", path=shortened(str(path))))


def _export(chat: Chat, argument: str) -> None:
    from qa.export import export

    if not chat.conversation.exchanges:
        raise UsageError("nothing has been asked yet", "ask something first")
    if len(argument) > 1 and argument[0] == argument[-1] and argument[0] in "\"'":
        argument = argument[1:-1]  # as a shell wants a name with spaces
    path = Path(argument or f"bronvast-{chat.conversation.id}.html").expanduser()
    export(path, chat.conversation, chat.library)
    chat.console.note(chat.console.say("written", path=shortened(str(path.absolute()))))


def _copy(chat: Chat, _: str) -> None:
    from qa.clipboard import copy
    from qa.export import as_text

    if chat.last_answer is None:
        raise UsageError("nothing has been asked yet", "ask something first")
    copy(chat.console, as_text(chat.last_answer, chat.console.say))
    chat.console.note(chat.console.say("copied"))


# The chat itself


def _status(chat: Chat, _: str) -> None:
    from qa.listing import show_counts

    console, say = chat.console, chat.console.say
    console.field(say("library"), shortened(chat.config.place))
    show_counts(console, chat.library.counts())
    model = chat.assembly().language_model
    console.field(say("language_model"), f"{model.name} ({model.backend})" if model else say("no_language_model"))
    console.field(say("filters"), chat.describe_filters() or say("none"))
    questions = say.count("questions", len(chat.conversation.exchanges))
    console.field(say("conversation"), f"{chat.conversation.title or '-'} ({questions})")


def _help(chat: Chat, _: str) -> None:
    say = chat.console.say
    for command in COMMANDS.values():
        argument = say(f"argument_{command.argument}") if command.argument else ""
        head = f"/{command.name} {argument}".rstrip()
        chat.console.paragraph(say(command.key), " " * 21, f"{head:<20} ")
    chat.console.write()
    chat.console.paragraph(say("keys"))


def _quit(_: Chat, __: str) -> bool:
    return False


COMMANDS: Final = {
    command.name: command
    for command in (
        SlashCommand("open", "number", _open),
        SlashCommand("sources", "", _sources),
        SlashCommand("why", "", _why),
        SlashCommand("search", "words", _search),
        SlashCommand("since", "date", _date_filter("since", last=False)),
        SlashCommand("until", "date", _date_filter("until", last=True)),
        SlashCommand("as-of", "date", _date_filter("as-of", last=True)),
        SlashCommand("source", "source", _source),
        SlashCommand("model", "model", _model),
        SlashCommand("new", "", _new),
        SlashCommand("sessions", "some_words", _sessions),
        SlashCommand("resume", "conversation", _resume),
        SlashCommand("save", "title", _save),
        SlashCommand("export", "file", _export),
        SlashCommand("copy", "", _copy),
        SlashCommand("status", "", _status),
        SlashCommand("help", "", _help),
        SlashCommand("quit", "", _quit),
    )
}
