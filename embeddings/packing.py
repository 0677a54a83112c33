"""Offsets, vectors and terms as the bytes that are stored, and back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

import numpy
from numpy.typing import NDArray

from embeddings.records import Sentence, SentenceKind, Span, Vector, Vectors

_KINDS: Final[tuple[SentenceKind, ...]] = ("body", "heading", "furniture")


def pack_numbers(numbers: Iterable[int]) -> bytes:
    """Non-negative whole numbers, seven bits a byte, the last byte of each below 128."""
    packed = bytearray()
    for number in numbers:
        groups = [number & 127]
        number >>= 7
        while number:
            groups.append(number & 127 | 128)
            number >>= 7
        packed += bytes(reversed(groups))
    return bytes(packed)


def unpack_numbers(packed: bytes) -> list[int]:
    numbers = []
    number = 0
    for byte in packed:
        number = number << 7 | byte & 127
        if byte < 128:
            numbers.append(number)
            number = 0
    return numbers


def pack_spans(spans: Sequence[Span]) -> bytes:
    """Each span as start and length; spans may overlap and need not be in order."""
    return pack_numbers(number for span in spans for number in (span.start, span.end - span.start))


def unpack_spans(packed: bytes) -> tuple[Span, ...]:
    numbers = unpack_numbers(packed)
    return tuple(Span(start, start + size) for start, size in zip(numbers[::2], numbers[1::2], strict=True))


def pack_sentences(sentences: Sequence[Sentence]) -> bytes:
    """Each sentence as the gap since the former one's end, its length and its kind; in order, not
    overlapping.
    """
    numbers = []
    end = 0
    for sentence in sentences:
        numbers += [sentence.start - end, (sentence.end - sentence.start) * 3 + _KINDS.index(sentence.kind)]
        end = sentence.end
    return pack_numbers(numbers)


def unpack_sentences(packed: bytes) -> tuple[Sentence, ...]:
    numbers = unpack_numbers(packed)
    sentences = []
    end = 0
    for gap, size in zip(numbers[::2], numbers[1::2], strict=True):
        start = end + gap
        end = start + size // 3
        sentences.append(Sentence(start, end, _KINDS[size % 3]))
    return tuple(sentences)


def pack_vector(vector: Vector) -> bytes:
    """float16, little-endian: half of float32 and a cosine that differs by less than 0.0002."""
    return vector.astype("<f2").tobytes()


def unpack_vectors(packed: bytes, dimension: int) -> Vectors:
    """Rows of float32 from the bytes of one or more packed vectors, exactly as stored."""
    return numpy.frombuffer(packed, "<f2").reshape(-1, dimension).astype(numpy.float32)


def pack_sentence_vectors(vectors: Vectors) -> bytes:
    """Eight bits a value, each row scaled to its largest: a quarter of float32, cosine error about 0.0005.

    The scales need not be kept, for rows are normalised when they are unpacked.
    """
    scales = numpy.abs(vectors).max(axis=1, keepdims=True) / 127.0
    codes: bytes = numpy.rint(vectors / scales).astype(numpy.int8).tobytes()
    return codes


def unpack_sentence_vectors(packed: bytes, dimension: int) -> Vectors:
    """Rows of float32, L2-normalised."""
    codes = numpy.frombuffer(packed, numpy.int8).reshape(-1, dimension).astype(numpy.float32)
    vectors: Vectors = codes / numpy.maximum(numpy.linalg.norm(codes, axis=1, keepdims=True), 1e-12)
    return vectors


def pack_terms(ids: Iterable[int]) -> bytes:
    """Term numbers of a passage, ascending, one for each occurrence."""
    return numpy.sort(numpy.fromiter(ids, "<u4")).tobytes()


def unpack_terms(packed: bytes) -> NDArray[numpy.uint32]:
    return numpy.frombuffer(packed, "<u4")


def lexical_row(packed_terms: bytes) -> str:
    """What the word index gets: numbers in decimals, which its own tokenizer can neither split nor fold."""
    return " ".join(map(str, unpack_terms(packed_terms).tolist()))
