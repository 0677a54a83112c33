"""The picture of an evaluation: what it counts, and that it is drawn."""

from __future__ import annotations

from pathlib import Path

import pytest
from test_evaluation import question

from qa.answer import Answer
from qa.errors import UsageError
from qa.evaluation import Outcome, figures
from qa.plotting import by_kind, calibration, check_drawable, draw


def outcome(confidence: float, answerable: bool, refused: bool, kind: str = "number") -> Outcome:
    answer = Answer(
        question="?",
        standalone_question="?",
        language="nl",
        status="abstained" if refused else "answered",
        confidence=confidence,
    )
    asked = question(answerable, type=kind)
    right = answerable and not refused
    return Outcome(asked, answer=answer, matched=right if answerable else None, gold_cited=1.0 if right else 0.0)


OUTCOMES = [
    outcome(0.95, True, False),
    outcome(0.91, True, False),
    outcome(0.97, False, False, "left open"),
    outcome(0.05, False, True, "left open"),
    outcome(0.12, True, True),
]


def test_each_kind_has_the_share_that_went_well() -> None:
    assert [(each.name, each.value) for each in by_kind(OUTCOMES)] == [
        ("left open (2)", 0.5),
        ("number (3)", pytest.approx(2 / 3)),
    ]


def test_calibration_counts_what_is_answerable_in_each_tenth() -> None:
    assert calibration(OUTCOMES) == [
        (pytest.approx(0.05), 0.0, 1),
        (pytest.approx(0.12), 1.0, 1),
        (pytest.approx((0.95 + 0.91 + 0.97) / 3), pytest.approx(2 / 3), 3),
    ]
    assert calibration([]) == []


def test_a_picture_is_drawn_and_a_bad_name_is_said(tmp_path: Path) -> None:
    draw(tmp_path / "a.png", OUTCOMES, figures(OUTCOMES), "made")
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")
    with pytest.raises(UsageError, match=r"cannot be written \(No such file or directory\)"):
        draw(tmp_path / "none" / "a.png", OUTCOMES, figures(OUTCOMES), "made")
    check_drawable(tmp_path / "b.png")
    for path, reason in ((tmp_path / "none" / "a.png", "cannot be written"), (tmp_path / "a.txt", "no known ending")):
        with pytest.raises(UsageError, match=reason):
            check_drawable(path)
