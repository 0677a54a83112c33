"""How many of a model's drafts can be used: read without failing, and no mark shown that points to nothing.

    python bench/usable.py ask LIBRARY QUESTIONS.jsonl RESULTS.jsonl --model FILE [--number 150] [--seconds 600]
    python bench/usable.py report RESULTS.jsonl...
    python bench/usable.py replay LIBRARY QUESTIONS.jsonl RESULTS.jsonl NEW.jsonl

LIBRARY is a library of the articles that QUESTIONS.jsonl is about, for bench/nieuwsbank

    bronvast --library LIBRARY add bench/nieuwsbank/articles.jsonl

The sample is random with a fixed seed, has each type of question in proportion, and stands in random order, so that a
run that was stopped is a fair sample too; `ask` goes on where it stopped. A line of RESULTS.jsonl has the question's
`id`, the `answer` as `bronvast ask --json` prints it, the sentences that were withheld or discarded with their
problems, and the `draft` word for word as the model wrote it ("" where it was not asked).

An answer is usable when nothing was raised, the model's reply did not fail, and every mark and every citation that is
shown points to a stretch of an article that reads exactly so. `report` counts that, and how it came about. `replay` has
the drafts of an earlier run judged anew by the program as it is now, in a minute and without a model.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import statistics
import sys
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from embeddings.encoders import load_encoder
from embeddings.library import Library
from embeddings.records import Article
from qa.answerability import load_judge
from qa.answering import Answerer
from qa.evaluation import Outcome, evaluate
from qa.language_models import GenerationOptions, LanguageModel, Message, TokenStream
from qa.language_models.choose import choose
from qa.language_models.tokens import estimate
from qa.markers import parse
from qa.questions import Question, read_questions
from qa.retriever import Retriever
from qa.writing import is_refusal

SEED = 20
MARK = re.compile(r"\[(\d+)\]")


class RecordedStream:
    """A token stream that keeps what it gave."""

    def __init__(self, stream: TokenStream) -> None:
        self._stream = stream
        self.text = ""

    def __iter__(self) -> Iterator[str]:
        for piece in self._stream:
            self.text += piece
            yield piece

    def __getattr__(self, name: str) -> object:
        return getattr(self._stream, name)


class RecordedModel:
    """A language model whose last reply, and how long its first piece took, can be looked at."""

    def __init__(self, model: LanguageModel) -> None:
        self._model = model
        self.last: RecordedStream | None = None
        self.first_piece = 0.0

    def stream(self, messages: Sequence[Message], options: GenerationOptions) -> RecordedStream:
        began = time.perf_counter()
        self.last = RecordedStream(self._model.stream(messages, options))
        self.first_piece = time.perf_counter() - began
        return self.last

    def __getattr__(self, name: str) -> object:
        return getattr(self._model, name)


class RememberedModel:
    """Writes what was written in an earlier run."""

    context_window = 4096
    prompt_tokens = 0
    problem = ""

    def __init__(self, records: Sequence[dict[str, Any]]) -> None:
        llm = next(record["answer"]["llm"] for record in records if "answer" in record)
        self.backend, self.name, self.fingerprint = llm["backend"], llm["model"], llm["fingerprint"] or ""
        self.instruction_tuned = any(MARK.search(record["draft"]) for record in records)
        self.record: dict[str, Any] = {}
        self._reply = ""
        self.done_reason, self.complete = "stop", True

    def is_loaded(self) -> bool:
        return True

    def count_tokens(self, text: str) -> int:
        return estimate(text).upper

    def stream(self, messages: Sequence[Message], options: GenerationOptions) -> RememberedModel:
        rewriting = not options.beginning
        self.done_reason = "stop" if rewriting else self.record["answer"]["llm"]["done_reason"]
        self.complete = self.done_reason == "stop"
        self._reply = self.record["answer"]["standalone_question"] if rewriting else self.record["draft"]
        return self

    def __iter__(self) -> Iterator[str]:
        yield self._reply

    def close(self) -> None:
        return


def sample(questions: Sequence[Question], number: int) -> list[Question]:
    """That many questions or all, each type in proportion to how many there are of it, in random order."""
    chance = random.Random(SEED)
    number = min(number, len(questions))
    by_type: dict[str, list[Question]] = defaultdict(list)
    for question in questions:
        by_type[question.type].append(question)
    # Evenly spread over the questions in the order of their types: as many of each as its share, to the nearest one.
    ordered = [question for _, group in sorted(by_type.items()) for question in chance.sample(group, len(group))]
    chosen = [ordered[(2 * place + 1) * len(ordered) // (2 * number)] for place in range(number)]
    return chance.sample(chosen, len(chosen))


def ask(given: argparse.Namespace) -> None:
    chosen = choose(given.llm, given.model, given.base_url).model
    if chosen is None:
        sys.exit("there is no language model to ask")
    done = {record["id"] for record in _read(given.results)} if given.results.exists() else set()
    questions = [q for q in sample(list(read_questions(given.questions)), given.number) if q.id not in done]
    model = RecordedModel(chosen)
    began = time.monotonic()
    with given.results.open("a", encoding="utf-8") as out:
        for record in _answers(given.library, model, questions):
            print(json.dumps(record, ensure_ascii=False), file=out, flush=True)
            print(f"{record['seconds']:6.1f} s  {record['how']:9} {record['id']}", flush=True)
            if time.monotonic() - began > given.seconds:
                break
    getattr(chosen, "close", lambda: None)()


def replay(given: argparse.Namespace) -> None:
    records = {record["id"]: record for record in _read(given.results)}
    questions = [question for question in read_questions(given.questions) if question.id in records]
    remembered = RememberedModel(list(records.values()))
    model = RecordedModel(remembered)

    def each() -> Iterator[Question]:
        for question in questions:
            remembered.record = records[question.id]
            yield question

    lines = [json.dumps(record, ensure_ascii=False) for record in _answers(given.library, model, each())]
    given.new.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _answers(folder: Path, model: RecordedModel, questions: Iterable[Question]) -> Iterator[dict[str, Any]]:
    """What becomes of each question, as it is recorded."""
    with Library.open(folder) as library:
        encoder = load_encoder(library.encoder_name)
        retriever = Retriever(library, encoder)
        answerer = Answerer(library, encoder, model, judge=load_judge())  # type: ignore[arg-type]

        def by_own_id(external_id: str) -> Article | None:
            return next((found for found in library.find(external_id) if found.external_id == external_id), None)

        for question in questions:
            model.last, model.first_piece = None, 0.0
            started = time.perf_counter()
            try:
                [outcome] = evaluate([question], retriever, answerer, by_own_id)
            except Exception as error:  # whatever it is, the answer could not be used
                outcome = Outcome(question, error=f"{type(error).__name__}: {error}")
            record = {"id": question.id, "type": question.type, "answerable": question.answerable}
            yield record | _described(outcome, model) | {"seconds": round(time.perf_counter() - started, 2)}


def _read(results: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in results.read_text("utf-8").splitlines()]


def _described(outcome: Outcome, model: RecordedModel) -> dict[str, Any]:
    answer = outcome.answer
    if answer is None:
        return {"how": "failed", "error": outcome.error, "draft": model.last.text if model.last else ""}
    asked = bool(answer.prompt)  # a follow-up is put to the model for rewording too, which is not a draft
    how = "written" if answer.composed_by != "none" else "quoted" if asked else "not asked"
    return {
        "how": "abstained" if answer.status == "abstained" else how,
        "error": outcome.error,
        "answer": answer.as_json(),
        "withheld_sentences": [sentence.as_json() for sentence in answer.withheld],
        "discarded_sentences": [sentence.as_json() for sentence in answer.discarded],
        "draft": model.last.text if asked and model.last else "",
        "first_piece_seconds": round(model.first_piece, 2) if asked else None,
        "pointers_valid": outcome.pointers_valid,
        "matched": outcome.matched,
        "gold_cited": outcome.gold_cited,
        "cited_gold": outcome.cited_gold,
    }


def report(given: argparse.Namespace) -> None:
    for file in given.results:
        print(f"\n{file.stem}")
        for line in counted(_read(file)):
            print(f"  {line}")


def counted(records: Sequence[dict[str, Any]]) -> Iterator[str]:
    """Lines that say how many answers could be used, and what became of the drafts."""
    drafts = [r for r in records if r["draft"] or r["how"] not in ("abstained", "not asked")]
    unusable = [(r["id"], fault) for r in records if (fault := why_unusable(r))]
    from_drafts = len(drafts) - len([r for r in drafts if why_unusable(r)])
    yield f"{len(records)} questions, {len(records) - len(unusable)} with an answer that can be used"
    yield f"{len(drafts)} drafts, {from_drafts} usable ({from_drafts / len(drafts):.1%})" if drafts else "no drafts"
    for question, fault in unusable:
        yield f"  not: {question}: {fault}"
    drafts = [r for r in drafts if "answer" in r]
    generations = [r["answer"]["llm"] for r in drafts]
    yield (
        f"marks of sources that were not given: {sum(g['invalid_markers'] for g in generations)}; "
        f"cut off at the limit: {sum(g['done_reason'] == 'length' for g in generations)}"
    )
    said_no = sum(is_refusal(r["draft"]) for r in drafts)
    kept = sum(r["how"] == "written" for r in drafts)
    yield f"drafts with a sentence that held {kept}, a refusal {said_no}, nothing that held {len(drafts) - kept - said_no}"
    sentences = [sentence for r in drafts for sentence in parse(r["draft"], range(1, 1000), r["answer"]["language"])]
    failed = sum(len(r["withheld_sentences"]) + len(r["discarded_sentences"]) for r in drafts)
    yield f"sentences written {len(sentences)}, failed a check {failed}"
    for how in ("written", "quoted", "not asked", "abstained"):
        group = [r for r in records if r["how"] == how and r["answerable"]]
        right = sum(bool(r["matched"]) and (r["gold_cited"] or 0) > 0 for r in group)
        invented = sum(r["how"] == how and not r["answerable"] for r in records)
        yield f"{how:9} {len(group):3} answerable, {right:3} right with their evidence; {invented:3} unanswerable"
    if drafts:
        seconds = statistics.median(r["seconds"] for r in drafts)
        first = statistics.median(r["first_piece_seconds"] for r in drafts)
        yield f"seconds a draft, median: {first:.1f} to the first piece, {seconds:.1f} in all"


def why_unusable(record: dict[str, Any]) -> str:
    """What makes an answer useless or unsafe to show; "" where nothing does."""
    if record["error"] or record["how"] == "failed":
        return record["error"] or "failed"
    answer = record["answer"]
    if answer["llm"]["done_reason"] == "failed":
        return str(answer["llm"]["problem"])
    if record["how"] != "abstained" and answer["llm"]["prompt"] and not record["draft"].strip():
        return "the model wrote nothing"
    numbers = {citation["number"] for citation in answer["citations"]}
    cited = {number for sentence in answer["sentences"] for number in sentence["citations"]}
    shown = {int(number) for number in MARK.findall(answer["text"])} if answer["sentences"] else set()
    if not cited | shown <= numbers:
        return f"marks that point to nothing: {sorted((cited | shown) - numbers)}"
    if record["pointers_valid"] is False:
        return "a citation that does not read as it says"
    return ""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    verbs = parser.add_subparsers(required=True)
    asking = verbs.add_parser("ask")
    asking.add_argument("library", type=Path)
    asking.add_argument("questions", type=Path)
    asking.add_argument("results", type=Path)
    asking.add_argument("--llm", default="local")
    asking.add_argument("--model", default="")
    asking.add_argument("--base-url", default="")
    asking.add_argument("--number", type=int, default=150)
    asking.add_argument("--seconds", type=float, default=1e9)
    asking.set_defaults(run=ask)
    reporting = verbs.add_parser("report")
    reporting.add_argument("results", type=Path, nargs="+")
    reporting.set_defaults(run=report)
    replaying = verbs.add_parser("replay")
    replaying.add_argument("library", type=Path)
    replaying.add_argument("questions", type=Path)
    replaying.add_argument("results", type=Path)
    replaying.add_argument("new", type=Path)
    replaying.set_defaults(run=replay)
    given = parser.parse_args()
    given.run(given)


if __name__ == "__main__":
    main()
