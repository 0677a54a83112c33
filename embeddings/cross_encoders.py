"""Cross-encoders by name: models that read two texts together, to order passages or to judge whether one text follows from
another. None is shipped; whoever has one on this machine names it in the settings.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cached_property
from typing import Any, NamedTuple

import numpy

from embeddings.errors import EncoderError, EncoderUnavailable
from embeddings.model_folders import ModelFolder, find_model, quiet_environment
from embeddings.model_loading import silence_libraries

__all__ = ["Entailment", "EntailmentModel", "Reranker", "load_entailment_model", "load_reranker"]

_BATCH = 16


class Entailment(NamedTuple):
    """What a model thinks of two texts; probabilities, the rest is "neither"."""

    entailed: float
    contradicted: float


def load_reranker(name: str) -> Reranker:
    """A cross-encoder that gives one number for a question and a passage; loaded when first used.

    Args:
        name: a folder, or a name that is in the local cache of models.

    Raises:
        EncoderUnavailable: it is not on this machine, or not safe to load.
    """
    return Reranker(_found(name, "reranker"), name)


def load_entailment_model(name: str) -> EntailmentModel:
    """A cross-encoder trained on natural language inference; loaded when first used.

    Raises:
        EncoderUnavailable: it is not on this machine, or not safe to load.
    """
    return EntailmentModel(_found(name, "entailment"), name)


def _found(name: str, setting: str) -> ModelFolder:
    try:
        return find_model(name)
    except EncoderUnavailable as error:
        raise EncoderUnavailable(
            f"the cross-encoder {name} cannot be used: {error.cause}", f"check the setting {setting}, or take it out"
        ) from error


class _CrossEncoder:
    def __init__(self, folder: ModelFolder, name: str) -> None:
        self._folder = folder
        self._name = name

    @cached_property
    def _model(self) -> Any:
        quiet_environment()
        try:
            import torch
            from sentence_transformers import CrossEncoder

            silence_libraries()
            return CrossEncoder(
                str(self._folder.path),
                device="cuda" if torch.cuda.is_available() else "cpu",
                local_files_only=True,
                trust_remote_code=False,
                model_kwargs={"use_safetensors": True},
            )
        except Exception as error:
            # As with encoders: whatever a folder holds can fail in any way that two large libraries know.
            raise EncoderUnavailable(
                f"the cross-encoder {self._name} does not load: {type(error).__name__}: {error}".splitlines()[0],
                "check the model's folder, or take the setting out",
            ) from error

    def _logits(self, pairs: Sequence[tuple[str, str]]) -> Any:
        """Shape (len(pairs), labels), float64."""
        import torch

        model = self._model
        raw = model.predict(list(pairs), batch_size=_BATCH, activation_fn=torch.nn.Identity(), show_progress_bar=False)
        logits = numpy.asarray(raw, dtype=numpy.float64).reshape(len(pairs), -1)
        if not numpy.isfinite(logits).all():
            raise EncoderError(
                f"the cross-encoder {self._name} gives values that are not numbers", "choose another model"
            )
        return logits


class Reranker(_CrossEncoder):
    """Orders passages."""

    def relevance(self, question: str, texts: Sequence[str]) -> list[float]:
        """How well each text answers the question, 0 to 1.

        Raises:
            EncoderUnavailable: the model does not load, or has more than one output.
        """
        if not texts:
            return []
        logits = self._logits([(question, text) for text in texts])
        if logits.shape[1] != 1:
            raise EncoderUnavailable(
                f"{self._name} has {logits.shape[1]} outputs and is no reranker", "name a cross-encoder with one output"
            )
        return [1 / (1 + math.exp(-min(50.0, max(-50.0, value)))) for value in logits[:, 0]]


class EntailmentModel(_CrossEncoder):
    """Judges whether a text follows from another."""

    @cached_property
    def _places(self) -> tuple[int, int]:
        labels = {str(label).lower(): int(place) for place, label in self._model.model.config.id2label.items()}
        found = [
            next((place for label, place in labels.items() if label.startswith(wanted)), None)
            for wanted in ("entail", "contradict")
        ]
        if found[0] is None or found[1] is None:
            raise EncoderUnavailable(
                f"{self._name} does not judge entailment and contradiction (its labels: {', '.join(labels)})",
                "name a cross-encoder trained on natural language inference",
            )
        return found[0], found[1]

    def judge(self, pairs: Sequence[tuple[str, str]]) -> list[Entailment]:
        """For each (premise, hypothesis) how likely the second follows from the first or contradicts it."""
        if not pairs:
            return []
        entailed, contradicted = self._places
        logits = self._logits(pairs)
        powers = numpy.exp(logits - logits.max(axis=1, keepdims=True))
        shares = powers / powers.sum(axis=1, keepdims=True)
        return [Entailment(float(row[entailed]), float(row[contradicted])) for row in shares]
