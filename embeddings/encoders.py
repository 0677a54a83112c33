"""Text in, vectors out.

`load_encoder` gives the one object that everything else asks. The default answers a question through a
small C engine that needs no PyTorch, and encodes articles in bulk through sentence-transformers with the
same weights; both sit in `encoder_e5`. Any other model that sentence-transformers can load from this
machine is served by `encoder_transformers`.

FAISS must never be imported before PyTorch in one process on Apple Silicon: two OpenMP runtimes then meet
and the process dies. Bulk encoding therefore calls for PyTorch before the library opens its index.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal, Protocol, TypeAlias

import numpy
from numpy.typing import NDArray

from embeddings.errors import EncoderError
from embeddings.records import Article, EncodedPassage, Passage, Vector, Vectors

DEFAULT = "multilingual-e5-small"
"""The encoder that needs no name: 384 numbers a vector, about a hundred languages, 512 tokens."""

Kind: TypeAlias = Literal["query", "passage"]


@dataclass(frozen=True, slots=True)
class EncoderFingerprint:
    """Everything about an encoder that changes its vectors; vectors of unequal fingerprints cannot be
    compared.

    Attributes:
        revision: what tells one set of weights of that name from another.
        sentences: how sentence vectors are made.
    """

    name: str
    revision: str
    dimension: int
    query_prefix: str
    passage_prefix: str
    normalised: bool
    pooling: str
    sentences: str = "separate, under 24 tokens of context"

    def as_text(self) -> str:
        """One line of JSON; equal fingerprints give equal texts."""
        return json.dumps(asdict(self), ensure_ascii=False, sort_keys=True)


class Encoder(Protocol):
    """Turns text into L2-normalised float32 vectors whose inner product is the cosine similarity."""

    @property
    def fingerprint(self) -> EncoderFingerprint: ...

    @property
    def passage_limit(self) -> int:
        """Tokens left for a passage's context and sentences together, as `count_tokens` counts them."""
        ...

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text by itself; those of texts joined by a space add up."""
        ...

    def encode_query(self, text: str) -> Vector:
        """The vector of a question, shape (dimension,).

        A question longer than the model can read is encoded in parts whose vectors are averaged by their
        length.
        """
        ...

    def encode_texts(self, texts: Sequence[str], kind: Kind) -> Vectors:
        """One vector a text, shape (len(texts), dimension).

        Raises:
            EncoderError: a passage is longer than the model can read; nothing is ever cut off unsaid.
        """
        ...

    def encode_passages(
        self, items: Sequence[tuple[Article, Passage]], progress: Callable[[int], None] | None = None
    ) -> Iterator[EncodedPassage]:
        """Passages with the vectors of their sentences, in the order of `items`.

        Args:
            progress: called with the number of passages done since the last call.

        Raises:
            EncoderError: a passage is longer than `passage_limit`, or the model fails.
        """
        ...


def load_encoder(
    name: str = "", *, cache: Path | None = None, allow_download: bool = False, device: str = "auto"
) -> Encoder:
    """The encoder of that name; quick, because weights are only read when they are first needed.

    Args:
        name: "" for the default, the name of a sentence-transformers model that is on this machine, or its
            folder.
        cache: where the default's weights are unpacked; else `BRONVAST_CACHE`, else the user's cache folder.
        allow_download: whether a model that is not on this machine may be fetched from the Hugging Face hub.
        device: where bulk work is done, "auto", "cpu", "cuda" or "mps"; looked for when it begins.

    Raises:
        EncoderUnavailable: it is not on this machine, or not safe to load.
    """
    from embeddings.packed_weights import packed_file

    if name in ("", DEFAULT):
        packed = packed_file()
        if packed is not None:
            from embeddings.encoder_e5 import E5Encoder

            return E5Encoder(packed, cache, device=device)
    from embeddings.encoder_transformers import SentenceTransformerEncoder
    from embeddings.model_folders import find_model

    hub_name = f"intfloat/{DEFAULT}" if name in ("", DEFAULT) else name
    found = find_model(hub_name, allow_download=allow_download)
    return SentenceTransformerEncoder(found, name or DEFAULT, device=device)


def normalise(vectors: NDArray[numpy.floating], count: int, dimension: int) -> Vectors:
    """Rows of length 1 in float32, after making sure that they are vectors at all.

    Raises:
        EncoderError: not `count` rows of `dimension` numbers, a number is not finite, or a row is zero.
    """
    if vectors.shape != (count, dimension):
        raise EncoderError(
            f"the encoder gave vectors of shape {vectors.shape} where {(count, dimension)} was expected",
            "use another encoder",
        )
    rows = numpy.ascontiguousarray(vectors, dtype=numpy.float32)
    lengths = numpy.linalg.norm(rows, axis=1, keepdims=True)
    if not bool(numpy.isfinite(lengths).all() and (lengths > 1e-6).all()):
        raise EncoderError(
            "the encoder gave a vector that is zero or not a number",
            "install the encoder's package again, or use another encoder",
        )
    unit: Vectors = rows / lengths
    return unit
