"""Two sources that answer differently in words of their own, read side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from embeddings.reading_model import Candidate
from qa.answerability import Judges, relates
from qa.differing_answers import PAIRS, two_answers
from qa.disagreement import Difference, find
from qa.errors import GenerationFailed
from qa.evidence import Evidence
from qa.language_models.adapted_reader import AdaptedReader
from qa.two_answers import RELATIONS, Relation, TwoAnswers, two_text
from tests.test_disagreement import Told, evidence

TURNOUT = "Hoe groot was de opkomst bij de betoging in Oosterholt?"
POLICE = ("2024-03-02", "De Bode", "Bij de betoging in Oosterholt telde de politie 6.500 mensen.")
OTHERS = ("2024-03-03", "Het Dorp", "Elfduizend betogers trokken door Oosterholt. De zon scheen op de betoging.")
WHY = "Waardoor brandde de molen van Lienderveld af?"
MILL: list[Told] = [
    ("2024-03-02", "De Bode", "De molen van Lienderveld brandde af door kortsluiting in de kap."),
    ("2024-03-03", "Het Dorp", "Een jongen stak met vuurwerk de molen van Lienderveld in brand."),
]


class MadeReader:
    """Says how two sentences relate by a word that stands in both of them, in whichever order; of all others "other"."""

    def __init__(self, relation: Relation, *words: str, certain: float = 0.98, answers: float = 2.0) -> None:
        self._relation, self._words, self._certain, self._answers = relation, words, certain, answers
        self.shown: list[TwoAnswers] = []

    def log_odds(self, question: str, candidates: Sequence[Candidate]) -> list[float]:
        return [self._answers for _ in candidates]

    def relations(self, question: str, answers: Sequence[TwoAnswers]) -> list[dict[Relation, float]]:
        self.shown += answers
        return [self._told(two) for two in answers]

    def _told(self, two: TwoAnswers) -> dict[Relation, float]:
        texts = (two.earlier, two.later)
        fits = all(any(word in text for text in texts) for word in self._words)
        told: Relation = self._relation if fits and two.earlier != two.later else "other"
        return {each: self._certain * (each == told) + (1 - self._certain) * (each == "other") for each in RELATIONS}


def found(question: str, told: list[Told], reader: MadeReader) -> list[Difference]:
    made = evidence(question, told)
    return find(made, made.candidates[:1], "nl", reader)


@pytest.mark.parametrize("kind", RELATIONS[2:])
def test_what_the_reader_is_certain_of_is_told(kind: Relation) -> None:
    (difference,) = found(WHY, MILL, MadeReader(kind, "kortsluiting", "vuurwerk"))
    assert difference.type == kind
    assert {source.article.publisher for source in difference.sources} == {"De Bode", "Het Dorp"}
    assert "kortsluiting in de kap" in difference.text and "stak met vuurwerk" in difference.text


@pytest.mark.parametrize("kind", RELATIONS[:2])
def test_no_answer_and_the_same_answer_are_no_difference(kind: Relation) -> None:
    assert found(WHY, MILL, MadeReader(kind, "kortsluiting", "vuurwerk")) == []


def test_what_it_is_not_certain_of_is_not_told() -> None:
    assert found(WHY, MILL, MadeReader("conflict", "kortsluiting", "vuurwerk", certain=0.4)) == []


def test_sentences_that_by_themselves_are_no_answers_are_not_told() -> None:
    assert found(WHY, MILL, MadeReader("conflict", "kortsluiting", "vuurwerk", answers=-6.0)) == []


def test_of_values_different_ones_are_shown_and_the_same_ones_not_read() -> None:
    (difference,) = found(TURNOUT, [POLICE, OTHERS], MadeReader("conflict", "6.500", "Elfduizend"))
    assert "Het Dorp (3 maart 2024): Elfduizend betogers" in difference.text
    assert "De Bode (2 maart 2024): 6.500 mensen" in difference.text
    same = [POLICE, ("2024-03-03", "Het Dorp", "Er waren 6500 mensen bij de betoging in Oosterholt.")]
    reader = MadeReader("conflict", "6.500", "6500")
    assert found(TURNOUT, same, reader) == [] and reader.shown == []


def test_what_differs_may_be_told_without_a_value() -> None:
    none = ("2024-03-03", "Het Dorp", "Volgens de agent was er bij de betoging in Oosterholt geen mens op straat.")
    (difference,) = found(TURNOUT, [POLICE, none], MadeReader("conflict", "6.500", "geen mens"))
    assert "telde de politie 6.500 mensen" in difference.text and "geen mens op straat" in difference.text


def test_no_more_pairs_are_read_than_are_worth_it() -> None:
    sentences = [f"De molen van Lienderveld brandde af om reden {letter}." for letter in "ABCDEFGH"]
    told = [(f"2024-03-0{day}", f"Blad {day}", " ".join(sentences)) for day in (2, 3, 4)]
    reader = MadeReader("other")
    assert found(WHY, told, reader) == []
    assert 0 < len(reader.shown) <= PAIRS


def test_the_reader_is_not_asked_where_a_rule_finds_a_difference_or_nothing_is_near() -> None:
    told = [
        ("2023-02-03", "De Bode", "In Duinrade komen 1.200 woningen op het oude haventerrein."),
        ("2023-11-20", "De Bode", "In Duinrade komen geen 1.200 maar 850 woningen op het haventerrein."),
    ]
    reader = MadeReader("conflict", "woningen")
    (difference,) = found("Hoeveel woningen komen er in Duinrade?", told, reader)
    assert difference.type == "superseded" and reader.shown == []
    assert found(WHY, [], reader) == [] and reader.shown == []


def test_a_reader_that_fails_finds_nothing() -> None:
    class Failing(MadeReader):
        def relations(self, question: str, answers: Sequence[TwoAnswers]) -> list[dict[Relation, float]]:
            raise GenerationFailed("it ended", "ask again")

    assert found(WHY, MILL, Failing("conflict")) == []


@pytest.mark.parametrize("other", ["Waardoor brandde de molen van Lienderveld dan af?", MILL[0][2].upper()])
def test_neither_a_question_nor_the_same_words_are_another_answer(other: str) -> None:
    reader = MadeReader("conflict", "")
    assert found(WHY, [MILL[0], ("2024-05-03", "Het Dorp", other)], reader) == [] and reader.shown == []


def test_sentences_of_other_affairs_are_not_compared() -> None:
    one = "Burgemeester Talsma van Lienderveld en wethouder Kuipers zagen de molen van De Vries afbranden door kortsluiting."
    other = "De molen van Jansen in Oosterholt is volgens Pietersen en Willemsen uit Zuiderhof door vuurwerk afgebrand."
    told = [("2024-03-02", "De Bode", one), ("2024-03-03", "Het Dorp", other)]
    reader = MadeReader("conflict", "kortsluiting", "vuurwerk")
    assert found("Waardoor brandde de molen af?", told, reader) == [] and reader.shown == []


def test_the_earlier_comes_first_however_they_were_found() -> None:
    first, second = sorted(
        (item.source for item in evidence(WHY, MILL).weighed), key=lambda source: str(source.article.published)
    )
    told = two_answers(first, second)
    assert told == two_answers(second, first)
    assert (told.earlier, told.later, told.days) == (first.text, second.text, 1)
    undated = replace(second, hit=replace(second.hit, article=replace(second.article, published=None)))
    assert two_answers(first, undated).days == 0
    within = sorted((item.source for item in evidence(TURNOUT, [OTHERS]).weighed), key=lambda s: s.sentence.start)
    told = two_answers(within[1], within[0])
    assert (told.earlier, told.days) == (within[0].text, None)
    assert two_text("Hoe?", told) == f"query: Hoe? | {within[0].text} | {within[1].text} | -"


def test_what_relates_is_the_second_model_that_reads() -> None:
    class Own:
        def log_odds(self, question: str, candidates: Sequence[Candidate]) -> list[float]:
            return [0.0 for _ in candidates]

    assert relates(None) is None and relates(Own()) is None
    judge = Judges(Own(), AdaptedReader())
    assert relates(judge) is judge


def test_evidence_that_lacks_what_is_asked_has_no_difference() -> None:
    made: Evidence = evidence("Waardoor brandde de molen van Zuiderhof af?", MILL)
    assert find(made, [], "nl", MadeReader("conflict", "kortsluiting", "vuurwerk")) == []
