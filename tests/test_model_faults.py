"""Whatever a model server does wrong, asking once and chatting end in one line, with what could be saved (L3)."""

import io
import json
import shutil
import signal
import sys
import time

import pytest
from ollama_double import ANSWER_FAULTS, STREAM_FAULTS, OllamaDouble

from qa.cli import run
from qa.language_models.ollama_server import OllamaServer

BRUG = "De gemeente Nijmegen bouwt een brug over de Waal. De brug kost 45 miljoen euro. De brug is in 2027 klaar."
QUESTION = "Hoeveel kost de brug van Nijmegen?"
REPLY = ("De brug kost 45 miljoen euro. [1]\n", "De brug is in 2027 ", "klaar. [2]\n")
QUOTED = "De brug kost 45 miljoen euro."

SLOW = 60.0
"""Seconds that a slow fault takes; who does not wait for its end is through in a few, also on a busy machine."""

# What a fault is called on stderr and what is advised, by when it shows: before there is a model to ask, before the
# first word, after it.
CHOOSING = {
    "refused": ("no answer from Ollama at 127.0.0.1:", "start it with `ollama serve`"),
    "wrong host": ("the model server 192.0.2.1 is not on this machine", "allow it explicitly with --allow-remote"),
    "html": ("did not answer as a language model server does", "check that the address is that of the model server"),
    "redirect": ("sends requests on to another address, which is not followed", "give the address of the model server"),
}
BEFORE = {
    "down": ("no answer from Ollama at 127.0.0.1:", "start it with `ollama serve`"),
    "404": ("Ollama has no model qwen2.5:3b", "fetch it with `ollama pull qwen2.5:3b`"),
    "400 context": ("the prompt is too long for the model", "a smaller --top-k"),
    "429": ("has too many requests", "wait a moment and ask again"),
    "500 memory": ("has too little memory for the model", "choose a smaller model"),
    "503": ("is busy or still loading the model", "wait a moment and ask again"),
    "empty body": ("stopped coming before the model said that it was finished", "ask again"),
    "slow first token": ("was silent for 0.4 seconds", "try a smaller model"),
}
AFTER = {
    "bad json line": ("did not answer as a language model server does", "check that the address"),
    "error mid-stream": ("stopped: an error was encountered while running the model", "ask again"),
    "eof without done": ("stopped coming before the model said that it was finished", ""),
    "reset": ("broke off", "ask again, or restart the server"),
    "stall": ("was silent for 0.4 seconds", "try a smaller model"),
    "huge line": ("sent a line of more than a megabyte", "check that it is a language model server"),
}


@pytest.fixture(scope="module")
def filled(tmp_path_factory):
    folder = tmp_path_factory.mktemp("faults")
    (folder / "brug.txt").write_text(BRUG, encoding="utf-8")
    assert run(["--quiet", "--library", str(folder / "library"), "add", str(folder / "brug.txt")]) == 0
    return folder / "library"


@pytest.fixture(autouse=True)
def library(filled, tmp_path, monkeypatch):
    shutil.copytree(filled, tmp_path / "library")
    monkeypatch.setenv("BRONVAST_LIBRARY", str(tmp_path / "library"))
    monkeypatch.setitem(OllamaServer.__init__.__kwdefaults__, "idle_seconds", 0.4)
    saved = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGHUP)}
    yield
    for number, handler in saved.items():
        signal.signal(number, handler)


class Failing:
    """The double with a fault that can be mended, also where the fault is that it is not there."""

    def __init__(self, fault):
        self.fault = fault
        self.double = OllamaDouble(
            fault=fault if fault in ANSWER_FAULTS + STREAM_FAULTS else "", reply=REPLY, seconds=SLOW
        )
        self.url = self.double.url
        self.port = int(self.url.rsplit(":", 1)[1])

    def __enter__(self):
        self.double.__enter__()
        if self.fault == "refused":
            self.stop()
        return self

    def __exit__(self, *_):
        self.stop()

    @property
    def address(self):
        return "http://192.0.2.1:11434" if self.fault == "wrong host" else self.url

    def stop(self):
        if self.double is not None:
            self.double.__exit__()
            self.double = None

    def mend(self):
        if self.double is None:
            self.double = OllamaDouble(reply=REPLY, port=self.port).__enter__()
        self.double.fault = ""


def vanish_when_asked(server, monkeypatch):
    """Stop the server between its being chosen and its being asked."""
    stream = OllamaServer.events

    def events(self, *given):
        if server.fault == "down":
            server.fault = "was down"
            server.stop()
        return stream(self, *given)

    monkeypatch.setattr(OllamaServer, "events", events)


def expectation(fault):
    return {**CHOOSING, **BEFORE, **AFTER}[fault]


def test_there_are_eighteen_of_them():
    faults = [*CHOOSING, *BEFORE, *AFTER]
    assert len(faults) == len(set(faults)) == 18
    assert set(ANSWER_FAULTS + STREAM_FAULTS) <= set(faults)


def the_line(text, fault):
    """The one line on stderr that says what is wrong, which holds cause and remedy."""
    assert "Traceback" not in text
    cause, remedy = expectation(fault)
    (line,) = [line for line in text.splitlines() if cause in line]
    assert remedy in line
    return line


@pytest.mark.parametrize("fault", [*CHOOSING, *BEFORE, *AFTER])
def test_asking_once(fault, capsys, monkeypatch):
    with Failing(fault) as server:
        vanish_when_asked(server, monkeypatch)
        began = time.monotonic()
        code = run(["ask", "--llm", "ollama", "--base-url", server.address, QUESTION])
        seconds = time.monotonic() - began
    out, err = capsys.readouterr()
    the_line(err, fault)
    assert seconds < SLOW / 2
    if fault in CHOOSING:
        assert (code, out) == (5, "")
    elif fault in BEFORE:
        assert code == 5  # a model was demanded; what can be had without one is shown all the same
        assert out.startswith(f"{QUOTED} [1]\n") and "broke off" not in out
    else:
        assert code == 4
        text, broke_off, *_ = out.splitlines()
        whole = fault == "eof without done"  # all that was missing is the server's word that this was all
        assert text == f"{QUOTED} [1]" + (" De brug is in 2027 klaar. [2]" if whole else "")
        assert broke_off == "The answer broke off before it was finished."


@pytest.mark.parametrize("fault", ["down", "500 memory", "stall"])
def test_in_json(fault, capsys, monkeypatch):
    with Failing(fault) as server:
        vanish_when_asked(server, monkeypatch)
        run(["ask", "--json", "--llm", "ollama", "--base-url", server.address, QUESTION])
    answer = json.loads(capsys.readouterr().out)
    assert expectation(fault)[0] in answer["llm"]["problem"]
    written = fault in AFTER
    assert answer["llm"]["done_reason"] == ("aborted" if written else "failed")
    assert answer["llm"]["composed_by"] == ("ollama" if written else "none")
    assert (answer["complete"], answer["status"]) == ((False, "partial") if written else (True, "answered"))


@pytest.mark.parametrize("fault", ["down", "404", "500 memory"])
def test_where_no_model_was_demanded_sentences_take_its_place(fault, capsys, monkeypatch):
    with Failing(fault) as server:
        vanish_when_asked(server, monkeypatch)
        code = run(["ask", "--llm", "auto", "--base-url", server.address, QUESTION])
    out, err = capsys.readouterr()
    assert code == 0 and out.startswith(f"{QUOTED} [1]\n")
    assert "language model: " in the_line(err, fault)


@pytest.mark.parametrize("fault", [*CHOOSING, *BEFORE, *AFTER])
def test_in_a_chat_the_next_question_works(fault, capsys, monkeypatch):
    with Failing(fault) as server:
        vanish_when_asked(server, monkeypatch)

        class Typing(io.StringIO):
            """Asks, mends the server when it is done with the answer, asks again."""

            asked = 0

            def readline(self, *_):
                self.asked += 1
                if self.asked == 2:
                    server.mend()
                return f"{QUESTION}\n" if self.asked < 3 else ""

        monkeypatch.setattr(sys, "stdin", Typing())
        assert run(["chat", "--llm", "ollama", "--base-url", server.address]) == 0
    out, err = capsys.readouterr()
    the_line(err, fault) if fault != "wrong host" else None
    first, second = out.split(f"> {QUESTION}")[1:]
    if fault in CHOOSING:
        assert QUOTED not in first
    else:
        assert QUOTED in first
        assert ("The answer broke off" in first) == (fault in AFTER)
    if fault == "wrong host":  # no fault of a server, and stays refused
        assert err.count(expectation(fault)[0]) == 2 and QUOTED not in second
    else:
        assert second.lstrip().startswith(f"{QUOTED} [1] De brug is in 2027 klaar. [2]\n")
        assert "broke off" not in second
