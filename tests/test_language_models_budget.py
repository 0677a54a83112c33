"""The prompt fits, always; what matters most is in it, always."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa.language_models.budget import Part, fit, newest
from qa.language_models.tokens import Estimate, TokenEstimator, estimate

GROUPS = st.lists(
    st.lists(st.builds(Part, st.integers(0, 30), st.integers(1, 90)), min_size=1, max_size=4), min_size=1, max_size=20
)


def unique_costs(groups):
    """The same groups with one cost a key, as lines of a text have."""
    costs = {}
    return [[costs.setdefault(part.key, part) for part in group] for group in groups]


@settings(max_examples=200)
@given(groups=GROUPS, room=st.integers(-50, 1500))
def test_what_is_chosen_fits_and_the_best_line_is_always_in_it(groups, room):
    groups = unique_costs(groups)
    costs = {part.key: part.tokens for group in groups for part in group}
    chosen = fit(groups, room)
    assert groups[0][0].key in chosen
    assert sum(costs[key] for key in chosen) <= max(room, groups[0][0].tokens)
    for group in groups:
        missing = {part.key for part in group} - chosen
        if missing:
            assert sum(costs[key] for key in chosen | missing) > room


@settings(max_examples=200)
@given(groups=GROUPS)
def test_with_room_for_all_all_goes_in(groups):
    groups = unique_costs(groups)
    assert fit(groups, 90 * 31) == {part.key for group in groups for part in group}


def test_what_groups_share_is_paid_once_and_a_shorter_group_may_pass_a_longer_one():
    heading = Part("kop", 10)
    groups = [[Part("a", 20), heading], [Part("b", 20), heading], [Part("c", 60), heading], [Part("d", 5)]]
    assert fit(groups, 55) == {"a", "kop", "b", "d"}
    assert fit(groups, 20) == {"a"}
    assert fit(groups, 0) == {"a"}
    assert fit([], 100) == set()


@given(st.lists(st.integers(1, 40), max_size=20), st.integers(0, 200))
def test_the_newest_turns_stay_without_a_gap(sizes, room):
    turns = [f"{place}:" + "x" * size for place, size in enumerate(sizes)]
    kept = newest(turns, len, room)
    assert kept == turns[len(turns) - len(kept) :]
    assert sum(map(len, kept)) <= room
    if len(kept) < len(turns):
        assert sum(map(len, kept)) + len(turns[-len(kept) - 1]) > room


# Counted with the tokenizers of Gemma 3 and Qwen 2.5.
COUNTED = [
    (
        "Het kabinet stemde vrijdag in met het wetsvoorstel over de huren, zei de minister in Den Haag.",
        24,
        30,
    ),
    (
        "The council of ministers agreed to the bill on rents, which takes effect on January 1, 2023. " * 5,
        125,
        125,
    ),
    ("部长会议周五同意了关于租金的法案。" * 5, 65, 50),
    ("Совет министров в пятницу одобрил законопроект об аренде. " * 5, 76, 108),
    ("मंत्रिपरिषद ने शुक्रवार को विधेयक को मंजूरी दी। " * 5, 48, 216),
    ("😀🚀👨‍👩‍👧" * 5, 35, 45),
]


@pytest.mark.parametrize(("text", "gemma", "qwen"), COUNTED)
def test_the_upper_estimate_is_not_below_real_tokenizers(text, gemma, qwen):
    estimator = TokenEstimator()
    assert estimator.upper(text) >= max(gemma, qwen)
    assert not estimator.was_cut(estimate(text), min(gemma, qwen))


def test_an_estimator_learns_from_prompts_that_were_read_whole():
    estimator = TokenEstimator()
    text = "Het regent vandaag in Utrecht. " * 40
    before = estimator.upper(text)
    estimator.learn(estimate(text), estimate(text).upper * 3 // 4)
    assert estimate(text).upper * 3 // 4 <= estimator.upper(text) < before
    assert estimator.was_cut(Estimate(1000, 1000), 670)
    assert not estimator.was_cut(Estimate(1000, 1000), 690)
    assert not estimator.was_cut(Estimate(1000, 1000), 0)
