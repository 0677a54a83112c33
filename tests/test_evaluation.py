"""Figures of an evaluation: errors count against them, nothing to measure is not a number, copies are as good."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from embeddings.records import Article, Filters, Hit, Passage, Sentence
from qa.answer import Answer, AnswerSentence, Citation, Disagreement, SourceSentence
from qa.errors import GenerationFailed
from qa.evaluation import Figure, Outcome, evaluate, figure, figures, latencies
from qa.questions import Evidence, Question
from qa.retriever import Retrieval

QUOTE = "De kudde telt 214 schapen."
TEXT = f"Op de heide graast een kudde. {QUOTE} De herder heet Wobke."
START = TEXT.index(QUOTE)


def article(name: str, text: str = TEXT) -> Article:
    return Article(text, f"/{name}.txt", external_id=name, language="nl")


ARTICLES = {name: article(name) for name in ("gold", "copy", "other")}


def question(answerable: bool = True, evidence: Sequence[Evidence] = (), **fields: object) -> Question:
    values: dict[str, object] = {
        "id": "q",
        "question": "Hoeveel schapen telt de kudde?",
        "answers": ("214 schapen",) if answerable else (),
        "evidence": tuple(evidence),
        "also": (),
        "answerable": answerable,
        "type": "number",
        "language": "nl",
        "context_ids": (),
        "history": (),
        "filters": Filters(),
        "expected_reason": "",
        "expected_disagreement": "",
        "independent_sources": None,
        "split": "",
    }
    return Question(**{**values, **fields})  # type: ignore[arg-type]


GOLD = Evidence("gold", QUOTE)
GOLD_WITH_COPY = Evidence("gold", QUOTE, (("copy", START, START + len(QUOTE)),))


def hit(name: str) -> Hit:
    made = ARTICLES[name]
    sentences = (
        Sentence(0, START - 1),
        Sentence(START, START + len(QUOTE)),
        Sentence(START + len(QUOTE) + 1, len(TEXT)),
    )
    return Hit(made, Passage(made.id, 0, sentences), 1.0, 1.0, None, (0.1, 0.9, 0.2))


class MadeSearcher:
    def __init__(self, *names: str) -> None:
        self._hits = tuple(hit(name) for name in names)

    def search(
        self, question: str, *, k: int = 8, filters: Filters | None = None, within: frozenset[str] | None = None
    ) -> Retrieval:
        return Retrieval(self._hits[:k], len(self._hits), filters or Filters(), 0, 0)


class MadeAnswerer:
    """Gives one answer, or one error, to everything."""

    def __init__(self, answer: Answer | Exception) -> None:
        self._answer = answer

    def ask(self, question: str, **_: object) -> Answer:
        if isinstance(self._answer, Exception):
            raise self._answer
        return self._answer

    def article(self, article_id: str) -> Article | None:
        return next((made for made in ARTICLES.values() if made.id == article_id), None)


def citing(name: str, sentence: int = 1, text: str = QUOTE, **changes: object) -> Answer:
    citation = Citation.of(1, SourceSentence(hit(name), sentence, 0.9))
    values: dict[str, object] = {"sentences": (AnswerSentence(text, (1,)),), "citations": (citation,), **changes}
    return Answer("q", "q", "nl", "answered", **values)  # type: ignore[arg-type]


ABSTAINED = Answer("q", "q", "nl", "abstained", "no_evidence", message="Dat staat er niet.")
FAILED = GenerationFailed("the model ran out of memory", "take a smaller one")


def measure(asked: Question, searcher: MadeSearcher, answer: Answer | Exception) -> Outcome:
    (outcome,) = evaluate([asked], searcher, MadeAnswerer(answer), ARTICLES.get)  # type: ignore[arg-type]
    return outcome


def values(*outcomes: Outcome) -> dict[str, float | None]:
    return {item.name: item.value for item in figures(outcomes)}


def test_a_right_answer_is_right_in_every_figure() -> None:
    found = values(measure(question(evidence=[GOLD]), MadeSearcher("gold", "other"), citing("gold")))
    for name in (
        "hit@1",
        "hit@5",
        "MRR",
        "nDCG@10",
        "sentence in top 5",
        "answered where it should",
        "answer matches",
        "right and cites its evidence",
        "citation precision",
        "citation recall",
        "pointers valid",
        "without error",
    ):
        assert found[name] == 1.0, name
    assert found["false refusals"] == 0.0
    assert found["refusal precision"] is None and found["refusal recall"] is None


def test_the_place_of_the_evidence_counts() -> None:
    outcome = measure(question(evidence=[GOLD]), MadeSearcher("other", "copy", "gold"), citing("other"))
    assert (outcome.rank, outcome.sentence_rank) == (2.0, 2.0)
    assert outcome.ndcg == pytest.approx(1 / math.log2(4))
    found = values(outcome)
    assert (found["hit@1"], found["hit@5"]) == (0.0, 1.0)
    assert found["MRR"] == pytest.approx(1 / 3)
    assert (found["citation precision"], found["citation recall"]) == (0.0, 0.0)
    assert found["right and cites its evidence"] == 0.0


def test_the_same_sentence_in_a_copy_is_as_good() -> None:
    outcome = measure(question(evidence=[GOLD_WITH_COPY]), MadeSearcher("copy"), citing("copy"))
    assert (outcome.rank, outcome.sentence_rank, outcome.ndcg) == (0.0, 0.0, 1.0)
    assert (outcome.cited_gold, outcome.gold_cited) == (1.0, 1.0)
    without = measure(question(evidence=[GOLD]), MadeSearcher("copy"), citing("copy"))
    assert (without.rank, without.cited_gold, without.gold_cited) == (math.inf, 0.0, 0.0)


def test_another_sentence_of_the_right_article_is_no_evidence() -> None:
    outcome = measure(question(evidence=[GOLD]), MadeSearcher("gold"), citing("gold", sentence=2))
    assert (outcome.cited_gold, outcome.gold_cited) == (0.0, 0.0)


def test_what_supports_as_well_is_no_mistake_but_no_recall_either() -> None:
    asked = question(evidence=[GOLD], also=(Evidence("other", QUOTE),))
    outcome = measure(asked, MadeSearcher("gold"), citing("other"))
    assert (outcome.cited_gold, outcome.gold_cited) == (1.0, 0.0)


def test_an_error_counts_as_a_failure_in_every_figure_of_an_answerable_question() -> None:
    outcome = measure(question(evidence=[GOLD]), MadeSearcher("gold"), FAILED)
    assert "ran out of memory" in outcome.error
    found = values(outcome)
    for name in (
        "hit@1",
        "hit@5",
        "MRR",
        "nDCG@10",
        "sentence in top 5",
        "answered where it should",
        "answer matches",
        "right and cites its evidence",
        "citation recall",
        "without error",
    ):
        assert found[name] == 0.0, name
    assert found["false refusals"] == 1.0


def test_an_error_is_no_refusal_of_an_unanswerable_question() -> None:
    found = values(measure(question(False), MadeSearcher("gold"), FAILED))
    assert found["refusal recall"] == 0.0 and found["refusal precision"] is None
    assert values(measure(question(False), MadeSearcher("gold"), ABSTAINED))["refusal recall"] == 1.0


def test_a_refusal_is_right_only_where_there_is_nothing_to_say() -> None:
    right = measure(question(False), MadeSearcher("other"), ABSTAINED)
    wrong = measure(question(evidence=[GOLD]), MadeSearcher("gold"), ABSTAINED)
    found = values(right, wrong)
    assert (found["refusal precision"], found["refusal recall"], found["false refusals"]) == (0.5, 1.0, 1.0)


def test_the_reason_of_a_refusal_is_counted_where_one_is_expected_and_it_refused() -> None:
    premise = replace(ABSTAINED, reason="false_premise")
    asked = question(False, expected_reason="false_premise")
    name = "refusals with the right reason"
    made = [measure(asked, MadeSearcher("other"), answer) for answer in (premise, ABSTAINED, citing("gold"))]
    assert values(*made)[name] == 0.5
    assert values(measure(question(False), MadeSearcher("other"), premise))[name] is None


def test_an_answer_that_is_doubted_is_counted_where_it_should_be_and_where_not() -> None:
    doubted, plain = citing("gold", doubtful=True), citing("gold")
    found = values(*(measure(question(False), MadeSearcher("other"), answer) for answer in (doubted, plain, ABSTAINED)))
    assert found["unanswerable refused or doubtful"] == pytest.approx(2 / 3) and found["right answers doubtful"] is None
    found = values(*(measure(question(evidence=[GOLD]), MadeSearcher("gold"), answer) for answer in (doubted, plain)))
    assert found["right answers doubtful"] == 0.5 and found["unanswerable refused or doubtful"] is None


@pytest.mark.parametrize(
    ("said", "matches"),
    [
        ("De kudde telt 214 schapen.", True),
        ("Het zijn er tweehonderdveertien.", True),
        ("De kudde telt 215 schapen.", False),
        ("De kudde graast op de heide.", False),
    ],
)
def test_an_answer_matches_by_its_words_and_numbers(said: str, matches: bool) -> None:
    outcome = measure(question(answers=("214",)), MadeSearcher("gold"), citing("gold", text=said))
    assert outcome.matched == matches


def test_a_pointer_that_does_not_hold_its_quote_is_seen() -> None:
    source = Citation.of(1, SourceSentence(hit("gold"), 1, 0.9))
    broken = Citation(**{**source.as_json(), "publisher": "", "published": "", "start": source.start + 1})
    found = values(measure(question(evidence=[GOLD]), MadeSearcher("gold"), citing("gold", citations=(broken,))))
    assert found["pointers valid"] == 0.0
    unused = citing("gold", sentences=(AnswerSentence(QUOTE),))
    assert values(measure(question(), MadeSearcher("gold"), unused))["pointers valid"] == 0.0


def test_types_of_disagreement_are_scored_by_f1() -> None:
    conflict = Disagreement("conflict", (1,), "214 of 215")
    right = measure(
        question(expected_disagreement="conflict"), MadeSearcher(), citing("gold", disagreements=(conflict,))
    )
    missed = measure(question(expected_disagreement="conflict"), MadeSearcher(), citing("gold"))
    false = measure(question(), MadeSearcher(), citing("gold", disagreements=(conflict,)))
    assert values(right)["disagreement typing F1"] == 1.0
    assert values(right, missed)["disagreement typing F1"] == pytest.approx(2 / 3)
    assert values(right, false)["disagreement typing F1"] == pytest.approx(2 / 3)
    assert values(false)["disagreement typing F1"] is None
    for one in figures([*[right] * 7, *[missed] * 5]):
        assert json.loads(json.dumps(one.as_json(), allow_nan=False))["count"] == one.count
        if one.name == "disagreement typing F1":
            assert one.value is not None
            assert one.value == pytest.approx(14 / 19)
            assert 0.4 < one.low < one.value < one.high < 1


def test_no_questions_give_no_figures_and_no_latencies() -> None:
    assert all(item.value is None and item.count == 0 for item in figures([]))
    assert Figure("hit@1", None).as_json() == {"value": None, "interval": None, "count": 0}
    assert latencies([]) == {}


def test_retrieval_alone_says_nothing_about_answers() -> None:
    (outcome,) = evaluate([question(evidence=[GOLD])], MadeSearcher("gold"), None, ARTICLES.get)
    assert {item.name for item in figures([outcome])} == {"hit@1", "hit@5", "MRR", "nDCG@10", "sentence in top 5"}


def test_progress_hears_of_every_question_in_order() -> None:
    heard: list[Outcome] = []
    asked = [question(id=str(number)) for number in range(3)]
    outcomes = evaluate(asked, MadeSearcher("gold"), MadeAnswerer(ABSTAINED), ARTICLES.get, heard.append)  # type: ignore[arg-type]
    assert heard == outcomes and [outcome.question.id for outcome in outcomes] == ["0", "1", "2"]
    assert set(latencies(outcomes)) == {"median_s", "p95_s"}


@given(st.lists(st.floats(0, 1), min_size=1, max_size=60))
def test_the_interval_holds_the_mean_and_repeats(sample: list[float]) -> None:
    result = figure("x", sample)
    assert result.value == pytest.approx(sum(sample) / len(sample))
    assert min(sample) - 1e-9 <= result.low <= result.high <= max(sample) + 1e-9
    assert result.count == len(sample)
    assert figure("x", sample) == result


@given(st.integers(5, 95))
def test_the_interval_of_a_proportion_is_about_that_of_the_normal_law(right: int) -> None:
    result = figure("x", [True] * right + [False] * (100 - right))
    share = right / 100
    error = 1.96 * math.sqrt(share * (1 - share) / 100)
    assert result.low <= share <= result.high
    assert result.low == pytest.approx(share - error, abs=0.02)
    assert result.high == pytest.approx(share + error, abs=0.02)
