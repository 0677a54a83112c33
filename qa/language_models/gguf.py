"""Reads the header of a GGUF file: what model it is, without trusting a byte of it.

A file that someone downloaded may be cut off or made to do harm. This parser is plain Python with bounds on
every count, so that the common damage is found, and named, before llama.cpp sees the file.
"""

from __future__ import annotations

import hashlib
import math
import re
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from qa.errors import ModelUnavailable

__all__ = ["GgufHeader", "read_header"]

Scalar = int | float | bool | str

_MAX_STRING: Final = 8 << 20
_MAX_KEYS: Final = 4096
_MAX_TENSORS: Final = 200_000
_MAX_ITEMS: Final = 8 << 20
_ENDS: Final = 1 << 20
_STRING, _ARRAY, _BOOL = 8, 9, 7
_SCALARS: Final = {
    0: "<B",
    1: "<b",
    2: "<H",
    3: "<h",
    4: "<I",
    5: "<i",
    6: "<f",
    _BOOL: "<?",
    10: "<Q",
    11: "<q",
    12: "<d",
}
# Names under which finetuned models say that they follow instructions, and those that say that they do not.
_TUNED: Final = re.compile(
    r"(?:^|[^a-z])(?:instruct(?:ion|ed)?|chat|it|sft|dpo|orpo|rlhf|assistant|ultra|thinking|reasoning)(?![a-z])",
    re.I,
)
_BASE: Final = re.compile(r"(?:^|[^a-z])(?:base|pretrained|pre-trained|pt|foundation|completion)(?![a-z])", re.I)
# Families whose base releases carry a chat template all the same.
_TEMPLATE_ON_BASE: Final = frozenset({"qwen2", "qwen2moe", "gemma", "gemma2", "gemma3", "llama"})
_NOT_GENERATIVE: Final = re.compile(r"bert|^clip$|^t5encoder$|^mmproj$|embedding|^wavtokenizer")


@dataclass(frozen=True, slots=True)
class GgufHeader:
    """What the header says.

    Attributes:
        context_length: tokens the model was trained for, 0 where the file does not say.
        cache_bytes: bytes of key/value cache that one token of context takes, at 16 bits.
        size: bytes of the file.
    """

    path: Path
    size: int
    architecture: str
    name: str
    finetune: str
    licence: str
    chat_template: str
    context_length: int
    cache_bytes: int
    tensors: int

    @property
    def instruction_tuned(self) -> bool:
        """Whether it was trained to follow instructions: it has a chat template and is no base release."""
        if not self.chat_template:
            return False
        label = f"{self.name} {self.finetune} {self.path.stem}"
        if _TUNED.search(label):
            return True
        if _BASE.search(label):
            return False
        return self.architecture not in _TEMPLATE_ON_BASE

    @property
    def fingerprint(self) -> str:
        """Twelve hexadecimal digits that differ between files of different weights, from the size and both ends: hashing
        all of a large file takes seconds.

        Raises:
            OSError: the file has gone.
        """
        digest = hashlib.sha256(self.size.to_bytes(8))
        with self.path.open("rb") as stream:
            digest.update(stream.read(_ENDS))
            stream.seek(max(0, self.size - _ENDS))
            digest.update(stream.read(_ENDS))
        return digest.hexdigest()[:12]

    @property
    def generative(self) -> bool:
        """False for embedding models, rerankers and image encoders."""
        return not _NOT_GENERATIVE.search(self.architecture)


def read_header(path: Path) -> GgufHeader:
    """Parse and check the header of one file.

    Raises:
        ModelUnavailable: no such file, not a GGUF file, cut off, or impossible; the cause says which.
    """
    try:
        size = path.stat().st_size
        if not path.is_file():
            raise ModelUnavailable(f"{path} is not a file", "give the path of a .gguf file")
        with path.open("rb") as stream:
            return _Reader(stream, path, size).header()
    except FileNotFoundError as error:
        raise ModelUnavailable(f"there is no model file {path}", "give the path of a .gguf file") from error
    except OSError as error:
        raise ModelUnavailable(
            f"the model file {path} cannot be read: {error.strerror}", "check the file and its permissions"
        ) from error
    except (_Damaged, struct.error, UnicodeDecodeError, OverflowError, MemoryError) as error:
        reason = str(error) if isinstance(error, _Damaged) else "its header does not make sense"
        raise ModelUnavailable(
            f"the model file {path.name} is damaged: {reason}", "download it again, or choose another model"
        ) from error


class _Damaged(Exception):
    """The bytes cannot be a whole GGUF file."""


class _Reader:
    """One pass over the header; skips what is not needed without building it."""

    def __init__(self, stream: BinaryIO, path: Path, size: int) -> None:
        self._stream = stream
        self._path = path
        self._size = size

    def header(self) -> GgufHeader:
        if self._take(4) != b"GGUF":
            raise _Damaged("it is not a GGUF file")
        version = self._unpack("<I")
        if version not in (2, 3):
            raise _Damaged(f"its GGUF version {version} is unknown")
        tensors, keys = self._count(_MAX_TENSORS, "tensors"), self._count(_MAX_KEYS, "entries")
        values: dict[str, Scalar] = {}
        for _ in range(keys):
            key = self._string()
            kind = self._unpack("<I")
            value = self._array() if kind == _ARRAY else self._scalar(int(kind))
            if value is not None:
                values[key] = value
        self._check_tensors(tensors, values)
        return self._describe(values, tensors)

    def _check_tensors(self, tensors: int, values: dict[str, Scalar]) -> None:
        """Every tensor must begin inside the file; the usual sign of a download that was cut off."""
        furthest = 0
        for _ in range(tensors):
            name = self._string()
            dimensions = self._unpack("<I")
            if not 0 < dimensions <= 4 or not name:
                raise _Damaged("a tensor has an impossible shape")
            for _ in range(int(dimensions)):
                if not 0 < self._unpack("<Q") < 1 << 40:
                    raise _Damaged("a tensor has an impossible shape")
            self._unpack("<I")
            furthest = max(furthest, int(self._unpack("<Q")))
        alignment = values.get("general.alignment", 32)
        if not isinstance(alignment, int) or not 0 < alignment <= 1 << 16 or alignment & (alignment - 1):
            raise _Damaged("its alignment is impossible")
        start = math.ceil(self._stream.tell() / alignment) * alignment
        if tensors and start + furthest >= self._size:
            raise _Damaged("it is cut off")

    def _describe(self, values: dict[str, Scalar], tensors: int) -> GgufHeader:
        architecture = _text(values, "general.architecture")
        if not architecture:
            raise _Damaged("it does not say what kind of model it is")

        def number(key: str, default: int = 0) -> int:
            value = values.get(f"{architecture}.{key}", default)
            return int(value) if isinstance(value, int | float) and 0 <= value < 1 << 40 else default

        heads = max(1, number("attention.head_count", 1))
        width = number("embedding_length") // heads
        key_width, value_width = (
            number("attention.key_length", width),
            number("attention.value_length", width),
        )
        cached_heads = number("attention.head_count_kv", heads)
        return GgufHeader(
            path=self._path,
            size=self._size,
            architecture=architecture,
            name=_text(values, "general.name"),
            finetune=_text(values, "general.finetune"),
            licence=_text(values, "general.license"),
            chat_template=_text(values, "tokenizer.chat_template", limit=1 << 20),
            context_length=number("context_length"),
            cache_bytes=2 * number("block_count") * cached_heads * (key_width + value_width),
            tensors=tensors,
        )

    def _array(self) -> Scalar | None:
        """Skip an array; of an array of numbers the largest is kept, since per-layer counts come so."""
        kind = self._unpack("<I")
        count = self._count(_MAX_ITEMS, "items")
        if kind == _STRING:
            self._skip_strings(count)
            return None
        layout = _SCALARS.get(int(kind))
        if layout is None:
            raise _Damaged("it holds values of an unknown type")
        width = struct.calcsize(layout)
        if count > 1024:
            self._skip(count * width)
            return None
        numbers = [struct.unpack(layout, self._take(width))[0] for _ in range(count)]
        return max(numbers, default=None)

    def _skip_strings(self, count: int) -> None:
        """Skip a vocabulary: some 300,000 short texts, so the loop works on one block of bytes at a time."""
        block, position = b"", 0
        length_of = struct.Struct("<Q").unpack_from
        for _ in range(count):
            if position + 8 > len(block):
                block, position = block[position:] + self._stream.read(1 << 20), 0
                if len(block) < 8:
                    raise _Damaged("it is cut off")
            length = length_of(block, position)[0]
            if length > _MAX_STRING:
                raise _Damaged("a text in it is impossibly long")
            position += 8 + length
            if position > len(block):
                self._stream.seek(position - len(block), 1)
                block, position = b"", 0
                if self._stream.tell() > self._size:
                    raise _Damaged("it is cut off")
        self._stream.seek(position - len(block), 1)

    def _scalar(self, kind: int) -> Scalar:
        if kind == _STRING:
            return self._string()
        layout = _SCALARS.get(kind)
        if layout is None:
            raise _Damaged("it holds values of an unknown type")
        value: Scalar = struct.unpack(layout, self._take(struct.calcsize(layout)))[0]
        return value

    def _count(self, limit: int, what: str) -> int:
        count = int(self._unpack("<Q"))
        if count > limit:
            raise _Damaged(f"it claims {count} {what}")
        return count

    def _length(self) -> int:
        length = int(self._unpack("<Q"))
        if length > _MAX_STRING:
            raise _Damaged("a text in it is impossibly long")
        return length

    def _string(self) -> str:
        return self._take(self._length()).decode("utf-8", "replace")

    def _unpack(self, layout: str) -> int:
        value: int = struct.unpack(layout, self._take(struct.calcsize(layout)))[0]
        return value

    def _take(self, count: int) -> bytes:
        data = self._stream.read(count)
        if len(data) != count:
            raise _Damaged("it is cut off")
        return data

    def _skip(self, count: int) -> None:
        if self._stream.tell() + count > self._size:
            raise _Damaged("it is cut off")
        # Reading is cheaper than seeking for short texts: a seek throws the buffer away.
        if count < 4096:
            self._take(count)
        else:
            self._stream.seek(count, 1)


def _text(values: dict[str, Scalar], key: str, limit: int = 200) -> str:
    """A text value without characters that could steer a terminal."""
    value = values.get(key)
    if not isinstance(value, str):
        return ""
    if limit > 200:
        return value[:limit]
    return "".join(character for character in value if character.isprintable())[:limit].strip()
