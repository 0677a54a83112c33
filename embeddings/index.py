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
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final, Literal, TypeAlias

import numpy
from numpy.typing import NDArray

from embeddings import files
from embeddings.records import Vector, Vectors

Kind: TypeAlias = Literal["exact", "ivf"]
Ids: TypeAlias = NDArray[numpy.int64]
Blocks: TypeAlias = Iterator[tuple[Ids, Vectors]]

MANIFEST_NAME: Final = "index.json"
EXACT_LIMIT: Final = 25_000  # beyond, hashing and comparing every vector costs a cold question more than grouping
OVERSAMPLING: Final = 1.5  # candidates asked of the eight-bit codes for each passage wanted


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
    files.write_atomically(folder / manifest.file, memoryview(data))
    files.write_atomically(folder / MANIFEST_NAME, manifest.as_json())
    for path in index_files(folder):
        if path.name != manifest.file:
            with contextlib.suppress(OSError):
                files.remove(path)
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
    except (RuntimeError, MemoryError):  # it vanished meanwhile, or another version of FAISS wrote it
        return None
    if flags:
        # it would start 32 threads for every question to read ahead what the hash has just read
        faiss.downcast_InvertedLists(index.invlists).prefetch_nthread = 0
    if index.d != manifest.dimension or index.ntotal != manifest.rows:
        return None
    return BuiltIndex(index, manifest.kind, manifest.trained_rows, manifest.probes)


# ---- searching ----


def oversampled(count: int) -> int:
    """How many candidates to ask of eight-bit codes where so many passages are wanted."""
    return math.ceil(OVERSAMPLING * count) + 24


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
            wanted = min(oversampled(count), rows)
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
