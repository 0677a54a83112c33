"""Checks the benchmark.

`python -m bench.nieuwsbank.validate [folder]` prints the counts; mistakes go to stderr and give exit code 1.
The folder is this one, or one beside it in the same form that has its own line in `REQUIREMENTS`.
"""

from __future__ import annotations

import json
import re
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

if __package__:
    from bench.nieuwsbank.number_values import values
else:  # run as a script
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
    from bench.nieuwsbank.number_values import values

FOLDER = Path(__file__).parent
Record = dict[str, Any]

ARTICLE_FIELDS = {"id", "title", "date", "source", "url", "lang", "text", "publisher", "cluster", "split"}
QUESTION_FIELDS = {"id", "question", "answers", "evidence", "answerable", "type", "lang", "split", "expected"}
OPTIONAL_FIELDS = {"history", "as_of", "since", "until", "independent_sources", "cluster", "also"}
LANGUAGES = {"nl", "en", "de", "fr"}
REASON_OF_KIND = {
    "unanswerable_off_topic": "off_topic",
    "unanswerable_near_entity": "no_evidence",
    "unanswerable_near_number": "no_evidence",
    "unanswerable_near_speaker": "no_evidence",
    "unanswerable_false_premise": "false_premise",
    "unanswerable_outside_dates": "outside_dates",
    "unanswerable_left_open": "no_evidence",
}
DISAGREEMENTS = {"superseded", "conflict", "scope", "opinion"}


@dataclass(frozen=True)
class Requirements:
    """What a folder must hold at least, and in which splits."""

    splits: tuple[str, ...]
    kinds: Mapping[str, int]
    disagreements: Mapping[str, int]
    unanswerable_kinds: Mapping[str, int]
    articles: Mapping[str, int]
    questions: int
    wire_clusters: int
    words: int


NIEUWSBANK = Requirements(
    splits=("dev", "test"),
    kinds={
        "single": 90,
        "multi": 25,
        "attribution": 20,
        "as_of": 20,
        "conflict": 35,
        "crosslingual": 30,
        "followup": 25,
        "unanswerable": 110,
    },
    disagreements={"superseded": 10, "conflict": 8, "scope": 6, "opinion": 6},
    unanswerable_kinds=dict.fromkeys(REASON_OF_KIND, 10),
    articles={"nl": 64, "en": 4, "de": 4, "fr": 3},
    questions=320,
    wire_clusters=6,
    words=150,
)
HOLDOUT = Requirements(
    splits=("holdout",),
    kinds={
        "single": 40,
        "multi": 6,
        "attribution": 8,
        "as_of": 6,
        "conflict": 44,
        "crosslingual": 6,
        "unanswerable": 60,
    },
    disagreements={"superseded": 16, "conflict": 14, "scope": 7, "opinion": 7},
    unanswerable_kinds={
        "unanswerable_off_topic": 6,
        "unanswerable_near_entity": 10,
        "unanswerable_near_number": 10,
        "unanswerable_near_speaker": 10,
        "unanswerable_false_premise": 10,
        "unanswerable_outside_dates": 7,
        "unanswerable_left_open": 7,
    },
    articles={"nl": 42, "en": 2, "de": 2},
    questions=170,
    wire_clusters=0,
    words=120,
)
REQUIREMENTS = {"nieuwsbank": NIEUWSBANK, "nieuwsbank_holdout": HOLDOUT}


def load(name: str, folder: Path = FOLDER) -> list[Record]:
    """The records of `articles` or `questions`."""
    lines = (folder / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines if line.strip()]


def mistakes(articles: Sequence[Record], questions: Sequence[Record], required: Requirements = NIEUWSBANK) -> list[str]:
    """Everything that is wrong, one line each; empty when all is well."""
    return [
        *_duplicates("article", articles, "id"),
        *_duplicates("article", articles, "text"),
        *_duplicates("question", questions, "id"),
        *_repeated_questions(questions),
        *(line for article in articles for line in _article_mistakes(article, required)),
        *_question_mistakes(articles, questions),
        *_count_mistakes(articles, questions, required),
    ]


def _duplicates(what: str, records: Sequence[Record], field: str) -> Iterator[str]:
    for value, number in Counter(record[field] for record in records).items():
        if number > 1:
            yield f"{what}: {number} have the same {field}: {value[:60]!r}"


def _repeated_questions(questions: Sequence[Record]) -> Iterator[str]:
    circumstances = Counter(
        (
            q["question"].casefold(),
            json.dumps([q.get(field) for field in ("history", "as_of", "since", "until")]),
        )
        for q in questions
    )
    for (text, *_), number in circumstances.items():
        if number > 1:
            yield f"question: asked {number} times in the same circumstances: {text!r}"


def _article_mistakes(article: Record, required: Requirements) -> Iterator[str]:
    name = f"article {article['id']}"
    if missing := ARTICLE_FIELDS - article.keys():
        yield f"{name}: lacks {sorted(missing)}"
        return
    if not _is_day(article["date"]) or not "2023-01-01" <= article["date"] <= "2025-12-31":
        yield f"{name}: no valid date in 2023 to 2025: {article['date']}"
    if article["lang"] not in LANGUAGES:
        yield f"{name}: unknown language {article['lang']}"
    if article["split"] not in required.splits:
        yield f"{name}: unknown split {article['split']}"
    words = len(article["text"].split())
    if not (60 if "wire" in article else required.words) <= words <= 450:
        yield f"{name}: {words} words"
    if article["text"] != article["text"].strip():
        yield f"{name}: white space around the text"


def _question_mistakes(articles: Sequence[Record], questions: Sequence[Record]) -> Iterator[str]:
    by_id = {article["id"]: article for article in articles}
    for question in questions:
        name = f"question {question['id']} ({question['question'][:50]!r})"
        if missing := QUESTION_FIELDS - question.keys():
            yield f"{name}: lacks {sorted(missing)}"
            continue
        if unknown := question.keys() - QUESTION_FIELDS - OPTIONAL_FIELDS:
            yield f"{name}: unknown fields {sorted(unknown)}"
        for field in ("as_of", "since", "until"):
            if field in question and not _is_day(question[field]):
                yield f"{name}: {field} is no date"
        if question["type"] == "followup" and len(question.get("history", ())) < 2:
            yield f"{name}: a follow-up without history"
        if question["answerable"]:
            yield from _answerable_mistakes(name, question, by_id)
        else:
            yield from _unanswerable_mistakes(name, question)


def _answerable_mistakes(name: str, question: Record, by_id: dict[str, Record]) -> Iterator[str]:
    if question["type"].startswith("unanswerable"):
        yield f"{name}: answerable and unanswerable at once"
    if not question["answers"] or not question["evidence"]:
        yield f"{name}: no answer or no evidence"
    for evidence in (*question["evidence"], *question.get("also", ())):
        article = by_id.get(evidence["id"])
        if article is None:
            yield f"{name}: unknown article {evidence['id']}"
            continue
        if article["text"][evidence["start"] : evidence["end"]] != evidence["quote"]:
            yield f"{name}: the offsets do not give the quotation"
        elif not is_whole(article["text"], evidence["start"], evidence["end"]):
            yield f"{name}: not whole sentences: {evidence['quote']!r}"
        for twin in evidence.get("equivalents", ()):
            if by_id.get(twin["id"], {"text": ""})["text"][twin["start"] : twin["end"]] != evidence["quote"]:
                yield f"{name}: an equivalent in {twin['id']} says something else"
        if article["split"] != question["split"]:
            yield f"{name}: evidence of the other split"
        if _outside(question, article["date"]):
            yield f"{name}: evidence outside its own dates"
    standing = values(" ".join(evidence["quote"] for evidence in question["evidence"]))
    for answer in question["answers"]:
        if strange := values(answer) - standing - {1}:
            yield f"{name}: {sorted(map(str, strange))} of {answer!r} not in the evidence"
    if question["type"] == "multi" and len({evidence["id"] for evidence in question["evidence"]}) < 2:
        yield f"{name}: a question about several articles with evidence from one"
    expected = question["expected"]
    if question["type"] == "conflict":
        if expected.get("status") != "conflict" or expected.get("disagreement") not in DISAGREEMENTS:
            yield f"{name}: a conflict without its kind"
        if len(question["evidence"]) < 2:
            yield f"{name}: a conflict needs two sides"
    elif expected != {"status": "answered"}:
        yield f"{name}: expected {expected}"
    if question["type"].startswith("crosslingual"):
        _, asked, told = question["type"].split("_")
        told_in = {by_id[evidence["id"]]["lang"] for evidence in question["evidence"] if evidence["id"] in by_id}
        if asked != question["lang"] or told_in != {told} or asked == told:
            yield f"{name}: languages {question['lang']} and {sorted(told_in)} under {question['type']}"
    told_by = {place["id"] for evidence in question["evidence"] for place in _places(evidence)}
    independent = {by_id[article].get("wire", article) for article in told_by & by_id.keys()}
    if question.get("independent_sources") != len(independent):
        yield f"{name}: {question.get('independent_sources')} independent sources, not {len(independent)}"


def _places(evidence: Record) -> list[Record]:
    """The sentence itself and its twins in copies of the same wire report."""
    return [evidence, *evidence.get("equivalents", ())]


def _unanswerable_mistakes(name: str, question: Record) -> Iterator[str]:
    if question["answers"] or question["evidence"]:
        yield f"{name}: unanswerable, yet with answers or evidence"
    reason = REASON_OF_KIND.get(question["type"])
    if reason is None:
        yield f"{name}: unknown kind {question['type']}"
    elif question["expected"] != {"status": "abstained", "reason": reason}:
        yield f"{name}: expected {question['expected']}"


def _outside(question: Record, day: str) -> bool:
    latest = min(question.get("as_of", "9999"), question.get("until", "9999"))
    return not question.get("since", "") <= day <= latest


def _count_mistakes(articles: Sequence[Record], questions: Sequence[Record], required: Requirements) -> Iterator[str]:
    kinds = Counter(question["type"].partition("_")[0] for question in questions)
    kinds["as_of"] = kinds.pop("as", 0)
    unanswerable = Counter(question["type"] for question in questions if not question["answerable"])
    disagreements = Counter(question["expected"].get("disagreement") for question in questions)
    languages = Counter(article["lang"] for article in articles)
    wires = Counter(article["wire"] for article in articles if "wire" in article)
    splits = Counter(question["split"] for question in questions)
    for wanted, found, what in (
        (required.kinds, kinds, "questions of kind"),
        (required.disagreements, disagreements, "disagreements of type"),
        (required.articles, languages, "articles in"),
        (required.unanswerable_kinds, unanswerable, "questions of kind"),
    ):
        for key, least in wanted.items():
            if found[key] < least:
                yield f"count: {found[key]} {what} {key}, fewer than {least}"
    if len(questions) < required.questions:
        yield f"count: {len(questions)} questions, fewer than {required.questions}"
    if len(wires) < required.wire_clusters or min(wires.values(), default=2) < 2:
        yield f"count: {dict(wires)} as clusters of wire copies"
    sizes = [splits[split] for split in required.splits]
    if splits.keys() - set(required.splits) or max(sizes) - min(sizes) > len(questions) // 10:
        yield f"count: the splits are {dict(splits)}"


def is_whole(text: str, start: int, end: int) -> bool:
    """Whether a stretch begins where a sentence or a line begins and ends where one ends."""
    before, quote, after = text[:start], text[start:end], text[end:]
    begins = not before.strip() or bool(re.search(r"(?:\n|[.!?…][\"'”’»)]*\s)[ \u00a0]*$", before))
    ends = bool(re.search(r"[.!?…][\"'”’»)\u00a0]*$", quote))
    return quote == quote.strip() and begins and ends and (not after or after[0].isspace())


def _is_day(value: object) -> bool:
    try:
        return isinstance(value, str) and date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False


def summary(articles: Sequence[Record], questions: Sequence[Record]) -> str:
    """The counts, as the data card gives them."""
    by_type = Counter(question["type"] for question in questions)
    disagreements = Counter(
        question["expected"]["disagreement"] for question in questions if question["type"] == "conflict"
    )
    lines = [
        f"articles       {len(articles)} {dict(Counter(article['lang'] for article in articles))}",
        f"outlets        {len({article['publisher'] for article in articles})}",
        f"questions      {len(questions)} {dict(Counter(question['split'] for question in questions))}",
        *(f"  {kind:28} {number}" for kind, number in sorted(by_type.items())),
        f"disagreements  {dict(disagreements)}",
    ]
    return "\n".join(lines)


def main() -> int:
    folder = Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else FOLDER
    if folder.name not in REQUIREMENTS:
        print(f"no requirements for a folder called {folder.name!r}: {', '.join(REQUIREMENTS)}", file=sys.stderr)
        return 1
    articles, questions = load("articles", folder), load("questions", folder)
    found = mistakes(articles, questions, REQUIREMENTS[folder.name])
    print(summary(articles, questions))
    for line in found:
        print(line, file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
