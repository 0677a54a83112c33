"""How long until the first verified sentence, beside the model's own first token on the same prompt.

    python bench/first_token.py LIBRARY QUESTIONS.jsonl [--llm local] [--model FILE] [--number 10]
    python bench/first_token.py LIBRARY QUESTIONS.jsonl --model FILE --against http://127.0.0.1:8089

LIBRARY is a library's folder, QUESTIONS.jsonl has a `question` a line. The clock of a question starts when it is asked, with
everything loaded. Shown are medians in seconds: what the program takes before it asks the model (search, weighing, prompt),
the model's own first token and first whole sentence after that, and what attribution and checks then take before the
sentence is handed to the console. The overhead is the first and the last of these.

With `--against` the same prompts go in turn to the embedded model and to llama.cpp's own server over the same file
(`bench/llama_server.py`), and the times to the first token are compared. Each prompt is new to both, except its rules.
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
from embeddings.languages import identify
from embeddings.library import Library
from qa.answerability import load_judge
from qa.answering import Answerer
from qa.evidence import weigh
from qa.language_models import GenerationOptions, LanguageModel, Message, TokenStream
from qa.language_models.choose import choose
from qa.model_request import request_for
from qa.retriever import Retriever

SENTENCE_ENDS = (". ", ".\n", "? ", "! ", "] ", "]\n")


class TimedStream:
    """A token stream that notes when its first piece came and when its first sentence was whole."""

    def __init__(self, stream: TokenStream, asked: float) -> None:
        self._stream = stream
        self.asked = asked
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
        asked = time.perf_counter()
        self.last = TimedStream(self._model.stream(messages, options), asked)
        return self.last

    def __getattr__(self, name: str) -> object:
        return getattr(self._model, name)


def measure(answerer: Answerer, timed: TimedModel, question: str) -> tuple[float, float, float, float] | None:
    """Seconds before the model is asked, its first piece and first whole sentence after that, and the checks; None
    where none of its sentences was shown."""
    handed: list[float] = []
    timed.last = None
    began = time.perf_counter()
    answer = answerer.ask(question, on_sentence=lambda *_: handed.append(time.perf_counter()))
    last = timed.last
    if last is None or not handed or answer.composed_by == "none":
        return None
    return (
        last.asked - began,
        last.first_piece - last.asked,
        last.first_sentence - last.asked,
        handed[0] - last.first_sentence,
    )


def verified(given: argparse.Namespace, library: Library, questions: list[str]) -> None:
    model = choose(given.llm, given.model).model
    if model is None:
        sys.exit("there is no language model to measure")
    timed = TimedModel(model)
    answerer = Answerer(library, load_encoder(library.encoder_name), timed, judge=load_judge())  # type: ignore[arg-type]
    answerer.ask(questions[0])
    taken = []
    for question in questions[1:]:
        seconds = measure(answerer, timed, question)
        if seconds is not None:
            taken.append(seconds)
            print(" ".join(f"{value:7.3f}" for value in seconds), question[:70], flush=True)
    getattr(model, "close", lambda: None)()
    if not taken:
        sys.exit("no question was answered by the model")
    before, piece, sentence, checks = (statistics.median(column) for column in zip(*taken, strict=True))
    overhead = statistics.median(row[0] + row[3] for row in taken)
    print(f"\n{model.name}: medians over {len(taken)} of {len(questions) - 1} questions, seconds")
    print(
        f"  before asking {before:.3f}, first token {piece:.2f}, first whole sentence {sentence:.2f}, checks {checks:.3f}"
    )
    print(
        f"  overhead {overhead:.3f}: {overhead / piece:.1%} of the first token, {overhead / sentence:.1%} of the sentence"
    )


def compared(given: argparse.Namespace, library: Library, questions: list[str]) -> None:
    embedded, server = choose("local", given.model).model, choose("openai", "", given.against).model
    assert embedded is not None and server is not None
    retriever = Retriever(library, load_encoder(library.encoder_name))
    times: dict[str, list[float]] = {"embedded": [], "server": []}
    for number, question in enumerate(questions):
        language = identify(question)
        evidence = weigh(question, language, retriever.search(question).hits, library.document_frequencies)
        request = request_for(embedded, question, language, evidence)
        options = GenerationOptions(max_tokens=4)
        pair = [("embedded", embedded), ("server", server)]
        for name, model in pair if number % 2 else pair[::-1]:
            began = time.perf_counter()
            stream = model.stream(request.messages, options)
            seconds = time.perf_counter() - began
            list(stream)
            if number:  # the first one also loads, and reads the rules
                times[name].append(seconds)
                print(f"{name:8} {seconds:7.3f} {stream.prompt_tokens:5} tokens  {question[:60]}", flush=True)
    embedded.close()  # type: ignore[attr-defined]
    ratio = statistics.median(a / b for a, b in zip(times["embedded"], times["server"], strict=True))
    for name, seconds_of in times.items():
        print(f"{name}: median {statistics.median(seconds_of):.2f} s over {len(seconds_of)} prompts")
    print(f"embedded takes {ratio:.2f} times as long as the server (median of pairs)")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("library", type=Path)
    parser.add_argument("questions", type=Path)
    parser.add_argument("--llm", default="local")
    parser.add_argument("--model", default="")
    parser.add_argument("--number", type=int, default=10)
    parser.add_argument("--against", default="", metavar="URL")
    given = parser.parse_args()
    lines = given.questions.read_text("utf-8").splitlines()
    questions = [json.loads(line)["question"] for line in lines][: given.number + 1]
    with Library.open(given.library) as library:
        (compared if given.against else verified)(given, library, questions)


if __name__ == "__main__":
    main()
