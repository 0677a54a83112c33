"""Both searches against comparing everything, under every filter."""

from __future__ import annotations

import math
import subprocess
import sys
from collections import Counter
from datetime import date
from pathlib import Path

import numpy
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from made_articles import DIMENSION, analyse, encode, fill, made_article, open_new, unit_vectors, with_vectors

from embeddings import dense, lexical
from embeddings.errors import EncoderError
from embeddings.library import Library
from embeddings.records import Article, Filters

ROOT = Path(__file__).parent.parent
quick = settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])


def brute_force_dense(library: Library, query: numpy.ndarray, k: int, allowed: set[str]) -> list[tuple[int, float]]:
    scored = []
    for article in library.articles():
        if article.id in allowed:
            for stored in library.passages_of(article.id):
                score = numpy.float32((stored.vector.astype(float) * query).sum())
                scored.append((stored.rowid, float(score)))
    return sorted(scored, key=lambda hit: (-hit[1], hit[0]))[:k]


def brute_force_lexical(
    library: Library, terms: list[str], k: int, allowed: set[str], like_lucene: bool = False
) -> list[tuple[int, float]]:
    """BM25 as its inventors wrote it (k1 1.2, b 0.75), negative weights of very frequent terms cut off.

    Or as Lucene has it, with weights that are never negative, and counted inside the filter only.
    """
    bags: dict[int, Counter[str]] = {}
    for article in library.articles():
        if like_lucene and article.id not in allowed:
            continue
        for stored in library.passages_of(article.id):
            text = article.text[stored.passage.start : stored.passage.end]
            bags[stored.rowid] = Counter(analyse(article.title, "") + analyse(text, ""))
    inside = {stored.rowid for article_id in allowed for stored in library.passages_of(article_id)}
    average = sum(bag.total() for bag in bags.values()) / max(len(bags), 1)
    scores = []
    for rowid, bag in bags.items():
        score = 0.0
        for term in set(terms):
            documents = sum(term in other for other in bags.values())
            odds = (len(bags) - documents + 0.5) / (documents + 0.5)
            weight = math.log(1 + odds) if like_lucene else max(math.log(odds), 1e-6) if documents else 0.0
            score += weight * bag[term] * 2.2 / (bag[term] + 1.2 * (0.25 + 0.75 * bag.total() / average))
        if rowid in inside and any(bag[term] for term in terms):
            scores.append((rowid, score))
    return sorted(scores, key=lambda hit: (-round(hit[1], 9), hit[0]))[:k]


PUBLISHED = [None, "2020", "2020-06", "2020-06-15", "2021-01-01", "2021", "2022-12"]
PUBLISHERS = ["NOS", "ANP", "de Volkskrant", ""]
days = st.none() | st.sampled_from([date(2020, 1, 1), date(2020, 6, 15), date(2020, 12, 31), date(2021, 6, 1)])
filters_strategy = st.builds(
    Filters, days, days, days,
    st.lists(st.sampled_from(["nos", "VOLKS", "/nieuws/1", "bestaat niet"]), max_size=2).map(tuple),
)  # fmt: skip


def is_inside(article: Article, filters: Filters) -> bool:
    dated = article.published
    if (filters.since or filters.until or filters.as_of) and dated is None:
        return False
    places = f"{article.publisher}\n{article.source}".casefold()
    return not (
        (filters.since and dated and dated.last_day < filters.since)
        or (filters.until and dated and dated.first_day > filters.until)
        or (filters.as_of and dated and dated.last_day > filters.as_of)
        or (filters.sources and not any(source.casefold() in places for source in filters.sources))
    )


def varied(number: int) -> Article:
    return made_article(
        number, published=PUBLISHED[number % len(PUBLISHED)], publisher=PUBLISHERS[number % len(PUBLISHERS)]
    )


@pytest.fixture(scope="module")
def varied_library(tmp_path_factory: pytest.TempPathFactory) -> Library:
    folder = tmp_path_factory.mktemp("varied")
    fill(folder, 60, varied)
    return Library.open(folder, analyse=analyse)


@quick
@given(
    filters=filters_strategy,
    k=st.integers(0, 150),
    seed=st.integers(0, 10**6),
    terms=st.lists(st.sampled_from(["artikel", "zaak4", "woord3", "zin", "titel", "59", "niets"]), max_size=4),
    small=st.booleans(),
)
def test_both_searches_agree_with_brute_force_under_every_filter(
    varied_library: Library, filters: Filters, k: int, seed: int, terms: list[str], small: bool
) -> None:
    library = varied_library
    allowed = {article.id for article in library.articles() if is_inside(article, filters)}
    assert {article.id for article in library.articles(filters)} == allowed
    query = unit_vectors(numpy.random.default_rng(seed), 1)[0]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(dense, "EVERY_VECTOR_LIMIT", 10**6 if small else -1)  # with and without the index
        found = library.search_dense(query, k, filters)
    expected = brute_force_dense(library, query.astype(numpy.float32), k, allowed)
    assert [hit[0] for hit in found] == [hit[0] for hit in expected]
    assert numpy.allclose([hit[1] for hit in found], [hit[1] for hit in expected], atol=1e-6)
    found = library.search_lexical(terms, k, filters)
    expected = brute_force_lexical(library, terms, k, allowed)
    assert len(found) == len(expected)
    assert numpy.allclose([hit[1] for hit in found], [hit[1] for hit in expected], atol=1e-6)
    every = dict(brute_force_lexical(library, terms, 10**6, allowed))
    assert all(math.isclose(every[rowid], score, abs_tol=1e-6) for rowid, score in found)
    assert found == sorted(found, key=lambda hit: (-hit[1], hit[0]))


def test_equal_vectors_come_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    vector = unit_vectors(numpy.random.default_rng(1), 1)
    with open_new(tmp_path) as library:
        for number in range(40):
            article = made_article(number)
            encoded = encode(article)
            library.put(article, with_vectors(encoded, numpy.repeat(vector, len(encoded), axis=0)))
    with Library.open(tmp_path, analyse=analyse) as library:
        for k in (1, 5, 33):
            assert [rowid for rowid, _ in library.search_dense(vector[0], k)] == list(range(1, k + 1))


def test_frequent_terms_are_left_out_only_where_rarer_ones_are_enough(
    varied_library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    everything = varied_library.search_lexical(["titel", "zaak4"], 200)
    assert len(everything) == 120
    monkeypatch.setattr(lexical, "POSTINGS_BUDGET", 10)
    rare = varied_library.search_lexical(["titel", "zaak4"], 200)
    assert len(rare) == 1
    assert rare[0][0] == everything[0][0]
    filters = Filters(sources=("/nieuws/5",))  # zaak4 is not in there, but the title's word is
    inside = varied_library.search_lexical(["titel", "zaak4"], 200, filters)
    assert {hit[0] for hit in inside} == {
        stored.rowid
        for article in varied_library.articles(filters)
        for stored in varied_library.passages_of(article.id)
    }


@quick
@given(st.lists(st.text(st.characters(exclude_categories=[]), max_size=8), max_size=400))
def test_no_term_upsets_the_word_index(varied_library: Library, terms: list[str]) -> None:
    assert varied_library.document_frequencies(terms).keys() == set(terms)
    assert varied_library.article("".join(terms)) is None
    assert varied_library.search_lexical([*terms, '" OR *', "NEAR(", "zaak4"], 3)[0][1] > 1.0


@pytest.mark.parametrize("bad", [math.nan, math.inf, 0.0])
def test_a_question_without_a_direction_is_an_error(varied_library: Library, bad: float) -> None:
    with pytest.raises(EncoderError):
        varied_library.search_dense(numpy.full(DIMENSION, bad, numpy.float32), 3)


def test_r9_dimension_is_checked_also_without_assertions(tmp_path: Path) -> None:
    fill(tmp_path, 3)
    program = (
        "import sys, numpy\nfrom embeddings.library import Library\n"
        "from embeddings.errors import EncoderMismatch\n"
        "library = Library.open(sys.argv[1])\ntry:\n    library.search_dense(numpy.ones(7, 'f4'), 3)\n"
        "except EncoderMismatch as error:\n    print('refused', error.cause)\n"
    )
    done = subprocess.run(
        [sys.executable, "-O", "-c", program, str(tmp_path)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=True,
    )
    assert done.stdout.startswith("refused the question's vector has the shape (7,)")
