"""The prompt fits, always; what matters most is in it, always."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa.errors import GenerationFailed
from qa.language_models.budget import PART_TOKENS, fit
from qa.language_models.tokens import Estimate, TokenEstimator, estimate


def estimate_tokens(text):
    return estimate(text).upper


WORDS = st.text(st.sampled_from("abcdefghij 0123456789.,éëü\n“”—部长会议周五😀👩‍👩‍👧привет"), min_size=1, max_size=120)
PASSAGES = st.lists(st.lists(WORDS, min_size=1, max_size=12), min_size=1, max_size=20)


@settings(max_examples=500, deadline=None)
@given(
    window=st.integers(1024, 32768),
    reserve=st.integers(1, 600),
    fixed=st.lists(WORDS, min_size=2, max_size=3),
    passages=PASSAGES,
    history=st.lists(WORDS, max_size=20),
    repeats=st.integers(1, 40),
)
def test_a_prompt_and_its_reply_never_exceed_the_window(window, reserve, fixed, passages, history, repeats):
    passages = [[sentence * repeats for sentence in passage] for passage in passages]
    try:
        budget = fit(estimate_tokens, window, reserve, fixed, passages, history)
    except GenerationFailed:
        least = sum(estimate_tokens(text) + PART_TOKENS for text in fixed)
        assert least + reserve + estimate_tokens(passages[0][0]) + PART_TOKENS > window
        return
    shown = [" ".join(passages[index]) for index in budget.passages]
    if budget.first_passage_cut is not None:
        assert 1 <= budget.first_passage_cut < len(passages[0])
        shown[0] = " ".join(passages[0][: budget.first_passage_cut])
    parts = [*fixed, *shown, *(history[index] for index in budget.history)]
    total = sum(estimate_tokens(part) + PART_TOKENS for part in parts)
    assert total == budget.used
    assert total + reserve <= window
    assert budget.passages[0] == 0
    assert list(budget.passages) == sorted(set(budget.passages))
    assert budget.history == tuple(range(len(history) - len(budget.history), len(history)))
    assert budget.dropped_passages == len(passages) - len(budget.passages)
    assert budget.dropped_turns == len(history) - len(budget.history)


@settings(max_examples=100, deadline=None)
@given(passages=PASSAGES, reserve=st.integers(1, 300))
def test_a_larger_window_never_shows_less(passages, reserve):
    sizes = []
    for window in (2048, 4096, 8192, 16384):
        try:
            sizes.append(fit(estimate_tokens, window, reserve, ["regels", "vraag"], passages).dropped_passages)
        except GenerationFailed:
            sizes.append(len(passages))
    assert sizes[-1] <= sizes[0]


def test_history_goes_before_passages_and_the_oldest_first():
    budget = fit(len, 200, 20, ["r" * 10, "v" * 10], [["a" * 30], ["b" * 30]], ["1" * 20, "2" * 20, "3" * 20])
    assert budget.passages == (0, 1)
    assert budget.history == (1, 2)
    assert (budget.dropped_passages, budget.dropped_turns) == (0, 1)
    assert budget.used == 18 + 18 + 38 + 38 + 28 + 28


def test_a_first_passage_that_is_too_long_is_cut_between_sentences():
    budget = fit(len, 100, 10, ["r" * 10], [["een" * 5, "twee" * 5, "drie" * 50], ["x" * 10]])
    assert budget.first_passage_cut == 2
    assert budget.passages[0] == 0


def test_rules_that_leave_no_room_are_said_to():
    with pytest.raises(GenerationFailed, match="does not fit into the model's window of 100 tokens"):
        fit(len, 100, 50, ["r" * 60], [["a"]])


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
    estimator.learn(estimate(text), estimate_tokens(text) * 3 // 4)
    assert estimate_tokens(text) * 3 // 4 <= estimator.upper(text) < before
    assert estimator.was_cut(Estimate(1000, 1000), 670)
    assert not estimator.was_cut(Estimate(1000, 1000), 690)
    assert not estimator.was_cut(Estimate(1000, 1000), 0)
