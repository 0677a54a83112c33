"""What a language model is asked: the numbered sentences that fit into its window, the rules, the form of the reply."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from prompts import load
from qa.answer import SourceSentence
from qa.errors import GenerationFailed
from qa.evidence import Evidence
from qa.language_models import GenerationOptions, LanguageModel, Message
from qa.language_models.budget import Part, fit
from qa.language_models.neutralise import fence, neutralise

__all__ = ["REFUSALS", "REPLY_TOKENS", "Request", "beginning", "grammar", "request_for"]

REPLY_TOKENS = 220
"""Room for one to three sentences with their marks."""

READER_REPLY_TOKENS = 80

CONTEXT_TOKENS = {"local": 450}
"""Tokens of sources per back end: without a graphics card a model of 1.5B reads some forty tokens a second."""

OTHER_CONTEXT_TOKENS = 600

READER_SENTENCES = 4
"""Sentences given to a base model, which loses the thread in more."""

TURN_TOKENS = 16
"""What a model's layout of the conversation adds to each turn, at most."""

LINE_TOKENS = 6
"""What a line costs beyond its text: its number, its brackets, its end."""

REFUSALS = {"nl": "GEEN ANTWOORD", "en": "NO ANSWER", "de": "KEINE ANTWORT", "fr": "PAS DE RÉPONSE"}

Compose = Callable[[Sequence[SourceSentence]], tuple[list[Message], str]]


@dataclass(frozen=True, slots=True)
class Request:
    """A request that fits.

    Attributes:
        shown: the source sentences, in the order in which they are numbered from 1.
        wording: hash of the prompts that were used.
        passages: of how many passages something is shown.
        found: how many passages there were.
    """

    messages: list[Message]
    options: GenerationOptions
    shown: list[SourceSentence]
    wording: str
    passages: int
    found: int


def request_for(model: LanguageModel, question: str, language: str, evidence: Evidence) -> Request:
    """Put a question and the best of its evidence into words for a model.

    The rules, the question and the sentence that answers best always go in; what comes after that, in the order of
    the evidence and as far as the window goes.

    Raises:
        GenerationFailed: even the best sentence alone does not fit.
        ModelUnavailable: the model, whose tokenizer counts, cannot be loaded.
    """
    asked = neutralise(question)
    if model.instruction_tuned:
        groups, reply = _with_what_follows(model, evidence), REPLY_TOKENS
        room = CONTEXT_TOKENS.get(model.backend, OTHER_CONTEXT_TOKENS)
    else:
        groups, reply = _neighbours(model, evidence), READER_REPLY_TOKENS
        room = model.context_window
    compose = _instructions(asked, language) if model.instruction_tuned else _reading(asked, language)
    sources = {source.key: source for item in evidence.weighed for source in _passage_of(item.source)}
    limit = model.context_window - reply
    while True:
        chosen = fit(groups, room)
        shown = _in_reading_order([sources[key] for key in chosen if key in sources], evidence)
        messages, wording = compose(shown)
        # Counted again as a whole: the parts were counted one by one, and a tokenizer may join or split at their edges.
        needed = sum(model.count_tokens(message.content) + TURN_TOKENS for message in messages)
        if needed <= limit:
            break
        if len(shown) <= 1:
            raise GenerationFailed(
                f"the question does not fit into the model's window of {model.context_window} tokens",
                "shorten the question, or choose a model with a larger window",
            )
        room = min(room, sum(part.tokens for part in _parts(groups) if part.key in chosen)) - max(8, needed - limit)
    first = beginning(model, language)
    if model.instruction_tuned:
        options = GenerationOptions(max_tokens=reply, grammar=grammar(len(shown), language), beginning=first)
    else:
        options = GenerationOptions(max_tokens=reply, stop=("\n",), beginning=first)
    return Request(
        messages,
        options,
        shown,
        wording,
        passages=_passages(shown, evidence),
        found=len({id(item.source.hit) for item in evidence.weighed}),
    )


def beginning(model: LanguageModel, language: str) -> tuple[Message, ...]:
    """What the prompt of every question in a language begins with, and then stops."""
    if model.instruction_tuned:
        return Message("system", load("answer-rules", language).render()), Message("user", "?")
    return (Message("user", load("reader", language).text.partition("{{")[0]),)


def grammar(count: int, language: str) -> str:
    """GBNF for a reply of one to three sentences that each end in valid source numbers, or the refusal."""
    numbers = " | ".join(f'"{number}"' for number in range(1, count + 1))
    refusal = REFUSALS.get(language, REFUSALS["en"])
    return (
        f'root ::= "{refusal}" | item (" " item)? (" " item)?\n'
        'item ::= text " "? mark mark? mark?\n'
        "text ::= [^\\[\\]\\n\\t ] [^\\[\\]\\n\\t]{8,320}\n"
        f'mark ::= "[" number "]"\nnumber ::= {numbers}\n'
    )


def _with_what_follows(model: LanguageModel, evidence: Evidence) -> list[list[Part]]:
    """Each sentence, best first, with its article's heading and the sentence after it.

    Measured on 141 questions of bench/nieuwsbank: 450 tokens chosen so hold all the evidence for .82 of them, as 900
    tokens of whole passages do; with the sentence before instead, .78.
    """
    known: dict[tuple[str, int, int] | str, Part] = {}

    def part(key: tuple[str, int, int] | str, text: str, more: int) -> Part:
        if key not in known:
            known[key] = Part(key, model.count_tokens(text) + more)
        return known[key]

    groups = []
    for item in evidence.weighed:
        source = item.source
        first, *rest = [
            part(line.key, neutralise(line.text), LINE_TOKENS)
            for line in (source, *_passage_of(source)[source.index + 1 : source.index + 2])
        ]
        groups.append([first, part(source.article.id, _heading(source), 1), *rest])
    return groups


def _neighbours(model: LanguageModel, evidence: Evidence) -> list[list[Part]]:
    """The best sentence, the one before it and those after it, for a model that can read only a little."""
    if evidence.best is None:
        return []
    best = evidence.best.source
    first = max(0, best.index - 1)
    around = _passage_of(best)[first : first + READER_SENTENCES]
    lines = [best, *(source for source in around if source.key != best.key)]
    return [[Part(line.key, model.count_tokens(neutralise(line.text)) + LINE_TOKENS) for line in lines]]


def _passage_of(source: SourceSentence) -> list[SourceSentence]:
    hit = source.hit
    return [SourceSentence(hit, index, score) for index, score in enumerate(hit.sentence_scores)]


def _parts(groups: Sequence[Sequence[Part]]) -> list[Part]:
    return list({part.key: part for group in groups for part in group}.values())


def _in_reading_order(sources: Sequence[SourceSentence], evidence: Evidence) -> list[SourceSentence]:
    """The article of the best sentence first, and each article's sentences as they stand in it."""
    order = list(dict.fromkeys(item.source.article.id for item in evidence.weighed))
    return sorted(sources, key=lambda source: (order.index(source.article.id), source.sentence.start))


def _passages(shown: Sequence[SourceSentence], evidence: Evidence) -> int:
    keys = {source.key for source in shown}
    return len({id(item.source.hit) for item in evidence.weighed if item.source.key in keys})


def _instructions(question: str, language: str) -> Compose:
    rules, asking = load("answer-rules", language), load("answer-question", language)

    def compose(shown: Sequence[SourceSentence]) -> tuple[list[Message], str]:
        lines: list[str] = []
        article = ""
        for number, source in enumerate(shown, start=1):
            if source.article.id != article:
                article = source.article.id
                lines.append(_heading(source))
            lines.append(f"[{number}] {neutralise(source.text)}".replace("\n", " "))
        sources = "\n".join(lines)
        # The rules come first and never change, so that a model reads them once.
        messages = [
            Message("system", rules.render()),
            Message("user", asking.render(fence=fence(sources, question), sources=sources, question=question)),
        ]
        return messages, f"{rules.hash}-{asking.hash}"

    return compose


def _reading(question: str, language: str) -> Compose:
    prompt = load("reader", language)

    def compose(shown: Sequence[SourceSentence]) -> tuple[list[Message], str]:
        sources = neutralise(" ".join(source.text for source in shown)).replace("\n", " ")
        return [Message("user", prompt.render(sources=sources, question=question))], prompt.hash

    return compose


def _heading(source: SourceSentence) -> str:
    article = source.article
    about = ", ".join(filter(None, (article.publisher, article.published.iso if article.published else "")))
    return neutralise(f"# {article.title or '–'}" + (f" ({about})" if about else "")).replace("\n", " ")
