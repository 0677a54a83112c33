"""Every command that the README and the guide show is run, and prints what they say it prints.

A block marked `console` is a session in one terminal: `$ ` begins a command, what follows is what it prints, `…` stands
for anything. Lines that begin with `> ` behind a chat are typed. It runs over the sample articles, in a terminal of 88
columns, with English messages, and without a language model unless the command names one.
"""

import fcntl
import os
import re
import shutil
import struct
import subprocess
import sys
import termios
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
DOCUMENTS = ["README.md", "docs/guide.md"]
BLOCK = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
ADDING = "bronvast add ~/articles"
SECONDS = 120


def steps(block):
    """Each command with the lines that it prints."""
    found = []
    for line in block.splitlines():
        if line.startswith("$ "):
            found.append((line[2:], []))
        else:
            found[-1][1].append(line)
    return [(command, "\n".join(printed).rstrip()) for command, printed in found]


def run_in_terminal(command, typed, environment, folder):
    """What a command shows in a terminal of 88 columns while its input comes from a file; and its exit code."""
    shown, terminal = os.openpty()
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 88, 0, 0))
    process = subprocess.Popen(
        ["/bin/sh", "-c", command],
        stdin=subprocess.PIPE,
        stdout=terminal,
        stderr=terminal,
        env=environment,
        cwd=folder,
        start_new_session=True,
    )
    os.close(terminal)
    process.stdin.write(typed.encode())
    process.stdin.close()
    pieces = []
    while True:
        try:
            piece = os.read(shown, 65536)
        except OSError:  # Linux ends a terminal with an error
            break
        if not piece:
            break
        pieces.append(piece)
    os.close(shown)
    code = process.wait(SECONDS)
    return b"".join(pieces).decode().replace("\r\n", "\n").rstrip(), code


def pattern(expected):
    return re.compile(".*?".join(map(re.escape, expected.split("…"))), re.DOTALL)


@pytest.fixture
def home(samples, monkeypatch):
    """The home with the sample articles, its default library as new."""
    library = samples / ".local" / "share" / "bronvast" / "library"
    shutil.rmtree(samples / ".local", ignore_errors=True)
    shutil.copytree(samples / "library", library)
    return samples


@pytest.mark.parametrize("document", DOCUMENTS)
def test_what_a_document_shows_is_what_is_printed(document, home, tmp_path):
    environment = {
        "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin",
        "HOME": str(home),
        "PYTHONPATH": str(ROOT),
        "BRONVAST_CACHE": os.environ["BRONVAST_CACHE"],
        "BRONVAST_LLM": "none",
        "OLLAMA_HOST": "127.0.0.1:9",
        "TERM": "dumb",
        "COLUMNS": "88",
        "LANG": "en_US.UTF-8",
        "PYTHONUTF8": "1",
        "TZ": "UTC",
    }
    blocks = BLOCK.findall((ROOT / document).read_text(encoding="utf-8"))
    assert blocks
    code = 0
    for block in blocks:
        for command, expected in steps(block):
            if command == ADDING:  # done once for all tests, by the real program
                printed, code = (home / "added.txt").read_text(encoding="utf-8").rstrip(), 0
            else:
                typed = "".join(line[2:] + "\n" for line in expected.splitlines() if line.startswith("> "))
                printed, code = run_in_terminal(f"(exit {code}); {command}", typed, environment, tmp_path)
            assert pattern(expected).fullmatch(printed), f"{document}: {command}\n{printed}"


def test_a_document_that_says_something_else_is_noticed():
    assert steps("$ a b\nx\ny\n$ c\n") == [("a b", "x\ny"), ("c", "")]
    assert pattern("1 … 3").fullmatch("1 2\n 3")
    assert not pattern("1 2").fullmatch("1 2 3")
    assert not pattern("a.c").fullmatch("abc")
