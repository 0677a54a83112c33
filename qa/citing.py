"""Turns sentences into cited, checked answer sentences, numbering the citations in the order in which they are needed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property

from embeddings.languages import identify
from prompts import LANGUAGES
from qa.answer import AnswerSentence, Citation, Disagreement, SourceSentence
from qa.attribution import attribute
from qa.disagreement import Difference
from qa.evidence import Evidence
from qa.markers import MarkedSentence
from qa.prompt_echo import echoes_prompt
from qa.question_shape import answers_kind
from qa.quoting import Quotation, quotations, repeats
from qa.shortening import shortens
from qa.verification import Entails, Similarity, verify

MOST_CANDIDATES = 24
"""Source sentences tried for each answer sentence; the order of the evidence makes a later one very unlikely."""

RELEVANT = 3.0
"""How far behind the best sentence, in log-odds, the one may be that an answer begins with."""

MOST_ECHOES = 2
"""Other articles cited for saying the same."""

TELLING = 6
"""Words from which on the language of a sentence can be told."""

OnSentence = Callable[[AnswerSentence, tuple[Citation, ...]], None]


def in_another_language(text: str, language: str) -> bool:
    """Whether a sentence is certainly in another language than the question; of a few words that cannot be told.

    Of 1,138 sentences of bench/nieuwsbank four are mistaken for another language, all of them short.
    """
    if language not in LANGUAGES or len(text.split()) < TELLING:
        return False
    return identify(text) not in ("", language)


class Citer:
    """Collects the sentences of one answer.

    Args:
        evidence: the source sentences that may be cited, best first.
        on_sentence: told of each sentence as soon as it is decided, with the citations that are new with it.
        show_unverified: keep sentences that failed in the answer, marked, instead of withholding them.
        entailment: a model that judges what another model wrote, beside the checks.
        copies_only: what a model writes must be a source sentence, at most shortened.
    """

    def __init__(
        self,
        question: str,
        language: str,
        evidence: Evidence,
        on_sentence: OnSentence | None = None,
        show_unverified: bool = False,
        similarity: Similarity | None = None,
        copies_only: bool = False,
        entailment: Entails | None = None,
    ) -> None:
        self.copies_only = copies_only
        self._question = question
        self._language = language
        self._evidence = evidence
        self._candidates = evidence.candidates
        self._on_sentence = on_sentence or (lambda *_: None)
        self._show_unverified = show_unverified
        self._similarity = similarity
        self._entailment = entailment
        self._numbers: dict[tuple[str, int, int], int] = {}
        self.sentences: tuple[AnswerSentence, ...] = ()
        self.citations: tuple[Citation, ...] = ()
        self.withheld: tuple[AnswerSentence, ...] = ()
        self.cited: tuple[SourceSentence, ...] = ()
        self.discarded: tuple[AnswerSentence, ...] = ()
        self.written = False  # whether the words shown are a model's

    @property
    def verified(self) -> bool:
        """Whether any sentence stood up to the checks."""
        return any(sentence.verified for sentence in self.sentences)

    def write(self, marked: MarkedSentence, shown: Sequence[SourceSentence]) -> None:
        """Attribute and check a sentence that a model wrote.

        Args:
            shown: the sources as they were numbered for the model, from 1.
        """
        pool = list({source.key: source for source in (*shown, *self._candidates[:MOST_CANDIDATES])}.values())
        attribution = attribute(
            marked.text,
            pool,
            [number - 1 for number in marked.ids],
            language=self._language,
            question=self._question,
            similarity=self._similarity,
            entailment=self._entailment,
        )
        cited = [pool[place] for place in attribution.cited]
        problems = tuple(str(problem) for problem in attribution.verdict.problems)
        bears_on_it = self._answers(marked.text, cited)
        echoed = echoes_prompt(marked.text, self._language)
        if self.copies_only and not any(shortens(marked.text, source.text) for source in cited):
            problems = problems or ("not_in_the_words_of_a_source",)
        elif in_another_language(marked.text, self._language):
            problems = problems or ("in_another_language",)
        elif echoed:
            problems = problems or ("repeats_its_instructions",)
        elif attribution.verdict.supported and bears_on_it:
            self.written = True
            self._add(AnswerSentence(marked.text), cited)
            return
        problems = problems or ("beside the question",)
        failed = AnswerSentence(marked.text, verified=False, problems=problems)
        if self._show_unverified and not echoed:
            self._add(failed, ())
        else:
            self.withheld = (*self.withheld, failed)

    def complete(self, quoted: Sequence[Quotation]) -> None:
        """Quote what is not told yet, in the place of what a model could not say so that it stood up to the checks.

        Nothing of the answer is missing then, so what was withheld counts as discarded.
        """
        self.discarded, self.withheld = self.withheld, ()
        told = [sentence.text for sentence in self.sentences if sentence.verified]
        cited = {source.key for source in self.cited}
        for quotation in quoted:
            if quotation.source.key not in cited and not any(repeats(quotation.source.text, text) for text in told):
                self.quote(quotation)

    def quote(self, quotation: Quotation) -> None:
        """Quote a source sentence as it stands; other articles that say the same are cited with it."""
        cited = [quotation.source, *self._echoes(quotation.source)]
        if quotation.before is not None and quotation.before.key not in self._numbers:
            self._add(AnswerSentence(quotation.before.text), [quotation.before])
        self._add(AnswerSentence(quotation.source.text), cited)

    def cite(self, source: SourceSentence) -> tuple[int, tuple[Citation, ...]]:
        """The number of a citation, and the citation itself where it is new."""
        if source.key in self._numbers:
            return self._numbers[source.key], ()
        number = self._numbers[source.key] = len(self._numbers) + 1
        citation = Citation.of(number, source)
        self.citations = (*self.citations, citation)
        self.cited = (*self.cited, source)
        return number, (citation,)

    def differ(self, difference: Difference) -> Disagreement:
        """A difference between sources as a part of the answer; each of its sources is cited."""
        numbers = tuple(self.cite(source)[0] for source in difference.sources)
        return Disagreement(difference.type, numbers, difference.text)

    def _answers(self, text: str, cited: Sequence[SourceSentence]) -> bool:
        """Whether a supported sentence also bears on the question.

        The first sentence must hold a number or a time where one is asked for, and rest on a sentence that is a likely
        answer, of a model that may only copy on one that would be quoted; what follows it may explain.
        """
        if self.copies_only and not self.sentences and not any(source.key in self._quotable for source in cited):
            return False
        return bool(self.sentences) or any(
            self._answers_one(evidence, text, cited) for evidence in self._evidence.parts or (self._evidence,)
        )

    @cached_property
    def _quotable(self) -> frozenset[tuple[str, int, int]]:
        return frozenset(quotation.source.key for quotation in quotations(self._evidence))

    def _answers_one(self, evidence: Evidence, text: str, cited: Sequence[SourceSentence]) -> bool:
        best = evidence.best
        if best is None:
            return False
        # A place may be "under a riding school" and a person "the neighbour": only what has a form can be missed by its form.
        if evidence.shape.expected in ("number", "time") and not answers_kind(evidence.shape, text, self._language):
            return False
        scores = {item.source.key: item.score for item in evidence.weighed}
        return any(scores.get(source.key, best.score) >= best.score - RELEVANT for source in cited)

    def _echoes(self, source: SourceSentence) -> list[SourceSentence]:
        """One sentence each of other articles that by itself says all that this one says."""
        echoes: dict[str, SourceSentence] = {}
        for other in self._candidates[:MOST_CANDIDATES]:
            if len(echoes) == MOST_ECHOES:
                break
            if other.article.id == source.article.id or other.article.id in echoes:
                continue
            if other.article.language != source.article.language:
                continue  # across languages nearness of meaning is too coarse for "says the same"
            verdict = verify(source.text, [other], language=source.article.language, similarity=self._similarity)
            if verdict.supported:
                echoes[other.article.id] = other
        return list(echoes.values())

    def _add(self, sentence: AnswerSentence, sources: Sequence[SourceSentence]) -> None:
        numbers: list[int] = []
        new: list[Citation] = []
        for source in sources:
            number, fresh = self.cite(source)
            numbers.append(number)
            new.extend(fresh)
        finished = AnswerSentence(sentence.text, tuple(numbers), sentence.verified, sentence.problems)
        self.sentences = (*self.sentences, finished)
        self._on_sentence(finished, tuple(new))
