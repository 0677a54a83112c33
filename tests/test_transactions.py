"""The way to a commit, with all that can stop it."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import apsw
import numpy
import pytest
from made_articles import MadeFingerprint, analyse, encode, fill, made_article
from test_check import change

from embeddings import database, files, repair, schema
from embeddings.check import check_folder
from embeddings.errors import LibraryDamaged, LibraryError, LibraryLocked, LibraryMissing, LibraryUnwritable
from embeddings.examination import examine
from embeddings.library import Library
from embeddings.locks import WriteLock
from embeddings.manifest import Manifest, read_copy
from embeddings.records import Span
from embeddings.transactions import Database


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    fill(tmp_path / "library", 6)
    return tmp_path / "library"


def test_nothing_is_written_inside_a_snapshot(folder: Path) -> None:
    with Library.open(folder, writable=True, analyse=analyse) as library:
        generation = library.generation
        with library.snapshot(), pytest.raises(LibraryError, match="inside a snapshot"):
            library.remember_source("/x")
        assert library.sources() == []
        assert library.generation == generation
        library.remember_source("/x")
        assert library.generation == generation + 1


def test_what_fails_half_way_is_rolled_back(folder: Path) -> None:
    with Library.open(folder, writable=True, analyse=analyse) as library:
        before = library.generation
        with pytest.raises(KeyboardInterrupt), library.database.writing() as connection:
            connection.execute("DELETE FROM articles")
            raise KeyboardInterrupt
        assert not library.database.connection.in_transaction
        assert library.generation == before
        assert library.counts().articles == len(list(library.articles())) == 6
        assert library.check() == []


def test_a_writer_that_changed_nothing_writes_nothing(folder: Path) -> None:
    (folder / "index.json").unlink()
    Library.open(folder, writable=True, analyse=analyse).close()
    assert not (folder / "index.json").exists()
    with Library.open(folder, writable=True, analyse=analyse) as library:
        library.remember_source("/x")
    assert (folder / "index.json").exists()
    log = folder / "library.db-wal"
    assert not log.exists() or not log.stat().st_size


def test_the_copy_of_the_manifest_is_made_again_by_the_next_writer_only(folder: Path) -> None:
    before = (folder / "manifest.json").read_bytes()
    (folder / "manifest.json").unlink()
    Library.open(folder, analyse=analyse).close()
    assert not (folder / "manifest.json").exists()
    Library.open(folder, writable=True, analyse=analyse).close()
    assert (folder / "manifest.json").read_bytes() == before
    Library.open(folder.parent / "unbound", create=True, analyse=analyse).close()
    assert not (folder.parent / "unbound" / "manifest.json").exists()


def test_a_writer_that_closes_leaves_no_removed_text_in_the_log_while_others_read(folder: Path) -> None:
    log = folder / "library.db-wal"
    with Library.open(folder, analyse=analyse) as reader:
        assert reader.counts().articles == 6
        with Library.open(folder, writable=True, analyse=analyse) as library:
            assert library.remove(made_article(3).id)
            assert log.stat().st_size > 0
        assert log.stat().st_size == 0
        assert b"zaak3" not in (folder / "library.db").read_bytes()
        assert reader.counts().articles == 5


def test_where_there_is_no_library_that_is_said(tmp_path: Path) -> None:
    for place in (tmp_path / "none", tmp_path):
        with pytest.raises(LibraryMissing, match=r"there is no library in .* yet") as caught:
            Library.open(place)
        assert "bronvast add" in caught.value.remedy
        assert str(place) in caught.value.cause


def test_snapshots_nest_and_end_with_the_outermost(folder: Path) -> None:
    with Library.open(folder, analyse=analyse) as library:
        connection = library.database.connection
        with library.snapshot() as outer:
            with library.snapshot() as inner:
                assert inner == outer
            assert connection.in_transaction
        assert not connection.in_transaction
        with pytest.raises(ZeroDivisionError), library.snapshot():
            raise ZeroDivisionError
        assert not connection.in_transaction


@pytest.mark.parametrize(
    "statement, said",
    [
        ("DROP INDEX articles_by_source", "tables of the library .* are missing or changed"),
        ("DELETE FROM state", "the library's state"),
        ("UPDATE state SET generation = 0", "the library's state"),
        ("DELETE FROM manifest WHERE name = 'chunker'", "the library's manifest"),
        ("PRAGMA application_id = 7", "is not a library"),
    ],
)
@pytest.mark.parametrize("writable", [True, False])
def test_a_damaged_library_is_not_opened_and_the_lock_is_free(
    folder: Path, statement: str, said: str, writable: bool
) -> None:
    change(folder, statement)
    with pytest.raises(LibraryDamaged, match=said):
        Library.open(folder, writable=writable)
    lock = WriteLock(folder / "lock")
    assert lock.try_acquire()
    assert lock.try_acquire()  # whoever has it has it
    with pytest.raises(LibraryLocked):
        WriteLock(folder / "lock").acquire()
    lock.release()


def test_a_dimension_that_is_no_number_is_damage(folder: Path) -> None:
    change(folder, f"UPDATE manifest SET value = 'x', checksum = x'{schema.row_checksum('dimension', 'x').hex()}' WHERE name = 'dimension'")  # fmt: skip
    with pytest.raises(LibraryDamaged, match="manifest"):
        Library.open(folder)
    assert check_folder(folder, True, analyse)
    assert check_folder(folder, False, analyse) == []


def test_text_that_is_no_unicode_is_damage(folder: Path) -> None:
    change(folder, "UPDATE articles SET publisher = CAST(x'ff' AS TEXT)")
    with Library.open(folder, analyse=analyse) as library, pytest.raises(LibraryDamaged, match="valid UTF-8"):
        library.counts()


@pytest.mark.parametrize(
    "statement, read",
    [
        ("UPDATE passages SET vector = x'0000'", lambda library, query: library.search_dense(query, 3)),
        (
            f"UPDATE passages SET vector = x'{'007e' * 16}'",  # not a number, sixteen times
            lambda library, query: library.search_dense(query, 3),
        ),
        ("INSERT INTO removed_passages VALUES (1, 1, 5)", lambda library, query: library.search_dense(query, 3)),
    ],
)
def test_damaged_vectors_end_a_search(
    folder: Path, statement: str, read: Callable[[Library, numpy.ndarray], object]
) -> None:
    change(folder, statement)
    (folder / "index.json").unlink()
    with Library.open(folder, analyse=analyse) as library, pytest.raises(LibraryDamaged):
        read(library, encode(made_article(3))[0].vector)


def test_a_library_that_is_not_bound_takes_no_articles(tmp_path: Path) -> None:
    article = made_article(1)
    with Library.open(tmp_path, create=True, analyse=analyse) as library:
        assert (library.encoder_name, library.chunker) == ("", "")
        with pytest.raises(LibraryUnwritable, match="not tied"):
            library.put(article, encode(article))
        library.save_index()  # there is nothing to save
        assert not (tmp_path / "index.json").exists()
        library.bind(MadeFingerprint(), "made 1")
        assert library.encoder_name == "made"
        assert library.database.manifest.encoder == MadeFingerprint().as_text()
        assert library.chunker == "made 1"
        assert read_copy(tmp_path) == library.database.manifest


def test_offsets_outside_the_text_are_refused(folder: Path) -> None:
    article = made_article(1)
    with Library.open(folder, writable=True, analyse=analyse) as library:
        for part in ("furniture", "headings"):
            for span in (Span(-1, 3), Span(0, len(article.text) + 1)):
                with pytest.raises(LibraryError, match="outside its text"):
                    library.put(replace(article, **{part: (span,)}), encode(article))
        assert library.check() == []


def test_articles_that_are_gone_without_a_trace_are_counted(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(repair, "BATCH_ARTICLES", 2)
    change(folder, "DELETE FROM articles WHERE rowid = 2")
    mended = check_folder(folder, True, analyse)
    assert [problem.what for problem in mended if not problem.repaired] == ["1 articles could not be read and are lost"]
    assert check_folder(folder, False, analyse) == []
    with Library.open(folder, analyse=analyse) as library:
        assert [article.title for article in library.articles()] == [f"Titel {number}" for number in (0, 2, 3, 4, 5)]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE lexical_data SET block = x'0102' WHERE id = 1",
        "INSERT INTO lexical_config VALUES ('automerge', 2)",
        "DELETE FROM lexical_docsize WHERE id = 3",
    ],
)
def test_a_changed_word_index_is_found_and_made_anew(folder: Path, statement: str) -> None:
    change(folder, statement)
    assert check_folder(folder, False, analyse)
    assert all(problem.repaired and not problem.dropped for problem in check_folder(folder, True, analyse))
    assert check_folder(folder, False, analyse) == []


def test_many_terms_are_compared_as_few(tmp_path: Path) -> None:
    article = made_article(1, " ".join(f"woord{number}x" for number in range(3000)) + ".")
    with Library.open(tmp_path, create=True, analyse=analyse) as library:
        library.bind(MadeFingerprint(), "made 1")
        library.put(article, encode(article))
        assert library.check() == []


def test_a_reader_of_a_read_only_place_needs_no_log(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As where no shared-memory file can be made beside the database; with a log waiting that would be wrong."""
    real = database._configure
    calls: list[int] = []

    def first_fails(connection: apsw.Connection) -> None:
        calls.append(1)
        if len(calls) == 1:
            raise apsw.CantOpenError("unable to open database file")
        real(connection)

    monkeypatch.setattr(database, "_configure", first_fails)
    with Library.open(folder, analyse=analyse) as library:
        assert library.counts().articles == 6
    assert len(calls) == 2
    calls.clear()
    (folder / "library.db-wal").write_bytes(b"waiting")
    with pytest.raises(LibraryUnwritable, match="cannot be opened"):
        Library.open(folder)
    assert len(calls) == 1


# ---- files ----


def test_a_file_is_replaced_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "file"
    files.write_atomically(path, b"een")
    real = os.write
    monkeypatch.setattr(os, "write", lambda descriptor, data: real(descriptor, bytes(data)[:3]))
    files.write_atomically(path, memoryview(b"tweede versie"))  # the system takes three bytes at a time
    assert path.read_bytes() == b"tweede versie"
    assert path.stat().st_mode & 0o777 == 0o600

    def full(descriptor: int, data: bytes) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(OSError, match="No space"):
        files.write_atomically(path, b"derde")
    assert path.read_bytes() == b"tweede versie"
    assert [one.name for one in tmp_path.iterdir()] == ["file"]


def open_files() -> set[int]:
    """The numbers below 1,024 that stand for an open file."""
    found = set()
    for descriptor in range(1024):
        with suppress(OSError):
            os.fstat(descriptor)
            found.add(descriptor)
    return found


def test_no_file_is_left_open(tmp_path: Path) -> None:
    before = open_files()
    with (tmp_path / "one").open("wb") as file:
        assert file.fileno() in open_files() - before  # so it can fail
    for number in range(20):
        files.write_atomically(tmp_path / "file", b"%d" % number)
        files.make_private_file(tmp_path / str(number))
        files.sync_folder(tmp_path)
    assert open_files() <= before


def test_folders_are_made_private_and_a_file_is_none(tmp_path: Path) -> None:
    old = os.umask(0)
    try:
        files.make_private_folder(tmp_path / "a" / "b")
        files.make_private_file(tmp_path / "a" / "b" / "c")
    finally:
        os.umask(old)
    assert [(tmp_path / name).stat().st_mode & 0o777 for name in ("a", "a/b", "a/b/c")] == [0o700, 0o700, 0o600]
    (tmp_path / "a" / "b" / "c").write_text("x")
    files.make_private_file(tmp_path / "a" / "b" / "c")
    assert (tmp_path / "a" / "b" / "c").read_text() == "x"
    with pytest.raises(NotADirectoryError, match="it is a file"):
        files.make_private_folder(tmp_path / "a" / "b" / "c")
    files.remove(tmp_path / "a" / "b" / "c")
    files.remove(tmp_path / "a" / "b" / "c")
    assert not (tmp_path / "a" / "b" / "c").exists()


def test_only_our_own_leftovers_are_cleared(tmp_path: Path) -> None:
    for name in (".bronvast-1.tmp", ".bronvast-2", "other.tmp", ".bronvast-3.tmp"):
        (tmp_path / name).touch()
    files.remove_temporary_files(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == [".bronvast-2", "other.tmp"]


def test_folders_that_cannot_be_opened_do_not_stop_a_new_library(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = files.sync_folder
    seen: list[Path] = []

    def not_above(folder: Path) -> None:
        seen.append(folder)
        if folder not in (tmp_path / "a", tmp_path):
            raise PermissionError(13, "Permission denied", str(folder))
        real(folder)

    monkeypatch.setattr(files, "sync_folder", not_above)
    Library.open(tmp_path / "a", create=True).close()
    assert seen[: 1 + len(tmp_path.parts)] == [tmp_path / "a", tmp_path, *tmp_path.parents]


def test_a_system_that_names_no_folders_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Windows:
        name = "nt"

    monkeypatch.setattr(files, "os", Windows)
    files.sync_folder(tmp_path / "not there")


def test_a_manifest_comes_back_from_its_rows() -> None:
    manifest = Manifest("ab12", "e5 1 16", "e5", 16, "sentences 1")
    assert Manifest.of_rows(manifest.rows()) == manifest
    assert Manifest.of_rows(Manifest("ab12").rows()) == Manifest("ab12")
    names = {Manifest.new().library for _ in range(20)}
    assert len(names) == 20
    assert {len(name) for name in names} == {32}
    for rows in (manifest.rows()[:-1], [*manifest.rows(), ("other", "x", schema.row_checksum("other", "x"))], []):
        with pytest.raises(LibraryDamaged):
            Manifest.of_rows(rows)


def circular(start: str) -> Callable[..., list[tuple[object, ...]]]:
    """Reads of one kind give their first rows again and again, as a page that names an earlier one as the next."""
    real = Database.rows

    def rows(self: Database, sql: str, values: Sequence[schema.Column] = ()) -> list[tuple[object, ...]]:
        again = sql.startswith(start) and "rowid >" in sql
        return real(self, sql, [0, *values[1:]] if again else values)

    return rows


@pytest.mark.parametrize("start", ["SELECT rowid, id", "SELECT rowid, vector"])
def test_damaged_pages_that_lead_in_a_circle_are_noticed(
    folder: Path, monkeypatch: pytest.MonkeyPatch, start: str
) -> None:
    (folder / "index.json").unlink()
    monkeypatch.setattr(Database, "rows", circular(start))
    with Library.open(folder, analyse=analyse) as library, pytest.raises(LibraryDamaged, match="order"):
        if start == "SELECT rowid, id":
            list(library.articles())
        else:
            library.search_dense(encode(made_article(3))[0].vector, 3)


def test_examining_damaged_pages_that_lead_in_a_circle_ends(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Database, "rows", circular("SELECT rowid FROM articles"))
    with Library.open(folder, analyse=analyse) as library:
        assert [item.rowid for item in examine(library.database, 16)] == [1, 2, 3, 4, 5, 6]
