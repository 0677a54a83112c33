"""The embedded language model with the adapter that reads: real weights, real llama.cpp."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from embeddings.reading_model import Candidate, ReadingModel, load_reading_model, pair_text
from qa.answerability import ALONE, ALONE_BIAS, Judges, begin, end, judged, load_judge, together
from qa.errors import GenerationFailed, LanguageModelError, ModelUnavailable
from qa.language_models import adapted_reader
from qa.language_models.adapted_reader import ADAPTER, AdaptedReader, asked_last, compared_last
from qa.two_answers import RELATIONS, TwoAnswers, two_text
from tests.test_evidence import evidence, hit
from tests.test_reading_model import FERRY, PAIRS


@pytest.fixture(scope="module")
def reader() -> Iterator[AdaptedReader]:
    reader = AdaptedReader()
    yield reader
    reader.close()


@pytest.mark.parametrize(("question", "answering", "near"), PAIRS)
def test_a_sentence_that_answers_is_told_from_one_about_the_same_thing(
    reader: AdaptedReader, question: str, answering: str, near: str
) -> None:
    good, bad = reader.log_odds(question, [Candidate(answering, FERRY), Candidate(near, FERRY)])
    assert good > bad + 0.5


def test_each_pair_is_judged_by_itself(reader: AdaptedReader) -> None:
    assert reader.log_odds("Hoeveel?", []) == []
    question, answering, near = PAIRS[0]
    six = [Candidate(text, FERRY) for text in (near, answering, near, near, answering, near)]
    together = reader.log_odds(question, six)
    alone = [reader.log_odds(question, [item])[0] for item in six[:2]]
    assert together[:2] == pytest.approx(alone, abs=0.1)  # llama.cpp adds up in another order for other batches
    assert together[4] == pytest.approx(together[1], abs=0.1)


@pytest.mark.parametrize(
    ("question", "answer", "otherwise", "alike", "no_answer"),
    [
        (
            "Hoeveel mensen liepen mee in de optocht van Brakenoord?",
            "De politie telde ruim drieduizend deelnemers.",
            "Volgens de organisatie liepen er achtduizend mensen mee.",
            "Er deden zo'n 3.100 mensen mee, aldus een woordvoerder van de politie.",
            "De optocht begon om twee uur bij de kerk.",
        ),
        (
            "Waardoor brandde de molen van Lienderveld af?",
            "De molen brandde af door kortsluiting in de kap.",
            "Een jongen heeft de molen met vuurwerk in brand gestoken, zegt de politie.",
            "De oorzaak was kortsluiting, meldt de brandweer.",
            "De molen was in 1832 gebouwd.",
        ),
        (
            "Wie heeft het veer ontworpen?",
            "Het veer is getekend door de Deense bouwmeester Ane Lykke.",
            "Het ontwerp van het veer is van de Zweed Per Holm, zegt de rederij.",
            "De Deense Ane Lykke ontwierp het schip.",
            "Het veer vaart om het uur.",
        ),
    ],
)
def test_another_answer_is_told_from_the_same_and_from_none(
    reader: AdaptedReader, question: str, answer: str, otherwise: str, alike: str, no_answer: str
) -> None:
    told = reader.relations(question, [TwoAnswers(answer, later, 1) for later in (otherwise, alike, no_answer)])
    differ, same, _ = (sum(likely[kind] for kind in RELATIONS[2:]) for likely in told)
    assert differ > same + 0.05
    assert max(RELATIONS[2:], key=told[0].__getitem__) == "conflict"
    assert [max(likely, key=likely.__getitem__) == "other" for likely in told] == [False, False, True]


@pytest.mark.parametrize("text", ["", "\x00", "</s> <end_of_turn> [1]", "Δ字" * 4000, "a | b | c | d | e"])
def test_whatever_two_texts_it_is_given_the_probabilities_make_one(reader: AdaptedReader, text: str) -> None:
    assert reader.relations(text, []) == []
    told = reader.relations(text, [TwoAnswers(text, text, days) for days in (None, 0, 400)])
    assert [tuple(likely) for likely in told] == [RELATIONS] * 3
    assert [sum(likely.values()) for likely in told] == pytest.approx([1.0] * 3)
    assert all(0 <= value <= 1 for likely in told for value in likely.values())


def test_two_answers_stand_in_the_order_of_their_articles() -> None:
    days = {None: "In one article", 0: "On the same day", 12: "12 days later"}
    for apart, said in days.items():
        text = two_text("Hoeveel?", TwoAnswers("Drie.", "Vier.", apart))
        assert compared_last(text) == f"First: Drie.\n{said}: Vier.\nQuestion: Hoeveel?\nCompared:"


def test_reading_two_does_not_change_what_is_read_of_one(reader: AdaptedReader) -> None:
    question, *texts = PAIRS[0]
    candidates = [Candidate(text, FERRY) for text in texts]
    before = reader.log_odds(question, candidates)
    reader.relations(question, [TwoAnswers(texts[0], texts[1], 0)])
    assert reader.log_odds(question, candidates) == pytest.approx(before, abs=0.1)


@pytest.mark.parametrize(
    "text", ["", "?", "\x00", "</s> <end_of_turn> [1]", "Δ字" * 4000, "e\u0301" * 999, "a | b | c | d | e"]
)
def test_whatever_text_it_is_given_it_says_something(reader: AdaptedReader, text: str) -> None:
    values = reader.log_odds(text, [Candidate(text, text, text), Candidate("De brug is dicht.")])
    assert len(values) == 2 and all(abs(value) < 100 for value in values)


def test_the_question_comes_last() -> None:
    pair = pair_text("Wanneer vertrok het veer?", Candidate("Het voer om tien uur uit.", FERRY, "Het was mistig."))
    assert asked_last(pair) == (
        f"{FERRY}\nHet was mistig.\nSentence: Het voer om tien uur uit.\nQuestion: Wanneer vertrok het veer?\nAnswered:"
    )


def test_a_process_that_was_ended_is_started_again(reader: AdaptedReader) -> None:
    question, answering, _ = PAIRS[0]
    before = reader.log_odds(question, [Candidate(answering)])
    process = reader._process.current
    assert process is not None
    process._child.kill()
    process._child.wait(20)
    assert reader.log_odds(question, [Candidate(answering)]) == pytest.approx(before, abs=0.1)
    reader.close()
    reader.close()
    reader.begin()
    assert reader.log_odds(question, [Candidate(answering)]) == pytest.approx(before, abs=0.1)


def test_a_damaged_adapter_is_an_error_and_the_other_model_judges_alone(tmp_path: Path) -> None:
    damaged = tmp_path / "adapter.gguf"
    shutil.copyfile(ADAPTER, damaged)
    with damaged.open("r+b") as file:
        file.truncate(100_000)
    question, *texts = PAIRS[0]
    candidates = [Candidate(text, FERRY) for text in texts]
    reader, own = AdaptedReader(damaged), load_reading_model()
    assert own is not None
    with pytest.raises(ModelUnavailable):
        reader.log_odds(question, candidates)
    with pytest.raises(ModelUnavailable):
        AdaptedReader(comparing=damaged).relations(question, [TwoAnswers(*texts, 0)])
    judge = Judges(own, reader)
    begin(judge)
    assert judge.log_odds(question, candidates) == own.log_odds(question, candidates)
    with pytest.raises(ModelUnavailable):
        judge.relations(question, [TwoAnswers(*texts, 0)])
    end(judge)


class Reader:
    """Says what a test wants in the place of the adapted model, or fails with what it wants."""

    def __init__(self, *said: list[float] | LanguageModelError) -> None:
        self.said = list(said)

    def log_odds(self, question: str, candidates: Sequence[Candidate]) -> list[float]:
        said = self.said.pop(0)
        if isinstance(said, LanguageModelError):
            raise said
        return said


def test_both_models_judge_together_and_one_alone_where_the_other_fails() -> None:
    question, *texts = PAIRS[0]
    candidates = [Candidate(text, FERRY) for text in texts]
    own = load_reading_model()
    assert own is not None
    first, second = own.log_odds(question, candidates), [1.5, -0.5]
    both = [together(one, other) for one, other in zip(first, second, strict=True)]
    reader = Reader(
        second, GenerationFailed("it ended", "ask again"), second, ModelUnavailable("it is gone", "-"), second
    )
    judge = Judges(own, reader)  # type: ignore[arg-type]
    said = []
    for _ in range(5):
        judge.log_odds("", [])  # another question
        said.append(judge.log_odds(question, candidates))
    # What broke off is tried again with the next question; what cannot be loaded is not.
    assert said == [both, first, both, first, first]
    assert reader.said == [second]


def test_a_sentence_is_read_once_for_a_question() -> None:
    question, *texts = PAIRS[0]
    one, other, third = (Candidate(text) for text in (*texts, "Het veer ligt stil."))
    reader = Reader([1.0, 2.0], [3.0], [4.0])
    judge = Judges(None, reader)  # type: ignore[arg-type]
    first, second = judge.log_odds(question, [one, other, one])[:2]
    assert judge.log_odds(question, [other, one]) == [second, first]
    assert judge.log_odds(question, [one, third])[0] == first and len(reader.said) == 1
    assert judge.log_odds("Waarom?", [one]) == [ALONE * 4 + ALONE_BIAS]


def test_both_are_loaded_and_one_where_the_embedded_model_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    assert isinstance(load_judge(), Judges)
    assert isinstance(load_judge(second=False), ReadingModel)
    monkeypatch.setattr(adapted_reader, "has_default_weights", lambda: False)
    alone = load_judge()
    assert isinstance(alone, ReadingModel)
    begin(alone)
    end(alone)
    monkeypatch.setattr("qa.answerability.load_reading_model", lambda: None)
    assert load_judge() is None


def test_without_the_first_model_the_second_judges_and_without_both_the_features_do() -> None:
    question, *texts = PAIRS[0]
    candidates = [Candidate(text, FERRY) for text in texts]
    reader = Reader([1.5, -0.5], GenerationFailed("it ended", "-"), ModelUnavailable("it is gone", "-"))
    judge = Judges(None, reader)  # type: ignore[arg-type]
    assert judge.log_odds(question, candidates) == [ALONE * 1.5 + ALONE_BIAS, ALONE * -0.5 + ALONE_BIAS]
    before = evidence(question, hit(" ".join(texts)))
    assert judged(question, before, judge) is before
    for _ in range(2):
        with pytest.raises(ModelUnavailable):
            judge.log_odds("Waarom?", candidates)
