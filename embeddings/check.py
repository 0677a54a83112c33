"""Is everything that is stored still what was written? And if not: what can be saved?

Text, offsets and vectors carry checksums. The word index, the counts, the shingles and the columns that
searches sort by are compared with what they were derived from. The FAISS index has a hash in its manifest.

Repair knows three means: the FAISS index is built anew from the stored vectors; the manifest and its copy are
written from one another; and the database is written anew from the articles that are whole, which leaves out the
others and names their sources, to be read again.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy
from numpy.typing import NDArray

from embeddings import duplicates, lexical, schema
from embeddings import index as indexes
from embeddings import manifest as manifests
from embeddings.changes import Analyse, read_state
from embeddings.database import REPAIR, mapped_errors
from embeddings.dense import DenseSearch
from embeddings.errors import LibraryDamaged, LibraryUnwritable
from embeddings.examination import UNREADABLE, Examined, examine, guarded_rows
from embeddings.packing import pack_numbers, unpack_terms
from embeddings.repair import rewrite
from embeddings.store import Problem
from embeddings.transactions import DATABASE_NAME, Database

# a number for each posting, summed over each term's: so the whole word index is compared inside SQLite
_POSTING_SQL: Final = "(doc * 1000003 + offset) * (doc % 8191 + offset % 127 + 1) % 2147483647"


def _posting(passage: int, offsets: NDArray[numpy.int64]) -> NDArray[numpy.int64]:
    return (passage * 1000003 + offsets) * (passage % 8191 + offsets % 127 + 1) % 2147483647


def check_folder(folder: Path | str, repair: bool, analyse: Analyse) -> list[Problem]:
    """As `check`, for a library that may be too damaged for `Library.open`.

    Raises:
        LibraryMissing, LibraryLocked, LibraryFormat, LibraryUnwritable.
        LibraryDamaged: the file is no database, or not even a part of it can be read.
    """
    try:
        database = Database.open(Path(folder), writable=repair, create=False, wait_seconds=0.0, damaged=True)
        try:
            return check(database, repair, analyse)
        finally:
            with mapped_errors(Path(folder)):
                database.close()
    except LibraryDamaged as error:
        if error.remedy != REPAIR:
            raise
        # Whoever is here has followed that advice, or would in vain.
        remedy = "restore library.db from a copy, or remove that file and add the articles again"
        raise LibraryDamaged(error.cause, remedy) from error


def check(database: Database, repair: bool, analyse: Analyse) -> list[Problem]:
    """All problems of an open library; an empty list means that everything matches."""
    if repair and not database.writable:
        raise LibraryUnwritable("the library was opened for reading only", "open it for writing")
    with mapped_errors(database.folder):
        try:
            database.manifest = database.read_manifest()
        except UNREADABLE:  # reported among the problems
            database.manifest = manifests.read_copy(database.folder) or database.manifest
        database.connection.execute("BEGIN")
        try:
            problems = list(_problems(database))
        finally:
            if database.connection.in_transaction:
                database.connection.execute("ROLLBACK")
        beside = [*_copy_problems(database), *_index_problems(database)]
        if not repair:
            return problems + beside
        if problems:
            problems = rewrite(database, problems, analyse)
        if problems or beside:
            database.manifest.keep_copy(database.folder)
            DenseSearch(database).save(anew=True)
        return problems + [replace(problem, repaired=True) for problem in beside]


def _problems(database: Database) -> Iterator[Problem]:
    """Everything that is wrong with the database."""
    path = str(database.folder / DATABASE_NAME)
    lines, failure = guarded_rows(database, "PRAGMA integrity_check(10)")
    for what in [failure] if failure else [line for (line,) in lines if line != "ok"]:
        yield Problem(f"SQLite finds the file damaged ({what})", path)
    expected = Expected()
    for item in examine(database, database.manifest.dimension):
        if item.problem:
            yield Problem(item.problem, item.source or path)
        else:
            expected.add(item)
    for compare in (_settings, _totals, _sources, _terms, _postings, _shingles, _clusters, _removals):
        try:
            found = compare(database, expected)
        except UNREADABLE as error:
            found = str(getattr(error, "cause", error)).rstrip(".")
        if found:
            yield Problem(found, path)


class Expected:
    """What the whole articles say must be in the tables that are derived from them."""

    def __init__(self) -> None:
        self.articles: list[int] = []
        self.ranges: list[tuple[int, int]] = []
        self.sentences = 0
        self.sketches: list[tuple[int, list[int]]] = []
        self.lengths: list[tuple[int, int]] = []
        self.documents: NDArray[numpy.int64] = numpy.zeros(1024, numpy.int64)
        self.postings: NDArray[numpy.int64] = numpy.zeros(1024, numpy.int64)

    def add(self, item: Examined) -> None:
        assert item.article is not None  # for the type checker: only items without a problem get here
        self.articles.append(item.rowid)
        self.ranges.append((item.first_passage, len(item.encoded)))
        self.sentences += sum(len(encoded.passage.sentences) for encoded in item.encoded)
        self.sketches.append((item.rowid, duplicates.sketch(duplicates.shingles(item.article))))
        for number, packed in enumerate(item.terms, item.first_passage):
            terms = unpack_terms(packed).astype(numpy.int64)
            self.lengths.append((number, len(terms)))
            if len(terms):
                self._make_room(int(terms[-1]) + 1)
                self.documents[numpy.unique(terms)] += 1
                offsets = numpy.arange(len(terms))
                numpy.add.at(self.postings, terms, _posting(number, offsets))

    def _make_room(self, size: int) -> None:
        if size > len(self.documents):
            grown = max(size, 2 * len(self.documents)) - len(self.documents)
            self.documents = numpy.pad(self.documents, (0, grown))
            self.postings = numpy.pad(self.postings, (0, grown))


def _settings(database: Database, expected: Expected) -> str:
    stored = {sql for (sql,) in database.rows("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL")}
    numbers = (database.connection.pragma("application_id"), database.connection.pragma("user_version"))
    if not stored.issuperset(schema.TABLES) or len(stored) != len(schema.TABLES) + lexical.SHADOW_TABLES:
        return "tables are missing or changed"
    if numbers != (schema.APPLICATION_ID, schema.FORMAT):
        return "the file's header is changed"
    database.read_manifest()  # raises where it does not match
    return ""


def _totals(database: Database, expected: Expected) -> str:
    state = read_state(database.connection)
    passages = sum(count for _, count in expected.ranges)
    last = max((first + count for first, count in expected.ranges), default=1)
    counted = database.rows(
        "SELECT (SELECT count(*) FROM articles NOT INDEXED), (SELECT count(*) FROM passages), "
        "(SELECT count(*) FROM sentence_vectors)"
    )
    if (
        counted != [(len(expected.articles), passages, passages)]
        or (state.articles, state.passages, state.sentences) != (len(expected.articles), passages, expected.sentences)
        or state.next_article <= max(expected.articles, default=0)
        or state.next_passage < last
    ):
        return "the library's totals do not match its articles"
    return ""


def _sources(database: Database, expected: Expected) -> str:
    rows = database.rows("SELECT source, checksum FROM sources")
    damaged = any(schema.row_checksum(source) != checksum for source, checksum in rows)
    return "a remembered source does not match its checksum" if damaged else ""


def _terms(database: Database, expected: Expected) -> str:
    known = numpy.zeros(len(expected.documents), bool)
    for number, term, documents, checksum in database.connection.execute("SELECT * FROM terms NOT INDEXED"):
        inside = 0 <= number < len(known)
        if not inside or expected.documents[number] != documents or schema.small_checksum(term) != checksum:
            return "the table of terms does not match the passages"
        known[number] = True
    return "" if (known == (expected.documents > 0)).all() else "terms of passages are missing"


def _postings(database: Database, expected: Expected) -> str:
    connection = database.connection
    wrong = "the word index does not match the passages"
    sizes = database.rows("SELECT id, sz FROM lexical_docsize ORDER BY id")
    if sizes != [(number, pack_numbers([length])) for number, length in sorted(expected.lengths)]:
        return wrong
    total = sum(length for _, length in expected.lengths)
    averages = database.rows("SELECT block FROM lexical_data WHERE id = 1")
    if expected.lengths and averages != [(pack_numbers([len(expected.lengths), total]),)]:
        return wrong
    if dict(database.rows("SELECT k, v FROM lexical_config")).keys() != {"version", "secure-delete"}:
        return wrong
    connection.execute("CREATE VIRTUAL TABLE IF NOT EXISTS temp.postings USING fts5vocab(main, lexical, instance)")
    seen = 0
    for term, count in connection.execute(f"SELECT term, sum({_POSTING_SQL}) FROM temp.postings GROUP BY term"):
        number = int(term)
        if not 0 <= number < len(expected.postings) or expected.postings[number] != count:
            return wrong
        seen += 1
    return "" if seen == int((expected.documents > 0).sum()) else wrong


def _shingles(database: Database, expected: Expected) -> str:
    wrong = "the table of near-duplicates does not match the articles"
    if database.rows("SELECT count(*) FROM shingles") != [(sum(len(row) for _, row in expected.sketches),)]:
        return wrong
    for article, hashes in expected.sketches:
        found = database.rows(
            "SELECT count(*) FROM shingles WHERE article = ? AND hash IN (SELECT value FROM json_each(?))",
            [article, json.dumps(hashes)],
        )
        if found != [(len(hashes),)]:
            return wrong
    return ""


def _clusters(database: Database, expected: Expected) -> str:
    rows = database.rows("SELECT article, cluster, checksum FROM clusters NOT INDEXED ORDER BY article")
    damaged = any(schema.small_checksum(article, cluster) != checksum for article, cluster, checksum in rows)
    if damaged or [article for article, _, _ in rows] != sorted(expected.articles):
        return "the clusters of near-duplicates do not match the articles"
    return ""


def _removals(database: Database, expected: Expected) -> str:
    rows = database.rows("SELECT first, count, checksum FROM removed_passages")
    damaged = any(schema.small_checksum(first, count) != checksum for first, count, checksum in rows)
    return "the list of removed passages does not match its checksums" if damaged else ""


def _copy_problems(database: Database) -> Iterator[Problem]:
    """A missing copy is no problem: it is written when the library is next changed."""
    path = database.folder / manifests.COPY_NAME
    if path.exists() and not database.manifest.copy_matches(database.folder):
        yield Problem("the copy of the manifest is damaged", str(path))


def _index_problems(database: Database) -> Iterator[Problem]:
    """A missing index is no problem: it is built when it is needed."""
    path = database.folder / indexes.MANIFEST_NAME
    manifest = indexes.read_manifest(database.folder)
    if manifest is None:
        if path.exists():
            yield Problem("the description of the FAISS index is damaged", str(path))
    elif not indexes.file_matches(database.folder, manifest):
        yield Problem("the FAISS index is damaged or missing", str(database.folder / manifest.file))
