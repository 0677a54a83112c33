"""The times of invented questions, in four languages, as seen on one day."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from embeddings.records import PublicationDate
from qa.asked_times import find

TODAY = PublicationDate("2026-11-22", "clock")  # a Sunday


def read(question: str, language: str) -> list[tuple[str, str, str]]:
    return [
        (question[time.start : time.end], str(time.first), str(time.last)) for time in find(question, language, TODAY)
    ]


@pytest.mark.parametrize(
    ("question", "language", "words", "first", "last"),
    [
        ("Hoeveel huizen kwamen er de afgelopen 3 jaar bij?", "nl", "afgelopen 3 jaar", "2023-11-22", "2026-11-22"),
        ("Wie won er de laatste twee weken?", "nl", "laatste twee weken", "2026-11-08", "2026-11-22"),
        ("Wie won er de afgelopen maanden?", "nl", "afgelopen maanden", "2026-07-23", "2026-11-22"),
        ("Who won in the past 2 weeks?", "en", "past 2 weeks", "2026-11-08", "2026-11-22"),
        ("Who won over the last few weeks?", "en", "last few weeks", "2026-10-25", "2026-11-22"),
        ("Wer gewann in den letzten zwei Wochen?", "de", "letzten zwei Wochen", "2026-11-08", "2026-11-22"),
        ("Qui a gagné ces deux dernières semaines ?", "fr", "deux dernières semaines", "2026-11-08", "2026-11-22"),
        ("Qui a gagné ces dernières semaines ?", "fr", "dernières semaines", "2026-10-25", "2026-11-22"),
        ("Wie kreeg er afgelopen mei een prijs?", "nl", "afgelopen mei", "2026-05-01", "2026-05-31"),
        ("Wie kreeg er afgelopen november een prijs?", "nl", "afgelopen november", "2025-11-01", "2025-11-30"),
        ("Who got it next March?", "en", "next March", "2027-03-01", "2027-03-31"),
        ("Wie kreeg het afgelopen kwartaal subsidie?", "nl", "afgelopen kwartaal", "2026-07-01", "2026-09-30"),
        ("Who was elected last summer?", "en", "last summer", "2026-06-01", "2026-08-31"),
        ("Wer kam letzten Winter?", "de", "letzten Winter", "2025-12-01", "2026-02-28"),
        ("Qui est parti l'été dernier ?", "fr", "été dernier", "2026-06-01", "2026-08-31"),
        ("Groei in het derde kwartaal van 2020?", "nl", "derde kwartaal van 2020", "2020-07-01", "2020-09-30"),
        ("What was sold in Q1 2020?", "en", "Q1 2020", "2020-01-01", "2020-03-31"),
        ("Wie kwam er op 4-5-20?", "nl", "4-5-20", "2020-05-04", "2020-05-04"),
        ("Wie kwam er in november vorig jaar?", "nl", "november vorig jaar", "2025-11-01", "2025-11-30"),
        ("Wie kwam er vorig jaar in mei?", "nl", "vorig jaar in mei", "2025-05-01", "2025-05-31"),
        ("Wie kwam er op 4 mei van vorig jaar?", "nl", "4 mei van vorig jaar", "2025-05-04", "2025-05-04"),
        ("Who came in March last year?", "en", "March last year", "2025-03-01", "2025-03-31"),
        ("Wer kam im März letzten Jahres?", "de", "März letzten Jahres", "2025-03-01", "2025-03-31"),
        ("Qui est venu en mars de l'année dernière ?", "fr", "mars de l'année dernière", "2025-03-01", "2025-03-31"),
        ("Wie kwam er tussen 2019 en 2021 langs?", "nl", "2019 en 2021", "2019-01-01", "2021-12-31"),
        ("Wat werd er van 2019 tot 2021 gebouwd?", "nl", "2019 tot 2021", "2019-01-01", "2021-12-31"),
        ("Wat werd er in 2020 of 2021 gebouwd?", "nl", "2020 of 2021", "2020-01-01", "2021-12-31"),
        ("Wie won in het seizoen 2019-2020?", "nl", "2019-2020", "2019-01-01", "2020-12-31"),
        ("Who came between 2019 and 2021?", "en", "2019 and 2021", "2019-01-01", "2021-12-31"),
        ("Wer kam zwischen 2019 und 2021?", "de", "2019 und 2021", "2019-01-01", "2021-12-31"),
        ("Qui est venu entre 2019 et 2021 ?", "fr", "2019 et 2021", "2019-01-01", "2021-12-31"),
        ("Wie kwam er tussen maart en mei 2024?", "nl", "maart en mei 2024", "2024-03-01", "2024-05-31"),
        ("Wie kwam er tussen mei en juli 2024?", "nl", "mei en juli 2024", "2024-05-01", "2024-07-31"),
        ("Wie kwam van november tot en met maart 2023?", "nl", "november tot en met maart 2023",
         "2022-11-01", "2023-03-31"),
        ("Wie kwam van november 2022 tot maart?", "nl", "november 2022 tot maart", "2022-11-01", "2023-03-31"),
        ("Wie kwam vanaf 1 mei tot 5 juni 2024?", "nl", "1 mei tot 5 juni 2024", "2024-05-01", "2024-06-05"),
        ("Wie kwam er in mei en juni 2020?", "nl", "mei en juni 2020", "2020-05-01", "2020-06-30"),
        ("Wie is sinds vorig jaar mei herder?", "nl", "vorig jaar mei", "2025-05-01", "2025-05-31"),
        ("Who came between May and July?", "en", "May and July", "2026-05-01", "2026-07-31"),
    ],
)  # fmt: skip
def test_what_belongs_together_is_one_interval(question: str, language: str, words: str, first: str, last: str) -> None:
    assert read(question, language) == [(words, first, last)]


@pytest.mark.parametrize(
    ("question", "language"),
    [
        ("Wie betaalde tot 2000 euro?", "nl"),
        ("Wie kwam er na 2000 bezoekers?", "nl"),
        ("Wie steeg er tot 2050 meter?", "nl"),
        ("Voor 2021 woningen is er gas, waarom?", "nl"),
        ("Wie verdient tot 2000 per maand?", "nl"),
        ("Kwamen er 2000-2500 mensen?", "nl"),
        ("Kamen mehr als 2000 Menschen vor 2021 Zuschauern?", "de"),
        ("Waarom won Lienderveld met 4-3-3?", "nl"),
        ("Wat is er nieuw in versie 14.5.10?", "nl"),
        ("Wat was de stand na het derde kwartaal?", "nl"),
        ("What did they do after May resigned?", "en"),
        ("What did the march after the game cost?", "en"),
        ("Wat kostten de laatste twee wedstrijden?", "nl"),
    ],
)
def test_what_is_no_time(question: str, language: str) -> None:
    assert read(question, language) == []


@pytest.mark.parametrize(
    ("question", "language"),
    [
        ("Wat is het verschil tussen 2019 en 2020?", "nl"),
        ("What is the difference between 2019 and 2020?", "en"),
        ("Was is der Unterschied zwischen 2019 und 2020?", "de"),
        ("Quelle est la différence entre 2019 et 2020 ?", "fr"),
        ("Kwamen er in 2019 meer dan in 2020?", "nl"),
    ],
)
def test_two_times_that_are_compared_stay_two(question: str, language: str) -> None:
    assert [words for words, _, _ in read(question, language)] == ["2019", "2020"]


def test_the_last_days_of_something_else_are_not_told_from_today() -> None:
    assert read("Wat gebeurde er in de laatste dagen van de oorlog?", "nl") == [("laatste dagen", "None", "None")]
    assert read("Wat was er in de laatste 3 maanden van 2020?", "nl")[0] == ("laatste 3 maanden", "None", "None")


def test_what_is_told_from_today_is_open_without_a_day() -> None:
    for question in ("Wie won de afgelopen 3 jaar?", "Wie won afgelopen mei?", "Wie won in november vorig jaar?"):
        (time,) = find(question, "nl")
        assert (time.first, time.last, time.year) == (None, None, None)


@given(st.text(max_size=80), st.sampled_from(["nl", "en", "de", "fr", ""]))
def test_any_text_is_read(text: str, language: str) -> None:
    for time in find(text, language, TODAY):
        assert 0 <= time.start < time.end <= len(text)


@given(
    st.lists(
        st.sampled_from(
            "van tussen sinds tot en of - in mei maart 2020 2019 1999 0 31 35 februari vorig jaar afgelopen 3 "
            "kwartaal derde Q3 zomer de maanden eind".split()
        ),
        max_size=9,
    )
)
def test_words_of_time_in_any_order_are_read(words: list[str]) -> None:
    text = " ".join(words)
    for day in (TODAY, None):
        for time in find(text, "nl", day):
            assert time.first is None or (time.last is not None and time.first <= time.last)
