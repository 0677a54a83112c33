"""Splitting text into the pieces of a Unigram vocabulary, without the half second that loading the library for it takes.

The library `tokenizers` stays the standard: bulk encoding goes through it, and the tests compare the two piece by piece.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy
from numpy.typing import NDArray

SPACE = "▁"
"""Stands for the space before a word."""

_UNKNOWN_PENALTY = 10.0
_SPACES = re.compile(" {2,}")
_WORDS = re.compile(" ?[^ ]+| ")


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Pieces and what they cost.

    Attributes:
        pieces: id of each piece, in UTF-8.
        scores: log-probability by id.
        replacements: what stands for single characters; NFKC is done before.
    """

    pieces: Mapping[bytes, int]
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
        pieces, scores, unknown = vocabulary.pieces, vocabulary.scores, vocabulary.unknown
        letters = [letter.encode() for letter in word]
        best: list[tuple[float, int, int]] = [(0.0, 0, unknown)] + [(-1e30, 0, unknown)] * len(letters)
        for start in range(len(letters)):
            reached = best[start][0]
            piece = b""
            single = False
            for end in range(start, len(letters)):
                piece += letters[end]
                if len(piece) > vocabulary.longest:
                    break
                token = pieces.get(piece)
                if token is None:
                    continue
                single = single or end == start
                score = reached + float(scores[token])
                if score > best[end + 1][0]:
                    best[end + 1] = (score, start, token)
            if not single and reached + self._unknown_score > best[start + 1][0]:
                best[start + 1] = (reached + self._unknown_score, start, unknown)
        path: list[int] = []
        place = len(letters)
        while place:
            _, start, token = best[place]
            if not (token == unknown and path and path[-1] == unknown):
                path.append(token)
            place = start
        return path[::-1]
