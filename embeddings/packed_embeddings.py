"""Vocabulary and embeddings of a packed file without its layers: what a network on top of them needs to begin."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy
from numpy.typing import NDArray

from embeddings.packed_weights import BLOCK, dequantised, read_packed
from embeddings.unigram import Pieces, Vocabulary


@dataclass(frozen=True)
class PackedEmbeddings:
    """What goes into the first layer.

    Attributes:
        vocabulary: the tokenizer's.
        rows: the embedding of each token, shape (vocabulary, hidden / 32) of blocks, still in the file.
        positions: shape (positions, hidden), with that of the only type of token.
    """

    vocabulary: Vocabulary
    rows: NDArray[Any]
    positions: NDArray[numpy.float32]
    weight: NDArray[numpy.float32]
    bias: NDArray[numpy.float32]
    epsilon: float

    @classmethod
    def read(
        cls, path: Path, order: tuple[NDArray[numpy.uint32], NDArray[numpy.int32]] | None = None
    ) -> PackedEmbeddings:
        """Read them.

        Args:
            order: checksums and ids of its pieces as `Pieces` has them, where they are kept; to find them takes 0.2 s.

        Raises:
            EncoderUnavailable: it is not such a file, or it is cut short.
        """
        model = read_packed(path)
        pieces = Pieces(*order, model.spelt, model.borders) if order else Pieces.of(model.spelt, model.borders)
        vocabulary = Vocabulary(
            pieces=pieces,
            scores=model.scores,
            longest=int(numpy.diff(model.borders).max()),
            replacements={ord(character): new for character, new in model.replacements.items()},
            beginning=model.beginning,
            end=model.end,
            unknown=model.unknown,
        )
        shape = (model.vocabulary, model.hidden // 32)
        return cls(
            vocabulary,
            numpy.memmap(path, BLOCK, "r", model.tensors["emb.word"].offset, shape),
            model.tensor("emb.pos").reshape(-1, model.hidden) + model.tensor("emb.type")[: model.hidden],
            model.tensor("emb.ln.w"),
            model.tensor("emb.ln.b"),
            model.epsilon,
        )

    def of(self, tokens: Sequence[int]) -> NDArray[numpy.float32]:
        """Shape (len(tokens), hidden)."""
        words = dequantised(self.rows[list(tokens)]).reshape(len(tokens), -1)
        return layer_normal(words + self.positions[: len(tokens)], self.weight, self.bias, self.epsilon)


def layer_normal(
    states: NDArray[numpy.float32], weight: NDArray[numpy.float32], bias: NDArray[numpy.float32], epsilon: float
) -> NDArray[numpy.float32]:
    """Each row with mean 0 and deviation 1, times a weight and plus a bias for each column."""
    centred: NDArray[numpy.float32] = states - states.mean(axis=1, keepdims=True)
    centred /= numpy.sqrt((centred * centred).mean(axis=1, keepdims=True) + numpy.float32(epsilon))
    centred *= weight
    centred += bias
    return centred
