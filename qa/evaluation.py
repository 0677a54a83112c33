"""Measures the whole program over a file of questions: what is found, what is cited, what is refused, how long it takes.

A question that ends in an error counts as a failure in every figure that it belongs to, and a figure over no questions
is not a number but "nothing to measure". Intervals are 95 % bootstrap intervals over questions with a fixed seed.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy

from embeddings.records import Article
from qa.answer import Answer, Citation
from qa.conversation import Exchange
from qa.errors import BronvastError
from qa.questions import Evidence, Question
from qa.retriever import Retrieval, Searcher

if TYPE_CHECKING:
    from qa.answering import Answerer

RETRIEVAL_DEPTH = 10
RESAMPLES = 1000
MATCH = 0.6  # of a gold answer's terms that an answer must hold to count as the same


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one question; fields are None where they do not apply to it.

    Attributes:
        rank: place of the first article with evidence among those found, counted from 0; infinite if none was found.
        sentence_rank: place of the first gold sentence's passage, likewise.
    """

    question: Question
    rank: float | None = None
    sentence_rank: float | None = None
    ndcg: float | None = None
    answer: Answer | None = None
    error: str = ""
    seconds: float = 0.0
    pointers_valid: bool | None = None
    cited_gold: float | None = None
    gold_cited: float | None = None
    matched: bool | None = None


@dataclass(frozen=True, slots=True)
class Figure:
    """A mean with its 95 % interval; `value` is None where there was nothing to measure."""

    name: str
    value: float | None
    low: float = 0.0
    high: float = 0.0
    count: int = 0

    def as_json(self) -> dict[str, Any]:
        known = self.value is not None
        return {
            "value": round(self.value, 4) if self.value is not None else None,
            "interval": [round(self.low, 4), round(self.high, 4)] if known else None,
            "count": self.count,
        }


def evaluate(
    questions: Iterable[Question],
    searcher: Searcher,
    answerer: Answerer | None,
    article_of: Callable[[str], Article | None],
    progress: Callable[[Outcome], None] | None = None,
) -> list[Outcome]:
    """Put every question to the program.

    Args:
        searcher: measured for retrieval.
        answerer: measured for answers; None measures retrieval only.
        article_of: an article by the id that its own file gave it.
    """
    outcomes = []
    for question in questions:
        started = time.perf_counter()
        outcome = Outcome(question)
        try:
            if question.evidence and not question.history:
                retrieval = searcher.search(question.question, k=RETRIEVAL_DEPTH, filters=question.filters)
                outcome = _ranked(outcome, retrieval)
            if answerer is not None:
                outcome = _answered(outcome, answerer, article_of)
        except BronvastError as error:
            outcome = replace(outcome, error=str(error))
            if question.evidence and not question.history:
                outcome = replace(outcome, rank=math.inf, sentence_rank=math.inf, ndcg=0.0)
        outcome = replace(outcome, seconds=time.perf_counter() - started)
        outcomes.append(outcome)
        if progress is not None:
            progress(outcome)
    return outcomes


def figures(outcomes: Sequence[Outcome]) -> list[Figure]:
    """All figures over some outcomes, in the order in which they are shown."""
    ranks = [outcome.rank for outcome in outcomes if outcome.rank is not None]
    result = [
        figure("hit@1", [rank < 1 for rank in ranks]),
        figure("hit@5", [rank < 5 for rank in ranks]),
        figure("MRR", [1 / (rank + 1) for rank in ranks]),
        figure("nDCG@10", [outcome.ndcg for outcome in outcomes if outcome.ndcg is not None]),
        figure(
            "sentence in top 5",
            [outcome.sentence_rank < 5 for outcome in outcomes if outcome.sentence_rank is not None],
        ),
    ]
    if not any(outcome.answer or outcome.error for outcome in outcomes):
        return result
    answerable = [outcome for outcome in outcomes if outcome.question.answerable]
    unanswerable = [outcome for outcome in outcomes if not outcome.question.answerable]
    refused = [outcome for outcome in outcomes if _refused(outcome)]
    result += [
        figure("answered where it should", [_spoke(outcome) for outcome in answerable]),
        figure("answer matches", [bool(outcome.matched) for outcome in answerable if outcome.question.answers]),
        figure(
            "right and cites its evidence",
            [bool(outcome.matched) and (outcome.gold_cited or 0) > 0 for outcome in answerable if _has_gold(outcome)],
        ),
        figure(
            "citation precision",
            [outcome.cited_gold for outcome in answerable if _has_gold(outcome) and outcome.cited_gold is not None],
        ),
        figure("citation recall", [outcome.gold_cited or 0.0 for outcome in answerable if _has_gold(outcome)]),
        figure(
            "pointers valid",
            [outcome.pointers_valid for outcome in outcomes if outcome.pointers_valid is not None],
        ),
        figure("refusal precision", [not outcome.question.answerable for outcome in refused]),
        figure("refusal recall", [_refused(outcome) for outcome in unanswerable]),
        figure("refusals with the right reason", [_reason_right(o) for o in unanswerable if _reason_counts(o)]),
        figure("false refusals", [not _spoke(outcome) for outcome in answerable]),
        figure("unanswerable refused or doubtful", [_refused(o) or _doubtful(o) for o in unanswerable]),
        figure("right answers doubtful", [_doubtful(outcome) for outcome in answerable if went_well(outcome)]),
        figure("without error", [not outcome.error for outcome in outcomes]),
    ]
    result.append(_conflict_f1(outcomes))
    return result


def _reason_counts(outcome: Outcome) -> bool:
    return bool(outcome.question.expected_reason) and _refused(outcome)


def _reason_right(outcome: Outcome) -> bool:
    return outcome.answer is not None and outcome.answer.reason == outcome.question.expected_reason


def figure(name: str, values: Sequence[float | bool]) -> Figure:
    """The mean of some values with its bootstrap interval."""
    if not values:
        return Figure(name, None)
    array = numpy.asarray(values, dtype=float)
    random = numpy.random.default_rng(0)
    means = array[random.integers(0, len(array), (RESAMPLES, len(array)))].mean(axis=1)
    low, high = numpy.quantile(means, (0.025, 0.975))
    return Figure(name, float(array.mean()), float(low), float(high), len(array))


def latencies(outcomes: Sequence[Outcome]) -> dict[str, float]:
    """Seconds a question: median and 95th percentile."""
    seconds = [outcome.seconds for outcome in outcomes]
    if not seconds:
        return {}
    return {
        "median_s": round(float(numpy.median(seconds)), 3),
        "p95_s": round(float(numpy.quantile(seconds, 0.95)), 3),
    }


def _ranked(outcome: Outcome, retrieval: Retrieval) -> Outcome:
    evidence_groups = [
        {evidence.article, *(article for article, _, _ in evidence.equivalents)}
        for evidence in outcome.question.evidence
    ]
    gold = set().union(*evidence_groups)
    order: list[str] = list(dict.fromkeys(hit.article.external_id for hit in retrieval.hits))
    gains = [1.0 if article in gold else 0.0 for article in order[:RETRIEVAL_DEPTH]]
    ideal = sum(
        1 / math.log2(place + 2)
        for place in range(min(len({min(group) for group in evidence_groups}), RETRIEVAL_DEPTH))
    )
    found = sum(gain / math.log2(place + 2) for place, gain in enumerate(gains))
    sentence_rank = next(
        (
            float(place)
            for place, hit in enumerate(retrieval.hits)
            if any(
                hit.article.external_id in {evidence.article, *(copy[0] for copy in evidence.equivalents)}
                and evidence.quote.strip() in hit.text
                for evidence in outcome.question.evidence
            )
        ),
        math.inf,
    )
    return replace(
        outcome,
        rank=next((float(place) for place, article in enumerate(order) if article in gold), math.inf),
        sentence_rank=sentence_rank,
        ndcg=min(1.0, found / ideal),
    )


def _answered(outcome: Outcome, answerer: Answerer, article_of: Callable[[str], Article | None]) -> Outcome:
    question = outcome.question
    answer = answerer.ask(
        question.question,
        history=_history(question),
        filters=question.filters,
        only=_only(question, article_of),
    )
    gold = [_stretches(evidence, article_of) for evidence in question.evidence]
    gold = [stretches for stretches in gold if stretches]
    also = [stretch for evidence in question.also for stretch in _stretches(evidence, article_of)]
    good = [*(stretch for stretches in gold for stretch in stretches), *also]
    # Sentences may be split otherwise than in the gold file: touching the gold stretch counts.
    hits = [any(_touches(citation, *stretch) for stretch in good) for citation in answer.citations]
    found = [
        any(_touches(citation, *stretch) for citation in answer.citations for stretch in stretches)
        for stretches in gold
    ]
    return replace(
        outcome,
        answer=answer,
        pointers_valid=_pointers_valid(answer, answerer) if answer.citations or answer.nearest else None,
        cited_gold=float(numpy.mean(hits)) if hits and good else None,
        gold_cited=float(numpy.mean(found)) if found else None,
        matched=_matches(answer, question) if question.answers else None,
    )


def _history(question: Question) -> list[Exchange]:
    """The turns of a question file as exchanges; what the assistant said in them is kept as text only."""
    exchanges: list[Exchange] = []
    asked = ""
    for role, text in question.history:
        if role == "user":
            asked = text
        else:
            said = Answer(asked, asked, question.language, "abstained", message=text)
            exchanges.append(Exchange(asked, asked, said))
    return exchanges


def _only(question: Question, article_of: Callable[[str], Article | None]) -> frozenset[str] | None:
    if not question.context_ids:
        return None
    found = (article_of(external_id) for external_id in question.context_ids)
    return frozenset(article.id for article in found if article)


def _stretches(evidence: Evidence, article_of: Callable[[str], Article | None]) -> list[tuple[str, int, int]]:
    """(article id, start, end) of a piece of evidence and of its equals in copies."""
    found = []
    article = article_of(evidence.article)
    quote = evidence.quote.strip()
    start = article.text.find(quote) if article and quote else -1
    if article and start >= 0:
        found.append((article.id, start, start + len(quote)))
    for external_id, copy_start, copy_end in evidence.equivalents:
        copy = article_of(external_id)
        if copy:
            found.append((copy.id, copy_start, copy_end))
    return found


def _touches(citation: Citation, article_id: str, start: int, end: int) -> bool:
    return citation.article_id == article_id and citation.start < end and start < citation.end


def _pointers_valid(answer: Answer, answerer: Answerer) -> bool:
    for citation in (*answer.citations, *answer.nearest):
        article = answerer.article(citation.article_id)
        if article is None or article.text[citation.start : citation.end] != citation.quote:
            return False
        if article.sha256 != citation.sha256:
            return False
    numbers = {number for sentence in answer.sentences for number in sentence.citations}
    numbers |= {number for disagreement in answer.disagreements for number in disagreement.citations}
    return numbers == {citation.number for citation in answer.citations}


def _matches(answer: Answer, question: Question) -> bool:
    """Whether the answer holds enough of the terms, and all numbers, of one of the gold answers.

    An answer in quotations is judged by what it quotes, too, because that is what the reader sees.
    """
    from embeddings.analysis import analyse
    from qa import quantities

    if answer.status == "abstained":
        return False
    language = question.language or answer.language
    said = " ".join([*(sentence.text for sentence in answer.sentences), *(item.text for item in answer.disagreements)])
    terms = set(analyse(said, language))
    amounts = quantities.extract(said, language)
    for gold in question.answers:
        wanted = set(analyse(gold, language))
        numbers = [number for number in quantities.extract(gold, language) if number.kind != "vague"]
        covered = len(wanted & terms) / len(wanted) if wanted else 0.0
        exact = numbers and all(any(quantities.same(number, other) for other in amounts) for number in numbers)
        if covered >= MATCH or (exact and len(wanted) <= 4):
            return True
    return False


def _has_gold(outcome: Outcome) -> bool:
    return any(evidence.quote for evidence in outcome.question.evidence)


def went_well(outcome: Outcome) -> bool:
    """Whether a question was answered rightly with its evidence, or refused where the articles don't answer it.

    Where the question has no gold answer, evidence is enough.
    """
    if not outcome.question.answerable:
        return _refused(outcome)
    return outcome.matched is not False and bool(outcome.gold_cited)


def _refused(outcome: Outcome) -> bool:
    return outcome.answer is not None and outcome.answer.status == "abstained"


def _doubtful(outcome: Outcome) -> bool:
    return outcome.answer is not None and outcome.answer.doubtful


def _spoke(outcome: Outcome) -> bool:
    return outcome.answer is not None and outcome.answer.status != "abstained"


def _conflict_f1(outcomes: Sequence[Outcome]) -> Figure:
    """F1 of the types of disagreement, over questions for which the file says what is expected; its interval by drawing
    questions anew."""
    counts = []  # right, claimed or wanted
    for outcome in outcomes:
        expected = outcome.question.expected_disagreement
        found = {item.type for item in outcome.answer.disagreements} if outcome.answer else set()
        counts.append((expected in found, len(found) + bool(expected)))
    wanted = sum(bool(outcome.question.expected_disagreement) for outcome in outcomes)
    if not wanted:
        return Figure("disagreement typing F1", None)
    array = numpy.asarray(counts, dtype=float)
    random = numpy.random.default_rng(0)
    drawn = array[random.integers(0, len(array), (RESAMPLES, len(array)))].sum(axis=1)
    drawn = drawn[drawn[:, 1] > 0]  # of a few questions a draw may hold none with a disagreement
    low, high = numpy.quantile(2 * drawn[:, 0] / drawn[:, 1], (0.025, 0.975))
    right, both = array.sum(axis=0)
    return Figure("disagreement typing F1", float(2 * right / both), float(low), float(high), wanted)
