"""Which sentences of the passages found bear on the question, and whether they are enough to answer it at all.

Every sentence gets a handful of features (nearness of meaning, the question's words, the kind of thing that is asked
for); two linear models weigh them. The first orders the sentences, the second says how likely it is that the
best of them answers. Beside them stands one rule: a name, number, time or speaker that the question takes for granted must
occur where the evidence is (`qa.presupposed`). Both models have a second set of weights, for when the likeliest sentences have been
read (`qa.answerability`). The weights come from development data, see docs/quality.md; `bench/calibrate.py` makes them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import zip_longest

from embeddings import aliases
from embeddings.analysis import analyse, query_terms
from embeddings.records import Hit
from qa import names
from qa.answer import SourceSentence
from qa.presupposed import missing_in, names_all
from qa.question_shape import QuestionShape, answers_kind, shape_of

Frequencies = Callable[[Sequence[str]], dict[str, int]]

ORDER_WEIGHTS = {
    "similarity": 45.0,
    "passage": 26.0,
    "coverage": 4.0,
    "surroundings": 5.0,
    "kind": 1.6,
    "counted": 2.0,
    "foreign": 3.7,
}
"""A difference of one in the order's score means odds of e to one that the better sentence is the one that answers."""

CONFIDENCE_WEIGHTS = {
    "bias": -46.41,
    "similarity": 16.94,
    "passage": 34.9,
    "surroundings": 1.12,
    "foreign": 1.38,
    "words": 3.57,
}

SUFFICIENT = 0.16
"""Confidence from which a question is answered."""

RELATED = 0.1
"""The same, always without reading, below which the articles are about something else altogether: that no sentence answers says
nothing about what the articles are about."""

READ_ORDER_WEIGHTS = {**{name: 0.35 * weight for name, weight in ORDER_WEIGHTS.items()}, "kind": 1.4, "answers": 0.6}
READ_CONFIDENCE_WEIGHTS = {
    "bias": -25.91,
    "similarity": 2.5,
    "passage": 26.93,
    "surroundings": -0.95,
    "foreign": 1.18,
    "words": 1.39,
    "answers": 0.59,
}
READ_SUFFICIENT = 0.13
"""The same where the sentences have been read beside the question (`qa.answerability`)."""

DOUBTFUL = 0.5
"""Confidence below which an answer is shown as uncertain: on news it is then rather wrong than right, see docs/quality.md."""

PLAIN = 0.7
"""Share of the question's words beside which a language model's "not in the sources" is not believed, see docs/quality.md."""

HOP_SENTENCES = 2
"""Sentences, from the best, whose names a second search follows."""

HOP_NAMES = 3
"""So many of these names."""


@dataclass(frozen=True, slots=True)
class Features:
    """What is known about one sentence with regard to the question; between 0 and 1 where nothing else is said.

    Attributes:
        similarity: cosine between question and sentence.
        passage: cosine between question and passage, 0 where only words matched.
        coverage: share of the question's words, weighed by rarity, that the sentence holds.
        surroundings: the same for the rest of its passage, the title and the sentence together.
        kind: 1 if it holds a thing of the kind that is asked for, 2 if it says so beside it ("welke krant", "de krant El Pais").
        counted: 1 if the sentence holds the noun that the question counts, half if only its surroundings do; 1 where it
            counts none or in a foreign language.
        foreign: 1 if question and article are in different languages, so that words cannot match.
        words: log(1 + the best BM25 of all passages found / log of the number of passages): how much of the question's words
            the library has together in one place, whatever its size; not bounded by 1.
        answers: log-odds that the sentence answers the question, by a model that reads both; 0 where none has.
    """

    similarity: float
    passage: float
    coverage: float
    surroundings: float
    kind: float
    counted: float
    foreign: float
    words: float
    answers: float = 0.0


@dataclass(frozen=True, slots=True)
class Weighed:
    """A sentence with its features, its place in the order and what it lacks."""

    source: SourceSentence
    features: Features
    score: float
    missing: tuple[str, ...]


@dataclass(frozen=True)
class Evidence:
    """The sentences that bear on a question, best first.

    Attributes:
        weighed: the sentences; those that lack something keep their place.
        missing: names, numbers, times and speakers of the question that the best evidence does not have.
        parts: where the question asks several things, the evidence for each; empty where it asks one.
        label: of evidence for a part, what that part is called.
        read: whether a model has read the likeliest sentences beside the question.
    """

    shape: QuestionShape
    weighed: tuple[Weighed, ...]
    parts: tuple[Evidence, ...] = ()
    label: str = ""
    read: bool = False

    @property
    def candidates(self) -> tuple[SourceSentence, ...]:
        return tuple(item.source for item in self.weighed)

    @cached_property
    def best(self) -> Weighed | None:
        """The best sentence that lacks nothing; where all lack something, the best."""
        return next((item for item in self.weighed if not item.missing), self.weighed[0] if self.weighed else None)

    @property
    def missing(self) -> tuple[str, ...]:
        return self.best.missing if self.best else ()

    @cached_property
    def confidence(self) -> float:
        """How likely it is that the best sentence answers the question, 0 to 1."""
        if self.best is None:
            return 0.0
        return confidence(self.best.features, read=self.read)

    @property
    def plain(self) -> bool:
        """Whether the best sentence stands among nearly all words of the question."""
        return self.best is not None and self.best.features.surroundings >= PLAIN

    @property
    def related(self) -> bool:
        """Whether the articles are about the matter at all, be there an answer or not.

        An article that has every name of the question is about something of it, in however other words it says so.
        """
        if self.best is None:
            return False
        return confidence(self.best.features) >= RELATED or names_all(self.shape, self.best.source.hit)

    @property
    def sufficient(self) -> bool:
        if self.parts:
            return any(part.sufficient for part in self.parts)
        return self.best is not None and not self.missing and self.confidence >= self._least

    @property
    def doubtful(self) -> bool:
        """Whether what is answered, or a part of it, has evidence of which it is not certain that it answers."""
        if self.parts:
            return any(part.doubtful for part in self.parts)
        return self.sufficient and self.confidence < DOUBTFUL

    @property
    def _least(self) -> float:
        return READ_SUFFICIENT if self.read else SUFFICIENT


def order(features: Features, *, read: bool = False) -> float:
    """What sentences are ordered by.

    Args:
        read: whether `features.answers` is known.
    """
    weights = READ_ORDER_WEIGHTS if read else ORDER_WEIGHTS
    return math.fsum(weight * getattr(features, name) for name, weight in weights.items())


def confidence(features: Features, *, read: bool = False) -> float:
    """How likely a sentence that comes first answers, 0 to 1."""
    weights = READ_CONFIDENCE_WEIGHTS if read else CONFIDENCE_WEIGHTS
    total = weights["bias"] + sum(
        weight * getattr(features, name) for name, weight in weights.items() if name != "bias"
    )
    return 1 / (1 + math.exp(-total))


def weigh(question: str, language: str, hits: Sequence[Hit], frequencies: Frequencies, passages: int = 0) -> Evidence:
    """Order the sentences of the hits by how well they answer.

    Args:
        frequencies: document frequency of lexical terms, for their rarity.
        passages: how many the library has; 0 where it is not known.
    """
    shape = shape_of(question, language, query_terms)
    concepts = _Concepts(shape, hits, frequencies)
    best_match = max((hit.lexical or 0.0 for hit in hits), default=0.0)
    words = math.log1p(best_match / math.log(2 + max(passages, len(hits))))
    weighed = [item for hit in hits for item in _weighed(shape, concepts, hit, words)]
    unique: dict[tuple[str, int, int], Weighed] = {}
    for item in sorted(weighed, key=lambda item: (-item.score, item.source.key)):
        unique.setdefault(item.source.key, item)
    return Evidence(shape, tuple(unique.values()))


def second_hop(evidence: Evidence) -> tuple[str, ...]:
    """Names in the best sentences that the question doesn't have: what a second search may follow."""
    known = {part for name in evidence.shape.names for part in name.parts}
    found = [
        name.text
        for item in evidence.weighed[:HOP_SENTENCES]
        for name in names.extract(item.source.text, item.source.article.language)
        if name.certain and not known.intersection(name.parts)
    ]
    return tuple(dict.fromkeys(found))[:HOP_NAMES]


def joined(whole: Evidence, parts: Sequence[Evidence]) -> Evidence:
    """The evidence for a question that asks several things: that for each part in turn, then that for the whole."""
    unique: dict[tuple[str, int, int], Weighed] = {}
    for row in zip_longest(*(part.weighed for part in parts)):
        for item in row:
            if item is not None:
                unique.setdefault(item.source.key, item)
    for item in whole.weighed:
        unique.setdefault(item.source.key, item)
    return Evidence(whole.shape, tuple(unique.values()), tuple(parts), read=whole.read)


class _Concepts:
    """The question's content words, each with all forms in which an article may say it, and their rarity."""

    def __init__(self, shape: QuestionShape, hits: Sequence[Hit], frequencies: Frequencies) -> None:
        languages = sorted({hit.article.language for hit in hits if hit.article.language} | {shape.language})
        self.groups: list[frozenset[str]] = []
        for term in dict.fromkeys(shape.terms):
            forms = {term}
            for variant in aliases.expand(term):
                for language in languages:
                    forms.update(analyse(variant, language))
            if not any(forms & group for group in self.groups):
                self.groups.append(frozenset(forms))
        known = frequencies(sorted(set().union(*self.groups))) if self.groups else {}
        most = max([*known.values(), len(hits), 1])
        self.weights = [
            math.log(1 + most / (0.5 + max((known.get(form, 0) for form in group), default=0))) for group in self.groups
        ]

    def covered(self, terms: frozenset[str]) -> float:
        """Share of the weight of the question's words that some terms hold; 1 for a question without any."""
        total = sum(self.weights)
        if not total:
            return 1.0
        held = sum(weight for group, weight in zip(self.groups, self.weights, strict=True) if group & terms)
        return held / total


def _weighed(shape: QuestionShape, concepts: _Concepts, hit: Hit, words: float) -> list[Weighed]:
    language = hit.article.language
    texts = [hit.sentence_text(index) for index in range(len(hit.passage.sentences))]
    terms = [frozenset(analyse(text, language)) for text in texts]
    around = frozenset(analyse(hit.passage.context, language)).union(*terms)
    missing = missing_in(shape, hit, around)
    surroundings = concepts.covered(around)
    foreign = float(bool(shape.language and language and shape.language != language))
    weighed = []
    for index, (text, own) in enumerate(zip(texts, terms, strict=True)):
        features = Features(
            similarity=hit.sentence_scores[index],
            passage=hit.dense or 0.0,
            coverage=concepts.covered(own),
            surroundings=surroundings,
            kind=float(answers_kind(shape, text, language)) + float(_is_called(shape, text, language)),
            counted=_counted(shape, own, around, language),
            foreign=foreign,
            words=words,
        )
        source = SourceSentence(hit, index, hit.sentence_scores[index])
        weighed.append(Weighed(source, features, order(features), missing))
    return weighed


def _counted(shape: QuestionShape, own: frozenset[str], around: frozenset[str], language: str) -> float:
    if not shape.counted or (shape.language and language and shape.language != language):
        return 1.0
    forms = frozenset(analyse(shape.counted, language))
    return 1.0 if forms & own else 0.5 if forms & around else 0.0


def _is_called(shape: QuestionShape, text: str, language: str) -> bool:
    """Whether a sentence has the noun that the question seeks a name for right before a name that the question has not."""
    if not shape.sought or shape.language != language:
        return False
    forms = frozenset(analyse(shape.sought, language))
    known = {part for name in shape.names for part in name.parts}
    for name in names.extract(text, language):
        before = text[: name.start].rstrip().rsplit(maxsplit=1)
        if before and not set(name.parts) <= known and forms & frozenset(analyse(before[-1], language)):
            return True
    return False
