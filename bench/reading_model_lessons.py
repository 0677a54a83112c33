"""The pairs that the model of `embeddings/reading_model.py` learns from: a question beside a sentence, and whether it answers.

Of sets in the form of SQuAD: a question is shown beside the sentence that holds its answer, and beside others that don't: the
one of its paragraph that shares most words with it, a random one, the likeliest of another paragraph of the article; and the
sentence that answers is shown beside the question with a name, a year or a number changed.

Of sets with articles as the program reads them: what the program itself finds for a question, the sentences that it puts
first, with and without an answer among them.

Of `bench/relations`: the question beside every two sentences, and how they relate.
"""

from __future__ import annotations

import hashlib
import json
import math
import random
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from bench import answerability_set, relations_set
from bench.answerability_set import Place, SetAffair
from bench.retrieval import QuestionSet, question_sets
from embeddings.encoders import Encoder
from embeddings.library import Library
from embeddings.reading_model import Candidate, pair_text
from embeddings.sentences import split_sentences
from qa import names
from qa.answerability import candidate_of
from qa.differing_answers import two_answers
from qa.evidence import Weighed, weigh
from qa.questions import Question, question_of, read_questions
from qa.retriever import Retriever
from qa.two_answers import RELATIONS, TwoAnswers, two_text

INVENTED = "answerability"
LEARNT_SETS = (INVENTED, "clapnq", "nieuwsbank", "rijksoverheid", "xquad")
"""Sets of which the model has seen a part."""

RELATIONS_APART = 8
"""Every so many-th affair of `bench/relations` is kept apart to measure on."""

PLAIN_SHOWN = 0.15
"""Share of the questions shown with two sentences that don't relate, of articles that were not labelled with how answers do."""

WRONG_TOGETHER = 0.3
"""How often two sentences that are no answers are shown together beside a question that others answer."""

RIGHT_SHOWN, WRONG_SHOWN = 2, 3
"""Sentences beside each question that the program finds and that answer it, each by itself, and that don't."""

_WORD = re.compile(r"\w{3,}")
_NUMBER = re.compile(r"\d[\d.,]*\d|\d")


@dataclass(frozen=True, slots=True)
class Asked:
    question: str
    answers: tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True)
class Paragraph:
    language: str
    title: str
    text: str
    spans: tuple[tuple[int, int], ...]
    asked: tuple[Asked, ...]

    def sentence(self, index: int) -> str:
        start, end = self.spans[index]
        return self.text[start:end]

    def candidate(self, index: int) -> Candidate:
        """The sentence with the one before it; where articles have no title, the first sentence is one."""
        title = self.title or (self.sentence(0) if index else "")
        before = self.sentence(index - 1) if index > (0 if self.title else 1) else ""
        return Candidate(self.sentence(index), title, before)


Pair = tuple[bool, str]
"""Whether the sentence answers, and both as the model reads them."""

Related = tuple[int, str]
"""The place in RELATIONS of how two sentences relate as answers, and both with the question as the model reads them."""


def paragraphs(files: Sequence[str]) -> Iterator[Paragraph]:
    seen = set()
    for named in files:
        language, _, path = named.partition(":")
        for article in json.loads(Path(path).read_text(encoding="utf-8"))["data"]:
            together: dict[str, list[Any]] = {}
            for paragraph in article["paragraphs"]:
                together.setdefault(paragraph["context"], []).extend(paragraph["qas"])
            for text, questions in together.items():
                asked = []
                for item in questions:
                    question = item["question"].strip()
                    if len(question) < 8 or (question, text[:200]) in seen:
                        continue
                    seen.add((question, text[:200]))
                    answers = () if item.get("is_impossible") else item["answers"]
                    asked.append(Asked(question, tuple((a["answer_start"], a["text"]) for a in answers)))
                if asked:
                    spans = tuple((found.start, found.end) for found in split_sentences(text, language))
                    title = (article.get("title") or "").replace("_", " ")
                    yield Paragraph(language, title, text, spans, tuple(asked))


class Pairs:
    """Makes the pairs of a question: the first answers where any does."""

    def __init__(self, paragraphs: Sequence[Paragraph], chance: random.Random) -> None:
        self._chance = chance
        self._all = paragraphs
        self._titled: dict[str, list[Paragraph]] = {}
        self._names: dict[str, list[str]] = {}
        for paragraph in paragraphs:
            if paragraph.title:
                self._titled.setdefault(paragraph.title, []).append(paragraph)
            found = names.extract(paragraph.text, paragraph.language)[:6]
            self._names.setdefault(paragraph.language, []).extend(name.text for name in found)

    def of(self, paragraph: Paragraph, asked: Asked) -> list[Pair]:
        holding = [
            index
            for index, (start, end) in enumerate(paragraph.spans)
            if any(start <= place < end for place, _ in asked.answers)
        ]
        if asked.answers and not holding:
            return []
        pairs = [(True, pair_text(asked.question, paragraph.candidate(holding[0])))] if holding else []
        pairs += [(False, pair_text(asked.question, paragraph.candidate(i))) for i in self._beside(paragraph, asked)]
        if holding:
            gold = paragraph.candidate(holding[0])
            changed = self._changed(paragraph, asked.question, gold.sentence) if self._chance.random() < 0.7 else None
            if changed:
                pairs.append((False, pair_text(changed, gold)))
            if self._chance.random() < 0.35 or len(pairs) < 3:
                pairs += [(False, pair_text(asked.question, item)) for item in self._elsewhere(paragraph, asked)]
        return pairs

    def _beside(self, paragraph: Paragraph, asked: Asked) -> list[int]:
        """The sentence of the paragraph that is most like the question without answering it, and a random one."""
        words = _words(asked.question)
        wrong = [
            index
            for index, (start, end) in enumerate(paragraph.spans)
            if end - start > 25
            and not any(start <= place < end for place, _ in asked.answers)
            and not _holds(paragraph.sentence(index), asked)
        ]
        wrong.sort(key=lambda index: -_likeness(words, paragraph.sentence(index)))
        if not asked.answers:
            return wrong[:2]
        return wrong[:1] + ([self._chance.choice(wrong[1:])] if len(wrong) > 1 else [])

    def _elsewhere(self, paragraph: Paragraph, asked: Asked) -> list[Candidate]:
        """The sentence most like the question in some other paragraphs of the article, or of any."""
        near = [other for other in self._titled.get(paragraph.title, ()) if other is not paragraph]
        others = self._chance.sample(near, min(8, len(near))) if near else self._chance.sample(self._all, 6)
        words = _words(asked.question)
        found = [
            (len(words & _words(other.sentence(index))), order, other.candidate(index))
            for order, (other, index) in enumerate((o, i) for o in others for i in range(len(o.spans)))
            if len(other.sentence(index)) >= 25 and not _holds(other.sentence(index), asked)
        ]
        return [max(found, key=lambda item: (item[0], -item[1]))[2]] if found else []

    def _changed(self, paragraph: Paragraph, question: str, answering: str) -> str | None:
        """A question that takes another thing for granted: a name, a year or a number of it in the place of its own."""
        known = [
            (name.start, name.start + len(name.text))
            for name in names.extract(question, paragraph.language)
            if (name.start and name.text in answering) or name.text in paragraph.text
        ]
        numbers = [match.span() for match in _NUMBER.finditer(question)]
        if not known and not numbers:
            return None
        start, end = self._chance.choice(known + numbers)
        old = question[start:end]
        if (start, end) in numbers:
            digits = re.sub(r"\D", "", old)
            if len(digits) > 9:
                return None
            step = self._chance.choice((1, 2, 3, 5, 9)) * self._chance.choice((-1, 1))
            new = str(max(1, int(digits) + step))
        else:
            own = [
                name.text
                for name in names.extract(paragraph.text, paragraph.language)
                if name.text not in answering and abs(len(name.text.split()) - len(old.split())) <= 1
            ]
            new = self._chance.choice(own if own and self._chance.random() < 0.65 else self._names[paragraph.language])
        if new in answering or new in question or old in new:
            return None
        return question[:start] + new + question[end:]


def sets_with_invented(sets: Path, work: Path, wanted: Sequence[str]) -> Iterator[QuestionSet]:
    """The sets of a folder, this project's own, and that of `bench/answerability`, written as a set into the work folder.

    Args:
        wanted: names of sets; empty for all.
    """
    if not wanted or INVENTED in wanted:
        folder = work / f"{INVENTED}-set"
        answerability_set.write_set(answerability_set.all_affairs(), folder)
        questions = tuple(item for item in read_questions(folder / "questions.jsonl") if item.evidence)
        yield QuestionSet(INVENTED, folder / "corpus.jsonl", questions)
    others = [name for name in wanted if name != INVENTED]
    if others or not wanted:
        yield from question_sets(sets, others)


@dataclass(frozen=True, slots=True)
class Retrieved:
    """What the program finds for a question of a set: the sentences it puts first, and those of them that answer."""

    question: Question
    found: tuple[Weighed, ...]
    gold: tuple[Weighed, ...]

    def pairs(self) -> list[Pair]:
        """The question beside sentences that answer and such as don't; none where there is nothing to choose from."""
        wrong = [item for item in self.found[: 2 * WRONG_SHOWN] if item not in self.gold][:WRONG_SHOWN]
        shown = [*self.gold[:RIGHT_SHOWN], *wrong]
        if len(shown) < 2 or (self.question.answerable and not self.gold):
            return []
        return [(item in self.gold, pair_text(self.question.question, candidate_of(item))) for item in shown]

    def unrelated(self) -> list[Related]:
        """The best sentences of the two likeliest articles, where at least one of them is no answer."""
        articles: dict[str, Weighed] = {}
        for item in self.found:
            articles.setdefault(item.source.article.id, item)
        best = list(articles.values())[:2]
        if len(best) < 2 or all(item in self.gold for item in best):
            return []
        return [_related("other", self.question.question, two_answers(*(item.source for item in best)))]


def retrieved(questions: QuestionSet, folder: Path, encoder: Encoder) -> Iterator[Retrieved]:
    """What the program finds for the questions of a set that are learnt from, and for everyday ones that it can't answer."""
    asked = [*_every_wording(questions.corpus.with_name("questions.jsonl")), *filter(learnt_from, everyday())]
    with Library.open(folder) as library:
        retriever = Retriever(library, encoder)
        ids = {article.external_id: article.id for article in library.articles()}
        names_of = {own: external for external, own in ids.items()}
        for question in asked:
            within = frozenset(ids[item] for item in question.context_ids if item in ids) or None
            hits = retriever.search(question.question, filters=question.filters, within=within).hits
            evidence = weigh(question.question, question.language, hits, library.document_frequencies)
            found = tuple(item for item in evidence.weighed if not item.missing)
            yield Retrieved(question, found, tuple(item for item in found if is_gold(item, question, names_of)))


def related(encoder: Encoder, chance: random.Random) -> tuple[list[list[Related]], list[list[Related]]]:
    """The pairs of each affair of `bench/relations` and of each question of `bench/answerability`: those to learn from, and those apart."""
    learnt: list[list[Related]] = []
    kept: list[list[Related]] = []
    for number, affair in enumerate(relations_set.all_affairs()):
        group = []
        for (first, second), relation in affair.relations.items():
            earlier, later = sorted((affair.told[first], affair.told[second]), key=lambda told: (told.day, told.text))
            told = TwoAnswers(earlier.text, later.text, (later.day - earlier.day).days)
            group.append(_related(relation, affair.question, told))
        (learnt if number % RELATIONS_APART else kept).append(group)
    for about in answerability_set.all_affairs():
        groups = _related_of(about, encoder, chance)
        if not any(question.relations for question in about.questions):
            groups = [group for group in groups if chance.random() < PLAIN_SHOWN]
        (kept if about.apart else learnt).extend(groups)
    return learnt, kept


def _related_of(affair: SetAffair, encoder: Encoder, chance: random.Random) -> list[list[Related]]:
    """Of each question of an affair: how each two answers relate, and pairs of which one or both are no answer but look like it."""
    places = [(a, s) for a, article in enumerate(affair.articles) for s in range(len(article.sentences))]
    vectors = encoder.encode_texts([affair.articles[a].sentences[s] for a, s in places], "passage")
    asked = encoder.encode_texts([question.text for question in affair.questions], "query")
    found = []
    for question, row in zip(affair.questions, asked @ vectors.T, strict=True):
        likely = [places[place] for place in (-row).argsort()]
        wrong = [place for place in likely if place not in question.answered_by][:WRONG_SHOWN]
        right = chance.sample(question.answered_by, len(question.answered_by))
        pairs = dict(question.relations)
        pairs |= {_in_order(answer, other): "other" for answer, other in zip(right[:2], wrong, strict=False)}
        if len(right) == 1 and len(wrong) > 1:
            pairs[_in_order(right[0], wrong[1])] = "other"
        if len(wrong) > 1 and (not right or chance.random() < WRONG_TOGETHER):
            pairs[_in_order(wrong[0], wrong[-1])] = "other"
        found.append([_related(relation, question.text, _told(affair, *two)) for two, relation in pairs.items()])
    return found


def _in_order(first: Place, second: Place) -> tuple[Place, Place]:
    return min(first, second), max(first, second)


def _told(affair: SetAffair, first: Place, second: Place) -> TwoAnswers:
    days = [date.fromisoformat(affair.articles[article].date) for article, _ in (first, second)]
    texts = [affair.articles[article].sentences[sentence] for article, sentence in (first, second)]
    if first[0] == second[0]:
        return TwoAnswers(texts[0], texts[1], None)
    (early, earlier), (late, later) = sorted(zip(days, texts, strict=True))
    return TwoAnswers(earlier, later, (late - early).days)


def _related(relation: str, question: str, told: TwoAnswers) -> Related:
    """A question and two sentences as the model reads them, with how these relate."""
    return RELATIONS.index(relation), two_text(question, told)


def _every_wording(path: Path) -> Iterator[Question]:
    """The questions of a file that are learnt from and need no history; those that are there in German besides, twice."""
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    for question, line in zip(read_questions(path), lines, strict=True):
        if learnt_from(question) and not question.history:
            yield question
            if line.get("question_de"):
                yield replace(question, question=line["question_de"], language="de")


def everyday() -> list[Question]:
    """The questions of `off_topic.txt`, which no collection of news answers."""
    lines = Path(__file__).with_name("off_topic.txt").read_text(encoding="utf-8").splitlines()
    found = [line.split("\t") for line in lines if line and not line.startswith("#")]
    return [
        question_of({"question": text, "answerable": False, "type": "off", "lang": language}, "")
        for language, text in found
    ]


def learnt_from(question: Question) -> bool:
    """Whether the model was trained on a question: of a set with parts on its "dev", else on half, by a hash."""
    if question.split:
        return question.split == "dev"
    return hashlib.sha256(question.question.encode()).digest()[0] % 2 == 0


def is_gold(item: Weighed, question: Question, names_of: Mapping[str, str]) -> bool:
    """Whether a sentence that was found is one that answers the question.

    Args:
        names_of: how the question's set calls the library's articles.
    """
    source = item.source
    for evidence in question.evidence:
        start = source.article.text.find(evidence.quote)
        if evidence.article == names_of.get(source.article.id) and (
            not evidence.quote
            or (0 <= start < source.sentence.end and source.sentence.start < start + len(evidence.quote))
        ):
            return True
    return False


def _words(text: str) -> set[str]:
    return {word.lower() for word in _WORD.findall(text)}


def _likeness(words: set[str], sentence: str) -> float:
    own = _words(sentence)
    return len(words & own) / (3 + math.sqrt(len(own)))


def _holds(sentence: str, asked: Asked) -> bool:
    return any(text.lower() in sentence.lower() for _, text in asked.answers)
