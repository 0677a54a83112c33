"""What each part of retrieval brings: every part taken out in turn, on every question set that says where its answers are.

    python bench/retrieval.py SETS --work FOLDER [--set NAME ...] [--passages]

SETS holds one folder a question set, each with `corpus.jsonl` and `questions.jsonl`; this project's own set is measured
besides. In sets that ask across languages only articles in the other language than the question's count, because the twin in
the question's own ranks first by right; and where an article's title is the question itself, titles are left out. Libraries
are made in FOLDER once and used again. With --passages, libraries of other passage sizes and without titles and headings are
made and measured, too, which takes minutes of encoding.
"""

from __future__ import annotations

import argparse
import json
import math
import shutil
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from embeddings import passages
from embeddings.analysis import Rules, analyse, query_terms
from embeddings.encoders import Encoder, load_encoder
from embeddings.library import Library
from embeddings.records import EncodedPassage, Hit
from qa.evaluation import Figure, figure
from qa.fusion import Fusion
from qa.questions import Question, read_questions
from qa.retriever import CANDIDATES, Retriever

ROOT = Path(__file__).parent.parent
ACROSS_LANGUAGES = {"coronamelder": "faq_nl_en faq_en_nl", "ntrex": ""}
"""Sets in which only the other language counts, with the types of question that ask across; "" means all."""

DEPTH = 10
ALL = Fusion()


@dataclass(frozen=True, slots=True)
class QuestionSet:
    name: str
    corpus: Path
    questions: tuple[Question, ...]

    @property
    def across(self) -> bool:
        return self.name in ACROSS_LANGUAGES


def question_sets(folder: Path, wanted: Sequence[str]) -> Iterator[QuestionSet]:
    places = [path.parent for path in sorted(folder.glob("*/questions.jsonl"))]
    own = ROOT / "bench" / "nieuwsbank"
    for place in [*places, own]:
        if wanted and place.name not in wanted:
            continue
        corpus = place / ("articles.jsonl" if place == own else "corpus.jsonl")
        types = ACROSS_LANGUAGES.get(place.name, "").split()
        questions = tuple(
            question
            for question in read_questions(place / "questions.jsonl")
            if question.evidence and not question.history and (not types or question.type in types)
        )
        if questions:
            yield QuestionSet(place.name, corpus, questions)


def made_library(work: Path, questions: QuestionSet, encoder: Encoder, label: str = "") -> Path:
    """The set's library, made with the program's own reading, cutting and encoding where it is not there yet."""
    from qa.ingest import add

    folder = work / f"{questions.name}{label}"
    if (folder / "done").exists():
        return folder
    shutil.rmtree(folder, ignore_errors=True)
    corpus = questions.corpus
    if questions.across:
        corpus = work / f"{questions.name}.jsonl"
        lines = [json.loads(line) for line in questions.corpus.read_text(encoding="utf-8").splitlines()]
        corpus.write_text("".join(json.dumps({**line, "title": ""}) + "\n" for line in lines), encoding="utf-8")
    with Library.open(folder, create=True) as library:
        library.bind(encoder.fingerprint, passages.CHUNKER)
        add(library, encoder, [str(corpus)])
    (folder / "done").touch()
    return folder


def reworded(source: Path, target: Path, rules: Rules) -> Path:
    """The same library with another word index: nothing is encoded again."""
    shutil.rmtree(target, ignore_errors=True)
    with (
        Library.open(source) as library,
        Library.open(target, create=True, analyse=partial(analyse, rules=rules)) as other,
    ):
        encoder = load_encoder(library.encoder_name)
        other.bind(encoder.fingerprint, library.chunker)
        for article in library.articles():
            stored = library.passages_of(article.id)
            other.put(article, [EncodedPassage(item.passage, item.vector, item.sentence_vectors) for item in stored])
    return target


def gold(question: Question) -> set[str]:
    found = {evidence.article for evidence in question.evidence}
    return found | {copy[0] for evidence in question.evidence for copy in evidence.equivalents}


@dataclass(frozen=True, slots=True)
class Row:
    hit_1: Figure
    hit_5: Figure
    ndcg: Figure
    milliseconds: float


def measured(questions: QuestionSet, search: Callable[[Question], Sequence[str]]) -> Row:
    """Ranks of the articles that hold evidence.

    Args:
        search: external ids of the articles found, best first, each once.
    """
    ranks, gains, seconds = [], [], []
    for question in questions.questions:
        started = time.perf_counter()
        order = search(question)
        seconds.append(time.perf_counter() - started)
        wanted = gold(question)
        groups = {min({item.article, *(copy[0] for copy in item.equivalents)}) for item in question.evidence}
        ranks.append(next((place for place, article in enumerate(order) if article in wanted), math.inf))
        ideal = sum(1 / math.log2(place + 2) for place in range(min(len(groups), DEPTH)))
        gain = sum(1 / math.log2(place + 2) for place, article in enumerate(order[:DEPTH]) if article in wanted)
        gains.append(min(1.0, gain / ideal))
    return Row(
        figure("hit@1", [rank < 1 for rank in ranks]),
        figure("hit@5", [rank < 5 for rank in ranks]),
        figure("nDCG@10", gains),
        1000 * float(numpy.median(seconds)),
    )


@contextmanager
def opened(
    folder: Path, questions: QuestionSet
) -> Iterator[tuple[Library, Callable[[Sequence[Hit], Question], list[str]]]]:
    with Library.open(folder) as library:

        def ordered(hits: Sequence[Hit], question: Question) -> list[str]:
            kept = (hit for hit in hits if not questions.across or hit.article.language != question.language)
            return list(dict.fromkeys(hit.article.external_id for hit in kept))

        yield library, ordered


def alone(library: Library, encoder: Encoder, by_words: bool, question: Question) -> list[Hit]:
    """Dense or lexical search by itself, without any of the rest."""
    if by_words:
        languages = [code for code, _ in library.counts().languages]
        terms = query_terms(question.question, languages)
        found = library.search_lexical(terms, 4 * CANDIDATES, question.filters)
    else:
        found = library.search_dense(encoder.encode_query(question.question), 4 * CANDIDATES, question.filters)
    stored = {item.rowid: item for item in library.load([rowid for rowid, _ in found])}
    return [Hit(stored[rowid].article, stored[rowid].passage, score, score, None) for rowid, score in found]


def by_one(
    library: Library,
    encoder: Encoder,
    ordered: Callable[[Sequence[Hit], Question], list[str]],
    by_words: bool,
    question: Question,
) -> list[str]:
    return ordered(alone(library, encoder, by_words, question), question)


def reciprocal(library: Library, encoder: Encoder, question: Question) -> list[Hit]:
    """Reciprocal rank fusion of the two, with the usual constant of 60."""
    scores: dict[tuple[str, int], float] = {}
    hits: dict[tuple[str, int], Hit] = {}
    for by_words in (False, True):
        for place, hit in enumerate(alone(library, encoder, by_words, question)):
            key = (hit.article.id, hit.passage.number)
            hits[key] = hit
            scores[key] = scores.get(key, 0.0) + 1 / (60 + place + 1)
    return [hits[key] for key in sorted(scores, key=lambda key: -scores[key])]


FUSIONS = {
    "all of it": ALL,
    "without best sentence": Fusion(sentence=0.0),
    "without words": Fusion(lexical=0.0),
    "without opening": Fusion(opening=0.0),
    "without bridge": Fusion(bridge=0.0),
}
RULES = {
    "words: without stems": Rules(stems=False),
    "words: without compounds": Rules(compounds=False),
    "words: without names": Rules(names=False),
    "words: without numbers": Rules(numbers=False),
    "words: as they stand": Rules(False, False, False, False),
}
SIZES = {"passages of 450": 450, "passages of 1,800": 1800}


def ablate(questions: QuestionSet, work: Path, encoder: Encoder, other_passages: bool) -> Iterator[tuple[str, Row]]:
    folder = made_library(work, questions, encoder)
    depth = 4 * DEPTH
    with opened(folder, questions) as (library, ordered):
        for by_words, name in ((True, "BM25 alone"), (False, "dense alone")):
            yield name, measured(questions, partial(by_one, library, encoder, ordered, by_words))
        yield (
            "reciprocal rank fusion",
            measured(questions, lambda question: ordered(reciprocal(library, encoder, question), question)),
        )
        for name, fusion in FUSIONS.items():
            retriever = Retriever(library, encoder, fusion=fusion)
            yield name, with_retriever(questions, retriever, ordered, depth)
    for name, rules in RULES.items():
        other = reworded(folder, work / "reworded", rules)
        with opened(other, questions) as (library, ordered):
            retriever = Retriever(library, encoder, terms=partial(query_terms, rules=rules))
            yield name, with_retriever(questions, retriever, ordered, depth)
    if other_passages:
        for name, size in SIZES.items():
            with passage_size(size):
                other = made_library(work, questions, encoder, f"-{size}")
            with opened(other, questions) as (library, ordered):
                yield name, with_retriever(questions, Retriever(library, encoder), ordered, depth)


def with_retriever(
    questions: QuestionSet,
    retriever: Retriever,
    ordered: Callable[[Sequence[Hit], Question], list[str]],
    depth: int,
) -> Row:
    return measured(
        questions,
        lambda question: ordered(retriever.search(question.question, k=depth, filters=question.filters).hits, question),
    )


@contextmanager
def passage_size(characters: int) -> Iterator[None]:
    before = passages.TARGET_CHARACTERS
    passages.TARGET_CHARACTERS = characters
    try:
        yield
    finally:
        passages.TARGET_CHARACTERS = before


def cell(value: Figure) -> str:
    return "–" if value.value is None else f"{value.value:.3f} ({value.low:.2f}–{value.high:.2f})"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else "")
    parser.add_argument("sets", type=Path)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--set", action="append", default=[])
    parser.add_argument("--passages", action="store_true")
    parser.add_argument("--parts", nargs="*", help="only these lines of the table")
    chosen = parser.parse_args()
    chosen.work.mkdir(parents=True, exist_ok=True)
    encoder = load_encoder()
    for questions in question_sets(chosen.sets, chosen.set):
        print(f"\n### {questions.name}: {len(questions.questions)} questions\n")
        print("| | hit@1 | hit@5 | nDCG@10 | ms |\n|---|---|---|---|---|")
        for name, row in ablate(questions, chosen.work, encoder, chosen.passages):
            if chosen.parts and name not in chosen.parts:
                continue
            print(f"| {name} | {cell(row.hit_1)} | {cell(row.hit_5)} | {cell(row.ndcg)} | {row.milliseconds:.0f} |")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
