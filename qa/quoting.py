"""Answers without a language model: the one to three sentences that answer, as they stand in the articles."""

from __future__ import annotations

import re
from dataclasses import dataclass

from embeddings.records import Sentence
from qa.answer import SourceSentence
from qa.evidence import Evidence, Weighed

MOST_SENTENCES = 3
MOST_PER_PART = 2
MARGIN = 2.0
"""How far behind the best sentence another may score and still be quoted: odds of about one to seven."""

KIND_FIRST = 2.0
"""How far behind the best sentence one may be and still come before it because it holds the kind of thing asked for."""

_LEANS_BACK = re.compile(
    r"^(?:[“\"‘'„]?)(?:hij|zij|ze|dat|dit|die|deze|daar\w*|hier\w*|hun|zijn|haar|toen|ook|bovendien|daarnaast|maar|"
    r"he|she|it|they|this|that|these|those|his|her|their|there|but|also|er|sie|es|dies\w*|das|dort|sein\w*|ihr\w*|aber|auch|"
    r"il|elle|ils|elles|cela|ce|cette|ces|son|sa|ses|leur|mais|aussi)(?![^\W_])",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Quotation:
    """A sentence to be quoted.

    Attributes:
        before: the sentence before it where it leans on that ("Hij zei …"), quoted along with it.
    """

    source: SourceSentence
    before: SourceSentence | None = None


def quotations(evidence: Evidence) -> list[Quotation]:
    """The sentences that answer, in reading order within each article, the best one's article first.

    Where several things are asked, those for each in the order of asking.
    """
    if evidence.parts:
        told: dict[tuple[str, int, int], Quotation] = {}
        for part in evidence.parts:
            if part.sufficient:
                for quotation in _quotations(part, MOST_PER_PART):
                    told.setdefault(quotation.source.key, quotation)
        return list(told.values())
    return _quotations(evidence, MOST_SENTENCES)


def _quotations(evidence: Evidence, most: int) -> list[Quotation]:
    complete = [item for item in evidence.weighed if not item.missing]
    if not complete:
        return []
    holding = [item for item in complete if item.features.kind and item.score >= complete[0].score - KIND_FIRST]
    if holding:
        complete = [item for item in complete if item.features.kind]
    best = complete[0]
    chosen: list[Weighed] = []
    for item in complete:
        if len(chosen) == most or item.score < best.score - MARGIN:
            break
        if any(repeats(item.source.text, other.source.text) for other in chosen):
            continue
        chosen.append(item)
    order = list(dict.fromkeys(item.source.article.id for item in chosen))
    chosen.sort(key=lambda item: (order.index(item.source.article.id), item.source.sentence.start))
    quoted = {item.source.key for item in chosen}
    result = []
    for item in chosen:
        before = _before(item.source)
        if before is not None and before.key in quoted:
            before = None
        result.append(Quotation(item.source, before))
    return result


def repeats(first: str, second: str) -> bool:
    """Whether two sentences are mostly the same words: a copy, or one that says it again."""
    words, others = (set(re.findall(r"\w{3,}", text.lower())) for text in (first, second))
    return len(words & others) > 0.6 * min(len(words), len(others))


def _before(source: SourceSentence) -> SourceSentence | None:
    """The sentence before one that cannot be understood alone, if the same passage has it."""
    if source.index == 0 or not _LEANS_BACK.match(source.text):
        return None
    previous: Sentence = source.hit.passage.sentences[source.index - 1]
    if "\n\n" in source.article.text[previous.end : source.sentence.start]:
        return None
    return SourceSentence(source.hit, source.index - 1, source.hit.sentence_scores[source.index - 1])
