"""Adding sources to a library, and keeping it in step with them.

What a library loses by a mistake cannot be asked any more, so `sync` removes only what surely was deleted. A
folder or disk that is not there, a page that the web no longer serves, an entry that a feed no longer shows
and a file that cannot be read at the moment all keep what was read of them before; the first and the last are
reported.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Sequence
from itertools import takewhile
from typing import TYPE_CHECKING

from qa.intake import Intake, Progress, is_below
from qa.readers import Found, WebAccess, discover, is_web_address, no_text, source_of
from qa.readers.readings import Readings
from qa.summary import Failure, SourceSummary, Summary
from qa.tally import Tally

if TYPE_CHECKING:
    from embeddings.encoders import Encoder
    from embeddings.store import Store

__all__ = ["Failure", "Progress", "SourceSummary", "Summary", "add", "none_there", "sync"]

EMPTIED_FOLDER = 20  # so many files do not all vanish by hand: then a disk is missing


def add(
    library: Store,
    encoder: Encoder,
    inputs: Sequence[str],
    *,
    progress: Progress | None = None,
    remember: bool = True,
    dry_run: bool = False,
    shard: tuple[int, int] = (1, 1),
    web: WebAccess | None = None,
) -> Summary:
    """Take in files, folders and web addresses; doing so again changes nothing.

    Args:
        remember: note the inputs, for `sync`.
        dry_run: read and count only; nothing is encoded or stored.
        shard: as `Intake.shard`; (1, 1) is everything.
        web: what may be fetched.

    Raises:
        LibraryError, EncoderError: of the library or the encoder as a whole, and what was stored until then
            stays;
            inputs that fail are in the summary.
    """
    with Readings.open(library) as readings:
        intake = Intake(library, encoder, progress, web or WebAccess(), readings, remember, dry_run, shard)
        found = list(discover(inputs))
        intake.take_all(found)
        for folder in _folders_without_files(inputs, found):
            intake.tally.fail(folder, str(no_text("the folder holds no file of a format that is read")), folder)
        return intake.tally.summary()


def none_there(inputs: Sequence[str]) -> Summary | None:
    """What `add` says of inputs of which none is there, for which no library need be made; None of any others."""
    absent = list(takewhile(lambda one: one.named and one.problem, discover(inputs)))
    if len(absent) < len(inputs):
        return None
    tally = Tally()
    for one in absent:
        tally.fail(one.source, one.problem)
    return tally.summary()


def sync(
    library: Store,
    encoder: Encoder,
    *,
    sources: Sequence[str] | None = None,
    changed: Collection[str] | None = None,
    progress: Progress | None = None,
    dry_run: bool = False,
    web: WebAccess | None = None,
) -> Summary:
    """Bring the library up to date with its remembered sources: add, update, remove what vanished from them.

    Args:
        sources: only these of the remembered sources.
        changed: only these files, and what lies in these folders; everything else is taken to be as it was.
        dry_run: read and count only.

    Raises:
        LibraryError, EncoderError: as `add`.
    """
    with Readings.open(library) as readings:
        intake = Intake(library, encoder, progress, web or WebAccess(), readings, dry_run=dry_run)
        present = []
        for source in library.sources() if sources is None else sources:
            held = intake.files_below(source)
            if is_web_address(source) or (os.path.lexists(source) and not _emptied(source, held)):
                present.append(source)
            elif held in ([], [source]) and os.path.isdir(os.path.dirname(source)):  # noqa: PTH112, PTH120
                intake.remove(intake.stored_of(source), source)  # a single file, deleted from a folder that is there
                if not dry_run:
                    library.forget_source(source)
            else:
                reason = f"empty or not there, as if its disk were missing; what {len(held)} files held is kept"
                intake.tally.fail(
                    source, f"{reason}; if it was deleted on purpose, run: bronvast remove {source}", source
                )
        found = list(discover(present))
        intake.take_all(found if changed is None else [one for one in found if _among(one.source, changed)])
        there = {one.source for one in found if not one.passed_over}
        unread = [one.source for one in found if one.problem and not one.passed_over]  # folders without permission
        for source in present:
            for file in _vanished(intake, source, there, unread):
                intake.remove(intake.stored_of(file), source)
        return intake.tally.summary()


def _among(file: str, changed: Collection[str]) -> bool:
    return file in changed or any(is_below(file, folder) for folder in changed)


def _emptied(folder: str, held: Sequence[str]) -> bool:
    """Whether a folder from which much was read has nothing in it at all."""
    if len(held) <= EMPTIED_FOLDER or not os.path.isdir(folder):  # noqa: PTH112
        return False
    with os.scandir(folder) as entries:
        return next(entries, None) is None


def _vanished(intake: Intake, source: str, there: Collection[str], unread: Sequence[str]) -> Iterator[str]:
    """The files of a source that was looked through of which the library has articles, and which are no longer
    there."""
    if is_web_address(source):
        return
    for file in intake.files_below(source):
        if file not in there and not any(is_below(file, folder) for folder in unread):
            yield file


def _folders_without_files(inputs: Sequence[str], found: Sequence[Found]) -> Iterator[str]:
    for name in filter(str.strip, dict.fromkeys(inputs)):
        source = name if is_web_address(name) else source_of(name)
        if os.path.isdir(source) and not any(one.origin == source and not one.passed_over for one in found):  # noqa: PTH112
            yield source
