"""Processes that change and read one library: run as a program, which forks them so that nothing is imported twice.

library_processes.py killed FOLDER SEED KILLS SECONDS   changes, killed so often; then run to the end
library_processes.py together FOLDER ROUNDS READS       four writers and two readers at once
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parent.parent)]

from made_articles import MadeFingerprint, analyse, encode, made_article  # noqa: E402

from embeddings.errors import LibraryLocked  # noqa: E402
from embeddings.library import Library  # noqa: E402
from embeddings.records import Article  # noqa: E402

ARTICLES = 300
Action = tuple[str, Article]


def actions() -> list[Action]:
    """Three hundred articles added, a fifth of them edited and a seventh removed on the way."""
    plan: list[Action] = []
    for number in range(ARTICLES):
        plan.append(("put", made_article(number)))
        if number % 5 == 4:
            former = made_article(number - 2)
            plan.append(("put", replace(former, text=f"Gewijzigd is {number - 2}. Ook dit is nieuw.")))
        if number % 7 == 6:
            plan.append(("remove", made_article(number - 3)))
        if number % 40 == 39:
            plan.append(("save", made_article(0)))
    return plan


def held_after(plan: list[Action], count: int) -> dict[str, str]:
    """Source and fingerprint of every article after so many actions."""
    held: dict[str, str] = {}
    for what, article in plan[:count]:
        held.pop(article.source, None) if what == "remove" else None
        if what == "put":
            held[article.source] = article.fingerprint
    return held


def run_actions(folder: Path, start: int, report: Callable[[int], None]) -> None:
    with Library.open(folder, create=True, analyse=analyse) as library:
        library.bind(MadeFingerprint(), "made 1")
        for number, (what, article) in enumerate(actions()[start:], start + 1):
            if what == "put":
                library.put(article, encode(article))
            elif what == "remove":
                library.remove(article.id)
            else:
                library.save_index()
            report(number)


def forked(work: Callable[[int], None]) -> tuple[int, int]:
    """A child that does the work, given a pipe to write to; its process number and the other end."""
    reading, writing = os.pipe()
    child = os.fork()
    if child:
        os.close(writing)
        return child, reading
    code = 1
    try:
        os.close(reading)
        work(writing)
        code = 0
    finally:
        os._exit(code)


def lines(descriptor: int) -> Iterator[str]:
    with os.fdopen(descriptor) as file:
        yield from file


def killed(folder: Path, seed: int, kills: int, seconds: float) -> None:
    """Print, after each kill and at the end, how many actions had been reported."""
    chance = random.Random(seed)
    reported = 0
    for number in range(kills + 1):
        start = reported

        def work(pipe: int, start: int = start) -> None:
            run_actions(folder, start, lambda count: os.write(pipe, b"%d\n" % count) and None)

        child, pipe = forked(work)
        if number < kills:
            time.sleep(chance.uniform(0.0, seconds))
            os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        reported = max([reported, *map(int, lines(pipe))])
        sys.stdout.write(f"{reported}\n")
        sys.stdout.flush()
        sys.stdin.readline()  # until the test has looked


def contents(library: Library) -> tuple[int, list[str]]:
    with library.snapshot() as generation:
        found = [source for _, source in library.article_sources()]
        hits = library.search_lexical(["artikel"], 1000)
        stored = library.load([rowid for rowid, _ in hits])
        assert library.counts().articles == len(found)
        assert {item.article.source for item in stored} == set(found)
        assert len(library.search_dense(encode(made_article(1))[0].vector, 5)) == min(5, library.counts().passages)
        return generation, found


def writer(folder: Path, number: int, rounds: int, pipe: int) -> None:
    for round_number in range(rounds):
        article = made_article(1000 * (number + 1) + round_number)
        while True:
            try:
                library = Library.open(folder, writable=True, wait_seconds=20.0 * (number % 2), analyse=analyse)
                break
            except LibraryLocked as error:
                assert "process" in error.cause
                time.sleep(0.002)
        with library:
            library.put(article, encode(article))
            if round_number % 3 == 2:
                library.remove(made_article(1000 * (number + 1) + round_number - 1).id)
            os.write(pipe, json.dumps(["wrote", *contents(library)]).encode() + b"\n")


def reader(folder: Path, number: int, reads: int, pipe: int) -> None:
    library = Library.open(folder, analyse=analyse)
    for count in range(reads):
        if count % 10 == number:
            library.close()
            library = Library.open(folder, analyse=analyse)
        os.write(pipe, json.dumps(["read", *contents(library)]).encode() + b"\n")


def together(folder: Path, rounds: int, reads: int) -> None:
    """Print what each process saw, a line each; exit code 1 where one of them failed."""
    import threading

    children = [forked(lambda pipe, n=n: writer(folder, n, rounds, pipe)) for n in range(4)]  # type: ignore[misc]
    children += [forked(lambda pipe, n=n: reader(folder, n, reads, pipe)) for n in range(2)]  # type: ignore[misc]
    seen: list[str] = []
    threads = [threading.Thread(target=lambda pipe=pipe: seen.extend(lines(pipe))) for _, pipe in children]
    for thread in threads:
        thread.start()
    codes = [os.waitpid(child, 0)[1] for child, _ in children]
    for thread in threads:
        thread.join()
    sys.stdout.writelines(seen)
    sys.exit(1 if any(codes) else 0)


if __name__ == "__main__":
    mode, place, *rest = sys.argv[1:]
    if mode == "killed":
        killed(Path(place), int(rest[0]), int(rest[1]), float(rest[2]))
    else:
        together(Path(place), int(rest[0]), int(rest[1]))
