"""How well disagreement between sources is found and typed, and how often an ordinary question raises a false alarm.

    python bench/disagreement.py LIBRARY QUESTIONS [--split dev|test] [--limit N] [--show]

LIBRARY is a folder that `bronvast add` made of the articles, QUESTIONS a file such as bench/nieuwsbank/questions.jsonl.
Answers are quotations: no language model writes. An ordinary question is one that is answered and for which the file
expects no disagreement.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from qa.answer import Answer
from qa.questions import Question, read_questions


@dataclass(frozen=True, slots=True)
class Row:
    """One question: the type expected, "" for an ordinary one, the types found, and whether it was answered."""

    expected: str
    found: frozenset[str]
    answered: bool


def main() -> int:
    parser = argparse.ArgumentParser(description="Measures the disagreement that is reported between sources.")
    parser.add_argument("library", type=Path)
    parser.add_argument("questions", type=Path)
    parser.add_argument("--split", default="", help="only the questions of this split")
    parser.add_argument("--limit", type=int, default=None, help="only the first N questions")
    parser.add_argument("--show", action="store_true", help="print what is found for each question")
    chosen = parser.parse_args()

    from embeddings.encoders import load_encoder
    from embeddings.library import Library
    from qa.answerability import load_judge
    from qa.answering import Answerer

    wanted = (each for each in read_questions(chosen.questions) if chosen.split in ("", each.split))
    rows = []
    with Library.open(chosen.library) as library:
        answerer = Answerer(library, load_encoder(), judge=load_judge())
        for question in islice(wanted, chosen.limit):
            answer = answerer.ask(question.question, filters=question.filters)
            rows.append(row_of(question, answer))
            if chosen.show and (answer.disagreements or question.expected_disagreement):
                found = "; ".join(f"{item.type}: {item.text}" for item in answer.disagreements)
                print(f"{question.expected_disagreement or '-':12}{question.question}\n{'':12}{found or '-'}")
    print(table(rows))
    return 0


def row_of(question: Question, answer: Answer) -> Row:
    found = frozenset(item.type for item in answer.disagreements)
    return Row(question.expected_disagreement, found, answer.status != "abstained")


def table(rows: Sequence[Row]) -> str:
    """The counts and figures of some questions as lines of text."""
    wanted = [row for row in rows if row.expected]
    ordinary = [row for row in rows if not row.expected and row.answered]
    right = sum(row.expected in row.found for row in wanted)
    claimed = sum(len(row.found) for row in rows)
    alarms = sum(bool(row.found) for row in ordinary)
    typed = Counter((row.expected, "+".join(sorted(row.found)) or "nothing") for row in wanted)
    lines = [f"{expected:12}found as {found:12}{count:4}" for (expected, found), count in sorted(typed.items())]
    lines.append(
        f"typing: {right} right of {claimed} claimed and {len(wanted)} expected, F1 {_f1(right, claimed, wanted)}"
    )
    share = f"{alarms / len(ordinary):.3f}" if ordinary else "-"
    lines.append(f"false alarms: {alarms} of {len(ordinary)} ordinary questions, {share}")
    return "\n".join(lines)


def _f1(right: int, claimed: int, wanted: Sequence[Row]) -> str:
    return f"{2 * right / (claimed + len(wanted)):.3f}" if wanted else "-"


if __name__ == "__main__":
    raise SystemExit(main())
