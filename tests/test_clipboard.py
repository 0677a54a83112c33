import base64
import io

import pytest

from qa.clipboard import copy
from qa.console import Console
from qa.errors import UsageError
from qa.messages import Messages


class Terminal(io.StringIO):
    def isatty(self):
        return True


def console(out, **options):
    return Console(Messages("en"), out=out, err=io.StringIO(), **options)


@pytest.fixture(autouse=True)
def no_desktop(monkeypatch):
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.setenv("TERM", "xterm")


def program(monkeypatch, tmp_path, status=0):
    """A stand-in for the desktop's clipboard program; returns the file that it fills."""
    copied = tmp_path / "copied"
    for name in ("wl-copy", "xclip"):
        (tmp_path / name).write_text(f'#!/bin/sh\necho "$0" "$@" > {copied}\ncat >> {copied}\nexit {status}\n')
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    return copied


def test_the_desktops_own_program_is_used(monkeypatch, tmp_path):
    copied = program(monkeypatch, tmp_path)
    monkeypatch.setenv("DISPLAY", ":0")
    out = Terminal()
    copy(console(out), "Roemenië [1]\n")
    assert copied.read_text() == f"{tmp_path}/xclip -selection clipboard\nRoemenië [1]\n"
    monkeypatch.setenv("WAYLAND_DISPLAY", "wayland-0")
    copy(console(out), "x")
    assert copied.read_text() == f"{tmp_path}/wl-copy\nx"
    assert out.getvalue() == ""


def test_without_one_the_terminal_is_asked(monkeypatch, tmp_path):
    out = Terminal()
    copy(console(out), "Roemenië")
    encoded = base64.b64encode("Roemenië".encode()).decode()
    assert out.getvalue() == f"\x1b]52;c;{encoded}\x07"
    program(monkeypatch, tmp_path, status=1)
    monkeypatch.setenv("DISPLAY", ":0")
    copy(console(out), "x")
    assert out.getvalue().endswith("\x1b]52;c;eA==\x07")


def test_without_either_it_is_refused():
    for target in (console(io.StringIO()), console(Terminal(), plain=True)):
        with pytest.raises(UsageError, match="there is no clipboard"):
            copy(target, "x")
