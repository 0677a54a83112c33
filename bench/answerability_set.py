"""Reads bench/answerability: invented articles, each with questions that one of its sentences answers and questions that none does.

    python bench/answerability_set.py [FILE...]

checks the files (all of them where none is named) and counts what they hold. bench/answerability/README.md says what the form means.
"""

from __future__ import annotations

import json
import re
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent / "answerability"
LANGUAGES = ("nl", "en", "de", "fr", "es", "it")
KINDS = ("left_open", "number", "premise", "entity", "speaker", "time", "detail")

APART = 8
"""Every so many-th article's questions are not trained on."""

_HEAD = re.compile(r"=== (\w\w) \| ([^|]+) \| (\d{4}-\d\d-\d\d)")
_SENTENCE = re.compile(r"(\d+) (\S.*)")
_ANSWERED = re.compile(r"\+ ([\d,]+) \| (\w\w) \| (\S.*)")
_UNANSWERED = re.compile(r"- (\d+) (\w+) \| (\w\w) \| (\S.*)")


class SetError(Exception):
    """A line that isn't of the form."""


@dataclass(frozen=True, slots=True)
class SetQuestion:
    text: str
    language: str
    answered_by: tuple[int, ...]
    """Places, from 0, of the sentences that each answer it; none where the article doesn't."""

    tempting: int
    """The place of the sentence that looks most like an answer where none is one, else of the first that answers."""

    kind: str
    """Of KINDS, why there is no answer; "" where there is."""


@dataclass(frozen=True, slots=True)
class SetArticle:
    language: str
    outlet: str
    date: str
    title: str
    sentences: tuple[str, ...]
    questions: tuple[SetQuestion, ...]


def read_articles(path: Path) -> Iterator[SetArticle]:
    """The articles of one file.

    Raises:
        SetError: with file and line, where a line isn't of the form or names a sentence that isn't there.
    """
    for number, block in _blocks(path):
        try:
            yield _article(block)
        except SetError as error:
            raise SetError(f"{path.name}:{number}: {error}") from None


def all_articles(folder: Path = FOLDER) -> list[SetArticle]:
    return [article for path in sorted(folder.glob("*.txt")) for article in read_articles(path)]


def write_set(folder: Path) -> None:
    """All articles and questions in `corpus.jsonl` and `questions.jsonl`, as `bronvast eval` reads them; the form's own split."""
    folder.mkdir(parents=True, exist_ok=True)
    articles, questions = [], []
    for number, article in enumerate(all_articles()):
        own = {"id": f"article-{number}", "lang": article.language, "date": article.date, "source": article.outlet}
        articles.append({**own, "title": article.title, "text": " ".join(article.sentences)})
        for place, question in enumerate(article.questions):
            quotes = [{"id": own["id"], "quote": article.sentences[index]} for index in question.answered_by]
            asked = {"id": f"{number}-{place}", "question": question.text, "lang": question.language}
            kept = {"type": question.kind or "answered", "split": "test" if number % APART == 0 else "dev"}
            questions.append({**asked, "answerable": bool(quotes), "evidence": quotes, **kept})
    for name, lines in (("corpus", articles), ("questions", questions)):
        text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
        (folder / f"{name}.jsonl").write_text(text, encoding="utf-8")


def _blocks(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Each article's lines with the number of the first."""
    block: list[str] = []
    began = 1
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if line.startswith("===") and block:
            yield began, block
            block = []
        if not block:
            began = number
        if line.strip():
            block.append(line.strip())
    if block:
        yield began, block


def _article(lines: Sequence[str]) -> SetArticle:
    head = _HEAD.fullmatch(lines[0])
    if not head or head[1] not in LANGUAGES:
        raise SetError(f"no article's first line: {lines[0]}")
    if len(lines) < 4:
        raise SetError("an article without sentences or questions")
    sentences: list[str] = []
    questions: list[SetQuestion] = []
    for line in lines[2:]:
        if found := _SENTENCE.fullmatch(line):
            if int(found[1]) != len(sentences) + 1 or questions:
                raise SetError(f"sentence out of order: {line}")
            sentences.append(found[2])
        else:
            questions.append(_question(line, len(sentences)))
    if len({question.text for question in questions}) != len(questions):
        raise SetError("the same question twice")
    return SetArticle(head[1], head[2], head[3], lines[1], tuple(sentences), tuple(questions))


def _question(line: str, sentences: int) -> SetQuestion:
    if found := _ANSWERED.fullmatch(line):
        places = tuple(int(place) - 1 for place in found[1].split(","))
        question = SetQuestion(found[3], found[2], places, places[0], "")
    elif found := _UNANSWERED.fullmatch(line):
        question = SetQuestion(found[4], found[3], (), int(found[1]) - 1, found[2])
        if question.kind not in KINDS:
            raise SetError(f"no such kind: {line}")
    else:
        raise SetError(f"neither a sentence nor a question: {line}")
    if question.language not in LANGUAGES:
        raise SetError(f"no such language: {line}")
    if not all(0 <= place < sentences for place in (*question.answered_by, question.tempting)):
        raise SetError(f"no such sentence: {line}")
    return question


def main() -> None:
    paths = [Path(name) for name in sys.argv[1:]] or sorted(FOLDER.glob("*.txt"))
    articles: list[SetArticle] = []
    wrong = 0
    for path in paths:
        try:
            articles += read_articles(path)
        except SetError as error:
            print(error)
            wrong = 1
    kinds = Counter(question.kind or "answered" for article in articles for question in article.questions)
    asked = Counter(f"{article.language}<{q.language}" for article in articles for q in article.questions)
    print(
        f"{len(articles)} articles, {sum(len(article.sentences) for article in articles)} sentences, {kinds.total()} questions"
    )
    print("by kind:", *(f"{name} {count}" for name, count in kinds.most_common()))
    print("article's language<question's:", *(f"{name} {count}" for name, count in asked.most_common()))
    raise SystemExit(wrong)


if __name__ == "__main__":
    main()
