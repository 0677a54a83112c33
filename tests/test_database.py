"""The SQLite file: whatever goes wrong there is an error of the library, and what was written stays."""

from __future__ import annotations

import errno
import os
import resource
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import apsw
import pytest
from made_articles import analyse, encode, fill, made_article, open_new

from embeddings.database import mapped_errors
from embeddings.errors import LibraryError, LibraryMissing, LibraryUnwritable
from embeddings.library import Library


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
        (errno.ENOTDIR, LibraryUnwritable),
    ],
)
def test_no_error_of_the_system_leaks(tmp_path: Path, number: int, expected: type[Exception]) -> None:
    with pytest.raises(expected) as caught, mapped_errors(tmp_path):
        raise OSError(number, os.strerror(number), str(tmp_path / "library.db"))
    assert str(tmp_path / "library.db") in str(caught.value)


def test_r15_wal_only_where_sqlite_is_safe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apsw, "sqlite_lib_version", lambda: "3.51.2")
    with open_new(tmp_path) as library:
        assert library.database.connection.pragma("journal_mode") == "delete"
        assert library.database.connection.pragma("synchronous") == 2
    monkeypatch.undo()
    with Library.open(tmp_path, writable=True) as library:
        assert library.database.connection.pragma("journal_mode") == "wal"
        assert library.database.connection.pragma("synchronous") == 2
