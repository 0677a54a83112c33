"""Names by how they are written, and which of them mean the same."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.names import Name, bears_out, extract, same


def texts(text: str, language: str = "nl") -> list[str]:
    return [name.text for name in extract(text, language) if name.certain]


def name(text: str) -> Name:
    (found,) = extract(f"Volgens {text} klopt dat", "nl")
    return found


def test_dutch_names() -> None:
    assert texts("Gisteren sprak Johan van der Meer met de NAVO in Den Haag.") == [
        "Johan van der Meer",
        "NAVO",
        "Den Haag",
    ]
    assert texts("Hij woont er. Daar werken mensen.") == []
    assert texts("Op maandag in maart regent het.") == []


def test_a_capital_at_the_beginning_says_nothing_by_itself() -> None:
    assert texts("Troepen gaan naar Roemenië.") == ["Roemenië"]
    assert texts("Rusland ontkent dat.") == ["Rusland"]
    assert texts("John Kirby ontkent dat.") == ["John Kirby"]


def test_german_nouns_are_no_names() -> None:
    assert texts("Der Minister sprach mit Angela Merkel über die Lage in der EU.", "de") == ["Angela Merkel", "EU"] or (
        "Lage" not in texts("Der Minister sprach mit Angela Merkel über die Lage in der EU.", "de")
    )


def test_titles_are_left_out() -> None:
    assert texts("Volgens President Vladimir Poetin klopt het.") == ["Vladimir Poetin"]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("Poetins", "Poetin"), ("Rutte's", "Rutte"), ("VS", "Verenigde Staten"), ("VS", "Amerikaanse"),
        ("Roemenië", "Romania"), ("NAVO", "Navo"), ("Poetin", "Putin"), ("Kiev", "Kyiv"),
    ],
)  # fmt: skip
def test_same(first: str, second: str) -> None:
    assert same(first, second)
    assert same(second, first)


@pytest.mark.parametrize(
    ("first", "second"), [("Polen", "Roemenië"), ("Jan", "John"), ("Rusland", "Oekraïne"), ("Kirby", "Biden")]
)
def test_different(first: str, second: str) -> None:
    assert not same(first, second)


@pytest.mark.parametrize(
    ("claim", "source", "expected"),
    [
        ("Kirby", "Dat zei John Kirby gisteren.", True),
        ("Jan Kirby", "Dat zei John Kirby gisteren.", False),
        ("John Kirby", "Dat zei Kirby gisteren.", False),
        ("Pentagon", "Dat zei de Pentagon-woordvoerder gisteren.", True),
        ("Oekraïne", "Er wordt gevochten in Oost-Oekraïne.", False),
        ("Labour-partij", "Dat zei Labour gisteren.", True),
        ("Amerikaanse", "Dat zeiden de Verenigde Staten gisteren.", True),
        ("Rusland", "Er zijn pro-Oekraïense rebellen.", False),
    ],
)
def test_what_a_sentence_bears_out(claim: str, source: str, expected: bool) -> None:
    assert bears_out(name(claim), source, extract(source, "nl")) is expected


def test_spelling_may_differ_only_between_languages() -> None:
    source = "That is what Zelenskyy said."
    claim = name("Zelenskyj")
    assert bears_out(claim, source, extract(source, "en"), across_languages=True)


@given(st.text(max_size=80), st.sampled_from(["nl", "en", "de", "fr", ""]))
def test_any_text_is_read_and_bears_out_its_own_names(text: str, language: str) -> None:
    found = extract(text, language)
    assert all(text[entry.start : entry.end] == entry.text and entry.parts for entry in found)
    assert all(bears_out(entry, text, found) for entry in found)
