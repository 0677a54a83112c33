"""Numbers in any notation: what is read, and what counts as the same."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.number_words import parse, parse_ordinal
from qa.quantities import Quantity, extract, same, supports


def one(text: str, language: str = "nl") -> Quantity:
    (found,) = extract(text, language)
    return found


@pytest.mark.parametrize(
    "text",
    [
        "2.000 militairen", "2000 militairen", "2 000 militairen", "2\u202f000 militairen", "tweeduizend militairen",
        "2 duizend militairen", "een 2.000-tal militairen", "een tweeduizendtal militairen", "circa 2.000 militairen",
        "zo'n 2.000 militairen", "ruim 2.000 militairen", "bijna tweeduizend militairen",
    ],
)  # fmt: skip
def test_two_thousand_in_every_notation(text: str) -> None:
    assert one(text).value == 2000
    assert same(one(text), one("2.000 militairen"))


@pytest.mark.parametrize(
    ("text", "language", "value"),
    [
        ("2,000 people", "en", "2000"), ("2.5 million people", "en", "2500000"),
        ("thirty-five thousand men", "en", "35000"),
        ("two hundred and five people", "en", "205"), ("vijfendertigduizend mensen", "nl", "35000"),
        ("tweeëntwintighonderd mensen", "nl", "2200"), ("1,2 miljoen mensen", "nl", "1200000"),
        ("anderhalf miljoen mensen", "nl", "1500000"), ("een duizendtal troepen", "nl", "1000"),
        ("zweiundzwanzig Menschen", "de", "22"), ("1,5 Millionen Menschen", "de", "1500000"),
        ("quatre-vingt-dix personnes", "fr", "90"), ("quatre-vingt-dix-sept mille soldats", "fr", "97000"),
        ("2 000 soldats", "fr", "2000"), ("vingt et un jours", "fr", "21"), ("een dozijn eieren", "nl", "12"),
        ("a dozen eggs", "en", "12"), ("6½ sacks", "en", "6.5"), ("nog eens 3 mld. mensen", "nl", "3000000000"),
    ],
)  # fmt: skip
def test_values(text: str, language: str, value: str) -> None:
    assert one(text, language).value == Decimal(value)


@pytest.mark.parametrize(
    ("text", "language", "value", "unit", "kind"),
    [
        ("€ 1,2 mln", "nl", "1200000", "EUR", "money"), ("3 miljard euro", "nl", "3000000000", "EUR", "money"),
        ("$3bn", "en", "3000000000", "USD", "money"), ("€3.1billion", "en", "3100000000", "EUR", "money"),
        ("2.000 Amerikaanse dollars", "nl", "2000", "USD", "money"),
        ("3 milliards d'euros", "fr", "3000000000", "EUR", "money"),
        ("12%", "nl", "12", "%", "percent"), ("vijf procent", "nl", "5", "%", "percent"),
        ("een 45-jarige", "nl", "45", "year", "cardinal"),
        ("5km", "nl", "5", "km", "cardinal"), ("a three-day weekend", "en", "3", "day", "cardinal"),
        ("een vierdaagse werkweek", "nl", "4", "day", "cardinal"), ("de helft", "nl", "0.5", "share", "fraction"),
        ("drie op de vier", "nl", "0.75", "share", "fraction"), ("one in five", "en", "0.2", "share", "fraction"),
        ("de vierde keer", "nl", "4", "", "ordinal"), ("the 21st time", "en", "21", "", "ordinal"),
        ("14:30", "nl", "870", "", "time"), ("om 14.30 uur", "nl", "870", "", "time"),
        ("2 p.m.", "en", "840", "", "time"),
    ],
)  # fmt: skip
def test_units_and_kinds(text: str, language: str, value: str, unit: str, kind: str) -> None:
    found = one(text, language)
    assert (found.value, found.unit, found.kind) == (Decimal(value), unit, kind)


def test_numbers_in_names_and_articles_are_none() -> None:
    assert extract("De F-16 en vlucht MH17 horen bij een man van covid-19", "nl") == ()


def test_ranges_scores_and_vague_plurals() -> None:
    assert (one("vijf tot tien mensen").low, one("vijf tot tien mensen").high) == (5, 10)
    assert (one("5 tot 6 miljoen euro").low, one("5 tot 6 miljoen euro").high) == (5_000_000, 6_000_000)
    assert one("Ajax won met 3-1").kind == "score"
    assert (one("tienduizenden mensen").low, one("tienduizenden mensen").kind) == (10_000, "vague")


@pytest.mark.parametrize(
    ("claim", "evidence", "expected"),
    [
        ("2.000 militairen", "2.100 militairen", False),
        ("2.000 militairen", "2.000 soldaten", True),
        ("2.000 militairen", "2.000 euro", False),
        ("2.000 dollar", "2.000 euro", False),
        ("ongeveer 100.000 troepen", "98.500 troepen", True),
        ("ongeveer 2.000 troepen", "2.100 troepen", False),
        ("ruim 2.000 mensen", "2.150 mensen", True),
        ("bijna 2.000 mensen", "2.150 mensen", False),
        ("meer dan 2.000 mensen", "minder dan 2.000 mensen", False),
        ("duizenden mensen", "4.500 mensen", True),
        ("4.500 mensen", "duizenden mensen", False),
        ("honderden mensen", "tientallen mensen", False),
        ("de helft", "50 procent", True),
        ("90 minuten", "anderhalf uur", True),
        ("2 weken", "14 dagen", True),
        ("de derde keer", "drie keer", False),
        ("5-10 mensen", "vijf tot tien mensen", True),
    ],
)
def test_what_bears_out_what(claim: str, evidence: str, expected: bool) -> None:
    assert supports(one(claim), one(evidence)) is expected


def test_an_english_separator_in_a_dutch_sentence() -> None:
    assert same(one("2,000 militairen", "nl"), one("2.000 militairen", "nl"))
    assert not same(one("2,5 miljoen", "nl"), one("25 miljoen", "nl"))


@given(st.integers(min_value=2, max_value=999_999_999))
def test_grouped_and_plain_digits_have_one_value(number: int) -> None:
    grouped = f"{number:,}"
    assert one(f"wel {grouped.replace(',', '.')} mensen", "nl").value == number
    assert one(f"just {grouped} people", "en").value == number
    assert one(f"environ {grouped.replace(',', chr(0x202F))} personnes", "fr").value == number


@given(st.text(max_size=80), st.sampled_from(["nl", "en", "de", "fr", ""]))
def test_any_text_is_read_and_nothing_overlaps(text: str, language: str) -> None:
    found = extract(text, language)
    assert all(0 <= entry.start < entry.end <= len(text) and entry.low == entry.low for entry in found)
    assert all(left.end <= right.start for left, right in pairwise(found))
    assert all(same(entry, entry) for entry in found)


def test_number_words_are_no_articles_or_verbs() -> None:
    assert parse(["een", "man"], "nl") is None
    assert parse(["één", "man"], "nl") == (1, 1)
    assert parse(["vieren"], "nl") is None
    assert parse(["een", "miljoen"], "nl") == (1_000_000, 2)
    assert parse_ordinal("eenentwintigste", "nl") == 21
    assert parse_ordinal("beste", "nl") is None


@pytest.mark.parametrize(
    ("text", "language", "noun"),
    [
        ("It can handle 2,300 passengers an hour.", "en", "passengers"),
        ("Er rijden 2.300 auto's per uur.", "nl", "auto's"),
        ("Er zit 20 nanogram per liter in.", "nl", "nanogram"),
    ],
)
def test_what_a_number_is_set_against_is_not_its_unit(text: str, language: str, noun: str) -> None:
    (found,) = extract(text, language)
    assert (found.unit, found.noun) == ("", noun)


def test_years_in_french_stay_years() -> None:
    assert [found.unit for found in extract("Il a passé trois ans ici.", "fr")] == ["year"]
