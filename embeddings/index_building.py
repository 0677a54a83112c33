"""Laying out a FAISS index over stored vectors."""

from __future__ import annotations

import math
import os
import sys
from collections.abc import Callable
from typing import Any, Final

import numpy

from embeddings.index import Blocks, BuiltIndex, Ids, load_faiss, oversampled
from embeddings.records import Vectors

TRAINING_ROWS_PER_CENTROID: Final = 40
TRAINING_ROUNDS: Final = 6
RECALL: Final = 0.995  # part of the ten nearest that a grouped index must find on trial questions
TRIALS: Final = 100


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
            found = index.search(self._questions, oversampled(10), params=parameters)[1]
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
