"""The folder's library beside Milvus: do they rank alike, and what does each cost.

    python bench/stores.py 2000 --folder /tmp/stores
    python bench/stores.py 1000 --folder /tmp/stores --store milvus://host:19530/bench

Two parts. Real articles (`nieuwsbank`) with the program's own terms and every question of it: how much of the first ten
by words is the same, and whether the first is. Then made articles as in `growth.py`, for each number of passages one
line a store: putting an article, the searches, loading, bytes a passage, and recall@10 against comparing every vector.
Without `--store` the Milvus is Milvus Lite, an embedded engine in Python: its times say nothing of a server's.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy

from bench.growth import PASSAGES, Fingerprint, Generator, analyse
from embeddings import analysis
from embeddings.library import Library
from embeddings.milvus_store import MilvusStore
from embeddings.passages import split_passages
from embeddings.records import Article, EncodedPassage
from embeddings.sentences import split_sentences
from embeddings.store import Store

ROOT = Path(__file__).resolve().parent.parent
Analyse = Callable[[str, str], list[str]]


def agreement(stores: Sequence[Store]) -> dict[str, float]:
    """How alike two stores rank real articles by words."""
    random = numpy.random.default_rng(1)

    def unit(rows: int) -> numpy.ndarray:
        vectors = random.standard_normal((rows, Fingerprint().dimension)).astype(numpy.float32)
        return vectors / numpy.linalg.norm(vectors, axis=1, keepdims=True)

    for line in (ROOT / "bench/nieuwsbank/articles.jsonl").read_text("utf-8").splitlines():
        record = json.loads(line)
        article = Article(record["text"], f"/nieuwsbank/{record['id']}", record["title"], language=record["lang"])
        passages = split_passages(
            article,
            split_sentences(article.text, article.language),
            lambda texts: [len(text) // 4 for text in texts],
            400,
        )
        encoded = [EncodedPassage(passage, unit(1)[0], unit(len(passage.sentences))) for passage in passages]
        for store in stores:
            store.put(article, encoded)
    questions = [
        json.loads(line) for line in (ROOT / "bench/nieuwsbank/questions.jsonl").read_text("utf-8").splitlines()
    ]
    shared, first, asked = 0.0, 0, 0
    for question in questions:
        terms = analysis.query_terms(question["question"], ["nl"])
        ranked = []
        for store in stores:
            stored = store.load([rowid for rowid, _ in store.search_lexical(terms, 10)])
            ranked.append([(item.article.id, item.passage.number) for item in stored])
        if ranked[0]:
            asked += 1
            shared += len(set(ranked[0]) & set(ranked[1])) / max(map(len, ranked))
            first += ranked[0][0] == ranked[1][0]
    return {"questions": asked, "first_ten_shared": shared / asked, "same_first": first / asked}


def measure(store: Store, passages: int) -> dict[str, float]:
    """Fill an empty store and use it."""
    generator = Generator(passages)
    made = list(generator.articles(0, passages // PASSAGES))
    store.bind(Fingerprint(), "bench")
    started = time.perf_counter()
    for article, encoded in made:
        store.put(article, encoded)
    figures = {"put_ms": 1000 * (time.perf_counter() - started) / len(made)}
    store.save_index()
    vectors = numpy.concatenate([[item.vector for item in encoded] for _, encoded in made])
    owners = [(article.id, item.passage.number) for article, encoded in made for item in encoded]
    times: dict[str, list[float]] = {"dense": [], "lexical": [], "load": [], "counts": []}
    found = 0
    for number in generator.random.integers(0, len(made), 50).tolist():
        vector, terms = generator.question(*made[number])
        laps = [time.perf_counter()]
        dense = store.search_dense(vector, 10)
        laps.append(time.perf_counter())
        store.search_lexical(terms, 10)
        laps.append(time.perf_counter())
        loaded = store.load([rowid for rowid, _ in dense])
        laps.append(time.perf_counter())
        store.counts()
        laps.append(time.perf_counter())
        for name, start, end in zip(times, laps, laps[1:], strict=False):
            times[name].append(1000 * (end - start))
        nearest = {owners[place] for place in numpy.argsort(-(vectors @ vector))[:10].tolist()}
        found += len(nearest & {(item.article.id, item.passage.number) for item in loaded})
    figures |= {f"{name}_ms": statistics.median(values) for name, values in times.items()}
    return figures | {"recall_at_10": found / 500, "bytes_a_passage": store.size_on_disk() / len(owners)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("passages", type=int, nargs="+")
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--store", default="", help="a server instead of Milvus Lite; collections NAME… are made there")
    arguments = parser.parse_args()
    shutil.rmtree(arguments.folder, ignore_errors=True)
    arguments.folder.mkdir(parents=True)

    def both(name: str, terms: Analyse) -> tuple[Any, Any]:
        uri = f"{arguments.store}_{name}" if arguments.store else f"milvus-lite:{arguments.folder}/{name}.db"
        opened = (
            Library.open(arguments.folder / name, create=True, analyse=terms),
            MilvusStore.open(uri, create=True, analyse=terms),
        )
        for store in opened:
            store.bind(Fingerprint(), "bench")
        return opened

    stores = both("real", analysis.analyse)
    print(json.dumps({name: round(value, 4) for name, value in agreement(stores).items()}), flush=True)
    for passages in arguments.passages:
        for name, store in zip(("folder", "milvus"), both(f"made{passages}", analyse), strict=True):
            figures = measure(store, passages)
            shown = {key: round(value, 3) for key, value in figures.items()}
            print(json.dumps({"store": name, "passages": passages, **shown}), flush=True)


if __name__ == "__main__":
    main()
