"""The FAISS index: a disposable copy of the passage vectors, laid out for searching.

It only ever proposes passages. Their scores are computed from the vectors in the database, so that a stale or
approximate index can cost a passage its place among the candidates but can never show one that is gone.

Up to `EXACT_LIMIT` passages every vector is compared (float16 codes, the very numbers that are stored).
Beyond it, vectors are grouped around centroids and kept as eight-bit codes (`IndexIVFScalarQuantizer`); a
search looks into the groups nearest to the question and asks for more candidates than are wanted, which the
exact scores then sort out.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import math
import mmap
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final, Literal, TypeAlias

import numpy
from numpy.typing import NDArray

from embeddings.files import write_atomically
from embeddings.records import Vector, Vectors

Kind: TypeAlias = Literal["exact", "ivf"]
Ids: TypeAlias = NDArray[numpy.int64]
Blocks: TypeAlias = Iterator[tuple[Ids, Vectors]]

MANIFEST_NAME: Final = "index.json"
EXACT_LIMIT: Final = 25_000  # beyond, hashing and comparing every vector costs a cold question more than grouping
TRAINING_ROWS_PER_CENTROID: Final = 40
TRAINING_ROUNDS: Final = 6
OVERSAMPLING: Final = 2  # candidates asked of the eight-bit codes for each passage wanted
RECALL: Final = 0.995  # part of the ten nearest that a grouped index must find on trial questions
TRIALS: Final = 100


@dataclass(frozen=True, slots=True)
class IndexManifest:
    """What lies in the index file and which state of which library it belongs to."""

    library: str
    generation: int
    last_passage: int
    dimension: int
    kind: Kind
    rows: int
    trained_rows: int
    probes: int
    file: str = ""
    size: int = 0
    sha256: str = ""

    def as_json(self) -> bytes:
        body = asdict(self)
        body["checksum"] = _checksum(body)
        return json.dumps(body, indent=1, sort_keys=True).encode()

    @classmethod
    def from_json(cls, data: bytes) -> IndexManifest | None:
        """The manifest, or None where it is not one that this program wrote."""
        try:
            body = json.loads(data)
            checksum = body.pop("checksum")
            return cls(**body) if checksum == _checksum(body) else None
        except (ValueError, TypeError, AttributeError, KeyError, RecursionError):
            return None


def _checksum(body: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()[:16]


def load_faiss() -> Any:
    """Import FAISS, with one thread: a single question gains nothing from more, and on a busy machine waits
    for them; on macOS a second OpenMP runtime (torch's) in one process even crashes.
    """
    import faiss

    faiss.omp_set_num_threads(1)
    return faiss


@dataclass(frozen=True, slots=True)
class BuiltIndex:
    """A FAISS index with what the manifest says of it."""

    faiss_index: Any
    kind: Kind
    trained_rows: int
    probes: int

    @property
    def rows(self) -> int:
        return int(self.faiss_index.ntotal)


# ---- building ----


def build_exact(blocks: Blocks, dimension: int) -> BuiltIndex:
    """An index that compares every vector.

    Args:
        blocks: passage numbers and vectors, in ascending order of number.
    """
    faiss = load_faiss()
    codes = faiss.IndexScalarQuantizer(dimension, faiss.ScalarQuantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT)
    index = faiss.IndexIDMap(codes)
    codes.this.disown()
    index.own_fields = True
    for ids, vectors in blocks:
        index.add_with_ids(vectors, ids)
    return BuiltIndex(index, "exact", index.ntotal, 0)


def build_grouped(blocks: Blocks, sample: Callable[[int], Vectors], rows: int, dimension: int) -> BuiltIndex:
    """An index that compares the vectors near the question's.

    Args:
        blocks: passage numbers and vectors, in ascending order of number.
        sample: gives about so many vectors spread evenly over the library, to place the centroids by.
        rows: how many vectors there are.
    """
    faiss = load_faiss()
    lists = round(4 * rows**0.5)
    centroids = faiss.IndexFlatIP(dimension)
    index = faiss.IndexIVFScalarQuantizer(
        centroids, dimension, lists, faiss.ScalarQuantizer.QT_8bit, faiss.METRIC_INNER_PRODUCT, True
    )
    centroids.this.disown()
    index.own_fields = True
    index.cp.niter = TRAINING_ROUNDS
    index.cp.seed = 1
    index.cp.min_points_per_centroid = 1
    index.cp.max_points_per_centroid = TRAINING_ROWS_PER_CENTROID
    if sys.platform != "darwin":
        faiss.omp_set_num_threads(os.cpu_count() or 1)
    try:
        training = sample(TRAINING_ROWS_PER_CENTROID * lists)
        index.train(training)
        trial = _Trial(training)
        del training
        for ids, vectors in blocks:
            index.add_with_ids(vectors, ids)
            trial.add(ids, vectors)
        probes = trial.probes(faiss, index, lists)
    finally:
        faiss.omp_set_num_threads(1)
    return BuiltIndex(index, "ivf", rows, probes)


class _Trial:
    """How many groups a search must look into is measured on the library's own vectors while it is indexed.

    The trial questions are stored vectors moved about as far as a question lies from the passage that answers
    it, which makes them hard: their neighbours are spread over more groups than those of a passage itself.
    """

    def __init__(self, vectors: Vectors) -> None:
        random = numpy.random.default_rng(1)
        chosen = vectors[:: max(1, len(vectors) // TRIALS)][:TRIALS]
        noise = random.standard_normal(chosen.shape, dtype=numpy.float32)
        moved = chosen + 0.5 * noise / numpy.linalg.norm(noise, axis=1, keepdims=True)
        self._questions = moved / numpy.linalg.norm(moved, axis=1, keepdims=True)
        self._scores: Vectors = numpy.empty((len(chosen), 0), numpy.float32)
        self._ids: Ids = numpy.empty((len(chosen), 0), numpy.int64)

    def add(self, ids: Ids, vectors: Vectors) -> None:
        """Keep the ten nearest so far."""
        scores = numpy.concatenate([self._scores, self._questions @ vectors.T], axis=1)
        every = numpy.concatenate([self._ids, numpy.broadcast_to(ids, (len(self._ids), len(ids)))], axis=1)
        best = numpy.argpartition(-scores, min(10, scores.shape[1] - 1), axis=1)[:, :10]
        self._scores = numpy.take_along_axis(scores, best, 1)
        self._ids = numpy.take_along_axis(every, best, 1)

    def probes(self, faiss: Any, index: Any, lists: int) -> int:
        """The fewest groups that reach the recall, and half as many again for harder questions."""
        probes = 4
        while probes < lists:
            parameters = faiss.SearchParametersIVF(nprobe=probes)
            found = index.search(self._questions, OVERSAMPLING * 10 + 32, params=parameters)[1]
            hits = sum(len(numpy.intersect1d(*pair)) for pair in zip(self._ids, found, strict=True))
            if hits >= RECALL * self._ids.size:
                break
            probes = math.ceil(1.4 * probes)
        return min(lists, math.ceil(1.5 * probes))


def extend(built: BuiltIndex, blocks: Blocks, removed: Ids) -> BuiltIndex:
    """Take rows out of and into an index that is already laid out; its centroids stay where they are."""
    faiss = load_faiss()
    if len(removed):
        built.faiss_index.remove_ids(faiss.IDSelectorBatch(removed))
    for ids, vectors in blocks:
        built.faiss_index.add_with_ids(vectors, ids)
    return built


# ---- the file ----


def write_index(folder: Path, built: BuiltIndex, manifest: IndexManifest) -> IndexManifest:
    """Write the index and then the manifest that names it; the returned manifest has size and hash filled in.

    The file's name is its content's hash, so that a reader that holds the former manifest never finds other
    bytes under the name it knows. FAISS's own `write_index` would truncate the live file and not notice a
    full disk.

    Raises:
        OSError: no room or no permission; the former index stays as it was.
    """
    data = load_faiss().serialize_index(built.faiss_index)
    sha256 = hashlib.sha256(data).hexdigest()
    manifest = replace(manifest, file=f"index-{sha256[:16]}.faiss", size=data.nbytes, sha256=sha256)
    write_atomically(folder / manifest.file, memoryview(data))
    write_atomically(folder / MANIFEST_NAME, manifest.as_json())
    for path in index_files(folder):
        if path.name != manifest.file:
            with contextlib.suppress(OSError):
                path.unlink()
    return manifest


def index_files(folder: Path) -> list[Path]:
    """The index files there are, current or left over."""
    return sorted(folder.glob("index-*.faiss"))


def read_manifest(folder: Path) -> IndexManifest | None:
    """The manifest, or None where there is none or it is damaged."""
    try:
        return IndexManifest.from_json((folder / MANIFEST_NAME).read_bytes())
    except OSError:
        return None


def file_matches(folder: Path, manifest: IndexManifest) -> bool:
    """Whether the index file is byte for byte the one that was written."""
    try:
        with (folder / manifest.file).open("rb") as file:
            return os.fstat(file.fileno()).st_size == manifest.size and _sha256(file.fileno()) == manifest.sha256
    except OSError:
        return False


def _sha256(descriptor: int) -> str:
    if not os.fstat(descriptor).st_size:
        return hashlib.sha256().hexdigest()
    with mmap.mmap(descriptor, 0, access=mmap.ACCESS_READ) as data:
        return hashlib.sha256(data).hexdigest()


def read_index(folder: Path, manifest: IndexManifest, in_memory: bool = False) -> BuiltIndex | None:
    """The index, or None where its file is missing or not byte for byte the one that was written.

    Not one byte reaches FAISS's parser before the hash has been compared. Grouped indexes are then
    memory-mapped: a question touches a small part of them.
    """
    if Path(manifest.file).name != manifest.file or not file_matches(folder, manifest):
        return None
    faiss = load_faiss()
    try:
        flags = faiss.IO_FLAG_MMAP if manifest.kind == "ivf" and not in_memory else 0
        index = faiss.read_index(str(folder / manifest.file), flags)
    except RuntimeError:  # it vanished meanwhile, or this FAISS cannot read what another version wrote
        return None
    if index.d != manifest.dimension or index.ntotal != manifest.rows:
        return None
    return BuiltIndex(index, manifest.kind, manifest.trained_rows, manifest.probes)


# ---- searching ----


class PassageIndex:
    """A built index with what has changed since: rows to add to its answers and rows to leave out."""

    def __init__(self, built: BuiltIndex, generation: int, last_passage: int, dimension: int) -> None:
        self.built = built
        self.base_generation = generation
        self.generation = generation
        self.last_passage = last_passage
        self.dimension = dimension
        self._new_ids: Ids = numpy.empty(0, numpy.int64)
        self._new_vectors: Vectors = numpy.empty((0, dimension), numpy.float32)
        self._removed: Ids = numpy.empty(0, numpy.int64)

    @property
    def changes(self) -> int:
        """How many rows were added or removed since the index was built."""
        return len(self._new_ids) + len(self._removed)

    def add(self, ids: Ids, vectors: Vectors) -> None:
        """Take in rows that are newer than `last_passage`, in ascending order of number."""
        self._new_ids = numpy.concatenate([self._new_ids, ids])
        self._new_vectors = numpy.concatenate([self._new_vectors, vectors])
        self.last_passage = int(ids[-1])

    def remove(self, removed: Ids) -> None:
        """Leave out rows: all those that were removed since the index was built."""
        kept = ~numpy.isin(self._new_ids, removed)
        self._new_ids, self._new_vectors = self._new_ids[kept], self._new_vectors[kept]
        self._removed = removed

    def candidates(
        self, query: Vector, count: int, allowed: NDArray[numpy.uint8] | None = None, share: float = 1.0
    ) -> Ids:
        """Passage numbers that are likely the nearest; at least the `count` nearest where the index is exact.

        Args:
            allowed: a bit for each passage number (lowest bit first), or None for all that are not removed.
            share: what part of all passages is allowed; the smaller, the more groups must be looked into.
        """
        found = self._search_built(query, count, allowed, share)
        if not len(self._new_ids):
            return found
        scores = self._new_vectors @ query
        ids = self._new_ids
        if allowed is not None:
            inside = is_allowed(allowed, ids)
            scores, ids = scores[inside], ids[inside]
        if len(ids) > count:
            edge = numpy.partition(scores, -count)[-count]
            ids = ids[scores >= edge]
        return numpy.concatenate([found, ids])

    def _search_built(self, query: Vector, count: int, allowed: NDArray[numpy.uint8] | None, share: float) -> Ids:
        rows = self.built.rows
        if not rows:
            return numpy.empty(0, numpy.int64)
        faiss = load_faiss()
        selector = None
        if allowed is not None:
            selector = faiss.IDSelectorBitmap(allowed)
        elif len(self._removed):
            removed = faiss.IDSelectorBatch(self._removed)
            selector = faiss.IDSelectorNot(removed)
        if self.built.kind == "ivf":
            parameters = faiss.SearchParametersIVF(nprobe=math.ceil(self.built.probes / share), sel=selector)
            wanted = min(OVERSAMPLING * count + 32, rows)
            ids = self.built.faiss_index.search(query[None, :], wanted, params=parameters)[1][0]
            return ids[ids >= 0]  # type: ignore[no-any-return]
        parameters = faiss.SearchParameters(sel=selector) if selector is not None else None
        wanted = min(count + 8, rows)
        while True:
            scores, ids = self.built.faiss_index.search(query[None, :], wanted, params=parameters)
            ids = ids[0][ids[0] >= 0]
            # equal scores at the edge: ask for more, until it is certain that no equal one with a lower
            # number is out
            if wanted == rows or len(ids) < wanted or scores[0][count - 1] - scores[0][-1] > 1e-6:
                return ids  # type: ignore[no-any-return]
            wanted = min(4 * wanted, rows)


def is_allowed(allowed: NDArray[numpy.uint8], ids: Ids) -> NDArray[numpy.bool_]:
    """Which of some passage numbers have their bit set."""
    inside = ids < 8 * len(allowed)
    result = numpy.zeros(len(ids), bool)
    result[inside] = allowed[ids[inside] >> 3] >> (ids[inside] & 7) & 1
    return result


def bits_of(ranges: Sequence[tuple[int, int]], size: int) -> NDArray[numpy.uint8]:
    """A bit for each passage number below `size`, set inside the ranges (first, count)."""
    steps = numpy.zeros(size + 1, numpy.int32)
    if ranges:
        table = numpy.asarray(ranges, numpy.int64)
        numpy.add.at(steps, table[:, 0], 1)
        numpy.add.at(steps, table[:, 0] + table[:, 1], -1)
    return numpy.packbits(numpy.cumsum(steps[:-1]) > 0, bitorder="little")
