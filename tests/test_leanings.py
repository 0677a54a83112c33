"""Outlets and times that a question names."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from made_articles import made_article

from embeddings.records import PublicationDate
from qa.leanings import OUTLET_BONUS, PERIOD_BONUS, Leanings, leanings_of

TODAY = date(2026, 11, 22)
OUTLETS = ["De Peilstok", "Het Kanaalblad", "NOS", "AD"]


@pytest.mark.parametrize(
    ("question", "language", "outlets"),
    [
        ("Wat schreef de Peilstok over de brug?", "nl", {"De Peilstok"}),
        ("wat zei het kanaalblad daarover", "nl", {"Het Kanaalblad"}),
        ("Volgens het Kanaalblad en de NOS: hoeveel?", "nl", {"Het Kanaalblad", "NOS"}),
        ("What did De Peilstok report?", "en", {"De Peilstok"}),
        ("Welke peilstok gebruikte het schip op De Lieve?", "nl", set()),
        ("Werkt dat ad hoc?", "nl", set()),
        ("Wat vinden de Nossers?", "nl", set()),
    ],
)
def test_outlets_are_known_by_their_names(question: str, language: str, outlets: set[str]) -> None:
    assert leanings_of(question, language, OUTLETS, TODAY).outlets == outlets


@pytest.mark.parametrize(
    ("question", "language", "period"),
    [
        ("Wat gebeurde er in 2021?", "nl", (date(2021, 1, 1), date(2021, 12, 31))),
        ("Wat gebeurde er vorige week?", "nl", (date(2026, 11, 9), date(2026, 11, 15))),
        ("Wat was er gisteren?", "nl", (date(2026, 11, 21), date(2026, 11, 21))),
        ("Hoeveel branden waren er sinds januari?", "nl", (date(2026, 1, 1), None)),
        ("Hoeveel branden waren er sinds december?", "nl", (date(2025, 12, 1), None)),
        ("What happened before March 2024?", "en", (None, date(2024, 2, 29))),
        ("What happened since 2024?", "en", (date(2024, 1, 1), None)),
        ("Was geschah im Mai 2023?", "de", (date(2023, 5, 1), date(2023, 5, 31))),
        ("Que s'est-il passé depuis 2020 ?", "fr", (date(2020, 1, 1), None)),
        ("Wat werd er tussen 2019 en 2021 gebouwd?", "nl", (date(2019, 1, 1), date(2021, 12, 31))),
        ("What was built between 2019 and 2021?", "en", (date(2019, 1, 1), date(2021, 12, 31))),
        ("Wat werd er van 2019 tot 2021 gebouwd?", "nl", (date(2019, 1, 1), date(2021, 12, 31))),
        ("Wat werd er tot en met 2020 gebouwd?", "nl", (None, date(2020, 12, 31))),
        ("Wat werd er tot 2020 gebouwd?", "nl", (None, date(2019, 12, 31))),
        ("Wat gebeurde er tussen maart en mei?", "nl", (date(2026, 3, 1), date(2026, 5, 31))),
        ("Que s'est-il passé depuis mars ?", "fr", (date(2026, 3, 1), None)),
        ("Wat gebeurde er de afgelopen weken?", "nl", (date(2026, 10, 25), date(2026, 11, 22))),
        ("Wat gebeurde er in november vorig jaar?", "nl", (date(2025, 11, 1), date(2025, 11, 30))),
    ],
)
def test_times_are_periods_of_publication(
    question: str, language: str, period: tuple[date | None, date | None]
) -> None:
    assert leanings_of(question, language, [], TODAY).periods == (period,)


@pytest.mark.parametrize(
    "question", ["Hoeveel kost de brug?", "Wat gebeurt er op maandag?", "Hoe laat begint het om 20.00 uur?"]
)
def test_most_questions_lean_nowhere(question: str) -> None:
    assert leanings_of(question, "nl", OUTLETS, TODAY) == Leanings()


def test_the_bonus_is_for_the_outlet_and_for_the_time() -> None:
    leanings = Leanings(frozenset({"De Peilstok"}), ((date(2024, 3, 1), date(2024, 3, 31)),))

    def bonus(publisher: str, published: str) -> float:
        when = PublicationDate(published, "test") if published else None
        return leanings.bonus(replace(made_article(1), publisher=publisher, published=when))

    assert bonus("De Peilstok", "2024-03-10") == OUTLET_BONUS + PERIOD_BONUS
    assert bonus("De Peilstok", "") == OUTLET_BONUS
    assert bonus("NOS", "2024-03") == PERIOD_BONUS
    assert bonus("NOS", "2024-04-07") == PERIOD_BONUS  # still reported a week later
    assert bonus("NOS", "2024-04-08") == 0.0
    assert bonus("NOS", "2024-02-29") == 0.0
    assert bonus("NOS", "2024") == PERIOD_BONUS  # it may have been then
    assert Leanings().bonus(made_article(1)) == 0.0
