"""How a library behaves as it grows: synthetic articles in a Zipf vocabulary, vectors around topics.

    python bench/growth.py 1000 10000 100000 --folder /tmp/growth

For each number of passages, one line: the cold open (a new process, imports included, to the first hybrid
result), the hybrid search in a running process (both searches of 50 passages; loading 8 of them is counted
apart), the same with a filter, recall@10 of the index against comparing every vector, bytes on disk a
passage, memory, and what adding 100 articles and removing one costs. `*_cpu_ms` is the processor's time, for
machines that are busy with other things. The text is made, so that it says nothing of quality; it has a real
vocabulary's frequencies and articles with topics of their own.
"""

from __future__ import annotations

import argparse
import json
import resource
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy

from embeddings import changes
from embeddings.changes import read_state, write_state
from embeddings.library import Library
from embeddings.records import Article, EncodedPassage, Filters, Passage, PublicationDate, Sentence, Vectors

DIMENSION = 384
PASSAGES = 8  # an article
SENTENCES = 5  # a passage
WORDS = 16  # a sentence
VOCABULARY = 300_000
K = 50

COLD = """
import json, sys, time
start = float(sys.argv[2])
from embeddings.library import Library
import numpy
query = json.load(open(sys.argv[3]))
library = Library.open(sys.argv[1])
opened = time.time()
with library.snapshot():
    dense = library.search_dense(numpy.array(query["vector"], "f4"), 50)
    lexical = library.search_lexical(query["terms"], 50)
    library.load([rowid for rowid, _ in dense[:4] + lexical[:4]])
    library.counts()
end = time.time()
status = open("/proc/self/status").read()  # ru_maxrss would count the parent from which we were forked
print(json.dumps([end - start, opened - start, int(status.split("VmHWM:")[1].split()[0]) / 1024]))
"""


@dataclass(frozen=True, slots=True)
class Fingerprint:
    name: str = "synthetic"
    dimension: int = DIMENSION

    def as_text(self) -> str:
        return "synthetic 384"


def analyse(text: str, language: str) -> list[str]:
    return text.replace(".", "").split()


class Generator:
    """Articles whose vectors lie around topics, as real ones do, and whose words follow Zipf's law."""

    def __init__(self, passages: int, seed: int = 1) -> None:
        self.random = numpy.random.default_rng(seed)
        ranks = numpy.arange(1, VOCABULARY + 1)
        weights = 1.0 / (ranks + 2.7) ** 1.07
        self.cumulative = numpy.cumsum(weights / weights.sum())
        self.topics = self._unit(max(20, passages // 500))
        self.mean = self._unit(1)[0]

    def _unit(self, rows: int) -> Vectors:
        vectors = self.random.standard_normal((rows, DIMENSION), dtype=numpy.float32)
        return vectors / numpy.linalg.norm(vectors, axis=1, keepdims=True)

    def _around(self, centre: Vectors, rows: int, spread: float) -> Vectors:
        vectors = centre + spread * self._unit(rows)
        return vectors / numpy.linalg.norm(vectors, axis=1, keepdims=True)

    def articles(self, first: int, count: int) -> Iterator[tuple[Article, list[EncodedPassage]]]:
        for number in range(first, first + count):
            topic = self.topics[self.random.integers(len(self.topics))]
            centre = self._around(0.9 * self.mean + 0.5 * topic, 1, 0.35)
            vectors = self._around(centre, PASSAGES, 0.35)
            draws = self.random.random((PASSAGES * SENTENCES, WORDS))
            words = numpy.searchsorted(self.cumulative, draws)
            topical = self.random.integers(1000, VOCABULARY, 12)  # an article keeps coming back to its own words
            words = numpy.where(self.random.random(words.shape) < 0.15, self.random.choice(topical, words.shape), words)
            lines = [" ".join(f"w{word}" for word in row) + "." for row in words.tolist()]
            day = f"{2000 + number % 24}-{1 + number % 12:02d}-{1 + number % 28:02d}"
            article = Article(
                "\n".join(lines), f"/synthetic/{number}.txt", f"w{topical[0]} w{topical[1]}",
                PublicationDate(day, "made"), publisher=f"krant {number % 9}", language="nl",
            )  # fmt: skip
            sentences = []
            start = 0
            for line in lines:
                sentences.append(Sentence(start, start + len(line)))
                start += len(line) + 1
            encoded = []
            for index, vector in enumerate(vectors):
                own = tuple(sentences[index * SENTENCES : (index + 1) * SENTENCES])
                passage = Passage(article.id, index, own, article.title)
                encoded.append(EncodedPassage(passage, vector, self._around(vector[None, :], SENTENCES, 0.4)))
            yield article, encoded

    def question(self, article: Article, encoded: list[EncodedPassage]) -> tuple[numpy.ndarray, list[str]]:
        """A vector near a passage and six of its words, none of the hundred most frequent."""
        item = encoded[self.random.integers(len(encoded))]
        text = article.text[item.passage.start : item.passage.end]
        words = [word for word in analyse(text, "") if int(word[1:]) > 100]
        return self._around(item.vector[None, :], 1, 0.5)[0], list(self.random.choice(words, 6))


def fill(library: Library, generator: Generator, articles: int) -> None:
    """Put in bulk, a thousand articles a transaction, so as not to measure the disk's fsync."""
    done = 0
    while done < articles:
        batch = min(1000, articles - done)
        with library.database.writing() as connection:
            state = read_state(connection)
            for article, encoded in generator.articles(done, batch):
                state = changes.insert(connection, state, article, encoded, analyse)
            write_state(connection, state)
        done += batch


def measure(folder: Path, passages: int) -> dict[str, float]:
    """Fill a library and measure it."""
    shutil.rmtree(folder, ignore_errors=True)
    generator = Generator(passages)
    return {"passages": passages} | build(folder, generator, passages) | use(folder, generator, passages)


def build(folder: Path, generator: Generator, passages: int) -> dict[str, float]:
    figures: dict[str, float] = {}
    start = time.perf_counter()
    with Library.open(folder, create=True, analyse=analyse) as library:
        library.bind(Fingerprint(), "bench")
        fill(library, generator, passages // PASSAGES)
        figures["fill_ms_an_article"] = 1000 * (time.perf_counter() - start) / (passages // PASSAGES)
        start = time.perf_counter()
        library.save_index()
        figures["index_s"] = time.perf_counter() - start
    return figures


def use(folder: Path, generator: Generator, passages: int) -> dict[str, float]:
    """Search it, cold and warm, and change it a little."""
    figures: dict[str, float] = {}
    figures["bytes_a_passage"] = sum(path.stat().st_size for path in folder.iterdir()) / passages
    figures["index_bytes_a_passage"] = sum(path.stat().st_size for path in folder.glob("*.faiss")) / passages

    with Library.open(folder, analyse=analyse) as library:
        questions = []
        for rowid in generator.random.integers(1, passages, 200).tolist():
            stored = library.load([rowid])[0]
            encoded = [EncodedPassage(stored.passage, stored.vector, stored.sentence_vectors)]
            questions.append(generator.question(stored.article, encoded))
        (folder.parent / "question.json").write_text(
            json.dumps({"vector": questions[0][0].tolist(), "terms": questions[0][1]})
        )
        cold = []
        for _ in range(5):
            arguments = [
                sys.executable,
                "-c",
                COLD,
                str(folder),
                repr(time.time()),
                str(folder.parent / "question.json"),
            ]
            cold.append(json.loads(subprocess.run(arguments, capture_output=True, check=True).stdout))
        figures["cold_ms"] = 1000 * statistics.median(row[0] for row in cold)
        figures["cold_mib"] = statistics.median(row[2] for row in cold)
        parts: dict[str, list[float]] = {
            "dense": [],
            "lexical": [],
            "load": [],
            "hybrid": [],
            "hybrid_cpu": [],
            "filtered": [],
        }
        for vector, terms in questions:
            with library.snapshot():
                processor = time.process_time()
                start = time.perf_counter()
                dense = library.search_dense(vector, K)
                middle = time.perf_counter()
                lexical = library.search_lexical(terms, K)
                searched = time.perf_counter()
                parts["hybrid_cpu"].append(1000 * (time.process_time() - processor))
                library.load([rowid for rowid, _ in dense[:4] + lexical[:4]])
                end = time.perf_counter()
            parts["dense"].append(1000 * (middle - start))
            parts["lexical"].append(1000 * (searched - middle))
            parts["load"].append(1000 * (end - searched))
            parts["hybrid"].append(1000 * (searched - start))
        filters = Filters(sources=("krant 3",))
        for vector, terms in questions[:30]:
            start = time.perf_counter()
            with library.snapshot():
                found = library.search_dense(vector, K, filters)
                library.search_lexical(terms, K, filters)
            parts["filtered"].append(1000 * (time.perf_counter() - start))
            assert len(found) == min(K, len(found) or K)
        for name, values in parts.items():
            figures[f"{name}_ms"] = statistics.median(values)
            figures[f"{name}_p95_ms"] = statistics.quantiles(values, n=20)[-1]
        figures["recall_at_10"] = recall(library, [vector for vector, _ in questions[:100]])
    figures["peak_mib"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024

    with Library.open(folder, writable=True, analyse=analyse) as library:
        new = list(generator.articles(10**7, 100))
        start = time.perf_counter()
        for article, encoded in new:
            library.put(article, encoded)
        figures["put_ms"] = 10 * (time.perf_counter() - start)
        start = time.perf_counter()
        library.save_index()
        figures["save_100_s"] = time.perf_counter() - start
        found = library.search_dense(new[7][1][3].vector, 1)
        assert library.load([found[0][0]])[0].article.id == new[7][0].id
        start = time.perf_counter()
        for article, _ in new[:20]:
            library.remove(article.id)
        figures["remove_ms"] = 50 * (time.perf_counter() - start)
    return figures


def recall(library: Library, questions: list[numpy.ndarray]) -> float:
    """Part of the ten nearest, by comparing every stored vector, that the index finds."""
    wanted = numpy.stack(questions)
    best = [numpy.empty((len(questions), 0)), numpy.empty((len(questions), 0), numpy.int64)]
    with library.snapshot():
        for ids, vectors in library._searches._dense._blocks():
            scores = numpy.concatenate([best[0], wanted @ vectors.T], axis=1)
            numbers = numpy.concatenate([best[1], numpy.tile(ids, (len(questions), 1))], axis=1)
            order = numpy.argpartition(-scores, 10, axis=1)[:, :10]
            best = [numpy.take_along_axis(scores, order, 1), numpy.take_along_axis(numbers, order, 1)]
        found = [{rowid for rowid, _ in library.search_dense(vector, 10)} for vector in questions]
    return statistics.mean(len(set(row.tolist()) & hits) / 10 for row, hits in zip(best[1], found, strict=True))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("passages", type=int, nargs="+")
    parser.add_argument("--folder", type=Path, required=True, help="where the libraries are made")
    parser.add_argument("--keep", action="store_true", help="leave them there")
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    for passages in arguments.passages:
        figures = measure(arguments.folder / str(passages), passages)
        print(json.dumps({name: round(value, 3) for name, value in figures.items()}), flush=True)
        if not arguments.keep:
            shutil.rmtree(arguments.folder / str(passages))


if __name__ == "__main__":
    main()
