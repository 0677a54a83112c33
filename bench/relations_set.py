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

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench.set_files import SetError, checked, files_of, read_blocks, read_folder
from qa.two_answers import RELATIONS

FOLDER = Path(__file__).parent / "relations"

_QUESTION = re.compile(r"\? (\w\w) \| (\S.*)")
_SENTENCE = re.compile(r"([A-F]) (\d{4}-\d\d-\d\d) ([^|]+) \| (\S.*)")
_LABEL = re.compile(r"([A-F])([A-F]) (\w+)")


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
        SetError: with file and line, where a line isn't of the form or two sentences have no relation.
    """
    return read_blocks(path, "?", _affair)


def all_affairs(folder: Path = FOLDER) -> list[Affair]:
    return read_folder(folder, read_affairs)


def _affair(lines: Sequence[str]) -> Affair:
    asked = _QUESTION.fullmatch(lines[0])
    if not asked:
        raise SetError(f"no question: {lines[0]}")
    told: list[Told] = []
    relations: dict[tuple[int, int], str] = {}
    for line in lines[1:]:
        if found := _SENTENCE.fullmatch(line):
            if found[1] != "ABCDEF"[len(told)]:
                raise SetError(f"sentence out of order: {line}")
            told.append(Told(date.fromisoformat(found[2]), found[3].strip(), found[4]))
        elif line.startswith("= "):
            for part in line[2:].split(","):
                label = _LABEL.fullmatch(part.strip())
                if not label or label[3] not in RELATIONS:
                    raise SetError(f"no relation: {part.strip()}")
                first, second = sorted(("ABCDEF".index(label[1]), "ABCDEF".index(label[2])))
                relations[first, second] = label[3]
        else:
            raise SetError(f"neither a sentence nor relations: {line}")
    if set(relations) != set(combinations(range(len(told)), 2)):
        raise SetError("not every two sentences have one relation")
    return Affair(asked[1], asked[2], tuple(told), relations)


def main() -> None:
    affairs, right = checked([Path(name) for name in sys.argv[1:]] or files_of(FOLDER), read_affairs)
    kinds = Counter(relation for affair in affairs for relation in affair.relations.values())
    print(
        f"{len(affairs)} questions, {sum(len(affair.told) for affair in affairs)} sentences, {kinds.total()} relations"
    )
    print("by kind:", *(f"{name} {count}" for name, count in kinds.most_common()))
    print("by language:", *(f"{name} {count}" for name, count in Counter(a.language for a in affairs).most_common()))
    raise SystemExit(not right)


if __name__ == "__main__":
    main()
