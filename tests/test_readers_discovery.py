"""Which files are read: regular ones in the folder itself, in a fixed order, and nothing that a link
reaches."""

from __future__ import annotations

import os
import socket
import sys
import time
from pathlib import Path

import pytest

from embeddings.library import Library
from qa.errors import ReadError
from qa.readers import read
from qa.readers.discovery import discover, source_of
from qa.sessions import Conversation, SessionStore
from tests.made_articles import MadeFingerprint, analyse
from tests.test_readers_archives import tar_of, zip_of


def _sources(*inputs: str) -> list[str]:
    return [found.source for found in discover(inputs) if not found.problem]


def test_folders_are_read_to_the_bottom_in_the_order_of_names(tmp_path: Path) -> None:
    for name in (
        "b/c.txt",
        "b/a.md",
        "a.txt",
        "b.txt",
        "b/d/x.html",
        ".hidden.txt",
        ".git/x.txt",
        "c/.b/y.txt",
    ):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("De brug is dicht.")
    found = [Path(source).relative_to(tmp_path).as_posix() for source in _sources(str(tmp_path))]
    assert found == ["a.txt", "b.txt", "b/a.md", "b/c.txt", "b/d/x.html"]
    assert _sources(str(tmp_path), str(tmp_path / "a.txt"), str(tmp_path)) == _sources(str(tmp_path))


def test_links_pipes_sockets_and_devices_are_passed_over(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret.txt").write_text("KANARIE")
    inside = tmp_path / "inside"
    (inside / "sub").mkdir(parents=True)
    (inside / "ok.txt").write_text("De brug is dicht.")
    (inside / "file-link.txt").symlink_to(outside / "secret.txt")
    (inside / "folder-link").symlink_to(outside)
    (inside / "loop").symlink_to(inside)
    (inside / "chain.txt").symlink_to(inside / "file-link.txt")
    (inside / "null.txt").symlink_to("/dev/zero")
    (inside / "up").symlink_to("..")
    os.mkfifo(inside / "pipe.txt")
    server = socket.socket(socket.AF_UNIX)
    previous = Path.cwd()
    os.chdir(inside)  # the path of a socket may be short only
    server.bind("socket.txt")
    os.chdir(previous)
    began = time.monotonic()
    found = list(discover([str(inside)]))
    server.close()
    assert time.monotonic() - began < 20  # reading the pipe or the device would never end
    assert [one.source for one in found if not one.problem] == [str(inside / "ok.txt")]
    passed_over = {Path(one.source).name: one.problem for one in found if one.problem}
    assert passed_over["pipe.txt"] == "not a file but a pipe"
    assert passed_over["socket.txt"] == "not a file but a socket"
    assert {passed_over[name] for name in ("file-link.txt", "folder-link", "loop", "chain.txt", "null.txt", "up")} == {
        "not a file but a link"
    }
    assert all(one.passed_over for one in found if one.problem)


def test_a_link_that_the_person_names_is_followed(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("De brug is dicht.")
    (tmp_path / "b.txt").symlink_to(tmp_path / "a.txt")
    assert _sources(str(tmp_path / "b.txt")) == [str(tmp_path / "b.txt")]


def test_what_is_named_and_cannot_be_read_has_a_reason(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    problems = [
        found.problem for found in discover([str(tmp_path / "none"), str(tmp_path / "pipe"), "ftp://x.example/a"])
    ]
    assert problems == [
        "no such file or folder; check the path",
        "not a file but a pipe",
        "not an http or https address; download it first",
    ]
    for name in ("none", "pipe", ""):
        with pytest.raises(ReadError):
            list(read(str(tmp_path / name)))
    with pytest.raises(ReadError):
        list(read("/dev/zero"))


def test_other_formats_are_passed_over_in_folders_and_read_as_text_by_name(tmp_path: Path) -> None:
    path = tmp_path / "artikel.brug"
    path.write_text("De brug is dicht. Echt waar.")
    (found,) = discover([str(tmp_path)])
    assert found.passed_over
    (named,) = discover([str(path)])
    assert not named.problem
    assert [article.text for article in read(named.path)] == ["De brug is dicht. Echt waar."]


def test_names_that_are_no_unicode_get_a_source_that_is(tmp_path: Path) -> None:
    path = os.path.join(os.fsencode(tmp_path), b"caf\xe9.txt")  # noqa: PTH118
    try:
        with open(path, "w") as file:  # noqa: PTH123
            file.write("De brug is dicht.")
    except OSError:  # a file system that allows Unicode names only has no such files
        return
    (found,) = discover([str(tmp_path)])
    assert found.source == f"{tmp_path}/caf\\xe9.txt"
    (article,) = read(found.path)
    assert article.source == source_of(found.path) == found.source
    article.source.encode("utf-8")


def test_i6_nothing_but_regular_files_is_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    outside, inside = tmp_path / "outside", tmp_path / "inside"
    (outside / "deep").mkdir(parents=True)
    (inside / ".hidden").mkdir(parents=True)
    for path in (outside / "secret.txt", outside / "deep" / "secret.txt", inside / ".hidden" / "secret.txt"):
        path.write_text("KANARIE is hier te lezen. Echt waar.")
    (inside / "ok.txt").write_text("De brug is dicht. Echt waar.")
    for name, target in (
        ("file.txt", outside / "secret.txt"), ("folder", outside), ("loop", inside), ("chain.txt", inside / "file.txt"),
        ("through-hidden.txt", inside / ".hidden" / "secret.txt"), ("zero.txt", Path("/dev/zero")), ("up", Path("..")),
        ("self.txt", inside / "self.txt"), ("broken.txt", inside / "none.txt"),
    ):  # fmt: skip
        (inside / name).symlink_to(target)
    (inside / ".hidden" / "to-outside").symlink_to(outside)
    os.mkfifo(inside / "pipe.txt")
    os.mkfifo(inside / "pipe.html")
    for name, data in (
        ("a.zip", zip_of({"../secret.txt": "x", "/etc/x.txt": "x", "goed.txt": "De pont vaart. Echt."})),
        ("b.tar", tar_of({"../secret.txt": b"x", "/etc/x.txt": b"x", "goed.txt": b"De pont vaart. Echt."}, "w:")),
    ):
        (inside / name).write_bytes(data)
    opened: list[str] = []
    listening = [True]

    def hook(event: str, arguments: tuple[object, ...]) -> None:
        if listening[0] and event == "open" and str(tmp_path) in str(arguments[0]):
            opened.append(Path(os.fsdecode(arguments[0])).name)  # type: ignore[arg-type]

    sys.addaudithook(hook)
    began = time.monotonic()
    found = list(discover([str(inside)]))
    texts = [article.text for one in found if not one.problem for article in read(one.path, report=lambda *_: None)]
    listening[0] = False
    assert sorted(texts) == ["De brug is dicht. Echt waar.", "De pont vaart. Echt.", "De pont vaart. Echt."]
    assert sorted(set(opened)) == ["a.zip", "b.tar", "ok.txt"]
    assert time.monotonic() - began < 30  # listing takes milliseconds; the rest is the start of the child


def test_i6_a_second_name_of_a_file_and_twins_in_spelling_are_files_of_their_own(tmp_path: Path) -> None:
    for name in ("krant.txt", "Krant.txt", "café.txt", "cafe\u0301.txt"):
        (tmp_path / name).write_text(f"De brug is dicht, meldt {name}. Echt waar.")
    if len(list(tmp_path.iterdir())) < 4:
        return  # a file system that takes some of these names for one has no twins
    os.link(tmp_path / "krant.txt", tmp_path / "zelfde.txt")
    sources = _sources(str(tmp_path))
    assert len(sources) == len(set(sources)) == 5
    texts = [article.text for source in sources for article in read(source)]
    assert len(set(texts)) == 4 and all(len(list(read(source))) == 1 for source in sources)


def test_what_a_library_keeps_is_no_article_even_among_the_articles(tmp_path: Path) -> None:
    """A kept answer that is read as an article would come to be its own source."""
    (tmp_path / "brug.txt").write_text("De brug is dicht.")
    for library in (tmp_path, tmp_path / "mijn bibliotheek"):
        with Library.open(library, create=True, analyse=analyse) as opened:
            opened.bind(MadeFingerprint(), "made 1")
            opened.save_index()
        SessionStore(library).save(Conversation())
        (library / "index-0123abcd.faiss").touch()
        (library / "readings.cache").touch()
    assert [found.source for found in discover([str(tmp_path)])] == [str(tmp_path / "brug.txt")]
    (tmp_path / "los").mkdir()
    (tmp_path / "los" / "manifest.json").write_text("{}")  # where there is no library the names mean nothing
    assert str(tmp_path / "los" / "manifest.json") in _sources(str(tmp_path))


def test_an_empty_name_is_not_the_folder_one_is_in() -> None:
    for name in ("", " "):
        (found,) = discover([name])
        assert found.problem.startswith("not a path")
