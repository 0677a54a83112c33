"""Terms: equal for what a reader takes as the same, for article and question alike."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from embeddings.analysis import analyse, query_terms


@pytest.mark.parametrize(
    ("language", "text", "terms"),
    [
        ("nl", "De troepen.", ["de", "troep"]),
        ("nl", "2.000 troepen", ["2000", "troep"]),
        ("nl", "Tweeduizend troepen", ["2000", "troep"]),
        ("nl", "2000 troepen", ["2000", "troep"]),
        ("en", "2,000 troops", ["2000", "troop"]),
        ("en", "two thousand troops", ["2000", "troop"]),
        ("de", "zweitausend Truppen", ["2000", "trupp"]),
        ("fr", "deux mille soldats", ["2000", "soldat"]),
        ("nl", "1,2 miljoen", ["1200000"]),
        ("nl", "8.500", ["8500"]),
        ("nl", "€ 3,50", ["3.5"]),
        ("nl", "100\u00a0000 man", ["100000", "man"]),
        ("nl", "een 2.000-tal", ["een", "2000", "tal"]),
        ("nl", "VS", ["=united-states", "vs"]),
        ("nl", "Oekraïense", ["=ukraine", "oekraien"]),
        ("nl", "negentienhonderdvijfenveertig", ["1945"]),
        ("en", "twenty-five", ["25"]),
        ("en", "two five", ["2", "5"]),
        ("fr", "quatre-vingt-dix-sept", ["97"]),
        ("xx", "Café TIRANA", ["cafe", "tirana"]),
    ],
)
def test_terms(language: str, text: str, terms: list[str]) -> None:
    assert analyse(text, language) == terms


@pytest.mark.parametrize(
    ("language", "question", "text"),
    [
        ("nl", "troepenverplaatsing", "de verplaatsing van troepen"),
        ("nl", "de verplaatsing van troepen", "troepenverplaatsingen"),
        ("nl", "grenzen", "de grens"),
        ("nl", "kansen", "een kans"),
        ("nl", "Roemeense", "in Roemenië"),
        ("nl", "Romania", "Roemenië"),
        ("de", "Versicherungen der Kranken", "Krankenversicherung"),
        ("nl", "oekraine", "Oekraïne"),
    ],
)
def test_question_and_text_meet(language: str, question: str, text: str) -> None:
    asked = set(analyse(question, language))
    if question == "Romania":
        asked = set(query_terms("Who lives in Romania?", ["nl"]))
    assert asked & set(analyse(text, language)) - {"van", "de", "der"}


def test_a_question_loses_its_function_words_but_not_its_names() -> None:
    assert query_terms("Hoeveel troepen sturen de VS naar Roemenië?", ["nl"]) == [
        "troep",
        "stur",
        "=united-states",
        "vs",
        "=romania",
        "roemenie",
    ]
    assert query_terms("Wat doet het OM?", ["nl"]) == ["=openbaar-ministerie"]
    assert query_terms("Wie is het?", ["nl"]) == ["wie", "is", "het"]


def test_a_question_in_another_language_than_the_articles() -> None:
    terms = query_terms("Did Putin send 2,000 troops to Ukraine in March?", ["nl"])
    assert {"=vladimir-putin", "=ukraine", "=march", "2000"} <= set(terms)
    assert not {"did", "to", "in"} & set(terms)
    assert "=ukraine" in analyse("in Oekraïne", "nl")


@settings(max_examples=200)
@given(st.text(max_size=120), st.sampled_from(["nl", "en", "de", "fr", "", "sv", "xx"]))
def test_laws(text: str, language: str) -> None:
    terms = analyse(text, language)
    assert all(term and not any(character.isspace() for character in term) for term in terms)
    assert terms == analyse(text, language)
    asked = query_terms(text, [language or "nl", "en"])
    assert len(asked) == len(set(asked))
    assert bool(asked) or not any(character.isalnum() for character in text)


@given(st.integers(0, 999_999_999))
def test_every_notation_of_a_whole_number_is_one_term(number: int) -> None:
    grouped = f"{number:,}"
    for notation in (str(number), grouped, grouped.replace(",", "."), grouped.replace(",", "\u202f")):
        assert analyse(f"er zijn {notation} mensen", "nl")[2] == str(number)
