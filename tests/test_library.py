from __future__ import annotations

import errno
import math
import os
import resource
import shutil
import stat
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import date
from pathlib import Path

import apsw
import numpy
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from made_articles import (
    DIMENSION,
    MadeFingerprint,
    analyse,
    encode,
    fill,
    folder_bytes,
    made_article,
    unit_vectors,
    with_vectors,
)

from embeddings import dense, index, lexical
from embeddings.database import mapped_errors
from embeddings.errors import (
    BronvastError,
    EncoderError,
    EncoderMismatch,
    LibraryDamaged,
    LibraryError,
    LibraryFormat,
    LibraryMissing,
    LibraryUnwritable,
)
from embeddings.library import Library
from embeddings.records import Article, Filters, PublicationDate, Span

ROOT = Path(__file__).parent.parent
quick = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

anything = st.characters(exclude_categories=[])
words = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)


@st.composite
def articles(draw: st.DrawFn) -> Article:
    text = draw(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=200))
    offsets = st.integers(0, len(text))
    spans = st.lists(st.tuples(offsets, offsets).map(lambda pair: Span(min(pair), max(pair))), max_size=3).map(tuple)
    dates = st.sampled_from(["2022", "2022-02", "2022-02-28", "1999-12-31"])
    return Article(
        text,
        draw(st.text(anything, min_size=1, max_size=30)),  # a file name may hold what is not valid Unicode
        draw(words),
        draw(st.none() | st.builds(PublicationDate, dates, words)),
        *(draw(words) for _ in range(6)),
        furniture=draw(spans),
        headings=draw(spans),
    )


def open_new(folder: Path) -> Library:
    library = Library.open(folder, create=True, analyse=analyse)
    library.bind(MadeFingerprint(), "made 1")
    return library


@quick
@given(st.lists(articles(), max_size=3, unique_by=lambda article: article.source))
def test_what_is_put_comes_back_exactly(tmp_path_factory: pytest.TempPathFactory, made: list[Article]) -> None:
    folder = tmp_path_factory.mktemp("library")
    with open_new(folder) as library:
        for article in made:
            assert library.put(article, encode(article)) == "added"
    with Library.open(folder, analyse=analyse) as library:
        assert list(library.articles()) == made
        assert library.article_sources() == sorted(((a.id, a.source) for a in made), key=lambda pair: pair[1])
        for article in made:
            assert library.article(article.id) == article
            assert article in library.find(article.source)
            assert library.find(article.id) == [article]
            assert library.fingerprint_of(article.source) == article.fingerprint
            encoded = encode(article)
            stored = library.passages_of(article.id)
            assert [item.passage for item in stored] == [item.passage for item in encoded]
            for item, given_item in zip(stored, encoded, strict=True):
                assert numpy.array_equal(item.vector, given_item.vector.astype(numpy.float16).astype(numpy.float32))
                cosines = (item.sentence_vectors * given_item.sentence_vectors).sum(axis=1)
                assert (cosines > 0.9998).all()
        assert library.check() == []


def test_putting_again_changes_nothing_and_an_edit_replaces(tmp_path: Path) -> None:
    article = made_article(1, "Eerste zin over kanarie. Tweede zin.")
    with open_new(tmp_path) as library:
        assert library.put(article, encode(article)) == "added"
        generation = library.generation
        assert library.put(article, encode(article)) == "unchanged"
        assert library.generation == generation
        edited = replace(article, text="Nu over een mus. Tweede zin.")
        assert library.put(edited, encode(edited)) == "updated"
        assert library.generation == generation + 1
        assert library.search_lexical(["kanarie"], 5) == []
        assert [hit[0] for hit in library.search_lexical(["mus"], 5)] == [library.passages_of(article.id)[0].rowid]
        assert list(library.articles()) == [edited]
        assert library.remove(article.id)
        assert not library.remove(article.id)
        assert library.counts().articles == library.counts().passages == library.counts().sentences == 0


def test_r11_removed_text_is_gone_from_the_disk(tmp_path: Path) -> None:
    canary = "kanariepietzang"
    with open_new(tmp_path) as library:
        for number in range(30):
            article = made_article(number, f"Zin {number}. Hier staat {canary}{number} in. Slot.", title=canary)
            library.put(article, encode(article))
    kept = made_article(100)
    with Library.open(tmp_path, writable=True, analyse=analyse) as library:
        library.put(kept, encode(kept))
        for number in range(30):
            library.remove(made_article(number).id)
        assert library.check() == []
    everything = b"".join(folder_bytes(tmp_path).values())
    assert canary.encode() not in everything
    assert b"zaak100" in everything
    with Library.open(tmp_path, analyse=analyse) as library:
        assert library.document_frequencies([canary, f"{canary}3", "zaak100"]) == {
            canary: 0, f"{canary}3": 0, "zaak100": 1,
        }  # fmt: skip


def test_only_the_owner_may_read(tmp_path: Path) -> None:
    old = os.umask(0)
    try:
        fill(tmp_path / "new" / "library", 2)
    finally:
        os.umask(old)
    folder = tmp_path / "new" / "library"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}


# ---- searching ----


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
@given(st.lists(st.text(anything, max_size=8), max_size=400))
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


# ---- one generation, one writer ----


def test_a_snapshot_sees_one_generation_while_another_writes(tmp_path: Path) -> None:
    made = fill(tmp_path, 5)
    query = encode(made[2])[0].vector
    with Library.open(tmp_path, analyse=analyse) as reader:
        before = reader.search_dense(query, 20)
        with reader.snapshot() as generation:
            with Library.open(tmp_path, writable=True, analyse=analyse) as writer:
                for article in made[1:4]:
                    writer.remove(article.id)
                new = made_article(50)
                writer.put(new, encode(new))
            assert reader.search_dense(query, 20) == before
            assert reader.search_lexical(["zaak2"], 3)
            assert reader.search_lexical(["zaak50"], 3) == []
            assert len(reader.load([rowid for rowid, _ in before])) == len(before)
            assert reader.generation == generation
        assert reader.generation > generation
        assert reader.search_lexical(["zaak2"], 3) == []
        found = reader.load([rowid for rowid, _ in reader.search_dense(query, 20)])
        assert {item.article.id for item in found} == {
            made[0].id, made[4].id, new.id,
        }  # fmt: skip


def test_a_running_reader_follows_what_a_writer_does(tmp_path: Path) -> None:
    fill(tmp_path, 5)
    with (
        Library.open(tmp_path, analyse=analyse) as reader,
        Library.open(tmp_path, writable=True, analyse=analyse) as writer,
    ):
        for number in range(10, 30):
            article = made_article(number)
            writer.put(article, encode(article))
            if number % 3 == 0:
                writer.remove(made_article(number - 2).id)
            if number % 7 == 0:
                writer.save_index()
            query = unit_vectors(numpy.random.default_rng(number), 1)[0]
            everything = {article.id for article in reader.articles()}
            expected = brute_force_dense(reader, query, 9, everything)
            assert [rowid for rowid, _ in reader.search_dense(query, 9)] == [rowid for rowid, _ in expected]
            assert reader.search_dense(query, 9) == writer.search_dense(query, 9)


# ---- what can go wrong ----


def test_no_library_is_told_with_the_remedy(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(LibraryMissing) as caught:
            Library.open(folder)
        assert "bronvast add" in caught.value.remedy
    assert not (tmp_path / "nowhere").exists()
    (tmp_path / "library.db").touch()  # killed between making the file and filling it
    with pytest.raises(LibraryMissing):
        Library.open(tmp_path)
    with open_new(tmp_path) as library:
        assert library.counts().articles == 0


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    (tmp_path / "library.db").write_bytes(b"dit is geen database" * 500)
    for writable in (False, True):
        with pytest.raises(LibraryDamaged, match="is not a library"):
            Library.open(tmp_path, writable=writable)


def test_another_programs_database_is_left_alone(tmp_path: Path) -> None:
    connection = apsw.Connection(str(tmp_path / "library.db"))
    connection.execute("CREATE TABLE mine(x)")
    connection.close()
    before = (tmp_path / "library.db").read_bytes()
    with pytest.raises(LibraryDamaged, match="is not a library"):
        Library.open(tmp_path)
    assert (tmp_path / "library.db").read_bytes() == before


def test_r13_a_newer_format_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    fill(tmp_path, 2)
    connection = apsw.Connection(str(tmp_path / "library.db"))
    connection.execute("PRAGMA user_version = 999")
    connection.close()
    before = folder_bytes(tmp_path)
    for writable in (False, True):
        with pytest.raises(LibraryFormat, match="999"):
            Library.open(tmp_path, writable=writable)
    after = folder_bytes(tmp_path)
    assert {name: after[name] for name in before} == before


@pytest.mark.parametrize(
    "fingerprint, chunker",
    [
        (MadeFingerprint(revision="2"), "made 1"),
        (MadeFingerprint(name="other"), "made 1"),
        (MadeFingerprint(dimension=8), "made 1"),
        (MadeFingerprint(), "made 2"),
    ],
)
def test_another_encoder_is_refused_naming_both(tmp_path: Path, fingerprint: MadeFingerprint, chunker: str) -> None:
    fill(tmp_path, 1)
    with Library.open(tmp_path, analyse=analyse) as library:
        library.bind(MadeFingerprint(), "made 1")
        with pytest.raises(EncoderMismatch) as caught:
            library.bind(fingerprint, chunker)
    changed = fingerprint.as_text() if fingerprint != MadeFingerprint() else chunker
    kept = MadeFingerprint().as_text() if fingerprint != MadeFingerprint() else "made 1"
    assert changed in caught.value.cause
    assert kept in caught.value.cause
    assert "--encoder made" in caught.value.remedy


def test_a_reader_cannot_write(tmp_path: Path) -> None:
    made = fill(tmp_path, 1)
    with Library.open(tmp_path, analyse=analyse) as library:
        for attempt in (
            lambda: library.put(made_article(2), encode(made_article(2))),
            lambda: library.remove(made[0].id),
            lambda: library.remember_source("/x"),
            lambda: library.check(repair=True),
            library.save_index,
        ):
            with pytest.raises(LibraryUnwritable):
                attempt()


def test_what_would_break_promises_is_refused_whole(tmp_path: Path) -> None:
    article = made_article(1)
    encoded = encode(article)
    bad = numpy.full(DIMENSION, numpy.nan, numpy.float32)
    with open_new(tmp_path) as library:
        for broken in (
            [encoded[0], replace(encoded[1], vector=bad)],
            [replace(encoded[0], vector=numpy.zeros(DIMENSION, numpy.float32)), encoded[1]],
            [replace(encoded[0], vector=encoded[0].vector[:-1]), encoded[1]],
            [replace(encoded[0], sentence_vectors=encoded[0].sentence_vectors[:1]), encoded[1]],
            [encoded[1]],
            [encoded[0], replace(encoded[1], passage=encode(made_article(2))[1].passage)],
        ):
            with pytest.raises(BronvastError):
                library.put(article, broken)
        short = replace(article, text=article.text[:10])
        with pytest.raises(LibraryError):
            library.put(short, encoded)
        with pytest.raises(LibraryError):
            library.put(replace(article, text="\ud800"), [])
        assert library.counts().articles == 0
        assert library.put(article, encoded) == "added"
        assert library.check() == []


def test_a_full_disk_leaves_what_was_there(tmp_path: Path) -> None:
    made = fill(tmp_path, 3)
    with Library.open(tmp_path, writable=True, analyse=analyse) as library:
        connection = library.database.connection
        connection.pragma("max_page_count", connection.pragma("page_count"))
        big = made_article(9, " ".join(f"Zin {number} is lang." for number in range(2000)))
        with pytest.raises(LibraryUnwritable, match="no room"):
            library.put(big, encode(big))
        assert list(library.articles()) == made
        assert library.check() == []
        connection.pragma("max_page_count", 10**6)
        assert library.put(big, encode(big)) == "added"


@contextmanager
def files_no_larger_than(size: int) -> Iterator[None]:
    """The system refuses every write beyond so many bytes of any file, as a full disk would."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_writes_that_fail_anywhere_lose_nothing_reported(tmp_path: Path) -> None:
    made = fill(tmp_path / "original", 6)
    texts = {number: ". ".join(f"Zin {part} van {number}" for part in range(60)) for number in range(50, 54)}
    new = [made_article(number, text) for number, text in texts.items()]
    failures = 0
    for size in range(0, 1_300_000, 31_000):
        folder = tmp_path / str(size)
        shutil.copytree(tmp_path / "original", folder)
        reported = set()
        removed = False
        library = Library.open(folder, writable=True, analyse=analyse)
        with files_no_larger_than(size):
            try:
                removed = library.remove(made[2].id)
                for article in new:
                    assert library.put(article, encode(article)) == "added"
                    reported.add(article.id)
                library.save_index()
            except LibraryUnwritable:
                failures += 1
            with suppress(LibraryUnwritable):  # closing tidies up, which may fail as well
                library.close()
        with Library.open(folder, writable=True, analyse=analyse) as library:
            assert library.check() == []
            there = {article.id for article in library.articles()}
            assert there == {article.id for article in made if article != made[2] or not removed} | reported
            query = encode(made[4])[0].vector
            assert library.load([library.search_dense(query, 1)[0][0]])[0].article == made[4]
        shutil.rmtree(folder)
    assert 10 < failures < 42


def test_r14_a_read_only_folder_answers_and_is_not_written(tmp_path: Path) -> None:
    """As another user, for nothing is read-only for root."""
    with tempfile.TemporaryDirectory(dir="/tmp") as name:
        folder = Path(name)
        made = fill(folder, 30)
        (folder / "index.json").unlink()  # so that there would be something to write
        for path in (folder, *folder.iterdir()):
            path.chmod(0o555 if path == folder else 0o444)
        before = folder_bytes(folder)
        program = (
            "import os, sys, json\n"
            "sys.path[:0] = json.loads(sys.argv[2])\n"
            "import numpy\nfrom embeddings.library import Library\n"
            "from embeddings.errors import LibraryUnwritable\n"
            "from made_articles import encode, made_article\n"
            "import secrets, faiss, numpy.random\n"
            "vector = encode(made_article(7))[0].vector\n"
            "if os.getuid() == 0:\n    os.setuid(65534)\n"
            "written = []\n"
            "def watch(event, given):\n"
            "    if event == 'open' and isinstance(given[2], int) and given[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):\n"
            "        written.append(str(given[0]))\n"
            "    elif event in ('os.rename', 'os.remove', 'os.mkdir', 'os.truncate', 'os.chmod'):\n"
            "        written.append(str(given[0]))\n"
            "sys.addaudithook(watch)\n"
            "with Library.open(sys.argv[1], analyse=lambda text, language: []) as library:\n"
            "    hit = library.search_dense(vector, 1)[0]\n"
            "    print(library.load([hit[0]])[0].article.title)\n"
            "    print(library.search_lexical(['zaak7'], 1)[0][1] > 1)\n"
            "    print([path for path in written if path.startswith(sys.argv[1])])\n"
            "try:\n    Library.open(sys.argv[1], writable=True)\n"
            "except LibraryUnwritable:\n    print('unwritable')\n"
        )
        paths = f'["{ROOT}", "{ROOT / "tests"}"]'
        done = subprocess.run([sys.executable, "-c", program, name, paths], capture_output=True, text=True, check=False)
        assert done.stdout == f"{made[7].title}\nTrue\n[]\nunwritable\n", done.stderr
        assert folder_bytes(folder) == before
        folder.chmod(0o755)


def test_the_index_is_rebuilt_unasked(tmp_path: Path) -> None:
    made = fill(tmp_path, 12)
    query = encode(made[5])[1].vector
    with Library.open(tmp_path, analyse=analyse) as library:
        expected = library.search_dense(query, 8)
    file = index.index_files(tmp_path)[0]
    good = file.read_bytes()
    manifest = (tmp_path / "index.json").read_bytes()
    described = index.read_manifest(tmp_path)
    assert described is not None
    for damage in (
        lambda: file.unlink(),
        lambda: file.write_bytes(good[:-1]),
        lambda: file.write_bytes(good[:100] + bytes([good[100] ^ 1]) + good[101:]),
        lambda: (tmp_path / "index.json").unlink(),
        lambda: (tmp_path / "index.json").write_bytes(manifest.replace(b'"rows": 24', b'"rows": 23')),
        lambda: (tmp_path / "index.json").write_bytes(b"[" * 100_000),
    ):
        damage()
        with Library.open(tmp_path, analyse=analyse) as library:
            assert library.search_dense(query, 8) == expected
            generation = library.generation
        assert file.read_bytes() == good  # the same vectors give the same bytes
        assert index.read_manifest(tmp_path) == replace(described, generation=generation)


def test_a_grouped_index_through_its_life(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Built, left as it is while changes are few, extended, built anew, and given up again when little is left."""
    monkeypatch.setattr(index, "EXACT_LIMIT", 300)
    monkeypatch.setattr(dense, "CHANGES_LIMIT", 40)
    monkeypatch.setattr(dense, "EVERY_VECTOR_LIMIT", 20)
    fill(tmp_path, 200, varied)

    def stored() -> index.IndexManifest:
        manifest = index.read_manifest(tmp_path)
        assert manifest is not None
        return manifest

    def change(added: range, removed: range) -> None:
        with Library.open(tmp_path, writable=True, analyse=analyse) as library:
            for number in added:
                library.put(varied(number), encode(varied(number)))
            for number in removed:
                assert library.remove(varied(number).id)

    def searches_well() -> bool:
        hits = total = 0
        with Library.open(tmp_path, analyse=analyse) as library:
            stored_passages = [item for one in library.articles() for item in library.passages_of(one.id)]
            vectors = numpy.stack([item.vector for item in stored_passages]).astype(float)
            rowids = numpy.array([item.rowid for item in stored_passages])
            news = numpy.array([item.article.publisher == "NOS" for item in stored_passages])
            for seed in range(20):
                query = unit_vectors(numpy.random.default_rng(seed), 1)[0]
                scores = vectors @ query
                for filters, allowed in ((Filters(), news | True), (Filters(sources=("nos",)), news)):
                    found = [rowid for rowid, _ in library.search_dense(query, 10, filters)]
                    best = numpy.argsort(-numpy.where(allowed, scores, -9.0))[: min(10, allowed.sum())]
                    assert len(found) == len(best)
                    assert set(found) <= set(rowids[allowed])
                    hits += len(set(found) & set(rowids[best]))
                    total += len(best)
            for item in stored_passages[::5]:  # whatever is there is found by its own vector
                assert library.search_dense(item.vector, 1)[0][0] == item.rowid
            assert library.check() == []
        return hits >= 0.97 * total

    built = stored()
    assert (built.kind, built.rows, built.trained_rows) == ("ivf", 400, 400)
    assert searches_well()
    change(range(200, 210), range(4))
    assert stored() == built  # 28 changes are made good at every search
    assert searches_well()
    change(range(210, 220), range(4, 10))
    extended = stored()
    assert (extended.kind, extended.rows, extended.trained_rows) == ("ivf", 420, 400)
    assert searches_well()
    change(range(220, 460), range(0))
    assert (stored().rows, stored().trained_rows) == (900, 900)
    assert searches_well()
    change(range(0), range(10, 400))
    assert (stored().kind, stored().rows) == ("exact", 120)
    assert searches_well()


def kinds(error: type[Exception]) -> list[type[Exception]]:
    return [error, *(kind for below in error.__subclasses__() for kind in kinds(below))]


@pytest.mark.parametrize("kind", kinds(apsw.Error), ids=lambda kind: kind.__name__)
def test_no_error_of_sqlite_leaks(tmp_path: Path, kind: type[Exception]) -> None:
    with pytest.raises(LibraryError) as caught, mapped_errors(tmp_path):
        raise kind("some reason.")
    assert str(tmp_path) in caught.value.cause or isinstance(caught.value.__cause__, apsw.NoMemError)
    assert caught.value.remedy
    assert not caught.value.cause.endswith(".")


@pytest.mark.parametrize(
    "number, expected",
    [
        (errno.ENOSPC, LibraryUnwritable),
        (errno.EDQUOT, LibraryUnwritable),
        (errno.EACCES, LibraryUnwritable),
        (errno.EROFS, LibraryUnwritable),
        (errno.EIO, LibraryUnwritable),
        (errno.ENOENT, LibraryMissing),
        (errno.ENOTDIR, LibraryMissing),
    ],
)
def test_no_error_of_the_system_leaks(tmp_path: Path, number: int, expected: type[Exception]) -> None:
    with pytest.raises(expected) as caught, mapped_errors(tmp_path):
        raise OSError(number, os.strerror(number), str(tmp_path / "library.db"))
    assert str(tmp_path / "library.db") in str(caught.value)


def test_a_folder_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    for options in ({}, {"writable": True}, {"create": True}):
        with pytest.raises(LibraryError):
            Library.open(tmp_path / "file", **options)


def test_r15_wal_only_where_sqlite_is_safe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apsw, "sqlite_lib_version", lambda: "3.51.2")
    with open_new(tmp_path) as library:
        assert library.database.connection.pragma("journal_mode") == "delete"
        assert library.database.connection.pragma("synchronous") == 2
    monkeypatch.undo()
    with Library.open(tmp_path, writable=True) as library:
        assert library.database.connection.pragma("journal_mode") == "wal"
        assert library.database.connection.pragma("synchronous") == 2


# ---- the rest ----


def test_sources_are_remembered(tmp_path: Path) -> None:
    with open_new(tmp_path) as library:
        for source in ("/b", "/a", "https://nos.nl/rss", "/b", "/niet-\udcff-utf8"):
            library.remember_source(source)
        assert library.sources() == ["/a", "/b", "/niet-\udcff-utf8", "https://nos.nl/rss"]
        assert library.forget_source("/b")
        assert not library.forget_source("/b")
    with Library.open(tmp_path) as library:
        assert library.sources() == ["/a", "/niet-\udcff-utf8", "https://nos.nl/rss"]


def test_finding_articles(tmp_path: Path) -> None:
    sources = ["/map/een.txt", "/map/sub/twee.txt", "/map/bak.jsonl#1", "/map/bak.jsonl#2", "/mapje/drie.txt"]
    made = [Article(f"Zin {number}.", source, external_id=f"nr{number}") for number, source in enumerate(sources)]
    with open_new(tmp_path) as library:
        for article in made:
            library.put(article, encode(article))
        assert library.find("/map/een.txt") == [made[0]]
        assert library.find("/map/bak.jsonl") == made[2:4]
        assert library.find("/map") == library.find("/map/") == made[:4]
        assert library.find("nr4") == [made[4]]
        assert library.find(made[1].id) == [made[1]]
        assert library.find(made[1].id[:7].upper()) == [made[1]]
        assert library.find("") == library.find("nr") == library.find("/ma") == []


def test_counts(varied_library: Library) -> None:
    counts = varied_library.counts()
    assert (counts.articles, counts.passages, counts.sentences) == (60, 120, 180)
    assert (counts.first_published, counts.last_published) == (date(2020, 1, 1), date(2022, 12, 31))
    assert counts.publishers == (("ANP", 15), ("NOS", 15), ("de Volkskrant", 15))
    assert counts.languages == (("nl", 60),)
    assert varied_library.size_on_disk() > 50_000


def test_passages_of_an_article_without_any(tmp_path: Path) -> None:
    article = made_article(1, "geen zin")
    with open_new(tmp_path) as library:
        library.put(article, [])
        assert library.passages_of(article.id) == library.passages_of("unknown") == []
        assert library.search_dense(unit_vectors(numpy.random.default_rng(1), 1)[0], 5) == []
        assert library.search_lexical(["zin"], 5) == []
        assert library.load([1, 2, -1]) == []
        assert library.check() == []
        assert library.remove(article.id)
