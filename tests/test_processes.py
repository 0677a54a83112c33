"""Processes that are killed while they write, and several that use one library at once."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from figures import note
from library_processes import actions, held_after
from made_articles import analyse, fill
from test_check import Dump, dump

from embeddings.library import Library

PROGRAM = Path(__file__).with_name("library_processes.py")
PLAN = actions()


def started(*arguments: object) -> subprocess.Popen[str]:
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    return subprocess.Popen(
        [sys.executable, str(PROGRAM), *map(str, arguments)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment,
    )  # fmt: skip


def uninterrupted(folder: Path) -> Dump:
    process = started("killed", folder, 0, 0, 0)
    process.communicate("\n")
    assert process.returncode == 0
    return dump(folder)


def kill_often(folder: Path, seed: int, kills: int, expected: Dump, every: int) -> float:
    """Kills while one plan is carried out, each looked at; the slowest opening in seconds."""
    process = started("killed", folder, seed, kills, 0.12)
    assert process.stdin is not None
    assert process.stdout is not None
    slowest = 0.0
    for number in range(kills + 1):
        reported = int(process.stdout.readline())
        if (folder / "library.db").exists():
            begin = time.perf_counter()
            library = Library.open(folder, create=True, analyse=analyse)
            slowest = max(slowest, time.perf_counter() - begin)
            with library:
                held = {article.source: article.fingerprint for article in library.articles()}
                assert held in (held_after(PLAN, reported), held_after(PLAN, reported + 1)), (
                    f"seed {seed}, kill {number}"
                )
                if number % every == 0:
                    assert library.check() == []
            assert not list(folder.glob(".bronvast-*"))
        else:
            assert reported == 0
        process.stdin.write("\n")
        process.stdin.flush()
    assert process.wait(60) == 0
    assert reported == len(PLAN)
    assert dump(folder) == expected
    return slowest


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> Dump:
    return uninterrupted(tmp_path_factory.mktemp("uninterrupted"))


def test_r1_killed_at_random_moments(tmp_path: Path, expected: Dump) -> None:
    assert kill_often(tmp_path, seed=1, kills=20, expected=expected, every=5) <= 2.0


@pytest.mark.long
def test_r1_killed_two_hundred_times(tmp_path: Path, expected: Dump) -> None:
    slowest = max(kill_often(tmp_path / str(seed), seed, 20, expected, every=1) for seed in range(2, 12))
    note("r1 random", kills=200, slowest_opening_s=round(slowest, 3))
    assert slowest <= 2.0


def work_together(folder: Path, rounds: int, reads: int) -> int:
    """Every read must be one whole generation; gives the number of reads."""
    fill(folder, 3)
    process = started("together", folder, rounds, reads)
    output, errors = process.communicate()
    assert process.returncode == 0, errors
    wrote: dict[int, list[str]] = {}
    read: list[tuple[int, list[str]]] = []
    for line in output.splitlines():
        what, generation, sources = json.loads(line)
        if what == "wrote":
            assert wrote.setdefault(generation, sources) == sources
        else:
            read.append((generation, sources))
    start = sorted(f"/nieuws/{number}.txt" for number in range(3))
    last = {f"/nieuws/{1000 * (n + 1) + r}.txt" for n in range(4) for r in range(rounds)}
    for number in range(4):  # each writer takes out what it had added before every third
        last -= {f"/nieuws/{1000 * (number + 1) + r - 1}.txt" for r in range(2, rounds, 3)}
    with Library.open(folder, analyse=analyse) as library:
        assert {source for _, source in library.article_sources()} == last | set(start)
        assert library.check() == []
    changed = sorted(wrote)
    # one put and one remove are two generations, of which the writers report the second
    for generation, sources in read:
        before = max((number for number in changed if number <= generation), default=0)
        after = min((number for number in changed if number > generation), default=0)
        around = [set(wrote.get(before, start)), set(wrote.get(after, wrote.get(before, start)))]
        assert set(sources) == around[0] or (around[0] & around[1]) <= set(sources) <= (around[0] | around[1])
        if generation in wrote:
            assert sources == wrote[generation]
    return len(read)


def test_r5_four_writers_and_two_readers(tmp_path: Path) -> None:
    assert work_together(tmp_path, rounds=4, reads=60) == 120


@pytest.mark.long
def test_r5_four_writers_and_two_readers_for_long(tmp_path: Path) -> None:
    reads = work_together(tmp_path, rounds=20, reads=1000)
    note("r5", reads=reads, writers=4, rounds=20)
    assert reads == 2000
