"""How long until the first verified sentence, beside the model's own first token on the same prompt.

    python bench/first_token.py LIBRARY QUESTIONS.jsonl [--llm local] [--model FILE] [--number 10]

LIBRARY is a library's folder, QUESTIONS.jsonl has a `question` a line. The clock of a question starts when
it is asked, with everything loaded. Shown are medians in seconds: until the model's first piece, until its
first sentence was whole, until the first checked sentence was handed to the console, and what lies between
the last two, which is what attribution and verification cost the reader.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from embeddings.encoders import load_encoder
from embeddings.library import Library
from qa.answering import Answerer
from qa.language_models import GenerationOptions, LanguageModel, Message, TokenStream
from qa.language_models.choose import choose

SENTENCE_ENDS = (". ", ".\n", "? ", "! ", "] ", "]\n")


class TimedStream:
    """A token stream that notes when its first piece came and when its first sentence was whole."""

    def __init__(self, stream: TokenStream) -> None:
        self._stream = stream
        self.first_piece = time.perf_counter()
        self.first_sentence = 0.0

    def __iter__(self) -> Iterator[str]:
        text = ""
        for piece in self._stream:
            text += piece
            if not self.first_sentence and any(end in text for end in SENTENCE_ENDS):
                self.first_sentence = time.perf_counter()
            yield piece
        self.first_sentence = self.first_sentence or time.perf_counter()

    def __getattr__(self, name: str) -> object:
        return getattr(self._stream, name)


class TimedModel:
    """A language model whose last stream can be looked at."""

    def __init__(self, model: LanguageModel) -> None:
        self._model = model
        self.last: TimedStream | None = None

    def stream(self, messages: Sequence[Message], options: GenerationOptions) -> TimedStream:
        # A back end's `stream` returns when the first piece is there.
        self.last = TimedStream(self._model.stream(messages, options))
        return self.last

    def __getattr__(self, name: str) -> object:
        return getattr(self._model, name)


def measure(answerer: Answerer, timed: TimedModel, question: str) -> tuple[float, float, float] | None:
    """Seconds until the first piece, the first whole sentence, and the first checked sentence; None without
    one."""
    handed: list[float] = []
    timed.last = None
    began = time.perf_counter()
    answer = answerer.ask(question, on_sentence=lambda *_: handed.append(time.perf_counter()))
    if timed.last is None or not handed or answer.composed_by == "none":
        return None
    return timed.last.first_piece - began, timed.last.first_sentence - began, handed[0] - began


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("library", type=Path)
    parser.add_argument("questions", type=Path)
    parser.add_argument("--llm", default="local")
    parser.add_argument("--model", default="")
    parser.add_argument("--number", type=int, default=10)
    given = parser.parse_args()
    model = choose(given.llm, given.model).model
    if model is None:
        sys.exit("there is no language model to measure")
    timed = TimedModel(model)
    lines = given.questions.read_text("utf-8").splitlines()[: given.number]
    taken = []
    with Library.open(given.library) as library:
        answerer = Answerer(library, load_encoder(library.encoder_name), timed)  # type: ignore[arg-type]
        model.count_tokens("warm")
        answerer.ask("warm")
        for line in lines:
            question = json.loads(line)["question"]
            seconds = measure(answerer, timed, question)
            if seconds is not None:
                taken.append(seconds)
                print(f"{seconds[0]:7.2f} {seconds[1]:7.2f} {seconds[2]:7.2f}  {question[:80]}", flush=True)
    if not taken:
        sys.exit("no question was answered by the model")
    piece, sentence, checked = (statistics.median(column) for column in zip(*taken, strict=True))
    print(f"\n{model.name}: medians over {len(taken)} of {len(lines)} questions")
    print(f"  first piece {piece:.2f} s, first whole sentence {sentence:.2f} s, first checked {checked:.2f} s")
    print(f"  checking adds {checked - sentence:.3f} s; first checked is {checked / piece:.2f} times first piece")


if __name__ == "__main__":
    main()
