"""How records lie in the SQLite database: tables, checksums, and the way to columns and back.

Every row carries a checksum over all its other columns, so that a bit that flips anywhere in stored text,
offsets or vectors is noticed when the row is read. What has no such column (the word index, indexes on
columns) can be derived from the rows that have one, and `check` compares it with them.
"""

from __future__ import annotations

import hashlib
import struct
import unicodedata
import zlib
from types import UnionType
from typing import Any, Final, TypeAlias

from embeddings.errors import LibraryDamaged
from embeddings.packing import pack_sentences, pack_spans, pack_vector, unpack_sentences, unpack_spans, unpack_vectors
from embeddings.records import (
    Article,
    Filters,
    Passage,
    PublicationDate,
    Vector,
)

FORMAT: Final = 1  # raised whenever an older program could no longer read what a newer one writes
APPLICATION_ID: Final = 0x42765374

Column: TypeAlias = str | bytes | int | float | None

TABLES: Final = (
    """CREATE TABLE manifest(
        name TEXT PRIMARY KEY, value TEXT NOT NULL, checksum BLOB NOT NULL
    ) WITHOUT ROWID""",
    """CREATE TABLE state(
        one INTEGER PRIMARY KEY CHECK (one = 1), generation INTEGER NOT NULL, next_article INTEGER NOT NULL,
        next_passage INTEGER NOT NULL, articles INTEGER NOT NULL, passages INTEGER NOT NULL,
        sentences INTEGER NOT NULL, removals_since INTEGER NOT NULL, checksum BLOB NOT NULL
    )""",
    """CREATE TABLE articles(
        rowid INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, source NOT NULL, search_key TEXT NOT NULL,
        title TEXT NOT NULL, published TEXT, published_origin TEXT, first_day INTEGER, last_day INTEGER,
        publisher TEXT NOT NULL, author TEXT NOT NULL, section TEXT NOT NULL, url TEXT NOT NULL,
        language TEXT NOT NULL, external_id TEXT NOT NULL, furniture BLOB NOT NULL, headings BLOB NOT NULL,
        sha256 TEXT NOT NULL, fingerprint TEXT NOT NULL, first_passage INTEGER NOT NULL,
        passage_count INTEGER NOT NULL, checksum BLOB NOT NULL, text TEXT NOT NULL
    )""",
    "CREATE INDEX articles_by_source ON articles(source, id)",
    "CREATE INDEX articles_by_external_id ON articles(external_id) WHERE external_id <> ''",
    "CREATE INDEX articles_by_day ON articles(last_day, first_day, first_passage, passage_count)",
    "CREATE INDEX articles_by_first_day ON articles(first_day)",
    # holds all that a filter asks for, so that no row with its text has to be read
    "CREATE INDEX articles_by_key ON articles(search_key, last_day, first_day, first_passage, passage_count)",
    "CREATE INDEX articles_by_publisher ON articles(publisher)",
    "CREATE INDEX articles_by_language ON articles(language)",
    """CREATE TABLE passages(
        rowid INTEGER PRIMARY KEY, article INTEGER NOT NULL, number INTEGER NOT NULL, sentences BLOB NOT NULL,
        context TEXT NOT NULL, terms BLOB NOT NULL, vector BLOB NOT NULL, checksum BLOB NOT NULL
    )""",
    "CREATE TABLE sentence_vectors(passage INTEGER PRIMARY KEY, codes BLOB NOT NULL, checksum BLOB NOT NULL)",
    """CREATE TABLE terms(
        id INTEGER PRIMARY KEY, term TEXT NOT NULL UNIQUE, documents INTEGER NOT NULL, checksum INTEGER NOT
        NULL
    )""",
    "CREATE VIRTUAL TABLE lexical USING fts5(terms, content='', tokenize='ascii')",
    "CREATE TABLE shingles(hash INTEGER, article INTEGER, PRIMARY KEY(hash, article)) WITHOUT ROWID",
    "CREATE TABLE clusters(article INTEGER PRIMARY KEY, cluster INTEGER NOT NULL, checksum INTEGER NOT NULL)",
    "CREATE INDEX clusters_by_number ON clusters(cluster)",
    "CREATE TABLE sources(source PRIMARY KEY, checksum BLOB NOT NULL) WITHOUT ROWID",
    """CREATE TABLE removed_passages(
        first INTEGER PRIMARY KEY, count INTEGER NOT NULL, checksum INTEGER NOT NULL
    )""",
)

ARTICLE_COLUMNS: Final = (
    "rowid, id, source, search_key, title, published, published_origin, first_day, last_day, publisher, "
    "author, section, url, language, external_id, furniture, headings, sha256, fingerprint, first_passage, "
    "passage_count, checksum, text"
)
PASSAGE_COLUMNS: Final = "rowid, article, number, sentences, context, terms, vector, checksum"
STATE_COLUMNS: Final = "generation, next_article, next_passage, articles, passages, sentences, removals_since, checksum"


# ---- checksums ----


def row_checksum(*columns: Column) -> bytes:
    """Eight bytes that depend on every column, its type and its length."""
    digest = hashlib.blake2b(digest_size=8)
    for column in columns:
        if column is None:
            digest.update(b"n")
            continue
        if isinstance(column, str):
            kind, data = b"s", column.encode("utf-8", "surrogatepass")
        elif isinstance(column, bytes):
            kind, data = b"b", column
        elif isinstance(column, int):
            kind, data = b"i", b"%d" % column
        else:
            kind, data = b"f", struct.pack("<d", column)
        digest.update(kind + len(data).to_bytes(8, "little"))
        digest.update(data)
    return digest.digest()


def small_checksum(*columns: str | int) -> int:
    """As `row_checksum`, for the many short rows: 32 bits."""
    return zlib.crc32("\0".join(map(repr, columns)).encode("utf-8", "surrogatepass"))


def damaged(what: str) -> LibraryDamaged:
    return LibraryDamaged(f"{what} does not match its checksum", "run `bronvast check --repair`")


def typed(rows: list[tuple[Any, ...]], *kinds: type | UnionType) -> list[tuple[Any, ...]]:
    """Rows read without their checksum, once it is sure that a damaged file has put nothing else in their columns.

    Raises:
        LibraryDamaged: a column holds another type.
    """
    if not all(isinstance(value, kind) for row in rows for value, kind in zip(row, kinds, strict=True)):
        raise damaged("a stored row")
    return rows


# ---- columns ----


def to_column(text: str) -> str | bytes:
    """Text as SQLite can hold it: a file name that is not valid Unicode becomes bytes."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogatepass")
    return text


def from_column(column: str | bytes) -> str:
    return column.decode("utf-8", "surrogatepass") if isinstance(column, bytes) else column


def fold(text: str) -> str:
    """For comparing names and paths without regard to case or to how accents are composed."""
    return unicodedata.normalize("NFC", text).casefold().encode("utf-8", "replace").decode("utf-8")


def search_key(article: Article) -> str:
    """What the `sources` filter looks in."""
    return fold("\n".join((article.publisher, article.source, article.url)))


# ---- rows ----


def article_row(article: Article, rowid: int, first_passage: int, passage_count: int) -> tuple[Column, ...]:
    """The columns of `ARTICLE_COLUMNS`."""
    date = article.published
    row: tuple[Column, ...] = (
        rowid,
        article.id,
        to_column(article.source),
        search_key(article),
        article.title,
        date.iso if date else None,
        _origin_column(date) if date else None,
        date.first_day.toordinal() if date else None,
        date.last_day.toordinal() if date else None,
        article.publisher,
        article.author,
        article.section,
        article.url,
        article.language,
        article.external_id,
        pack_spans(article.furniture),
        pack_spans(article.headings),
        article.sha256,
        article.fingerprint,
        first_passage,
        passage_count,
    )
    return (*row, row_checksum(*row, article.text), article.text)


def article_of(row: tuple[Any, ...]) -> Article:
    """The article of a row of `ARTICLE_COLUMNS`.

    Raises:
        LibraryDamaged: the row does not match its checksum.
    """
    *columns, checksum, text = row
    if row_checksum(*columns, text) != checksum:
        raise damaged(f"the stored article {row[1]} ({row[2]!r})")
    (
        _,
        _,
        source,
        _,
        title,
        published,
        origin,
        _,
        _,
        publisher,
        author,
        section,
        url,
        language,
        external_id,
    ) = columns[:15]
    return Article(
        text=text,
        source=from_column(source),
        title=title,
        published=_published(published, origin) if published is not None else None,
        publisher=publisher,
        author=author,
        section=section,
        url=url,
        language=language,
        external_id=external_id,
        furniture=unpack_spans(columns[15]),
        headings=unpack_spans(columns[16]),
    )


def _origin_column(date: PublicationDate) -> str:
    """Where a date was found and, behind a tab, its time: no column of its own, so that programs from before there
    were times read these rows, and these programs theirs."""
    return f"{date.origin}\t{date.time}" if date.time or "\t" in date.origin else date.origin


def _published(iso: str, origin_column: str) -> PublicationDate:
    origin, tab, time = origin_column.rpartition("\t")
    return PublicationDate(iso, origin if tab else origin_column, time if tab else "")


def passage_row(passage: Passage, rowid: int, article_rowid: int, terms: bytes, vector: Vector) -> tuple[Column, ...]:
    """The columns of `PASSAGE_COLUMNS`."""
    row: tuple[Column, ...] = (
        rowid,
        article_rowid,
        passage.number,
        pack_sentences(passage.sentences),
        passage.context,
        terms,
        pack_vector(vector),
    )
    return (*row, row_checksum(*row))


def passage_of(row: tuple[Any, ...], article_id: str, dimension: int) -> tuple[Passage, Vector]:
    """The passage of a row of `PASSAGE_COLUMNS`, and its vector.

    Raises:
        LibraryDamaged: the row does not match its checksum.
    """
    if row_checksum(*row[:-1]) != row[-1]:
        raise damaged(f"stored passage {row[2]} of article {article_id}")
    passage = Passage(article_id, row[2], unpack_sentences(row[3]), row[4])
    return passage, unpack_vectors(row[6], dimension)[0]


def filter_clause(filters: Filters) -> tuple[str, list[Column]]:
    """An SQL condition on `articles` and its values; articles without a date fail any condition on dates."""
    conditions: list[str] = []
    values: list[Column] = []
    if filters.since is not None:
        conditions.append("last_day >= ?")
        values.append(filters.since.toordinal())
    if filters.until is not None:
        conditions.append("first_day <= ?")
        values.append(filters.until.toordinal())
    if filters.as_of is not None:
        conditions.append("last_day <= ?")
        values.append(filters.as_of.toordinal())
    if filters.sources:
        conditions.append("(" + " OR ".join("instr(search_key, ?)" for _ in filters.sources) + ")")
        values.extend(fold(source) for source in filters.sources)
    return " AND ".join(conditions) or "1", values
