from __future__ import annotations

import hashlib
import math
import os
from dataclasses import replace
from pathlib import Path

import numpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_articles import unit_vectors

from embeddings import files, index, index_building
from embeddings.index import BuiltIndex, IndexManifest, PassageIndex

DIMENSION = 16
MANIFEST = IndexManifest("library", 7, 100, DIMENSION, "exact", 50, 50, 0)


def blocks(ids: numpy.ndarray, vectors: numpy.ndarray, size: int = 500) -> index.Blocks:
    for start in range(0, len(ids), size):
        yield ids[start : start + size], vectors[start : start + size]


def exact(ids: numpy.ndarray, vectors: numpy.ndarray) -> BuiltIndex:
    return index_building.build_exact(blocks(ids, vectors), DIMENSION)


def grouped(ids: numpy.ndarray, vectors: numpy.ndarray) -> BuiltIndex:
    return index_building.build_grouped(
        blocks(ids, vectors), lambda rows: vectors[:: max(1, len(vectors) // rows)], len(ids), DIMENSION
    )


def clustered(rows: int, seed: int = 1) -> tuple[numpy.ndarray, numpy.ndarray]:
    """Numbers with gaps, and vectors around fifty directions."""
    random = numpy.random.default_rng(seed)
    ids = numpy.sort(random.choice(3 * rows, rows, replace=False)).astype(numpy.int64)
    vectors = unit_vectors(random, 50, DIMENSION)[random.integers(0, 50, rows)]
    vectors = vectors + 0.6 * unit_vectors(random, rows, DIMENSION)
    return ids, (vectors / numpy.linalg.norm(vectors, axis=1, keepdims=True)).astype(numpy.float32)


@settings(max_examples=1000)
@given(
    rows=st.integers(0, 60),
    added=st.integers(0, 20),
    removed=st.sets(st.integers(0, 200), max_size=60),
    allowed=st.none() | st.sets(st.integers(0, 250), max_size=80),
    count=st.integers(1, 100),
    seed=st.integers(0, 10**6),
    levels=st.integers(1, 3),
)
def test_r10_candidates_hold_the_nearest_and_nothing_else(
    rows: int, added: int, removed: set[int], allowed: set[int] | None, count: int, seed: int, levels: int
) -> None:
    """Against comparing every vector; few levels a value, so that many scores are equal."""
    random = numpy.random.default_rng(seed)
    ids = numpy.sort(random.choice(200, rows + added, replace=False)).astype(numpy.int64)
    vectors = random.integers(-levels, levels + 1, (rows + added, DIMENSION)).astype(numpy.float32) / 8
    query = random.integers(-levels, levels + 1, DIMENSION).astype(numpy.float32) / 8
    searched = PassageIndex(exact(ids[:rows], vectors[:rows]), 1, 0, DIMENSION)
    if added:
        searched.add(ids[rows:], vectors[rows:])
    gone = numpy.array(sorted(removed), numpy.int64)
    searched.remove(gone)
    # what is allowed is read from the articles that are there, so it never holds a removed one
    inside = None if allowed is None else sorted(allowed - removed)
    bits = None if inside is None else index.bits_of([(number, 1) for number in inside], 300)
    found = searched.candidates(query, count, bits)
    alive = {
        int(number): float(vector @ query)
        for number, vector in zip(ids, vectors, strict=True)
        if number not in removed and (inside is None or number in inside)
    }
    assert len(set(found.tolist())) == len(found)
    assert set(found.tolist()) <= alive.keys()
    best = sorted(alive, key=lambda number: (-alive[number], number))[:count]
    assert set(best) <= set(found.tolist())


def test_a_grouped_index_finds_nearly_all(tmp_path: Path) -> None:
    ids, vectors = clustered(4000)
    built = grouped(ids, vectors)
    assert built.kind == "ivf"
    assert 4 <= built.probes < 253
    manifest = index.write_index(tmp_path, built, replace(MANIFEST, kind="ivf", rows=4000, probes=built.probes))
    from_disk = index.read_index(tmp_path, manifest)
    assert from_disk is not None
    random = numpy.random.default_rng(2)
    hits = 0
    for searched in (PassageIndex(built, 1, 0, DIMENSION), PassageIndex(from_disk, 1, 0, DIMENSION)):
        for _ in range(50):
            query = vectors[random.integers(4000)] + 0.5 * unit_vectors(random, 1, DIMENSION)[0]
            best = ids[numpy.argsort(-(vectors @ query), kind="stable")[:10]]
            hits += len(numpy.intersect1d(best, searched.candidates(query.astype(numpy.float32), 10)))
    assert hits >= 0.99 * 2 * 50 * 10


def test_a_grouped_index_finds_the_few_that_a_filter_leaves() -> None:
    ids, vectors = clustered(4000)
    searched = PassageIndex(grouped(ids, vectors), 1, 0, DIMENSION)
    chosen = ids[::200]
    bits = index.bits_of([(int(number), 1) for number in chosen], int(ids[-1]) + 1)
    for query in unit_vectors(numpy.random.default_rng(3), 20, DIMENSION):
        assert sorted(searched.candidates(query, 20, bits, share=len(chosen) / 4000).tolist()) == chosen.tolist()


def test_extending_takes_rows_in_and_out() -> None:
    ids, vectors = clustered(3000)
    built = grouped(ids[:2500], vectors[:2500])
    extended = index_building.extend(built, blocks(ids[2500:], vectors[2500:]), ids[:100])
    assert extended.rows == 2900
    searched = PassageIndex(extended, 1, 0, DIMENSION)
    for position in (2600, 2999):
        assert ids[position] in searched.candidates(vectors[position], 1)
    for position in (0, 99):
        assert ids[position] not in searched.candidates(vectors[position], 10)


def test_an_empty_index_gives_nothing() -> None:
    searched = PassageIndex(exact(numpy.empty(0, numpy.int64), numpy.empty((0, DIMENSION))), 1, 0, DIMENSION)
    for query in unit_vectors(numpy.random.default_rng(1), 25, DIMENSION):
        assert searched.candidates(query, 5).tolist() == []


def test_building_twice_gives_the_same_bytes(tmp_path: Path) -> None:
    ids, vectors = clustered(300)
    one = index.write_index(tmp_path, exact(ids, vectors), MANIFEST)
    two = index.write_index(tmp_path, exact(ids, vectors), MANIFEST)
    assert one == two
    assert [path.name for path in index.index_files(tmp_path)] == [one.file]


def test_r8_not_a_byte_reaches_faiss_before_the_hash_is_right(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ids, vectors = clustered(300)
    manifest = index.write_index(tmp_path, exact(ids, vectors), replace(MANIFEST, rows=300))
    path = tmp_path / manifest.file
    good = path.read_bytes()
    reads = []
    faiss = index.load_faiss()
    monkeypatch.setattr(faiss, "read_index", lambda *arguments: reads.append(arguments))
    random = numpy.random.default_rng(1)
    for _ in range(300):
        data = bytearray(good)
        match random.integers(4):
            case 0:
                data[random.integers(len(data))] ^= 1 << int(random.integers(8))
            case 1:
                del data[random.integers(len(data)) :]
            case 2:
                start = random.integers(len(data))
                data[start : start + 4096] = bytes(len(data[start : start + 4096]))
            case 3:
                data += bytes(random.integers(1, 100))
        if bytes(data) != good:
            path.write_bytes(data)
            assert index.read_index(tmp_path, manifest) is None
    assert reads == []


def test_a_changed_manifest_is_not_believed(tmp_path: Path) -> None:
    data = MANIFEST.as_json()
    assert IndexManifest.from_json(data) == MANIFEST
    for position in range(len(data)):
        for bit in range(8):
            changed = bytearray(data)
            changed[position] ^= 1 << bit
            assert IndexManifest.from_json(bytes(changed)) in (None, MANIFEST)  # white space may change
    for other in (b"", b"{}", b"[]", b"null", b"[" * 10**5, data[:-3]):
        assert IndexManifest.from_json(other) is None
    assert index.read_manifest(tmp_path) is None


def test_a_manifest_cannot_name_a_file_elsewhere(tmp_path: Path) -> None:
    ids, vectors = clustered(50)
    manifest = index.write_index(tmp_path, exact(ids, vectors), MANIFEST)
    (tmp_path / "sub").mkdir()
    assert index.read_index(tmp_path, manifest) is not None
    assert index.read_index(tmp_path / "sub", replace(manifest, file=f"../{manifest.file}")) is None


def test_a_matching_file_that_faiss_cannot_use_is_no_index(tmp_path: Path) -> None:
    """As another version of FAISS may have written it, or as somebody forged it."""
    ids, vectors = clustered(50)
    manifest = index.write_index(tmp_path, exact(ids, vectors), replace(MANIFEST, rows=50))
    assert index.read_index(tmp_path, manifest) is not None
    for rows, dimension in ((51, DIMENSION), (50, DIMENSION + 1)):
        assert index.read_index(tmp_path, replace(manifest, rows=rows, dimension=dimension)) is None
    for content in (b"", b"no index at all", (tmp_path / manifest.file).read_bytes()[:-10]):
        (tmp_path / "index-0.faiss").write_bytes(content)
        sha256 = hashlib.sha256(content).hexdigest()
        forged = replace(manifest, file="index-0.faiss", size=len(content), sha256=sha256)
        assert index.file_matches(tmp_path, forged)
        assert index.read_index(tmp_path, forged) is None


def test_a_failing_write_leaves_the_former_index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ids, vectors = clustered(300)
    manifest = index.write_index(tmp_path, exact(ids[:200], vectors[:200]), replace(MANIFEST, rows=200))
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    real = os.fsync

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    for name, broken in (("fsync", full), ("replace", None)):
        if broken:
            monkeypatch.setattr(files.os, name, broken)
        else:
            monkeypatch.setattr(files.os, "fsync", real)
            monkeypatch.setattr(Path, "replace", lambda *_: full(0))
        with pytest.raises(OSError, match="No space"):
            index.write_index(tmp_path, exact(ids, vectors), MANIFEST)
        assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before
        assert index.read_index(tmp_path, manifest) is not None


@given(
    st.lists(st.tuples(st.integers(0, 90), st.integers(0, 9)), max_size=10),
    st.lists(st.integers(0, 150), max_size=30),
)
def test_bits(ranges: list[tuple[int, int]], asked: list[int]) -> None:
    bits = index.bits_of(ranges, 100)
    inside = {number for first, count in ranges for number in range(first, first + count)}
    assert index.is_allowed(bits, numpy.array(asked, numpy.int64)).tolist() == [number in inside for number in asked]
    assert len(bits) == math.ceil(100 / 8)
