"""The checks that `qa.verification` puts together, each by itself."""

from __future__ import annotations

import pytest

from embeddings.records import Article, Hit, Passage, PublicationDate
from embeddings.sentences import split_sentences
from qa.answer import SourceSentence
from qa.checks import Source, date_problems, name_problems, number_problems, source_of


def source(
    text: str, place: int = 0, title: str = "", publisher: str = "", published: str | None = "2022-02-02"
) -> Source:
    date = PublicationDate(published, "field") if published else None
    article = Article(text, "a.txt", title, date, publisher=publisher, language="nl")
    sentences = split_sentences(text, "nl")
    return source_of(SourceSentence(Hit(article, Passage(article.id, 0, sentences), 1.0, 1.0, None), place, 0.0), "nl")


@pytest.mark.parametrize(
    ("claim", "text", "wrong"),
    [
        ("De partijen kregen 38 en 48 procent.", "De partijen kregen 38 procent en 48 procent.", []),
        ("De partijen kregen 48 procent en 48 procent.", "De partijen kregen 38 procent en 48 procent.", ["number"]),
        (
            "De partijen kregen 50 procent en 50 procent.",
            "De partijen kregen 38 procent en 48 procent.",
            ["number"] * 2,
        ),
        ("Er is één gewonde.", "Een man raakte gewond.", []),
        ("Er zijn drie gewonden.", "Een man raakte gewond.", ["number"]),
        ("Het kost 2,5 miljoen euro.", "Het kost 2.500.000 euro.", []),
        ("Het kost 2,5 miljoen dollar.", "Het kost 2.500.000 euro.", ["number"]),
    ],
)
def test_numbers(claim: str, text: str, wrong: list[str]) -> None:
    assert [problem.kind for problem in number_problems(claim, [source(text)], "nl")] == wrong


def test_the_first_may_be_called_so_by_what_stands_around() -> None:
    text = "De eerste trein reed dinsdag. Hij kwam op tijd aan."
    claim = "De 1e trein kwam op tijd aan."
    assert number_problems("De eerste trein kwam op tijd aan.", [source(text, 1)], "nl") == []
    assert number_problems(claim, [source("De 1e trein reed dinsdag. Hij kwam op tijd aan.", 1)], "nl") == []
    alone = source("Hij kwam op tijd aan.")
    assert [problem.text for problem in number_problems(claim, [alone], "nl")] == ["1e"]


@pytest.mark.parametrize(
    ("claim", "text", "place", "published", "held"),
    [
        ("De brand was op 3 mei 2021.", "De brand was op 3 mei 2021.", 0, "2022-02-02", True),
        ("De brand was op 4 mei 2021.", "De brand was op 3 mei 2021.", 0, "2022-02-02", False),
        # the sentence before gives the day
        ("De school verbrandde op 3 mei 2021.", "Op 3 mei 2021 was er brand. De school ging verloren.", 1, "2022-02-02", True),
        ("De school verbrandde op 5 mei 2021.", "Op 3 mei 2021 was er brand. De school ging verloren.", 1, "2022-02-02", False),
        # or the day on which it was news
        ("In februari 2022 ging de school dicht.", "De school gaat dicht.", 0, "2022-02-02", True),
        ("In maart 2022 ging de school dicht.", "De school gaat dicht.", 0, "2022-02-02", False),
        ("In februari 2022 ging de school dicht.", "De school gaat dicht.", 0, None, False),
    ],
)  # fmt: skip
def test_dates(claim: str, text: str, place: int, published: str | None, held: bool) -> None:
    found = date_problems(claim, [source(text, place, published=published)], "nl")
    assert (found == []) == held
    assert {problem.kind for problem in found} <= {"date"}


@pytest.mark.parametrize(
    ("claim", "text", "place", "title", "publisher", "held"),
    [
        ("Mark Rutte kwam aan.", "Mark Rutte kwam aan.", 0, "", "", True),
        ("Sigrid Kaag kwam aan.", "Mark Rutte kwam aan.", 0, "", "", False),
        ("Volgens De Volkskrant kwam de premier aan.", "De premier kwam aan.", 0, "", "de Volkskrant", True),
        ("Volgens De Telegraaf kwam de premier aan.", "De premier kwam aan.", 0, "", "de Volkskrant", False),
        # a pronoun points back to the sentence before
        ("Sigrid Kaag sprak de zaal toe.", "Sigrid Kaag kwam aan. Zij sprak de zaal toe.", 1, "", "", True),
        # a fuller form of a name in the sentence
        ("John Kirby noemde het tijdelijk.", "Kirby noemde het tijdelijk.", 0, "John Kirby spreekt", "", True),
        # and where the claim has another name of the sentence as well
        ("Kirby en John Bolton spraken elkaar.", "Kirby en Bolton spraken elkaar.", 0, "John Bolton in Den Haag", "", True),
        # a name from the title in the place of one in the sentence
        ("Sigrid Kaag kwam in Kiev aan.", "Mark Rutte kwam in Kiev aan.", 0, "Sigrid Kaag blijft thuis", "", False),
    ],
)  # fmt: skip
def test_names(claim: str, text: str, place: int, title: str, publisher: str, held: bool) -> None:
    found = name_problems(claim, [source(text, place, title, publisher)], "nl")
    assert (found == []) == held, found


def test_a_word_at_the_beginning_may_not_stand_where_the_source_has_a_name() -> None:
    text = "Jan Smit was veroordeeld tot drie jaar cel."
    assert [
        problem.text for problem in name_problems("Birmingham was veroordeeld tot drie jaar cel.", [source(text)], "nl")
    ]
    assert name_problems("Smit was veroordeeld tot drie jaar cel.", [source(text)], "nl") == []
    assert name_problems("Veroordeeld was Jan Smit tot drie jaar cel.", [source(text)], "nl") == []
    assert (
        name_problems("Kranten schreven dat hij drie jaar cel kreeg.", [source("Er is drie jaar cel geëist.")], "nl")
        == []
    )
    assert name_problems("Boeren werden veroordeeld.", [source("Jan Smit sprak met boeren over hun vee.")], "nl") == []
