"""Questions that ask several things at once, taken apart: each part is sought and answered by itself.

"Waar is het doek gevonden en hoe groot was de scheur?" has its answers in two places, and the sentence nearest to the whole
often holds neither. A part is cut where a new question begins: at a question mark, or after "and" before a question word.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from embeddings.folding import fold
from qa import names
from qa.number_words import parse
from qa.word_lists import words

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
    return re.compile(rf"(?P<joiner>,? {_AND[language]}|,) (?={begins})|[?!](?=\s+\S)", re.IGNORECASE)


_BORDERS = {language: _border(language) for language in _AND}
_QUESTION = {
    language: re.compile(
        rf"^(?:(?:{'|'.join(_PREPOSITIONS[language].split())}) )?(?:{_QUESTION_WORDS[language]})(?![^\W_])|^(?:{_VERBS[language]})(?![^\W_])",
        re.IGNORECASE,
    )
    for language in _AND
}
_ASKED = {
    language: re.compile(
        rf"(?:(?:{'|'.join(_PREPOSITIONS[language].split())}) )?(?P<word>{_QUESTION_WORDS[language]})(?![^\W_])\s*"
        r"(?:(?P<next>[^\W_]+['’]?)(?!-))?",
        re.IGNORECASE,
    )
    for language in _AND
}
# Right behind the question word these are the subject of a clause: "en waar de trein stond", "waarin hij schrijft".
_SUBJECTS = {
    "nl": words("de het een hij zij ze ik je jij we wij jullie men er dat die deze dit zijn haar hun onze mijn"),
    "en": frozenset(),  # there a subject follows an auxiliary or stands first; both orders also ask
    "de": words("der die das den dem ein eine er sie es ich du wir ihr man sein seine ihre unsere"),
    "fr": words("le la les l' l’ un une il elle ils elles on je nous vous ce cette ces son sa ses leur"),
}
_ALSO_VERBS = words("zijn sein")
# A comma alone before these may begin a relative clause as well as a question.
_RELATIVE = {
    "nl": re.compile(r"waar\w*|wat|wie|wiens|welke?", re.IGNORECASE),
    "en": re.compile(r"who|whom|whose|which|where|when", re.IGNORECASE),
    "de": re.compile(r"wo\w*|was|welche[rnms]?|wer|wem|wen", re.IGNORECASE),
    "fr": re.compile(r"que|qu['’]|quoi|qui|où|quand|lequel|laquelle", re.IGNORECASE),
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
    borders = _borders(question, language)
    starts = [0, *(match.end() for match in borders)]
    ends = [*(match.start() for match in borders), len(question)]
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


def asked_of(understood: str, typed: str, language: str) -> tuple[Part, ...]:
    """The parts of a question that are to be answered; empty where that is the question as a whole.

    Args:
        understood: the question as it is asked without the conversation. The previous question may stand before it, to
            say what it is about; that one is not answered again.
        typed: as it was typed.
    """
    parts = parts_of(understood, language)
    if len(parts) == 1:
        return ()
    before = understood.removesuffix(typed.strip())
    compared = any(part.label != part.text for part in parts)
    if compared or not before or before == understood:
        return parts
    return tuple(part for part in parts if part.text.rstrip("?") in typed) or parts


def is_question_word(word: str, language: str) -> bool:
    """Whether a word asks: "wie", "waarover", "how"; False in a language without rules."""
    return language in _QUESTION_WORDS and bool(re.fullmatch(_QUESTION_WORDS[language], word, re.IGNORECASE))


def _borders(question: str, language: str) -> list[re.Match[str]]:
    """Where a new question begins; not where a relative clause or another dependent one does."""
    found = list(_BORDERS[language].finditer(question))
    kept: list[re.Match[str]] = []
    for place, match in enumerate(found):
        if match["joiner"] is None:
            kept.append(match)
            continue
        begun = kept[-1].end() if kept else 0
        until = found[place + 1].start() if place + 1 < len(found) else len(question)
        if not _is_dependent(question, match, begun, until, language):
            kept.append(match)
    return kept


def _is_dependent(question: str, border: re.Match[str], begun: int, until: int, language: str) -> bool:
    """Whether the clause behind a comma or "and" belongs to a noun or verb before it.

    Args:
        begun: where the part begins that would end at the border.
        until: where the next part may begin.
    """
    asked = _ASKED[language].match(question, border.end())
    if asked is None:
        return False
    word, following = asked["word"].lower(), asked["next"] or ""
    subject = following.lower() in _SUBJECTS[language] - _ALSO_VERBS
    if language == "fr" and not word.startswith(("que", "qu'", "qu’")):
        subject = False  # "qui le paie", "quand le maire l'a-t-il dit"
    named = bool(re.fullmatch(r"waar\w*|wanneer|wie|wat|que|qu['’]", word)) and following[:1].isupper()
    if subject or (named and language in {"nl", "fr"}):
        return True
    # "Wie is de man die weet wat er gebeurde en wat …": the same word begins a clause before it.
    earlier = _ASKED[language].match(question, begun)
    within = question[earlier.end("word") if earlier else begun : border.start()]
    if re.search(rf"(?<![^\W_])(?<!: ){re.escape(word)}(?![^\W_])", within, re.IGNORECASE):
        return True
    if border["joiner"].strip() != "," or not _RELATIVE[language].fullmatch(word):
        return False
    if "," in question[asked.end() : until]:  # "de minister, die vertrok, …": the comma that closes the clause
        return True
    last = not re.search(rf"(?<!\w){_AND[language]}(?!\w)", question[until : until + 5]) and until == len(question)
    return last and (language in {"en", "fr"} or bool(re.match(r"waar\w+", word)))


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
    if all(_is_followed_by_number(question, cue.end(), language) for cue in _COMPARES[language].finditer(question)):
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


_ARTICLES = "de|het|een|the|a|an|die|das|ein|eine|la|le|un|une"
_PORTIONS = words("helft derde kwart half third quarter halfte drittel viertel moitie tiers")


def _is_followed_by_number(question: str, place: int, language: str) -> bool:
    """Whether "meer dan" and the like only say how much: "meer dan 100", "more than half", "mehr als die Hälfte"."""
    following = re.match(rf"\s*(?:(?:{_ARTICLES})\s+)?([^\W_]+)", question[place:], re.IGNORECASE)
    if following is None:
        return False
    word = following[1]
    return word[0].isdigit() or fold(word) in _PORTIONS or parse([word], language) is not None
