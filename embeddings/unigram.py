"""Splitting text into the pieces of a Unigram vocabulary, without the half second that loading the library for it takes.

The library `tokenizers` stays the standard: bulk encoding goes through it, and the tests compare the two piece by piece.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy
from numpy.typing import NDArray

SPACE = "▁"
"""Stands for the space before a word."""

_UNKNOWN_PENALTY = 10.0
_SPACES = re.compile(" {2,}")
_WORDS = re.compile(" ?[^ ]+| ")


@dataclass(frozen=True, slots=True)
class Pieces:
    """Ids by piece, without taking a quarter of a million of them apart first, which a dictionary would need.

    Attributes:
        checksums: CRC-32 of the pieces in UTF-8, in ascending order.
        ids: which piece each is of.
        spelt: all pieces one after another, by id.
        borders: where each begins, and where the last ends.
    """

    checksums: NDArray[numpy.uint32]
    ids: NDArray[numpy.int32]
    spelt: bytes
    borders: NDArray[numpy.uint32]

    @classmethod
    def of(cls, spelt: bytes, borders: NDArray[numpy.uint32]) -> Pieces:
        places = borders.tolist()
        sums = numpy.array([zlib.crc32(spelt[start:end]) for start, end in pairwise(places)], numpy.uint32)
        ids = numpy.argsort(sums, kind="stable").astype(numpy.int32)
        return cls(sums[ids], ids, spelt, borders)

    def find(self, texts: Sequence[bytes]) -> list[int]:
        """The id of each text that is a piece, -1 for others."""
        sums = numpy.array([zlib.crc32(text) for text in texts], numpy.uint32)
        firsts = numpy.searchsorted(self.checksums, sums).tolist()
        lasts = numpy.searchsorted(self.checksums, sums, "right").tolist()
        return [self._same(text, first, last) for text, first, last in zip(texts, firsts, lasts, strict=True)]

    def _same(self, text: bytes, first: int, last: int) -> int:
        for place in range(first, last):
            number = int(self.ids[place])
            if self.spelt[self.borders[number] : self.borders[number + 1]] == text:
                return number
        return -1


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Pieces and what they cost.

    Attributes:
        scores: log-probability by id.
        longest: bytes of the longest piece.
        replacements: what stands for single characters; NFKC is done before.
    """

    pieces: Pieces
    scores: NDArray[numpy.float32]
    longest: int
    replacements: Mapping[int, str]
    beginning: int
    end: int
    unknown: int


class Unigram:
    """Finds the likeliest pieces of each word."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._unknown_score = float(vocabulary.scores.min()) - _UNKNOWN_PENALTY
        self._known: dict[str, list[int]] = {}

    def ids(self, text: str, longest: int) -> list[int]:
        """Token ids with the markers at both ends, at most `longest`."""
        text = _SPACES.sub(" ", text.translate(self._vocabulary.replacements))
        found = [self._vocabulary.beginning]
        for word in _WORDS.findall(text if text.startswith(" ") or not text else " " + text):
            if len(found) >= longest:
                break
            found += self._word(word.replace(" ", SPACE))
        return [*found[: longest - 1], self._vocabulary.end]

    def _word(self, word: str) -> list[int]:
        known = self._known.get(word)
        if known is None:
            known = self._known[word] = self._split(word)
        return known

    def _split(self, word: str) -> list[int]:
        """Best path through all pieces that a word can be made of; unknown characters in a row are one token."""
        vocabulary = self._vocabulary
        letters = [letter.encode() for letter in word]
        spans = list(self._spans(letters))
        tokens = vocabulary.pieces.find([b"".join(letters[start:end]) for start, end in spans])
        # What reaches each place best: its score, where its last piece begins, which piece that is.
        best: list[tuple[float, int, int]] = [(0.0, 0, 0)] + [(-1e30, 0, 0)] * len(letters)
        for (start, end), token in zip(spans, tokens, strict=True):
            if token >= 0:
                score = best[start][0] + float(vocabulary.scores[token])
            elif end == start + 1:
                score, token = best[start][0] + self._unknown_score, vocabulary.unknown
            else:
                continue
            if score > best[end][0]:
                best[end] = (score, start, token)
        path: list[int] = []
        place = len(letters)
        while place:
            _, start, token = best[place]
            if not (token == vocabulary.unknown and path and path[-1] == token):
                path.append(token)
            place = start
        return path[::-1]

    def _spans(self, letters: Sequence[bytes]) -> Iterator[tuple[int, int]]:
        """Every stretch that may be a piece, by where it begins."""
        for start in range(len(letters)):
            size = 0
            for end in range(start + 1, len(letters) + 1):
                size += len(letters[end - 1])
                if size > self._vocabulary.longest and end > start + 1:
                    break
                yield start, end
