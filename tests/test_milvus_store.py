"""What only the store in Milvus has: several writers at once, one that dies, rows that were damaged."""

from __future__ import annotations

import sys
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy
import pytest
from made_articles import MadeFingerprint, encode, made_article
from test_store import by_id, open_milvus

from embeddings.errors import LibraryError


def test_several_writers_put_the_same_articles(tmp_path: Path) -> None:
    wanted = [made_article(number) for number in range(12)]
    with open_milvus(tmp_path, create=True) as first:
        first.bind(MadeFingerprint(), "made 1")
        errors: list[BaseException] = []

        def write(seed: int) -> None:
            try:
                with open_milvus(tmp_path, writable=True) as own:
                    for place in numpy.random.default_rng(seed).permutation(len(wanted)):
                        own.put(wanted[place], encode(wanted[place]))
            except BaseException as error:
                errors.append(error)

        threads = [threading.Thread(target=write, args=(seed,)) for seed in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert errors == []
        assert by_id(first.articles()) == by_id(wanted)
        first.check(repair=True)  # two that put one article in the same moment may leave a tally or passages behind
        assert first.check() == []
        counts = first.counts()
        assert (counts.articles, counts.passages) == (12, 24)
        for article in wanted:
            assert [item.passage for item in first.passages_of(article.id)] == [p.passage for p in encode(article)]


def test_a_writer_that_dies_leaves_the_former_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    article = made_article(1, "Eerste zin over kanarie. Tweede zin.")
    edited = replace(article, text="Nu over een mus. Tweede zin.")
    with open_milvus(tmp_path, create=True) as store:
        store.bind(MadeFingerprint(), "made 1")
        store.put(article, encode(article))
        upsert = store._tables.client.upsert

        def dies(collection: str, rows: Any) -> Any:
            if collection.endswith("_articles"):
                raise KeyboardInterrupt
            return upsert(collection, rows)

        monkeypatch.setattr(store._tables.client, "upsert", dies)
        with pytest.raises(KeyboardInterrupt):
            store.put(edited, encode(edited))
        monkeypatch.undo()
        assert list(store.articles()) == [article]
        assert store.load([rowid for rowid, _ in store.search_lexical(["mus"], 5)]) == []
        (problem,) = store.check()
        assert "1 passages belong to no article" in problem.what
        assert store.check(repair=True)[0].repaired
        assert store.check() == []
        assert store.search_lexical(["mus"], 5) == []
        assert [item.article for item in store.passages_of(article.id)] == [article]


def test_damage_is_noticed_and_dropped(tmp_path: Path) -> None:
    with open_milvus(tmp_path, create=True) as store:
        store.bind(MadeFingerprint(), "made 1")
        for number in range(3):
            store.put(made_article(number), encode(made_article(number)))
        row = store._tables.client.query(
            "bronvast_articles", filter=f'id == "{made_article(1).id}"', output_fields=["*"]
        )[0]
        row["packed"] = row["packed"][:30] + ("A" if row["packed"][30] != "A" else "B") + row["packed"][31:]
        store._tables.client.upsert("bronvast_articles", [dict(row)])
        with pytest.raises(LibraryError, match="does not match its checksum"):
            store.article(made_article(1).id)
        (problem,) = store.check(repair=True)
        assert (problem.where, problem.dropped) == (made_article(1).source, True)
        assert store.check() == []
        assert by_id(store.articles()) == by_id([made_article(0), made_article(2)])


@pytest.mark.parametrize("package", ["pymilvus", "milvus_lite.server_manager"])
def test_what_is_not_installed_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, package: str) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(LibraryError, match="is not installed") as caught:
        open_milvus(tmp_path, create=True)
    assert "pip install" in caught.value.remedy
