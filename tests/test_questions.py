"""Question files: what a line may hold, and how a bad one is named."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from embeddings.records import Filters
from qa.errors import UsageError
from qa.questions import Evidence, Question, read_questions

FULL: dict[str, Any] = {
    "id": "q7",
    "question": " Hoeveel schapen telt de kudde? ",
    "answers": ["214", "214 schapen"],
    "evidence": [
        {"id": "a1", "quote": "De kudde telt 214 schapen.", "equivalents": [{"id": "a2", "start": 3, "end": 29}]}
    ],
    "also": [{"id": "a3"}],
    "answerable": True,
    "type": "number",
    "lang": "nl",
    "context_ids": ["a1", 5],
    "history": [{"role": "user", "text": "Waar graast de kudde?"}, {"role": "assistant", "text": "Op de heide."}],
    "since": "2024-01-02",
    "until": "2024-03-04",
    "as_of": "2024-05-06",
    "expected": {"status": "conflict", "reason": "off_topic", "disagreement": "superseded"},
    "independent_sources": 2,
    "split": "dev",
}


def read(tmp_path: Path, *lines: str) -> list[Question]:
    path = tmp_path / "questions.jsonl"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return list(read_questions(path))


def test_every_field_is_read(tmp_path: Path) -> None:
    (question,) = read(tmp_path, json.dumps(FULL))
    assert question == Question(
        id="q7",
        question="Hoeveel schapen telt de kudde?",
        answers=("214", "214 schapen"),
        evidence=(Evidence("a1", "De kudde telt 214 schapen.", (("a2", 3, 29),)),),
        also=(Evidence("a3", ""),),
        answerable=True,
        type="number",
        language="nl",
        context_ids=("a1", "5"),
        history=(("user", "Waar graast de kudde?"), ("assistant", "Op de heide.")),
        filters=Filters(date(2024, 1, 2), date(2024, 3, 4), date(2024, 5, 6)),
        expected_reason="off_topic",
        expected_disagreement="superseded",
        independent_sources=2,
        split="dev",
    )


def test_two_fields_are_enough_and_the_line_number_is_the_id(tmp_path: Path) -> None:
    short = json.dumps({"question": "Wie leidt het koor?", "answerable": False})
    first, second = read(tmp_path, "", short, "   ", short)
    assert (first.id, second.id) == ("2", "4")
    assert not first.answerable and first.type == "question"
    assert (first.answers, first.evidence, first.history, first.context_ids) == ((), (), (), ())
    assert not first.filters and first.independent_sources is None


@pytest.mark.parametrize(
    "bad",
    [
        "{",
        "[]",
        "3",
        '"Wie?"',
        "null",
        '{"question": "Wie?"}',
        '{"answerable": true}',
        '{"question": 5, "answerable": true}',
        '{"question": "Wie?", "answerable": true, "since": "vorige week"}',
        '{"question": "Wie?", "answerable": true, "as_of": 2024}',
        '{"question": "Wie?", "answerable": true, "evidence": [{"quote": "x"}]}',
        '{"question": "Wie?", "answerable": true, "evidence": [{"id": "a", "equivalents": [{"id": "b"}]}]}',
        '{"question": "Wie?", "answerable": true, "history": [{"role": "user"}]}',
        '{"question": "Wie?", "answerable": true, "expected": "answered"}',
    ],
)
def test_a_bad_line_is_named_with_its_number_and_a_remedy(tmp_path: Path, bad: str) -> None:
    good = json.dumps({"question": "Wie leidt het koor?", "answerable": True})
    with pytest.raises(UsageError) as raised:
        read(tmp_path, good, "", bad, good)
    assert "questions.jsonl, line 3 is not a question" in raised.value.cause
    assert "question and answerable" in raised.value.remedy


def test_what_stands_before_a_bad_line_is_still_given(tmp_path: Path) -> None:
    path = tmp_path / "questions.jsonl"
    path.write_text(json.dumps({"question": "Wie?", "answerable": True}) + "\nnonsense\n", encoding="utf-8")
    lines = read_questions(path)
    assert next(lines).question == "Wie?"
    with pytest.raises(UsageError):
        next(lines)


@pytest.mark.parametrize("content", [None, b"\xff\xfe\x00"])
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "questions.jsonl"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(UsageError, match=r"questions\.jsonl (cannot be read \(No such file|is not UTF-8 text)"):
        list(read_questions(path))
