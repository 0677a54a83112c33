"""Compounds of Dutch and German, and the words that only look like them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from embeddings.compounds import split_compound


@pytest.mark.parametrize(
    ("word", "parts"),
    [
        ("troepenverplaatsing", ("troepen", "verplaatsing")),
        ("regeringsleiders", ("regerings", "leiders")),
        ("klimaatmaatregelen", ("klimaat", "maatregelen")),
        ("presidentsverkiezingen", ("presidents", "verkiezingen")),
        ("coronamaatregelen", ("corona", "maatregelen")),
        ("televisieproductiebedrijf", ("televisie", "productie", "bedrijf")),
        ("overstromingsrisico", ("overstromings", "risico")),
        ("kinderontvoering", ("kind", "ontvoering")),
        ("milieuvergunning", ("milieu", "vergunning")),
    ],
)
def test_dutch(word: str, parts: tuple[str, ...]) -> None:
    assert split_compound(word, "nl") == parts


@pytest.mark.parametrize(
    ("word", "parts"),
    [
        ("krankenversicherung", ("kranken", "versicherung")),
        ("bundesregierung", ("bundes", "regierung")),
        ("klimaschutzgesetz", ("klima", "schutz", "gesetz")),
        ("truppenverlegung", ("truppen", "verlegung")),
    ],
)
def test_german(word: str, parts: tuple[str, ...]) -> None:
    assert split_compound(word, "de") == parts


@pytest.mark.parametrize(
    "word",
    [
        "onderwijs",
        "verzoeken",
        "belangrijke",
        "tijdelijk",
        "wetenschap",
        "catalaanse",
        "discriminatie",
        "verklaarde",
        "doorgegeven",
        "ontwikkeling",
        "organisatie",
        "president",
        "washington",
        "vergadering",
        "universiteit",
    ],
)
def test_other_words_stay_whole(word: str) -> None:
    assert split_compound(word, "nl") == ()


def test_languages_that_write_compounds_apart_have_none() -> None:
    assert split_compound("troepenverplaatsing", "en") == ()


@given(st.text(alphabet="abdefgilnorstuvz", min_size=1, max_size=30), st.sampled_from(["nl", "de", "en", ""]))
def test_parts_stand_in_the_word_in_order(word: str, language: str) -> None:
    position = 0
    for part in split_compound(word, language):
        assert len(part) >= 3
        position = word.index(part, position) + len(part)
