"""What one transaction writes: refused as a whole or there as a whole."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy
import pytest
from made_articles import DIMENSION, encode, made_article, open_new

from embeddings.errors import BronvastError, LibraryError


def test_what_would_break_promises_is_refused_whole(tmp_path: Path) -> None:
    article = made_article(1)
    encoded = encode(article)
    bad = numpy.full(DIMENSION, numpy.nan, numpy.float32)
    with open_new(tmp_path) as library:
        for broken in (
            [encoded[0], replace(encoded[1], vector=bad)],
            [replace(encoded[0], vector=numpy.zeros(DIMENSION, numpy.float32)), encoded[1]],
            [replace(encoded[0], vector=encoded[0].vector[:-1]), encoded[1]],
            [replace(encoded[0], sentence_vectors=encoded[0].sentence_vectors[:1]), encoded[1]],
            [encoded[1]],
            [encoded[0], replace(encoded[1], passage=encode(made_article(2))[1].passage)],
        ):
            with pytest.raises(BronvastError):
                library.put(article, broken)
        short = replace(article, text=article.text[:10])
        with pytest.raises(LibraryError):
            library.put(short, encoded)
        with pytest.raises(LibraryError):
            library.put(replace(article, text="\ud800"), [])
        assert library.counts().articles == 0
        assert library.put(article, encoded) == "added"
        assert library.check() == []
