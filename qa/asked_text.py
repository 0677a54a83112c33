"""What a person typed, as a question: on one line, with words in it, and not longer than questions are."""

from __future__ import annotations

from typing import Final

from qa.errors import UsageError

__all__ = ["LONGEST", "question_of"]

LONGEST: Final = 4000
"""Characters of a question. The work grows with its words; a pasted article would keep the processor busy for a minute."""


def question_of(text: str, remedy: str = "write a question") -> str:
    """The question on one line.

    Raises:
        UsageError: it has no letter or digit, or it is too long.
    """
    if not any(map(str.isalnum, text)):
        raise UsageError("there is no question", remedy)
    question = " ".join(text.split())
    if len(question) > LONGEST:
        raise UsageError(
            f"the question has {len(question)} characters and may have {LONGEST}",
            "shorten it, and take in texts to ask about with: bronvast add FILE",
        )
    return question
