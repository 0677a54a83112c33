from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_articles import MadeFingerprint, analyse, encode, made_article

from embeddings import duplicates
from embeddings.library import Library
from embeddings.records import Article, Span


def prose(seed: int, sentences: int = 20) -> list[str]:
    """Sentences of ten words each out of a vocabulary so large that two runs never share five in a row."""
    chosen = random.Random(seed)
    return [" ".join(f"woord{chosen.randrange(50_000)}" for _ in range(10)) + "." for _ in range(sentences)]


def article(number: int, sentences: list[str]) -> Article:
    return made_article(number, " ".join(sentences), title=f"Titel {number}")


def same(first: list[str], second: list[str]) -> bool:
    one, two = (duplicates.shingles(article(number, text)) for number, text in enumerate((first, second)))
    assert duplicates.near_duplicates(one, two) == duplicates.near_duplicates(two, one)
    return duplicates.near_duplicates(one, two)


@pytest.mark.parametrize(
    "copy, expected",
    [
        (prose(1), True),
        (prose(1)[:10], True),  # shortened
        (prose(1)[:6], True),
        (prose(1)[:3], False),  # a mere fragment
        (["AMSTERDAM (ANP) -", *prose(1), "Bron: ANP. Alle rechten voorbehouden."], True),
        (prose(1)[::-1], True),
        ([line.upper().replace(".", " !") for line in prose(1)], True),
        (prose(1)[:8] + prose(2)[:4], True),  # two thirds copied, one third its own
        (prose(1)[:5] + prose(2)[:5], False),
        (prose(2), False),
        (prose(1) + prose(2) + prose(3) + prose(4) + prose(5), False),  # a round-up that has it among others
        ([], False),
    ],
)
def test_what_counts_as_a_copy(copy: list[str], expected: bool) -> None:
    assert same(prose(1), copy) is expected


def test_light_editing_does_not_hide_a_copy() -> None:
    original = prose(1, 40)
    words = " ".join(original).split()
    for step in (40, 25, 16):  # one word in so many replaced
        edited = ["anders" if number % step == 5 else word for number, word in enumerate(words)]
        assert same(original, edited)


def test_very_short_texts_are_copies_only_when_equal() -> None:
    assert same(["Vier woorden zijn genoeg."], ["vier woorden zijn genoeg"])
    assert not same(["Vier woorden zijn genoeg."], ["Vijf woorden zijn genoeg."])


def test_furniture_does_not_make_copies_of_different_articles() -> None:
    boilerplate = " ".join(prose(9, 30))
    made = []
    for number in (1, 2):
        own = " ".join(prose(number, 12))
        text = f"{own} {boilerplate}"
        made.append(replace(made_article(number, text), furniture=(Span(len(own), len(text)),)))
    first, second = map(duplicates.shingles, made)
    assert not duplicates.near_duplicates(first, second)


@settings(max_examples=25)
@given(
    copies=st.lists(st.tuples(st.integers(0, 3), st.integers(0, 12), st.integers(5, 20)), max_size=9),
    removed=st.lists(st.integers(0, 8), max_size=5),
    order=st.randoms(use_true_random=False),
)
def test_clusters_are_the_components_whatever_the_order(
    tmp_path_factory: pytest.TempPathFactory,
    copies: list[tuple[int, int, int]],
    removed: list[int],
    order: random.Random,
) -> None:
    """Against comparing every pair, also after removals that break a chain of copies."""
    stories = [prose(seed, 20) for seed in range(4)]
    made = [article(number, stories[story][start : start + size]) for number, (story, start, size) in enumerate(copies)]
    order.shuffle(made)
    with Library.open(tmp_path_factory.mktemp("library"), create=True, analyse=analyse) as library:
        library.bind(MadeFingerprint(), "made 1")
        for item in made:
            library.put(item, encode(item))
        gone = {made_article(number).id for number in removed}
        for article_id in gone:
            library.remove(article_id)
        left = [item for item in made if item.id not in gone]
        numbers = library.clusters([item.id for item in made])
        assert numbers.keys() == {item.id for item in left}
        found = {frozenset(item.id for item in left if numbers[item.id] == number) for number in numbers.values()}
        shingles = [duplicates.shingles(item) for item in left]
        expected = {frozenset(left[position].id for position in group) for group in duplicates.components(shingles)}
        assert found == expected
        assert library.check() == []


def test_three_copies_are_one_source_and_an_update_leaves_them(tmp_path: Path) -> None:
    wire = prose(1, 30)
    made = [
        article(1, wire),
        article(2, wire[:18]),
        article(3, ["Van onze redactie.", *wire[4:25]]),
        article(4, prose(2)),
    ]
    with Library.open(tmp_path, create=True, analyse=analyse) as library:
        library.bind(MadeFingerprint(), "made 1")
        for item in made:
            library.put(item, encode(item))
        numbers = library.clusters([item.id for item in made] + ["unknown"])
        assert [numbers[item.id] for item in made] == [1, 1, 1, 4]
        rewritten = article(2, prose(7))
        library.put(rewritten, encode(rewritten))
        numbers = library.clusters([item.id for item in made])
        assert len(set(numbers.values())) == 3
        assert numbers[made[0].id] == numbers[made[2].id]


def test_more_copies_than_candidates_are_looked_at_stay_together(tmp_path: Path) -> None:
    wire = prose(1, 12)
    made = [article(number, [*wire, f"Slot van krant {number}."]) for number in range(70)]
    with Library.open(tmp_path, create=True, analyse=analyse) as library:
        library.bind(MadeFingerprint(), "made 1")
        for item in made:
            library.put(item, encode(item))
        assert set(library.clusters([item.id for item in made]).values()) == {1}
        library.remove(made[0].id)
        assert len(set(library.clusters([item.id for item in made]).values())) == 1
