"""Stems bring together what belongs together, and keep apart what a reader keeps apart."""

from __future__ import annotations

import pytest

from embeddings.folding import fold
from embeddings.stemming import stemmer


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("nl", "roemeens roemeense roemeen roemenen"),
        ("nl", "grens grenzen"),
        ("nl", "kans kansen"),
        ("nl", "mens mensen"),
        ("nl", "stem stemmen"),
        ("nl", "brief brieven"),
        ("nl", "prijs prijzen"),
        ("nl", "film films"),
        ("nl", "rus russen"),
        ("nl", "verplaatsing verplaatsen verplaatsingen"),
        ("nl", "werkloos werkloze"),
        ("en", "troop troops"),
        ("de", "truppe truppen"),
        ("fr", "soldat soldats"),
    ],
)
def test_one_stem(language: str, words: str) -> None:
    assert len({stemmer(language)(word) for word in words.split()}) == 1


@pytest.mark.parametrize("pair", ["kans kan", "mens men", "pers per", "minister mini", "politie politiek"])
def test_two_stems(pair: str) -> None:
    first, second = map(stemmer("nl"), pair.split())
    assert first != second


def test_a_language_without_an_algorithm_keeps_its_words() -> None:
    assert stemmer("xx")("woorden") == "woorden"


def test_folding() -> None:
    assert [fold(word) for word in ("Café", "OEKRAÏNE", "Straße", "Œuvre", "ﬁlm", "cafe\u0301")] == [
        "cafe",
        "oekraine",
        "strasse",
        "oeuvre",
        "film",
        "cafe",
    ]
