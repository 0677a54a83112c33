"""Reads bench/relations: a question with sentences of several invented articles, and how each two of them relate as its answers.

    python bench/relations_set.py [FILE...]

checks the files (all of them where none is named) and counts what they hold. bench/relations/README.md says what the form means.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import combinations
from pathlib import Path

FOLDER = Path(__file__).parent / "relations"
RELATIONS = ("other", "same", "superseded", "conflict", "scope", "opinion")

_QUESTION = re.compile(r"\? (\w\w) \| (\S.*)")
_SENTENCE = re.compile(r"([A-F]) (\d{4}-\d\d-\d\d) ([^|]+) \| (\S.*)")
_LABEL = re.compile(r"([A-F])([A-F]) (\w+)")


class RelationsError(Exception):
    """A line that isn't of the form."""


@dataclass(frozen=True, slots=True)
class Told:
    """What one article says."""

    day: date
    outlet: str
    text: str


@dataclass(frozen=True, slots=True)
class Affair:
    language: str
    question: str
    told: tuple[Told, ...]
    relations: dict[tuple[int, int], str]
    """Of each two places in `told`, the lower first."""


def read_affairs(path: Path) -> Iterator[Affair]:
    """The affairs of one file.

    Raises:
        RelationsError: with file and line, where a line isn't of the form or two sentences have no relation.
    """
    block: list[str] = []
    began = 1
    lines = [*path.read_text(encoding="utf-8").splitlines(), "?"]
    for number, line in enumerate(lines, 1):
        if line.startswith("?") and block:
            try:
                yield _affair(block)
            except RelationsError as error:
                raise RelationsError(f"{path.name}:{began}: {error}") from None
            block = []
        if not block:
            began = number
        if line.strip():
            block.append(line.strip())


def all_affairs(folder: Path = FOLDER) -> list[Affair]:
    return [affair for path in sorted(folder.glob("*.txt")) for affair in read_affairs(path)]


def _affair(lines: Sequence[str]) -> Affair:
    asked = _QUESTION.fullmatch(lines[0])
    if not asked:
        raise RelationsError(f"no question: {lines[0]}")
    told: list[Told] = []
    relations: dict[tuple[int, int], str] = {}
    for line in lines[1:]:
        if found := _SENTENCE.fullmatch(line):
            if found[1] != "ABCDEF"[len(told)]:
                raise RelationsError(f"sentence out of order: {line}")
            told.append(Told(date.fromisoformat(found[2]), found[3].strip(), found[4]))
        elif line.startswith("= "):
            for part in line[2:].split(","):
                label = _LABEL.fullmatch(part.strip())
                if not label or label[3] not in RELATIONS:
                    raise RelationsError(f"no relation: {part.strip()}")
                first, second = sorted(("ABCDEF".index(label[1]), "ABCDEF".index(label[2])))
                relations[first, second] = label[3]
        else:
            raise RelationsError(f"neither a sentence nor relations: {line}")
    if set(relations) != set(combinations(range(len(told)), 2)):
        raise RelationsError("not every two sentences have one relation")
    return Affair(asked[1], asked[2], tuple(told), relations)


def main() -> None:
    paths = [Path(name) for name in sys.argv[1:]] or sorted(FOLDER.glob("*.txt"))
    affairs: list[Affair] = []
    wrong = 0
    for path in paths:
        try:
            affairs += read_affairs(path)
        except RelationsError as error:
            print(error)
            wrong = 1
    kinds = Counter(relation for affair in affairs for relation in affair.relations.values())
    print(
        f"{len(affairs)} questions, {sum(len(affair.told) for affair in affairs)} sentences, {kinds.total()} relations"
    )
    print("by kind:", *(f"{name} {count}" for name, count in kinds.most_common()))
    print("by language:", *(f"{name} {count}" for name, count in Counter(a.language for a in affairs).most_common()))
    raise SystemExit(wrong)


if __name__ == "__main__":
    main()
