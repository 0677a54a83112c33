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


def test_a_hint_brings_a_pair_to_trial_that_would_not_be_tried() -> None:
    claim = "Er gaan duizend militairen naar Roemenië, en tweeduizend militairen gaan naar Polen."
    nearer = [
        sources(f"Er gaan {count}000 militairen naar Roemenië en {count}000 militairen naar Polen.", f"{count}.txt")[0]
        for count in range(3, 11)
    ]
    pair = [sources(FIRST, "x.txt")[0], sources(FIRST, "y.txt")[1]]
    assert attribute(claim, [*nearer, *pair], language="nl").cited == ()
    found = attribute(claim, [*nearer, *pair], [8, 9], language="nl")
    assert (set(found.cited), found.verdict.supported) == ({8, 9}, True)
    # six are tried without being hinted at
    assert set(attribute(claim, [*nearer[:4], *pair], language="nl").cited) == {4, 5}


def test_of_pairs_that_support_alike_the_one_that_was_hinted_at_is_taken() -> None:
    claim = "Er gaan duizend militairen naar Roemenië, en tweeduizend militairen gaan naar Polen."
    pair = [sources(FIRST, "x.txt")[0], sources(FIRST, "y.txt")[1]]
    again = [sources(FIRST, "z.txt")[0], sources(FIRST, "w.txt")[1]]
    assert set(attribute(claim, [*pair, *again], [2, 3], language="nl").cited) == {2, 3}
    assert set(attribute(claim, [*pair, *again], [1, 2], language="nl").cited) == {1, 2}


def test_a_hint_decides_where_support_is_almost_equal() -> None:
    claim = (
        "Er gaan volgende week duizend Amerikaanse militairen met voertuigen, munitie, tenten, keukens, generatoren en "
        "medicijnen per trein via Duitsland, Oostenrijk en Hongarije naar kazernes langs de noordelijke grens van Roemenië."
    )
    whole = sources(claim.replace("Er gaan volgende week", "Volgende week gaan er"), "a.txt")[0]
    less = sources(claim.replace("keukens, ", "").replace("Er gaan volgende week", "Volgende week gaan er"), "b.txt")[0]
    assert attribute(claim, [less, whole], language="nl").cited[0] == 1  # the better one
    assert attribute(claim, [less, whole], [0], language="nl").cited[0] == 0
    assert attribute(claim, [whole, less], [1], language="nl").cited[0] == 1


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
