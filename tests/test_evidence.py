"""Which sentences bear on a question, and when they are not enough to answer it."""

from __future__ import annotations

import math
from dataclasses import fields, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from embeddings.records import Article, Hit, Passage, PublicationDate
from embeddings.sentences import split_sentences
from qa.evidence import (
    CONFIDENCE_WEIGHTS,
    DOUBTFUL,
    ORDER_WEIGHTS,
    Evidence,
    Features,
    confidence,
    joined,
    second_hop,
    weigh,
)

FLOCK = (
    "De kudde van Lienderveld telt 214 schapen. Herder Wobke Talsma wil er in 2024 nog 30 bij. "
    "“De heide groeit anders dicht”, zei Talsma dinsdag."
)
NEAR = 0.86


def hit(
    text: str,
    *,
    similarity: float = NEAR,
    language: str = "nl",
    name: str = "a",
    published: str = "2024-05-06",
    title: str = "",
) -> Hit:
    article = Article(
        text, f"/{name}.txt", title, PublicationDate(published, "field"), publisher="De Bode", language=language
    )
    sentences = split_sentences(text, language)
    scores = tuple(similarity for _ in sentences)
    return Hit(article, Passage(article.id, 0, sentences, title), similarity, similarity, None, scores)


def evidence(question: str, *hits: Hit, language: str = "nl") -> Evidence:
    return weigh(question, language, hits, lambda terms: dict.fromkeys(terms, 1))


@pytest.mark.parametrize(
    ("question", "language", "missing"),
    [
        ("Hoeveel schapen telt de kudde van Lienderveld?", "nl", ()),
        ("Hoeveel schapen telt de kudde van Oosterholt?", "nl", ("Oosterholt",)),
        ("Wat zei Talsma over de heide?", "nl", ()),
        ("Wat zei Wobke Talsma over de heide?", "nl", ()),
        ("Waarom heeft Lienderveld 214 schapen?", "nl", ()),
        ("Waarom heeft Lienderveld 512 schapen?", "nl", ("512",)),
        ("Hoeveel schapen wil Talsma er in 2024 bij?", "nl", ()),
        ("Hoeveel schapen wilde Talsma er in 1987 bij?", "nl", ("1987",)),
        ("How many sheep does the flock of Lienderveld have?", "en", ()),
        ("How many sheep does the flock of Harwich have?", "en", ("Harwich",)),
        ("Wie viele Schafe leben in Lienderveld?", "de", ()),
        ("Combien de moutons compte le troupeau de Lienderveld ?", "fr", ()),
        ("Combien de moutons compte le troupeau de Perpignan ?", "fr", ("Perpignan",)),
    ],
)
def test_what_a_question_takes_for_granted_must_be_there(
    question: str, language: str, missing: tuple[str, ...]
) -> None:
    found = evidence(question, hit(FLOCK), language=language)
    assert len(found.missing) == len(missing)
    assert all(word in told for word, told in zip(missing, found.missing, strict=True))
    if missing:
        assert not found.sufficient


def test_a_question_about_what_the_articles_say_is_answered_by_the_sentence_that_says_it() -> None:
    found = evidence("Hoeveel schapen telt de kudde van Lienderveld?", hit(FLOCK))
    assert found.sufficient and found.best is not None
    assert found.best.source.text == "De kudde van Lienderveld telt 214 schapen."
    assert found.best.features.kind == found.best.features.counted == 1.0


def test_what_is_far_from_the_question_is_not_enough() -> None:
    near = evidence("Hoeveel schapen telt de kudde?", hit(FLOCK, similarity=0.9))
    far = evidence("Hoeveel schapen telt de kudde?", hit("Het regende de hele dag.", similarity=0.7))
    assert near.sufficient and not far.sufficient
    assert far.confidence < 0.2 < near.confidence


def test_an_answer_is_doubtful_from_what_is_enough_to_what_is_more_likely_one_than_none() -> None:
    asked = "Hoeveel schapen telt de kudde?"
    found = [evidence(asked, hit(FLOCK, similarity=value / 1000)) for value in range(600, 950, 2)]
    assert all(item.doubtful == (item.sufficient and item.confidence < DOUBTFUL) for item in found)
    assert {(item.sufficient, item.doubtful) for item in found} == {(False, False), (True, True), (True, False)}
    doubtful = next(item for item in found if item.doubtful)
    assert joined(found[-1], [found[-1], doubtful]).doubtful and not joined(doubtful, [found[-1], found[0]]).doubtful


def test_nothing_found_is_not_enough() -> None:
    found = evidence("Hoeveel schapen telt de kudde?")
    assert (found.best, found.missing, found.confidence, found.sufficient) == (None, (), 0.0, False)
    assert found.candidates == ()


def test_a_sentence_in_two_passages_is_weighed_once_with_the_better_score() -> None:
    good, worse = hit(FLOCK, similarity=0.9), hit(FLOCK, similarity=0.8)
    found = evidence("Hoeveel schapen telt de kudde?", worse, good)
    keys = [item.source.key for item in found.weighed]
    assert len(keys) == len(set(keys)) == len(good.passage.sentences)
    assert all(item.source.score == 0.9 for item in found.weighed)


def test_a_sentence_that_lacks_nothing_comes_before_a_nearer_one_that_does() -> None:
    elsewhere = hit("De kudde van Oosterholt telt 300 schapen.", similarity=0.95, name="b")
    found = evidence("Hoeveel schapen telt de kudde van Lienderveld?", elsewhere, hit(FLOCK))
    assert found.best is not None
    assert "Lienderveld" in found.best.source.text and found.missing == ()


def test_the_order_is_by_score_and_the_score_is_the_weighted_sum() -> None:
    found = evidence("Hoeveel schapen telt de kudde?", hit(FLOCK), hit("Het regende.", similarity=0.8, name="b"))
    scores = [item.score for item in found.weighed]
    assert scores == sorted(scores, reverse=True)
    for item in found.weighed:
        parts = (weight * getattr(item.features, name) for name, weight in ORDER_WEIGHTS.items())
        assert item.score == pytest.approx(sum(parts))
        assert all(0 <= getattr(item.features, field.name) <= 1 + 1e-9 for field in fields(item.features))


def test_words_of_another_language_are_not_asked_for() -> None:
    found = evidence("How many sheep does the flock have?", hit(FLOCK), language="en")
    assert all(item.features.foreign == 1.0 and item.features.counted == 1.0 for item in found.weighed)
    assert all(item.features.foreign == 0.0 for item in evidence("Hoeveel schapen?", hit(FLOCK)).weighed)


def test_the_articles_date_bears_out_the_year_of_a_question() -> None:
    question = "Hoeveel schapen telde de kudde in 2021?"
    text = "De kudde telt 214 schapen."
    assert evidence(question, hit(text, published="2021-03-04")).missing == ()
    assert evidence(question, hit(text, published="2019-03-04")).missing != ()


UNIT = st.floats(0, 1)


@given(
    st.builds(Features, *[UNIT] * len(fields(Features))),
    st.sampled_from(sorted(set(CONFIDENCE_WEIGHTS) - {"bias"})),
    UNIT,
)
def test_confidence_is_a_probability_that_rises_with_each_of_its_features(
    features: Features, name: str, value: float
) -> None:
    assert 0 < confidence(features) < 1
    low, high = sorted((value, getattr(features, name)))
    assert confidence(replace(features, **{name: low})) <= confidence(replace(features, **{name: high}))


def test_a_second_search_follows_the_names_that_the_question_does_not_have() -> None:
    found = evidence("Hoe oud is de herder van Lienderveld?", hit("De herder van Lienderveld is Wobke Talsma."))
    assert second_hop(found) == ("Wobke Talsma",)
    assert second_hop(evidence("Hoe oud is Wobke Talsma?", hit("De herder is Wobke Talsma."))) == ()
    assert second_hop(evidence("Hoe oud is de herder?")) == ()


def test_words_found_together_speak_for_an_answer_whatever_the_size_of_the_library() -> None:
    found = replace(hit(FLOCK), lexical=6.0)
    few = weigh("Hoeveel schapen telt de kudde?", "nl", [found], lambda terms: dict.fromkeys(terms, 1), 100)
    many = weigh("Hoeveel schapen telt de kudde?", "nl", [found], lambda terms: dict.fromkeys(terms, 1), 1_000_000)
    none = weigh("Hoeveel schapen telt de kudde?", "nl", [hit(FLOCK)], lambda terms: dict.fromkeys(terms, 1), 100)
    assert few.confidence > many.confidence > none.confidence
    assert few.best is not None
    assert few.best.features.words == pytest.approx(math.log1p(6.0 / math.log(102)))


@pytest.mark.parametrize(
    ("question", "language", "answering"),
    [
        ("Via welke krant kwam de brief naar buiten?", "nl", "De brief lekte uit via de Spaanse krant El Litoral."),
        ("Welke wethouder las de brief voor?", "nl", "Later las wethouder Anna Brink de brief voor."),
        ("Which minister read the letter?", "en", "Later minister Anna Brink read the letter."),
    ],
)
def test_a_name_beside_the_noun_that_is_asked_for_comes_before_other_names(
    question: str, language: str, answering: str
) -> None:
    other = {"nl": "De brief is van Karel Dorst.", "en": "The letter is by Karel Dorst."}[language]
    found = evidence(question, hit(f"{other} {answering}", language=language), language=language)
    assert found.candidates[0].text == answering
    kinds = {item.source.text: item.features.kind for item in found.weighed}
    assert kinds == {answering: 2.0, other: 1.0}
    asked = question.replace("?", " van Anna Brink en El Litoral?")
    known = evidence(asked, hit(f"{other} {answering}", language=language), language=language)
    assert max(item.features.kind for item in known.weighed) == 1.0, "a name of the question answers nothing"
