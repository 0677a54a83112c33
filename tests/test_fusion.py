"""Fused scores against plain recomputation, and the bridge to other languages."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy
import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_articles import made_article, unit_vectors

from embeddings.records import Hit, Passage, Sentence, Vector
from embeddings.store import StoredPassage
from qa.fusion import BRIDGE_TEMPERATURE, FOREIGN_LEXICAL, Fusion, bridged, fuse

ARTICLES = [made_article(number) for number in range(6)]
FUSION = Fusion()


def stored(count: int, seed: int) -> list[StoredPassage]:
    random = numpy.random.default_rng(seed)
    made = []
    for rowid in range(1, count + 1):
        article = ARTICLES[rowid % len(ARTICLES)]
        sentences = tuple(Sentence(4 * place, 4 * place + 3) for place in range(rowid % 4 + 1))
        vectors = unit_vectors(random, 1 + len(sentences))
        made.append(StoredPassage(rowid, article, Passage(article.id, rowid % 3, sentences), vectors[0], vectors[1:]))
    return made


@given(st.integers(0, 1000), st.dictionaries(st.integers(1, 12), st.floats(0.01, 40)))
def test_scores_are_what_a_plain_recomputation_gives(seed: int, lexical: dict[int, float]) -> None:
    candidates = stored(12, seed)
    question: Vector = unit_vectors(numpy.random.default_rng(seed + 1), 1)[0]
    hits = fuse(question, "", candidates, lexical, FUSION)
    assert len(hits) == len(candidates)
    expected = {}
    for candidate in candidates:
        cosine = sum(float(a) * float(b) for a, b in zip(candidate.vector, question, strict=True))
        best = max(
            sum(float(a) * float(b) for a, b in zip(row, question, strict=True)) for row in candidate.sentence_vectors
        )
        value = (cosine + FUSION.sentence * best) / (1 + FUSION.sentence)
        if candidate.rowid in lexical:
            value += FUSION.lexical * lexical[candidate.rowid] / max(lexical.values())
        if candidate.passage.number == 0:
            value += FUSION.opening
        expected[candidate.article.id, candidate.passage.number, candidate.passage.sentences] = (
            value,
            cosine,
            lexical.get(candidate.rowid),
        )
    for item in hits:
        value, cosine, words = expected[item.article.id, item.passage.number, item.passage.sentences]
        assert item.score == pytest.approx(value, abs=1e-5)
        assert item.dense == pytest.approx(cosine, abs=1e-5)
        assert item.lexical == words
        assert len(item.sentence_scores) == len(item.passage.sentences)
    assert [item.score for item in hits] == sorted((item.score for item in hits), reverse=True)


def test_equal_scores_keep_the_order_in_which_they_were_added() -> None:
    (one,) = stored(1, 0)
    twins = [
        StoredPassage(
            rowid, one.article, Passage(one.article.id, rowid, one.passage.sentences), one.vector, one.sentence_vectors
        )
        for rowid in (9, 3, 5)
    ]
    assert [item.passage.number for item in fuse(one.vector, "", twins, {}, FUSION)] == [3, 5, 9]


def in_language(candidates: list[StoredPassage], languages: dict[int, str]) -> list[StoredPassage]:
    return [
        replace(item, article=replace(item.article, language=languages.get(item.rowid, "nl"))) for item in candidates
    ]


def by_rowid(candidates: list[StoredPassage], hits: list[Hit]) -> dict[int, Hit]:
    places = {(item.article.id, item.passage.number, item.passage.sentences): item.rowid for item in candidates}
    return {places[hit.article.id, hit.passage.number, hit.passage.sentences]: hit for hit in hits}


@given(st.integers(0, 500), st.sets(st.integers(1, 12)), st.dictionaries(st.integers(1, 12), st.floats(0.01, 40)))
def test_passages_in_the_questions_language_score_as_if_there_were_no_others(
    seed: int, foreign: set[int], lexical: dict[int, float]
) -> None:
    candidates = in_language(stored(12, seed), dict.fromkeys(foreign, "en"))
    question: Vector = unit_vectors(numpy.random.default_rng(seed + 1), 1)[0]
    with_bridge = by_rowid(candidates, fuse(question, "nl", candidates, lexical, FUSION))
    without = by_rowid(candidates, fuse(question, "nl", candidates, lexical, Fusion(bridge=0.0)))
    for rowid, hit in with_bridge.items():
        assert (hit.dense, hit.sentence_scores, hit.lexical) == (
            without[rowid].dense,
            without[rowid].sentence_scores,
            without[rowid].lexical,
        )
        if rowid not in foreign:
            assert hit.score == without[rowid].score


@given(st.integers(0, 500))
def test_a_foreign_passage_is_compared_with_the_moved_question(seed: int) -> None:
    candidates = in_language(stored(8, seed), {8: "en"})
    question: Vector = unit_vectors(numpy.random.default_rng(seed + 1), 1)[0]
    hits = by_rowid(candidates, fuse(question, "nl", candidates, {}, FUSION))
    best = sorted((rowid for rowid in hits if rowid != 8), key=lambda rowid: (-hits[rowid].score, rowid))[:2]
    pull = math.exp((hits[best[1]].score - hits[best[0]].score) / BRIDGE_TEMPERATURE)
    vectors = {item.rowid: item.vector for item in candidates}
    moved = question + FUSION.bridge * (vectors[best[0]] + pull * vectors[best[1]]) / (1 + pull)
    moved = moved / numpy.linalg.norm(moved)
    foreign = candidates[7]
    nearest = max(float(row @ moved) for row in foreign.sentence_vectors)
    expected = (float(foreign.vector @ moved) + FUSION.sentence * nearest) / (1 + FUSION.sentence)
    assert hits[8].score == pytest.approx(expected + FUSION.opening * (foreign.passage.number == 0), abs=1e-5)


def test_the_bridge_finds_the_translation_of_what_answers() -> None:
    """A twin of the best passage overtakes a stranger that happens to lie a little nearer to the question."""
    question = numpy.array([1, 0, 0, 0], numpy.float32)
    found = numpy.array([0.8, 0.6, 0, 0], numpy.float32)
    twin = numpy.array([0.5, 0.6, math.sqrt(1 - 0.61), 0], numpy.float32)
    stranger = numpy.array([0.55, 0, 0, math.sqrt(1 - 0.3025)], numpy.float32)
    article = ARTICLES[0]
    made = [
        StoredPassage(
            rowid,
            replace(ARTICLES[rowid], language=language),
            Passage(article.id, 1, (Sentence(0, 5),)),
            vector,
            vector[None, :],
        )
        for rowid, (language, vector) in enumerate((("nl", found), ("en", twin), ("en", stranger)), start=1)
    ]
    order = [hit.article.id for hit in fuse(question, "nl", made, {}, FUSION)]
    assert order == [ARTICLES[number].id for number in (1, 2, 3)]
    unbridged = [hit.article.id for hit in fuse(question, "nl", made, {}, Fusion(bridge=0.0))]
    assert unbridged == [ARTICLES[number].id for number in (1, 3, 2)]


def test_words_of_other_languages_count_by_the_best_of_their_own() -> None:
    candidates = in_language(stored(4, 1), {3: "en", 4: "en"})
    question: Vector = unit_vectors(numpy.random.default_rng(3), 1)[0]
    lexical = {1: 10.0, 3: 4.0, 4: 2.0}
    bare = by_rowid(candidates, fuse(question, "nl", candidates, {}, Fusion(bridge=0.0)))
    full = by_rowid(candidates, fuse(question, "nl", candidates, lexical, Fusion(bridge=0.0)))
    gained = {rowid: (full[rowid].score - bare[rowid].score) / FUSION.lexical for rowid in lexical}
    assert gained == pytest.approx({1: 1.0, 3: 1.0, 4: 0.5}, abs=1e-4)
    few = {1: 100.0, 3: 4.0}
    weak = by_rowid(candidates, fuse(question, "nl", candidates, few, Fusion(bridge=0.0)))
    assert (weak[3].score - bare[3].score) / FUSION.lexical == pytest.approx(4 / (100 * FOREIGN_LEXICAL), abs=1e-4)


def test_without_a_passage_in_its_own_language_the_question_stays_where_it_is() -> None:
    question: Vector = unit_vectors(numpy.random.default_rng(3), 1)[0]
    assert bridged(question, [], {}, FUSION) is question
