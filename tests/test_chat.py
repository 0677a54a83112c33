"""The chat, as transcripts: what is typed, what is shown, what is kept."""

import io
import json
import signal
import stat
import sys
import threading
from dataclasses import replace

import pytest

from embeddings.records import Article, Filters, PublicationDate
from embeddings.store import Counts
from qa.answer import Answer, AnswerSentence, Citation
from qa.asked_text import LONGEST
from qa.assembly import Assembly
from qa.chat import Chat
from qa.config import load_config
from qa.console import Console
from qa.errors import LanguageModelError, ModelUnavailable, UsageError
from qa.line_input import EditedLines, history_path
from qa.messages import Messages
from qa.pager import page_article
from qa.sessions import SessionStore
from qa.slash_commands import COMMANDS, completions, execute

ARTICLE = Article(
    text="Nieuws uit het oosten\n\nDuizend militairen gaan naar Roemenië. Zij vertrekken vrijdag.",
    source="/archief/troepen.txt",
    title="Troepen naar het oosten",
    published=PublicationDate("2022-02-02", "text"),
    publisher="Bode",
)


def citation(quote):
    start = ARTICLE.text.index(quote)
    return Citation(
        1, ARTICLE.id, ARTICLE.title, ARTICLE.source, "Bode", "2022-02-02", start, start + len(quote), quote,
        ARTICLE.sha256,
    )  # fmt: skip


class Shelf:
    """A library of one article, as far as the chat looks at it."""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        return None

    def close(self):
        return None

    def counts(self):
        return Counts(articles=1, passages=1, sentences=2, publishers=(("Bode", 1),))

    def article(self, article_id):
        return ARTICLE if article_id == ARTICLE.id else None


class Parrot:
    """Answers from the one article, except about Polen, and remembers what it was asked."""

    def __init__(self):
        self.asked = []
        self.interrupt = False

    def close(self):
        pass

    def ask(self, question, *, history, filters, top_k, show_unverified, on_sentence, on_status):
        self.asked.append((question, len(history), filters, top_k, show_unverified))
        on_status("searching")
        made = Answer(question, question, "nl", "abstained", passages_considered=9, passages_used=2)
        if "Polen" in question:
            return replace(
                made,
                reason="no_evidence",
                message="Nee.",
                standalone_question="Hoeveel naar Polen?",
            )
        sentence = AnswerSentence("Er gaan duizend militairen.", (1,))
        cited = citation("Duizend militairen gaan naar Roemenië.")
        if on_sentence:
            on_sentence(sentence, (cited,))
        if self.interrupt:
            raise KeyboardInterrupt
        withheld = (AnswerSentence("Het kost 7 euro.", (), False, ("7 is not in the sources",)),)
        return replace(made, status="partial", sentences=(sentence,), citations=(cited,), withheld=withheld)


class Finder:
    def search(self, question, *, k=8, filters=None):
        class Nothing:
            hits = ()

        return Nothing()


@pytest.fixture
def parrot(monkeypatch):
    """The parts of the chat that others test, replaced."""
    answerer = Parrot()

    def build(config):
        return Assembly(config, Shelf(), None, Finder(), answerer, None, "quoting exact sentences")

    monkeypatch.setattr("qa.assembly.open_library", lambda _: Shelf())
    monkeypatch.setattr("qa.assembly.build", build)
    saved = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGHUP)}
    yield answerer
    for number, handler in saved.items():
        signal.signal(number, handler)


def chat(monkeypatch, *lines, language="nl", out=None, run=None, **flags):
    """Type some lines; returns the chat, stdout and stderr."""
    monkeypatch.setattr(sys, "stdin", io.StringIO("".join(line + "\n" for line in lines)))
    out, err = out or io.StringIO(), io.StringIO()
    made = Chat(load_config(flags), Console(Messages(language), out=out, err=err), Filters())
    assert made.run(**(run or {})) == 0
    return made, out.getvalue(), err.getvalue()


ANSWER = (
    "Er gaan duizend militairen. [1]\n"
    "1 zin is weggelaten omdat geen bron hem volledig dekt. /why zegt wat en waarom.\n"
    "\n"
    "Bronnen\n"
    "[1] Troepen naar het oosten\n"
    "    Bode · 2 februari 2022 · /archief/troepen.txt 23:61\n"
    "    “Duizend militairen gaan naar Roemenië.”\n"
)


def test_a_whole_conversation(parrot, monkeypatch):
    _, out, err = chat(
        monkeypatch, "Hoeveel gaan er?", "", "/open 1", "/why", "En naar Polen?", "/since 2022-02",
        "/sources", "Nog eens?", "/quit", "niet meer",
    )  # fmt: skip
    assert out == (
        f"> Hoeveel gaan er?\n{ANSWER}\n"
        "> /open 1\n"
        "Troepen naar het oosten\nBode · 2 februari 2022 · /archief/troepen.txt\n" + ARTICLE.id + "\n\n"
        "Nieuws uit het oosten\n\n⟦Duizend militairen gaan naar Roemenië.⟧ Zij vertrekken vrijdag.\n\n"
        "> /why\n- Het kost 7 euro.\n  → 7 is not in the sources\n\n"
        "> En naar Polen?\nNee.\nOpgevat als: Hoeveel naar Polen?\n\n"
        "> /since 2022-02\n\n"
        "> /sources\n\n"
        f"> Nog eens?\n{ANSWER}\n"
        "> /quit\n"
    )
    assert err == (
        "bronvast · 1 artikel · /help toont de opdrachten, Ctrl-D sluit af\n"
        "quoting exact sentences\n"
        "2 van 9 bekeken passages gebruikt, in 0,0 s.\n"
        "vanaf 1 februari 2022\n"
        "Het laatste antwoord heeft geen bronnen.\n"
    )
    assert [(asked[0], asked[1], bool(asked[2])) for asked in parrot.asked] == [
        ("Hoeveel gaan er?", 0, False),
        ("En naar Polen?", 1, False),
        ("Nog eens?", 2, True),
    ]


def test_why_names_every_reason_in_words(parrot, monkeypatch):
    from typing import get_args

    from qa.checks import Problem, ProblemKind

    problems = [str(Problem(kind, "7 euro")) for kind in get_args(ProblemKind)] + ["beside the question"]
    made, _, _ = chat(monkeypatch, "Hoeveel gaan er?")
    draft = AnswerSentence("Het kost 7 euro.", (), False, tuple(problems))
    answer = replace(made.last_answer, withheld=(), discarded=(draft,))
    made.conversation = made.conversation.with_answer(answer)
    for language, number in (
        ("nl", "  → getal dat niet in de bronnen staat: 7 euro"),
        ("en", "a number that is not in"),
    ):
        made.console = Console(Messages(language), out=io.StringIO(), err=io.StringIO())
        execute(made, "/why")
        shown = made.console.out.getvalue()
        assert number in shown
        assert shown.count("  → ") == len(problems)
        assert not [line for line in shown.splitlines() if "_" in line]
    assert "quoted themselves:\n- Het kost 7 euro.\n" in shown


def test_what_is_no_question_or_too_long_a_one_is_not_asked(parrot, monkeypatch):
    _, _, err = chat(monkeypatch, "???", "/search !", "x" * (LONGEST + 1), "x" * LONGEST)
    assert [question for question, *_ in parrot.asked] == ["x" * LONGEST]
    assert err.count("er is geen vraag; stel een vraag") == 2
    assert "de vraag is 4001 tekens lang en mag er 4000 hebben; maak haar korter" in err


def test_a_conversation_is_kept_and_taken_up_again(parrot, monkeypatch, isolated_user):
    first, _, _ = chat(monkeypatch, "Hoeveel gaan er?")
    store = SessionStore(isolated_user / "library")
    assert [one.id for one in store.all()] == [first.conversation.id]
    for run in ({"latest": True}, {"session_id": first.conversation.id[:10]}):
        again, out, err = chat(monkeypatch, "/open 1", run=run)
        assert again.conversation == first.conversation
        assert out.startswith(f"> Hoeveel gaan er?\n{ANSWER}\n> /open 1\nTroepen")
        assert "Verder met “Hoeveel gaan er?” (1 vraag)" in err
    chat(monkeypatch, "En nu?", run={"latest": True})
    assert parrot.asked[-1][:2] == ("En nu?", 1)
    assert len(store.latest().exchanges) == 2
    with pytest.raises(UsageError, match="there is no conversation zzz"):
        chat(monkeypatch, run={"session_id": "zzz"})


def test_several_conversations(parrot, monkeypatch, tmp_path):
    export = tmp_path / "gesprek.json"
    made, out, err = chat(
        monkeypatch, "/save leeg", "Hoeveel gaan er?", "/save Troepen", "/new", "Iets anders?", "/sessions",
        "/sessions troepen", "/resume 1", f'/export "{export}"',
    )  # fmt: skip
    assert made.conversation.title == "Troepen"
    assert json.loads(export.read_text())["id"] == made.conversation.id
    listed = out[out.index("> /sessions\n") : out.index("> /sessions troepen")]
    assert "er is nog niets gevraagd; stel eerst een vraag" in err
    assert listed.count("(20") == 2
    assert "1. Iets anders? (" in listed
    assert "2. Troepen (" in listed
    assert "Een nieuw gesprek." in err
    assert f"Geschreven: {export}" in err
    usual = export.with_name("gewoon")
    usual.touch()
    assert export.stat().st_mode == usual.stat().st_mode


def test_ctrl_c_stops_the_answer_and_not_the_chat(parrot, monkeypatch):
    parrot.interrupt = True
    made, _, err = chat(monkeypatch, "Hoeveel gaan er?")
    assert err.endswith("Gestopt.\n")
    assert made.conversation.exchanges == ()
    parrot.interrupt = False
    made, _, _ = chat(monkeypatch, "Hoeveel gaan er?", "Nog eens?")
    assert len(made.conversation.exchanges) == 2


def test_what_goes_wrong_is_said_and_the_chat_goes_on(parrot, monkeypatch):
    _, out, err = chat(
        monkeypatch, "/opne 1", "/open 7", "/why", "/since gisteren", "/resume", "/copy", "/search",
        "/export x.pdf", "Hoeveel gaan er?", "/open 7", "/export x.pdf", "/search iets",
    )  # fmt: skip
    assert err.splitlines()[1:] == [
        "er is geen opdracht /opne; bedoelde u /open",
        "er is geen bron 7; stel eerst een vraag",
        "er is nog niets gevraagd; stel eerst een vraag",
        "/since gisteren is geen datum; schrijf JJJJ, JJJJ-MM of JJJJ-MM-DD",
        "er is nog geen gesprek bewaard; stel eerst een vraag",
        "er is nog niets gevraagd; stel eerst een vraag",
        "er is niets om naar te zoeken; typ /search WOORDEN",
        "er is nog niets gevraagd; stel eerst een vraag",
        "quoting exact sentences",
        "er is geen bron 7; noem een van 1",
        "x.pdf heeft geen bekende uitgang; laat het eindigen op .md, .html of .json",
        "Niets gevonden.",
    ]
    assert ANSWER in out


def test_a_conversation_that_cannot_be_kept_is_said_once(parrot, monkeypatch, isolated_user):
    (isolated_user / "library").write_text("in the way")
    _, out, err = chat(monkeypatch, "Hoeveel gaan er?", "Nog eens?")
    assert out.count(ANSWER) == 2
    assert err.count("het gesprek kan niet bewaard worden in") == 1


def test_a_model_that_is_not_there_leaves_the_chat_as_it_was(parrot, monkeypatch):
    def refuse(config):
        raise ModelUnavailable(f"there is no model {config.model}", "pull it")

    monkeypatch.setattr("qa.assembly.choose_language_model", refuse)
    made, _, err = chat(monkeypatch, "/model ollama groot", "Hoeveel gaan er?")
    assert "there is no model groot; pull it" in err
    assert (made.config.llm, made.config.model) == ("auto", "")
    assert len(made.conversation.exchanges) == 1


def test_models_that_cannot_be_loaded_are_said_at_the_first_question(parrot, monkeypatch):
    def fail(_):
        raise LanguageModelError("no model", "get one")

    monkeypatch.setattr("qa.assembly.build", fail)
    _, out, err = chat(monkeypatch, "/help", "Hoeveel gaan er?", "/help")
    assert err.count("no model; get one") == 1
    assert out.count("> /help") == 2


def test_filters_are_set_and_taken_away(parrot, monkeypatch):
    made, _, err = chat(monkeypatch, "/until 2022", "/as-of 2022-02", "/source Bode", "/since", "/until")
    assert made.describe_filters() == "zoals bekend op 28 februari 2022, alleen Bode"
    assert "tot en met 31 december 2022, zoals bekend op 28 februari 2022, alleen Bode\n" in err
    execute(made, "/as-of")
    execute(made, "/source")
    assert made.filters == Filters()


def test_every_command_is_explained_in_both_languages(parrot, monkeypatch):
    for language in ("nl", "en"):
        _, out, _ = chat(monkeypatch, "/help", language=language)
        for name, command in COMMANDS.items():
            assert f"/{name}" in out
            assert Messages(language)(command.key) in out


def test_completion(parrot, monkeypatch):
    made, _, _ = chat(monkeypatch, "Hoeveel gaan er?")

    def offered(text):
        return [(completion, length) for completion, _, length in completions(made, text)]

    assert offered("/se") == [("/search ", 3), ("/sessions ", 3)]
    assert offered("/q") == [("/quit", 2)]
    assert offered("/open ") == [("1", 0)]
    assert offered("/source b") == [("Bode", 1)]
    assert offered("/model o") == [("ollama", 1), ("openai", 1)]
    assert offered("/resume ") == [(made.conversation.id, 0)]
    assert offered("Hoe") == offered("/help x") == []


def test_the_status_line(parrot, monkeypatch):
    made, _, _ = chat(monkeypatch, "Hoeveel gaan er?", "/source Bode")
    assert made.toolbar() == "library · letterlijke zinnen · alleen Bode"


def test_the_prompt_does_not_wait_for_the_models(parrot, monkeypatch):
    gate = threading.Event()

    def build(config):
        gate.wait(20)
        return Assembly(config, Shelf(), None, Finder(), parrot, None, "")

    monkeypatch.setattr("qa.assembly.build", build)

    class Lines(io.StringIO):
        def readline(self, *_):
            line = super().readline()
            if line.startswith("Hoeveel"):
                gate.set()
            return line

    monkeypatch.setattr(sys, "stdin", Lines("/help\nHoeveel gaan er?\n"))
    out = io.StringIO()
    made = Chat(load_config({}), Console(Messages("nl"), out=out, err=io.StringIO()), Filters())
    assert made.run() == 0
    assert ANSWER in out.getvalue()


def test_the_pager_is_opened_at_the_citation(parrot, monkeypatch, tmp_path):
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    seen = tmp_path / "seen"
    pager = tmp_path / "less"
    pager.write_text(f'#!/bin/sh\necho "$@ $LESSSECURE" > {seen}\ncat >> {seen}\n')
    pager.chmod(0o755)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("PAGER", str(pager))
    long = replace(ARTICLE, text="\n".join(["regel"] * 30) + "\nHier staat het.\n\x1b[2J")
    start = long.text.index("Hier")
    page_article(Console(Messages("nl"), out=Terminal(), err=io.StringIO()), long, (start, start + 15))
    head, *lines = seen.read_text().split("\n")
    assert head == "-R +30g 1"
    assert lines[33] == "\x1b[7mHier\x1b[0m\x1b[7m staat\x1b[0m\x1b[7m het.\x1b[0m"
    assert lines[34] == "␛[2J"


def test_edited_lines_complete_keep_a_private_history_and_end(tmp_path):
    from prompt_toolkit.application import create_app_session
    from prompt_toolkit.input import create_pipe_input
    from prompt_toolkit.output import DummyOutput

    history, shown = history_path(), []
    with create_pipe_input() as typed, create_app_session(input=typed, output=DummyOutput()):
        lines = EditedLines(
            lambda: "status", lambda: shown.append(1), lambda text: [("/help", "", len(text))], "emacs", history
        )
        assert shown == []
        buffer = lines._session.default_buffer

        def confirm(_):  # once it has been completed, however long that takes
            if buffer.text == "/help":
                buffer.on_text_changed -= confirm
                typed.send_text("\r")

        buffer.on_text_changed += confirm
        typed.send_text("/h\t")
        assert lines.read() == "/help"
        typed.send_text("een\x1b\rtwee\r")
        assert lines.read() == "een\ntwee"
        typed.send_text("weg\x03")
        with pytest.raises(KeyboardInterrupt):
            lines.read()
        typed.send_text("\x10\x10\x10\r")
        assert lines.read() == "/help"
        typed.send_text("\x04")
        with pytest.raises(EOFError):
            lines.read()
    assert shown == [1]
    assert stat.S_IMODE(history.stat().st_mode) == 0o600
    assert "+/help" in history.read_text()
