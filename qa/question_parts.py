"""Questions that ask several things at once, taken apart: each part is sought and answered by itself.

"Waar is het doek gevonden en hoe groot was de scheur?" has its answers in two places, and the sentence nearest to the whole
often holds neither. A part is cut where a new question begins: at a question mark, or after "and" before a question word.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from qa import names

MOST_PARTS = 4
"""A longer enumeration is left whole: it is more likely a text that was pasted than a question."""

_PREPOSITIONS = {
    "nl": "aan bij door in met na naar om onder op over per sinds tegen tot uit van vanaf voor volgens",
    "en": "about at by for from in of on since to until with",
    "de": "an auf aus bei bis durch für gegen in mit nach seit über um unter von vor zu",
    "fr": "à au avec chez dans de depuis en jusqu'à par pour selon sur vers",
}
_QUESTION_WORDS = {
    "nl": r"wat|wie|wiens|waar\w*|wanneer|waarom|hoe|hoe ?veel\w*|hoe ?lang|welke?|om hoeveel",
    "en": r"what|who|whom|whose|where|when|why|how|which",
    "de": r"was|wer|wem|wen|wessen|wo\w{0,6}|wann|warum|weshalb|wie|wie ?viele?|welche[rnms]?",
    "fr": r"que|qu['’]|quoi|qui|où|quand|pourquoi|comment|combien|quel(?:le)?s?|lequel|laquelle",
}
_VERBS = {
    "nl": r"(?:is|was|zijn|waren|heeft|hebben|had|hadden|kan|kunnen|kon|komt|komen|wordt|worden|werd|werden|gaat|gaan|ging|moet|mag|"
    r"wil|zal|zou|klopt|klopte|klopten|geldt|blijft|bleef) (?:er|dat|die|dit|deze|het|de|hij|zij|ze|hun|haar|zijn|een|daar\w*|je|u|men)",
    "en": r"(?:is|was|are|were|has|have|had|can|could|does|do|did|will|would|should) (?:there|that|this|these|those|it|the|he|she|they|"
    r"his|her|their|its|a|an|you|we)",
    "de": r"(?:ist|war|sind|waren|hat|haben|hatte|kann|können|wird|werden|wurde|soll|muss|darf) (?:es|das|die|der|dies\w*|er|sie|ein\w*|sein\w*|ihr\w*)",
    "fr": r"est-ce que|(?:est|a|sont|ont|peut|va|était|sera)-(?:t-)?(?:il|elle|ils|elles|on|ce)",
}
_AND = {"nl": "en", "en": "and", "de": "und", "fr": "et"}
_WORD = re.compile(r"[^\W_]+")


def _border(language: str) -> re.Pattern[str]:
    before = rf"(?:(?:{'|'.join(_PREPOSITIONS[language].split())}) )?"
    begins = rf"{before}(?:{_QUESTION_WORDS[language]})(?![^\W_])|(?:{_VERBS[language]})(?![^\W_])"
    return re.compile(rf"(?:,? {_AND[language]}|,) (?={begins})|[?!](?=\s+\S)", re.IGNORECASE)


_BORDERS = {language: _border(language) for language in _AND}
_QUESTION = {
    language: re.compile(
        rf"^(?:(?:{'|'.join(_PREPOSITIONS[language].split())}) )?(?:{_QUESTION_WORDS[language]})(?![^\W_])|^(?:{_VERBS[language]})(?![^\W_])",
        re.IGNORECASE,
    )
    for language in _AND
}


@dataclass(frozen=True, slots=True)
class Part:
    """One of the things that a question asks.

    Attributes:
        text: the question to be searched for.
        label: how it is called where the articles leave it open.
    """

    text: str
    label: str


def parts_of(question: str, language: str) -> tuple[Part, ...]:
    """The questions that a question consists of, in order; itself alone where it asks one thing.

    Each part is a stretch of the question's own words, with a question mark at its end; of a comparison, the question about
    each of the two that are compared.

    Args:
        language: ISO 639-1; in a language without rules the question stays whole.
    """
    whole = (Part(question, question),)
    if language not in _BORDERS:
        return whole
    if compared := _compared(question, language):
        return compared
    starts = [0, *(match.end() for match in _BORDERS[language].finditer(question))]
    ends = [*(match.start() for match in _BORDERS[language].finditer(question)), len(question)]
    parts: list[str] = []
    for start, end in zip(starts, ends, strict=True):
        part = question[start:end].strip(" ,?!")
        if not part:
            continue
        if parts and len(_WORD.findall(part)) < 2:  # "en wanneer?" asks nothing without what went before it
            parts[-1] = question[question.index(parts[-1]) : end].strip(" ,?!")
        else:
            parts.append(part)
    asking = [part for part in parts if _QUESTION[language].search(part)]
    too_short = len(_WORD.findall(parts[0])) < 2 if parts else True
    if too_short or not 2 <= len(parts) <= MOST_PARTS or len(asking) < 2 or asking[0] != parts[0]:
        return whole
    return tuple(Part(f"{part}?", f"{part}?") for part in parts)


_COMPARING = {
    "nl": r"verschil(?:len|t|de)?|vergeleken|vergelijk\w*|overeenkomst(?:en)?|\w+er dan|meer dan|minder dan|zelfde als|even \w+ als",
    "en": r"difference|differs?|compared?|comparison|\w+er than|more \w+ than|more than|less than|fewer than|same as|as \w+ as",
    "de": r"unterschied\w*|vergleich\w*|verglichen|\w+er als|mehr als|weniger als|gleich\w* wie|so \w+ wie",
    "fr": r"différence|diffère|compar\w+|plus \w+ que|moins \w+ que|plus que|moins que|aussi \w+ que|même que",
}
_JOINER = re.compile(
    r"(?<!\w)(?:en|of|dan|als|met|and|or|than|as|with|from|und|oder|wie|mit|von|et|ou|que|avec)(?!\w)", re.IGNORECASE
)
_CLAUSE = re.compile(r"[,;:?!]|(?<!\w)(?:wat|wie|hoe|what|who|how|was|wer|qui|comment)(?!\w)", re.IGNORECASE)
_COMPARES = {language: re.compile(rf"(?<!\w)(?:{cues})(?!\w)", re.IGNORECASE) for language, cues in _COMPARING.items()}


def _compared(question: str, language: str) -> tuple[Part, ...]:
    """For a question that compares two names, the question about each without the other; empty for others."""
    if not _COMPARES[language].search(question):
        return ()
    found = [name for name in names.extract(question, language) if name.certain]
    if len(found) != 2:
        return ()
    first, second = found
    joined = _JOINER.search(question, first.end, second.start)
    if joined is None or _CLAUSE.search(question, joined.end(), second.start):
        return ()
    about_first = question[: joined.start()] + question[second.end :]
    about_second = question[: first.start] + question[joined.end() :]
    return tuple(
        Part(" ".join(text.split()).strip(" ,?!") + "?", name.text)
        for text, name in ((about_first, first), (about_second, second))
    )
