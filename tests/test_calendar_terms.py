"""Dates in four languages as intervals, resolved against the day of publication."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from embeddings.records import PublicationDate
from qa.calendar_terms import CalendarTerm, agrees, find

PUBLISHED = PublicationDate("2022-02-02", "field")  # a Wednesday


def words(text: str) -> list[str]:
    return text.split()


def one(text: str, language: str = "nl", published: PublicationDate | None = PUBLISHED) -> CalendarTerm:
    (found,) = find(text, language, published)
    return found


@pytest.mark.parametrize(
    ("text", "language", "first", "last"),
    [
        ("Op 2 februari 2022 kwam hij", "nl", "2022-02-02", "2022-02-02"),
        ("On February 2, 2022 he came", "en", "2022-02-02", "2022-02-02"),
        ("on the 2nd of March 2020", "en", "2020-03-02", "2020-03-02"),
        ("Am 2. Februar 2022 kam er", "de", "2022-02-02", "2022-02-02"),
        ("Le 1er février 2022", "fr", "2022-02-01", "2022-02-01"),
        ("2022-02-02", "nl", "2022-02-02", "2022-02-02"),
        ("op 2-2-2022", "nl", "2022-02-02", "2022-02-02"),
        ("op 28 december", "nl", "2021-12-28", "2021-12-28"),
        ("gisteren", "nl", "2022-02-01", "2022-02-01"),
        ("yesterday", "en", "2022-02-01", "2022-02-01"),
        ("gestern", "de", "2022-02-01", "2022-02-01"),
        ("hier", "fr", "2022-02-01", "2022-02-01"),
        ("dinsdag", "nl", "2022-02-01", "2022-02-01"),
        ("volgende vrijdag", "nl", "2022-02-04", "2022-02-04"),
        ("vorige week", "nl", "2022-01-24", "2022-01-30"),
        ("last month", "en", "2022-01-01", "2022-01-31"),
        ("vor zwei Wochen", "de", "2022-01-17", "2022-01-23"),
        ("il y a deux ans", "fr", "2020-01-01", "2020-12-31"),
        ("eind januari", "nl", "2022-01-19", "2022-01-31"),
        ("eind 2021", "nl", "2021-09-23", "2021-12-31"),
        ("early 2021", "en", "2021-01-01", "2021-04-10"),
        ("in 2014 veroverde", "nl", "2014-01-01", "2014-12-31"),
        ("de jaren negentig", "nl", "1990-01-01", "1999-12-31"),
        ("van 2 tot 5 april 2021", "nl", "2021-04-02", "2021-04-05"),
    ],
)
def test_intervals(text: str, language: str, first: str, last: str) -> None:
    term = one(text, language)
    assert (str(term.first), str(term.last)) == (first, last)


def test_what_is_no_date() -> None:
    assert find("Er gaan 2000 militairen heen", "nl", PUBLISHED) == ()
    assert find("It may rain and they march on", "en", PUBLISHED) == ()
    assert find("op 31 februari 2022", "nl", PUBLISHED)[0].day is None


def test_nothing_is_made_up_without_a_publication_date() -> None:
    assert one("gisteren", published=None).first is None
    assert one("op 2 februari", published=None).first is None
    assert one("gisteren", published=PublicationDate("2022-02", "field")).last == date(2022, 2, 27)


@pytest.mark.parametrize(
    ("claim", "evidence", "expected"),
    [
        ("op 2 februari 2022", "vandaag", True),
        ("op 1 februari 2022", "dinsdag", True),
        ("op 1 februari 2022", "woensdag", False),
        ("in februari 2022", "op 2 februari", True),
        ("in 2022", "op 2 februari", True),
        ("op 2 februari 2022", "in februari 2022", False),
        ("in 2021", "op 2 februari", False),
        ("vorige week", "vorige week", True),
        ("dinsdag", "gisteren", True),
    ],
)
def test_agreement_is_containment(claim: str, evidence: str, expected: bool) -> None:
    assert agrees(one(claim), one(evidence)) is expected


@given(st.dates(min_value=date(1900, 1, 1), max_value=date(2090, 12, 31)))
def test_every_day_is_found_in_every_notation(day: date) -> None:
    dutch = words("januari februari maart april mei juni juli augustus september oktober november december")
    english = words("January February March April May June July August September October November December")
    for text, language in (
        (f"op {day.day} {dutch[day.month - 1]} {day.year}", "nl"),
        (f"on {english[day.month - 1]} {day.day}, {day.year}", "en"),
        (day.isoformat(), "nl"),
        (f"{day.day}-{day.month}-{day.year}", "nl"),
    ):
        term = one(text, language)
        assert term.first == term.last == day


@given(st.dates(min_value=date(1990, 1, 1), max_value=date(2090, 12, 31)))
def test_a_weekday_without_more_is_the_last_one(day: date) -> None:
    name = words("maandag dinsdag woensdag donderdag vrijdag zaterdag zondag")[day.weekday()]
    for later in range(7):
        published = PublicationDate((day + timedelta(days=later)).isoformat(), "field")
        assert one(name, published=published).first == day


@given(st.text(max_size=80), st.sampled_from(["nl", "en", "de", "fr", ""]))
def test_any_text_is_read(text: str, language: str) -> None:
    for term in find(text, language, PUBLISHED):
        assert 0 <= term.start < term.end <= len(text)
        assert term.first is None or (term.last is not None and term.first <= term.last)
