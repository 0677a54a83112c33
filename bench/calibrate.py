"""Fits the weights of `qa/evidence.py` that say how likely the best sentence answers the question.

    python bench/calibrate.py SETS --work FOLDER [--set NAME ...] [--unread]

SETS and FOLDER are those of `bench/retrieval.py`. Positive are the answerable questions of all sets and of `bench/answerability`,
negative the unanswerable ones and the everyday questions of `off_topic.txt`, put to every set; those that the model which reads
was trained on are left out, as is what a rule refuses in any case (a name that the articles don't have). With --unread the
sentences are not read beside the question, as where that model is missing. Printed
are the weights, the share refused at each threshold, and the same when each set is judged by weights that were fitted without it.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench.reading_model_lessons import LEARNT_SETS, everyday, learnt_from, sets_with_invented
from bench.retrieval import made_library
from embeddings.encoders import Encoder, load_encoder
from embeddings.library import Library
from qa.answerability import Judge, judged, load_judge
from qa.evidence import READ_CONFIDENCE_WEIGHTS, weigh
from qa.questions import Question, read_questions
from qa.retriever import Retriever

FEATURES = tuple(name for name in READ_CONFIDENCE_WEIGHTS if name != "bias")
THRESHOLDS = (0.1, 0.13, 0.16, 0.18, 0.2, 0.25, 0.35)
WEIGHTS = {"yes": 1.0, "no": 1.0, "off": 2.0}
UNREAD_WEIGHTS = {**WEIGHTS, "no": 0.3}
"""How much an example counts. Unread, what comes near an answer can't be told apart by the features, and would only blur them."""

FOREIGN_WEIGHT = 2.5  # few questions are asked across languages, and most of them in bench/answerability
STRENGTH = 3.0  # of the prior that keeps weights small


@dataclass(frozen=True, slots=True)
class Example:
    """A question put to a set: its features, and whether the set answers it ("yes", "no" or "off")."""

    name: str
    kind: str
    features: tuple[float, ...]
    foreign: bool


def examples(sets: Path, work: Path, encoder: Encoder, wanted: Sequence[str], judge: Judge | None) -> Iterator[Example]:
    for questions in sets_with_invented(sets, work, wanted):
        folder = made_library(work, questions, encoder)
        asked = [item for item in read_questions(questions.corpus.with_name("questions.jsonl")) if not item.history]
        asked += everyday()
        with Library.open(folder) as library:
            retriever = Retriever(library, encoder)
            ids = {article.external_id: article.id for article in library.articles()}
            for question in asked:
                if judge is not None and questions.name in LEARNT_SETS and learnt_from(question):
                    continue
                within = frozenset(ids[item] for item in question.context_ids if item in ids) or None
                yield from _example(library, retriever, questions.name, question, within, judge)


def _example(
    library: Library,
    retriever: Retriever,
    name: str,
    question: Question,
    within: frozenset[str] | None,
    judge: Judge | None,
) -> Iterator[Example]:
    hits = retriever.search(question.question, k=8, filters=question.filters, within=within).hits
    passages = library.counts().passages
    weighed = weigh(question.question, question.language, hits, library.document_frequencies, passages)
    evidence = judged(question.question, weighed, judge)
    kind = "off" if question.type == "off" else "yes" if question.answerable else "no"
    if evidence.best is not None and not evidence.missing:
        features = evidence.best.features
        yield Example(name, kind, tuple(getattr(features, item) for item in FEATURES), bool(features.foreign))


def fitted(chosen: Sequence[Example], counts: Mapping[str, float]) -> tuple[NDArray[numpy.float64], float]:
    """Weights and bias of a logistic regression on the features as they are."""
    from sklearn.linear_model import LogisticRegression

    rows = numpy.array([example.features for example in chosen])
    answers = numpy.array([example.kind == "yes" for example in chosen])
    weights = numpy.array([counts[item.kind] * _foreign_weight(item) for item in chosen])
    mean, deviation = rows.mean(axis=0), rows.std(axis=0) + 1e-9
    model = LogisticRegression(C=STRENGTH, max_iter=1000).fit((rows - mean) / deviation, answers, sample_weight=weights)
    own = model.coef_[0] / deviation
    return own, float(model.intercept_[0] - own @ mean)


def _foreign_weight(example: Example) -> float:
    return FOREIGN_WEIGHT if example.foreign and example.kind != "no" else 1.0


def confidences(chosen: Sequence[Example], weights: NDArray[numpy.float64], bias: float) -> NDArray[numpy.float64]:
    return numpy.array(
        [1 / (1 + math.exp(-(bias + float(weights @ numpy.array(example.features))))) for example in chosen]
    )


def report(chosen: Sequence[Example], values: NDArray[numpy.float64]) -> None:
    names = sorted({example.name for example in chosen})
    print("threshold | off topic refused | unanswerable refused | answerable refused, by set")
    for threshold in THRESHOLDS:
        refused = values < threshold
        shares = {
            kind: float(numpy.mean(refused[[example.kind == kind for example in chosen]]))
            for kind in ("off", "no", "yes")
        }
        by_set = []
        for name in names:
            of_set = [example.kind == "yes" and example.name == name for example in chosen]
            by_set.append(f"{name} {float(numpy.mean(refused[of_set])):.3f}")
        print(f"{threshold:9} | {shares['off']:.3f} | {shares['no']:.3f} | {shares['yes']:.3f}: {', '.join(by_set)}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else "")
    parser.add_argument("sets", type=Path)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--set", action="append", default=[])
    parser.add_argument("--unread", action="store_true")
    chosen = parser.parse_args()
    judge = None if chosen.unread else load_judge()
    counts = UNREAD_WEIGHTS if chosen.unread else WEIGHTS
    found = list(examples(chosen.sets, chosen.work, load_encoder(), chosen.set, judge))
    weights, bias = fitted(found, counts)
    print(
        {
            "bias": round(bias, 2),
            **{name: round(float(value), 2) for name, value in zip(FEATURES, weights, strict=True)},
        }
    )
    report(found, confidences(found, weights, bias))
    print("\neach set judged by weights fitted without it")
    values = numpy.zeros(len(found))
    for name in {example.name for example in found}:
        other = fitted([example for example in found if example.name != name], counts)
        places = [place for place, example in enumerate(found) if example.name == name]
        values[places] = confidences([found[place] for place in places], *other)
    report(found, values)


if __name__ == "__main__":
    main()
