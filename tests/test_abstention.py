"""Why nothing is answered, and what is said instead."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from embeddings.records import Article, Filters, Hit, Passage, PublicationDate
from embeddings.sentences import split_sentences
from embeddings.store import Counts
from qa.abstention import NEAREST, abstain, coverage, reason_for
from qa.answer import Answer
from qa.evidence import Evidence, weigh

COUNTS = Counts(articles=12, first_published=date(2023, 1, 2), last_published=date(2024, 5, 6))
FLOCK = "De kudde van Lienderveld telt 214 schapen. De herder heet Talsma. De heide is paars. Honden zijn welkom."


def evidence(question: str, similarity: float = 0.9, language: str = "nl") -> Evidence:
    article = Article(FLOCK, "/a.txt", "Kudde", PublicationDate("2024-05-06", "field"), language="nl")
    sentences = split_sentences(FLOCK, "nl")
    scores = tuple(similarity for _ in sentences)
    hits = [Hit(article, Passage(article.id, 0, sentences), similarity, similarity, None, scores)]
    return weigh(question, language, hits, lambda terms: dict.fromkeys(terms, 1))


@pytest.mark.parametrize(
    ("question", "similarity", "beyond", "reason"),
    [
        ("Hoeveel schapen telt de kudde van Oosterholt?", 0.9, False, "no_evidence"),
        ("Hoeveel schapen telde de kudde van Lienderveld in 1987?", 0.9, False, "outside_dates"),
        ("Waarom telt de kudde van Lienderveld 512 schapen?", 0.9, False, "false_premise"),
        ("Hoeveel maanden heeft Jupiter?", 0.5, False, "off_topic"),
        ("Hoe groot is de opkomst in Lienderveld?", 0.5, False, "no_evidence"),  # the articles know the place
        ("Hoeveel schapen telt de kudde van Lienderveld?", 0.5, True, "outside_dates"),
    ],
)
def test_reasons(question: str, similarity: float, beyond: bool, reason: str) -> None:
    assert reason_for(evidence(question, similarity), COUNTS, beyond) == reason
    assert reason_for(evidence(question, similarity), Counts(), beyond) == "empty_library"


def test_a_german_noun_that_looks_like_a_name_makes_no_question_the_articles_own() -> None:
    found = evidence("Was ist die Hauptstadt der Mongolei?", 0.5, "de")
    assert found.shape.names and not found.missing  # no German noun is required, since each has a capital
    assert reason_for(found, COUNTS, False) == "off_topic"


@pytest.mark.parametrize("language", ["nl", "en", "de", "fr", "sv"])
def test_the_message_names_what_is_missing_and_what_the_library_covers(language: str) -> None:
    found = evidence("Hoeveel schapen telt de kudde van Oosterholt?")
    answer = abstain(Answer("q", "q", language, "answered"), found, COUNTS)
    assert (answer.status, answer.reason) == ("abstained", "no_evidence")
    assert "Oosterholt" in answer.text and coverage(COUNTS, language) in answer.text
    assert all(part in answer.text for part in ("12", "2023", "2024"))
    assert (answer.sentences, answer.citations) == ((), ())


def test_languages_differ_and_an_unknown_one_is_answered_in_english() -> None:
    said = {language: coverage(COUNTS, language) for language in ("nl", "en", "de", "fr")}
    assert len(set(said.values())) == 4
    assert "van 2 januari 2023 tot en met 6 mei 2024" in said["nl"] and "du 2 janvier 2023" in said["fr"]
    assert coverage(COUNTS, "sv") == said["en"] == "The library holds 12 articles from 2 January 2023 to 6 May 2024."


def test_without_dates_only_the_number_is_told_and_without_articles_nothing() -> None:
    assert coverage(Counts(articles=3), "nl") == "De bibliotheek telt 3 artikelen."
    assert coverage(Counts(), "nl") == ""


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        (
            "nl",
            "De bibliotheek telt 5 artikelen, waarvan 2 zonder datum; de andere van 2 januari 2023 tot en met 6 mei 2024.",
        ),
        ("en", "The library holds 5 articles, 2 of them without a date; the others from 2 January 2023 to 6 May 2024."),
        (
            "de",
            "Die Bibliothek enthält 5 Artikel, davon 2 ohne Datum; die anderen vom 2. Januar 2023 bis zum 6. Mai 2024.",
        ),
        ("fr", "La bibliothèque compte 5 articles, dont 2 sans date ; les autres du 2 janvier 2023 au 6 mai 2024."),
    ],
)
def test_articles_without_a_date_are_told_apart(language: str, expected: str) -> None:
    assert coverage(replace(COUNTS, articles=5, undated=2), language) == expected
    assert coverage(Counts(articles=3, undated=3), "nl") == "De bibliotheek telt 3 artikelen."


def lacking(missing: str) -> Evidence:
    found = evidence("Hoeveel schapen telt de kudde van Oosterholt?")
    return replace(found, weighed=tuple(replace(one, missing=tuple(missing)) for one in found.weighed))


def test_of_what_is_missing_each_is_named_once_and_five_at_most() -> None:
    found = lacking("abacabdefg")
    answer = abstain(Answer("q", "q", "nl", "answered"), found, COUNTS)
    assert "over a, b, c, d, e, … vind ik" in answer.text
    answer = abstain(Answer("q", "q", "nl", "answered"), lacking("aba"), COUNTS)
    assert "over a, b vind ik" in answer.text


DAY = date(2024, 1, 1)


@pytest.mark.parametrize(
    ("filters", "said", "unsaid"),
    [
        (Filters(since=DAY), "Binnen de gevraagde periode staat", "bronnen"),
        (Filters(as_of=DAY), "Binnen de gevraagde periode staat", "bronnen"),
        (Filters(sources=("a.txt",)), "Binnen de gevraagde bronnen staat", "periode"),
        (Filters(until=DAY, sources=("a.txt",)), "Binnen de gevraagde periode of bronnen staat", "heet zoals"),
        (Filters(sources=("Bode",)), "Geen krant of bestand in de bibliotheek heet zoals “Bode”.", "gevraagde"),
        (Filters(since=DAY, sources=("Bode", "Tij")), "bibliotheek heet zoals “Bode”, “Tij”.", "gevraagde"),
    ],
)
def test_the_limit_that_left_nothing_is_named(filters: Filters, said: str, unsaid: str) -> None:
    found = evidence("Hoeveel schapen telt de kudde van Lienderveld?", 0.5)
    known = "Bode" not in filters.sources
    answer = abstain(
        Answer("q", "q", "nl", "answered"),
        found,
        COUNTS,
        filters=filters,
        sources_known=known,
        found_without_limits=True,
    )
    assert (answer.status, answer.reason) == ("abstained", "outside_dates")
    assert said in answer.text and unsaid not in answer.text
    assert answer.text.endswith(coverage(COUNTS, "nl"))


@pytest.mark.parametrize("language", ["nl", "en", "de", "fr", "sv"])
def test_a_source_that_is_not_there_is_named_whatever_the_reason(language: str) -> None:
    far = evidence("Hoeveel maanden heeft Jupiter?", 0.5)
    filters = Filters(sources=("bestaatniet",))
    answer = abstain(Answer("q", "q", language, "answered"), far, COUNTS, filters=filters, sources_known=False)
    assert answer.reason == "off_topic" and "“bestaatniet”" in answer.text


def test_limits_are_named_only_where_they_left_nothing() -> None:
    far, nothing = evidence("Hoeveel maanden heeft Jupiter?", 0.5), weigh("Hoeveel?", "nl", [], lambda terms: {})
    limits = Filters(since=DAY, sources=("a.txt",))
    assert "gevraagde" not in abstain(Answer("q", "q", "nl", "answered"), far, COUNTS, filters=limits).text
    empty = abstain(Answer("q", "q", "nl", "answered"), nothing, Counts(), filters=limits, sources_known=False)
    assert empty.text == "Er staan nog geen artikelen in de bibliotheek."


def test_the_nearest_sentences_are_numbered_from_one_and_point_into_their_article() -> None:
    found = evidence("Hoeveel schapen telt de kudde van Oosterholt?")
    answer = abstain(Answer("q", "q", "nl", "answered"), found, COUNTS)
    assert [citation.number for citation in answer.nearest] == list(range(1, NEAREST + 1))
    for citation, candidate in zip(answer.nearest, found.candidates, strict=False):
        assert citation.quote == candidate.text == FLOCK[citation.start : citation.end]


def test_evidence_outside_the_limits_is_told_without_naming_what_it_says() -> None:
    found = evidence("Hoeveel schapen telt de kudde van Lienderveld?", 0.5)
    answer = abstain(Answer("q", "q", "nl", "answered"), found, COUNTS, found_without_limits=True)
    assert answer.reason == "outside_dates" and "daarbuiten mogelijk wel" in answer.text
    assert "214" not in answer.text


def test_an_empty_library_is_told_as_such() -> None:
    nothing = weigh("Hoeveel schapen?", "nl", [], lambda terms: {})
    answer = abstain(Answer("q", "q", "nl", "answered"), nothing, Counts())
    assert (answer.reason, answer.text, answer.nearest) == (
        "empty_library",
        "Er staan nog geen artikelen in de bibliotheek.",
        (),
    )
