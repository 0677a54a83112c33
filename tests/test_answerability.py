"""Reading the likeliest sentences beside the question."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from embeddings.reading_model import Candidate
from qa.answerability import READ, judged
from qa.evidence import Evidence, joined, order
from tests.test_evidence import FLOCK, evidence, hit

QUESTION = "Hoeveel schapen telt de kudde van Lienderveld?"
OTHER = hit("In Lienderveld regende het. De schapen bleven binnen.", name="b")


class MadeJudge:
    """Gives the odds that a test wants, by what a sentence begins with, and keeps what it was shown."""

    def __init__(self, odds: dict[str, float], otherwise: float = -3.0) -> None:
        self._odds, self._otherwise = odds, otherwise
        self.shown: list[Candidate] = []

    def log_odds(self, question: str, candidates: Sequence[Candidate]) -> list[float]:
        self.shown = list(candidates)
        return [
            next((odds for start, odds in self._odds.items() if item.sentence.startswith(start)), self._otherwise)
            for item in candidates
        ]


def texts(found: Evidence) -> list[str]:
    return [item.source.text for item in found.weighed]


def test_the_sentence_that_answers_comes_first_and_confidence_follows_it() -> None:
    before = evidence(QUESTION, hit(FLOCK), OTHER)
    high = judged(QUESTION, before, MadeJudge({"De schapen": 12.0}))
    low = judged(QUESTION, before, MadeJudge({}, -12.0))
    assert texts(high)[0] == "De schapen bleven binnen."
    assert high.read and low.read and not before.read
    assert low.confidence < before.confidence < high.confidence
    assert not low.sufficient


def test_without_a_judge_the_evidence_stays_as_it_is() -> None:
    found = evidence(QUESTION, hit(FLOCK))
    assert judged(QUESTION, found, None) is found


def test_what_lacks_something_is_not_read() -> None:
    elsewhere = hit("De kudde van Oosterholt telt 300 schapen.", name="c")
    judge = MadeJudge({})
    nothing = evidence("Hoeveel schapen telt de kudde van Zuiderhof?", elsewhere)
    assert judged("", nothing, judge) is nothing and judge.shown == []
    judged(QUESTION, evidence(QUESTION, hit(FLOCK), elsewhere), judge)
    assert judge.shown and not any("Oosterholt" in item.sentence for item in judge.shown)


def test_a_sentence_is_read_with_its_title_and_the_one_before_it() -> None:
    judge = MadeJudge({})
    judged(QUESTION, evidence(QUESTION, hit(FLOCK, title="Kudde groeit")), judge)
    first, second, *_ = sorted(judge.shown, key=lambda item: FLOCK.index(item.sentence))
    assert (first.title, first.before) == ("Kudde groeit", "")
    assert second.before == first.sentence


@given(st.lists(st.floats(-8, 8), min_size=3, max_size=3))
def test_the_order_is_by_the_weights_and_loses_nothing(values: list[float]) -> None:
    before = evidence(QUESTION, hit(FLOCK))
    after = judged(QUESTION, before, MadeJudge(dict(zip(texts(before), values, strict=True))))
    assert sorted(texts(after)) == sorted(texts(before))
    scores = [item.score for item in after.weighed]
    assert scores == sorted(scores, reverse=True)
    assert all(item.score == order(item.features, read=True) for item in after.weighed)
    assert {item.source.text: item.features.answers for item in after.weighed} == pytest.approx(
        dict(zip(texts(before), values, strict=True))
    )


def test_only_the_likeliest_are_read_and_the_rest_count_as_the_least_of_them() -> None:
    many = [hit(f"De kudde van Lienderveld is nummer {number}.", name=str(number)) for number in range(READ + 4)]
    judge = MadeJudge({}, -1.5)
    after = judged(QUESTION, evidence(QUESTION, *many), judge)
    assert len(judge.shown) == READ
    assert {item.features.answers for item in after.weighed} == {-1.5}


def test_evidence_for_several_parts_stays_read() -> None:
    whole, part = (judged(QUESTION, evidence(QUESTION, hit(FLOCK)), MadeJudge({}, odds)) for odds in (-2.0, 2.0))
    assert joined(whole, [part, part]).read
    assert joined(whole, [part, part]).confidence == part.confidence
    assert not joined(evidence(QUESTION, hit(FLOCK)), []).read
