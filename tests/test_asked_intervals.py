"""The bounds that words before a time make of it."""

from __future__ import annotations

import pytest

from qa.asked_intervals import AskedTime
from qa.asked_times import find


def one(question: str, language: str) -> AskedTime:
    (time,) = find(question, language)
    return time


@pytest.mark.parametrize(
    ("question", "language", "side", "certain"),
    [
        ("Wat werd er in 2019 gebouwd?", "nl", "within", True),
        ("Wat werd er sinds 2019 gebouwd?", "nl", "since", True),
        ("Wat werd er na 2019 gebouwd?", "nl", "since", True),
        ("Wat werd er vóór 2021 gebouwd?", "nl", "until", True),
        ("Wat werd er voor 2021 gebouwd?", "nl", "until", True),
        ("Wat is de begroting voor 2021?", "nl", "until", False),
        ("Hoeveel geld is er voor 2021 toegezegd?", "nl", "until", False),
        ("Wat werd er tot 2021 gebouwd?", "nl", "until", True),
        ("Wat werd er tot en met 2020 gebouwd?", "nl", "through", True),
        ("Wat werd er tot eind 2020 gebouwd?", "nl", "through", True),
        ("Wat werd er tussen 2019 en 2021 gebouwd?", "nl", "within", True),
        ("Wat veranderde er tussen 2010 en nu?", "nl", "since", True),
        ("Wie kwam er van maart 2022 tot heden?", "nl", "since", True),
        ("What was built since 2019?", "en", "since", True),
        ("What was in the report from 2019?", "en", "since", False),
        ("What was built before 2021?", "en", "until", True),
        ("Was wurde seit 2019 gebaut?", "de", "since", True),
        ("Was wurde vor 2021 gebaut?", "de", "until", True),
        ("Qu'a-t-on construit après 2019 ?", "fr", "since", True),
        ("Qu'a-t-on construit avant 2021 ?", "fr", "until", True),
    ],
)
def test_a_time_has_the_bound_that_is_said_before_it(question: str, language: str, side: str, certain: bool) -> None:
    time = one(question, language)
    assert (time.side, time.certain) == (side, certain)


@pytest.mark.parametrize(
    ("question", "stretch"),
    [
        ("Wat werd er tussen 2019 en 2021 gebouwd?", True),
        ("Wat werd er in het derde kwartaal van 2020 gebouwd?", True),
        ("Wat werd er eind 2023 gebouwd?", True),
        ("Wat werd er tussen 28 april en 3 mei 2020 gebouwd?", False),
        ("Wat werd er in 2020 gebouwd?", False),
        ("Wat werd er in mei 2020 gebouwd?", False),
    ],
)
def test_a_stretch_reaches_over_months(question: str, stretch: bool) -> None:
    assert one(question, "nl").stretch is stretch
