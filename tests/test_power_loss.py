"""Crashes and power cuts between any two steps on the disk, from a record of all of them (see `disk.py`)."""

from __future__ import annotations

import ast
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from disk import CrashImage, Step, Tap, as_folder, crash_images
from figures import note
from made_articles import MadeFingerprint, analyse, encode, made_article

from embeddings import files, index
from embeddings.check import check_folder
from embeddings.errors import LibraryDamaged, LibraryError, LibraryMissing
from embeddings.library import Library
from embeddings.records import Article

SOURCE = Path(files.__file__).parent
Held = dict[str, str]  # source and fingerprint of each article


@dataclass(frozen=True)
class Recorded:
    """What a library did on the disk, and what it held after each thing that it reported as done."""

    folder: Path
    start: dict[str, bytes]
    steps: list[Step]
    held: list[Held]
    index_saved: list[bool]  # whether an index had been reported as saved
    repaired: bool = False


@pytest.fixture
def scratch() -> Iterator[Path]:
    """In memory where the system has that: thousands of small files are written and deleted."""
    with tempfile.TemporaryDirectory(dir="/dev/shm" if Path("/dev/shm").is_dir() else None) as name:
        yield Path(name)


def edited(number: int) -> Article:
    return replace(made_article(number), text=f"Nu staat er iets anders in {number}. En nog een zin.")


def use_a_library(root: Path, policy: Callable[[int, Step], bool | None] | None = None) -> Recorded:
    """Make a library in a folder that is not there yet; add, replace, remove, save its index."""
    held: list[Held] = [{}]
    saved = [False]
    tap = Tap(root, policy)

    def done(state: Held, index_saved: bool) -> None:
        held.append(dict(state))
        saved.append(index_saved)
        tap.done()

    folder = root / "new" / "library"
    now: Held = {}
    with tap:
        library = Library.open(folder, create=True, analyse=analyse)
        library.remember_source("/nieuws")
        done(now, False)
        library.bind(MadeFingerprint(), "made 1")
        done(now, False)
        for number in range(3):
            library.put(made_article(number), encode(made_article(number)))
            now[made_article(number).source] = made_article(number).fingerprint
            done(now, False)
        library.save_index()
        done(now, True)
        library.put(edited(1), encode(edited(1)))
        now[edited(1).source] = edited(1).fingerprint
        done(now, True)
        library.remove(made_article(0).id)
        del now[made_article(0).source]
        done(now, True)
        library.close()
        with Library.open(folder, writable=True, analyse=analyse) as library:
            library.put(made_article(9), encode(made_article(9)))
            now[made_article(9).source] = made_article(9).fingerprint
            done(now, True)
        done(now, True)
    return Recorded(folder, {}, tap.steps, held, saved)


def repair_a_library(root: Path, policy: Callable[[int, Step], bool | None] | None = None) -> Recorded:
    """Mend a library with a damaged derived table, while its log still holds what was added last."""
    folder = root / "library"
    now: Held = {}
    with Library.open(folder, create=True, analyse=analyse) as library:
        library.bind(MadeFingerprint(), "made 1")
        for number in range(4):
            library.put(made_article(number), encode(made_article(number)))
            now[made_article(number).source] = made_article(number).fingerprint
    library = Library.open(folder, writable=True, analyse=analyse)
    library.put(made_article(5), encode(made_article(5)))
    now[made_article(5).source] = made_article(5).fingerprint
    library.database.connection.execute("DELETE FROM clusters WHERE article = 2")
    folder = root / "damaged"
    folder.mkdir()
    for path in (root / "library").iterdir():
        if not path.name.endswith(("-shm", "lock")):
            (folder / path.name).write_bytes(path.read_bytes())
    library.close(save=False)
    start = {str(path): path.read_bytes() for path in folder.iterdir()}
    assert any(path.endswith("-wal") and content for path, content in start.items())
    tap = Tap(root, policy)
    with tap:
        assert all(problem.repaired for problem in check_folder(folder, True, analyse))
        tap.done()
    return Recorded(folder, start, tap.steps, [now, now], [True, True], repaired=True)


def expect(image: CrashImage, folder: Path, recorded: Recorded) -> None:
    """The common oracle: what a library that was opened after a power cut must be."""
    acknowledged = recorded.held[image.done]
    allowed = recorded.held[image.done : image.done + 2]
    if recorded.index_saved[image.done] and not recorded.repaired:
        manifest = index.read_manifest(folder)
        assert manifest is not None, f"{image.how}: the description of the index is lost"
        assert index.file_matches(folder, manifest), f"{image.how}: the index is lost"
    try:
        library = Library.open(folder, writable=True, analyse=analyse)
    except LibraryMissing:
        assert not any(recorded.held[: image.done + 1]) and image.done == 0, f"{image.how}: nothing is there"
        return
    except LibraryDamaged:  # a repair that was interrupted is begun again; everything else opens by itself
        assert recorded.repaired, image.how
        check_folder(folder, True, analyse)
        library = Library.open(folder, writable=True, analyse=analyse)
    with library:
        problems = library.check()
        if problems and recorded.repaired and image.done == 0:
            assert all(problem.repaired and not problem.dropped for problem in library.check(repair=True)), image.how
            problems = library.check()
        assert problems == [], image.how
        held = {article.source: article.fingerprint for article in library.articles()}
        assert held in allowed, f"{image.how}: {held.keys()} and not {acknowledged.keys()}"
        assert image.done == 0 or recorded.repaired or library.sources() == ["/nieuws"], image.how
        for source in held:
            article = library.find(source)[0]
            vector = encode(article)[0].vector
            assert library.load([library.search_dense(vector, 1)[0][0]])[0].article == article, image.how
        assert not list(folder.glob(".bronvast-*")), image.how


def look_at(recorded: Recorded, root: Path, seed: int, each: int, stride: int = 1, most: int = 10**9) -> int:
    looked = 0
    for image in crash_images(root, recorded.start, recorded.steps, seed, each, stride):
        with as_folder(image, root, root.with_name(root.name + "-image")) as folder:
            expect(image, folder / recorded.folder.relative_to(root), recorded)
        looked += 1
        if looked >= most:
            break
    return looked


@pytest.mark.parametrize("use", [use_a_library, repair_a_library])
def test_r2_a_power_cut_loses_nothing_reported(scratch: Path, use: Callable[[Path], Recorded]) -> None:
    recorded = use(scratch / "work")
    assert look_at(recorded, scratch / "work", seed=1, each=4, stride=7) >= 24


@pytest.mark.long
@pytest.mark.parametrize("use", [use_a_library, repair_a_library])
@pytest.mark.parametrize("seed", range(3))
def test_r2_a_power_cut_after_every_step_loses_nothing_reported(
    scratch: Path, use: Callable[[Path], Recorded], seed: int
) -> None:
    recorded = use(scratch / "work")
    looked = look_at(recorded, scratch / "work", seed=seed, each=7)
    note("r2", use=use.__name__, seed=seed, steps=len(recorded.steps), images=looked)
    assert looked >= 150


def test_r1_a_kill_at_every_write_loses_nothing_reported(scratch: Path) -> None:
    """The system keeps what was written when a process is killed, so that is the image with everything in it."""
    recorded = use_a_library(scratch / "work")
    boundaries = [number for number, step in enumerate(recorded.steps) if step.kind != "open"]
    looked = 0
    for image in crash_images(scratch / "work", {}, recorded.steps, seed=0, each=1, stride=5):
        with as_folder(image, scratch / "work", scratch / "image") as folder:
            expect(image, folder / "new" / "library", replace(recorded, index_saved=[False] * 99))
        looked += 1
    assert looked >= len(boundaries) // 6


@pytest.mark.long
def test_r1_a_kill_at_all_writes_loses_nothing_reported(scratch: Path) -> None:
    for use in (use_a_library, repair_a_library):
        recorded = use(scratch / use.__name__)
        looked = 0
        for image in crash_images(scratch / use.__name__, recorded.start, recorded.steps, seed=0, each=1):
            with as_folder(image, scratch / use.__name__, scratch / "image") as folder:
                place = folder / recorded.folder.relative_to(scratch / use.__name__)
                expect(image, place, replace(recorded, index_saved=[False] * 99))
            looked += 1
        note("r1 boundaries", use=use.__name__, boundaries=looked)


# ---- every sync and rename of ours is needed ----


def places() -> set[str]:
    """Every place in the storage code that syncs or renames, as the source says."""
    found = set()
    for path in sorted(SOURCE.glob("*.py")):
        if path.name in ("weights.py", "model_folders.py"):  # unpacked model weights can be unpacked again
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if (isinstance(node, ast.Call) and ast.unparse(node.func) in {
                "os.fsync", "os.replace", "os.rename", "new.replace", "sync_folder", "files.sync_folder",
                "files.sync_names", "files.replace",
            }) or (isinstance(node, ast.Call) and ast.unparse(node.func) == "replace" and path.name == "files.py"):  # fmt: skip
                found.add(f"{path.name}:{node.lineno}")
    return found


NEEDED = {"sync", "sync-folder", "rename"}


def without(place: str) -> Callable[[int, Step], bool]:
    """The program without what one place does."""
    return lambda _, step: not (step.kind in NEEDED and place in step.sites)


def found_out(place: str, scratch: Path) -> bool:
    """Whether any image shows that what one place does was left out."""
    for number, use in enumerate((use_a_library, repair_a_library)):
        work = scratch / f"{place.replace(':', '-')}-{number}"
        try:
            recorded = use(work, without(place))
            for seed in range(3):
                look_at(recorded, work, seed, each=7)
        except (AssertionError, LibraryError, OSError):
            return True
    return False


def test_r2_nothing_syncs_or_renames_outside_what_is_recorded(scratch: Path) -> None:
    recorded = {
        site
        for number, use in enumerate((use_a_library, repair_a_library))
        for step in use(scratch / str(number)).steps
        if step.kind in NEEDED
        for site in step.sites
    }
    assert places() <= recorded
    assert len(places()) >= 8


@pytest.mark.long
@pytest.mark.parametrize("place", sorted(places()))
def test_r2_every_sync_and_rename_is_needed(place: str, scratch: Path) -> None:
    assert found_out(place, scratch)
