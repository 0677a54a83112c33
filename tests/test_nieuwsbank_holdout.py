"""The hold-out passes the validator of the benchmark, with its own minimum counts."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from bench.nieuwsbank import validate

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / "bench" / "nieuwsbank_holdout"
ARTICLES = validate.load("articles", FOLDER)
QUESTIONS = validate.load("questions", FOLDER)


def test_the_holdout_is_valid() -> None:
    assert validate.mistakes(ARTICLES, QUESTIONS, validate.HOLDOUT) == []


def test_it_is_held_to_its_own_counts() -> None:
    found = validate.mistakes(ARTICLES, QUESTIONS[:-1], validate.NIEUWSBANK)
    assert "count: 0 questions of kind followup, fewer than 25" in found
    assert any("unknown split holdout" in line for line in found)
    without = [question for question in QUESTIONS if question["type"] != "conflict"]
    assert "count: 0 questions of kind conflict, fewer than 44" in validate.mistakes(
        ARTICLES, without, validate.HOLDOUT
    )


def test_another_split_in_the_holdout_is_a_mistake() -> None:
    questions = [*QUESTIONS[:-1], {**QUESTIONS[-1], "split": "dev"}]
    assert any("the splits are" in line for line in validate.mistakes(ARTICLES, questions, validate.HOLDOUT))


def test_it_shares_no_article_affair_or_question_with_the_benchmark() -> None:
    for name, field in (("articles", "id"), ("articles", "cluster"), ("articles", "publisher"), ("questions", "id")):
        here = {record.get(field) for record in validate.load(name, FOLDER)}
        assert not here & {record.get(field) for record in validate.load(name)}


@pytest.mark.parametrize(("folder", "code"), [("bench/nieuwsbank_holdout", 0), ("bench/peer_programs", 1)])
def test_the_program_takes_a_folder(folder: str, code: int) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "bench.nieuwsbank.validate", folder],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == code
    assert ("no requirements" in done.stderr) == bool(code)


def test_the_data_card_gives_the_counts_that_are_true() -> None:
    assert validate.summary(ARTICLES, QUESTIONS) in (FOLDER / "DATACARD.md").read_text(encoding="utf-8")
