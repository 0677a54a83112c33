from collections import Counter

import pytest

from bench.usable import sample
from qa.questions import question_of

KINDS = ("single", "conflict", "unanswerable")


def questions(counts):
    return [
        question_of({"id": f"{kind}-{number}", "question": "Wanneer?", "type": kind, "answerable": True}, "")
        for kind, count in zip(KINDS, counts, strict=True)
        for number in range(count)
    ]


@pytest.mark.parametrize("number", [60, 61, 9999])
def test_a_sample_as_large_as_the_set_or_larger_is_the_set(number):
    given = questions((30, 20, 10))
    assert sorted(one.id for one in sample(given, number)) == sorted(one.id for one in given)


def test_a_smaller_sample_holds_each_question_once_and_each_type_in_proportion():
    drawn = sample(questions((30, 20, 10)), 12)
    assert len({one.id for one in drawn}) == 12
    assert Counter(one.type for one in drawn) == {"single": 6, "conflict": 4, "unanswerable": 2}
