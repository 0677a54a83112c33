"""Question files for `bronvast eval`: one JSON object a line.

Fields: `id`, `question`, `answers`, `evidence` ([{id, quote}], ids as the articles' own files give them), `answerable`,
`type`, `lang`; optional `context_ids` (only these articles may be used), `history` ([{role, text}]), `as_of`, `since`,
`until`, `also` (evidence that supports the answer as well; citing it is no mistake), `expected` ({status, reason, disagreement}), `independent_sources`, `split`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from embeddings.records import Filters
from qa.errors import UsageError


@dataclass(frozen=True, slots=True)
class Evidence:
    """A stretch of an article that holds the answer.

    Attributes:
        equivalents: (article, start, end) of the same sentence in copies of the article; as good as the stretch itself.
    """

    article: str
    quote: str
    equivalents: tuple[tuple[str, int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Question:
    """One line of a question file."""

    id: str
    question: str
    answers: tuple[str, ...]
    evidence: tuple[Evidence, ...]
    also: tuple[Evidence, ...]
    answerable: bool
    type: str
    language: str
    context_ids: tuple[str, ...]
    history: tuple[tuple[str, str], ...]
    filters: Filters
    expected_reason: str
    expected_disagreement: str
    independent_sources: int | None
    split: str


def read_questions(path: Path) -> Iterator[Question]:
    """The questions of a file, in its order.

    Raises:
        UsageError: the file cannot be read, or a line is not such a question; the line is named.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} is not UTF-8 text", "give a JSON Lines file of questions") from error
    except OSError as error:
        raise UsageError(f"{path} cannot be read ({error.strerror})", "give a JSON Lines file of questions") from error
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            yield question_of(json.loads(line), str(number))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise UsageError(
                f"{path}, line {number} is not a question: {type(error).__name__} {error}",
                "each line needs at least the fields question and answerable",
            ) from error


def question_of(fields: dict[str, Any], otherwise_called: str) -> Question:
    """A question from the fields of a line.

    Raises:
        KeyError, TypeError, ValueError: a field is missing or is not what it should be.
    """
    expected = fields.get("expected") or {}
    return Question(
        id=str(fields.get("id") or otherwise_called),
        question=fields["question"].strip(),
        answers=tuple(fields.get("answers") or ()),
        evidence=_evidence(fields.get("evidence") or ()),
        also=_evidence(fields.get("also") or ()),
        answerable=bool(fields["answerable"]),
        type=str(fields.get("type") or "question"),
        language=str(fields.get("lang") or ""),
        context_ids=tuple(map(str, fields.get("context_ids") or ())),
        history=tuple((turn["role"], turn["text"]) for turn in fields.get("history") or ()),
        filters=Filters(_day(fields.get("since")), _day(fields.get("until")), _day(fields.get("as_of"))),
        expected_reason=str(expected.get("reason") or ""),
        expected_disagreement=str(expected.get("disagreement") or expected.get("disagreement_type") or ""),
        independent_sources=fields.get("independent_sources"),
        split=str(fields.get("split") or ""),
    )


def _evidence(items: Sequence[dict[str, Any]]) -> tuple[Evidence, ...]:
    return tuple(
        Evidence(
            str(item["id"]),
            item.get("quote") or "",
            tuple((str(copy["id"]), int(copy["start"]), int(copy["end"])) for copy in item.get("equivalents") or ()),
        )
        for item in items
    )


def _day(value: str | None) -> date | None:
    return date.fromisoformat(value) if value else None
