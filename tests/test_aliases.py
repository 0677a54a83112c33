"""Names of the built-in table, of a user's own, and how capitals count."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import embeddings.aliases
from embeddings.aliases import Aliases, Mention, aliases, canonical, expand, related, same, use_own_file
from embeddings.analysis import analyse, query_terms

words = str.split
TABLE = Path(embeddings.aliases.__file__).with_name("aliases.tsv")


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("Roemenië", "Romania"),
        ("Rumänien", "Roumanie"),
        ("VS", "Verenigde Staten"),
        ("U.S.", "États-Unis"),
        ("USA", "Vereinigte Staaten"),
        ("NAVO", "NATO"),
        ("Navo", "OTAN"),
        ("Kiev", "Kyiv"),
        ("Vladimir Poetin", "Putin"),
        ("Zelensky", "Selenskyj"),
        ("Loekasjenko", "Lukashenko"),
        ("Wit-Rusland", "Belarus"),
        ("VN", "Nations unies"),
        ("maart", "March"),
        ("woensdag", "Mittwoch"),
        ("Luik", "Lüttich"),
        ("Rijn", "Rhine"),
        ("Georgia", "Georgië"),
        ("Ruslands", "Russia"),
        ("Openbaar Ministerie", "OM"),
        ("Jan Jansen", "jan jansen"),
        ("Erdogan", "Erdoğan"),
    ],
)
def test_same(first: str, second: str) -> None:
    assert same(first, second) and same(second, first) and related(first, second)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("Iran", "Irak"),
        ("vs", "VS"),
        ("om", "OM"),
        ("Niger", "Nigeria"),
        ("Noord-Korea", "Zuid-Korea"),
        ("Jan", "Piet"),
        ("Roemeens", "Roemenië"),
        ("mei", "maart"),
        ("Slowakije", "Slovenië"),
        ("Oostenrijk", "Australië"),
    ],
)
def test_not_the_same(first: str, second: str) -> None:
    assert not same(first, second) and not same(second, first)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("Roemeense", "Roemenië"),
        ("Roemenen", "Romania"),
        ("Amerikaanse", "VS"),
        ("rumänischen", "Roemeens"),
        ("américaine", "American"),
        ("Zuid-Afrikaanse", "South Africa"),
        ("Russen", "Russisch"),
        ("Fransen", "French"),
    ],
)
def test_derived_words_are_related(first: str, second: str) -> None:
    assert related(first, second) and related(second, first)


def test_canonical_and_expand() -> None:
    assert (canonical("Roumanie"), canonical("Roemeens"), canonical("Xyz")) == ("romania", "", "")
    assert expand("NAVO")[:2] == ("Navo", "Noord-Atlantische Verdragsorganisatie")
    assert "OTAN" in expand("NAVO") and "NAVO" not in expand("NAVO")
    assert expand("Xyz") == ()


def test_the_longest_name_is_found_and_a_lower_case_question_too() -> None:
    found = aliases().find(words("de president van zuid korea en de verenigde staten"), "nl")
    assert found == [Mention(3, 2, "south-korea", False), Mention(7, 2, "united-states", False)]
    assert aliases().find(words("In MAART IS RUSLAND SNEL"), "nl")[-1].concept == "russia"
    assert aliases().find(words("DAT IS RUSLAND OF NIET"), "nl") == [Mention(2, 1, "russia", False)]


def test_names_of_another_language_do_not_mislead() -> None:
    assert aliases().find(["Mars"], "nl") == []
    assert [mention.concept for mention in aliases().find(["mars"], "fr")] == ["march"]


@pytest.fixture
def own_file(tmp_path: Path) -> Iterator[Path]:
    own = tmp_path / "own.tsv"
    own.write_text("# mine\nnato\torganisation\tverdragsclub\nacme\torganisation\tAcme NV\tAcme Ltd\n", "utf-8")
    use_own_file(own)
    yield own
    use_own_file(None)


def test_a_file_of_ones_own_adds_to_the_table(own_file: Path) -> None:
    assert same("verdragsclub", "OTAN") and same("Acme NV", "Acme Ltd")
    use_own_file(None)
    assert not same("verdragsclub", "OTAN") and not same("Acme NV", "Acme Ltd")


def test_the_word_index_does_not_depend_on_it_and_questions_look_for_all_its_names(own_file: Path) -> None:
    indexed = analyse("Acme NV in de verdragsclub", "nl")
    assert not any(term.startswith("=") for term in indexed)
    asked, asked_by_alliance = query_terms("Wat doet Acme NV?", ["nl"]), query_terms("Wat doet de NAVO?", ["nl"])
    use_own_file(None)
    assert analyse("Acme NV in de verdragsclub", "nl") == indexed
    assert "ltd" in asked and "ltd" not in query_terms("Wat doet Acme NV?", ["nl"])
    assert set(analyse("verdragsclub", "nl")) <= set(asked_by_alliance)


@pytest.mark.parametrize("line", ["alleen een concept", "Met Hoofdletters\tplace\tX", "x\tplace" + "\ta" * 9])
def test_a_line_that_is_not_understood_is_named(line: str) -> None:
    with pytest.raises(ValueError, match="line 2"):
        Aliases(f"# kop\n{line}\n")


def test_the_built_in_table_is_well_formed() -> None:
    rows = [line.split("\t") for line in TABLE.read_text("utf-8").splitlines() if line and not line.startswith("#")]
    identifiers = [row[0] for row in rows]
    assert len(rows) > 600 and len(set(identifiers)) == len(identifiers)
    assert {row[1] for row in rows} == {"place", "organisation", "person", "event", "month", "weekday"}
    for row in rows:
        assert 3 <= len(row) <= 10 and any(row[2:])
        for cell in row[2:]:
            assert cell == cell.strip() and not re.search(r"\|\||^\||\|$|;|  ", cell)


def test_every_name_in_the_table_finds_its_concept() -> None:
    for line in TABLE.read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            concept, _, *columns = line.split("\t")
            for name in "|".join(column for column in columns[:4] if column not in ("", "=")).split("|"):
                assert not name or concept in aliases().concepts(name), name


@given(st.text(max_size=20), st.text(max_size=20))
def test_same_is_reflexive_and_symmetric(first: str, second: str) -> None:
    assert same(first, first)
    assert same(first, second) == same(second, first)
    assert related(first, second) == related(second, first)
