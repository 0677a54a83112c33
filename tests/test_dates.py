"""Publication dates: the same day and moment under every time zone, and never more precise than what was written."""

from __future__ import annotations

import os
import re
import time
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from embeddings.records import PublicationDate
from qa.dates import FUTURE_MARK, date_in_name, date_in_url, first_date, parse_date, today_utc

TODAY = date(2026, 3, 10)
AMSTERDAM = timezone(timedelta(hours=1))

# value, language, the date that it states, with its time and offset where it states those
TABLE: list[tuple[object, str, str | None]] = [
    # ISO 8601, the writer's own day whatever the offset
    ("2022-02-02", "", "2022-02-02"),
    ("2022-02", "", "2022-02"),
    ("2022", "", "2022"),
    ("2022-2-3", "", "2022-02-03"),
    ("2022/02/03", "", "2022-02-03"),
    ("2022.02.03", "", "2022-02-03"),
    ("20220203", "", "2022-02-03"),
    ("20220203T141500", "", "2022-02-03T14:15"),
    ("20220203141500", "", "2022-02-03T14:15"),
    ("2022-02-02T23:30:00Z", "", "2022-02-02T23:30+00:00"),
    ("2022-02-02T00:30:00+01:00", "", "2022-02-02T00:30+01:00"),
    ("2022-02-02T23:59:59-08:00", "", "2022-02-02T23:59:59-08:00"),
    ("2022-02-02T14:05:00.123456+0100", "", "2022-02-02T14:05+01:00"),
    ("2022-02-02 14:05", "", "2022-02-02T14:05"),
    ("2022-02-02 14:05:33 CET", "", "2022-02-02T14:05:33+01:00"),
    ("2022-03-27T02:30:00", "", "2022-03-27T02:30"),  # an hour that the Dutch clock skipped
    ("2022-10-30T02:30:00", "", "2022-10-30T02:30"),  # an hour that it had twice
    ("2022-10-30T02:30:00+02:00", "", "2022-10-30T02:30+02:00"),  # the first of the two, and the second
    ("2022-10-30T02:30:00+01:00", "", "2022-10-30T02:30+01:00"),
    ("2022-02-02T00:00:00Z", "", "2022-02-02"),  # what programs write where they know the day only
    ("2022-02-02T00:00:00+01:00", "", "2022-02-02"),
    ("2022-02-02 14:05 +05:30", "", "2022-02-02T14:05+05:30"),
    ("2022-02-02T14:05:00+99:00", "", "2022-02-02T14:05"),  # no such offset
    ("2022-02-02T25:05:00Z", "", "2022-02-02"),  # no such time
    ("2022-02-00", "", "2022-02"),
    ("2022-00-00", "", "2022"),
    # e-mail headers
    ("Wed, 02 Feb 2022 23:10:00 +0100", "", "2022-02-02T23:10+01:00"),
    ("Wed, 2 Feb 2022 23:10:00 GMT", "", "2022-02-02T23:10+00:00"),
    ("02 Feb 2022 23:10 EST", "", "2022-02-02T23:10-05:00"),
    ("Wed, 02 Feb 22 23:10:00 +0100", "", "2022-02-02T23:10+01:00"),
    ("Wed, 02 Feb 2022 23:10:00 +0100 (CET)", "", "2022-02-02T23:10+01:00"),
    # numbers
    (1643842800, "", "2022-02-02T23:00+00:00"),  # 23:00 UTC, which is the next day in Amsterdam
    ("1643842800", "", "2022-02-02T23:00+00:00"),
    (1643842800000, "", "2022-02-02T23:00+00:00"),
    (1643842800000000, "", "2022-02-02T23:00+00:00"),
    (1643842800.5, "", "2022-02-02T23:00+00:00"),
    (2022, "", "2022"),
    (20220202, "", "2022-02-02"),
    (0, "", None),
    (True, "", None),
    (float("nan"), "", None),
    # numbers with separators
    ("03/04/2022", "nl", "2022-04-03"),
    ("03/04/2022", "", "2022-04-03"),
    ("03/04/2022", "en", "2022"),  # nobody can tell
    ("03/03/2022", "en", "2022-03-03"),
    ("12/31/2022", "en", "2022-12-31"),
    ("31/12/2022", "en", "2022-12-31"),
    ("12/31/2022", "nl", "2022-12-31"),
    ("03-04-2022", "en", "2022-04-03"),
    ("3.4.2022", "de", "2022-04-03"),
    ("03-04-22", "nl", "2022-04-03"),
    ("03-04-99", "nl", "1999-04-03"),
    ("03-04-27", "nl", "2027-04-03"),
    ("03-04-28", "nl", "1928-04-03"),
    ("32/01/2022", "", None),
    ("2022-02-30", "", None),
    ("2022-13-01", "", None),
    # words
    ("2 februari 2022", "nl", "2022-02-02"),
    ("woensdag 2 februari 2022 om 14:05 uur", "nl", "2022-02-02T14:05"),
    ("Gepubliceerd op 2 februari 2022, 14:05", "nl", "2022-02-02T14:05"),
    ("Laatste update: 2 feb. 2022 14.05", "nl", "2022-02-02T14:05"),
    ("2 mrt '22", "nl", "2022-03-02"),
    ("februari 2022", "nl", "2022-02"),
    ("Friday, January 4, 2019", "en", "2019-01-04"),
    ("Jan. 4, 2019 9:15 a.m. EST", "en", "2019-01-04T09:15-05:00"),
    ("January 4, 2019 at 12:20 pm", "en", "2019-01-04T12:20"),
    ("4 January 2019 12.20 a.m. GMT", "en", "2019-01-04T00:20+00:00"),
    ("4th of January 2019", "en", "2019-01-04"),
    ("2. Februar 2022, 14:05 Uhr", "de", "2022-02-02T14:05"),
    ("Mittwoch, 2. März 2022", "de", "2022-03-02"),
    ("1er mars 2022 à 14h05", "fr", "2022-03-01T14:05"),
    ("le 2 févr. 2022", "fr", "2022-02-02"),
    ("Publié le 12 mars 2025 à 05h15, modifié le 13 mars 2025 à 08h10", "fr", "2025-03-12T05:15"),  # not the update
    ("21 mei 2025, 16:40 • Leestijd 2 min", "nl", "2025-05-21T16:40"),
    ("14 mrt 2025 om 14:32 Update: 5 uur geleden", "nl", "2025-03-14T14:32"),
    ("19-05-25, 07:45 uur | Laatste update: 19-05-25, 13:12", "nl", "2025-05-19T07:45"),
    # what is no date, and what programs write for "none"
    ("1970-01-01T00:00:00Z", "", None),
    ("0001-01-01T00:00:00", "", None),
    ("0000-00-00", "", None),
    ("", "", None),
    ("   ", "", None),
    ("vandaag", "nl", None),
    ("In 2022 stemde de Kamer", "nl", None),
    ("3 mei 2022 stemde de Kamer", "nl", None),
    (None, "", None),
    (["2022-02-02"], "", None),
    (datetime(2022, 2, 2, 23, 30, tzinfo=AMSTERDAM), "", "2022-02-02T23:30+01:00"),
    (date(2022, 2, 2), "", "2022-02-02"),
]


def _as_text(found: PublicationDate | None) -> str | None:
    return "T".join(filter(None, (found.iso, found.time))) if found else None


@pytest.mark.parametrize("zone", ["UTC", "Europe/Amsterdam", "America/Los_Angeles", "Pacific/Kiritimati"])
def test_every_notation_gives_the_same_moment_under_every_time_zone(zone: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        read = [parse_date(value, "field", language=language, today=TODAY) for value, language, _ in TABLE]
    finally:
        monkeypatch.undo()
        time.tzset()
    stated = [(value, _as_text(found)) for (value, _, _), found in zip(TABLE, read, strict=True)]
    expected = [(value, text) for value, _, text in TABLE]
    assert [pair for pair in zip(stated, expected, strict=True) if repr(pair[0]) != repr(pair[1])] == []
    for found, text in zip(read, (text for _, _, text in TABLE), strict=True):
        aware = text is not None and re.search(r"T.*[+-]\d\d:\d\d$", text) is not None
        moment = datetime.fromisoformat(text) if text and aware else None
        assert (found.instant if found else None) == moment
        assert (found.offset if found else None) == (moment.utcoffset() if moment else None)
        assert found is None or found.instant is None or found.instant.utcoffset() == timedelta(0)
    assert os.environ.get("TZ") != "Pacific/Kiritimati"


def test_precision_and_origin_are_kept() -> None:
    for value, precision in (("2022", "year"), ("maart 2022", "month"), ("2 maart 2022", "day")):
        found = parse_date(value, "front matter", today=TODAY)
        assert found is not None
        assert (found.precision, found.origin) == (precision, "front matter")


def test_of_two_on_one_day_the_later_instant_is_the_later() -> None:
    written = [
        "2022-02-01T23:59:00-08:00",  # by instants this is after the next two, but the day goes first
        "2022-02-02", "2022-02-02T00:30:00+01:00", "2022-02-02T09:15:00+02:00", "2022-02-02 08:00",
        "2022-02-02T09:15:00+01:00", "2022-02-02T08:15:01Z", "2022-02-03", "februari 2022",
    ]  # fmt: skip
    dates = [parse_date(value, "field", today=TODAY) for value in written]
    assert sorted((date for date in dates[::-1] if date), key=lambda date: date.order) == dates
    assert [date.clock for date in dates if date] == [
        "23:59",
        "",
        "00:30",
        "09:15",
        "08:00",
        "09:15",
        "08:15 UTC",
        "",
        "",
    ]


def test_a_date_more_than_a_day_ahead_is_marked() -> None:
    tomorrow = parse_date(TODAY + timedelta(days=1), "field", today=TODAY)
    later = parse_date(TODAY + timedelta(days=2), "field", today=TODAY)
    assert tomorrow is not None and tomorrow.origin == "field"
    assert later is not None and later.origin == "field" + FUTURE_MARK


def test_the_most_trusted_of_conflicting_dates_wins() -> None:
    found = first_date([("", "a"), ("geen", "b"), ("2022-02", "c"), ("2021-01-01", "d")], today=TODAY)
    assert found is not None
    assert (found.iso, found.origin) == ("2022-02", "c")
    assert first_date([("", "a"), (None, "b")]) is None


@pytest.mark.parametrize(
    ("url", "iso"),
    [
        ("https://krant.example/2022/02/03/titel", "2022-02-03"),
        ("https://krant.example/nieuws/2022/2/3/titel.html", "2022-02-03"),
        ("https://krant.example/cnt/dmf20220203_98765432", "2022-02-03"),
        ("https://krant.example/titel-2022-02-03.html", "2022-02-03"),
        ("https://krant.example/2022/02/titel", "2022-02"),
        ("https://krant.example/artikel/12345678", None),
        ("https://krant.example/artikel/20991231", None),
        ("https://krant.example/?datum=2022-02-03", None),
        ("https://krant.example/2022/13/45/titel", None),
    ],
)
def test_dates_in_addresses(url: str, iso: str | None) -> None:
    found = date_in_url(url, today=TODAY)
    assert (found.iso if found else None) == iso


def test_dates_in_file_names_are_whole_days_only() -> None:
    names = (
        "2022-02-03-titel.txt",
        "krant_20220203.txt",
        "NRC 2022.02.03.txt",
        "000_f612fa7a56b26ca2.txt",
        "2022.txt",
    )
    found = [date_in_name(name, today=TODAY) for name in names]
    assert [one.iso if one else None for one in found] == [
        "2022-02-03",
        "2022-02-03",
        "2022-02-03",
        None,
        None,
    ]


@given(st.dates(date(1971, 1, 1), date(2025, 12, 31)))
def test_every_day_survives_every_common_notation(day: date) -> None:
    moment = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    notations = (
        day.isoformat(), day.strftime("%d-%m-%Y"), day.strftime("%d/%m/%Y"), day.strftime("%d.%m.%Y"),
        day.strftime("%Y%m%d"), day.strftime("%d %B %Y"), day.strftime("%B %d, %Y"),
        day.strftime("%a, %d %b %Y 10:00:00 +0000"), moment.isoformat(),
        moment.timestamp() if day.year > 1973 else day,
    )  # fmt: skip
    for notation in notations:
        found = parse_date(notation, "field", today=TODAY)
        assert found is not None, notation
        assert found.iso == day.isoformat(), notation


@given(st.one_of(st.text(max_size=60), st.integers(), st.floats(allow_nan=True)))
def test_nothing_makes_it_fail(value: object) -> None:
    found = parse_date(value, "field", today=TODAY)
    assert found is None or found.first_day <= found.last_day


def test_today_is_that_of_universal_time() -> None:
    before = datetime.now(UTC).date()
    assert before <= today_utc() <= datetime.now(UTC).date()
