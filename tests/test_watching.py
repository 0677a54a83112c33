"""Keeping folders in step, with the real program in a process of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event, Thread

import pytest

from embeddings.library import Library
from qa.cli import run
from qa.watching import settled_changes

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def news(tmp_path: Path) -> Path:
    folder = tmp_path / "news"
    folder.mkdir()
    (folder / "brug.txt").write_text("De brug bij Merwoude is dicht. Dat zegt de gemeente.\n")
    return folder


@pytest.fixture
def watched(news: Path, tmp_path: Path) -> Iterator[list[str]]:
    """What `settled_changes` reports of a folder, in the order in which it comes."""
    seen: list[str] = []
    stop = Event()

    def follow() -> None:
        for changed in settled_changes([str(news)], stop, ignored=str(news / "library")):
            seen.extend(sorted(changed))

    thread = Thread(target=follow)
    thread.start()
    _wait(lambda: seen == [str(news)])  # from now on the system watches it
    seen.clear()
    yield seen
    stop.set()
    thread.join(10)
    assert not thread.is_alive()


def _as_at_a_terminal() -> None:
    """Ctrl-C counts, also where the tests were started in the background, which has it ignored."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


def _wait(condition: Callable[[], bool], seconds: float = 20) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "it did not come about"
        time.sleep(0.05)


def test_a_file_counts_when_nothing_is_written_to_it_any_more(news: Path, watched: list[str]) -> None:
    seen = watched
    target = news / "traag.txt"
    for number in range(6):
        with target.open("a") as stream:
            stream.write(f"Zin {number}.\n")
        time.sleep(0.4)
        assert str(target) not in seen
    _wait(lambda: str(target) in seen)


def test_what_is_of_no_concern_is_not_reported(news: Path, watched: list[str]) -> None:
    seen = watched
    for name in (".verborgen.txt", "foto.jpg", ".git/a.txt", "library/a.txt"):
        (news / name).parent.mkdir(exist_ok=True)
        (news / name).write_text("x")
    (news / "wel.txt").write_text("x")
    _wait(lambda: str(news / "wel.txt") in seen)
    assert [Path(path).name for path in seen] == ["wel.txt"]


def test_a_folder_that_goes_and_comes_back(news: Path, watched: list[str]) -> None:
    seen = watched
    news.rename(news.with_name("weg"))
    _wait(lambda: str(news) in seen)
    seen.clear()
    news.with_name("weg").rename(news)
    _wait(lambda: str(news) in seen)
    (news / "nieuw.txt").write_text("Er is weer nieuws.")
    _wait(lambda: str(news / "nieuw.txt") in seen)


@pytest.mark.parametrize("by", [signal.SIGINT, pytest.param(signal.SIGTERM, marks=pytest.mark.long)])
def test_the_library_follows_until_it_is_stopped(
    news: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], by: signal.Signals
) -> None:
    library = str(tmp_path / "library")

    def titles() -> set[str]:
        capsys.readouterr()
        code = run(["--library", library, "list", "--json"])
        printed = capsys.readouterr().out
        return {Path(one["source"]).name for one in json.loads(printed)["articles"]} if code == 0 else set()

    command = [sys.executable, "-m", "qa.cli", "--library", library, "watch", str(news)]
    with subprocess.Popen(
        command, cwd=ROOT, env=dict(os.environ), stdout=-1, stderr=-1, preexec_fn=_as_at_a_terminal
    ) as process:
        try:
            _wait(lambda: titles() == {"brug.txt"} or process.poll() is not None, 60)
            (news / "pont.txt").write_text("De pont bij Sluiskerke vaart niet. Dat zegt de rederij.\n")
            _wait(lambda: titles() == {"brug.txt", "pont.txt"})
            (news / "brug.txt").unlink()
            _wait(lambda: titles() == {"pont.txt"})
            # Others may write in between, once the watch has let go of what it has just written.
            _wait(lambda: run(["--library", library, "remove", str(news / "pont.txt")]) == 0)
            process.send_signal(by)
            out, err = process.communicate(timeout=10)
        finally:
            process.kill()
    assert process.returncode == 0, err
    assert b"Traceback" not in err and err.rstrip().endswith(b"Stopped; what was read stays.")
    assert [line.split(b"  ", 1)[1] for line in out.splitlines()] == [b"1 added", b"1 added", b"1 removed"]


def test_what_cannot_be_watched_is_refused_in_one_line(
    news: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    library = ["--library", str(tmp_path / "library")]
    assert run([*library, "watch", str(news / "brug.txt")]) == 2
    assert capsys.readouterr().err.endswith("brug.txt is not a folder; watch the folder that it lies in\n")
    for name, complaint in (
        (str(news / "weg"), f"there is no folder {news / 'weg'}; check the path\n"),
        ("https://krant.example/", "is not a folder; follow it with: bronvast add https://krant.example/\n"),
    ):
        assert run([*library, "watch", name]) == 2
        assert capsys.readouterr().err.endswith(complaint)
    assert not (tmp_path / "library").exists()
    assert run([*library, "watch"]) == 6
    assert capsys.readouterr().err.startswith("bronvast: there is no library")
    Library.open(tmp_path / "library", create=True).close()
    assert run([*library, "watch"]) == 2
    assert capsys.readouterr().err == "bronvast: no folder is followed yet; name one: bronvast watch FOLDER\n"


def test_sync_of_a_library_that_follows_nothing_says_what_to_type(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Library.open(tmp_path / "library", create=True).close()
    assert run(["--library", str(tmp_path / "library"), "sync"]) == 0
    assert capsys.readouterr().err.splitlines()[-1] == (
        "Nothing is followed yet; first add folders or files: bronvast add FOLDER"
    )
