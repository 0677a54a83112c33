"""Reading the likeliest sentences beside the question: which of them answers it, and whether any does.

`qa.evidence` orders sentences by what can be seen of question and sentence apart. A question about a known matter that no
article answers looks the same from there as one that is answered; only reading both at once tells them apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from embeddings.reading_model import Candidate, load_reading_model
from qa.errors import LanguageModelError, ModelUnavailable
from qa.evidence import Evidence, Weighed, order
from qa.two_answers import Relation, TwoAnswers

if TYPE_CHECKING:
    from qa.language_models.adapted_reader import AdaptedReader

READ = 4
"""Sentences that are read, from the likeliest; each costs some 200 ms, and more bring little."""

BOTH = 0.6
"""The sum of both models' log-odds is multiplied so, to mean the same as the first model's."""

ALONE, ALONE_BIAS = 0.76, -0.7
"""What the second model says by itself is multiplied and shifted so for the same reason."""


class Judge(Protocol):
    """Says how likely sentences answer a question; see `embeddings.reading_model`."""

    def log_odds(self, question: str, candidates: Sequence[Candidate]) -> list[float]: ...


class Relates(Judge, Protocol):
    """Says as well how sentences relate as answers; see `qa.language_models.adapted_reader`."""

    def relations(self, question: str, answers: Sequence[TwoAnswers]) -> list[dict[Relation, float]]: ...


class Judges:
    """Two models that read the same sentences; they err in different places.

    Where the second can't be had any more (too little memory, a process that was ended), the first judges alone, and where the first isn't
    there at all, the second does: what they give means the same.
    """

    def __init__(self, own: Judge | None, adapted: AdaptedReader) -> None:
        self._own, self._adapted = own, adapted
        self._lost: ModelUnavailable | None = None
        self._last: tuple[str, dict[Candidate, float]] = ("", {})

    def log_odds(self, question: str, candidates: Sequence[Candidate]) -> list[float]:
        """As `Judge` has it. What was said of a sentence is known until another question comes: a second search finds most of them again.

        Raises:
            LanguageModelError: neither can be had.
        """
        known = self._last[1] if self._last[0] == question else {}
        if unread := [item for item in dict.fromkeys(candidates) if item not in known]:
            known = {**known, **dict(zip(unread, self._read(question, unread), strict=True))}
        self._last = question, known
        return [known[item] for item in candidates]

    def _read(self, question: str, candidates: Sequence[Candidate]) -> list[float]:
        first = self._own.log_odds(question, candidates) if self._own else None
        try:
            second = self._second(question, candidates)
        except LanguageModelError:
            if first is None:
                raise
            return first
        if first is None:
            return [ALONE * value + ALONE_BIAS for value in second]
        return [together(own, adapted) for own, adapted in zip(first, second, strict=True)]

    def _second(self, question: str, candidates: Sequence[Candidate]) -> list[float]:
        if self._lost:  # what broke off is begun again, but what could not be loaded would keep every question waiting
            raise self._lost
        try:
            return self._adapted.log_odds(question, candidates)
        except ModelUnavailable as error:
            self._lost = error
            raise

    def relations(self, question: str, answers: Sequence[TwoAnswers]) -> list[dict[Relation, float]]:
        """How each two sentences relate as answers, which the second tells alone.

        Raises:
            LanguageModelError: it cannot be had.
        """
        if self._lost:
            raise self._lost
        return self._adapted.relations(question, answers)

    def begin(self) -> None:
        """Have the second loaded, without waiting for it."""
        with suppress(LanguageModelError):  # the question will see
            self._adapted.begin()

    def close(self) -> None:
        """End the process in which the second runs."""
        self._adapted.close()


def together(own: float, adapted: float) -> float:
    """The log-odds that two models' make."""
    return BOTH * (own + adapted)


def load_judge(*, second: bool = True) -> Judge | None:
    """The models that read, as many of the two as are installed.

    Args:
        second: False leaves the second out.

    Raises:
        EncoderUnavailable: the weights of the first are damaged.
    """
    from qa.language_models.adapted_reader import AdaptedReader, is_installed

    own = load_reading_model()
    return Judges(own, AdaptedReader()) if second and is_installed() else own


def begin(judge: Judge | None) -> None:
    """Have what reads in a process of its own loaded, without waiting for it."""
    if isinstance(judge, Judges):
        judge.begin()


def end(judge: Judge | None) -> None:
    """End what reads in a process of its own; the next question would begin it again."""
    if isinstance(judge, Judges):
        judge.close()


def relates(judge: Judge | None) -> Relates | None:
    """What reads two sentences side by side, where it is installed."""
    return judge if isinstance(judge, Judges) else None


def judged(question: str, evidence: Evidence, judge: Judge | None) -> Evidence:
    """The evidence in the order that reading gives it.

    Only sentences whose passage lacks nothing that the question names are read. What is not read counts as the least of
    what was. Where nothing can be read, the evidence is as it was.
    """
    likely = [item for item in evidence.weighed if not item.missing][:READ]
    if judge is None or not likely:
        return evidence
    try:
        values = judge.log_odds(question, [candidate_of(item) for item in likely])
    except LanguageModelError:
        return evidence
    answers = {item.source.key: value for item, value in zip(likely, values, strict=True)}
    least = min(values)
    weighed = []
    for item in evidence.weighed:
        features = replace(item.features, answers=answers.get(item.source.key, least))
        weighed.append(replace(item, features=features, score=order(features, read=True)))
    weighed.sort(key=lambda item: (-item.score, item.source.key))
    return replace(evidence, weighed=tuple(weighed), read=True)


def candidate_of(item: Weighed) -> Candidate:
    """A sentence as the model reads it."""
    source = item.source
    before = source.hit.sentence_text(source.index - 1) if source.index else ""
    return Candidate(source.text, source.article.title, before)
