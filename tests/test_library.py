"""A library as its users see it: put, edited, removed, read while another writes, refused where it cannot be trusted."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import apsw
import numpy
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from made_articles import MadeFingerprint, analyse, encode, fill, folder_bytes, made_article, open_new, unit_vectors
from test_searches import brute_force_dense

from embeddings.errors import (
    EncoderMismatch,
    LibraryDamaged,
    LibraryError,
    LibraryFormat,
    LibraryMissing,
    LibraryUnwritable,
)
from embeddings.library import Library
from embeddings.records import Article, PublicationDate, Span

ROOT = Path(__file__).parent.parent
quick = settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])

anything = st.characters(exclude_categories=[])
words = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)


@st.composite
def articles(draw: st.DrawFn) -> Article:
    text = draw(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=200))
    offsets = st.integers(0, len(text))
    spans = st.lists(st.tuples(offsets, offsets).map(lambda pair: Span(min(pair), max(pair))), max_size=3).map(tuple)
    dates = st.sampled_from(["2022", "2022-02", "2022-02-28", "1999-12-31"])
    times = st.sampled_from(["", "14:32", "14:32:05", "23:59+00:00", "00:30:01-08:00"])
    return Article(
        text,
        draw(st.text(anything, min_size=1, max_size=30)),  # a file name may hold what is not valid Unicode
        draw(words),
        draw(st.none() | st.builds(PublicationDate, dates, words, times)),
        *(draw(words) for _ in range(6)),
        furniture=draw(spans),
        headings=draw(spans),
    )


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


def test_a_folder_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    for options in ({}, {"writable": True}, {"create": True}):
        with pytest.raises(LibraryError):
            Library.open(tmp_path / "file", **options)
