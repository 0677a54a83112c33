"""Comparing everything that a library in Milvus holds with its checksums, and sweeping away what no article owns."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from embeddings import milvus_rows
from embeddings.errors import LibraryDamaged
from embeddings.milvus_connection import from_letters, mapped_errors
from embeddings.milvus_values import Tally
from embeddings.store import Problem

if TYPE_CHECKING:
    from embeddings.milvus_store import MilvusStore
    from embeddings.milvus_tables import Tables


def check(store: MilvusStore, tables: Tables, repair: bool) -> list[Problem]:
    """What is wrong; with `repair`, damaged articles are dropped, leftovers removed and the totals counted anew."""
    problems: list[Problem] = []
    tokens: set[str] = set()
    counted = dropped = Tally()
    for row in tables.rows_of_articles():
        damage = _damage(store, tables, row)
        if damage:
            source = from_letters(row["place"])
            problems.append(Problem(damage, source, repaired=repair, dropped=repair))
            if repair:
                tables.drop_article(row)
            dropped += Tally.of(milvus_rows.Summary.of_text(row["summary"]), -1, changes=0)
        tokens.add(row["token"])
        counted += Tally.of(milvus_rows.Summary.of_text(row["summary"]), changes=0)
    leftovers = Counter(token for token in tables.tokens_of_passages() if token not in tokens)
    where = store.address.uri
    if leftovers:
        what = f"{leftovers.total()} passages belong to no article, as after a writer that was interrupted"
        problems.append(Problem(what, where, repaired=repair))
    totals = store.totals()
    if _comparable(totals) != _comparable(counted):
        what = f"the tallies say {totals.articles} articles and {totals.passages} passages, there are {counted.articles} and {counted.passages}"
        problems.append(Problem(what, where, repaired=repair))
    if repair and problems:
        with mapped_errors(where):
            for token in leftovers:
                tables.drop_version(token)
            tables.values.set_totals(Tally(changes=totals.changes + 1) + counted + dropped)
    return problems


def _comparable(tally: Tally) -> tuple[object, ...]:
    return tally.articles, tally.passages, tally.sentences, tally.publishers, tally.languages


def _damage(store: MilvusStore, tables: Tables, row: dict[str, object]) -> str:
    """What is wrong with an article or its passages, or ""."""
    try:
        article = tables.articles_of([row])[0]
        passages = store.passages_of(article.id)
    except LibraryDamaged as error:
        return error.cause
    summary = milvus_rows.Summary.of_text(str(row["summary"]))
    numbers = [stored.passage.number for stored in passages]
    if numbers != list(range(summary.passages)):
        return f"{len(passages)} of its {summary.passages} passages are there"
    return ""
