"""Checks an exported answer against the library, later and without any model.

A receipt is what `ask --json`, `/export FILE.json` or a kept conversation holds. Each citation is looked up:
the article, its checksum, and the quotation at its place.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from qa.errors import UsageError
from qa.sessions import Conversation, answer_from_json

if TYPE_CHECKING:
    from embeddings.records import Article
    from embeddings.store import Store
    from qa.answer import Answer, Citation

__all__ = ["Finding", "read_receipt", "verify"]

Outcome: TypeAlias = Literal["holds", "moved", "changed", "gone", "false"]


@dataclass(frozen=True, slots=True)
class Finding:
    """What became of a citation.

    Attributes:
        outcome: "holds": the same text, the quotation in its place; "moved": the text changed, the
            quotation is still in it; "changed": it no longer is; "gone": no such article; "false": the
            text is the same but never had that quotation there.
        start: where the quotation is now, -1 where it is not.
    """

    question: str
    citation: Citation
    outcome: Outcome
    start: int

    def as_json(self) -> dict[str, Any]:
        return {
            "question": self.question,
            "citation": self.citation.as_json(),
            "outcome": self.outcome,
            "start": self.start if self.start >= 0 else None,
        }


def read_receipt(path: Path) -> list[Answer]:
    """The answers in a file: one JSON object, a conversation, or one object a line.

    Raises:
        UsageError: the file cannot be read or holds something else.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
        try:
            values = [json.loads(text)]
        except json.JSONDecodeError:
            values = [json.loads(line) for line in text.splitlines() if line.strip()]
        answers = [answer for value in values for answer in _answers(value)]
        if not answers:  # an empty file, a stream that broke off: to say that all is well would be a lie
            raise ValueError
        return answers
    except OSError as error:
        raise UsageError(f"{path} cannot be read ({error.strerror})", "name an exported answer") from None
    except (KeyError, TypeError, ValueError, AttributeError):
        raise UsageError(
            f"{path} is no exported answer", "export one with: bronvast ask --json, or /export FILE.json"
        ) from None


def _answers(value: Any) -> list[Answer]:
    if "bronvast_session" in value:
        return [exchange.answer for exchange in Conversation.from_json(value).exchanges]
    # A stream holds single sentences, too; its answers repeat them.
    return [] if value.get("type") == "sentence" else [answer_from_json(value)]


def verify(answers: list[Answer], library: Store) -> Iterator[Finding]:
    """What became of every citation, in the order of the answers."""
    for answer in answers:
        for citation in (*answer.citations, *answer.nearest):
            outcome, start = _look_up(citation, library.article(citation.article_id))
            yield Finding(answer.question, citation, outcome, start)


def _look_up(citation: Citation, article: Article | None) -> tuple[Outcome, int]:
    if article is None:
        return "gone", -1
    in_place = article.text[citation.start : citation.end] == citation.quote
    if article.sha256 == citation.sha256:
        return ("holds", citation.start) if in_place else ("false", -1)
    start = citation.start if in_place else article.text.find(citation.quote)
    return ("moved", start) if start >= 0 else ("changed", -1)
