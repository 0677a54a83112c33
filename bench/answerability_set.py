"""Reads bench/answerability: invented articles with questions that one of their sentences answers and questions that none does.

    python bench/answerability_set.py [FILE...] [--write FOLDER]

checks the files (all of bench/answerability where none is named) and counts what they hold. bench/answerability/README.md says what
the form means. FOLDER gets them as `corpus.jsonl` and `questions.jsonl`, for `bronvast add` and `bronvast eval`.
"""

from __future__ import annotations

import argparse
import json
import re
import string
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench.set_files import SetError, checked, files_of, read_blocks, read_folder
from qa.two_answers import RELATIONS

FOLDER = Path(__file__).parent / "answerability"
LANGUAGES = ("nl", "en", "de", "fr", "es", "it")
KINDS = ("left_open", "number", "premise", "entity", "speaker", "time", "detail")

_HEAD = re.compile(r"(===|---) (\w\w) \| ([^|]+) \| (\d{4}-\d\d-\d\d)( \| apart)?")
_SENTENCE = re.compile(r"(\d+) (\S.*)")
_PLACE = r"[A-F]?\d+"
_ANSWERED = re.compile(rf"\+ ({_PLACE}(?:,{_PLACE})*) \| (\w\w) \| (\S.*)")
_UNANSWERED = re.compile(rf"- ({_PLACE}) (\w+) \| (\w\w) \| (\S.*)")
_RELATED = re.compile(rf"({_PLACE}) ({_PLACE}) (\w+)")


Place = tuple[int, int]
"""Of an article in its affair and of a sentence in the article, each from 0."""


@dataclass(frozen=True, slots=True)
class SetQuestion:
    text: str
    language: str
    answered_by: tuple[Place, ...]
    """The sentences that each answer it; none where no article of the affair does."""

    tempting: Place
    """The sentence that looks most like an answer where none is one, else the first that answers."""

    kind: str
    """Of KINDS, why there is no answer; "" where there is."""

    relations: dict[tuple[Place, Place], str] = field(default_factory=dict)
    """How each two of the sentences that answer relate as answers, the one that stands first named first."""


@dataclass(frozen=True, slots=True)
class SetArticle:
    language: str
    outlet: str
    date: str
    title: str
    sentences: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SetAffair:
    """One article or several on one matter, with the questions about it; those of an affair apart are not trained on."""

    articles: tuple[SetArticle, ...]
    questions: tuple[SetQuestion, ...]
    apart: bool


def read_affairs(path: Path) -> Iterator[SetAffair]:
    """The affairs of one file.

    Raises:
        SetError: with file and the affair's first line, where a line isn't of the form or names a sentence that isn't there.
    """
    return read_blocks(path, "===", _affair)


def all_affairs(folder: Path = FOLDER) -> list[SetAffair]:
    return read_folder(folder, read_affairs)


def write_set(affairs: Sequence[SetAffair], folder: Path) -> None:
    """Their articles and questions in `corpus.jsonl` and `questions.jsonl`, as `bronvast eval` reads them; split by what is apart."""
    folder.mkdir(parents=True, exist_ok=True)
    articles, questions = [], []
    for number, affair in enumerate(affairs):
        ids = [f"article-{number}-{place}" for place in range(len(affair.articles))]
        for own, article in zip(ids, affair.articles, strict=True):
            told = {"id": own, "lang": article.language, "date": article.date, "source": article.outlet}
            articles.append({**told, "title": article.title, "text": " ".join(article.sentences)})
        for place, question in enumerate(affair.questions):
            quotes = [
                {"id": ids[one], "quote": affair.articles[one].sentences[two]} for one, two in question.answered_by
            ]
            asked = {"id": f"{number}-{place}", "question": question.text, "lang": question.language}
            kept = {"type": question.kind or "answered", "split": "test" if affair.apart else "dev"}
            differing = [name for name in RELATIONS[2:] if name in question.relations.values()]
            expected = {"expected": {"disagreement": differing[0]}} if differing else {}
            questions.append({**asked, "answerable": bool(quotes), "evidence": quotes, **kept, **expected})
    for name, lines in (("corpus", articles), ("questions", questions)):
        text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
        (folder / f"{name}.jsonl").write_text(text, encoding="utf-8")


def _affair(lines: Sequence[str]) -> SetAffair:
    starts = [place for place, line in enumerate(lines) if line.startswith(("===", "---"))]
    if not starts or starts[0]:
        raise SetError(f"no article's first line: {lines[0]}")
    articles: list[SetArticle] = []
    asked: list[tuple[int, str]] = []
    for start, end in zip(starts, [*starts[1:], len(lines)], strict=True):
        article, rest = _article(lines[start:end])
        asked += [(len(articles), line) for line in rest]
        articles.append(article)
    questions: list[SetQuestion] = []
    for own, line in asked:
        if line.startswith("= ") and questions:
            questions[-1] = _related(questions[-1], line, own, articles)
        else:
            questions.append(_question(line, own, articles))
    if not questions or len({question.text for question in questions}) != len(questions):
        raise SetError("no questions, or the same one twice")
    return SetAffair(tuple(articles), tuple(questions), lines[0].endswith("| apart"))


def _article(lines: Sequence[str]) -> tuple[SetArticle, list[str]]:
    """An article, and the lines that are its questions."""
    head = _HEAD.fullmatch(lines[0])
    if not head or head[2] not in LANGUAGES:
        raise SetError(f"no article's first line: {lines[0]}")
    sentences: list[str] = []
    rest: list[str] = []
    for line in lines[2:]:
        if found := _SENTENCE.fullmatch(line):
            if int(found[1]) != len(sentences) + 1 or rest:
                raise SetError(f"sentence out of order: {line}")
            sentences.append(found[2])
        else:
            rest.append(line)
    if not sentences:
        raise SetError(f"an article without sentences: {lines[0]}")
    return SetArticle(head[2], head[3], head[4], lines[1], tuple(sentences)), rest


def _question(line: str, own: int, articles: Sequence[SetArticle]) -> SetQuestion:
    if found := _ANSWERED.fullmatch(line):
        places = tuple(_place(each, own, articles) for each in found[1].split(","))
        question = SetQuestion(found[3], found[2], places, places[0], "")
    elif found := _UNANSWERED.fullmatch(line):
        question = SetQuestion(found[4], found[3], (), _place(found[1], own, articles), found[2])
        if question.kind not in KINDS:
            raise SetError(f"no such kind: {line}")
    else:
        raise SetError(f"neither a sentence nor a question: {line}")
    if question.language not in LANGUAGES:
        raise SetError(f"no such language: {line}")
    return question


def _related(question: SetQuestion, line: str, own: int, articles: Sequence[SetArticle]) -> SetQuestion:
    """The question with what a line says of how each two of its answers relate."""
    relations: dict[tuple[Place, Place], str] = {}
    for part in line[2:].split(","):
        found = _RELATED.fullmatch(part.strip())
        if not found or found[3] not in RELATIONS[1:]:
            raise SetError(f"no relation: {part.strip()}")
        first, second = sorted((_place(found[1], own, articles), _place(found[2], own, articles)))
        relations[first, second] = found[3]
    if set(relations) != set(combinations(sorted(question.answered_by), 2)):
        raise SetError(f"not every two answers have one relation: {question.text}")
    return replace(question, relations=relations)


def _place(named: str, own: int, articles: Sequence[SetArticle]) -> Place:
    """Where a sentence stands, named by its number in the question's own article, or by the letter of another and its number there."""
    article = string.ascii_uppercase.index(named[0]) if named[0].isalpha() else own
    sentence = int(named.lstrip(string.ascii_uppercase)) - 1
    if article >= len(articles) or not 0 <= sentence < len(articles[article].sentences):
        raise SetError(f"no such sentence: {named}")
    return article, sentence


def main() -> None:
    parser = argparse.ArgumentParser(description="Checks and counts invented articles with their questions.")
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--write", type=Path, metavar="FOLDER")
    chosen = parser.parse_args()
    affairs, right = checked(chosen.files or files_of(FOLDER), read_affairs)
    articles = [article for affair in affairs for article in affair.articles]
    kinds = Counter(question.kind or "answered" for affair in affairs for question in affair.questions)
    asked = Counter(f"{affair.articles[0].language}<{q.language}" for affair in affairs for q in affair.questions)
    several = sum(len({article for article, _ in q.answered_by}) > 1 for affair in affairs for q in affair.questions)
    print(
        f"{len(affairs)} affairs ({sum(affair.apart for affair in affairs)} apart), {len(articles)} articles,"
        f" {sum(len(article.sentences) for article in articles)} sentences, {kinds.total()} questions, {several} answered by several articles"
    )
    related = Counter(name for affair in affairs for q in affair.questions for name in q.relations.values())
    print("relations of two answers:", *(f"{name} {count}" for name, count in related.most_common()))
    print("by kind:", *(f"{name} {count}" for name, count in kinds.most_common()))
    print("first article's language<question's:", *(f"{name} {count}" for name, count in asked.most_common()))
    if chosen.write:
        write_set(affairs, chosen.write)
    raise SystemExit(not right)


if __name__ == "__main__":
    main()
