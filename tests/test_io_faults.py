"""Every single step on the disk failing, once and for good (see `disk.py`): what was there stays, and it is said."""

from __future__ import annotations

import errno
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import apsw
import pytest
from disk import CrashImage, Step, Tap, as_folder, crash_images
from figures import note
from made_articles import MadeFingerprint, analyse, encode, fill, made_article
from test_power_loss import edited, repair_a_library, use_a_library

from embeddings import index
from embeddings.check import check_folder
from embeddings.errors import LibraryError
from embeddings.library import Library
from embeddings.records import Article
from qa.errors import ExitCode

ROOT = Path(__file__).parent.parent
NUMBERS = (errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EACCES, errno.EROFS)


def of_sqlite(step: Step, number: int) -> apsw.Error:
    """What SQLite's own layer makes of the system's answer (`os_unix.c`)."""
    if step.kind in ("open", "create"):
        return apsw.CantOpenError(os.strerror(number))
    if step.kind == "write" and number == errno.ENOSPC:
        return apsw.FullError(os.strerror(number))
    error = apsw.IOError(os.strerror(number))
    error.extendedresult = {
        "write": apsw.SQLITE_IOERR_WRITE,
        "truncate": apsw.SQLITE_IOERR_TRUNCATE,
        "sync": apsw.SQLITE_IOERR_FSYNC,
        "sync-name": apsw.SQLITE_IOERR_DIR_FSYNC,
        "sync-folder": apsw.SQLITE_IOERR_DIR_FSYNC,
        "delete": apsw.SQLITE_IOERR_DELETE,
        "read": apsw.SQLITE_IOERR_READ,
    }[step.kind]
    return error


def failing(at: int, number: int, for_good: bool) -> Callable[[int, Step], None]:
    """The disk refuses step number `at`, and where it is for good every step after it that writes."""

    def policy(count: int, step: Step) -> None:
        reads_only = step.kind in ("read", "open")
        if count == at or (for_good and count > at and not reads_only):
            raise OSError(number, os.strerror(number), step.path) if step.sites else of_sqlite(step, number)

    return policy


@dataclass
class Run:
    """What a run reported before it failed.

    Attributes:
        done: sources and fingerprints after the last change that was reported.
        next: the same with the change that was under way.
        error: what it failed with, None where it ended well.
    """

    done: dict[str, str]
    next: dict[str, str]
    error: LibraryError | None = None


def change_a_library(folder: Path) -> Run:
    """Add, replace and remove in a library that holds three articles, save its index and check it."""
    run = Run(*({made_article(number).source: made_article(number).fingerprint for number in range(3)} for _ in "dn"))

    def step(library: Library, article: Article, remove: bool = False) -> None:
        if remove:
            run.next.pop(article.source)
            library.remove(article.id)
        else:
            run.next[article.source] = article.fingerprint
            library.put(article, encode(article))
        run.done = dict(run.next)

    try:
        library = Library.open(folder, writable=True, analyse=analyse)
        try:
            library.bind(MadeFingerprint(), "made 1")
            step(library, made_article(7))
            step(library, edited(1))
            step(library, made_article(0), remove=True)
            library.save_index()
            step(library, made_article(8))
            library.remember_source("/nieuws")
            library.check()
        finally:
            library.close()
    except LibraryError as error:
        run.error = error
    return run


@pytest.fixture
def scratch() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(dir="/dev/shm" if Path("/dev/shm").is_dir() else None) as name:
        yield Path(name)


def copied(source: Path, target: Path) -> Path:
    target.mkdir()
    for path in source.iterdir():
        (target / path.name).write_bytes(path.read_bytes())
    return target


def expect(folder: Path, run: Run, how: str) -> None:
    """What must be there after a failure, without anything having been mended by hand."""
    manifest = index.read_manifest(folder)
    assert manifest is not None, f"{how}: the former index is gone"
    assert index.file_matches(folder, manifest), f"{how}: the former index is damaged"
    with Library.open(folder, writable=True, analyse=analyse) as library:
        assert library.check() == [], how
        held = {article.source: article.fingerprint for article in library.articles()}
        assert held in (run.done, run.next), how
        article = made_article(2)
        found = library.search_dense(encode(article)[0].vector, 1)
        assert library.load([found[0][0]])[0].article == article, how
        assert library.put(made_article(30), encode(made_article(30))) == "added"
    if run.error is not None:
        assert str(folder) in run.error.cause, how
        assert "\n" not in str(run.error), how
        assert run.error.remedy, how


def fail_everywhere(scratch: Path, stride: int, numbers: tuple[int, ...], reads: bool) -> tuple[int, int]:
    """Every step in so many, with every error, once and for good; gives the number of runs and of errors told."""
    fill(scratch / "original", 3)
    with Tap(scratch / "count", reads=reads) as tap:
        change_a_library(copied(scratch / "original", scratch / "count"))
    runs = errors = 0
    for at in range(0, len(tap.steps), stride):
        for number in numbers:
            for for_good in (False, True):
                folder = copied(scratch / "original", scratch / f"{at}-{number}-{for_good}")
                with Tap(folder, failing(at, number, for_good), reads=reads):
                    run = change_a_library(folder)
                expect(folder, run, f"step {at} {tap.steps[at].kind} {tap.steps[at].path}: {number}, {for_good}")
                errors += run.error is not None
                runs += 1
                for path in folder.iterdir():
                    path.unlink()
    return runs, errors


def test_r3_a_step_that_fails_loses_nothing(scratch: Path) -> None:
    runs, errors = fail_everywhere(scratch, 23, (errno.ENOSPC, errno.EIO), reads=False)
    assert runs >= 40
    assert errors >= runs // 2


def test_r3_a_full_disk_is_noticed_where_only_the_last_bytes_or_the_close_tell_it(scratch: Path) -> None:
    """Of what is small enough to wait in memory, the write may seem to have succeeded."""
    fill(scratch / "original", 3)
    kinds: list[str] = []

    def failing_at(place: int) -> Callable[[int, Step], None]:
        def policy(_: int, step: Step) -> None:
            if ".bronvast-" in step.path:
                kinds.append(step.kind)
                if len(kinds) == place:
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), step.path)

        return policy

    for place in range(1, 11):  # the index and its description
        kinds.clear()
        folder = copied(scratch / "original", scratch / str(place))
        with Tap(folder, failing_at(place)):
            run = change_a_library(folder)
        assert kinds[place - 1] == ("create", "write", "sync", "close", "rename")[(place - 1) % 5]
        assert run.error is not None
        assert "no room" in run.error.cause
        expect(folder, run, f"{kinds[place - 1]}, step {place} of the index")
        assert not list(folder.glob(".bronvast-*"))


def test_r3_the_program_says_in_one_line_that_the_disk_is_full(samples: Path, tmp_path: Path) -> None:
    folder = copied(samples / "library", tmp_path / "library")
    (tmp_path / "nieuw.txt").write_text("De kudde van Lienderveld telt 214 schapen. De herder heet Wobke Talsma.")
    command = [sys.executable, "-m", "qa.cli", "--library", str(folder), "add", str(tmp_path / "nieuw.txt")]
    full = subprocess.run(
        command, capture_output=True, text=True, cwd=ROOT, timeout=120,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096)),
    )  # fmt: skip
    assert full.returncode == ExitCode.LIBRARY
    (line,) = full.stderr.splitlines()
    assert str(folder) in line and "Traceback" not in full.stdout
    with Library.open(folder) as library:
        assert library.check() == []
        assert library.find(str(tmp_path / "nieuw.txt")) == []
    assert subprocess.run(command, capture_output=True, cwd=ROOT, timeout=120).returncode == 0


@pytest.mark.long
@pytest.mark.parametrize("number", NUMBERS)
def test_r3_every_step_that_fails_loses_nothing(scratch: Path, number: int) -> None:
    runs, errors = fail_everywhere(scratch, 1, (number,), reads=True)
    note("r3", error=errno.errorcode[number], runs=runs, told=errors)
    assert errors >= runs // 4


# ---- a failure while a crash is made good ----


def recover(folder: Path, damaged: bool) -> LibraryError | None:
    try:
        if damaged:
            check_folder(folder, True, analyse)
        Library.open(folder, create=True, analyse=analyse).close()
    except LibraryError as error:
        return error
    return None


def fail_while_recovering(scratch: Path, stride: int, most: int) -> int:
    tried = 0
    for use in (use_a_library, repair_a_library):
        work = scratch / use.__name__
        recorded = use(work)
        images: list[CrashImage] = list(
            crash_images(work, recorded.start, recorded.steps, seed=4, each=3, stride=stride)
        )
        for image in images[:: max(1, len(images) * 2 // most)]:
            at = 0
            while True:
                with as_folder(image, work, scratch / "image") as root:
                    folder = root / recorded.folder.relative_to(work)
                    with Tap(root, failing(at, NUMBERS[at % 5], for_good=False), reads=True) as tap:
                        recover(folder, recorded.repaired)
                    with suppress(LibraryError):
                        check_folder(folder, True, analyse)
                    with Library.open(folder, create=True, analyse=analyse) as library:
                        assert library.check() == [], image.how
                        held = {article.source: article.fingerprint for article in library.articles()}
                        assert held in recorded.held[image.done : image.done + 2], image.how
                tried += 1
                if at > tap.taken:
                    break
                at += 1 + at // 4
    return tried


def test_r4_a_failure_while_a_crash_is_made_good(scratch: Path) -> None:
    assert fail_while_recovering(scratch, stride=40, most=4) >= 50


@pytest.mark.long
def test_r4_many_failures_while_crashes_are_made_good(scratch: Path) -> None:
    tried = fail_while_recovering(scratch, stride=7, most=120)
    note("r4", tried=tried)
    assert tried >= 500
