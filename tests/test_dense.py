"""The index of vectors through the life of a library: mended unasked, extended, built anew."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy
import pytest
from made_articles import analyse, encode, fill, unit_vectors
from test_searches import varied

from embeddings import dense, index
from embeddings.library import Library
from embeddings.records import Filters


def test_the_index_is_rebuilt_unasked(tmp_path: Path) -> None:
    made = fill(tmp_path, 12)
    query = encode(made[5])[1].vector
    with Library.open(tmp_path, analyse=analyse) as library:
        expected = library.search_dense(query, 8)
    file = index.index_files(tmp_path)[0]
    good = file.read_bytes()
    manifest = (tmp_path / "index.json").read_bytes()
    described = index.read_manifest(tmp_path)
    assert described is not None
    for damage in (
        lambda: file.unlink(),
        lambda: file.write_bytes(good[:-1]),
        lambda: file.write_bytes(good[:100] + bytes([good[100] ^ 1]) + good[101:]),
        lambda: (tmp_path / "index.json").unlink(),
        lambda: (tmp_path / "index.json").write_bytes(manifest.replace(b'"rows": 24', b'"rows": 23')),
        lambda: (tmp_path / "index.json").write_bytes(b"[" * 100_000),
    ):
        damage()
        with Library.open(tmp_path, analyse=analyse) as library:
            assert library.search_dense(query, 8) == expected
            generation = library.generation
        assert file.read_bytes() == good  # the same vectors give the same bytes
        assert index.read_manifest(tmp_path) == replace(described, generation=generation)


def test_a_grouped_index_through_its_life(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Built, left as it is while changes are few, extended, built anew, and given up again when little is left."""
    monkeypatch.setattr(index, "EXACT_LIMIT", 300)
    monkeypatch.setattr(dense, "CHANGES_LIMIT", 40)
    monkeypatch.setattr(dense, "EVERY_VECTOR_LIMIT", 20)
    fill(tmp_path, 200, varied)

    def stored() -> index.IndexManifest:
        manifest = index.read_manifest(tmp_path)
        assert manifest is not None
        return manifest

    def change(added: range, removed: range) -> None:
        with Library.open(tmp_path, writable=True, analyse=analyse) as library:
            for number in added:
                library.put(varied(number), encode(varied(number)))
            for number in removed:
                assert library.remove(varied(number).id)

    def searches_well() -> bool:
        hits = total = 0
        with Library.open(tmp_path, analyse=analyse) as library:
            stored_passages = [item for one in library.articles() for item in library.passages_of(one.id)]
            vectors = numpy.stack([item.vector for item in stored_passages]).astype(float)
            rowids = numpy.array([item.rowid for item in stored_passages])
            news = numpy.array([item.article.publisher == "NOS" for item in stored_passages])
            for seed in range(20):
                query = unit_vectors(numpy.random.default_rng(seed), 1)[0]
                scores = vectors @ query
                for filters, allowed in ((Filters(), news | True), (Filters(sources=("nos",)), news)):
                    found = [rowid for rowid, _ in library.search_dense(query, 10, filters)]
                    best = numpy.argsort(-numpy.where(allowed, scores, -9.0))[: min(10, allowed.sum())]
                    assert len(found) == len(best)
                    assert set(found) <= set(rowids[allowed])
                    hits += len(set(found) & set(rowids[best]))
                    total += len(best)
            for item in stored_passages[::5]:  # whatever is there is found by its own vector
                assert library.search_dense(item.vector, 1)[0][0] == item.rowid
            assert library.check() == []
        return hits >= 0.97 * total

    built = stored()
    assert (built.kind, built.rows, built.trained_rows) == ("ivf", 400, 400)
    assert searches_well()
    change(range(200, 210), range(4))
    assert stored() == built  # 28 changes are made good at every search
    assert searches_well()
    change(range(210, 220), range(4, 10))
    extended = stored()
    assert (extended.kind, extended.rows, extended.trained_rows) == ("ivf", 420, 400)
    assert searches_well()
    change(range(220, 460), range(0))
    assert (stored().rows, stored().trained_rows) == (900, 900)
    assert searches_well()
    change(range(0), range(10, 400))
    assert (stored().kind, stored().rows) == ("exact", 120)
    assert searches_well()
