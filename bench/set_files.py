"""Files of text written by hand, one affair after another, each begun by a line of its own: what the readers of such sets share."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TypeVar

Affair = TypeVar("Affair")


class SetError(Exception):
    """A line that isn't of the form."""


def read_blocks(path: Path, start: str, read: Callable[[Sequence[str]], Affair]) -> Iterator[Affair]:
    """What is read of each block of lines that begins with one that starts so; empty lines don't count.

    Raises:
        SetError: with file and the block's first line, where a line isn't of the form.
    """
    for number, block in _blocks(path, start):
        try:
            yield read(block)
        except SetError as error:
            raise SetError(f"{path.name}:{number}: {error}") from None


def files_of(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.txt"))


def read_folder(folder: Path, read_file: Callable[[Path], Iterator[Affair]]) -> list[Affair]:
    return [affair for path in files_of(folder) for affair in read_file(path)]


def checked(files: Sequence[Path], read_file: Callable[[Path], Iterator[Affair]]) -> tuple[list[Affair], bool]:
    """What the files hold, and whether all are of the form; what is wrong with the others is printed."""
    affairs: list[Affair] = []
    right = True
    for path in files:
        try:
            affairs += read_file(path)
        except SetError as error:
            print(error)
            right = False
    return affairs, right


def _blocks(path: Path, start: str) -> Iterator[tuple[int, list[str]]]:
    """Each block's lines with the number of the first."""
    block: list[str] = []
    began = 1
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if line.startswith(start) and block:
            yield began, block
            block = []
        if not block:
            began = number
        if line.strip():
            block.append(line.strip())
    if block:
        yield began, block
