"""Reading a library that may be damaged: which articles are whole, together with all that belongs to them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import apsw
import numpy

from embeddings import schema
from embeddings.errors import LibraryDamaged
from embeddings.packing import unpack_sentence_vectors
from embeddings.records import Article, EncodedPassage
from embeddings.transactions import Database

BLOCK_ARTICLES = 100


@dataclass(frozen=True, slots=True)
class Examined:
    """One article's row and what was found of it.

    Attributes:
        source: its path or URL as far as that could be read, "" otherwise.
        article: the article, or None where it is damaged or any of its passages is.
        first_passage: number of its first passage.
        encoded: its passages with their vectors as stored.
        terms: packed term numbers, one for each passage.
        problem: what is wrong with it; "" where nothing is.
    """

    rowid: int
    source: str
    article: Article | None
    first_passage: int = 0
    encoded: tuple[EncodedPassage, ...] = ()
    terms: tuple[bytes, ...] = ()
    problem: str = ""


UNREADABLE = (apsw.Error, UnicodeDecodeError, LibraryDamaged, ValueError, TypeError, IndexError)


def examine(database: Database, dimension: int) -> Iterator[Examined]:
    """Every article that can be reached, in the order in which they were added."""
    last = -(2**63)
    while True:
        try:
            numbers = database.rows(
                "SELECT rowid FROM articles NOT INDEXED WHERE rowid > ? ORDER BY rowid LIMIT ?",
                [last, BLOCK_ARTICLES],
            )
        except UNREADABLE:
            return
        # damaged pages can give numbers out of order; each is looked at once, and this comes to an end
        further = sorted({rowid for (rowid,) in numbers if rowid > last})
        if not further:
            return
        for rowid in further:
            yield _examine(database, rowid, dimension)
        last = further[-1]


def _examine(database: Database, rowid: int, dimension: int) -> Examined:
    source = ""
    try:
        source = schema.from_column(database.rows("SELECT source FROM articles WHERE rowid = ?", [rowid])[0][0])
        row = database.rows(f"SELECT {schema.ARTICLE_COLUMNS} FROM articles WHERE rowid = ?", [rowid])[0]
        article = schema.article_of(row)
        first, count = row[19], row[20]
        if schema.article_row(article, rowid, first, count) != row:
            raise schema.damaged("what was derived from the article")
        passages = [
            _passage(database, number, rowid, number - first, article, dimension)
            for number in range(first, first + count)
        ]
    except UNREADABLE as error:
        return Examined(rowid, source, None, problem=str(getattr(error, "cause", error)))
    encoded = tuple(item for item, _ in passages)
    return Examined(rowid, source, article, first, encoded, tuple(terms for _, terms in passages))


def _passage(
    database: Database, rowid: int, article_rowid: int, number: int, article: Article, dimension: int
) -> tuple[EncodedPassage, bytes]:
    row = database.rows(f"SELECT {schema.PASSAGE_COLUMNS} FROM passages WHERE rowid = ?", [rowid])[0]
    passage, vector = schema.passage_of(row, article.id, dimension)
    codes = database.rows("SELECT passage, codes, checksum FROM sentence_vectors WHERE passage = ?", [rowid])[0]
    vectors = unpack_sentence_vectors(codes[1], dimension)
    inside = passage.start >= 0 and passage.end <= len(article.text)
    whole = row[1] == article_rowid and passage.number == number and inside
    vectors_whole = numpy.isfinite(vector).all() and len(vectors) == len(passage.sentences)
    if not whole or not vectors_whole or schema.row_checksum(*codes[:2]) != codes[2]:
        raise schema.damaged(f"passage {number}")
    return EncodedPassage(passage, vector, vectors), row[5]


def guarded_rows(database: Database, sql: str) -> tuple[list[tuple[Any, ...]], str]:
    """The rows of a query, and "" or what went wrong with it."""
    try:
        return database.rows(sql), ""
    except (apsw.Error, UnicodeDecodeError) as error:
        return [], str(error).rstrip(".") or type(error).__name__
