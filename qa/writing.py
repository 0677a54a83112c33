"""Lets a language model write the answer from numbered source sentences, and hands over each sentence as it is finished.

The model only proposes. What it says about its sources are hints for `qa.citing`, which decides; a number that it was
not given is counted and never shown.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from prompts import load
from qa.answer import SourceSentence
from qa.errors import GenerationFailed
from qa.evidence import Evidence
from qa.language_models import GenerationOptions, LanguageModel, Message, TokenStream
from qa.language_models.neutralise import fence, neutralise
from qa.markers import MarkedSentence, MarkerParser

REPLY_TOKENS = 220
"""Room for one to three sentences with their marks."""

CONTEXT_TOKENS = {"local": 900}
"""Tokens of sources per back end: an embedded model reads some fifty tokens a second on two cores."""

OTHER_CONTEXT_TOKENS = 3000

READER_SENTENCES = 4
"""Sentences given to a base model, which loses the thread in more."""

_REFUSALS = {"nl": "GEEN ANTWOORD", "en": "NO ANSWER", "de": "KEINE ANTWORT", "fr": "PAS DE RÉPONSE"}

Accept = Callable[[MarkedSentence, Sequence[SourceSentence]], None]


@dataclass(frozen=True, slots=True)
class Draft:
    """How the writing went.

    Attributes:
        prompt: hash of the wording that was used.
        refused: the model said that the sources do not hold the answer.
        invalid_markers: markers that named a source it was not given.
        passages_used: passages of which it was shown something.
        problem: one sentence on what went wrong, "" where nothing did.
    """

    backend: str
    prompt: str
    refused: bool
    complete: bool
    invalid_markers: int
    passages_used: int
    prompt_tokens: int = 0
    problem: str = ""


def write(
    model: LanguageModel, question: str, language: str, evidence: Evidence, accept: Accept, top_k: int = 8
) -> Draft:
    """Have the answer written.

    Args:
        accept: called with each sentence that the model finishes and the sources it was shown, in the order in which
            they are numbered.
    """
    if model.instruction_tuned:
        shown, passages = _fitting(model, evidence)
        messages, wording = _instructions(question, language, shown)
        options = GenerationOptions(max_tokens=REPLY_TOKENS, grammar=grammar(len(shown), language))
    else:
        shown, passages = _few(evidence), 1
        prompt = load("reader", language)
        sources = neutralise(" ".join(source.text for source in shown)).replace("\n", " ")
        messages = [Message("user", prompt.render(sources=sources, question=question))]
        wording = prompt.hash
        options = GenerationOptions(max_tokens=80, stop=("\n",))
    try:
        stream = model.stream(messages, options)
    except GenerationFailed as error:
        return Draft(model.backend, wording, False, False, 0, passages, problem=error.cause)
    return _read(stream, model.backend, wording, language, shown, passages, accept)


def _read(
    stream: TokenStream,
    backend: str,
    wording: str,
    language: str,
    shown: Sequence[SourceSentence],
    passages: int,
    accept: Accept,
) -> Draft:
    parser = MarkerParser(range(1, len(shown) + 1))
    refused = False
    invalid = 0

    def take(sentences: Sequence[MarkedSentence]) -> None:
        nonlocal refused, invalid
        for sentence in sentences:
            invalid += len(sentence.invalid)
            if is_refusal(sentence.text):
                refused = True
            elif not refused:
                accept(sentence, shown)

    try:
        for piece in stream:
            take(list(parser.feed(piece)))
            if refused:
                break
        take(list(parser.finish()))
    finally:
        stream.close()
    return Draft(
        backend,
        wording,
        refused,
        refused or stream.complete,
        invalid,
        passages,
        stream.prompt_tokens,
        stream.problem,
    )


def is_refusal(text: str) -> bool:
    """Whether a sentence of the model's is its word for "the sources do not say"."""
    plain = text.strip(" .!\"'*_`").upper()
    return any(plain == word or (plain.startswith(word) and len(plain) < len(word) + 12) for word in _REFUSALS.values())


def grammar(count: int, language: str) -> str:
    """GBNF for a reply of one to three sentences that each end in valid source numbers, or the refusal."""
    numbers = " | ".join(f'"{number}"' for number in range(1, count + 1))
    refusal = _REFUSALS.get(language, _REFUSALS["en"])
    return (
        f'root ::= "{refusal}" | item (" " item)? (" " item)?\n'
        'item ::= text " "? mark mark? mark?\n'
        "text ::= [^\\[\\]\\n\\t ] [^\\[\\]\\n\\t]{8,320}\n"
        f'mark ::= "[" number "]"\nnumber ::= {numbers}\n'
    )


def _instructions(question: str, language: str, shown: Sequence[SourceSentence]) -> tuple[list[Message], str]:
    rules, asking = load("answer-rules", language), load("answer-question", language)
    delimiter = fence()
    lines: list[str] = []
    article = ""
    for number, source in enumerate(shown, start=1):
        if source.article.id != article:
            article = source.article.id
            lines.append(_heading(source))
        lines.append(f"[{number}] {neutralise(source.text)}".replace("\n", " "))
    messages = [
        Message("system", rules.render(fence=delimiter)),
        Message("user", asking.render(fence=delimiter, sources="\n".join(lines), question=question)),
    ]
    return messages, f"{rules.hash}-{asking.hash}"


def _heading(source: SourceSentence) -> str:
    article = source.article
    about = ", ".join(filter(None, (article.publisher, article.published.iso if article.published else "")))
    return neutralise(f"# {article.title or '–'}" + (f" ({about})" if about else "")).replace("\n", " ")


def _fitting(model: LanguageModel, evidence: Evidence) -> tuple[list[SourceSentence], int]:
    """The sentences of the best passages that fit, in reading order, and how many passages they are of.

    The best sentence's passage comes first and is never left out; a passage goes in whole or, where it is the first
    and too long, as far as it fits.
    """
    room = min(CONTEXT_TOKENS.get(model.backend, OTHER_CONTEXT_TOKENS), model.context_window - REPLY_TOKENS - 500)
    hits = list({id(item.source.hit): item.source.hit for item in evidence.weighed}.values())
    chosen: dict[tuple[str, int, int], SourceSentence] = {}
    used = passages = 0
    for place, hit in enumerate(hits):
        sources = [SourceSentence(hit, index, score) for index, score in enumerate(hit.sentence_scores)]
        new = [source for source in sources if source.key not in chosen]
        cost = sum(model.count_tokens(source.text) + 6 for source in new) + 30
        if used + cost > room and place > 0:
            continue
        for source in new:
            if place == 0 and used + model.count_tokens(source.text) + 36 > room and chosen:
                break
            chosen[source.key] = source
            used += model.count_tokens(source.text) + 6
        used += 30
        passages += 1
    order = list(dict.fromkeys(source.article.id for source in chosen.values()))
    ordered = sorted(chosen.values(), key=lambda source: (order.index(source.article.id), source.sentence.start))
    return ordered, passages


def _few(evidence: Evidence) -> list[SourceSentence]:
    """The best sentence with its neighbours, for a model that can read only a little."""
    best = evidence.best
    if best is None:
        return []
    hit = best.source.hit
    first = max(0, best.source.index - 1)
    return [
        SourceSentence(hit, index, hit.sentence_scores[index])
        for index in range(first, min(len(hit.passage.sentences), first + READER_SENTENCES))
    ]
