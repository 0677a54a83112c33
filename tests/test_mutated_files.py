"""Libraries whose files were changed by a failing disk or by somebody: refused or harmless, and never a crash."""

from __future__ import annotations

import json
import resource
import signal
import subprocess
import sys
from pathlib import Path

import numpy
import pytest
from figures import note
from made_articles import analyse, encode, fill, made_article

from embeddings import index
from embeddings.check import check_folder
from embeddings.errors import BronvastError, LibraryDamaged
from embeddings.library import Library

HANGS_AFTER = 5
"""Seconds of one file."""


def original(folder: Path) -> dict[str, bytes]:
    fill(folder, 8)
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir()) if path.name != "lock"}


def mutated(data: bytes, random: numpy.random.Generator) -> bytes:
    """One of the ways in which a file is damaged: bits, zeros, a cut, a piece of it elsewhere, more at its end."""
    result = bytearray(data)
    size = len(data)
    match int(random.integers(7)):
        case 0:
            result[int(random.integers(size))] ^= 1 << int(random.integers(8))
        case 1:
            for place in random.integers(size, size=int(random.integers(2, 30))):
                result[int(place)] = int(random.integers(256))
        case 2:
            start = int(random.integers(size // 512 + 1)) * 512
            result[start : start + 4096] = bytes(len(result[start : start + 4096]))
        case 3:
            del result[int(random.integers(size)) :]
        case 4:
            start, to = (int(place) for place in random.integers(size, size=2))
            piece = data[start : start + int(random.integers(1, 5000))]
            result[to : to + len(piece)] = piece
        case 5:
            result += random.bytes(int(random.integers(1, 5000)))
        case 6:
            start = int(random.integers(max(1, size - 8)))
            result[start : start + 4] = random.choice([b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", bytes(4)])
    return bytes(result)


def write(folder: Path, contents: dict[str, bytes]) -> None:
    for path in folder.iterdir():
        path.unlink()
    for name, content in contents.items():
        (folder / name).write_bytes(content)


def answers(folder: Path) -> tuple[object, ...]:
    """What a reader can get out of it."""
    with Library.open(folder, analyse=analyse) as library:
        query = encode(made_article(3))[0].vector
        return (
            list(library.articles()), library.search_dense(query, 12), library.search_lexical(["zaak3", "artikel"], 12),
            library.load(range(1, 20)) and [item.passage for item in library.load(range(1, 20))],
        )  # fmt: skip


def use_mutated(folder: Path, seed: int, count: int) -> dict[str, int]:
    """Open, read and search changed libraries; each gives the right answers or one error, whatever was changed."""
    contents = original(folder)
    right = answers(folder)
    random = numpy.random.default_rng(seed)
    outcomes = {"refused": 0, "right": 0, "partly": 0}
    for _ in range(count):
        name = sorted(contents)[int(random.integers(len(contents)))]
        write(folder, {**contents, name: mutated(contents[name], random)})
        signal.alarm(HANGS_AFTER)  # ends the process, and so the test, where one file keeps it busy
        try:
            got = answers(folder)
        except BronvastError as error:
            assert "\n" not in str(error)
            assert error.remedy
            outcomes["refused"] += 1
            continue
        if got == right:
            outcomes["right"] += 1
        else:  # what is not covered by a checksum can cost a passage its place but never show another text
            assert name == "library.db"
            assert all(article in right[0] for article in got[0])  # type: ignore[operator, attr-defined]
            assert check_folder(folder, False, analyse)
            outcomes["partly"] += 1
    signal.alarm(0)  # what ends a process on a busy machine is none of the files
    return outcomes


def in_a_process(folder: Path, mode: str, seed: int, count: int) -> dict[str, int]:
    """The same apart, so that a crash or a hang would be seen."""
    done = subprocess.run(
        [sys.executable, __file__, mode, str(folder), str(seed), str(count)],
        capture_output=True, text=True, timeout=60 + count / 20, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    result: dict[str, int] = json.loads(done.stdout)
    return result


def test_r8_mutated_files_are_refused_or_harmless(tmp_path: Path) -> None:
    outcomes = in_a_process(tmp_path, "mutated", 1, 500)
    assert outcomes.pop("mebibytes") <= 200
    assert sum(outcomes.values()) == 500
    assert min(outcomes["refused"], outcomes["right"]) > 50


@pytest.mark.long
def test_r8_ten_thousand_mutated_files_are_refused_or_harmless(tmp_path: Path) -> None:
    outcomes = in_a_process(tmp_path, "mutated", 2, 10_000)
    note("r8", **outcomes)
    assert outcomes.pop("mebibytes") <= 200
    assert sum(outcomes.values()) == 10_000


def use_forged(folder: Path, seed: int, count: int) -> dict[str, int]:
    """Changed index files with a description that matches them: FAISS may refuse, but no wrong passage is shown."""
    contents = original(folder)
    right = answers(folder)
    random = numpy.random.default_rng(seed)
    outcomes = {"right": 0, "partly": 0, "refused": 0}
    name = next(name for name in contents if name.endswith(".faiss"))
    for number in range(count):
        forged = mutated(contents[name], random)
        write(folder, {**contents, name: forged})
        forge(folder, name, forged)
        print(number, file=sys.stderr, flush=True)  # noqa: T201 - says how far it came where the process dies
        try:
            got = answers(folder)
        except BronvastError:
            outcomes["refused"] += 1
            continue
        assert got[0] == right[0]
        scores = dict(right[1])  # type: ignore[call-overload]
        assert all(scores.get(rowid, score) == score for rowid, score in got[1])  # type: ignore[attr-defined]
        outcomes["right" if got == right else "partly"] += 1
    return outcomes


def forge(folder: Path, name: str, content: bytes) -> None:
    import hashlib
    from dataclasses import replace

    manifest = index.read_manifest(folder)
    assert manifest is not None
    sha256 = hashlib.sha256(content).hexdigest()
    (folder / index.MANIFEST_NAME).write_bytes(replace(manifest, size=len(content), sha256=sha256).as_json())
    assert name == manifest.file


@pytest.mark.long
def test_r8_a_forged_index_shows_nothing_that_is_not_there(tmp_path: Path) -> None:
    """Whoever can write to the folder can make FAISS parse what he likes; its process may die of it, no more."""
    counted = {"right": 0, "partly": 0, "refused": 0, "died": 0}
    for seed in range(20):
        done = subprocess.run(
            [sys.executable, __file__, "forged", str(tmp_path / str(seed)), str(seed), "50"],
            capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip
        if done.returncode == 0:
            for key, number in json.loads(done.stdout).items():
                counted[key] = counted.get(key, 0) + number
        else:
            assert done.returncode < 0, done.stderr[-2000:]  # a signal, not a wrong answer
            counted["died"] += 1
    counted.pop("mebibytes", None)
    note("r8 forged", **counted)
    assert counted["right"] + counted["partly"] + counted["refused"] >= 500


def damage_everywhere(folder: Path, seed: int, count: int) -> dict[str, int]:
    """`check` finds every change or it is harmless; and what it says it mended is mended."""
    contents = original(folder)
    right = answers(folder)
    random = numpy.random.default_rng(seed)
    outcomes = {"harmless": 0, "found": 0, "mended": 0, "lost": 0}
    for number in range(count):
        name = sorted(contents)[number % len(contents)]
        changed = mutated(contents[name], random)
        write(folder, {**contents, name: changed})
        try:
            problems = check_folder(folder, False, analyse)
        except LibraryDamaged as error:
            assert str(folder) in str(error)
            outcomes["found"] += 1
            outcomes["lost"] += 1
            assert name == "library.db"
            continue
        if not problems:
            assert answers(folder) == right, f"seed {seed}, number {number}: {name}"
            outcomes["harmless"] += 1
            continue
        outcomes["found"] += 1
        assert all(problem.where for problem in problems)
        try:
            mended = check_folder(folder, True, analyse)
        except LibraryDamaged:
            outcomes["lost"] += 1
            continue
        assert check_folder(folder, False, analyse) == []
        with Library.open(folder, writable=True, analyse=analyse) as library:
            there = {article.source for article in library.articles()}
            dropped = {problem.where for problem in mended if problem.dropped}
            wanted = {made_article(number).source for number in range(8)}
            gone = any("are lost" in problem.what or problem.where.endswith("library.db") for problem in mended)
            assert wanted - there <= dropped or gone, f"seed {seed}, number {number}: {name}"
            for missing in wanted - there:  # what its source still holds comes back
                article = next(made for made in map(made_article, range(8)) if made.source == missing)
                library.put(article, encode(article))
            assert library.check() == []
            assert {article.source for article in library.articles()} == wanted
        outcomes["mended"] += 1
    return outcomes


def test_r7_damage_anywhere_is_found_and_mended(tmp_path: Path) -> None:
    outcomes = damage_everywhere(tmp_path, 1, 60)
    assert outcomes["mended"] >= 30


@pytest.mark.long
def test_r7_damage_in_a_thousand_places_is_found_and_mended(tmp_path: Path) -> None:
    outcomes = damage_everywhere(tmp_path, 2, 1000)
    note("r7", **outcomes)
    assert outcomes["lost"] <= 60  # the file's first page, without which nobody knows that it is a database


if __name__ == "__main__":
    mode, place, first, number_of = sys.argv[1:]
    Path(place).mkdir(exist_ok=True)
    resource.setrlimit(resource.RLIMIT_AS, (6 << 30, 6 << 30))  # a forged size must not cost others their memory
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    result = (use_mutated if mode == "mutated" else use_forged)(Path(place), int(first), int(number_of))
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(json.dumps({**result, "mebibytes": (after - before) // 1024}))  # noqa: T201
