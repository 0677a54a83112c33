"""Citation markers in every form, cut at every place of a stream."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.markers import MarkedSentence, MarkerParser, parse

VALID = range(1, 13)


@pytest.mark.parametrize(
    ("marker", "ids"),
    [
        ("[1]", (1,)), ("[01]", (1,)), ("[ 1 ]", (1,)), ("[1,2]", (1, 2)), ("[1, 2 en 3]", (1, 2, 3)),
        ("[1–3]", (1, 2, 3)),
        ("[1-3]", (1, 2, 3)), ("[1][2]", (1, 2)), ("[1] [2]", (1, 2)), ("【1】", (1,)), ("【1†bron】", (1,)),
        ("[^1]", (1,)),
        ("[[1]]", (1,)), ("［１］", (1,)), ("[٣]", (3,)), ("[bron 2]", (2,)), ("[Source 2]", (2,)), ("[S2]", (2,)),
        ("{3}", (3,)),
        ("¹", (1,)), ("¹²", (12,)), ("(1)", (1,)), ("(bron 4)", (4,)), ("[1](https://example.org/a)", (1,)),
        ("(Bron: [1])", (1,)),
        ("[1;2]", (1, 2)), ("[#3]", (3,)), ("[1 t/m 3]", (1, 2, 3)), ("[2, 1, 2]", (2, 1)),
    ],
)  # fmt: skip
@pytest.mark.parametrize("frame", ["De brug is dicht {}.", "De brug is dicht. {}", "De brug is dicht {}"])
def test_valid_forms(marker: str, ids: tuple[int, ...], frame: str) -> None:
    (sentence,) = parse(frame.format(marker), VALID, "nl")
    assert sentence.ids == ids
    assert sentence.text.rstrip(".") == "De brug is dicht"
    assert sentence.invalid == ()


@pytest.mark.parametrize("marker", ["[13]", "[0]", "[-1]", "[99, 98]", "[1-500]", "【44】", "[^77]", "⁹⁹"])
def test_invented_markers_are_taken_out_and_counted(marker: str) -> None:
    parser = MarkerParser(VALID, "nl")
    (sentence,) = [*parser.feed(f"De brug is dicht {marker}."), *parser.finish()]
    assert sentence.text == "De brug is dicht."
    assert sentence.ids == ()
    assert set(parser.invalid) == {marker}


@pytest.mark.parametrize(
    "text",
    [
        "Jan (8) en Piet (9) gaan mee.",
        "Op 5 km² wonen 12 mensen.",
        "In artikel 3.1 staat 1.000.",
        "Het werd 3-1 (na verlenging).",
    ],
)
def test_what_is_no_marker_stays(text: str) -> None:
    assert parse(text, VALID, "nl") == (MarkedSentence(text),)


def test_two_small_digits_are_two_marks_where_there_is_no_twelfth() -> None:
    assert parse("De brug is dicht¹².", range(1, 4), "nl") == (MarkedSentence("De brug is dicht.", (1, 2)),)
    (sentence,) = parse("De brug is dicht²¹.", range(1, 4), "nl")  # nobody writes them in that order
    assert sentence.ids == ()


def test_a_year_in_brackets_loses_its_brackets_only() -> None:
    (sentence,) = parse("Dat was in [2024] zo.", VALID, "nl")
    assert sentence == MarkedSentence("Dat was in 2024 zo.", (), ("[2024]",))


def test_markers_belong_to_the_sentence_before_them() -> None:
    found = parse("De brug is dicht. [1] De tunnel is open [2][3]. Verder niets.", VALID, "nl")
    assert [(entry.text, entry.ids) for entry in found] == [
        ("De brug is dicht.", (1,)), ("De tunnel is open.", (2, 3)), ("Verder niets.", ()),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "text", ["[1] De brug is dicht. [2] De tunnel is open.", "- [1] De brug is dicht.\n- [2] De tunnel is open."]
)
def test_markers_before_their_sentences(text: str) -> None:
    assert [entry.ids for entry in parse(text, VALID, "nl")] == [(1,), (2,)]


def test_sentences_come_before_the_reply_ends() -> None:
    parser = MarkerParser(VALID, "nl")
    assert parser.feed("De brug is dicht [1]. De") == []
    assert parser.feed(" tunnel is") == [MarkedSentence("De brug is dicht.", (1,))]


def test_an_unfinished_marker_at_the_end_is_dropped() -> None:
    assert parse("De brug is dicht [1", VALID, "nl") == (MarkedSentence("De brug is dicht"),)
    assert parse("", VALID, "nl") == ()


_PIECES = st.sampled_from(
    [
        "De brug is dicht",
        "Rutte zei dat",
        "in 2024",
        ". ",
        ", ",
        "[1]",
        "[9, 99]",
        "(2)",
        "【3】",
        "¹",
        "[",
        "]",
        "\n",
        " ",
        "- ",
        "[1–",
        "3]",
        "“ja”",
    ]
)


@given(st.lists(_PIECES, max_size=25), st.data())
def test_the_cuts_of_a_stream_change_nothing_and_no_invalid_number_is_shown(
    pieces: list[str], data: st.DataObject
) -> None:
    text = "".join(pieces)
    whole = parse(text, VALID, "nl")
    parser, found, place = MarkerParser(VALID, "nl"), [], 0
    while place < len(text):
        length = data.draw(st.integers(min_value=1, max_value=7))
        found.extend(parser.feed(text[place : place + length]))
        place += length
    found.extend(parser.finish())
    assert tuple(found) == whole
    for sentence in whole:
        assert set(sentence.ids) <= set(VALID)
        assert not re.search(r"\[\^?\d+\]|【\d+】", sentence.text)


@given(st.text(max_size=120))
def test_any_text_is_parsed(text: str) -> None:
    for sentence in parse(text, VALID, "nl"):
        assert set(sentence.ids) <= set(VALID)


def test_c1_two_thousand_forms_never_show_a_number_that_was_not_given() -> None:
    """Every way of writing a mark with every kind of number, at every place in a sentence (C1)."""
    forms = (
        "[{}]", "[ {} ]", "[{}][1]", "[{}, 2]", "[{},2]", "[1; {}]", "[{}–{}]", "[^{}]", "【{}】", "【{}†bron】",
        "({})", "[{}", "[[{}]]", "[Bron {}]", "[bron {}]", "[Source {}]", "【 {} 】",
    )  # fmt: skip
    frames = (
        "De brug is dicht {}.",
        "De brug is dicht. {}",
        "De brug {} is dicht.",
        "{} De brug is dicht.",
        "De brug is dicht {}",
    )
    numbers = [*range(16), "01", "-1", "99", "٣", "3.5", "1e3", "2024", "²"]
    tried = 0
    for form in forms:
        for frame in frames:
            for number in numbers:
                tried += 1
                text = frame.format(form.replace("{}", str(number)))
                for sentence in parse(text, VALID, "nl"):
                    assert set(sentence.ids) <= set(VALID), text
                    shown = {int(digits) for digits in re.findall(r"[\[【]\^?\s*(\d+)\s*[\]】]", sentence.text)}
                    assert not shown, (text, sentence.text)
    assert tried >= 2000
