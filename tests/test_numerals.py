"""Numbers in digits and words, in four languages."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from embeddings.numerals import NUMERAL, value_of_numeral, value_of_words


@pytest.mark.parametrize(
    ("numeral", "scale", "language", "term"),
    [
        ("2.000", "", "nl", "2000"),
        ("2,000", "", "en", "2000"),
        ("2 000", "", "fr", "2000"),
        ("1.234.567,89", "", "nl", "1234567.89"),
        ("1,234,567.89", "", "en", "1234567.89"),
        ("1,2", "miljoen", "nl", "1200000"),
        ("1.5", "billion", "en", "1500000000"),
        ("1,5", "Billionen", "de", "1500000000000"),
        ("3,50", "", "nl", "3.5"),
        ("12.30", "", "nl", "12.3"),
        ("007", "", "en", "7"),
    ],
)
def test_digits(numeral: str, scale: str, language: str, term: str) -> None:
    assert value_of_numeral(numeral, scale, language) == term


@pytest.mark.parametrize(
    ("text", "numerals"),
    [
        ("de 2.000 en 8.500, 3,5 of 10.", ["2.000", "8.500", "3,5", "10"]),
        ("100 000 man in 2022", ["100 000", "2022"]),
        ("op 02-02-2022 om 12.30 uur", ["02", "02", "2022", "12.30"]),
        ("€3.50, een 2.000-tal", ["3.50", "2.000"]),
    ],
)
def test_where_numbers_stand(text: str, numerals: list[str]) -> None:
    assert NUMERAL.findall(text) == numerals


@pytest.mark.parametrize(
    ("language", "text", "term", "taken"),
    [
        ("nl", "tweeduizend man", "2000", 1),
        ("nl", "vijfentwintig", "25", 1),
        ("nl", "negentienhonderdvijfenveertig", "1945", 1),
        ("nl", "een miljoen euro", "1000000", 2),
        ("nl", "een man", "", 0),
        ("nl", "achtereen", "", 0),
        ("nl", "drie vier", "3", 1),
        ("en", "two hundred and fifty men", "250", 4),
        ("en", "twenty five", "25", 2),
        ("en", "two five", "2", 1),
        ("de", "fünfundzwanzig", "25", 1),
        ("de", "zweitausend", "2000", 1),
        ("fr", "vingt et un", "21", 3),
        ("fr", "soixante dix", "70", 2),
        ("fr", "quatre vingt dix sept", "97", 4),
        ("fr", "quatre vingts", "80", 2),
        ("sv", "tre", "", 0),
    ],
)
def test_words(language: str, text: str, term: str, taken: int) -> None:
    assert value_of_words(text.split(), language) == (term, taken)


DUTCH = "nul een twee drie vier vijf zes zeven acht negen tien elf twaalf".split()


@given(st.integers(2, 12), st.integers(2, 9))
def test_dutch_compounds_of_numbers(ones: int, thousands: int) -> None:
    word = f"{DUTCH[thousands]}duizend{DUTCH[ones]}"
    assert value_of_words([word], "nl") == (str(thousands * 1000 + ones), 1)


@given(st.text(max_size=40), st.text(max_size=10), st.sampled_from(["nl", "en", "de", "fr", "xx"]))
def test_any_text_is_taken(text: str, scale: str, language: str) -> None:
    for numeral in NUMERAL.findall(text):
        assert value_of_numeral(numeral, scale, language)
    value_of_words(text.split(), language)
