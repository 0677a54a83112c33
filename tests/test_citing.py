"""Numbering and checking of an answer's sentences."""

from __future__ import annotations

from dataclasses import replace

import pytest

from embeddings.records import Article, Hit, Passage, PublicationDate
from embeddings.sentences import split_sentences
from qa.answer import AnswerSentence, Citation, SourceSentence
from qa.citing import MOST_ECHOES, Citer, in_another_language
from qa.disagreement import Difference
from qa.evidence import Evidence, weigh
from qa.markers import MarkedSentence
from qa.quoting import Quotation

QUESTION = "Hoeveel schapen telt de kudde van Lienderveld?"
FLOCK = "De kudde van Lienderveld telt 214 schapen. De herder heet Wobke Talsma. De heide is 80 hectare groot."


def hit(name: str, text: str, similarity: float) -> Hit:
    article = Article(text, f"/{name}.txt", "Kudde", PublicationDate("2024-05-06", "field"), "De Bode", language="nl")
    sentences = split_sentences(text, "nl")
    scores = tuple(similarity - place / 50 for place in range(len(sentences)))
    return Hit(article, Passage(article.id, 0, sentences, article.title), similarity, similarity, None, scores)


def evidence(*more: str) -> Evidence:
    hits = [hit(str(place), text, 0.9 - place / 100) for place, text in enumerate((FLOCK, *more))]
    return weigh(QUESTION, "nl", hits, lambda terms: dict.fromkeys(terms, 1))


class Heard:
    def __init__(self) -> None:
        self.sentences: list[AnswerSentence] = []
        self.citations: list[Citation] = []

    def __call__(self, sentence: AnswerSentence, new: tuple[Citation, ...]) -> None:
        self.sentences.append(sentence)
        self.citations.extend(new)


def source(found: Evidence, part: str) -> SourceSentence:
    return next(candidate for candidate in found.candidates if part in candidate.text)


def test_numbers_follow_the_order_of_need_and_a_sentence_keeps_its_own() -> None:
    found = evidence()
    citer = Citer(QUESTION, "nl", found)
    first, new = citer.cite(source(found, "heide"))
    second, _ = citer.cite(source(found, "214"))
    again, none = citer.cite(source(found, "heide"))
    assert (first, second, again) == (1, 2, 1)
    assert [citation.number for citation in new] == [1] and none == ()
    assert [citation.number for citation in citer.citations] == [1, 2]
    assert [cited.text for cited in citer.cited] == [citation.quote for citation in citer.citations]


def test_a_supported_sentence_gets_the_right_source_whatever_the_model_marked() -> None:
    found = evidence()
    heard = Heard()
    citer = Citer(QUESTION, "nl", found, heard)
    citer.write(MarkedSentence("De kudde telt 214 schapen.", (2,)), [source(found, "heide"), source(found, "Wobke")])
    assert [citation.quote for citation in citer.citations] == ["De kudde van Lienderveld telt 214 schapen."]
    assert citer.written and citer.verified and citer.withheld == ()
    assert tuple(heard.sentences) == citer.sentences and tuple(heard.citations) == citer.citations


def test_the_first_sentence_must_hold_what_is_asked_for_and_the_next_may_explain() -> None:
    """To a question for a number, a true sentence without one is no answer."""
    explaining = MarkedSentence("De herder van de kudde heet Wobke Talsma.", (1,))
    found = evidence("De herder van de kudde van Lienderveld heet Wobke Talsma.")
    alone = Citer(QUESTION, "nl", found)
    alone.write(explaining, [source(found, "herder van")])
    assert (alone.sentences, alone.written) == ((), False)
    after = Citer(QUESTION, "nl", found)
    after.write(MarkedSentence("De kudde telt 214 schapen.", (1,)), [source(found, "214")])
    after.write(explaining, [source(found, "herder van")])
    assert [sentence.text for sentence in after.sentences] == ["De kudde telt 214 schapen.", explaining.text]


def test_a_small_model_may_only_copy_and_shorten() -> None:
    found = evidence()
    shown = [source(found, "214"), source(found, "heide")]
    reworded = MarkedSentence("Er zijn 214 schapen in de kudde van Lienderveld.", (1,))
    shortened = MarkedSentence("De kudde telt 214 schapen.", (1,))
    for copies_only, marked, told in (
        (False, reworded, True), (True, reworded, False), (False, shortened, True), (True, shortened, True),
    ):  # fmt: skip
        citer = Citer(QUESTION, "nl", found, copies_only=copies_only)
        citer.write(marked, shown)
        assert [sentence.text for sentence in citer.sentences] == ([marked.text] if told else []), (copies_only, marked)
        assert [set(sentence.problems) for sentence in citer.withheld] == (
            [] if told else [{"not_in_the_words_of_a_source"}]
        )


def test_where_nothing_was_found_no_sentence_answers() -> None:
    found, nothing = evidence(), weigh(QUESTION, "nl", [], lambda terms: dict.fromkeys(terms, 1))
    citer = Citer(QUESTION, "nl", nothing)
    citer.write(MarkedSentence("De kudde telt 214 schapen.", (1,)), [source(found, "214")])
    assert (citer.sentences, citer.citations, citer.written) == ((), (), False)


def test_an_invented_sentence_is_withheld_with_its_problems_and_not_told() -> None:
    heard = Heard()
    citer = Citer(QUESTION, "nl", evidence(), heard)
    citer.write(MarkedSentence("De kudde telt 350 schapen.", (1,)), evidence().candidates)
    assert (citer.sentences, citer.citations, heard.sentences, citer.verified, citer.written) == (
        (),
        (),
        [],
        False,
        False,
    )
    (withheld,) = citer.withheld
    assert withheld.text == "De kudde telt 350 schapen." and withheld.problems and not withheld.verified
    citer.complete([])
    assert citer.withheld == () and citer.discarded == (withheld,)


def test_quotations_complete_what_was_written_and_repeat_nothing_of_it() -> None:
    found = evidence("De kudde van Lienderveld telt nu 214 schapen.", "Op de hei bij Lienderveld lopen 12 geiten mee.")
    flock, copy, goats = (source(found, part) for part in ("telt 214", "nu 214", "geiten"))
    citer = Citer(QUESTION, "nl", found, copies_only=True)
    citer.write(MarkedSentence("De kudde telt 214 schapen.", (1,)), [flock])
    citer.write(MarkedSentence("De kudde telt 350 schapen.", (1,)), [flock])
    citer.complete([Quotation(flock), Quotation(copy), Quotation(goats)])
    assert [sentence.text for sentence in citer.sentences] == ["De kudde telt 214 schapen.", goats.text]
    assert citer.withheld == () and len(citer.discarded) == 1 and citer.written


def test_what_a_small_model_begins_with_must_be_what_would_be_quoted() -> None:
    found = evidence()
    herder = MarkedSentence("De herder heet Wobke Talsma.", (1,))
    for asked, told in (("Hoe heet de herder van Lienderveld?", True), (QUESTION, False)):
        own = weigh(asked, "nl", [item.source.hit for item in found.weighed[:1]], lambda terms: dict.fromkeys(terms, 1))
        citer = Citer(asked, "nl", own, copies_only=True)
        citer.write(herder, [source(own, "herder")])
        assert bool(citer.sentences) == told, asked


def test_an_unverified_sentence_may_be_shown_and_cites_nothing() -> None:
    citer = Citer(QUESTION, "nl", evidence(), show_unverified=True)
    citer.write(MarkedSentence("De kudde telt 350 schapen.", (1,)), evidence().candidates)
    (shown,) = citer.sentences
    assert (shown.verified, shown.citations, citer.citations, citer.verified) == (False, (), (), False)


def test_a_true_sentence_that_does_not_answer_is_no_beginning_of_an_answer() -> None:
    citer = Citer(QUESTION, "nl", evidence())
    citer.write(MarkedSentence("De herder heet Wobke Talsma.", (2,)), evidence().candidates)
    assert citer.sentences == () and citer.withheld[0].problems == ("beside the question",)


def test_a_true_sentence_may_follow_one_that_answers() -> None:
    found = evidence()
    citer = Citer(QUESTION, "nl", found)
    citer.write(MarkedSentence("De kudde telt 214 schapen."), found.candidates)
    citer.write(MarkedSentence("De herder heet Wobke Talsma."), found.candidates)
    assert [sentence.citations for sentence in citer.sentences] == [(1,), (2,)]


def test_other_articles_that_say_the_same_are_cited_with_a_quotation() -> None:
    found = evidence("In Dorrum telt de kudde van Lienderveld 214 schapen.", "De kudde van Lienderveld is moe.")
    citer = Citer(QUESTION, "nl", found)
    citer.quote(Quotation(source(found, "De kudde van Lienderveld telt 214")))
    assert {citation.source for citation in citer.citations} == {"/0.txt", "/1.txt"}
    assert citer.sentences[0].citations == (1, 2) and not citer.written


def test_what_a_quotation_leans_on_is_a_sentence_of_its_own_before_it() -> None:
    found = evidence()
    citer = Citer(QUESTION, "nl", found)
    citer.quote(Quotation(source(found, "heide"), source(found, "Wobke")))
    assert [sentence.text for sentence in citer.sentences] == [
        "De herder heet Wobke Talsma.",
        "De heide is 80 hectare groot.",
    ]
    assert [sentence.citations for sentence in citer.sentences] == [(1,), (2,)]


def test_a_difference_cites_each_of_its_sources() -> None:
    found = evidence("De kudde van Lienderveld telt 300 schapen.")
    citer = Citer(QUESTION, "nl", found)
    citer.quote(Quotation(source(found, "214")))
    difference = Difference("conflict", (source(found, "214"), source(found, "300")), "214; 300")
    disagreement = citer.differ(difference)
    assert (disagreement.type, disagreement.citations, disagreement.text) == ("conflict", (1, 2), "214; 300")
    assert citer.citations[1].quote == "De kudde van Lienderveld telt 300 schapen."


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("The reopening of the bridge is planned for February 2026.", "nl", True),
        ("De heropening van de brug is gepland in februari 2026.", "nl", False),
        ("De heropening van de brug is gepland in februari 2026.", "en", True),
        ("S. must the slachtoffers together 31 miljoen euro returnbetalen.", "nl", True),
        ("In warmen Sommern entweicht in droge jaren meer gas.", "fr", True),
        ("Methaan.", "de", False),
        ("De heropening van de brug is gepland in februari 2026.", "", False),
    ],
)
def test_a_draft_in_another_language_than_the_question_is_told(text: str, language: str, expected: bool) -> None:
    assert in_another_language(text, language) is expected


def test_a_sentence_in_another_language_than_the_question_is_withheld() -> None:
    found = evidence()
    citer = Citer(QUESTION, "nl", found)
    text = "The flock of Lienderveld has 214 sheep and the shepherd is called Wobke Talsma, who is with them every day."
    citer.write(MarkedSentence(text, (1,)), [source(found, "214")])
    assert citer.sentences == ()
    (withheld,) = citer.withheld
    assert withheld.problems != () and not withheld.verified


def test_a_sentence_copied_from_an_article_in_another_language_is_withheld_for_that() -> None:
    said = "The flock of Lienderveld has 214 sheep and the shepherd is called Wobke Talsma, who is with them every day."
    foreign = hit("en", said, 0.95)
    foreign = replace(foreign, article=replace(foreign.article, language="en"))
    found = weigh(QUESTION, "nl", [foreign], lambda terms: dict.fromkeys(terms, 1))
    citer = Citer(QUESTION, "nl", found, similarity=lambda _, entries: [0.99] * len(entries))
    citer.write(MarkedSentence(said, (1,)), found.candidates)
    assert citer.sentences == ()
    assert [sentence.problems for sentence in citer.withheld] == [("in_another_language",)]


def test_no_more_than_a_few_others_that_say_the_same_are_cited_and_none_in_another_language() -> None:
    said = "De kudde van Lienderveld telt 214 schapen."
    found = evidence(*(f"{said} Dat is bericht {number}." for number in range(MOST_ECHOES + 2)))
    foreign = [hit("en", said, 0.95)]
    foreign = [replace(one, article=replace(one.article, language="en")) for one in foreign]
    shown = weigh(
        QUESTION,
        "nl",
        [*foreign, *(item.source.hit for item in found.weighed[::2])],
        lambda terms: dict.fromkeys(terms, 1),
    )
    citer = Citer(QUESTION, "nl", shown)
    first = next(one for one in shown.candidates if "214" in one.text and one.article.language == "nl")
    citer.quote(Quotation(first))
    assert 2 <= len(citer.citations) <= 1 + MOST_ECHOES
    assert {one.article.language for one in citer.cited} == {"nl"}
