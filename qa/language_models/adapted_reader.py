"""How likely a sentence answers a question, by the embedded language model with an adapter made for that.

Gemma 3 270M has read far more than the encoder that `embeddings.reading_model` grew from, and has five times the weights. It never
writes here: changed by `reading_adapter.gguf` (a low-rank adaptation, 6 MB), the next token it expects after a question and a sentence
is "yes" or "no". It runs in a child process of its own. `bench/adapter_training.py` makes the adapter; docs/reading_model.md says
from what, and what it brings.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from embeddings.reading_model import Candidate, pair_text
from qa.language_models.completions import without_surrogates
from qa.language_models.local_process import LABEL, KeptProcess, LocalProcess
from qa.language_models.machine import physical_cores
from qa.language_models.model_files import default_weights, has_default_weights, has_runtime, must_be_joined
from qa.language_models.network import map_failure

__all__ = ["ADAPTER", "BIAS", "NO", "SCALE", "YES", "AdaptedReader", "asked_last", "is_installed"]

ADAPTER = Path(__file__).with_name("reading_adapter.gguf")

YES, NO = (11262, 8438, 4828), (951, 2301, 131473)
"""The tokens " yes", " Yes", " ja" and " no", " No", " nee" of Gemma 3."""

SCALE, BIAS = 1.15, -0.13
"""The mean difference of their logits, divided by four, is multiplied and shifted so to be log-odds; training goes by the same."""

_QUESTION = 400
"""Characters of a question that are read."""

_AT_ONCE = 4
_WINDOW, _BATCH = 4096, 1024  # tokens of all texts that are read at once, and of one step
_LOAD_SECONDS = 60.0
_LEAST = 1e-38  # of a probability, before its logarithm is taken


def is_installed() -> bool:
    """Whether llama.cpp and the model that the adapter was made for are there; found out without loading either."""
    return has_runtime() and has_default_weights()


def asked_last(pair: str) -> str:
    """A pair (see `pair_text`) as this model reads it, in training and in use: the question last, when all it is about is known."""
    asked, sentence, title, before = [*pair.removeprefix("passage: ").split(" | "), "", "", ""][:4]
    return f"{title}\n{before}\nSentence: {sentence}\nQuestion: {asked}\nAnswered:"


class AdaptedReader:
    """Judges pairs of a question and a sentence in a child process, which begins when it is first asked or told to.

    Args:
        adapter: in llama.cpp's format.
        cache: folder for the assembled weights, else the usual one.
    """

    def __init__(self, adapter: Path = ADAPTER, cache: Path | None = None) -> None:
        self._adapter, self._cache = adapter, cache
        self._process = KeptProcess(self._started)

    def log_odds(self, question: str, candidates: Sequence[Candidate]) -> list[float]:
        """For each sentence the logarithm of the odds that it answers, as trained: above 0 it rather does.

        Raises:
            ModelUnavailable: the model cannot be loaded.
            GenerationFailed: its process has ended, or what it says is not understood.
        """
        if not candidates:
            return []
        pairs = [pair_text(question[:_QUESTION], candidate) for candidate in candidates]
        body = {
            "prompt": [asked_last(without_surrogates(pair)) for pair in pairs],
            "max_tokens": 1,
            # Only these six can come, so that the probabilities shown are all of theirs.
            "logit_bias": [[token, 200.0] for token in YES + NO],
            "samplers": ["top_k"],
            "top_k": len(YES + NO),
            "n_probs": len(YES + NO),
            "post_sampling_probs": True,
            "cache_prompt": False,
        }
        client = self._process.connect(_LOAD_SECONDS)
        try:
            choices = client.post("/v1/completions", json=body).raise_for_status().json()["choices"]
            likely = {choice["index"]: choice["logprobs"]["content"][0]["top_probs"] for choice in choices}
            return [_log_odds(likely[index]) for index in range(len(pairs))]
        except Exception as error:
            raise map_failure(error, LABEL) from error

    def begin(self) -> None:
        """Start the process without waiting for it; not yet where the model's file has to be joined first, which takes seconds.

        Raises:
            ModelUnavailable: it cannot be started.
        """
        if not must_be_joined("", self._cache):
            self._process.begin()

    def close(self) -> None:
        """End the process; the next question starts it again."""
        self._process.close()

    def _started(self) -> LocalProcess:
        return LocalProcess(
            default_weights(self._cache),
            _WINDOW,
            physical_cores(),
            batch=_BATCH,
            adapter=self._adapter,
            at_once=_AT_ONCE,
        )


def _log_odds(likely: Iterable[Mapping[str, Any]]) -> float:
    logs = {item["id"]: math.log(max(item["prob"], _LEAST)) for item in likely}
    yes, no = (statistics.fmean(logs.get(token, math.log(_LEAST)) for token in side) for side in (YES, NO))
    return SCALE * (yes - no) / 4 + BIAS
