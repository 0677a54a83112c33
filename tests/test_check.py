from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import apsw
import numpy
import pytest
from made_articles import MadeFingerprint, analyse, encode, fill, made_article, unit_vectors

from embeddings import index
from embeddings.check import check_folder
from embeddings.errors import LibraryDamaged, LibraryError, LibraryLocked
from embeddings.library import Library
from embeddings.records import Article, Filters
from embeddings.store import Problem

NEWS = Filters(sources=("nieuws",))


@dataclass(frozen=True)
class Dump:
    """Everything that a library can answer, to be compared."""

    articles: tuple[Article, ...]
    passages: tuple[tuple[str, int, bytes, bytes], ...]
    dense: tuple[tuple[int, float], ...]
    lexical: tuple[tuple[int, float], ...]
    rest: tuple[object, ...]


def dump(folder: Path) -> Dump:
    with Library.open(folder, analyse=analyse) as library:
        articles = tuple(library.articles())
        passages = tuple(
            (item.passage.article_id, item.passage.number, item.vector.tobytes(), item.sentence_vectors.tobytes())
            for article in articles
            for item in library.passages_of(article.id)
        )
        terms = [*analyse(" ".join(article.text for article in articles), ""), "titel"]
        return Dump(
            articles,
            passages,
            tuple(library.search_dense(unit_vectors(numpy.random.default_rng(1), 1)[0], 500)),
            tuple(library.search_lexical(terms, 500)),
            (
                library.counts(), library.sources(), library.document_frequencies(terms),
                library.clusters([article.id for article in articles]), library.article_sources(),
            ),
        )  # fmt: skip


def copies(number: int) -> Article:
    text = "".join(f"De zin met nummer {part} van verhaal {number // 2} staat hier. " for part in range(8))
    return made_article(number, text, published="2020-05", publisher="NOS")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "library"
    fill(folder, 12, copies)
    with Library.open(folder, writable=True, analyse=analyse) as library:
        library.remember_source("/nieuws")
        library.remove(copies(11).id)
    return folder


def change(folder: Path, *statements: str) -> None:
    connection = apsw.Connection(str(folder / "library.db"))
    for statement in statements:
        connection.execute(statement)
    connection.close()


def examine(folder: Path) -> list[Problem]:
    return check_folder(folder, False, analyse)


def test_a_whole_library_has_no_problems(folder: Path) -> None:
    before = dump(folder)
    assert examine(folder) == []
    with Library.open(folder, writable=True, analyse=analyse) as library:
        assert library.check() == library.check(repair=True) == []
    assert dump(folder) == before


def test_r7_every_flipped_bit_is_found_or_harmless(folder: Path, tmp_path: Path) -> None:
    """Places spread over the whole database, and every kind of damage that a disk does."""
    before = dump(folder)
    good = (folder / "library.db").read_bytes()
    random = numpy.random.default_rng(20)
    found = 0
    for attempt in range(220):
        data = bytearray(good)
        if attempt % 10 == 9:
            start = int(random.integers(len(data) // 512)) * 512
            data[start : start + 512] = bytes(512)
        elif attempt % 10 == 8:
            del data[int(random.integers(len(data))) :]
        else:
            # pages of zeros, where nothing could be harmed, are passed over
            position = int(random.integers(len(data)))
            while not any(data[position - 8 : position + 8]):
                position = int(random.integers(len(data)))
            data[position] ^= 1 << int(random.integers(8))
        shutil.rmtree(folder)
        folder.mkdir()
        (folder / "library.db").write_bytes(data)
        try:
            problems = examine(folder)
        except LibraryError:
            found += 1
            continue
        if problems:
            found += 1
        else:
            assert dump(folder) == before, f"attempt {attempt} was not noticed"
    assert found > 120


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE articles SET text = replace(text, 'zin', 'zon') WHERE rowid = 3",
        "UPDATE articles SET title = 'Ander' WHERE rowid = 3",
        "UPDATE articles SET first_day = first_day + 1 WHERE rowid = 3",
        "UPDATE articles SET search_key = 'x' WHERE rowid = 3",
        "UPDATE passages SET context = 'Ander' WHERE article = 3 AND number = 1",
        "UPDATE passages SET number = 7 WHERE article = 3 AND number = 1",
        "UPDATE passages SET vector = zeroblob(32) WHERE article = 3 AND number = 0",
        "UPDATE sentence_vectors SET codes = zeroblob(32) WHERE passage = 9",
        "DELETE FROM passages WHERE article = 3 AND number = 2",
        "DELETE FROM sentence_vectors WHERE passage = 9",
    ],
)
def test_a_damaged_article_is_dropped_and_its_source_named(folder: Path, statement: str) -> None:
    change(folder, statement)
    source = copies(2).source
    problems = examine(folder)
    assert source in {problem.where for problem in problems}
    assert not any(problem.repaired for problem in problems)
    repaired = check_folder(folder, True, analyse)
    assert all(problem.repaired for problem in repaired)
    assert {problem.where for problem in repaired if problem.dropped} == {source}
    assert examine(folder) == []
    with Library.open(folder, writable=True, analyse=analyse) as library:
        assert library.fingerprint_of(source) is None  # so that the next sync reads it again
        assert library.put(copies(2), encode(copies(2))) == "added"
        assert library.check() == []
    fresh = folder.parent / "fresh"
    with Library.open(fresh, create=True, analyse=analyse) as library:
        library.bind(MadeFingerprint(), "made 1")
        for number in (0, 1, *range(3, 11), 2):
            library.put(copies(number), encode(copies(number)))
        library.remember_source("/nieuws")
    assert dump(folder) == dump(fresh)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE terms SET term = 'x' WHERE id = 2",
        "UPDATE terms SET documents = documents + 1 WHERE id = 2",
        "DELETE FROM terms WHERE id = 2",
        "INSERT INTO terms VALUES (999, 'nieuw', 1, 0)",
        "INSERT INTO lexical(lexical, rowid, terms) VALUES ('delete', 1, '1 1')",
        "INSERT INTO lexical(rowid, terms) VALUES (77, '1 2 3')",
        "DELETE FROM shingles WHERE article = 4",
        "UPDATE clusters SET cluster = 9 WHERE article = 4",
        "DELETE FROM clusters WHERE article = 4",
        "UPDATE state SET next_passage = 3",
        "UPDATE state SET generation = generation + 1",
        "DELETE FROM state",
        "INSERT INTO removed_passages VALUES (2, 1, 0)",
        "INSERT INTO passages SELECT 500, 3, 9, sentences, context, terms, vector, checksum FROM passages LIMIT 1",
        "UPDATE sources SET checksum = x'00'",
        "DROP INDEX articles_by_source",
        "CREATE TABLE other(x)",
        "PRAGMA user_version = 5",
    ],
)
def test_what_is_derived_is_derived_again(folder: Path, statement: str) -> None:
    before = dump(folder)
    change(folder, statement)
    assert len(examine(folder)) >= 1
    assert all(problem.repaired and not problem.dropped for problem in check_folder(folder, True, analyse))
    assert examine(folder) == []
    after = dump(folder)
    assert after.articles == before.articles
    assert after.passages == before.passages
    assert [score for _, score in after.dense] == [score for _, score in before.dense]
    assert [score for _, score in after.lexical] == pytest.approx([score for _, score in before.lexical])


def test_a_damaged_index_is_named_and_rebuilt(folder: Path) -> None:
    before = dump(folder)
    file = index.index_files(folder)[0]
    good = file.read_bytes()
    for path, data in (
        (file, good[:-4096]),
        (file, bytes([good[0] ^ 1]) + good[1:]),
        (folder / "index.json", b"{}"),
    ):
        path.write_bytes(data)
        assert [problem.where for problem in examine(folder)] == [str(path)]
        assert [problem.repaired for problem in check_folder(folder, True, analyse)] == [True]
        assert examine(folder) == []
        assert dump(folder) == before


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE manifest SET value = 'other' WHERE name = 'encoder'",
        "UPDATE manifest SET checksum = x'00' WHERE name = 'library'",
        "DELETE FROM manifest WHERE name = 'dimension'",
        "DELETE FROM manifest",
    ],
)
def test_r7_a_damaged_manifest_is_mended_from_its_copy(folder: Path, statement: str) -> None:
    before = dump(folder)
    change(folder, statement)
    with pytest.raises(LibraryDamaged, match="manifest") as caught:
        Library.open(folder)
    assert "check --repair" in caught.value.remedy
    assert examine(folder)
    repaired = check_folder(folder, True, analyse)
    assert repaired
    assert all(problem.repaired and not problem.dropped for problem in repaired)
    assert examine(folder) == []
    assert dump(folder).articles == before.articles
    with Library.open(folder, writable=True, analyse=analyse) as library:
        library.bind(MadeFingerprint(), "made 1")
        assert library.put(copies(30), encode(copies(30))) == "added"


@pytest.mark.parametrize("content", [b"", b"{}", b"[" * 10**5, b'[["library", "x", "00"]]', b"\xff", b"null"])
def test_a_damaged_copy_of_the_manifest_is_written_again(folder: Path, content: bytes) -> None:
    path = folder / "manifest.json"
    good = path.read_bytes()
    path.write_bytes(content)
    assert [problem.where for problem in examine(folder)] == [str(path)]
    assert [problem.repaired for problem in check_folder(folder, True, analyse)] == [True]
    assert path.read_bytes() == good
    path.unlink()  # as in a library whose folder was copied without it
    assert examine(folder) == []
    Library.open(folder, writable=True, analyse=analyse).close()
    assert path.read_bytes() == good


def test_without_the_manifest_and_its_copy_nobody_knows_whose_vectors_they_are(folder: Path) -> None:
    change(folder, "UPDATE manifest SET value = 'other' WHERE name = 'encoder'")
    (folder / "manifest.json").write_bytes(b"{}")
    before = (folder / "library.db").read_bytes()
    assert examine(folder)
    with pytest.raises(LibraryDamaged, match="manifest"):
        check_folder(folder, True, analyse)
    assert (folder / "library.db").read_bytes() == before


def test_a_library_that_holds_nothing_needs_no_manifest(tmp_path: Path) -> None:
    Library.open(tmp_path, create=True, analyse=analyse).close()
    assert not (tmp_path / "manifest.json").exists()
    change(tmp_path, "DELETE FROM manifest")
    assert all(problem.repaired for problem in check_folder(tmp_path, True, analyse))
    assert examine(tmp_path) == []


def test_repair_waits_for_readers(folder: Path) -> None:
    change(folder, "DELETE FROM clusters WHERE article = 4")
    with Library.open(folder, analyse=analyse) as reader, reader.snapshot():
        with Library.open(folder, writable=True, analyse=analyse) as writer:
            writer.remember_source("/x")
            writer.database.connection.set_busy_timeout(100)
            with pytest.raises(LibraryLocked):
                writer.check(repair=True)
        assert reader.counts().articles == 11
    assert check_folder(folder, True, analyse)[0].repaired
    with Library.open(folder, analyse=analyse) as reader:
        assert reader.sources() == ["/nieuws", "/x"]


def test_a_repaired_library_can_be_used_at_once(folder: Path) -> None:
    with Library.open(folder, writable=True, analyse=analyse) as library:
        query = encode(copies(4))[0].vector
        library.search_dense(query, 3)
        library.database.connection.execute("DELETE FROM clusters WHERE article = 4")
        assert [problem.repaired for problem in library.check(repair=True)] == [True]
        best = library.search_dense(query, 1)[0]
        assert library.load([best[0]])[0].article == copies(4)
        assert library.put(copies(40), encode(copies(40))) == "added"
        assert library.check() == []


def test_reading_damaged_rows_is_an_error_never_other_text(folder: Path) -> None:
    damages: list[tuple[str, Callable[[Library], object]]] = [
        ("UPDATE articles SET text = 'x' || text WHERE rowid = 1", lambda library: list(library.articles())),
        ("UPDATE passages SET sentences = x'0103' WHERE rowid = 4", lambda library: library.load([4])),
        ("UPDATE sentence_vectors SET codes = x'00' WHERE passage = 5", lambda library: library.load([5])),
        ("DELETE FROM articles WHERE rowid = 2", lambda library: library.load([6])),
        ("UPDATE clusters SET cluster = 2 WHERE article = 1", lambda library: library.clusters([copies(0).id])),
        ("UPDATE sources SET source = '/ander'", lambda library: library.sources()),
        # what searches read without a checksum may hold another type, as a changed byte in a row's header makes it
        ("UPDATE terms SET documents = 'x'", lambda library: library.document_frequencies(["de", "zin"])),
        ("UPDATE articles SET first_passage = -4", lambda library: library.passages_of(copies(3).id)),
        ("UPDATE articles SET passage_count = 99", lambda library: library.search_lexical(["zin"], 5, NEWS)),
        ("UPDATE articles SET publisher = x'ff'", lambda library: library.counts()),
        (
            "UPDATE passages SET vector = 'x'",
            lambda library: library.search_dense(encode(copies(4))[0].vector, 3, NEWS),
        ),
    ]
    for statement, read in damages:
        change(folder, statement)
        with Library.open(folder, analyse=analyse) as library, pytest.raises(LibraryDamaged) as caught:
            read(library)
        assert "check --repair" in caught.value.remedy
