"""What each check of `qa.verification` brings and what it costs: all cases again with one check left out at a time.

    python bench/verification_ablation.py FOLDER [--half tune|report] [--each N] [--similarity]

FOLDER and the cases are those of `bench/verification.py`. A row says how many good sentences a check refuses that would
pass without it, how many spoilt ones it stops that would pass, and which kinds of spoiling it is that it stops.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench.verification import (
    Case,
    encoder_similarity,
    human_answer_cases,
    single_article_cases,
    translation_cases,
)
from qa import polarity, roles, verification
from qa.verification import Similarity, Thresholds, verify

_NOTHING: Callable[..., Any] = lambda *_, **__: []  # noqa: E731
_NONE: Callable[..., Any] = lambda *_, **__: None  # noqa: E731

CHECKS: dict[str, tuple[tuple[Any, str, Callable[..., Any]], ...]] = {
    "number": ((verification, "number_problems", _NOTHING),),
    "date": ((verification, "date_problems", _NOTHING),),
    "name": ((verification, "name_problems", _NOTHING),),
    "quotation": ((verification, "quotation_problems", _NOTHING),),
    "cause": ((verification, "cause_problems", _NOTHING),),
    "replaced": ((verification, "replaced_problems", _NOTHING),),
    "parts (not_covered of a part)": ((verification, "_parts_beside", _NOTHING),),
    "fragments (beside the question)": ((verification, "_beside_the_question", _NOTHING),),
    "speaker (attribution_lost, other_speaker)": ((verification, "speaker_problem", _NONE),),
    "polarity (negation, denial, modality)": ((polarity, "compare", _NOTHING),),
    "roles": ((roles, "swapped", _NONE),),
    "misplaced_number": ((roles, "misplaced_number", _NONE), (roles, "exchanged_count", _NONE)),
    "not_covered": (),
}
"""What stands in for each check's function while it is left out; coverage is left out by its thresholds."""


@contextmanager
def without(check: str) -> Iterator[Thresholds]:
    with ExitStack() as stack:
        for owner, name, stand_in in CHECKS.get(check, ()):
            stack.enter_context(patch.object(owner, name, stand_in))
        yield Thresholds(coverage=0.0, across_coverage=0.0) if check == "not_covered" else Thresholds()


def judged(cases: Sequence[Case], similarity: Similarity | None, check: str = "") -> list[bool]:
    """Whether each case is supported, with one check left out."""
    with without(check) as thresholds:
        return [
            verify(
                case.claim,
                case.cited,
                language=case.language,
                question=case.question,
                similarity=similarity,
                thresholds=thresholds,
            ).supported
            for case in cases
        ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--half", choices=("tune", "report"), default="report")
    parser.add_argument("--each", type=int, default=60, help="most cases of a kind and set")
    parser.add_argument("--similarity", action="store_true", help="ask the encoder where words do not settle it")
    chosen = parser.parse_args()
    similarity = encoder_similarity() if chosen.similarity else None
    makers = (single_article_cases, translation_cases, human_answer_cases)
    cases = [case for make in makers for case in make(chosen.folder, chosen.half, chosen.each)]
    good = [place for place, case in enumerate(cases) if case.supported]
    spoilt = [place for place, case in enumerate(cases) if not case.supported]
    everything = judged(cases, similarity)
    recall = sum(everything[place] for place in good) / len(good)
    leak = sum(everything[place] for place in spoilt) / len(spoilt)
    print(f"{len(good)} good and {len(spoilt)} spoilt sentences; with every check {recall:.3f} of the good")
    print(f"and {leak:.3f} of the spoilt ones pass\n")
    print("| left out | good pass | spoilt pass | precision | stops most of |\n|---|---|---|---|---|")
    for check in ("", *CHECKS):
        passing = judged(cases, similarity, check) if check else everything
        recall = sum(passing[place] for place in good) / len(good)
        leak = sum(passing[place] for place in spoilt) / len(spoilt)
        stopped = Counter(cases[place].kind for place in spoilt if passing[place] and not everything[place])
        most = ", ".join(f"{kind} {count}" for kind, count in stopped.most_common(4))
        print(
            f"| {check or 'nothing'} | {recall:.3f} | {leak:.3f} | {recall / (recall + leak):.3f} | {most} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
