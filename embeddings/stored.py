"""Reading what is stored: articles and passages as records, each row compared with its checksum.

Every function reads inside a snapshot of its own or of its caller.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from embeddings import schema
from embeddings.packing import unpack_sentence_vectors
from embeddings.records import Article, Filters
from embeddings.store import Counts, StoredPassage
from embeddings.transactions import Database

BLOCK_ARTICLES = 100


def sources(database: Database) -> list[str]:
    """As `Library.sources`."""
    with database.snapshot():
        rows = database.rows("SELECT source, checksum FROM sources")
    for source, checksum in rows:
        if schema.row_checksum(source) != checksum:
            raise schema.damaged(f"the remembered source {source!r}")
    return sorted(schema.from_column(source) for source, _ in rows)


# ---- articles ----


def articles_where(database: Database, condition: str, values: Sequence[schema.Column]) -> list[Article]:
    """The articles that an SQL condition on `articles` holds for, in the order in which they were added."""
    sql = f"SELECT {schema.ARTICLE_COLUMNS} FROM articles WHERE {condition} ORDER BY rowid"
    with database.snapshot():
        return [schema.article_of(row) for row in database.rows(sql, values)]


def find(database: Database, wanted: str) -> list[Article]:
    """As `Library.find`."""
    path = str(Path(wanted).absolute())
    column = schema.to_column(wanted)
    tries: list[tuple[str, list[schema.Column]]] = [
        ("id = ?", [column]),
        ("source = ?", [column]),
        ("source = ?", [schema.to_column(path)]),
    ]
    # a slip of the hand, such as an empty name or a lone slash, must not name everything
    for place in (wanted.rstrip("/"), path) if wanted.strip("/.") else ():
        for mark in "#/":  # records of a container, files in a folder
            low, high = schema.to_column(place + mark), schema.to_column(place + chr(ord(mark) + 1))
            tries.append(("source >= ? AND source < ?", [low, high]))
    tries.append(("external_id = ? AND external_id <> ''", [column]))
    if 4 <= len(wanted) <= 12 and set(wanted.lower()) <= set("0123456789abcdef"):
        tries.append(("id >= ? AND id < ?", [wanted.lower(), wanted.lower() + "g"]))
    with database.snapshot():
        for condition, values in tries:
            found = articles_where(database, condition, values)
            if found:
                return found
    return []


def articles_within(database: Database, filters: Filters) -> Iterator[Article]:
    """As `Library.articles`."""
    condition, values = schema.filter_clause(filters)
    sql = f"SELECT {schema.ARTICLE_COLUMNS} FROM articles WHERE {condition} AND rowid > ? "
    last = 0
    while True:
        with database.snapshot():
            rows = database.rows(f"{sql} ORDER BY rowid LIMIT {BLOCK_ARTICLES}", [*values, last])
        if not rows:
            return
        for row in rows:
            if row[0] <= last:  # or this might never end
                raise schema.damaged("the order of the stored articles")
            yield schema.article_of(row)
            last = row[0]


def count(database: Database) -> Counts:
    """How much there is, as of the snapshot that the caller is in."""
    first, last, undated = database.rows(
        "SELECT (SELECT min(first_day) FROM articles), (SELECT max(last_day) FROM articles), "
        "(SELECT count(*) FROM articles WHERE first_day IS NULL)"
    )[0]

    def tally(column: str) -> tuple[tuple[str, int], ...]:
        rows = database.rows(
            f"SELECT {column}, count(*) FROM articles WHERE {column} <> '' GROUP BY 1 ORDER BY 2 DESC, 1"
        )
        return tuple((name, number) for name, number in schema.typed(rows, str, int))

    schema.typed([(first, last, undated)], int | None, int | None, int)
    return Counts(
        articles=database.state.articles,
        passages=database.state.passages,
        sentences=database.state.sentences,
        first_published=date.fromordinal(first) if first is not None else None,
        last_published=date.fromordinal(last) if last is not None else None,
        publishers=tally("publisher"),
        languages=tally("language"),
        undated=undated,
    )


def clusters(database: Database, article_ids: Sequence[str]) -> dict[str, int]:
    """As `Library.clusters`."""
    with database.snapshot():
        rows = database.rows(
            "SELECT articles.id, clusters.article, cluster, clusters.checksum FROM articles "
            "JOIN clusters ON clusters.article = articles.rowid "
            "WHERE articles.id IN (SELECT value FROM json_each(?))",
            [json.dumps(list(article_ids))],
        )
    for key, article, cluster, checksum in rows:
        if schema.small_checksum(article, cluster) != checksum:
            raise schema.damaged(f"the cluster of article {key}")
    return {key: cluster for key, _, cluster, _ in rows}


# ---- passages ----


def load(database: Database, passage_rowids: Sequence[int]) -> list[StoredPassage]:
    """As `Library.load`."""
    inside = "IN (SELECT value FROM json_each(?))"
    wanted = [json.dumps([int(rowid) for rowid in passage_rowids])]
    with database.snapshot():
        rows = database.rows(f"SELECT {schema.PASSAGE_COLUMNS} FROM passages WHERE rowid {inside}", wanted)
        sentences = database.rows(
            f"SELECT passage, codes, checksum FROM sentence_vectors WHERE passage {inside}", wanted
        )
        articles = database.rows(
            f"SELECT {schema.ARTICLE_COLUMNS} FROM articles WHERE rowid {inside}",
            [json.dumps(sorted({row[1] for row in rows}))],
        )
    article_of = {row[0]: schema.article_of(row) for row in articles}
    sentences_of = {row[0]: row for row in sentences}
    dimension = database.manifest.dimension
    stored = {row[0]: _stored(row, article_of.get(row[1]), sentences_of.get(row[0]), dimension) for row in rows}
    return [stored[rowid] for rowid in map(int, passage_rowids) if rowid in stored]


def _stored(
    row: tuple[Any, ...], article: Article | None, sentences: tuple[Any, ...] | None, dimension: int
) -> StoredPassage:
    if article is None or sentences is None or schema.row_checksum(*sentences[:2]) != sentences[2]:
        raise schema.damaged(f"stored passage {row[0]}")
    passage, vector = schema.passage_of(row, article.id, dimension)
    return StoredPassage(row[0], article, passage, vector, unpack_sentence_vectors(sentences[1], dimension))


def passages_of(database: Database, article_id: str) -> list[StoredPassage]:
    """As `Library.passages_of`."""
    with database.snapshot():
        rows = passage_ranges(database, "id = ?", [schema.to_column(article_id)])
        return load(database, range(rows[0][0], rows[0][0] + rows[0][1])) if rows else []


def passage_ranges(database: Database, condition: str, values: Sequence[schema.Column]) -> list[tuple[int, int]]:
    """First number and count of the passages of the articles that a condition holds for, inside a snapshot."""
    rows = database.rows(f"SELECT first_passage, passage_count FROM articles WHERE {condition}", values)
    last = database.state.next_passage
    for first, count in schema.typed(rows, int, int):
        if not (first >= 0 and count >= 0 and first + count <= last):
            raise schema.damaged("the place of an article's passages")
    return [(first, count) for first, count in rows]
