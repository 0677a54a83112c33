"""The contract of a store, on the folder's library and on Milvus: the same tests, against brute force."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from made_articles import DIMENSION, MadeFingerprint, analyse, encode, made_article, unit_vectors
from test_ingest import WordEncoder
from test_library import articles
from test_searches import brute_force_dense, brute_force_lexical, filters_strategy, is_inside, varied

from embeddings.errors import EncoderError, EncoderMismatch, LibraryMissing, LibraryUnwritable
from embeddings.library import Library
from embeddings.milvus_store import MilvusStore
from embeddings.records import Article, Filters
from embeddings.store import Store
from qa.commands.reading import parse_shard
from qa.errors import ExitCode, UsageError
from qa.ingest import add

some = settings(
    max_examples=12,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
Open = Callable[..., Any]
ROOT = Path(__file__).parent.parent


def open_folder(place: Path, **options: bool) -> Library:
    return Library.open(place / "library", analyse=analyse, **options)


def open_milvus(place: Path, **options: bool) -> MilvusStore:
    return MilvusStore.open(f"milvus-lite:{place}/milvus.db", analyse=analyse, **options)


@pytest.fixture(scope="module", params=[open_folder, open_milvus], ids=["folder", "milvus"])
def opened(request: pytest.FixtureRequest) -> Open:
    return request.param  # type: ignore[no-any-return]


@pytest.fixture
def store(opened: Open, tmp_path: Path) -> Iterator[Store]:
    """Empty and bound."""
    with opened(tmp_path, create=True) as made:
        made.bind(MadeFingerprint(), "made 1")
        yield made


@pytest.fixture(scope="module")
def varied_store(opened: Open, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """Sixty articles of different dates and outlets."""
    with opened(tmp_path_factory.mktemp("varied"), create=True) as made:
        made.bind(MadeFingerprint(), "made 1")
        for number in range(60):
            made.put(varied(number), encode(varied(number)))
        yield made


def by_id(found: Any) -> list[Article]:
    return sorted(found, key=lambda article: article.id)


@some
@given(made=st.lists(articles(), max_size=3, unique_by=lambda article: article.source))
def test_what_is_put_comes_back_exactly(store: Store, made: list[Article]) -> None:
    for left in list(store.articles()):
        assert store.remove(left.id)
    for article in made:
        assert store.put(article, encode(article)) == "added"
    assert by_id(store.articles()) == by_id(made)
    assert store.article_sources() == sorted(((a.id, a.source) for a in made), key=lambda pair: pair[1])
    for article in made:
        back = store.article(article.id)
        assert back == article
        assert back.sha256 == article.sha256
        assert article in store.find(article.source)
        assert store.find(article.id) == [article]
        assert store.fingerprint_of(article.source) == article.fingerprint
        encoded = encode(article)
        stored = store.passages_of(article.id)
        assert [item.passage for item in stored] == [item.passage for item in encoded]
        for item, given_item in zip(stored, encoded, strict=True):
            assert (
                item.article.text[item.passage.start : item.passage.end]
                == article.text[given_item.passage.start : given_item.passage.end]
            )
            assert numpy.array_equal(item.vector, given_item.vector.astype(numpy.float16).astype(numpy.float32))
            assert ((item.sentence_vectors * given_item.sentence_vectors).sum(axis=1) > 0.9998).all()
    assert store.check() == []


def test_a_long_article_comes_back_exactly(store: Store) -> None:
    random = numpy.random.default_rng(1)
    characters = [chr(code) for code in range(0x21, 0x3000) if chr(code) not in "."]
    text = "".join(random.choice(characters, 120_000)) + ". " + "Kort. " * 400
    article = made_article(1, text)
    encoded = encode(article, sentences_each=150)
    assert store.put(article, encoded) == "added"
    assert store.article(article.id) == article
    stored = store.passages_of(article.id)
    assert [item.passage for item in stored] == [item.passage for item in encoded]
    assert len(stored[0].sentence_vectors) == 150
    assert store.check() == []
    assert store.remove(article.id)
    assert store.load([item.rowid for item in stored]) == []


def test_putting_again_changes_nothing_and_an_edit_replaces(store: Store) -> None:
    article = made_article(1, "Eerste zin over kanarie. Tweede zin.")
    assert store.put(article, encode(article)) == "added"
    before = [item.rowid for item in store.passages_of(article.id)]
    generation = store.generation
    assert store.put(article, encode(article)) == "unchanged"
    assert store.generation == generation
    edited = replace(article, text="Nu over een mus. Tweede zin.")
    assert store.put(edited, encode(edited)) == "updated"
    assert store.generation == generation + 1
    assert store.search_lexical(["kanarie"], 5) == []
    assert [hit[0] for hit in store.search_lexical(["mus"], 5)] == [store.passages_of(article.id)[0].rowid]
    assert store.load(before) == []
    assert list(store.articles()) == [edited]
    assert store.check() == []
    assert store.remove(article.id)
    assert not store.remove(article.id)
    counts = store.counts()
    assert (counts.articles, counts.passages, counts.sentences, counts.publishers) == (0, 0, 0, ())
    assert counts.first_published is counts.last_published is None
    assert counts.undated == 0


@some
@given(
    filters=filters_strategy,
    k=st.integers(0, 150),
    seed=st.integers(0, 10**6),
    terms=st.lists(st.sampled_from(["zaak4", "woord3", "59", "zaak11", "niets"]), max_size=4),
)
def test_both_searches_agree_with_brute_force_under_every_filter(
    varied_store: Any, filters: Filters, k: int, seed: int, terms: list[str]
) -> None:
    allowed = {article.id for article in varied_store.articles() if is_inside(article, filters)}
    assert {article.id for article in varied_store.articles(filters)} == allowed
    query = unit_vectors(numpy.random.default_rng(seed), 1)[0]
    found = varied_store.search_dense(query, k, filters)
    expected = brute_force_dense(varied_store, query, k, allowed)
    assert [hit[0] for hit in found] == [hit[0] for hit in expected]
    assert numpy.allclose([hit[1] for hit in found], [hit[1] for hit in expected], atol=1e-5)
    found = varied_store.search_lexical(terms, k, filters)
    # Milvus' embedded engine counts words inside the filter only, and rounds the lengths of passages
    in_milvus = isinstance(varied_store, MilvusStore)
    expected = brute_force_lexical(varied_store, terms, 10**6, allowed, like_lucene=in_milvus)
    assert len(found) == min(k, len(expected))
    scores = dict(expected)
    best = [scores[rowid] for rowid, _ in found]
    ideal = sorted(scores.values(), reverse=True)[: len(found)]
    assert numpy.allclose(best, ideal, rtol=0.04, atol=1e-6)


def test_a_search_with_a_bad_vector_is_an_error(varied_store: Store) -> None:
    for bad in (math.nan, math.inf, 0.0):
        with pytest.raises(EncoderError):
            varied_store.search_dense(numpy.full(DIMENSION, bad, numpy.float32), 3)
    with pytest.raises(EncoderMismatch, match=r"shape \(7,\)"):
        varied_store.search_dense(numpy.ones(7, numpy.float32), 3)


@some
@given(terms=st.lists(st.text(st.characters(exclude_categories=[]), max_size=8), max_size=10))
def test_no_term_upsets_the_search(varied_store: Store, terms: list[str]) -> None:
    assert varied_store.document_frequencies(terms).keys() == set(terms)
    assert varied_store.article("".join(terms)) is None
    assert varied_store.search_lexical([*terms, '" OR *', "NEAR(", "zaak4"], 3)[0][1] > 1.0


def test_document_frequencies(varied_store: Store) -> None:
    expected = {"titel": 120, "zaak4": 1, "nergens": 0, "woord3": 9}
    assert varied_store.document_frequencies(list(expected)) == expected


def test_counts(varied_store: Store) -> None:
    counts = varied_store.counts()
    assert (counts.articles, counts.passages, counts.sentences) == (60, 120, 180)
    assert (counts.first_published, counts.last_published) == (date(2020, 1, 1), date(2022, 12, 31))
    assert counts.publishers == (("ANP", 15), ("NOS", 15), ("de Volkskrant", 15))
    assert counts.languages == (("nl", 60),)
    assert counts.undated == sum(article.published is None for article in varied_store.articles()) > 0


def test_counts_after_the_first_and_last_are_gone(store: Store) -> None:
    made = [made_article(n, published=day) for n, day in enumerate(["1999-05-01", "2020-02-02", "2021-03-03", "2024"])]
    for article in made:
        store.put(article, encode(article))
    store.remove(made[0].id)
    store.remove(made[3].id)
    assert (store.counts().first_published, store.counts().last_published) == (date(2020, 2, 2), date(2021, 3, 3))


def test_clusters_of_copies(store: Store) -> None:
    story = " ".join(f"De wethouder van plaats{n} sprak over onderwerp{n} en besluit{n}." for n in range(20))
    made = [made_article(1, story), made_article(2, story + " Dit is toegevoegd."), made_article(3)]
    for article in made:
        store.put(article, encode(article))
    clusters = store.clusters([*(article.id for article in made), "ffffffffffff", '" or 1 == 1'])
    assert clusters.keys() == {article.id for article in made}
    assert clusters[made[0].id] == clusters[made[1].id] != clusters[made[2].id]


def test_finding_articles(store: Store) -> None:
    sources = ["/map/een.txt", "/map/sub/twee.txt", "/map/bak.jsonl#1", "/map/bak.jsonl#2", "/mapje/100%_'\"\\.txt"]
    made = [Article(f"Zin {number}.", source, external_id=f"nr{number}") for number, source in enumerate(sources)]
    for article in made:
        store.put(article, encode(article))
    for article in made:
        assert store.find(article.source) == [article]
    assert store.find("/map/bak.jsonl") == made[2:4]
    assert store.find("/map") == store.find("/map/") == made[:4]
    assert store.find("nr4") == [made[4]]
    assert store.find(made[1].id[:7].upper()) == [made[1]]
    assert store.find("") == store.find("nr") == store.find("/ma") == store.find('" or id != "') == []
    assert [article.source for article in store.articles(Filters(sources=("100%_'\"",)))] == [sources[4]]


def test_sources_are_remembered(store: Store) -> None:
    for source in ("/b", "/a", "https://nos.nl/rss", "/b", "/niet-\udcff-utf8"):
        store.remember_source(source)
    assert store.sources() == ["/a", "/b", "/niet-\udcff-utf8", "https://nos.nl/rss"]
    assert store.forget_source("/b")
    assert not store.forget_source("/b")
    assert store.sources() == ["/a", "/niet-\udcff-utf8", "https://nos.nl/rss"]


def test_another_encoder_or_chunker_is_refused(opened: Open, tmp_path: Path) -> None:
    with opened(tmp_path, create=True) as made:
        made.bind(MadeFingerprint(), "made 1")
        assert made.encoder_name == "made"
    with opened(tmp_path) as again:
        again.bind(MadeFingerprint(), "made 1")
        for fingerprint, chunker in ((MadeFingerprint(revision="2"), "made 1"), (MadeFingerprint(), "made 2")):
            with pytest.raises(EncoderMismatch):
                again.bind(fingerprint, chunker)


def test_what_was_put_is_there_when_it_is_opened_again(opened: Open, tmp_path: Path) -> None:
    with pytest.raises(LibraryMissing):
        opened(tmp_path)
    with opened(tmp_path, create=True) as made:
        made.bind(MadeFingerprint(), "made 1")
        for number in range(5):
            made.put(made_article(number), encode(made_article(number)))
        made.remove(made_article(3).id)
    with opened(tmp_path) as again:
        assert by_id(again.articles()) == by_id(made_article(number) for number in (0, 1, 2, 4))
        assert again.counts().articles == 4
        item = encode(made_article(2))[0]
        (rowid, score), *_ = again.search_dense(item.vector, 3)
        assert again.load([rowid])[0].article == made_article(2)
        assert score > 0.999
        with pytest.raises(LibraryUnwritable):
            again.put(made_article(9), encode(made_article(9)))


def test_workers_share_the_articles_of_a_folder(opened: Open, tmp_path: Path) -> None:
    """Three, one after the other; the second once more."""
    folder = ROOT / "examples" / "articles"
    outcomes = []
    for number in (1, 2, 3, 2):
        with opened(tmp_path, create=True) as store:
            told = add(store, WordEncoder(), [str(folder)], shard=(number, 3))
            assert not told.failed
            outcomes.append((told.added, told.unchanged))
    with opened(tmp_path) as store:
        assert store.check() == []
        assert {source.partition("#")[0] for _, source in store.article_sources()} == set(map(str, folder.iterdir()))
        assert sum(added for added, _ in outcomes) == store.counts().articles == 24
        assert min(added for added, _ in outcomes[:3]) > 0
        assert outcomes[3][0] == 0
        assert outcomes[3][1] >= outcomes[1][0]


@pytest.mark.long
def test_the_program_gives_the_same_answer_from_either_store(samples: Path, tmp_path: Path) -> None:
    """Taken in by two workers through the real program; what differs is the time taken."""
    uri = f"milvus-lite:{tmp_path}/shared.db"

    def run(*arguments: str) -> Any:
        command = [sys.executable, "-m", "qa.cli", *arguments, "--json"]
        done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
        assert done.returncode in (ExitCode.ANSWERED, ExitCode.CONFLICT), done.stderr
        return json.loads(done.stdout)

    for shard in ("1/2", "2/2"):
        run("--store", uri, "add", "--shard", shard, str(samples / "articles"))
    for question in ("Hoeveel procent stemde tegen de fusie in Damshorn?", "Wat kost het herstel van de Hanzebrug?"):
        answers = []
        for place in (("--store", uri), ("--library", str(samples / "library"))):
            told = run(*place, "ask", "--llm", "none", question)
            assert told["citations"]
            answers.append({key: told[key] for key in ("text", "sentences", "citations", "status", "disagreements")})
        assert answers[0] == answers[1]


def test_a_bad_share_is_refused() -> None:
    for bad in ("0/3", "4/3", "2", "a/b", "1/0", "-1/3"):
        with pytest.raises(UsageError, match="is not a share"):
            parse_shard(bad)
    assert parse_shard("3/3") == (3, 3)
