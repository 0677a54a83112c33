"""Quotations character by character, and who said what."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.quotations import attributed_stretches, attributions, is_verbatim, quotations

SOURCE = "“Het is belangrijk dat we een sterk signaal sturen aan mijnheer Poetin”, aldus Kirby."


@pytest.mark.parametrize("style", ["“{}”", "„{}”", '"{}"', "«{}»", "« {} »", "‘{}’", "'{}'", "`` {} ''"])
def test_every_style_of_marks(style: str) -> None:
    text = f"Hij zei: {style.format('dat is niet waar')}."
    assert [quote.text.strip() for quote in quotations(text)] == ["dat is niet waar"]


def test_apostrophes_open_nothing() -> None:
    assert quotations("Hij liep 's avonds met zo'n foto's en Rutte's hond langs 't huis") == ()


def test_offsets() -> None:
    (quote,) = quotations(SOURCE)
    assert SOURCE[quote.start : quote.end] == quote.text


@pytest.mark.parametrize(
    ("quoted", "expected"),
    [
        ("Het is belangrijk dat we een sterk signaal sturen", True),
        ("het is belangrijk", True),
        ("een sterk  signaal", True),
        ("Het is belangrijk … aan mijnheer Poetin", True),
        ("Het is belangrijk [dat] we een sterk signaal sturen", True),
        ("een sterk signaal sturen.", True),
        ("Het is heel belangrijk dat we een sterk signaal sturen", False),
        ("een signaal sturen", False),
        ("belang", False),
        ("mijnheer Poetin … Het is belangrijk", False),
    ],
)
def test_verbatim(quoted: str, expected: bool) -> None:
    assert is_verbatim(quoted, SOURCE) is expected


@pytest.mark.parametrize(
    ("text", "language", "speaker"),
    [
        (SOURCE, "nl", "Kirby"),
        ("Volgens Mark Rutte is dat onjuist.", "nl", "Mark Rutte"),
        ("John Kirby zegt dat het tijdelijk is.", "nl", "John Kirby"),
        ("“It is a fact,” says John Smith.", "en", "John Smith"),
        ("According to Mark Rutte that is wrong.", "en", "Mark Rutte"),
        ("Selon Emmanuel Macron, c'est faux.", "fr", "Emmanuel Macron"),
        ("Laut Angela Merkel ist das falsch.", "de", "Angela Merkel"),
    ],
)
def test_who_says_it(text: str, language: str, speaker: str) -> None:
    found = attributions(text, language)
    assert speaker in [name.text for entry in found for name in entry.names]


def test_a_common_noun_or_pronoun_as_speaker() -> None:
    assert attributions("Hij benadrukt dat het tijdelijk is.", "nl")[0].noun == "hij"
    assert attributions("De politie zegt dat er vijf gewonden zijn.", "nl")[0].noun == "politie"


def test_no_speaker() -> None:
    assert attributions("Er gaan duizend militairen naar Roemenië.", "nl") == ()
    assert attributions("Hier vindt u meer informatie.", "nl") == ()


def test_what_hangs_on_a_speaker() -> None:
    text = "De minister zegt dat het veilig is, maar de brug is dicht."
    (stretch,) = attributed_stretches(text, "nl")
    assert "veilig" in text[slice(*stretch)]
    assert "brug" not in text[slice(*stretch)]
    text = "De brug is dicht, zegt de politie."
    (stretch,) = attributed_stretches(text, "nl")
    assert text[slice(*stretch)].startswith("De brug is dicht")


@given(st.text(alphabet=st.characters(categories=["Ll", "Lu", "Zs"]), min_size=1, max_size=60))
def test_any_stretch_of_a_source_is_verbatim(words: str) -> None:
    assert is_verbatim(words, f"Hij zei: {words}")


@given(st.text(max_size=100), st.sampled_from(["nl", "en", "de", "fr"]))
def test_any_text_is_read(text: str, language: str) -> None:
    assert all(0 <= quote.start <= quote.end <= len(text) for quote in quotations(text))
    assert all(0 <= start <= end <= len(text) for start, end in attributed_stretches(text, language))
