"""Which sentences are cited: as few as needed, and others that say the same."""

from __future__ import annotations

import pytest

from embeddings.records import Article, Hit, Passage
from embeddings.sentences import split_sentences
from qa.answer import SourceSentence
from qa.attribution import attribute

FIRST = "Duizend militairen gaan naar Roemenië. Tweeduizend militairen gaan naar Polen. De minister zweeg."
SECOND = "Naar Roemenië gaan 1.000 militairen. Het regende in Brussel."


def sources(text: str, name: str) -> list[SourceSentence]:
    article = Article(text=text, source=name, language="nl")
    sentences = split_sentences(text, "nl")
    hit = Hit(article, Passage(article.id, 0, sentences), 1.0, 1.0, None)
    return [SourceSentence(hit, place, 0.0) for place in range(len(sentences))]


CANDIDATES = [*sources(FIRST, "a.txt"), *sources(SECOND, "b.txt")]


@pytest.mark.parametrize(
    ("claim", "cited"),
    [
        ("Er gaan duizend militairen naar Roemenië.", (0, 3)),
        ("Er gaan 2.000 militairen naar Polen.", (1,)),
        ("In Brussel regende het.", (4,)),
        ("Er gaan 2.000 militairen naar Roemenië.", ()),
        ("De bakker verkoopt broodjes.", ()),
    ],
)
def test_single_sentences_and_those_that_say_the_same(claim: str, cited: tuple[int, ...]) -> None:
    found = attribute(claim, CANDIDATES, language="nl")
    assert tuple(sorted(found.cited)) == cited
    assert found.verdict.supported is bool(cited)


def test_two_sentences_together() -> None:
    claim = "Er gaan duizend militairen naar Roemenië, en tweeduizend militairen gaan naar Polen."
    found = attribute(claim, CANDIDATES[:3], language="nl")
    assert set(found.cited) == {0, 1}
    assert found.verdict.supported


def test_a_hint_decides_between_equals_and_never_more() -> None:
    claim = "Er gaan duizend militairen naar Roemenië."
    assert attribute(claim, CANDIDATES, [3], language="nl").cited[0] == 3
    assert attribute(claim, CANDIDATES, [0], language="nl").cited[0] == 0
    assert 4 not in attribute(claim, CANDIDATES, [4], language="nl").cited


def test_the_limit_and_one_sentence_an_article() -> None:
    candidates = [
        entry
        for name in "abcde"
        for entry in sources("De brug in Gent is dicht. De brug in Gent is dicht.", f"{name}.txt")
    ]
    found = attribute("De brug in Gent is dicht.", candidates, language="nl")
    assert found.cited == (0, 2, 4)
    assert len(attribute("De brug in Gent is dicht.", candidates, language="nl", limit=1).cited) == 1


def test_nothing_to_cite() -> None:
    found = attribute("De brug is dicht.", [], language="nl")
    assert found.cited == ()
    assert not found.verdict.supported


def test_what_failed_is_told() -> None:
    found = attribute("Er gaan 3.000 militairen naar Polen.", CANDIDATES, language="nl")
    assert [str(problem) for problem in found.verdict.problems] == ["number: 3.000"]
