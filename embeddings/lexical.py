"""The word index: FTS5 for finding and BM25, a table of terms for numbering and counting them.

Terms come analysed (folded, stemmed); each gets a number, and FTS5 indexes the numbers, so that its own
tokenizer has nothing to decide. A passage's numbers are also stored with the passage, which is what lets a
removal take every word out of the index again (`secure-delete`), and the index be checked and rebuilt without
analysing anything anew.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from itertools import chain

import apsw
import numpy
from numpy.typing import NDArray

from embeddings.database import rows_of
from embeddings.index import is_allowed
from embeddings.packing import lexical_row, pack_terms, unpack_terms
from embeddings.schema import small_checksum, to_column, typed

POSTINGS_BUDGET = 2000  # postings a question may cost before its most frequent terms are left out: some 2 ms


SHADOW_TABLES = 4  # in which FTS5 keeps a contentless index: data, idx, docsize, config


def create(connection: apsw.Connection) -> None:
    """Settings of the freshly created index: removed postings are overwritten, not merely marked."""
    connection.execute("INSERT INTO lexical(lexical, rank) VALUES ('secure-delete', 1)")


def number_terms(connection: apsw.Connection, passages: Sequence[Sequence[str]]) -> list[bytes]:
    """Count the terms of new passages in, and give each passage's term numbers as they are stored."""
    # not sets: numbers in their random order would make scores of equal libraries differ in the last bit
    documents = Counter(chain.from_iterable(dict.fromkeys(terms) for terms in passages))
    numbers: dict[str, int] = {}
    for term, count in documents.items():
        row = rows_of(
            connection,
            "INSERT INTO terms(term, documents, checksum) VALUES (?, ?, ?) "
            "ON CONFLICT(term) DO UPDATE SET documents = documents + excluded.documents RETURNING id",
            [term, count, small_checksum(term)],
        )
        numbers[term] = row[0][0]
    return [pack_terms(numbers[term] for term in terms) for terms in passages]


def add(connection: apsw.Connection, rows: Sequence[tuple[int, bytes]]) -> None:
    """Index passages, each given as rowid and packed terms."""
    connection.executemany(
        "INSERT INTO lexical(rowid, terms) VALUES (?, ?)",
        ((rowid, lexical_row(terms)) for rowid, terms in rows),
    )


def remove(connection: apsw.Connection, rows: Sequence[tuple[int, bytes]]) -> None:
    """Take passages out, and every term that no other passage holds."""
    documents: Counter[int] = Counter()
    for rowid, terms in rows:
        connection.execute(
            "INSERT INTO lexical(lexical, rowid, terms) VALUES ('delete', ?, ?)", (rowid, lexical_row(terms))
        )
        documents.update(set(unpack_terms(terms).tolist()))
    connection.executemany(
        "UPDATE terms SET documents = documents - ? WHERE id = ?",
        ((count, number) for number, count in documents.items()),
    )
    connection.execute(
        "DELETE FROM terms WHERE documents <= 0 AND id IN (SELECT value FROM json_each(?))",
        (json.dumps(list(documents)),),
    )


def look_up(connection: apsw.Connection, terms: Sequence[str]) -> dict[str, tuple[int, int]]:
    """Number and document frequency of those terms that occur in the library."""
    found: dict[str, tuple[int, int]] = {}
    for term in dict.fromkeys(terms):
        rows = rows_of(connection, "SELECT id, documents FROM terms WHERE term = ?", [to_column(term)])
        for number, documents in typed(rows, int, int):
            found[term] = (number, documents)
    return found


def search(
    connection: apsw.Connection,
    terms: Sequence[str],
    k: int,
    allowed: NDArray[numpy.uint8] | None,
) -> list[tuple[int, float]]:
    """The passages that hold any of the terms, best BM25 first, equal ones by rowid.

    Where a question's terms have more than `POSTINGS_BUDGET` postings together, the most frequent are left
    out, for they add much work and little score; never all of them, and not where that would leave a filtered
    search short of passages.
    """
    known = sorted(look_up(connection, terms).values(), key=lambda pair: (pair[1], pair[0]))
    if not known or k <= 0:
        return []
    kept = [known[0][0]]
    postings = known[0][1]
    for number, documents in known[1:]:
        postings += documents
        if postings > POSTINGS_BUDGET:
            break
        kept.append(number)
    hits = _match(connection, kept, k, allowed)
    if allowed is not None and len(hits) < k and len(kept) < len(known):
        hits = _match(connection, [number for number, _ in known], k, allowed)
    return hits


def _match(
    connection: apsw.Connection, numbers: Sequence[int], k: int, allowed: NDArray[numpy.uint8] | None
) -> list[tuple[int, float]]:
    expression = " OR ".join(f'"{number}"' for number in numbers)
    sql = "SELECT rowid, -bm25(lexical) AS score FROM lexical WHERE lexical MATCH ?"
    if allowed is None:
        hits = rows_of(connection, sql + " ORDER BY score DESC, rowid LIMIT ?", [expression, k])
        return [(rowid, score) for rowid, score in hits]
    found = rows_of(connection, sql, [expression])
    inside = is_allowed(allowed, numpy.fromiter((rowid for rowid, _ in found), numpy.int64, len(found)))
    kept = [(rowid, score) for (rowid, score), keep in zip(found, inside, strict=True) if keep]
    return sorted(kept, key=lambda hit: (-hit[1], hit[0]))[:k]
