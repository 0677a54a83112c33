"""Where the time of a cold question and of taking in an article goes, part by part.

    OMP_NUM_THREADS=1 python bench/parts.py --articles 30

Processor milliseconds. The question runs in a process of its own, five times, medians; the articles (`nieuwsbank`) go
through the same steps that `bronvast add` takes, one step at a time.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
QUESTION = "Naar welk ziekenhuis moeten Tolmeerders met spoed als hun eigen spoedpost dicht is?"

COLD = """
import json, sys, time
from pathlib import Path
marks = [("Python itself", time.process_time())]
def mark(name):
    marks.append((name, time.process_time()))
import qa.cli
mark("the command line (typer)")
from qa.config import load_config
config = load_config({"library": Path(sys.argv[1])})
mark("settings")
from qa.assembly import encoder_for, open_library
library = open_library(config)
mark("opening the library (SQLite, numpy)")
encoder = encoder_for(config, library)
vector = encoder.encode_query(sys.argv[2])
mark("loading the encoder, encoding")
library.search_dense(vector, 60)
mark("search by meaning (FAISS imported)")
from embeddings.analysis import query_terms
terms = query_terms(sys.argv[2], ["nl"])
mark("the question's words (stemmer, compounds, aliases)")
library.search_lexical(terms, 1000)
mark("search by words")
from qa.retriever import Retriever
hits = Retriever(library, encoder).search(sys.argv[2])
mark("fusing, copies, loading passages")
from embeddings.reading_model import Candidate, load_reading_model
likely = [Candidate(hit.sentence_text(0), hit.article.title) for hit in hits.hits[:4]]
load_reading_model().log_odds(sys.argv[2], likely)
mark("reading the likeliest sentences")
from qa.language_models.adapted_reader import AdaptedReader, is_installed
if is_installed():
    reader = AdaptedReader()
    reader.log_odds(sys.argv[2], likely)
    mark("reading them with the embedded language model (begun here; earlier in use)")
    reader.close()
from qa.answering import Answerer
answer = Answerer(library, encoder, None, Retriever(library, encoder)).ask(sys.argv[2])
mark("weighing and quoting (its tables, a second search)")
library.close()
print(json.dumps([[name, 1000 * (now - before)] for (_, before), (name, now) in zip(
    [("", 0.0), *marks], marks)]))
"""


def articles(count: int, folder: Path) -> list[Path]:
    lines = (ROOT / "bench/nieuwsbank/articles.jsonl").read_text("utf-8").splitlines()[:count]
    files = []
    for record in map(json.loads, lines):
        files.append(folder / f"{record['id']}.md")
        files[-1].write_text(f"---\ntitle: {json.dumps(record['title'])}\n---\n{record['text']}\n", encoding="utf-8")
    return files


def of_articles(files: list[Path], folder: Path) -> dict[str, float]:
    """Milliseconds an article, by part; the library that is made is left in the folder."""
    from embeddings.encoders import load_encoder
    from embeddings.library import Library
    from embeddings.passages import CHUNKER, passage_text, split_passages
    from embeddings.sentences import split_sentences
    from qa.readers import read

    parts: dict[str, float] = {}

    @contextmanager
    def timed(name: str) -> Iterator[None]:
        started = time.process_time()
        yield
        parts[name] = parts.get(name, 0.0) + 1000 * (time.process_time() - started) / len(files)

    encoder = load_encoder()
    encoder.encode_texts(["opwarmen"], "passage")
    with timed("reading"):
        read_articles = [article for file in files for article in read(str(file))]
    with timed("sentences"):
        sentences = [split_sentences(a.text, a.language, a.furniture, a.headings) for a in read_articles]
    with timed("passages (counting tokens)"):
        passages = [
            split_passages(article, own, encoder.count_tokens, encoder.passage_limit)
            for article, own in zip(read_articles, sentences, strict=True)
        ]
    items = [(article, passage) for article, own in zip(read_articles, passages, strict=True) for passage in own]
    with timed("encoding passages"):
        encoder.encode_texts([passage_text(article, passage) for article, passage in items], "passage")
    with timed("both"):
        encoded = list(encoder.encode_passages(items))
    parts["encoding sentences"] = parts.pop("both") - parts["encoding passages"]
    with Library.open(folder / "library", create=True) as library:
        library.bind(encoder.fingerprint, CHUNKER)
        with timed("storing, with words and copies"):
            place = 0
            for article, own in zip(read_articles, passages, strict=True):
                library.put(article, encoded[place : place + len(own)])
                place += len(own)
    return parts


def of_question(library: Path) -> dict[str, float]:
    """Milliseconds by part."""
    runs = []
    for _ in range(5):
        command = [sys.executable, "-c", COLD, str(library), QUESTION]
        done = subprocess.run(
            command, stdout=subprocess.PIPE, check=True, cwd=ROOT, env={**os.environ, "PYTHONPATH": "."}
        )
        runs.append(json.loads(done.stdout))
    return {run[0][0]: statistics.median(one[1] for one in run) for run in zip(*runs, strict=True)}


def show(title: str, parts: dict[str, float]) -> None:
    total = sum(parts.values())
    print(f"| {title} | ms | part |\n|---|---|---|")
    for name, value in parts.items():
        print(f"| {name} | {value:.1f} | {100 * value / total:.0f} % |")
    print(f"| together | {total:.0f} | |\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=int, default=30)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        show("an article", of_articles(articles(arguments.articles, folder), folder))
        show("a cold question", of_question(folder / "library"))


if __name__ == "__main__":
    main()
