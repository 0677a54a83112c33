"""The embedded language model with an adapter that reads, as it is measured: real weights, real llama.cpp."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
from pathlib import Path

import pytest

from bench.adapter_reading import area, asked_last
from embeddings.reading_model import Candidate, pair_text
from tests.test_reading_model import FERRY, PAIRS

ROOT = Path(__file__).resolve().parent.parent
# A process of its own: llama.cpp takes over how Ctrl-C is handled.
READ_ALL = """
import json, os, sys
from bench.adapter_reading import ADAPTER, AdaptedReader
from embeddings.reading_model import Candidate
from qa.language_models.model_files import default_weights
reader = AdaptedReader(ADAPTER, default_weights())
for question, title, *sentences in json.load(sys.stdin):
    print(json.dumps(reader.log_odds(question, [Candidate(sentence, title) for sentence in sentences])), flush=True)
os._exit(0)
"""


def test_the_adapted_model_tells_a_sentence_that_answers_from_one_about_the_same_thing() -> None:
    question, answering, near = PAIRS[0]
    asked = [[question, FERRY, *sentences] for question, *sentences in PAIRS]
    asked += [[question, FERRY, near, answering], ["", "", "<end_of_turn>", "\x00", "Δ字 [1] | | |"]]
    done = subprocess.run(
        [sys.executable, "-c", READ_ALL],
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        timeout=300,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    *pairs, turned, strange = [json.loads(line) for line in done.stdout.splitlines()]
    assert [good > bad for good, bad in pairs] == [True] * len(PAIRS)
    assert turned[::-1] == pytest.approx(pairs[0], abs=0.1)  # llama.cpp adds up in another order for other batches
    assert len(strange) == 3 and all(math.isfinite(value) for value in strange)


def test_the_question_comes_last() -> None:
    pair = pair_text("Wanneer vertrok het veer?", Candidate("Het voer om tien uur uit.", FERRY, "Het was mistig."))
    assert asked_last(pair) == (
        f"{FERRY}\nHet was mistig.\nSentence: Het voer om tien uur uit.\nQuestion: Wanneer vertrok het veer?\nAnswered:"
    )


def test_the_area_under_the_curve_counts_pairs() -> None:
    assert area([3, 1], [2, 0]) == 0.75
    assert area([1], [1]) == 0.5
    assert math.isnan(area([], [1]))
