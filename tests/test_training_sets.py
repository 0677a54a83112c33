"""The invented articles and relations that the reading model learns from: their form, their shares, and that none is measured on."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path

import pytest

from bench import answerability_set, relations_set
from bench.answerability_set import write_set
from bench.relations_set import all_affairs, read_affairs
from bench.set_files import SetError
from qa.questions import read_questions
from qa.two_answers import RELATIONS

BENCH = Path(__file__).parent.parent / "bench"
ARTICLE = "=== nl | De Bode | 2024-05-14\nTitel\n1 Een zin.\n2 Nog een.\n+ 2 | nl | Wat?\n- 1 number | de | Wie viel?\n"
RELATED = "= A2 B1 scope\n"
FOLLOWING = (
    "--- en | The Herald | 2024-05-15\nTitle\n1 A sentence.\n+ 1,A2 | nl | Waar?\n"
    + RELATED
    + "- A1 premise | nl | Waarom?\n"
)
AFFAIR = "? nl | Hoeveel?\nA 2024-03-02 De Bode | Elf.\nB 2024-03-03 De Gids | Twaalf.\n= AB conflict\n"


def test_half_of_the_questions_have_an_answer_and_every_reason_for_none_is_there() -> None:
    affairs = answerability_set.all_affairs()
    questions = [question for affair in affairs for question in affair.questions]
    kinds = Counter(question.kind for question in questions)
    assert sum(len(affair.articles) for affair in affairs) >= 480 and 0.45 < kinds[""] / len(questions) < 0.6
    assert 0.1 < sum(affair.apart for affair in affairs) / len(affairs) < 0.15
    assert all(kinds[kind] > 0.03 * len(questions) for kind in answerability_set.KINDS)
    assert sum(question.language == "nl" for question in questions) > 0.6 * len(questions)


def test_most_that_several_sentences_answer_say_how_these_relate_and_every_way_is_there() -> None:
    several = [
        question
        for affair in answerability_set.all_affairs()
        for question in affair.questions
        if len(question.answered_by) > 1
    ]
    assert sum(not question.relations for question in several) < 0.01 * len(several)
    relations = Counter(relation for question in several for relation in question.relations.values())
    assert all(relations[name] > 0.05 * relations.total() for name in RELATIONS[1:])


def test_every_relation_is_there() -> None:
    relations = Counter(relation for affair in all_affairs() for relation in affair.relations.values())
    assert relations.total() >= 3800 and all(relations[name] > 0.05 * relations.total() for name in RELATIONS)


def test_what_agrees_with_the_same_agrees_and_is_set_against_the_same() -> None:
    for affair in all_affairs():
        for (first, second), relation in affair.relations.items():
            if relation == "same":
                for third in set(range(len(affair.told))) - {first, second}:
                    both = {affair.relations[min(one, third), max(one, third)] for one in (first, second)}
                    assert "other" not in both or both == {"other"}, affair.question


def test_nothing_of_them_is_measured_on() -> None:
    affairs = answerability_set.all_affairs()
    learnt = {_words(sentence) for affair in affairs for article in affair.articles for sentence in article.sentences}
    learnt |= {_words(told.text) for affair in all_affairs() for told in affair.told}
    asked = {_words(question.text) for affair in affairs for question in affair.questions}
    for folder in ("nieuwsbank", "nieuwsbank_holdout"):
        for line in (BENCH / folder / "articles.jsonl").read_text(encoding="utf-8").splitlines():
            sentences = re.split(r"(?<=[.!?])\s", json.loads(line)["text"])
            assert not learnt & {_words(sentence) for sentence in sentences if len(sentence) > 30}
        questions = {_words(item.question) for item in read_questions(BENCH / folder / "questions.jsonl")}
        assert not asked & {words for words in questions if len(words) > 4}
    for affair in answerability_set.all_affairs(BENCH / "blind"):
        sentences = [sentence for article in affair.articles for sentence in article.sentences]
        assert not learnt & {_words(sentence) for sentence in sentences if len(sentence) > 30}
        assert not asked & {_words(question.text) for question in affair.questions}


def test_half_of_the_blind_questions_have_an_answer_and_every_reason_for_none_is_there() -> None:
    affairs = answerability_set.all_affairs(BENCH / "blind")
    kinds = Counter(question.kind for affair in affairs for question in affair.questions)
    assert kinds[""] == 140 and all(kinds[kind] >= 19 for kind in answerability_set.KINDS)


def _words(text: str) -> tuple[str, ...]:
    return tuple(re.findall(r"\w+", text.lower()))


def test_they_are_written_as_a_set_that_the_program_reads(tmp_path: Path) -> None:
    write_set(answerability_set.all_affairs(), tmp_path)
    questions = list(read_questions(tmp_path / "questions.jsonl"))
    texts = {}
    for line in (tmp_path / "corpus.jsonl").read_text(encoding="utf-8").splitlines():
        texts[json.loads(line)["id"]] = json.loads(line)["text"]
    assert all(evidence.quote in texts[evidence.article] for item in questions for evidence in item.evidence)
    assert all(item.answerable == bool(item.evidence) for item in questions)
    assert {"dev", "test"} == {item.split for item in questions}
    assert set(RELATIONS[2:]) | {""} == {item.expected_disagreement for item in questions}


def test_an_affair_of_two_articles_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text(ARTICLE + FOLLOWING + ARTICLE.replace("05-14", "05-14 | apart"), encoding="utf-8")
    affair, apart = answerability_set.read_affairs(path)
    assert [(article.language, article.outlet, article.title) for article in affair.articles] == [
        ("nl", "De Bode", "Titel"),
        ("en", "The Herald", "Title"),
    ]
    answered, unanswered, both, neither = affair.questions
    assert (answered.answered_by, answered.kind) == (((0, 1),), "")
    assert (unanswered.answered_by, unanswered.tempting, unanswered.kind) == ((), (0, 0), "number")
    assert both.answered_by == ((1, 0), (0, 1)) and both.relations == {((0, 1), (1, 0)): "scope"}
    assert not answered.relations
    assert (neither.tempting, neither.kind) == ((0, 0), "premise")
    assert apart.apart and not affair.apart and len(apart.articles) == 1


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("=== nl", "=== xx"),
        ("2 Nog", "3 Nog"),
        ("+ 2 |", "+ 3 |"),
        ("- 1 number", "- 1 numbers"),
        ("| de | Wie viel?", "| nl | Wat?"),
        ("+ 2 | nl | Wat?", "Wat?"),
        ("+ 2 |", "+ B1 |"),
        ("2 Nog een.\n", "2 Nog een.\n--- nl | De Bode | 2024-05-14\nTitel\n"),
    ],
)
def test_a_line_not_of_the_form_is_named(tmp_path: Path, old: str, new: str) -> None:
    path = tmp_path / "a.txt"
    path.write_text(ARTICLE + ARTICLE.replace(old, new), encoding="utf-8")
    with pytest.raises(SetError, match=r"^a\.txt:7: "):
        list(answerability_set.read_affairs(path))


@pytest.mark.parametrize(
    "line", ["= A2 B1 other", "= A2 B1", "= A1 B1 scope", "= A2 A2 scope", "= A2 B9 scope", "= scope"]
)
def test_answers_that_do_not_relate_so_are_named(tmp_path: Path, line: str) -> None:
    path = tmp_path / "a.txt"
    path.write_text(ARTICLE + FOLLOWING.replace(RELATED, line + "\n"), encoding="utf-8")
    with pytest.raises(SetError, match=r"^a\.txt:1: "):
        list(answerability_set.read_affairs(path))


@pytest.mark.parametrize(
    ("old", "new"),
    [("? nl", "? n"), ("B 2024", "C 2024"), ("AB conflict", "AB war"), ("= AB conflict\n", ""), ("= AB", "= AC")],
)
def test_an_affair_not_of_the_form_is_named(tmp_path: Path, old: str, new: str) -> None:
    path = tmp_path / "r.txt"
    path.write_text(AFFAIR, encoding="utf-8")
    (affair,) = read_affairs(path)
    assert affair.relations == {(0, 1): "conflict"} and affair.told[1].outlet == "De Gids"
    path.write_text(AFFAIR + AFFAIR.replace(old, new), encoding="utf-8")
    with pytest.raises(SetError, match=r"^r\.txt:5: "):
        list(read_affairs(path))


def test_the_folders_are_those_beside_the_programs() -> None:
    assert {answerability_set.FOLDER, relations_set.FOLDER} == {BENCH / "answerability", BENCH / "relations"}
