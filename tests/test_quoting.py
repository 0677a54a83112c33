"""Which sentences are quoted where no model writes."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from embeddings.records import Article, Hit, Passage
from embeddings.sentences import split_sentences
from qa.answer import SourceSentence
from qa.evidence import Evidence, Features, Weighed
from qa.question_shape import QuestionShape
from qa.quoting import KIND_FIRST, MARGIN, MOST_SENTENCES, quotations

SHAPE = QuestionShape("?", "nl", "number", (), (), (), ())
TEXT = (
    "De kudde van Lienderveld telt 214 schapen. Hij wil er nog dertig kopen. De herder woont in Dorrum.\n\n"
    "Zij graast op de heide. Wandelaars moeten honden aanlijnen. Op zondag is er een rondleiding."
)


def hit(name: str, text: str = TEXT) -> Hit:
    article = Article(text, f"/{name}.txt", language="nl")
    sentences = split_sentences(text, "nl")
    return Hit(article, Passage(article.id, 0, sentences), 1.0, 1.0, None, tuple(0.9 for _ in sentences))


def weighed(found: Hit, index: int, score: float, kind: float = 1.0, missing: Sequence[str] = ()) -> Weighed:
    return Weighed(SourceSentence(found, index, 0.9), Features(0.9, 0.9, 1, 1, kind, 1, 0, 0), score, tuple(missing))


def told(*items: Weighed) -> list[str]:
    evidence = Evidence(SHAPE, tuple(sorted(items, key=lambda item: -item.score)))
    return [
        "|".join(source.text for source in (quotation.before, quotation.source) if source)
        for quotation in quotations(evidence)
    ]


A = hit("a")


def test_the_best_sentence_alone_where_the_others_are_far_behind() -> None:
    assert told(weighed(A, 0, 90), weighed(A, 2, 90 - MARGIN - 0.1)) == ["De kudde van Lienderveld telt 214 schapen."]


def test_sentences_close_behind_are_quoted_in_reading_order() -> None:
    assert told(weighed(A, 4, 90), weighed(A, 0, 89.5)) == [
        "De kudde van Lienderveld telt 214 schapen.",
        "Wandelaars moeten honden aanlijnen.",
    ]


def test_the_article_of_the_best_sentence_comes_first() -> None:
    other = hit("b", "Elders lopen ook dieren.")
    assert told(weighed(A, 4, 90), weighed(other, 0, 89.9), weighed(A, 0, 89.8))[-1] == "Elders lopen ook dieren."


def test_a_sentence_that_lacks_something_is_never_quoted() -> None:
    assert told(weighed(A, 0, 90, missing=["Oosterholt"]), weighed(A, 5, 70)) == ["Op zondag is er een rondleiding."]
    assert told(weighed(A, 0, 90, missing=["Oosterholt"])) == []


def test_the_kind_of_thing_asked_for_goes_before_a_slightly_better_score() -> None:
    assert told(weighed(A, 4, 90, kind=0), weighed(A, 0, 90 - KIND_FIRST + 0.1)) == [
        "De kudde van Lienderveld telt 214 schapen."
    ]
    assert told(weighed(A, 4, 90, kind=0), weighed(A, 0, 90 - KIND_FIRST - 0.1)) == [
        "Wandelaars moeten honden aanlijnen."
    ]


def test_a_copy_of_a_quoted_sentence_is_not_quoted_again() -> None:
    copy = hit("b", "De kudde van Lienderveld telt nu 214 schapen.")
    assert len(told(weighed(A, 0, 90), weighed(copy, 0, 89.9))) == 1


def test_a_sentence_that_leans_on_the_one_before_brings_it_along() -> None:
    assert told(weighed(A, 1, 90)) == ["De kudde van Lienderveld telt 214 schapen.|Hij wil er nog dertig kopen."]


def test_what_is_quoted_already_is_not_brought_along() -> None:
    assert told(weighed(A, 1, 90), weighed(A, 0, 89.9)) == [
        "De kudde van Lienderveld telt 214 schapen.",
        "Hij wil er nog dertig kopen.",
    ]


def test_nothing_is_brought_along_from_another_paragraph() -> None:
    assert told(weighed(A, 3, 90)) == ["Zij graast op de heide."]


@pytest.mark.parametrize(
    ("sentence", "leans"),
    [
        ("He wants to buy thirty more.", True),
        ("That costs a lot.", True),
        ("Er will noch dreißig kaufen.", True),
        ("Elle veut en acheter trente.", True),
        ("“Dat is veel”, zei Talsma.", True),
        ("Daarvoor is geld nodig.", True),
        ("Datums staan nog niet vast.", False),
        ("Herders zijn schaars.", False),
        ("Ernst Talsma wil er dertig kopen.", False),
    ],
)
def test_leaning_is_told_by_the_first_word(sentence: str, leans: bool) -> None:
    made = hit("c", f"De kudde telt 214 schapen. {sentence}")
    last = len(made.passage.sentences) - 1
    assert last == 1
    assert ("|" in told(weighed(made, last, 90))[0]) == leans


@given(
    st.lists(st.tuples(st.integers(0, 5), st.floats(80, 90), st.sampled_from([0.0, 1.0]), st.booleans()), max_size=12)
)
def test_laws(items: list[tuple[int, float, float, bool]]) -> None:
    unique = {index: weighed(A, index, score, kind, ["x"] * lacks) for index, score, kind, lacks in items}
    ordered = sorted(unique.values(), key=lambda item: -item.score)
    chosen = quotations(Evidence(SHAPE, tuple(ordered)))
    whole = [item.source.key for item in ordered if not item.missing]
    assert len(chosen) <= MOST_SENTENCES
    assert bool(chosen) == bool(whole)
    assert {quotation.source.key for quotation in chosen} <= set(whole)
    starts = [quotation.source.sentence.start for quotation in chosen]
    assert starts == sorted(set(starts))
    for quotation in chosen:
        if quotation.before is not None:
            assert quotation.before.index == quotation.source.index - 1
            assert quotation.before.sentence.start not in starts
