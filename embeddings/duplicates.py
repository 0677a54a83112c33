"""Which articles are copies of one another, shortened or lightly edited, so that three copies count as one
source.

Two articles are near-duplicates when most of the five-word runs (shingles) of the shorter one occur in the
longer one
and the shorter is no mere fragment of it: without that second condition a news round-up would join all the
    stories
that it summarises. Clusters are the connected components of that relation.

Candidates come from a sketch, a fixed sample of each article's shingle hashes kept in the database
(FracMinHash: every hash below a threshold), which unlike MinHash finds a short copy inside a long article;
they are then compared in full.
"""

from __future__ import annotations

import re
import zlib
from collections import Counter
from collections.abc import Sequence
from typing import Final

import apsw
import numpy
from numpy.typing import NDArray

from embeddings.database import rows_of
from embeddings.records import Article
from embeddings.schema import ARTICLE_COLUMNS, article_of, fold, small_checksum

SHINGLE_WORDS: Final = 5
CONTAINMENT: Final = 0.6  # part of the shorter article's shingles that the longer one must hold
SHORTEST_PART: Final = 0.25  # how much shorter a copy may be
FEWEST_SHINGLES: Final = 12  # shorter texts are duplicates only of exactly the same shingles
SKETCH_PART: Final = 8  # one shingle in so many is sampled
SKETCH_LEAST: Final = 16
CANDIDATES_PER_HASH: Final = 40
CANDIDATES: Final = 24

Hashes = NDArray[numpy.uint64]

_WORD = re.compile(r"\w+")
_MULTIPLIERS = numpy.array(
    [0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0xD6E8FEB86659FD93, 0xA0761D6478BD642F],
    numpy.uint64,
)


def shingles(article: Article) -> Hashes:
    """Sorted distinct hashes of every run of five words in the article's prose; furniture is left out."""
    text = article.text
    for span in sorted(article.furniture, key=lambda span: span.start, reverse=True):
        text = text[: span.start] + " " + text[span.end :]
    words = _WORD.findall(fold(text))
    if not words:
        return numpy.empty(0, numpy.uint64)
    hashes = numpy.fromiter(map(zlib.crc32, map(str.encode, words)), numpy.uint64, len(words))
    width = min(SHINGLE_WORDS, len(words))
    count = len(words) - width + 1
    mixed = _mix(hashes)
    runs = mixed[:count] * _MULTIPLIERS[0]
    for place in range(1, width):
        runs += mixed[place : place + count] * _MULTIPLIERS[place]
    found = numpy.sort(_mix(runs))
    return found[numpy.concatenate(([True], found[1:] != found[:-1]))]  # numpy.unique takes seven times as long


def _mix(values: Hashes) -> Hashes:
    """Spread 64-bit values evenly (the finalizer of splitmix64)."""
    values = (values ^ (values >> numpy.uint64(30))) * numpy.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> numpy.uint64(27))) * numpy.uint64(0x94D049BB133111EB)
    return values ^ (values >> numpy.uint64(31))


def sketch(hashes: Hashes) -> list[int]:
    """The sample of an article's shingles that is stored: those below a threshold, and the lowest in any
    case.
    """
    below = int(numpy.searchsorted(hashes, numpy.uint64(2**64 // SKETCH_PART)))
    return hashes[: max(below, SKETCH_LEAST)].view(numpy.int64).tolist()  # type: ignore[no-any-return]


def near_duplicates(first: Hashes, second: Hashes) -> bool:
    """Whether two articles, given by their shingles, are copies of one another."""
    shorter, longer = sorted((len(first), len(second)))
    if shorter < FEWEST_SHINGLES:
        return shorter > 0 and numpy.array_equal(first, second)
    if shorter < SHORTEST_PART * longer:
        return False
    shared = len(numpy.intersect1d(first, second, assume_unique=True))
    return shared >= CONTAINMENT * shorter


def add(connection: apsw.Connection, rowid: int, article: Article) -> None:
    """Give a new article its cluster, joining the clusters of all its near-duplicates."""
    hashes = shingles(article)
    sample = sketch(hashes)
    joined = {rowid}
    for candidate in _candidates(connection, sample):
        cluster = _cluster(connection, candidate)
        if cluster not in joined and near_duplicates(hashes, shingles(_article(connection, candidate))):
            joined.add(cluster)
    connection.executemany("INSERT INTO shingles(hash, article) VALUES (?, ?)", ((value, rowid) for value in sample))
    members = [rowid]
    for cluster in joined - {rowid}:
        members += _members(connection, cluster)
    _label(connection, members)


def remove(connection: apsw.Connection, rowid: int, article: Article) -> None:
    """Take an article out of its cluster, which falls apart where it alone held it together."""
    connection.executemany(
        "DELETE FROM shingles WHERE hash = ? AND article = ?",
        ((value, rowid) for value in sketch(shingles(article))),
    )
    left = [member for member in _members(connection, _cluster(connection, rowid)) if member != rowid]
    connection.execute("DELETE FROM clusters WHERE article = ?", (rowid,))
    for component in components([shingles(_article(connection, member)) for member in left]):
        _label(connection, [left[position] for position in component])


def components(articles: Sequence[Hashes]) -> list[list[int]]:
    """Positions of the articles, grouped by being near-duplicates directly or through others."""
    groups: list[list[int]] = []
    for position, hashes in enumerate(articles):
        touching = [group for group in groups if any(near_duplicates(hashes, articles[other]) for other in group)]
        groups = [group for group in groups if group not in touching]
        groups.append([*(member for group in touching for member in group), position])
    return groups


def _candidates(connection: apsw.Connection, sample: Sequence[int]) -> list[int]:
    """Articles that share most sampled shingles; a shingle that very many share (boilerplate) names but a
    few.
    """
    shared: Counter[int] = Counter()
    for value in sample:
        rows = connection.execute(
            "SELECT article FROM shingles WHERE hash = ? ORDER BY article LIMIT ?",
            (value, CANDIDATES_PER_HASH),
        )
        shared.update(article for (article,) in rows)
    fewest = CONTAINMENT * SHORTEST_PART * len(sample) / 3
    return [article for article, count in shared.most_common(CANDIDATES) if count >= fewest]


def _article(connection: apsw.Connection, rowid: int) -> Article:
    return article_of(rows_of(connection, f"SELECT {ARTICLE_COLUMNS} FROM articles WHERE rowid = ?", [rowid])[0])


def _cluster(connection: apsw.Connection, rowid: int) -> int:
    return int(rows_of(connection, "SELECT cluster FROM clusters WHERE article = ?", [rowid])[0][0])


def _members(connection: apsw.Connection, cluster: int) -> list[int]:
    rows = rows_of(connection, "SELECT article FROM clusters WHERE cluster = ? ORDER BY article", [cluster])
    return [article for (article,) in rows]


def _label(connection: apsw.Connection, members: Sequence[int]) -> None:
    number = min(members)
    connection.executemany(
        "INSERT OR REPLACE INTO clusters(article, cluster, checksum) VALUES (?, ?, ?)",
        ((member, number, small_checksum(member, number)) for member in members),
    )
