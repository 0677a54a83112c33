"""The same twenty questions over examples/articles to each back end, and the page that shows what came of them.

    bronvast --library DIR add examples/articles
    python bench/answer_sheet.py ask DIR RESULTS --label "NAME" [--llm local] [--model FILE] [--base-url URL]
    python bench/answer_sheet.py write RESULTS docs/llm-answers.md

RESULTS is a folder with one file of answers a label. `ask` goes on where it stopped (`--seconds` ends it early), since a
model on two cores takes a while. A question is counted as right when the answer holds one of the wanted strings, or, for
one that the articles do not answer, when it is refused.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from embeddings.encoders import load_encoder
from embeddings.library import Library
from qa.answerability import load_judge
from qa.answering import Answerer
from qa.language_models.choose import choose

# A question and what an answer must hold one of; nothing where the articles do not say.
QUESTIONS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Hoeveel gaat het herstel van de Hanzebrug kosten?", ("8,9 miljoen",)),
    ("Waarom werd de Hanzebrug gesloten?", ("scheuren", "niet meer veilig")),
    ("Wie noemde de eerste raming een slag in de lucht?", ("Benmoussa",)),
    ("Hoeveel draagt het Rijk bij aan het herstel van de brug?", ("2,5 miljoen",)),
    ("Uit welk jaar stamt de Hanzebrug?", ("1961",)),
    ("Hoeveel procent van de kiezers in Damshorn stemde tegen de fusie?", ("53,4",)),
    ("Wanneer moet de fusie van Oosterveen en Damshorn nu ingaan?", ("1 januari 2028",)),
    ("Hoe gaat de nieuwe gemeente heten?", ("Veenhorst",)),
    ("Hoeveel kost het uitstel Oosterveen volgens wethouder Akkerman?", ("400.000",)),
    ("Hoe hard waaide het op de pier tijdens storm Hedda?", ("131",)),
    ("Hoeveel mensen zijn er in totaal geëvacueerd uit Zandwerf?", ("1.450",)),
    ("Waarom lag volgens hoogleraar Custers het gat in de dijk?", ("grasmat", "droge zomer")),
    ("Hoeveel klei was er nodig om het gat in de Oude Zeedijk te dichten?", ("4.800",)),
    ("Hoeveel loon krijgen de werknemers van Kolderink erbij?", ("zes procent", "6 procent")),
    ("How many workers joined the strike at Kolderink according to the union?", ("640",)),
    ("Wat maakt Kolderink?", ("installaties", "melk")),
    ("Wie is de nieuwe trainer van FC Zandwerf?", ()),
    ("Hoeveel leerlingen telt de basisschool in Merwoude?", ()),
    ("Wie won de Elfstedentocht van 1997?", ()),
    ("Wat verdient gedeputeerde Oldekamp per maand?", ()),
)


def ask(given: argparse.Namespace) -> None:
    model = choose(given.llm, given.model, given.base_url).model
    file = given.results / f"{given.label}.jsonl"
    given.results.mkdir(parents=True, exist_ok=True)
    done = len(file.read_text("utf-8").splitlines()) if file.exists() else 0
    began = time.monotonic()
    with Library.open(given.library) as library, file.open("a", encoding="utf-8") as out:
        answerer = Answerer(library, load_encoder(library.encoder_name), model, judge=load_judge())
        for question, _ in QUESTIONS[done:]:
            if time.monotonic() - began > given.seconds:
                break
            answer = answerer.ask(question)
            record = {**answer.as_json(), "discarded_sentences": [sentence.as_json() for sentence in answer.discarded]}
            print(json.dumps(record, ensure_ascii=False), file=out, flush=True)
            done += 1
            print(f"{answer.timings_ms['total'] / 1000:6.1f} s  {answer.composed_by:6} {answer.text[:100]}", flush=True)
    getattr(model, "close", lambda: None)()
    print(f"{given.label}: {done} of {len(QUESTIONS)}")


def right(answer: dict[str, object], wanted: tuple[str, ...]) -> bool:
    """Whether the answer holds what was wanted, or refuses where there is nothing to be had."""
    if not wanted:
        return answer["status"] == "abstained"
    return answer["status"] != "abstained" and any(word in str(answer["text"]) for word in wanted)


def write(given: argparse.Namespace) -> None:
    sheets = {
        file.stem: [json.loads(line) for line in file.read_text("utf-8").splitlines()]
        for file in sorted(given.results.glob("*.jsonl"))
    }
    lines = [
        "# The same questions to each back end",
        "",
        "Made by `python bench/answer_sheet.py write` from what `python bench/answer_sheet.py ask` recorded; the first lines",
        "of that file say how. The articles are the invented ones of `examples/articles`. No real Ollama server was to be had",
        "on the machine that made this page. How one is talked to is tested against a double of it, and it is sent the very",
        "prompts that an OpenAI-compatible server is sent (`test_ollama_and_an_openai_compatible_server_are_asked_the_same`),",
        "so that with the same weights the column of that one stands for both. An embedded model is shown fewer sources. Each",
        "model had one thread on a machine that was busy with other work to a different degree each time: the seconds say",
        "little, and nothing about one back end beside another.",
        "",
        "A sentence counts as *written* when the model's own words stood up to the checks, as *quoted* when it is a sentence",
        "of an article, as *not shown* when the model wrote it and it failed: withheld from an answer, or dropped with a whole",
        "draft that was replaced by quotations.",
        "",
        "| back end | right | written | quoted | not shown | seconds a question, median |",
        "|---|---|---|---|---|---|",
    ]
    for label, answers in sheets.items():
        verdicts = [right(answer, wanted) for answer, (_, wanted) in zip(answers, QUESTIONS, strict=False)]
        written = sum(len(a["sentences"]) for a in answers if a["llm"]["composed_by"] != "none")
        quoted = sum(len(a["sentences"]) for a in answers if a["llm"]["composed_by"] == "none")
        failed = sum(a["withheld"] + a["discarded"] for a in answers)
        seconds = statistics.median(a["timings_ms"]["total"] for a in answers if a["status"] != "abstained") / 1000
        lines.append(
            f"| {label} | {sum(verdicts)} of {len(verdicts)} | {written} | {quoted} | {failed} | {seconds:.1f} |"
        )
    for number, (question, wanted) in enumerate(QUESTIONS, start=1):
        lines += ["", f"## {number}. {question}", ""]
        lines += [f"Wanted: {' or '.join(wanted)}" if wanted else "Wanted: a refusal; the articles do not say", ""]
        for label, answers in sheets.items():
            if number > len(answers):
                lines.append(f"- **{label}**: not asked")
                continue
            answer = answers[number - 1]
            how = {"none": "quoted"}.get(answer["llm"]["composed_by"], "written")
            how = "refused" if answer["status"] == "abstained" else how
            mark = "" if right(answer, wanted) else ", **not right**"
            lines.append(f"- **{label}** ({how}{mark}): {answer['text']}")
            lines += [
                f"  - dropped: “{sentence['text']}” ({'; '.join(sentence['problems'])})"
                for sentence in answer["discarded_sentences"]
            ]
    given.page.write_text("\n".join(lines) + "\n", encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    verbs = parser.add_subparsers(required=True)
    asking = verbs.add_parser("ask")
    asking.add_argument("library", type=Path)
    asking.add_argument("results", type=Path)
    asking.add_argument("--label", required=True)
    asking.add_argument("--llm", default="none")
    asking.add_argument("--model", default="")
    asking.add_argument("--base-url", default="")
    asking.add_argument("--seconds", type=float, default=1e9)
    asking.set_defaults(run=ask)
    writing = verbs.add_parser("write")
    writing.add_argument("results", type=Path)
    writing.add_argument("page", type=Path)
    writing.set_defaults(run=write)
    given = parser.parse_args()
    given.run(given)


if __name__ == "__main__":
    main()
