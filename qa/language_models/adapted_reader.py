"""What a sentence, or two side by side, say on a question, by the embedded language model with adapters made for that.

Gemma 3 270M has read far more than the encoder that `embeddings.reading_model` grew from, and has five times the weights. It never
writes here: changed by `reading_adapter.gguf` (a low-rank adaptation, 6 MB), the next token it expects after a question and a sentence
is "yes" or "no"; changed by `comparing_adapter.gguf`, after a question and two sentences, a word for how these relate as answers. It
runs in a child process of its own. `bench/adapter_training.py` makes the adapters; docs/reading_model.md and docs/disagreement.md say
from what, and what they bring.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from embeddings.reading_model import Candidate, pair_text
from qa.language_models.completions import without_surrogates
from qa.language_models.local_process import LABEL, KeptProcess, LocalProcess
from qa.language_models.machine import physical_cores
from qa.language_models.model_files import default_weights, has_default_weights, has_runtime, must_be_joined
from qa.language_models.network import map_failure
from qa.two_answers import RELATIONS, Relation, TwoAnswers, two_text

__all__ = [
    "ADAPTER",
    "BIAS",
    "COMPARING_ADAPTER",
    "NO",
    "RELATION_BIASES",
    "RELATION_SCALE",
    "RELATION_TOKENS",
    "SCALE",
    "YES",
    "AdaptedReader",
    "asked_last",
    "compared_last",
    "is_installed",
]

ADAPTER = Path(__file__).with_name("reading_adapter.gguf")
COMPARING_ADAPTER = Path(__file__).with_name("comparing_adapter.gguf")

YES, NO = (11262, 8438, 4828), (951, 2301, 131473)
"""The tokens " yes", " Yes", " ja" and " no", " No", " nee" of Gemma 3."""

SCALE, BIAS = 1.15, -0.13
"""The mean difference of their logits, divided by four, is multiplied and shifted so to be log-odds; training goes by the same."""

RELATION_TOKENS = (1032, 1638, 3209, 12160, 11104, 8737)
"""The tokens " other", " same", " later", " conflict", " scope", " opinion", which stand for `RELATIONS` in their order."""

RELATION_SCALE, RELATION_BIASES = 0.5, (1.2, 0.0, 0.0, 0.0, 0.0, 0.0)
"""Their logits are multiplied and shifted so, in training too."""

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


def compared_last(pair: str) -> str:
    """Two answers (see `two_text`) as this model reads them, in training and in use."""
    asked, earlier, later, days = [*pair.removeprefix("query: ").split(" | "), "", "", ""][:4]
    when = {"-": "In one article", "0": "On the same day"}.get(days, f"{days} days later")
    return f"First: {earlier}\n{when}: {later}\nQuestion: {asked}\nCompared:"


class AdaptedReader:
    """Reads in a child process, which begins when it is first asked or told to.

    Args:
        adapter: for single sentences, in llama.cpp's format.
        comparing: for two.
        cache: folder for the assembled weights, else the usual one.
    """

    def __init__(self, adapter: Path = ADAPTER, comparing: Path = COMPARING_ADAPTER, cache: Path | None = None) -> None:
        self._adapters, self._cache = (adapter, comparing), cache
        self._process = KeptProcess(self._started)

    def log_odds(self, question: str, candidates: Sequence[Candidate]) -> list[float]:
        """For each sentence the logarithm of the odds that it answers, as trained: above 0 it rather does.

        Raises:
            ModelUnavailable: the model cannot be loaded.
            GenerationFailed: its process has ended, or what it says is not understood.
        """
        pairs = [pair_text(question[:_QUESTION], candidate) for candidate in candidates]
        return [_log_odds(likely) for likely in self._next([asked_last(pair) for pair in pairs], 0, YES + NO)]

    def relations(self, question: str, answers: Sequence[TwoAnswers]) -> list[dict[Relation, float]]:
        """For each two sentences how likely they relate in each way as answers to the question.

        Raises:
            ModelUnavailable: the model cannot be loaded.
            GenerationFailed: its process has ended, or what it says is not understood.
        """
        pairs = [two_text(question[:_QUESTION], two) for two in answers]
        return [_relation(likely) for likely in self._next([compared_last(pair) for pair in pairs], 1, RELATION_TOKENS)]

    def _next(self, prompts: Sequence[str], adapter: int, tokens: Sequence[int]) -> list[dict[int, float]]:
        """For each prompt the logarithm of the probability of each of some tokens, as if no others could come next."""
        if not prompts:
            return []
        body = {
            "prompt": [without_surrogates(prompt) for prompt in prompts],
            "max_tokens": 1,
            # Only these can come, so that the probabilities shown are all of theirs.
            "logit_bias": [[token, 200.0] for token in tokens],
            "samplers": ["top_k"],
            "top_k": len(tokens),
            "n_probs": len(tokens),
            "post_sampling_probs": True,
            "cache_prompt": False,
            "lora": [{"id": adapter, "scale": 1.0}],
        }
        client = self._process.connect(_LOAD_SECONDS)
        try:
            choices = client.post("/v1/completions", json=body).raise_for_status().json()["choices"]
            likely = {choice["index"]: choice["logprobs"]["content"][0]["top_probs"] for choice in choices}
            return [_logarithms(likely[index], tokens) for index in range(len(prompts))]
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
            adapters=self._adapters,
            at_once=_AT_ONCE,
        )


def _logarithms(likely: Sequence[Mapping[str, Any]], tokens: Sequence[int]) -> dict[int, float]:
    known = {item["id"]: item["prob"] for item in likely}
    return {token: math.log(max(known.get(token, 0.0), _LEAST)) for token in tokens}


def _log_odds(likely: Mapping[int, float]) -> float:
    yes, no = (statistics.fmean(likely[token] for token in side) for side in (YES, NO))
    return SCALE * (yes - no) / 4 + BIAS


def _relation(likely: Mapping[int, float]) -> dict[Relation, float]:
    values = [
        math.exp(RELATION_SCALE * likely[token] + bias)
        for token, bias in zip(RELATION_TOKENS, RELATION_BIASES, strict=True)
    ]
    return {relation: value / sum(values) for relation, value in zip(RELATIONS, values, strict=True)}
