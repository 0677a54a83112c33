"""R11: whatever becomes of a source, after `sync` the library holds what is there now and nothing else."""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from pathlib import Path

import pytest
from figures import note
from test_ingest import WordEncoder

from embeddings.library import Library
from qa.ingest import add, sync

CANARY = "kanariepiet"


def text(number: int, word: str = "") -> str:
    return f"Bericht {number} gaat over haven{number}. Het schip {word or 'aurora'} kwam aan. Dat was dag {number}.\n"


def edit(folder: Path, file: Path) -> str:
    file.write_text(text(100, "nieuwschip"))
    return "nieuwschip"


def delete(folder: Path, file: Path) -> str:
    file.unlink()
    return ""


def rename(folder: Path, file: Path) -> str:
    file.rename(folder / "anders.txt")
    return CANARY


def move(folder: Path, file: Path) -> str:
    (folder / "sub").mkdir()
    file.rename(folder / "sub" / file.name)
    return CANARY


def touch(folder: Path, file: Path) -> str:
    os.utime(file, (2e9, 2e9))
    return CANARY


def edit_at_the_same_time(folder: Path, file: Path) -> str:
    before = file.stat()
    content = file.read_text().replace(CANARY, CANARY[::-1])
    file.write_text(content)
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    return CANARY[::-1]


def restore_an_older_one(folder: Path, file: Path) -> str:
    file.write_text(text(7, "oudschip"))
    os.utime(file, (10**9, 10**9))
    return "oudschip"


def copy(folder: Path, file: Path) -> str:
    (folder / "kopie.txt").write_text(file.read_text())
    return CANARY


def become_a_folder(folder: Path, file: Path) -> str:
    file.unlink()
    file.mkdir()
    (file / "binnen.txt").write_text(text(8, "binnenschip"))
    return "binnenschip"


KINDS = (edit, delete, rename, move, touch, edit_at_the_same_time, restore_an_older_one, copy, become_a_folder)


def go_through(tmp_path: Path, kind: Callable[[Path, Path], str], seed: int) -> None:
    chance = random.Random(seed)
    tmp_path.mkdir(exist_ok=True)
    folder, place, encoder = tmp_path / "news", tmp_path / "library", WordEncoder()
    folder.mkdir()
    count = chance.randrange(3, 9)
    for number in range(count):
        (folder / f"{number}.txt").write_text(text(number))
    changed = folder / f"{chance.randrange(count)}.txt"
    changed.write_text(text(50, CANARY))
    words: Callable[[str, str], list[str]] = lambda said, _: said.lower().replace(".", " ").split()  # noqa: E731
    with Library.open(place, create=True, analyse=words) as library:
        add(library, encoder, [str(folder)])
        whole = encoder.encoded
    word = kind(folder, changed)
    with Library.open(place, writable=True, analyse=words) as library:
        summary = sync(library, encoder)
        assert summary.failed == ()
        there = {str(path) for path in folder.rglob("*.txt") if path.is_file()}
        assert {source for _, source in library.article_sources()} == there
        for article in library.articles():
            assert article.text == Path(article.source).read_text()
        found = library.load([rowid for rowid, _ in library.search_dense(encoder.encode_query(CANARY), 50)])
        assert {item.article.source for item in found} <= there
        assert bool(library.search_lexical([CANARY], 50)) == (word == CANARY)
        assert not word or library.search_lexical([word], 50)
        assert library.check() == []
        again = encoder.encoded
        sync(library, encoder)
        assert encoder.encoded == again  # nothing unchanged is encoded again
    assert again - whole <= (0 if kind in (touch, delete) else 2)
    if word != CANARY:
        for path in place.iterdir():
            assert CANARY.encode() not in path.read_bytes(), path.name


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_r11_after_sync_it_holds_what_is_there(tmp_path: Path, kind: Callable[[Path, Path], str]) -> None:
    go_through(tmp_path, kind, seed=1)


@pytest.mark.long
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_r11_often(tmp_path: Path, kind: Callable[[Path, Path], str]) -> None:
    for seed in range(2, 22):
        go_through(tmp_path / str(seed), kind, seed)
    note("r11", kind=kind.__name__, times=20)
