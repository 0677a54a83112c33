"""What counts as a shortened sentence."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.shortening import MUST_REMAIN, shortens

SOURCE = "De nieuwe gemeente gaat Veenhorst heten en krijgt ruim 47.000 inwoners, hebben beide colleges bekendgemaakt."


@pytest.mark.parametrize(
    ("text", "source", "expected"),
    [
        ("De gemeente gaat Veenhorst heten en krijgt ruim 47.000 inwoners.", SOURCE, True),
        (SOURCE, SOURCE, True),
        ("De gemeente gaat Damshorn heten en krijgt ruim 47.000 inwoners.", SOURCE, False),
        ("De gemeente krijgt ruim 47.000 inwoners en gaat Veenhorst heten.", SOURCE, False),
        ("47.000 inwoners.", SOURCE, False),
        ("1 januari 2027.", "De fusie gaat niet door op 1 januari 2027.", False),
        ("De brug is een van de grootste winkels.", "The bridge links two towns.", False),
    ],
)
def test_what_is_left_must_be_most_of_it_in_its_order(text: str, source: str, expected: bool) -> None:
    assert shortens(text, source) is expected


@given(st.lists(st.text("abcdefg", min_size=1, max_size=5), min_size=1, max_size=20), st.data())
def test_words_left_out_up_to_the_limit_are_a_shortening(words: list[str], data: st.DataObject) -> None:
    most = int(len(words) * (1 - MUST_REMAIN))
    gone = data.draw(st.sets(st.integers(0, len(words) - 1), max_size=most))
    left = [word for place, word in enumerate(words) if place not in gone]
    assert shortens(" ".join(left), " ".join(words))
    assert not shortens(" ".join([*left, "onbekend"]), " ".join(words))
