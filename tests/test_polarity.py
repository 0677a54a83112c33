"""Negation and modality, compared clause by clause."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.content_terms import term_keys
from qa.polarity import clauses, compare, stance


def differences(claim: str, source: str, language: str = "nl") -> tuple[str, ...]:
    return compare(claim, [(source, language)], language=language, terms=term_keys)


@pytest.mark.parametrize(
    ("claim", "source", "language", "expected"),
    [
        ("De brug is dicht.", "De brug is niet dicht.", "nl", "negation"),
        ("De brug is nooit dicht geweest.", "De brug is dicht geweest.", "nl", "negation"),
        ("The bridge is closed.", "The bridge isn't closed.", "en", "negation"),
        ("Die Brücke ist gesperrt.", "Die Brücke ist nicht gesperrt.", "de", "negation"),
        ("Le pont est fermé.", "Le pont n'est pas fermé.", "fr", "negation"),
        (
            "Rusland plant een invasie van Oekraïne.",
            "Rusland ontkent dat het een invasie van Oekraïne plant.",
            "nl",
            "denial",
        ),
        ("De minister bevestigt het verlies.", "De minister ontkent het verlies.", "nl", "denial"),
        ("De brug is gesloten.", "De brug is mogelijk gesloten.", "nl", "modality"),
        ("De brug is mogelijk gesloten.", "De brug is gesloten.", "nl", "modality"),
        ("De regering sluit de brug.", "De regering wil de brug sluiten.", "nl", "modality"),
        ("De regering heeft de brug gesloten.", "De regering zal de brug sluiten.", "nl", "modality"),
        ("The government closed the bridge.", "The government might close the bridge.", "en", "modality"),
        ("Die Regierung sperrt die Brücke.", "Die Regierung könnte die Brücke sperren.", "de", "modality"),
    ],
)
def test_differences(claim: str, source: str, language: str, expected: str) -> None:
    assert differences(claim, source, language) == (expected,)


@pytest.mark.parametrize(
    ("claim", "source"),
    [
        ("De brug is dicht.", "De brug is dicht, maar de tunnel is niet dicht."),
        ("De brug is dicht.", "Niet alleen de brug is dicht."),
        ("De regering zal de brug sluiten.", "De regering sluit de brug."),
        ("De brug kan gesloten zijn.", "De brug zou gesloten kunnen zijn."),
        ("Rusland ontkent de plannen.", "Rusland ontkent de plannen."),
        ("Er waren minder dan 100 mensen.", "Er waren nog geen 100 mensen."),
        ("De brug blijft zo lang mogelijk dicht.", "De brug blijft zo lang mogelijk dicht."),
        ("Het weer was mooi.", "De minister is niet afgetreden."),
    ],
)
def test_no_differences(claim: str, source: str) -> None:
    assert differences(claim, source) == ()


def test_sources_that_disagree_let_the_claim_side_with_either() -> None:
    evidence = [("De brug is dicht.", "nl"), ("De brug is niet dicht.", "nl")]
    assert compare("De brug is niet dicht.", evidence, language="nl", terms=term_keys) == ()


def test_between_languages_the_whole_sentence_counts() -> None:
    evidence = [("The bridge is not closed.", "en")]
    assert compare("De brug is dicht.", evidence, language="nl", terms=term_keys, whole=True) == ("negation",)
    assert compare("De brug is niet dicht.", evidence, language="nl", terms=term_keys, whole=True) == ()


def test_two_negations_cancel() -> None:
    assert not stance("Het is niet zo dat niemand het weet", "nl").negated


@given(st.text(max_size=120))
def test_clauses_cover_the_text_in_order(text: str) -> None:
    found = clauses(text)
    assert "".join(clause.text for clause in found) == text
    assert all(text[clause.start : clause.end] == clause.text for clause in found)


@given(st.text(max_size=120), st.sampled_from(["nl", "en", "de", "fr"]))
def test_a_sentence_never_differs_from_itself_by_negation(text: str, language: str) -> None:
    assert "negation" not in differences(text, text, language)
