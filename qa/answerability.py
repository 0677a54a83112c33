"""Reading the likeliest sentences beside the question: which of them answers it, and whether any does.

`qa.evidence` orders sentences by what can be seen of question and sentence apart. A question about a known matter that no
article answers looks the same from there as one that is answered; only reading both at once tells them apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

from embeddings.reading_model import Candidate
from qa.evidence import Evidence, Weighed, order

READ = 4
"""Sentences that are read, from the likeliest; each costs some 40 ms, and more bring little."""


class Judge(Protocol):
    """Says how likely sentences answer a question; see `embeddings.reading_model`."""

    def log_odds(self, question: str, candidates: Sequence[Candidate]) -> list[float]: ...


def judged(question: str, evidence: Evidence, judge: Judge | None) -> Evidence:
    """The evidence in the order that reading gives it.

    Only sentences whose passage lacks nothing that the question names are read. What is not read counts as the least of
    what was.
    """
    likely = [item for item in evidence.weighed if not item.missing][:READ]
    if judge is None or not likely:
        return evidence
    values = judge.log_odds(question, [candidate_of(item) for item in likely])
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
