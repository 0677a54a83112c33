"""Follow-up questions made to stand alone, with a language model where there is one and by rule where there is none.

A rewriting is only worth something if it adds nothing: what a model proposes is accepted only when each of its words
comes from the conversation or is a function word.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from embeddings.patterns import lazily
from prompts import load
from qa import names
from qa.answer import Answer
from qa.errors import LanguageModelError
from qa.language_models import GenerationOptions, LanguageModel, Message
from qa.language_models.budget import newest
from qa.language_models.neutralise import neutralise

TURNS_REMEMBERED = 4
REWRITING_TOKENS = 80  # for the model's proposal
LONGEST_ELLIPSIS = 7  # words; a longer question without a pronoun is taken to be complete

SHORTEST_COMPLETE = 4  # words; with a name in it and more words than this, "En …" only opens a complete question

_WORD = lazily(r"[^\W_]+(?:['’.-][^\W_]+)*")
_OPENERS = {
    "nl": "en maar of dus ook",
    "en": "and but or so also",
    "de": "und aber oder also auch",
    "fr": "et mais ou donc aussi",
}
_POINTERS = {
    "nl": "hij zij ze hem haar hun hen dat die dit deze daar daarvan daarvoor daarmee daarover daarna daarom hier "
    "hierover hiervan ervan ervoor erover ermee eraan erna er toen zijn diens",
    "en": "he she they him her them his their it its that this these those there then",
    "de": "er sie ihn ihm ihr ihnen sein seine das dies diese dieser dieses dort davon dafür damit darüber danach",
    "fr": "il elle ils elles lui leur son sa ses cela ça ce cette ces y en là alors",
}
_ABOUT = lazily(
    r"^(?:hoe zit het (?:dan )?met|hoe zit dat (?:dan )?(?:met|in|bij|voor)|wat (?:is er )?met|what about|how about|"
    r"was ist mit|wie (?:ist|sieht) es (?:aus )?(?:mit|in|bei)|qu'en est-il (?:de|du|des)|et pour)\s+",
    re.IGNORECASE,
)
_PREPOSITIONS = frozenset(
    "naar in uit van voor met bij op over door aan tegen to from in for with at on by about against nach aus von für "
    "mit bei auf über durch an gegen vers de pour avec chez sur par contre à en au".split()
)
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


def words(text: str) -> list[str]:
    return _WORD.findall(text)


def is_follow_up(question: str, language: str) -> bool:
    """Whether the question leans on what was said before: it opens with "and", points back, or is an ellipsis."""
    spoken = [word.lower() for word in words(question)]
    if not spoken:
        return False
    if _ABOUT.match(question.strip()):
        return True
    opener = spoken[0] in _OPENERS.get(language, _OPENERS["en"]).split()
    pointers = set(_POINTERS.get(language, _POINTERS["en"]).split())
    if _names(question, language) and not (opener and len(spoken) <= SHORTEST_COMPLETE):
        return False
    if opener and len(spoken) <= LONGEST_ELLIPSIS + 2:
        return True
    return bool(pointers.intersection(spoken)) or len(spoken) <= 3


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


def by_rule(question: str, previous: str, language: str) -> str:
    """The follow-up joined to the previous question without a model.

    An ellipsis with a preposition or a name ("En hoeveel naar Polen?") takes the place of its counterpart in the previous
    question; anything else is asked after the previous question, which then says what it is about.
    """
    if len(_ABOUT.sub("", question.strip()).split()) <= LONGEST_ELLIPSIS:
        replaced = _substituted(question, previous, language)
        if replaced:
            return replaced
    return f"{previous.rstrip()} {question.strip()}"


def adds_nothing(proposal: str, question: str, history: Sequence[Exchange], language: str) -> bool:
    """Whether each word of the proposal was said in the conversation or is a function word."""
    said = set(_FUNCTION_WORDS.get(language, "").split()) | {word.lower() for word in words(question)}
    for exchange in history[-TURNS_REMEMBERED:]:
        for text in (exchange.question, exchange.standalone_question, exchange.answer.text):
            said.update(word.lower() for word in words(text))
    proposed = [word.lower() for word in words(proposal)]
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


def _names(text: str, language: str) -> list[str]:
    return [name.text for name in names.extract(text, language) if name.certain]


def _substituted(question: str, previous: str, language: str) -> str:
    """`previous` with the counterpart of an elliptical remark replaced by it, "" where there is none."""
    found = _names(question, language)
    known = _names(previous, language)
    if len(found) != 1 or not known or found[0] in previous:
        return ""
    new, old = found[0], known[-1]
    before = question[: question.index(new)].split()
    preposition = before[-1].lower() if before else ""
    if preposition in _PREPOSITIONS:
        after = [name for name in known if re.search(rf"\b{re.escape(preposition)} {re.escape(name)}", previous, re.I)]
        old = after[-1] if after else old
    return previous.replace(old, new)
