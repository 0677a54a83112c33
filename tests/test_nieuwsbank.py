"""The benchmark passes its own validator, and the validator sees each kind of mistake."""

from __future__ import annotations

import copy
import json
import subprocess
import sys
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.nieuwsbank import validate
from bench.nieuwsbank.number_values import values
from embeddings.sentences import split_sentences

Record = dict[str, Any]

ARTICLES = validate.load("articles")
QUESTIONS = validate.load("questions")
ROOT = Path(__file__).parent.parent


def first(kind: str) -> int:
    return next(number for number, question in enumerate(QUESTIONS) if question["type"].startswith(kind))


def test_the_benchmark_is_valid() -> None:
    assert validate.mistakes(ARTICLES, QUESTIONS) == []


@pytest.mark.parametrize("arguments", [["-m", "bench.nieuwsbank.validate"], ["bench/nieuwsbank/validate.py"]])
def test_the_program_runs_as_module_and_as_script(arguments: list[str]) -> None:
    done = subprocess.run([sys.executable, *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert f"questions      {len(QUESTIONS)} " in done.stdout


def _shift(question: Record) -> None:
    question["evidence"][0]["start"] += 1


def _halve(question: Record) -> None:
    evidence = question["evidence"][0]
    evidence["end"] -= 5
    evidence["quote"] = evidence["quote"][:-5]


def _rename(question: Record) -> None:
    question["evidence"][0]["id"] = "nergens"


def _invent(question: Record) -> None:
    question["answers"] = ["zevenduizenddriehonderdelf"]


def _misdate(question: Record) -> None:
    question["as_of"] = "2024-02-30"


def _predate(question: Record) -> None:
    question["as_of"] = "2022-12-31"


def _exchange(question: Record) -> None:
    question["split"] = "test" if question["split"] == "dev" else "dev"


def _multiply(question: Record) -> None:
    question["independent_sources"] += 1


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (_shift, "the offsets do not give the quotation"),
        (_halve, "not whole sentences"),
        (_rename, "unknown article nergens"),
        (_invent, "['7311'] of 'zevenduizenddriehonderdelf' not in the evidence"),
        (_misdate, "as_of is no date"),
        (_predate, "evidence outside its own dates"),
        (_exchange, "evidence of the other split"),
        (_multiply, "independent sources, not"),
    ],
)
def test_damage_is_seen(damage: Callable[[Record], None], said: str) -> None:
    questions = copy.deepcopy(QUESTIONS)
    damage(questions[first("single")])
    found = validate.mistakes(ARTICLES, questions)
    assert any(said in line for line in found), found


def test_evidence_on_an_unanswerable_question_is_seen() -> None:
    questions = copy.deepcopy(QUESTIONS)
    questions[first("unanswerable")]["evidence"] = questions[first("single")]["evidence"]
    assert any("unanswerable, yet with" in line for line in validate.mistakes(ARTICLES, questions))


def test_a_wrong_reason_is_seen() -> None:
    questions = copy.deepcopy(QUESTIONS)
    questions[first("unanswerable_false_premise")]["expected"]["reason"] = "off_topic"
    assert any("expected {'status': 'abstained'" in line for line in validate.mistakes(ARTICLES, questions))


def test_a_question_asked_twice_is_seen() -> None:
    again = [*QUESTIONS, {**QUESTIONS[0], "id": "nbq-again"}]
    found = validate.mistakes(ARTICLES, again)
    assert len(found) == 1 and "asked 2 times in the same circumstances" in found[0]


def test_missing_kinds_are_seen() -> None:
    without = [question for question in QUESTIONS if question["type"] != "followup"]
    assert "count: 0 questions of kind followup, fewer than 25" in validate.mistakes(ARTICLES, without)


def test_missing_articles_are_seen() -> None:
    found = validate.mistakes([article for article in ARTICLES if article["lang"] != "fr"], [])
    assert "count: 0 articles in fr, fewer than 3" in found


def test_gold_sentences_are_those_of_the_splitter() -> None:
    cut = {article["id"]: split_sentences(article["text"], article["lang"]) for article in ARTICLES}
    agreeing = 0
    stretches = [evidence for question in QUESTIONS for evidence in question["evidence"]]
    for evidence in stretches:
        sentences = cut[evidence["id"]]
        agreeing += evidence["start"] in {sentence.start for sentence in sentences} and evidence["end"] in {
            sentence.end for sentence in sentences
        }
    assert agreeing >= 0.99 * len(stretches)


def test_both_files_are_one_json_object_a_line() -> None:
    for name in ("articles", "questions"):
        lines = (validate.FOLDER / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
        assert all(isinstance(json.loads(line), dict) for line in lines)


def test_the_data_card_gives_the_counts_that_are_true() -> None:
    card = (validate.FOLDER / "DATACARD.md").read_text(encoding="utf-8")
    assert validate.summary(ARTICLES, QUESTIONS) in card


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2.000 troepen", {2000, 2}),
        ("1,2 miljoen", {Decimal("1.2")}),
        ("1.234.567 inwoners", {1234567}),
        ("31 000 personnes", {31000}),
        ("tweeënveertig", {42}),
        ("negenhonderd", {900}),
        ("achthonderdduizend", {800000}),
        ("vijfduizendzeshonderd", {5600}),
        ("zweihundertfünfzig", {250}),
        ("quatorze pompiers", {14}),
        ("anderhalf uur", {Decimal("1.5")}),
        ("achtig en eender", set()),
    ],
)
def test_numbers_are_read_in_any_notation(text: str, expected: set[Decimal]) -> None:
    assert values(text) == {Decimal(value) for value in expected}


@given(st.integers(min_value=0, max_value=10**12))
def test_digits_are_read_with_any_separator(number: int) -> None:
    for separator in (",", ".", " ", "\u00a0"):
        assert Decimal(number) in values(f"x {number:,} y".replace(",", separator))
