"""The whole way of a question, from what was typed to an answer whose every sentence has been checked.

    question ──standalone──▶ search ──▶ weigh the evidence ──┬─▶ abstain, with the reason
                                                             └─▶ write or quote ──▶ attribute and verify ──▶ Answer

Read `Answerer.ask` first; each step is a function of the module that its name says.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TypeGuard

from embeddings.encoders import Encoder
from embeddings.reading_model import Candidate
from embeddings.records import Article, Filters, Vector
from embeddings.store import Counts, Store
from qa import abstention
from qa.answer import Answer, Citation, SourceSentence, Status
from qa.answerability import Judge, end, judged, relates
from qa.citing import Citer, OnSentence
from qa.conversation import Exchange, language_of, standalone
from qa.disagreement import find
from qa.evidence import Evidence, joined, second_hop, weigh
from qa.language_models import LanguageModel
from qa.language_models.catalogue import may_reword
from qa.question_parts import Part, asked_of
from qa.quoting import quotations
from qa.retriever import Retrieval, Retriever, Searcher, merged
from qa.verification import Entails
from qa.writing import Draft, write

OnStatus = Callable[[str], None]


class Answerer:
    """Answers questions from a library.

    Args:
        language_model: writes the answer; None quotes the sentences that answer.
        searcher: finds passages; the library's own retriever unless another is given.
        entailment: judges sentences that a language model wrote, beside the checks.
        judge: reads the likeliest sentences beside the question; without one their features alone decide.
    """

    def __init__(
        self,
        library: Store,
        encoder: Encoder,
        language_model: LanguageModel | None = None,
        searcher: Searcher | None = None,
        entailment: Entails | None = None,
        judge: Judge | None = None,
    ) -> None:
        self._library = library
        self._encoder = encoder
        self.language_model = language_model
        self._searcher = searcher or Retriever(library, encoder)
        self._entailment = entailment
        self._judge = judge
        self._vectors: dict[str, Vector] = {}  # of the texts compared for one question

    def warm_up(self) -> None:
        """Have the weights read that the first question would wait for."""
        if self._judge is not None:
            self._judge.log_odds("?", [Candidate("?")])

    def close(self) -> None:
        """End what reads in a process of its own."""
        end(self._judge)

    def article(self, article_id: str) -> Article | None:
        """The article that a citation points to."""
        return self._library.article(article_id)

    def ask(
        self,
        question: str,
        *,
        history: Sequence[Exchange] = (),
        filters: Filters | None = None,
        top_k: int = 8,
        show_unverified: bool = False,
        only: frozenset[str] | None = None,
        on_sentence: OnSentence | None = None,
        on_status: OnStatus | None = None,
    ) -> Answer:
        """Answer a question.

        Args:
            history: the conversation so far, oldest first.
            only: ids of the only articles to look at.
            show_unverified: sentences that failed the checks stay in the answer, marked as such.
            on_sentence: called with each sentence as soon as it has been checked, and the citations new with it.
            on_status: called with what is being done: "searching", "loading_model", "reading", "writing", "checking".
        """
        clock = _Clock()
        self._vectors.clear()
        tell = on_status or (lambda _: None)
        tell("searching")
        language = language_of(question, history)
        understood = standalone(question, history, language, self.language_model)
        clock.lap("rewrite")
        asked = asked_of(understood, question, language)
        found = self._found(understood, asked, language, top_k, filters or Filters(), only)
        clock.lap("search")
        counts = self._library.counts()
        answer = self._begun(question, understood, language, found, counts)
        if not found.evidence.sufficient:
            answer = self._abstained(answer, asked, found, counts, filters, top_k, only)
            return replace(answer, timings_ms=clock.timings(found.retrieval.encode_ms))
        citer = Citer(
            understood,
            language,
            found.evidence,
            on_sentence,
            show_unverified,
            self._similarity,
            copies_only=self.language_model is not None and not may_reword(self.language_model),
            entailment=self._entailment,
        )
        draft = self._written(understood, language, found.evidence, citer, tell)
        clock.lap("generate")
        tell("checking")
        answer = self._finished(answer, found.evidence, counts, citer, draft)
        clock.lap("verify")
        return replace(answer, timings_ms=clock.timings(found.retrieval.encode_ms))

    def _begun(self, question: str, understood: str, language: str, found: _Found, counts: Counts) -> Answer:
        """What is known before anything is written."""
        retrieval = found.retrieval
        return Answer(
            question=question,
            standalone_question=understood,
            language=language,
            status="abstained",
            passages_considered=retrieval.considered,
            passages_found=len(retrieval.hits),
            passages_used=len(retrieval.hits),
            articles_in_library=counts.articles,
            confidence=found.evidence.confidence,
            backend=self.language_model.backend if self.language_model else "none",
            model=self.language_model.name if self.language_model else "",
        )

    def _abstained(
        self,
        answer: Answer,
        asked: Sequence[Part],
        found: _Found,
        counts: Counts,
        filters: Filters | None,
        top_k: int,
        only: frozenset[str] | None,
    ) -> Answer:
        """Why there is no answer; where limits were in force, also whether there is one beyond them."""
        beyond = False
        if found.retrieval.filters:
            wider = self._found(answer.standalone_question, asked, answer.language, top_k, None, only)
            beyond = wider.evidence.sufficient
        return abstention.abstain(
            answer,
            found.evidence,
            counts,
            filters=filters or abstention.NO_LIMITS,
            sources_known=self._knows_sources(filters),
            found_without_limits=beyond,
        )

    def _finished(
        self, answer: Answer, evidence: Evidence, counts: Counts, citer: Citer, draft: Draft | None
    ) -> Answer:
        """The answer with what stood up to the checks; without that what the articles say themselves, or a model's refusal."""
        if draft is not None:
            answer = replace(answer, prompt=draft.prompt, generation=draft.generation)
            if not draft.failed:
                answer = replace(answer, passages_used=draft.passages_used)
        if not citer.verified and self._believes(draft, evidence):
            refused = abstention.abstain(answer, evidence, counts, refused_by_model=True)
            return replace(refused, composed_by=draft.backend)
        completed = not citer.verified or _falls_short(citer, draft, evidence)
        if completed:
            citer.complete(quotations(evidence))
        written = draft if citer.written else None
        # All are found before any is cited: what the first cites must not weigh for the next.
        reader = relates(self._judge)
        differences = [
            item for part in evidence.parts or (evidence,) for item in find(part, citer.cited, answer.language, reader)
        ]
        disagreements = tuple(citer.differ(difference) for difference in differences)
        unanswered = tuple(part.label for part in evidence.parts if not part.sufficient)
        answer = replace(
            answer,
            status="answered",
            sentences=citer.sentences,
            citations=citer.citations,
            disagreements=disagreements,
            independent_sources=self._independent(citer.citations),
            newest_evidence=max((citation.published for citation in citer.citations), default=""),
            withheld=citer.withheld,
            discarded=citer.discarded,
            complete=written is None or written.complete or (completed and not written.broke_off),
            doubtful=evidence.doubtful,
            unanswered=unanswered,
            message=abstention.left_open(unanswered, answer.language),
            composed_by=written.backend if written else "none",
        )
        return replace(answer, status=_status(answer))

    def _knows_sources(self, filters: Filters | None) -> bool:
        """Whether any article is from an outlet or a file that was asked for, if one was."""
        if filters is None or not filters.sources:
            return True
        return next(self._library.articles(Filters(sources=filters.sources)), None) is not None

    def _believes(self, draft: Draft | None, evidence: Evidence) -> TypeGuard[Draft]:
        """Whether a model that found no answer in the sources is to be believed; not where one has the question's words.

        A base model copies its examples, also the one without an answer, and a small one refuses at random.
        """
        able = self.language_model is not None and may_reword(self.language_model)
        return able and draft is not None and draft.refused and not evidence.parts and not evidence.plain

    def _written(self, question: str, language: str, evidence: Evidence, citer: Citer, tell: OnStatus) -> Draft | None:
        if self.language_model is None:
            return None
        return write(self.language_model, question, language, evidence, citer.write, tell)

    def _similarity(self, text: str, sources: Sequence[SourceSentence]) -> list[float]:
        """Cosines between a text and source sentences, all encoded alike, as the encoder compares equals."""
        texts = [text, *(source.text for source in sources)]
        unknown = [wanted for wanted in dict.fromkeys(texts) if wanted not in self._vectors]
        if unknown:
            self._vectors.update(zip(unknown, self._encoder.encode_texts(unknown, "query"), strict=True))
        return [float(self._vectors[wanted] @ self._vectors[text]) for wanted in texts[1:]]

    def _found(
        self,
        question: str,
        asked: Sequence[Part],
        language: str,
        top_k: int,
        filters: Filters | None,
        only: frozenset[str] | None,
    ) -> _Found:
        """Passages and evidence for a question; where what is asked are parts of it, for each of these as well."""
        retrieval = self._searcher.search(question, k=top_k, filters=filters, within=only)
        whole = self._weighed(question, language, retrieval)
        if not asked:
            return self._followed(question, language, _Found(retrieval, whole), top_k, filters, only)
        retrievals = [
            self._searcher.search(part.text, k=top_k, filters=filters, within=only, context=question) for part in asked
        ]
        weighed = [
            replace(self._weighed(part.text, language, found), label=part.label)
            for part, found in zip(asked, retrievals, strict=True)
        ]
        return _Found(merged(retrieval, retrievals), joined(whole, weighed))

    def _followed(
        self,
        question: str,
        language: str,
        found: _Found,
        top_k: int,
        filters: Filters | None,
        only: frozenset[str] | None,
    ) -> _Found:
        """What was found, and where the best of it doesn't hold the kind of thing asked for, what a second search adds.

        "Hoe oud is de directeur van Kolderink?" may be answered by a sentence that calls her by her name; the name is in
        what was found first.
        """
        best = found.evidence.best
        if best is None or best.features.kind or not found.evidence.sufficient:
            return found  # what is insufficient by itself must not become an answer by names that the question lacks
        clues = second_hop(found.evidence)
        if not clues:
            return found
        further = self._searcher.search(" ".join([question, *clues]), k=top_k, filters=filters, within=only)
        retrieval = merged(further, [found.retrieval])
        return _Found(retrieval, self._weighed(question, language, retrieval))

    def _weighed(self, question: str, language: str, retrieval: Retrieval) -> Evidence:
        frequencies, passages = self._library.document_frequencies, self._library.counts().passages
        return judged(question, weigh(question, language, retrieval.hits, frequencies, passages), self._judge)

    def _independent(self, citations: Sequence[Citation]) -> int:
        """Sources that did not copy each other: clusters of near-duplicate articles count once."""
        articles = sorted({citation.article_id for citation in citations})
        clusters = self._library.clusters(articles)
        return len({clusters.get(article, article) for article in articles})


@dataclass(frozen=True, slots=True)
class _Found:
    """What was found for a question, and how it bears on it."""

    retrieval: Retrieval
    evidence: Evidence


def _falls_short(citer: Citer, draft: Draft | None, evidence: Evidence) -> bool:
    """Whether a model that may only copy has left out what the articles would say themselves.

    What it writes is no more than a choice among their sentences: where a part of it was withheld or cut off, or the best
    sentence is not in it, that choice is worth less than the quotations.
    """
    if not citer.copies_only or draft is None:
        return False
    cited = {source.key for source in citer.cited}
    answering = (part.best for part in evidence.parts or (evidence,) if part.sufficient)
    lacks_best = any(best is not None and best.source.key not in cited for best in answering)
    return bool(citer.withheld) or not draft.complete or lacks_best


def _status(answer: Answer) -> Status:
    if answer.disagreements:  # of whatever type: one value alone would mislead
        return "conflict"
    unverified = any(not sentence.verified for sentence in answer.sentences)
    lacking = answer.withheld or answer.unanswered or unverified or not answer.complete
    return "partial" if lacking else "answered"


class _Clock:
    """Milliseconds spent since the last lap, by name."""

    def __init__(self) -> None:
        self._started = self._last = time.perf_counter()
        self._laps: dict[str, int] = {}

    def lap(self, name: str) -> None:
        now = time.perf_counter()
        self._laps[name] = round((now - self._last) * 1000)
        self._last = now

    def timings(self, encode_ms: int) -> dict[str, int]:
        laps = {"encode": encode_ms, **self._laps}
        laps["search"] = max(0, laps.get("search", 0) - encode_ms)
        laps["total"] = round((time.perf_counter() - self._started) * 1000)
        return laps
