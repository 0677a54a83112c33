"""Lets a language model write the answer from numbered source sentences, and hands over each sentence as it is finished.

The model only proposes. What it says about its sources are hints for `qa.citing`, which decides; a number that it was
not given is counted and never shown.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from qa.answer import Generation, SourceSentence
from qa.errors import LanguageModelError
from qa.evidence import Evidence
from qa.language_models import GenerationOptions, LanguageModel, TokenStream
from qa.markers import MarkedSentence, MarkerParser
from qa.model_request import REFUSALS, Request, beginning, request_for

__all__ = ["Accept", "Draft", "is_refusal", "prepare", "write"]

_ENDED = re.compile(r"[.!?…][\s\"'”’»)\]]*$")

Accept = Callable[[MarkedSentence, Sequence[SourceSentence]], None]


@dataclass(frozen=True, slots=True)
class Draft:
    """How the writing went.

    Attributes:
        prompt: hash of the wording that was used, "" where it did not come to a prompt.
        refused: the model said that the sources do not hold the answer.
        complete: the model ended by itself.
        passages_used: passages of which it was shown something.
    """

    backend: str
    generation: Generation
    prompt: str = ""
    refused: bool = False
    complete: bool = False
    passages_used: int = 0

    @property
    def failed(self) -> bool:
        return self.generation.failed

    @property
    def broke_off(self) -> bool:
        """Whether it ended neither by itself nor at the limit of its length."""
        return not self.complete and self.generation.done_reason != "length"


def write(
    model: LanguageModel,
    question: str,
    language: str,
    evidence: Evidence,
    accept: Accept,
    tell: Callable[[str], None] = lambda _: None,
) -> Draft:
    """Have the answer written; a model that fails or has gone leaves a draft without sentences that says why.

    Args:
        accept: called with each sentence that the model finishes and the sources it was shown, in the order in which
            they are numbered.
        tell: called with what is being waited for: "loading_model", "reading", "writing".
    """
    wording = ""
    try:
        if not model.is_loaded():
            tell("loading_model")
        request = request_for(model, question, language, evidence)
        wording = request.wording
        if model.is_loaded():
            tell("reading")
        stream = model.stream(request.messages, request.options)
    except LanguageModelError as error:
        return Draft(model.backend, Generation(model.fingerprint, "failed", problem=str(error)), wording)
    tell("writing")
    return _read(stream, model, request, accept)


def prepare(model: LanguageModel, language: str) -> None:
    """Have the model loaded and let it read what every prompt begins with, so that the first answer need not wait for that.

    Whatever goes wrong is reported by the first question.
    """
    with suppress(LanguageModelError):
        first = beginning(model, language)
        stream = model.stream(first, GenerationOptions(max_tokens=1, beginning=first))
        list(stream)
        stream.close()


def _read(stream: TokenStream, model: LanguageModel, request: Request, accept: Accept) -> Draft:
    parser = MarkerParser(range(1, len(request.shown) + 1))
    refused = False

    def take(sentences: Sequence[MarkedSentence]) -> None:
        nonlocal refused
        for sentence in sentences:
            if is_refusal(sentence.text):
                refused = True
            elif not refused:
                accept(sentence, request.shown)

    try:
        for piece in stream:
            take(list(parser.feed(piece)))
            if refused:
                break
        left = list(parser.finish())
        take(left if stream.complete else _finished(left))
    finally:
        stream.close()
    generation = Generation(
        fingerprint=model.fingerprint,
        done_reason="stop" if refused else stream.done_reason,
        prompt_tokens=stream.prompt_tokens,
        invalid_markers=len(parser.invalid),
        problem="" if refused else stream.problem,
    )
    return Draft(
        backend=model.backend,
        generation=generation,
        prompt=request.wording,
        refused=refused,
        complete=refused or stream.complete,
        passages_used=request.passages,
    )


def _finished(left: Sequence[MarkedSentence]) -> Sequence[MarkedSentence]:
    """Without the last sentence where it stops in the middle: the rest of it may turn what it says."""
    return left if not left or _ENDED.search(left[-1].text) else left[:-1]


def is_refusal(text: str) -> bool:
    """Whether a sentence of the model's is its word for "the sources do not say"."""
    plain = text.strip(" .!\"'*_`").upper()
    return any(plain == word or (plain.startswith(word) and len(plain) < len(word) + 12) for word in REFUSALS.values())
