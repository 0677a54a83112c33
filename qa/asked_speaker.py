"""The noun phrase by which a question names who said something, apart from the adverbs, times and verbs beside it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from embeddings.folding import fold
from embeddings.stopwords import stop_words
from qa.calendar_terms import CalendarTerm
from qa.word_lists import words

__all__ = ["noun_phrase"]

_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
_DETERMINER = re.compile(
    r"\s*(?:-t-|-)?(?:(?:de|het|een|onze|deze|die|dit|dat|the|a|an|our|this|that|der|das|ein|eine|le|la|les|un|une|ce|cette)\s|l['’])",
    re.IGNORECASE,
)
_INVERTED = re.compile(r"^(?:-t)?-(?:ils?|elles?|on)\b", re.IGNORECASE)
_ADVERBS = {
    "nl": words("onlangs recent recentelijk laatst eigenlijk precies ooit net zojuist daarnet zonet eerder later vaak inmiddels "
        "destijds indertijd daarna vervolgens daarvoor vooral daadwerkelijk exact letterlijk uiteindelijk nu momenteel "
        "tegenwoordig weer opnieuw zelf allemaal publiekelijk openlijk eerst steeds nogmaals tijdens volgens echt "
        "concreet feitelijk ineens plots vroeger"),
    "en": words("ever just earlier later often then now again himself herself themselves itself exactly during "
        "instead first already"),
    "de": words("kürzlich neulich eigentlich genau jemals eben früher später oft inzwischen damals danach dann jetzt "
        "zuletzt wieder erneut selbst wirklich konkret öffentlich während bereits schon zuerst anfangs"),
    "fr": words("récemment exactement vraiment déjà alors ensuite plus tard maintenant encore avant souvent jadis "
        "pendant lors autrefois dernièrement"),
}  # fmt: skip
_ADVERB_ENDING = {"en": "ly", "fr": "ement"}
# Only words in small letters are put to these, so that Emily and Clément stay who they are.
_NOUNS_LIKE_ADVERBS = words("family assembly ally monopoly bully parlement gouvernement")
_SAID = {
    "nl": re.compile(r"gezegd|gevonden|verklaard|geantwoord|bedoeld"),
    "en": re.compile(r"said|say|think|thinks|told|claimed?|stated?"),
    "de": re.compile(r"gesagt|gemeint|erklärt|geantwortet"),
    "fr": re.compile(r"dit|déclaré|affirmé"),
}
_WANTS = re.compile(r"(?:wil|wilde)\Z", re.IGNORECASE)


def noun_phrase(question: str, begin: int, end: int, language: str, times: Sequence[CalendarTerm]) -> tuple[str, ...]:
    """The words of a stretch of a question that say who, function words left out.

    An adverb, a time or the participle of saying ends it, and is passed over where it stands before it ("Wat zei
    gisteren de minister"). A name without a determiner ends with its last capital, whatever follows in small letters.
    """
    rest = question[begin:end]
    inverted = _INVERTED.match(rest)
    begin += inverted.end() if inverted else 0
    stopped = stop_words(language) | {"iets", "anything", "etwas"}
    determined = _DETERMINER.match(question[begin:end]) is not None
    found: list[str] = []
    for match in _WORD.finditer(question, begin, end):
        word = match[0]
        if any(time.start <= match.start() < time.end for time in times) or _beside(word, language):
            if found:
                break
            continue
        if word.lower() in stopped:
            continue
        if found and not determined and word[0].islower() and found[-1][0].isupper():
            break
        found.append(word)
    if len(found) > 1 and _WANTS.search(question[:begin]) and found[-1].islower() and found[-1].endswith("en"):
        found.pop()  # "Wat wil de minister bereiken"
    return tuple(found)


def _beside(word: str, language: str) -> bool:
    """Whether a word in small letters is an adverb or a participle rather than part of who said it."""
    if not word.islower() or word in _NOUNS_LIKE_ADVERBS:
        return False
    if fold(word) in {fold(entry) for entry in _ADVERBS.get(language, ())}:
        return True
    ending = _ADVERB_ENDING.get(language)
    if ending and len(word) > len(ending) + 2 and word.endswith(ending):
        return True
    said = _SAID.get(language)
    return said is not None and said.fullmatch(word) is not None
