"""Follow-up questions made to stand alone, with a language model where there is one and by rule where there is none.

A rewriting is only worth something if it adds nothing: what a model proposes is accepted only when each of its words
comes from the conversation or is a function word.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from embeddings.folding import fold
from embeddings.languages import identify
from embeddings.patterns import lazily
from embeddings.stopwords import stop_words
from prompts import load
from qa.answer import Answer
from qa.ellipses import by_rule
from qa.errors import LanguageModelError
from qa.follow_ups import LONGEST_ELLIPSIS, is_follow_up, spoken
from qa.language_models import GenerationOptions, LanguageModel, Message
from qa.language_models.budget import newest
from qa.language_models.neutralise import neutralise

TURNS_REMEMBERED = 4
REWRITING_TOKENS = 80  # for the model's proposal
_WORD = lazily(r"[^\W_]+(?:['’.-][^\W_]+)*")
_FUNCTION_WORDS = {
    "nl": "de het een van in op is was zijn waren werd wordt worden dat die wat wie waar wanneer waarom hoe hoeveel welke "
    "welk er en of om te voor met door aan bij naar uit over heeft had hebben zal zou kan gaat gaan ook nog al niet geen",
    "en": "the a an of in on is was are were be been that which what who where when why how many much does did do has had "
    "have will would can to for with by at from about and or also not no",
    "de": "der die das ein eine einen einem einer von in auf ist war sind waren wird werden dass was wer wo wann warum wie "
    "viel viele welche welcher welches hat hatte haben zu für mit durch an bei nach aus über und oder auch nicht kein",
    "fr": "le la les l un une des de du d en dans sur est était sont étaient a eu qui que quoi où quand pourquoi comment "
    "combien quel quelle quels quelles pour avec par à au aux et ou aussi ne pas il elle on",
}


@dataclass(frozen=True, slots=True)
class Exchange:
    """One turn of a conversation: what was asked, how it was understood and what came of it."""

    question: str
    standalone_question: str
    answer: Answer


def language_of(question: str, history: Sequence[Exchange]) -> str:
    """The language of a question; of a short one that may as well be in the language of the conversation, that one.

    "En de Volkskrant?" holds only words that French has too.
    """
    found = identify(question)
    spoken_so_far = identify(history[-1].standalone_question) if history else ""
    said = spoken(question)
    if not spoken_so_far or spoken_so_far == found or len(said) > LONGEST_ELLIPSIS:
        return found
    said = [fold(word) for word in said if len(word) == 1 or not word.isupper()]  # EU and NOS are French words as well
    own, theirs = (sum(word in stop_words(language) for word in said) for language in (found, spoken_so_far))
    return spoken_so_far if theirs >= own else found


def _words(text: str) -> list[str]:
    return _WORD.findall(text)


def standalone(
    question: str,
    history: Sequence[Exchange],
    language: str,
    language_model: LanguageModel | None = None,
) -> str:
    """The question as it would be asked without the conversation; unchanged where it leans on nothing.

    Args:
        history: the exchanges so far, oldest first.
        language_model: asked first where it follows instructions; its proposal must pass `adds_nothing`.
    """
    if not history or not is_follow_up(question, language):
        return question
    if language_model is not None and language_model.instruction_tuned:
        proposal = _rewritten(question, history, language, language_model)
        if proposal and adds_nothing(proposal, question, history, language):
            return proposal
    return by_rule(question, history[-1].standalone_question, language)


def adds_nothing(proposal: str, question: str, history: Sequence[Exchange], language: str) -> bool:
    """Whether each word of the proposal was said in the conversation or is a function word."""
    said = set(_FUNCTION_WORDS.get(language, "").split()) | {word.lower() for word in _words(question)}
    for exchange in history[-TURNS_REMEMBERED:]:
        for text in (exchange.question, exchange.standalone_question, exchange.answer.text):
            said.update(word.lower() for word in _words(text))
    proposed = [word.lower() for word in _words(proposal)]
    return bool(proposed) and len(proposed) <= 60 and all(word in said for word in proposed)


def _rewritten(question: str, history: Sequence[Exchange], language: str, model: LanguageModel) -> str:
    """What the model proposes, "" where it fails; answers quote articles, so they are neutralised like these."""
    turns = [f"- {turn.question}\n- {turn.answer.text}" for turn in history[-TURNS_REMEMBERED:]]
    turns = [neutralise(turn) for turn in turns]
    prompt, asked = load("standalone", language), neutralise(question)
    try:
        room = (
            model.context_window - REWRITING_TOKENS - model.count_tokens(prompt.render(history="", question=asked)) - 32
        )
        turns = newest(turns, model.count_tokens, room)
        if not turns:
            return ""
        rendered = prompt.render(history="\n".join(turns), question=asked)
        stream = model.stream([Message("user", rendered)], GenerationOptions(max_tokens=REWRITING_TOKENS, stop=("\n",)))
    except LanguageModelError:
        return ""
    try:
        return "".join(stream).strip().strip('"“”')
    finally:
        stream.close()
