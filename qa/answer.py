"""What a question leads to: the records of an answer and their JSON form (schema 1)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from embeddings.records import Article, Hit, Sentence

SCHEMA_VERSION = 1

Status: TypeAlias = Literal["answered", "partial", "conflict", "abstained"]
Reason: TypeAlias = Literal["no_evidence", "off_topic", "false_premise", "outside_dates", "empty_library"]
DisagreementType: TypeAlias = Literal["superseded", "conflict", "scope", "opinion"]


@dataclass(frozen=True, slots=True)
class SourceSentence:
    """A sentence of an article that may support something.

    Attributes:
        hit: the passage it was found in.
        index: its place among the passage's sentences.
        score: cosine similarity between the question and the sentence.
    """

    hit: Hit
    index: int
    score: float

    @property
    def article(self) -> Article:
        return self.hit.article

    @property
    def sentence(self) -> Sentence:
        return self.hit.passage.sentences[self.index]

    @property
    def text(self) -> str:
        return self.hit.sentence_text(self.index)

    @property
    def key(self) -> tuple[str, int, int]:
        """What makes it the same sentence wherever it was found."""
        return (self.article.id, self.sentence.start, self.sentence.end)


@dataclass(frozen=True, slots=True)
class Citation:
    """A pointer to the exact stretch of an article: `text[start:end] == quote`."""

    number: int
    article_id: str
    title: str
    source: str
    publisher: str
    published: str
    start: int
    end: int
    quote: str
    sha256: str

    @classmethod
    def of(cls, number: int, source: SourceSentence) -> Citation:
        article, sentence = source.article, source.sentence
        return cls(
            number=number,
            article_id=article.id,
            title=article.title,
            source=article.source,
            publisher=article.publisher,
            published=article.published.iso if article.published else "",
            start=sentence.start,
            end=sentence.end,
            quote=source.text,
            sha256=article.sha256,
        )

    def as_json(self) -> dict[str, Any]:
        return {
            "number": self.number,
            "article_id": self.article_id,
            "title": self.title,
            "source": self.source,
            "publisher": self.publisher or None,
            "published": self.published or None,
            "start": self.start,
            "end": self.end,
            "quote": self.quote,
            "sha256": self.sha256,
        }


@dataclass(frozen=True, slots=True)
class AnswerSentence:
    """One sentence of the answer, without markers, and the numbers of the citations that support it.

    Attributes:
        problems: why it could not be verified, empty where it could; shown by `--show-unverified` and `/why`.
    """

    text: str
    citations: tuple[int, ...] = ()
    verified: bool = True
    problems: tuple[str, ...] = ()

    @property
    def marked(self) -> str:
        """The sentence followed by its citation marks, as in "Duizend militairen gaan naar Roemenië. [1][2]"."""
        return " ".join(filter(None, (self.text, "".join(f"[{number}]" for number in self.citations))))

    def as_json(self) -> dict[str, Any]:
        return {
            "text": self.text,
            "verified": self.verified,
            "citations": list(self.citations),
            "problems": list(self.problems),
        }


@dataclass(frozen=True, slots=True)
class Disagreement:
    """Sources that say different things about the same; `citations` are numbers of the answer's citations."""

    type: DisagreementType
    citations: tuple[int, ...]
    text: str

    def as_json(self) -> dict[str, Any]:
        return {"type": self.type, "citations": list(self.citations), "text": self.text}


@dataclass(frozen=True, slots=True)
class Generation:
    """How a language model's reply came about; all empty where no model was asked.

    Attributes:
        fingerprint: which weights they were, beyond their name; "" where unknown.
        done_reason: "stop", "length" (cut off at its limit), "aborted" (broke off), the back end's own word, or "failed"
            where it never began.
        prompt_tokens: as the model counted them, 0 where it does not say.
        invalid_markers: references to sources that it was not given, which are left out.
        problem: what went wrong and what to do, on one line; "" where nothing did.
    """

    fingerprint: str = ""
    done_reason: str = ""
    prompt_tokens: int = 0
    invalid_markers: int = 0
    problem: str = ""

    @property
    def failed(self) -> bool:
        """Whether the model that was to write could not be used at all."""
        return self.done_reason == "failed"

    def as_json(self) -> dict[str, Any]:
        return {
            "fingerprint": self.fingerprint or None,
            "done_reason": self.done_reason or None,
            "prompt_tokens": self.prompt_tokens,
            "invalid_markers": self.invalid_markers,
            "problem": self.problem or None,
        }

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Generation:
        """The inverse of `as_json`; what is not there is empty."""
        return cls(
            fingerprint=value.get("fingerprint") or "",
            done_reason=value.get("done_reason") or "",
            prompt_tokens=value.get("prompt_tokens") or 0,
            invalid_markers=value.get("invalid_markers") or 0,
            problem=value.get("problem") or "",
        )


@dataclass(frozen=True, slots=True)
class Answer:
    """Everything that is known about how a question went."""

    question: str
    standalone_question: str
    language: str
    status: Status
    reason: Reason | None = None
    sentences: tuple[AnswerSentence, ...] = ()
    citations: tuple[Citation, ...] = ()
    nearest: tuple[Citation, ...] = ()
    disagreements: tuple[Disagreement, ...] = ()
    independent_sources: int = 0
    withheld: tuple[AnswerSentence, ...] = ()
    discarded: tuple[AnswerSentence, ...] = ()  # a draft of which nothing held, replaced by quotations
    complete: bool = True
    doubtful: bool = False  # answered, but perhaps no article answers this
    message: str = ""  # on abstention, whole or in part: what is said to the reader, in the question's language
    unanswered: tuple[str, ...] = ()  # of a question that asks several things, those that the articles don't answer
    newest_evidence: str = ""  # ISO date of the newest cited article
    confidence: float = 0.0  # that the best evidence answers, 0 to 1; not in the JSON
    passages_considered: int = 0
    passages_found: int = 0
    passages_used: int = 0  # of those found, by whoever composed the answer
    articles_in_library: int = 0
    backend: str = "none"
    model: str = ""
    composed_by: str = "none"  # the back end whose words are shown; "none" where sentences are quoted
    prompt: str = ""  # hash of the prompt that was used
    generation: Generation = field(default_factory=Generation)
    timings_ms: dict[str, int] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """The answer with its marks; on abstention what is said instead."""
        if self.status == "abstained":
            return self.message
        return " ".join(sentence.marked for sentence in self.sentences)

    def as_json(self) -> dict[str, Any]:
        """The object that `ask --json` prints; fields may be added in later versions, never changed."""
        return {
            "schema": SCHEMA_VERSION,
            "question": self.question,
            "standalone_question": self.standalone_question,
            "language": self.language,
            "status": self.status,
            "reason": self.reason,
            "text": self.text,
            "sentences": [sentence.as_json() for sentence in self.sentences],
            "citations": [citation.as_json() for citation in self.citations],
            "nearest": [citation.as_json() for citation in self.nearest],
            "disagreements": [disagreement.as_json() for disagreement in self.disagreements],
            "independent_sources": self.independent_sources,
            "newest_evidence": self.newest_evidence or None,
            "withheld": len(self.withheld),
            "discarded": len(self.discarded),
            "complete": self.complete,
            "doubtful": self.doubtful,
            "unanswered": list(self.unanswered),
            "retrieval": {
                "passages_considered": self.passages_considered,
                "passages_found": self.passages_found,
                "passages_used": self.passages_used,
                "articles_in_library": self.articles_in_library,
            },
            "llm": {
                "backend": self.backend,
                "model": self.model,
                "composed_by": self.composed_by,
                "prompt": self.prompt or None,
                **self.generation.as_json(),
            },
            "timings_ms": dict(self.timings_ms),
        }
