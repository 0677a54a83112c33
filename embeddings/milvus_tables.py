"""The three collections of one library in Milvus, as rows; the store says what they mean.

Every method maps the errors of Milvus to those of the library.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from embeddings import milvus_rows
from embeddings.milvus_connection import (
    MOST_ROWS,
    Address,
    connect,
    filter_expression,
    mapped_errors,
    quoted,
)
from embeddings.milvus_values import Values
from embeddings.records import Article, Filters

BATCH_ROWS: Final = 200  # of one call; some megabytes
ARTICLE_FIELDS: Final = ("id", "token", "added", "packed", "parts")
PASSAGE_FIELDS: Final = ("rowid", "token", "article", "packed", "parts", "vector")


class Tables:
    """An open connection. A collection that is not there yet is an empty one.

    Raises:
        LibraryError: nothing answers there, or the client is not installed.
    """

    def __init__(self, address: Address) -> None:
        self.address = address
        self.client = connect(address)
        self.values = Values(self.client, address)
        self._there: set[str] = set()

    def name(self, kind: str) -> str:
        return f"{self.address.name}_{kind}"

    def there(self, kind: str) -> bool:
        """Whether a collection has been made; it is made ready for searching."""
        if kind not in self._there:
            with mapped_errors(self.address.uri):
                if not self.client.has_collection(self.name(kind)):
                    return False
                self.client.load_collection(self.name(kind))
            self._there.add(kind)
        return True

    def query(self, kind: str, condition: str, fields: Sequence[str], limit: int = MOST_ROWS) -> list[dict[str, Any]]:
        """The rows that a condition holds for, in no order."""
        if not self.there(kind):
            return []
        with mapped_errors(self.address.uri):
            return list(self.client.query(self.name(kind), filter=condition, output_fields=list(fields), limit=limit))

    def all(self, kind: str, condition: str, fields: Sequence[str], batch: int) -> Iterator[list[dict[str, Any]]]:
        """All rows, in batches, ordered by their key."""
        if not self.there(kind):
            return
        with mapped_errors(self.address.uri):
            iterator = self.client.query_iterator(
                self.name(kind), filter=condition, output_fields=list(fields), batch_size=batch
            )
        try:
            while True:
                with mapped_errors(self.address.uri):
                    rows = list(iterator.next())
                if not rows:
                    return
                yield rows
        finally:
            iterator.close()

    def count(self, kind: str, condition: str) -> int:
        """How many rows a condition holds for."""
        if not self.there(kind):
            return 0
        with mapped_errors(self.address.uri):
            rows = self.client.query(self.name(kind), filter=condition, output_fields=["count(*)"])
        return int(rows[0]["count(*)"])

    def row(self, article_id: str) -> dict[str, Any] | None:
        """The row of an article, with its summary."""
        if not set(article_id) <= set("0123456789abcdef"):
            return None
        fields = [*ARTICLE_FIELDS, "summary"]
        return next(iter(self.query("articles", f"id in {quoted([article_id])}", fields)), None)

    def articles_of(self, rows: Sequence[dict[str, Any]]) -> list[Article]:
        """The articles of rows."""
        with mapped_errors(self.address.uri):
            rest = self.values.rest([(f"article/{row['token']}", row["parts"]) for row in rows])
        return [milvus_rows.article_of(row, rest[f"article/{row['token']}"]) for row in rows]

    def rows_of_articles(self) -> Iterator[dict[str, Any]]:
        """All rows of articles as they lie, for checking them."""
        for rows in self.all("articles", "", [*ARTICLE_FIELDS, "place", "summary"], 100):
            yield from rows

    def tokens_of_passages(self) -> Iterator[str]:
        """To which version each passage belongs."""
        for rows in self.all("passages", "", ["rowid", "token"], 5000):
            yield from (row["token"] for row in rows)

    def drop_article(self, row: dict[str, Any]) -> None:
        """Take out an article by its row, without a tally."""
        with mapped_errors(self.address.uri):
            self.client.delete(self.name("articles"), ids=[row["id"]])
            self.drop_version(row["token"])

    def drop_version(self, token: str) -> None:
        """Sweep away what belongs to a version that no article's row names."""
        with mapped_errors(self.address.uri):
            self.client.delete(self.name("passages"), filter=f"token in {quoted([token])}")
            self.values.drop(token)

    def search(
        self, field: str, query: Any, k: int, filters: Filters, settings: dict[str, Any]
    ) -> list[tuple[int, float]]:
        """Numbers of passages and scores, best first, equal ones by number."""
        if k <= 0 or not self.there("passages"):
            return []
        with mapped_errors(self.address.uri):
            found = self.client.search(
                self.name("passages"),
                data=[query],
                anns_field=field,
                limit=min(k, MOST_ROWS),
                filter=filter_expression(filters),
                search_params=settings,
                output_fields=["rowid"],
            )[0]
        # BM25 is never negative, but Milvus Lite gives it as a distance, with a minus
        hits = [
            (int(hit["rowid"]), abs(hit["distance"]) if field == "bm25" else float(hit["distance"])) for hit in found
        ]
        return sorted(hits, key=lambda hit: (-hit[1], hit[0]))
