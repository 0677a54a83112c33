"""The searches of one open library, by meaning and by words, within the filters of a question.

Which passages the filters leave is worked out once for each generation and kept for the next question.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy
from numpy.typing import NDArray

from embeddings import index, lexical, schema, stored
from embeddings.dense import DenseSearch
from embeddings.records import Filters, Vector
from embeddings.transactions import Database


class Searches:
    """Reads inside snapshots of its own or of its caller."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._dense = DenseSearch(database)
        self._cache: tuple[int, Filters, NDArray[numpy.uint8], int] | None = None

    def by_words(self, terms: Sequence[str], k: int, filters: Filters) -> list[tuple[int, float]]:
        """As `Store.search_lexical`."""
        with self._database.snapshot():
            allowed, count = self._allowed(filters)
            return lexical.search(self._database.connection, terms, k, allowed) if count else []

    def by_meaning(self, vector: Vector, k: int, filters: Filters) -> list[tuple[int, float]]:
        """As `Store.search_dense`."""
        query = self._dense.query(vector)
        with self._database.snapshot():
            return self._dense.search(query, k, *self._allowed(filters))

    def frequencies(self, terms: Sequence[str]) -> dict[str, int]:
        """As `Store.document_frequencies`."""
        with self._database.snapshot():
            known = lexical.look_up(self._database.connection, terms)
        return {term: known[term][1] if term in known else 0 for term in terms}

    def save_index(self) -> None:
        """Bring the FAISS index on disk up to date."""
        self._dense.save()

    def _allowed(self, filters: Filters) -> tuple[NDArray[numpy.uint8] | None, int]:
        """A bit for each passage within the filters and their number; None for all."""
        state = self._database.state
        if not filters:
            return None, state.passages
        cached = self._cache
        if cached is None or cached[:2] != (state.generation, filters):
            condition, values = schema.filter_clause(filters)
            ranges = stored.passage_ranges(self._database, condition, values)
            bits = index.bits_of(ranges, state.next_passage)
            cached = self._cache = (state.generation, filters, bits, sum(count for _, count in ranges))
        return cached[2], cached[3]
