"""Writing the database anew from what is whole in it.

One means for every kind of damage: a new file is filled, article by article, through the same code that
added them, and takes the old one's place only when it is complete and synced. A crash before that leaves all
as it was.
"""

from __future__ import annotations

import contextlib
from dataclasses import replace
from pathlib import Path

import apsw

from embeddings import files, schema
from embeddings.changes import Analyse, create_tables, insert, read_state, write_state
from embeddings.database import close, open_for_writing
from embeddings.errors import LibraryDamaged, LibraryLocked
from embeddings.examination import UNREADABLE, examine, guarded_rows
from embeddings.index import read_manifest
from embeddings.manifest import Manifest
from embeddings.store import Problem
from embeddings.transactions import DATABASE_NAME, Database

BATCH_ARTICLES = 200


def rewrite(database: Database, problems: list[Problem], analyse: Analyse) -> list[Problem]:
    """Put a database of the whole articles in the damaged one's place.

    Returns:
        The problems, each marked as repaired, also as dropped where an article had to be left out for it; and
        one more where articles are missing without a trace.

    Raises:
        LibraryDamaged: not even the manifest can be read, so that nobody knows whose vectors these are.
        LibraryLocked: somebody is reading, and the file cannot be replaced under them.
    """
    if not database.manifest.encoder:
        database.manifest = _empty_manifest(database)
    folder = database.folder
    path = folder / DATABASE_NAME
    new = folder / f"{files.TEMPORARY_PREFIX}{DATABASE_NAME}{files.TEMPORARY_SUFFIX}"
    files.remove_temporary_files(folder)
    files.make_private_file(new)
    try:
        dropped, lost = _copy(database, new, analyse)
        _replace(database, new, path)
    finally:
        with contextlib.suppress(OSError):
            files.remove(new)
    mended = [replace(problem, repaired=True, dropped=problem.where in dropped) for problem in problems]
    if lost > 0:
        mended.append(Problem(f"{lost} articles could not be read and are lost", str(path)))
    return mended


def _empty_manifest(database: Database) -> Manifest:
    counted, _ = guarded_rows(database, "SELECT count(*) FROM articles NOT INDEXED")
    if counted == [(0,)]:
        return Manifest.new()
    raise LibraryDamaged(
        f"the manifest of the library in {database.folder} and its copy are damaged; they say what its vectors mean",
        "restore the folder from a copy, or remove it and add the articles again",
    )


def _copy(database: Database, new: Path, analyse: Analyse) -> tuple[set[str], int]:
    """Fill a new database; gives the sources of the articles left out, and how many are missing besides."""
    target = open_for_writing(new, log=False)
    try:
        target.execute("BEGIN IMMEDIATE")
        create_tables(target)
        target.executemany("INSERT INTO manifest VALUES (?, ?, ?)", database.manifest.rows())
        sources, _ = guarded_rows(database, "SELECT source, checksum FROM sources")
        target.executemany(
            "INSERT INTO sources VALUES (?, ?)",
            [row for row in sources if schema.row_checksum(row[0]) == row[1]],
        )
        state = replace(read_state(target), generation=_generation(database) + 1)
        dropped: set[str] = set()
        seen = 0
        for seen, item in enumerate(examine(database, database.manifest.dimension), 1):
            if item.article is None:
                dropped.add(item.source or str(database.folder / DATABASE_NAME))
            else:
                state = insert(target, state, item.article, item.encoded, analyse)
            if seen % BATCH_ARTICLES == 0:
                write_state(target, state)
                target.execute("COMMIT")
                target.execute("BEGIN IMMEDIATE")
        # an index or a cached list of the former numbering must never be taken for one of this
        write_state(target, replace(state, removals_since=state.generation))
        target.execute("COMMIT")
        return dropped, _articles(database) - seen
    finally:
        close(target)


def _generation(database: Database) -> int:
    """At least as high as any that a reader or an index may have seen."""
    rows, _ = guarded_rows(database, "SELECT generation FROM state")
    manifest = read_manifest(database.folder)
    return max([0, *(row[0] for row in rows if isinstance(row[0], int)), manifest.generation if manifest else 0])


def _articles(database: Database) -> int:
    try:
        return read_state(database.connection).articles
    except UNREADABLE:
        return 0


def _replace(database: Database, new: Path, path: Path) -> None:
    """Swap the files while nobody reads: a log left beside the new file would be taken for its own."""
    with contextlib.suppress(apsw.CorruptError):
        if any(busy for busy, _, _ in database.rows("PRAGMA wal_checkpoint(TRUNCATE)")):
            raise LibraryLocked(f"somebody is reading the library in {path.parent}", "close it there and repair again")
    close(database.connection)
    for suffix in ("-wal", "-shm"):
        files.remove(path.with_name(path.name + suffix))
    files.sync_folder(path.parent)  # or a power cut could bring the old log back beside the new file
    files.replace(new, path)
    database.connection = open_for_writing(path)
    with database.snapshot():
        database.manifest = database.read_manifest()
