"""Ctrl-C, SIGTERM and a closed pipe at any moment: it stops at once, quietly, and leaves all as it was (L4)."""

import hashlib
import os
import pty
import random
import select
import signal
import subprocess
import sys
import termios
import time
from pathlib import Path

import pytest
from figures import note
from ollama_double import OllamaDouble

from qa.cli import run

ROOT = Path(__file__).resolve().parent.parent
QUESTION = "Hoeveel kost de brug van Nijmegen?"
REPLY = ("De brug kost 45 miljoen euro. [1] ", *("De brug ", "is in 2027 ", "klaar. [2] ") * 40)
PATIENCE = 20.0  # seconds; stopping takes milliseconds, but the machine may be busy


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    folder = tmp_path_factory.mktemp("interrupted")
    text = "De gemeente Nijmegen bouwt een brug over de Waal. De brug kost 45 miljoen euro. De brug is in 2027 klaar."
    (folder / "brug.txt").write_text(text, encoding="utf-8")
    assert run(["--quiet", "--library", str(folder / "library"), "add", str(folder / "brug.txt")]) == 0
    return folder / "library"


@pytest.fixture
def double():
    with OllamaDouble(reply=REPLY) as made:
        made.delay = 0.03
        yield made


def command(library, double, *arguments):
    return [
        sys.executable, "-m", "qa.cli", "--library", str(library), *arguments, "--llm", "ollama", "--base-url", double.url,
    ]  # fmt: skip


def fingerprint(library):
    """Of the database: asking changes nothing in it."""
    return hashlib.sha256((library / "library.db").read_bytes()).hexdigest()


def heed_interrupts():
    """A process started in the background of a script, as these tests may be, ignores Ctrl-C, and so do its children."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


class Terminal:
    """A chat in a pseudo-terminal."""

    def __init__(self, words):
        self.pid, self.end = pty.fork()
        if self.pid == 0:
            heed_interrupts()
            os.chdir(ROOT)
            os.environ.update(TERM="xterm", COLUMNS="80", LINES="24")
            os.execv(words[0], words)
        self.seen = b""

    def until(self, wanted, seconds=60.0):
        deadline = time.monotonic() + seconds
        while wanted not in self.seen:
            assert time.monotonic() < deadline, self.seen
            if select.select([self.end], [], [], 0.1)[0]:
                self.seen += os.read(self.end, 65536)
        before, _, self.seen = self.seen.partition(wanted)
        return before

    def type(self, keys):
        os.write(self.end, keys)


def interrupted_chat(library, double, times, seed):
    chance = random.Random(seed)
    before = fingerprint(library)
    chat = Terminal(command(library, double, "chat", "--plain"))
    chat.until(b"> ")
    modes = termios.tcgetattr(chat.end)
    # The models load with the first question, which is therefore let through.
    chat.type(QUESTION.encode() + b"\n")
    chat.until(b"Sources")
    chat.until(b"\n> ")
    slowest = 0.0
    for number in range(times):
        asked = len(double.bodies("/api/chat"))
        chat.type(QUESTION.encode() + b"\n")
        deadline = time.monotonic() + PATIENCE
        # Every other time not before the model has been asked, however long a busy machine takes to get there.
        while number % 2 and len(double.bodies("/api/chat")) == asked:
            assert time.monotonic() < deadline
            time.sleep(0.01)
        time.sleep(chance.uniform(0.0, 1.2))
        began = time.monotonic()
        chat.type(b"\x03")
        assert b"Sources" not in chat.until(b"> ", PATIENCE)  # the whole answer takes longer than that to come
        slowest = max(slowest, time.monotonic() - began)
        assert slowest < PATIENCE
        time.sleep(0.05)
        chat.type(b"\n")
        chat.until(b"> ", PATIENCE)
    assert double.disconnected.wait(PATIENCE)
    assert termios.tcgetattr(chat.end)[3] & termios.ECHO == modes[3] & termios.ECHO
    double.delay = 0.0
    chat.type(QUESTION.encode() + b"\n")
    text = chat.until(b"Sources")
    assert b"De brug kost 45 miljoen euro. [1]" in text and b"Traceback" not in text
    chat.type(b"/quit\n")
    _, status = os.waitpid(chat.pid, 0)
    os.close(chat.end)
    assert os.waitstatus_to_exitcode(status) == 0
    assert fingerprint(library) == before
    return slowest


def test_ctrl_c_in_a_chat_stops_the_answer_at_any_moment_and_the_next_question_works(library, double):
    interrupted_chat(library, double, 17, seed=1)


@pytest.mark.long
def test_ctrl_c_at_a_hundred_moments(library, double):
    slowest = interrupted_chat(library, double, 100, seed=2)
    note("L4 chat", moments=100, slowest_seconds=round(slowest, 3))


def interrupted_ask(library, double, number, moment):
    before = fingerprint(library)
    asking = subprocess.Popen(
        command(library, double, "ask", QUESTION),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=ROOT,
        preexec_fn=heed_interrupts,
    )
    deadline = time.monotonic() + 60
    while not double.bodies("/api/chat"):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    time.sleep(moment)
    if number == signal.SIGPIPE:
        began = time.monotonic()
        asking.stdout.close()
        double.delay = 0.0  # it notices when it has something to write
        err = asking.stderr.read()
        asking.stderr.close()
    else:
        began = time.monotonic()
        asking.send_signal(number)
        _, err = asking.communicate(timeout=PATIENCE)
        assert double.disconnected.wait(PATIENCE)
    code = asking.wait(timeout=PATIENCE)
    seconds = time.monotonic() - began
    assert b"Traceback" not in err and b"Error" not in err
    assert fingerprint(library) == before
    return code, err, seconds


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGPIPE])
def test_a_question_that_is_stopped_ends_quietly_and_the_server_sees_it(number, library, double):
    code, err, _ = interrupted_ask(library, double, number, 0.3)
    assert code in {signal.SIGINT: (130,), signal.SIGTERM: (-15, 143), signal.SIGPIPE: (0, 4, 141)}[number], err


@pytest.mark.long
@pytest.mark.parametrize("part", range(30))
def test_so_at_random_moments(part, library):
    chance = random.Random(part)
    with OllamaDouble(reply=REPLY) as double:
        double.delay = 0.03
        number = chance.choice((signal.SIGINT, signal.SIGTERM, signal.SIGPIPE))
        code, _, seconds = interrupted_ask(library, double, number, chance.uniform(0, 2))
    note("L4 ask", signal=number.name, code=code, seconds=round(seconds, 3))
