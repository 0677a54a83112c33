"""Which sentences of the passages found bear on the question, and whether they are enough to answer it at all.

Every sentence gets a handful of features (nearness of meaning, the question's words, its names, the kind of thing that
is asked for); two linear models weigh them. The first orders the sentences, the second says how likely it is that the
best of them answers. Beside them stands one rule: a name or number that the question takes for granted must occur where
the evidence is. The weights come from development data, see docs/quality.md; `bench/calibrate.py` makes them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

from embeddings import aliases
from embeddings.analysis import analyse, query_terms
from embeddings.records import Article, Hit
from qa import calendar_terms, names, quantities
from qa.answer import SourceSentence
from qa.calendar_terms import CalendarTerm
from qa.question_shape import QuestionShape, answers_kind, shape_of

Frequencies = Callable[[Sequence[str]], dict[str, int]]

ORDER_WEIGHTS = {
    "similarity": 8.0,
    "passage": 4.0,
    "coverage": 1.5,
    "surroundings": 0.4,
    "names": 0.6,
    "kind": 0.5,
    "lead": 0.1,
}
CONFIDENCE_WEIGHTS = {
    "bias": -18.0,
    "similarity": 20.0,
    "coverage": 2.0,
    "surroundings": 1.0,
    "kind": 0.8,
    "foreign": 0.6,
}
SUFFICIENT = 0.5
"""Confidence from which a question is answered."""


@dataclass(frozen=True, slots=True)
class Features:
    """What is known about one sentence with regard to the question; all between 0 and 1.

    Attributes:
        similarity: cosine between question and sentence.
        passage: cosine between question and passage, 0 where only words matched.
        coverage: share of the question's words, weighed by rarity, that the sentence holds.
        surroundings: the same for the rest of its passage, the title and the sentence together.
        names: share of the question's names that sentence, passage or title hold.
        kind: 1 if it holds a thing of the kind that is asked for.
        lead: 1 for an article's first sentence, falling with the distance from it.
        counted: 1 if the sentence holds the noun that the question counts, half if only its surroundings do; 1 where it
            counts none or in a foreign language.
        foreign: 1 if question and article are in different languages, so that words cannot match.
    """

    similarity: float
    passage: float
    coverage: float
    surroundings: float
    names: float
    kind: float
    lead: float
    counted: float
    foreign: float


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
        missing: names and numbers of the question that the best evidence does not have.
    """

    shape: QuestionShape
    weighed: tuple[Weighed, ...]

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
        return confidence(self.best.features)

    @property
    def sufficient(self) -> bool:
        return self.best is not None and not self.missing and self.confidence >= SUFFICIENT


def confidence(features: Features) -> float:
    total = CONFIDENCE_WEIGHTS["bias"] + sum(
        weight * getattr(features, name) for name, weight in CONFIDENCE_WEIGHTS.items() if name != "bias"
    )
    return 1 / (1 + math.exp(-total))


def weigh(question: str, language: str, hits: Sequence[Hit], frequencies: Frequencies) -> Evidence:
    """Order the sentences of the hits by how well they answer.

    Args:
        frequencies: document frequency of lexical terms, for their rarity.
    """
    shape = shape_of(question, language, query_terms)
    concepts = _Concepts(shape, hits, frequencies)
    weighed = [_weighed(shape, concepts, hit, index) for hit in hits for index in range(len(hit.passage.sentences))]
    unique: dict[tuple[str, int, int], Weighed] = {}
    for item in sorted(weighed, key=lambda item: (-item.score, item.source.key)):
        unique.setdefault(item.source.key, item)
    return Evidence(shape, tuple(unique.values()))


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


def _weighed(shape: QuestionShape, concepts: _Concepts, hit: Hit, index: int) -> Weighed:
    source = SourceSentence(hit, index, hit.sentence_scores[index])
    language = hit.article.language
    own = frozenset(analyse(source.text, language))
    around = own | frozenset(analyse(f"{hit.passage.context}\n{hit.text}", language))
    missing = _missing(shape, hit)
    features = Features(
        similarity=source.score,
        passage=hit.dense or 0.0,
        coverage=concepts.covered(own),
        surroundings=concepts.covered(around),
        names=1.0 - len(missing) / max(1, len(shape.names) + len(shape.numbers)),
        kind=float(answers_kind(shape, source.text, language)),
        counted=_counted(shape, own, around, language),
        lead=1 / (1 + source.sentence.start / 500),
        foreign=float(bool(shape.language and language and shape.language != language)),
    )
    score = sum(weight * getattr(features, name) for name, weight in ORDER_WEIGHTS.items())
    return Weighed(source, features, score, missing)


def _counted(shape: QuestionShape, own: frozenset[str], around: frozenset[str], language: str) -> float:
    if not shape.counted or (shape.language and language and shape.language != language):
        return 1.0
    forms = frozenset(analyse(shape.counted, language))
    return 1.0 if forms & own else 0.5 if forms & around else 0.0


def _missing(shape: QuestionShape, hit: Hit) -> tuple[str, ...]:
    """Names and numbers that the question takes for granted and the passage, its title and outlet do not have."""
    article = hit.article
    text = f"{article.title}\n{hit.passage.context}\n{hit.text}"
    across = bool(shape.language and article.language and shape.language != article.language)
    found = names.extract(text, article.language)
    lacking = [
        name.text
        for name in shape.names
        if not names.bears_out(name, f"{text}\n{article.publisher}", found, across_languages=across)
    ]
    lacking += [shape.text[time.start : time.end] for time in shape.times if not _happened(time, text, article)]
    amounts = quantities.extract(text, article.language)
    lacking += [
        shape.text[number.start : number.end]
        for number in shape.numbers
        if not any(quantities.same(number, amount) for amount in amounts)
    ]
    return tuple(lacking)


def _happened(time: CalendarTerm, text: str, article: Article) -> bool:
    """Whether a passage or its article is about the time that a question names; a vague time is no requirement."""
    if time.first is None or time.last is None:
        return True
    published = article.published
    if published and published.first_day <= time.last and time.first <= published.last_day:
        return True
    return any(
        calendar_terms.agrees(time, other) or calendar_terms.agrees(other, time)
        for other in calendar_terms.find(text, article.language, published)
    )
