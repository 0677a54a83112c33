import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.sanitise import json_text, sanitise, sanitise_line

FORBIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\U000e0000-\U000e007f]")
PIECES = st.sampled_from(
    [
        "\x1b[31m",
        "\x1b]8;;http://kwaad.example\x1b\\",
        "\x1b]52;c;aGFsbG8=\x07",
        "\x1bP1$r0m\x1b\\",
        "\x1b_a\x1b\\",
        "\x1b^b\x1b\\",
        "\x1bXc\x1b\\",
        "\x9b2J",
        "\x9d0;titel\x9c",
        "\x1b[6n",
        "\r\n",
        "\r",
        "\n",
        "\ud83d",
        "\ude00",
        "\u202e",
        "\u2066",
        "\U000e0041",
        "\x00",
        "\x7f",
        "Roemenië",
        "می‌خواهم",
        "👨‍👩‍👧",
        "שלום\u200f!",
        "新聞",
        "葛\U000e0100城",
        "❤️",
        "\ufe0f\ufe01\U000e0101\U000e01ef",
        "ig\u200bno\u2060re",
        "veer\u00adpont",
        "\t",
    ]
)
HOSTILE = st.lists(st.one_of(PIECES, st.text(max_size=8)), max_size=12).map("".join)


@given(HOSTILE)
def test_nothing_forbidden_is_left_and_doing_it_twice_changes_nothing(text):
    once = sanitise(text)
    assert not FORBIDDEN.search(once)
    assert sanitise(once) == once
    once.encode("utf-8")


@given(HOSTILE)
def test_nothing_visible_is_lost(text):
    kept = re.compile(
        "[^\r\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u115f\u1160\u17b4\u17b5\u180e\u200b\u202a-\u202e\u2060-\u2064\u2066-\u206f\ud800-\udfff\ufdd0-\ufdef\u3164\ufe00-\ufe0f\uffa0\ufeff\ufff9-\uffff"
        "\U000e0000-\U000e007f\U00010000-\U0010ffff␀-␡]"
    )
    assert "".join(kept.findall(sanitise(text))) == "".join(kept.findall(text))


@given(HOSTILE)
def test_a_line_is_one_line(text):
    line = sanitise_line(text)
    assert not re.search("[\n\t\u2028\u2029]", line)
    assert not FORBIDDEN.search(line)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31mrood\x1b[0m", "␛[31mrood␛[0m"),
        ("bel\x07", "bel␇"),
        ("a\x7fb", "a␡b"),
        ("\x9b31m", "\ufffd31m"),
        ("regel\r\nregel\rregel", "regel\nregel␍regel"),
        ("\ud83d\ude00", "😀"),
        ("\ud83d los \ude00", "\ufffd los \ufffd"),
        ("om\u202ekeer", "om\ufffdkeer"),
        ("\U000e0069gnore", "\ufffdgnore"),
        ("veer\u00adpont ig\u200bno\u2060re", "veerpont ignore"),
        ("a\ufe01\ufe02\u200b\U000e0103b ❤️ 葛\U000e0100", "a\ufe01b ❤️ 葛\U000e0100"),
        ("👩‍🚒 می‌خواهم ‎LRM é ü", "👩‍🚒 می‌خواهم ‎LRM é ü"),
    ],
)
def test_examples(text, shown):
    assert sanitise(text) == shown


def test_an_unfinished_sequence_hides_nothing():
    assert sanitise("\x1b]0;" + "x" * 100_000) == "␛]0;" + "x" * 100_000


@given(HOSTILE)
def test_json_keeps_the_text_and_holds_nothing_that_steers(text):
    written = json_text({"tekst": text})
    assert not FORBIDDEN.search(written.replace("\n", ""))
    joined = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")
    assert json.loads(written)["tekst"] in (text, joined)
    written.encode("utf-8")


def test_json_refuses_what_is_not_a_number():
    with pytest.raises(ValueError):
        json_text({"score": float("nan")})


def test_json_escapes_characters_beyond_the_basic_plane_as_pairs():
    assert json_text("\U000e0041😀") == '"\\udb40\\udc41😀"'
    assert json.loads(json_text("\U000e0041😀")) == "\U000e0041😀"
    assert json_text("ë\u202e", ascii_only=True) == '"\\u00eb\\u202e"'


@pytest.mark.parametrize("first", ["\ufe00", "\ufe0f", "\U000e0100", "\U000e01ef"])
def test_of_selectors_the_first_stays_and_those_after_it_go(first: str) -> None:
    assert sanitise(f"☂{first}\ufe00\ufe0f\U000e0100\U000e01efx") == f"☂{first}x"


@pytest.mark.parametrize("neighbour", ["\ufdff", "\ufe10"])
def test_what_stands_beside_the_selectors_in_the_table_is_none(neighbour: str) -> None:
    assert sanitise(f"a\ufe0f{neighbour}\ufe0fb") == f"a\ufe0f{neighbour}\ufe0fb"
    assert sanitise(f"{neighbour}{neighbour}") == neighbour * 2
