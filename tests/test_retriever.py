"""Scoring and choosing of passages, against plain recomputation, and the search of a small library."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_articles import analyse, encode, fill, made_article

from embeddings.library import Library
from embeddings.records import Filters, Hit, Passage, Sentence, Vector
from qa.retriever import LARGEST_SHARE, RERANKED, SECOND_OUTLET, Retriever, diverse, reranked

ARTICLES = [made_article(number) for number in range(6)]


def hit(article: int, number: int, value: float) -> Hit:
    made = ARTICLES[article]
    return Hit(made, Passage(made.id, number, (Sentence(0, 5),)), value, value, None)


@st.composite
def ranked_hits(draw: st.DrawFn) -> list[Hit]:
    articles = draw(st.lists(st.integers(0, len(ARTICLES) - 1), max_size=25))
    values = draw(st.lists(st.floats(-1, 1), min_size=len(articles), max_size=len(articles)))
    seen: Counter[int] = Counter()
    hits = []
    for article, value in zip(articles, sorted(values, reverse=True), strict=True):
        hits.append(hit(article, seen[article], value))
        seen[article] += 1
    return hits


CLUSTERS = st.dictionaries(st.sampled_from([article.id for article in ARTICLES]), st.integers(0, 2))


@given(ranked_hits(), st.integers(0, 12), CLUSTERS)
def test_diverse_keeps_its_laws(hits: list[Hit], k: int, clusters: dict[str, int]) -> None:
    chosen = diverse(hits, k, clusters)
    assert len(chosen) <= k
    assert len({id(item) for item in chosen}) == len(chosen)
    assert all(any(item is other for other in hits) for item in chosen)
    assert [item.score for item in chosen] == sorted((item.score for item in chosen), reverse=True)
    speakers: dict[int, set[str]] = {}
    for item in chosen:
        if item.article.id in clusters:
            speakers.setdefault(clusters[item.article.id], set()).add(item.article.id)
    assert all(len(articles) == 1 for articles in speakers.values())
    if k and hits:
        assert chosen[0] is hits[0]


@given(ranked_hits(), st.integers(1, 12), CLUSTERS)
def test_no_article_is_beyond_its_share_while_others_have_something_to_say(
    hits: list[Hit], k: int, clusters: dict[str, int]
) -> None:
    chosen = diverse(hits, k, clusters)
    share = max(1, int(LARGEST_SHARE * k))
    told = Counter(item.article.id for item in chosen)
    beyond = {article for article, count in told.items() if count > share}
    if not beyond:
        return
    first: dict[int, str] = {}
    for item in hits:
        first.setdefault(clusters.get(item.article.id, -1), item.article.id)
    for item in hits:
        cluster = clusters.get(item.article.id)
        copied = cluster is not None and first[cluster] != item.article.id
        if not copied and told[item.article.id] < share:
            assert any(item is other for other in chosen)


@given(ranked_hits(), st.integers(0, 12))
def test_nothing_is_left_empty_that_could_be_filled(hits: list[Hit], k: int) -> None:
    assert len(diverse(hits, k, {})) == min(k, len(hits))


@pytest.mark.parametrize(("k", "from_first"), [(1, 1), (2, 1), (5, 2), (8, 3), (10, 4)])
def test_the_share_is_two_fifths(k: int, from_first: int) -> None:
    hits = [hit(0, number, 1 - number / 100) for number in range(10)]
    hits += [hit(1 + number % 5, number, 0.5 - number / 100) for number in range(20)]
    chosen = diverse(hits, k, {})
    assert sum(item.article.id == ARTICLES[0].id for item in chosen) == from_first
    assert len(chosen) == k


def test_a_copy_says_nothing_and_its_better_self_everything() -> None:
    hits = [hit(0, 0, 0.9), hit(1, 0, 0.8), hit(2, 0, 0.7), hit(1, 1, 0.6)]
    chosen = diverse(hits, 4, {ARTICLES[0].id: 7, ARTICLES[1].id: 7})
    assert [(item.article.id, item.passage.number) for item in chosen] == [(ARTICLES[0].id, 0), (ARTICLES[2].id, 0)]


class MadeEncoder:
    """Gives the vector of one known passage, whatever is asked."""

    def __init__(self, vector: Vector) -> None:
        self._vector = vector

    def encode_query(self, text: str) -> Vector:
        return self._vector


def split(text: str, languages: Sequence[str]) -> list[str]:
    return analyse(text, "")


def test_search_finds_by_meaning_and_by_words_and_nothing_outside_its_limits(tmp_path: Path) -> None:
    articles = fill(tmp_path / "library", 20)
    wanted = articles[11]
    vector = encode(wanted)[0].vector
    with Library.open(tmp_path / "library", analyse=analyse) as library:
        retriever = Retriever(library, MadeEncoder(vector), split)  # type: ignore[arg-type]
        found = retriever.search("zaak4", k=6)
        assert found.hits[0].article.id == wanted.id
        assert found.hits[0].dense == pytest.approx(1.0, abs=0.01)
        assert len(found.hits) == 6 and found.considered >= 6
        by_word = [item for item in retriever.search("zaak4", k=40).hits if item.lexical]
        assert [item.article.id for item in by_word] == [articles[4].id]
        again = retriever.search("zaak4", k=6)
        assert again.hits == found.hits
        inside = retriever.search("zaak4", k=6, within=frozenset({articles[2].id, articles[3].id}))
        assert {item.article.id for item in inside.hits} == {articles[2].id, articles[3].id}
        assert inside.considered == sum(len(encode(articles[number])) for number in (2, 3))
        assert retriever.search("zaak4", within=frozenset()).hits == ()
        nowhere = Filters(sources=("nergens",))
        limited = retriever.search("zaak4", filters=nowhere)
        assert (limited.hits, limited.considered, limited.filters) == ((), 0, nowhere)


def test_where_all_are_from_one_outlet_the_last_makes_room_for_another_that_is_near_enough() -> None:
    def of(article: int, outlet: str, value: float) -> Hit:
        made = hit(article, 0, value)
        return replace(made, article=replace(made.article, publisher=outlet))

    same = [of(number, "De Vooruit", 0.9 - number / 100) for number in range(4)]
    near, far = of(4, "Het Anker", 0.9 - SECOND_OUTLET), of(5, "Het Anker", 0.89 - SECOND_OUTLET)
    assert diverse([*same, near], 3, {}) == [*same[:2], near]
    assert diverse([*same, far], 3, {}) == same[:3]
    assert diverse([*same, near], 1, {}) == same[:1]
    assert diverse([*same, near], 3, {same[0].article.id: 1, near.article.id: 1}) == same[:3]


class ByLength:
    """Finds short passages relevant."""

    def relevance(self, question: str, texts: Sequence[str]) -> list[float]:
        return [1 / (1 + len(text)) for text in texts]


def test_a_reranker_orders_the_best_and_leaves_the_rest_behind_them() -> None:
    hits = [hit(number % len(ARTICLES), number, 0.9 - number / 100) for number in range(RERANKED + 5)]
    order = reranked(ByLength(), "Wat?", hits)
    first, rest = order[:RERANKED], order[RERANKED:]
    assert rest == hits[RERANKED:]
    assert {id(item.passage) for item in first} == {id(item.passage) for item in hits[:RERANKED]}
    lengths = [len(f"{item.passage.context}\n{item.text}".strip()) for item in first]
    assert lengths == sorted(lengths)
    assert [item.score for item in first] == [1 + 1 / (1 + length) for length in lengths]
    places = [hits.index(next(item for item in hits if item.passage is other.passage)) for other in first]
    assert all(
        before < after
        for before, after, same in zip(places, places[1:], map(int.__eq__, lengths, lengths[1:]), strict=False)
        if same
    )
