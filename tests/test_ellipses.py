"""Remarks that are put where they belong in the question before them."""

from __future__ import annotations

import pytest

from qa.ellipses import by_rule

FIRST = "Hoeveel Amerikaanse militairen gaan naar Roemenië?"
RUTTE = "Wat zei Mark Rutte over Oekraïne?"
MAYOR = "Wie is de burgemeester van Rotterdam?"
HOMES = "Hoeveel woningen werden er in 2020 gebouwd in Damshorn?"


@pytest.mark.parametrize(
    ("previous", "remark", "language", "expected"),
    [
        (FIRST, "En hoeveel naar Polen?", "nl", "Hoeveel Amerikaanse militairen gaan naar Polen?"),
        (FIRST, "Hoe zit het met Duitsland?", "nl", "Hoeveel Amerikaanse militairen gaan naar Duitsland?"),
        ("How many soldiers are going to Romania?", "And to Poland?", "en", "How many soldiers are going to Poland?"),
        (RUTTE, "En Dick Schoof?", "nl", "Wat zei Dick Schoof over Oekraïne?"),
        (RUTTE, "En over Gaza?", "nl", "Wat zei Mark Rutte over Gaza?"),
        (RUTTE, "Maar wat zei Wilders?", "nl", "Wat zei Wilders over Oekraïne?"),
        (RUTTE, "En tegen Biden?", "nl", "Wat zei Mark Rutte over Oekraïne tegen Biden?"),
        ("Wat zei minister Faber over asielzoekers?", "En Wilders?", "nl", "Wat zei Wilders over asielzoekers?"),
        ("Wat zei Faber over asielzoekers?", "En over Wilders?", "nl", "Wat zei Faber over Wilders?"),
        ("Wat vindt de VVD van het plan van D66?", "En het CDA?", "nl", "Wat vindt het CDA van het plan van D66?"),
        ("Wat zegt Hoekstra over het klimaat?", "En over stikstof?", "nl", "Wat zegt Hoekstra over stikstof?"),
        (RUTTE, "En wat zei Geert Wilders?", "nl", "Wat zei Geert Wilders over Oekraïne?"),
        ("Wie won de verkiezingen in 2022?", "En in Duitsland?", "nl", "Wie won de verkiezingen in 2022 in Duitsland?"),
        (MAYOR, "En de burgemeester van Amsterdam?", "nl", "Wie is de burgemeester van Amsterdam?"),
        (
            "Hoeveel doden vielen er in Gaza?",
            "En op de Westelijke Jordaanoever?",
            "nl",
            "Hoeveel doden vielen er op de Westelijke Jordaanoever?",
        ),
        (
            "Hoeveel Turkse Nederlanders wonen er in Nederland?",
            "En in België?",
            "nl",
            "Hoeveel Turkse Nederlanders wonen er in België?",
        ),
        (
            "Was sagte Olaf Scholz über die Ukraine?",
            "Und Friedrich Merz?",
            "de",
            "Was sagte Friedrich Merz über die Ukraine?",
        ),
        ("Qu'a dit Emmanuel Macron sur l'Ukraine ?", "Et sur Gaza ?", "fr", "Qu'a dit Emmanuel Macron sur Gaza ?"),
        ("Que dit Macron ?", "Et que dit Trump ?", "fr", "Que dit Trump ?"),
    ],
)
def test_a_name_takes_the_place_of_its_counterpart(previous: str, remark: str, language: str, expected: str) -> None:
    assert by_rule(remark, previous, language) == expected


@pytest.mark.parametrize(
    ("previous", "remark", "language", "expected"),
    [
        (HOMES, "En in 2023?", "nl", "Hoeveel woningen werden er in 2023 gebouwd in Damshorn?"),
        (HOMES, "En deze week?", "nl", "Hoeveel woningen werden er deze week gebouwd in Damshorn?"),
        (HOMES, "En op 5 mei?", "nl", "Hoeveel woningen werden er op 5 mei 2020 gebouwd in Damshorn?"),
        ("Hoeveel klachten waren er in mei 2024?", "En in juni?", "nl", "Hoeveel klachten waren er in juni 2024?"),
        ("Hoeveel klachten waren er?", "En in juni?", "nl", "Hoeveel klachten waren er in juni?"),
        ("How many homes were built in 2020?", "And in 2023?", "en", "How many homes were built in 2023?"),
        (
            "Combien de logements a-t-on construits en 2020 ?",
            "Et en 2023 ?",
            "fr",
            "Combien de logements a-t-on construits en 2023 ?",
        ),
    ],
)
def test_a_time_takes_the_place_of_the_time(previous: str, remark: str, language: str, expected: str) -> None:
    assert by_rule(remark, previous, language) == expected


@pytest.mark.parametrize(
    ("previous", "remark", "expected"),
    [
        (RUTTE, "Wat zei hij over Gaza?", "Wat zei Mark Rutte over Gaza?"),
        (RUTTE, "Is hij lid van de VVD?", "Is Mark Rutte lid van de VVD?"),
        ("Wie is Ruben S.?", "gaat hij in beroep?", "Gaat Ruben S. in beroep?"),
    ],
)
def test_he_is_the_one_who_acts_in_the_previous_question(previous: str, remark: str, expected: str) -> None:
    assert by_rule(remark, previous, "nl") == expected


@pytest.mark.parametrize(
    ("previous", "remark", "language"),
    [
        (MAYOR, "En waarom vertrok Aboutaleb?", "nl"),
        ("Hoeveel inwoners heeft Rotterdam?", "En waar ligt Amsterdam?", "nl"),
        ("Who won in Israel?", "And who is Netanyahu?", "en"),
    ],
)
def test_what_asks_something_of_its_own_stays_as_it_is(previous: str, remark: str, language: str) -> None:
    assert by_rule(remark, previous, language) == remark


@pytest.mark.parametrize(
    ("previous", "remark"),
    [
        (FIRST, "Wie zei dat?"),
        (FIRST, "En waarom naar Polen?"),
        (RUTTE, "Wat vond Geert Wilders daarvan?"),
        (RUTTE, "En Gaza?"),  # Gaza says nothing, and Oekraïne has a preposition
        (MAYOR, "Wat zei hij over Gaza?"),
        ("Wie verkocht de club aan Jan Smit?", "Hoeveel kreeg hij?"),
        ("Wie verkocht FC Wijkerhaven?", "Hoeveel kreeg hij?"),
        ("Hoeveel redders stuurde Nederland naar Tamorië?", "En hoeveel Belgische?"),
        ("Hoeveel klachten kwamen er in 2024 over Walfeest?", "en hoeveel een jaar eerder"),
        ("Hoeveel inwoners heeft Rotterdam?", "En in Amsterdam?"),
        ("Wat zei de minister over Gaza?", "En Wilders?"),
        ("Wie zijn Trump en Musk?", "En Bezos?"),
        ("Is Trump rijker dan Musk?", "En Bezos?"),
        ("Hoeveel mensen wonen er in België en Duitsland?", "En in Frankrijk?"),
        ("Hoeveel doden vielen er tussen 2019 en 2021?", "En in 2022?"),
        ("Wat zegt Hoekstra over het klimaat in zijn boek?", "En over stikstof?"),
    ],
)
def test_anything_else_is_asked_after_the_previous_question(previous: str, remark: str) -> None:
    assert by_rule(remark, previous, "nl") == f"{previous} {remark}"
