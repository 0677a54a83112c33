"""Searching by meaning: candidates from the FAISS index, scores from the database, and keeping the one up to
date with the other."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace

import numpy
from numpy.typing import NDArray

from embeddings import changes, schema
from embeddings import index as indexes
from embeddings.changes import read_state
from embeddings.errors import EncoderError, EncoderMismatch
from embeddings.index import BuiltIndex, Ids, IndexManifest, PassageIndex
from embeddings.index_building import build_exact, build_grouped, extend
from embeddings.locks import WriteLock
from embeddings.packing import unpack_vectors
from embeddings.records import Vector, Vectors
from embeddings.transactions import LOCK_NAME, Database

CHANGES_LIMIT = 5000  # rows beside a grouped index before it is extended; reading them costs some 20 ms
EVERY_VECTOR_LIMIT = 4000  # passages that a filter leaves, up to which each is compared without the index
BLOCK_ROWS = 20_000


class DenseSearch:
    """The vectors of one open library."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._index: PassageIndex | None = None

    @property
    def _dimension(self) -> int:
        return self._database.manifest.dimension

    def query(self, vector: Vector) -> Vector:
        """A question's vector, made sure to be one and normalised.

        Raises:
            EncoderMismatch: it has another length than those stored.
            EncoderError: it is zero or not finite.
        """
        query = numpy.ascontiguousarray(vector, numpy.float32)
        if query.ndim != 1 or (self._dimension and len(query) != self._dimension):
            raise EncoderMismatch(
                f"the question's vector has the shape {query.shape}, the library's ({self._dimension},)",
                f"use `--encoder {self._database.manifest.encoder_name}`",
            )
        norm = numpy.linalg.norm(query.astype(numpy.float64))
        if not 0.0 < norm < float("inf"):
            raise EncoderError("the question's vector is zero or not a number", "choose another encoder")
        return (query / norm).astype(numpy.float32)

    def search(
        self, query: Vector, k: int, allowed: NDArray[numpy.uint8] | None, count: int
    ) -> list[tuple[int, float]]:
        """Passages and cosines, best first, equal ones by rowid; inside the caller's snapshot.

        Args:
            allowed: a bit for each passage number within the filters, None for all.
            count: how many passages that leaves.
        """
        if k <= 0 or not count:
            return []
        if allowed is not None and count <= EVERY_VECTOR_LIMIT:
            candidates = numpy.flatnonzero(numpy.unpackbits(allowed, bitorder="little")).astype(numpy.int64)
        else:
            share = count / max(1, self._database.state.passages)
            candidates = self.current().candidates(query, k, allowed, share)
        ids, vectors = self._vectors("rowid IN (SELECT value FROM json_each(?))", [json.dumps(candidates.tolist())])
        # in float64 and row by row, so that a score does not depend on which other passages are candidates
        scores = (vectors.astype(numpy.float64) * query).sum(axis=1).astype(numpy.float32)
        order = numpy.lexsort((ids, -scores))[:k]
        return [(int(ids[position]), float(scores[position])) for position in order]

    # ---- stored vectors ----

    def _vectors(self, condition: str, values: Sequence[schema.Column]) -> tuple[Ids, Vectors]:
        rows = schema.typed(
            self._database.rows(f"SELECT rowid, vector FROM passages WHERE {condition}", values), int, bytes
        )
        if any(len(row[1]) != 2 * self._dimension for row in rows):
            raise schema.damaged("a stored vector")
        ids = numpy.fromiter((row[0] for row in rows), numpy.int64, len(rows))
        vectors = unpack_vectors(b"".join(row[1] for row in rows), self._dimension)
        if not numpy.isfinite(vectors).all():
            raise schema.damaged("a stored vector")
        return ids, vectors

    def _blocks(self, after: int = 0) -> indexes.Blocks:
        while True:
            ids, vectors = self._vectors("rowid > ? ORDER BY rowid LIMIT ?", [after, BLOCK_ROWS])
            if not len(ids):
                return
            if ids[0] <= after or (numpy.diff(ids) <= 0).any():  # or this might never end
                raise schema.damaged("the order of the stored passages")
            yield ids, vectors
            after = int(ids[-1])

    def _sample(self, rows: int) -> Vectors:
        step = max(1, self._database.state.passages // rows)
        return self._vectors("rowid % ? = 0", [step])[1]

    def _removed(self) -> Ids:
        rows = self._database.rows("SELECT first, count, checksum FROM removed_passages")
        if any(schema.small_checksum(first, count) != checksum for first, count, checksum in rows):
            raise schema.damaged("the list of removed passages")
        parts = [numpy.arange(first, first + count, dtype=numpy.int64) for first, count, _ in rows]
        return numpy.concatenate(parts) if parts else numpy.empty(0, numpy.int64)

    # ---- the index that a search uses ----

    def _usable(self, manifest: IndexManifest | None) -> bool:
        """Whether that index is of this library and what changed since it was built can be told exactly."""
        state = self._database.state
        return (
            manifest is not None
            and manifest.library == self._database.manifest.library
            and manifest.dimension == self._dimension
            and state.removals_since <= manifest.generation <= state.generation
        )

    def _from_disk(self) -> PassageIndex | None:
        folder = self._database.folder
        manifest = self._database.index_manifest
        for _ in range(2):
            if manifest is not None and self._usable(manifest):
                built = indexes.read_index(folder, manifest)
                if built is not None:
                    return PassageIndex(built, manifest.generation, manifest.last_passage, self._dimension)
            # a writer may have replaced it between our reading its name and starting the snapshot
            manifest = indexes.read_manifest(folder)
        return None

    def current(self) -> PassageIndex:
        """The index for this snapshot: read, brought up to date, or built in memory as need be."""
        state = self._database.state
        index = self._index
        if index is None or index.generation != state.generation:
            if index is None or self._outdated(index):
                index = self._from_disk() or self._in_memory()
            removed = self._removed()
            for ids, vectors in self._blocks(after=index.last_passage):
                index.add(ids, vectors)
            index.remove(removed)
            index.generation = state.generation
            self._index = index
        return index

    def _outdated(self, index: PassageIndex) -> bool:
        state = self._database.state
        if index.base_generation < state.removals_since or index.generation > state.generation:
            return True
        manifest = self._database.index_manifest
        newer = manifest is not None and manifest.generation > index.base_generation
        return newer and index.changes > CHANGES_LIMIT

    def _in_memory(self) -> PassageIndex:
        # an exact one, which needs no training: a question cannot wait for minutes, a writer can
        state = self._database.state
        built = build_exact(self._blocks(), self._dimension)
        if built.rows <= indexes.EXACT_LIMIT:
            self._offer(built)
        return PassageIndex(built, state.generation, state.next_passage - 1, self._dimension)

    def _offer(self, built: BuiltIndex) -> None:
        """Save an index that a reader had to build, where it may and no writer is at work."""
        folder = self._database.folder
        if self._database.lock is not None or not os.access(folder, os.W_OK):
            return
        lock = WriteLock(folder / LOCK_NAME)
        with suppress(OSError):
            try:
                if lock.try_acquire():
                    there = indexes.read_manifest(folder)
                    if there is None or not indexes.file_matches(folder, there):
                        self._write(built)
            finally:
                lock.release()

    # ---- the index on disk ----

    def _write(self, built: BuiltIndex) -> None:
        state = self._database.state
        manifest = IndexManifest(
            library=self._database.manifest.library,
            generation=state.generation,
            last_passage=state.next_passage - 1,
            dimension=self._dimension,
            kind=built.kind,
            rows=built.rows,
            trained_rows=built.trained_rows,
            probes=built.probes,
        )
        indexes.write_index(self._database.folder, built, manifest)

    def save(self, anew: bool = False) -> None:
        """Bring the index on disk up to date where it has fallen behind by more than a search can make good.

        Args:
            anew: build it from the stored vectors whatever there is.
        """
        database = self._database
        if not self._dimension:
            return
        with database.snapshot():
            built = self._built_anew() if anew else self._refreshed()
            if built is None:
                return
            self._index = None
            self._write(built)
            generation = database.state.generation
        # removals that the saved index has taken in need be remembered no longer
        with database.writing() as connection:
            state = read_state(connection)
            connection.execute("DELETE FROM removed_passages")
            changes.write_state(connection, replace(state, removals_since=generation))

    def _built_anew(self) -> BuiltIndex:
        rows = self._database.state.passages
        if rows <= indexes.EXACT_LIMIT:
            return build_exact(self._blocks(), self._dimension)
        return build_grouped(self._blocks(), self._sample, rows, self._dimension)

    def _refreshed(self) -> BuiltIndex | None:
        """The index with all changes in it, or None where the one on disk is near enough."""
        manifest = self._database.index_manifest
        rows = self._database.state.passages
        if manifest is None or not self._usable(manifest) or not indexes.file_matches(self._database.folder, manifest):
            return self._built_anew()
        removed = self._removed()
        gone = int((removed <= manifest.last_passage).sum())
        changed = gone + rows - (manifest.rows - gone)
        if not changed:
            return None
        if manifest.kind == "ivf" and rows > indexes.EXACT_LIMIT:
            if changed <= CHANGES_LIMIT:
                return None
            built = indexes.read_index(self._database.folder, manifest, in_memory=True)
            if built is not None and rows <= 2 * manifest.trained_rows:
                return extend(built, self._blocks(after=manifest.last_passage), removed)
        return self._built_anew()
