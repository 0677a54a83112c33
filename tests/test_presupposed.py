"""What of invented questions an article must hold, and what may be left to the day on which it appeared."""

from __future__ import annotations

import pytest

from embeddings.analysis import query_terms
from embeddings.records import Article, Hit, Passage, PublicationDate
from embeddings.sentences import split_sentences
from qa.presupposed import missing_in
from qa.question_shape import shape_of

TEXTS = {
    "nl": "In Dorrum zijn 40 huizen gebouwd. Herder Talsma zegt dat het er te veel zijn.",
    "en": "In Dorrum 40 houses were built. Talsma says they are too many.",
    "de": "In Dorrum wurden 40 Häuser gebaut. Talsma sagt, es seien zu viele.",
    "fr": "À Dorrum, 40 maisons ont été construites. Talsma dit que c'est trop.",
}


def missing(question: str, language: str = "nl", published: str = "2020-04-10", text: str = "") -> tuple[str, ...]:
    text = text or TEXTS[language]
    when = PublicationDate(published, "field") if published else None
    article = Article(text, "/a.txt", "", when, publisher="De Bode", language=language)
    sentences = split_sentences(text, language)
    hit = Hit(article, Passage(article.id, 0, sentences, ""), 0.9, 0.9, None, tuple(0.9 for _ in sentences))
    return missing_in(shape_of(question, language, query_terms), hit, frozenset(query_terms(text, [language])))


@pytest.mark.parametrize(
    ("when", "language"),
    [
        (when, language)
        for language, times in {
            "nl": "sinds 2019|na 2019|vóór 2021|voor 2021|tot 2021|tot en met 2020|tussen 2019 en 2021|van 2019 tot 2021|"
            "in 2020 of 2021|2019-2021|sinds 4 maart 2020|tussen maart en mei 2020|de afgelopen 3 jaar|"
            "de laatste 12 maanden|afgelopen twee jaar|in het eerste kwartaal van 2020|in Q1 2020|op 10-4-20",
            "en": "since 2019|after 2019|before 2021|between 2019 and 2021|from 2019 to 2021|in the past 3 years",
            "de": "seit 2019|nach 2019|vor 2021|zwischen 2019 und 2021|von 2019 bis 2021|in den letzten drei Jahren",
            "fr": "depuis 2019|après 2019|avant 2021|entre 2019 et 2021|de 2019 à 2021|ces trois dernières années",
        }.items()
        for when in times.split("|")
    ],
)
def test_the_bounds_of_a_time_need_not_be_written(when: str, language: str) -> None:
    question = {
        "nl": "Hoeveel huizen zijn er {} gebouwd in Dorrum?",
        "en": "How many houses were built {} in Dorrum?",
        "de": "Wie viele Häuser wurden {} in Dorrum gebaut?",
        "fr": "Combien de maisons a-t-on construites {} à Dorrum ?",
    }[language]
    assert missing(question.format(when), language) == ()


@pytest.mark.parametrize(
    ("question", "lacking"),
    [
        ("Hoeveel huizen kwamen er in 2018 bij in Dorrum?", "2018"),
        ("Hoeveel huizen kwamen er sinds 2021 bij in Dorrum?", "2021"),
        ("Hoeveel huizen kwamen er sinds 4 mei 2020 bij in Dorrum?", "4 mei 2020"),
        ("Hoeveel huizen kwamen er tussen 2015 en 2018 bij in Dorrum?", "2015 en 2018"),
        ("Hoeveel huizen komen er tot 2040 bij in Dorrum?", "2040"),
        ("Wat is de begroting van Dorrum voor 2021?", "2021"),
        ("Hoeveel huizen kwamen er in het derde kwartaal van 2020 bij in Dorrum?", "derde kwartaal van 2020"),
        ("Hoeveel huizen voor 2000 euro heeft Dorrum?", "2000 euro"),
    ],
)
def test_a_time_that_an_article_is_not_about_is_missing(question: str, lacking: str) -> None:
    assert missing(question) == (lacking,)


def test_an_article_that_names_a_time_in_the_interval_is_about_it() -> None:
    question = "Hoeveel huizen kwamen er tussen 2015 en 2018 bij in Dorrum?"
    assert missing(question, text="In Dorrum kwamen er in 2016 twaalf huizen bij.") == ()
    assert missing(question, text="In Dorrum kwamen er in 2014 twaalf huizen bij.") == ("2015 en 2018",)


def test_a_date_stands_as_it_is_written_in_the_question() -> None:
    question = "Wat zei Talsma op 4-5-20?"
    assert missing(question, text="Talsma zei op 4-5-20 niets.") == ()
    assert missing(question, text="Talsma zei op 14-5-20 niets.") == ("4-5-20",)


def test_an_article_without_any_time_may_be_from_an_open_one() -> None:
    assert missing("Hoeveel huizen kwamen er sinds 2019 bij in Dorrum?", published="") == ()
    assert missing("Hoeveel huizen kwamen er in 2019 bij in Dorrum?", published="") == ("2019",)
    old = "In 2015 kreeg Dorrum er twaalf huizen bij."
    assert missing("Hoeveel huizen kwamen er sinds 2019 bij in Dorrum?", published="", text=old) == ("2019",)


def test_a_quarter_is_reported_in_the_months_after_it() -> None:
    question = "Hoeveel huizen kwamen er in het derde kwartaal van 2020 bij in Dorrum?"
    assert missing(question, published="2020-10-14") == ()
    assert missing(question, published="2021-06-14") != ()


@pytest.mark.parametrize(
    ("question", "lacking"),
    [
        ("Wat zei Talsma gisteren over Dorrum?", ()),
        ("Wat vindt Talsma eigenlijk van Dorrum?", ()),
        ("Wat heeft Talsma gezegd over Dorrum?", ()),
        ("Wat zei Jansma gisteren over Dorrum?", ("Jansma",)),
        ("Wat zei de wethouder onlangs over Dorrum?", ("wethouder",)),
    ],
)
def test_only_who_said_it_must_be_there(question: str, lacking: tuple[str, ...]) -> None:
    assert missing(question) == lacking
