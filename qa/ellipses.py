"""Remarks that are less than a question, put where they belong in the question before them: "En naar Polen?".

A name takes the place of the name that stands as it does: behind the same preposition, or behind none, as the one who acts.
A time takes the place of the time. Where the counterpart cannot be told, nothing is replaced.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from embeddings.aliases import aliases
from embeddings.folding import fold
from qa import calendar_terms
from qa.calendar_terms import CalendarTerm
from qa.follow_ups import (
    DETERMINERS,
    certain_names,
    is_preposition,
    points_back,
    pronoun,
    spoken,
    without_opener,
)
from qa.names import Name, concepts
from qa.question_parts import is_question_word
from qa.reporting_words import OPINION, REPORTING, SPEAKERS
from qa.word_lists import words

__all__ = ["by_rule"]

_LONGEST_REMARK = 8  # words that can be put into another question
_LONGEST_PHRASE = 3  # words behind a preposition that a remark with the same one may replace
# What these say may be added to a question that says nothing of the kind; "in" and "van" belong to a certain word.
_ADDED = words("over about über sur tegen against gegen contre")
_PLACES = words("in op te bij at on auf im en à au aux dans")
_PARTICLES = words("dan ook nu then also too auch denn aussi alors")
_LATER = re.compile(r"\b(?:eerder|later|daarvoor|daarna|earlier|before|zuvor|später|auparavant|plus t)", re.IGNORECASE)
_YEAR = words("jaar year jahr année")
_WHO = words("wie who wer qui")
_BE = words("is was zijn waren are were ist war sind waren est était")
_A_YEAR = re.compile(r"\b[12]\d{3}\b")
_AND = "en|of|and|or|und|oder|et|ou|dan|than|als"
_END = re.compile(r"[\s?!.]*$")


@dataclass(frozen=True, slots=True)
class _Phrase:
    """A name or a time with the preposition and the article before it: `text[start:end]`."""

    start: int
    end: int
    body: int  # where it begins behind its preposition
    preposition: str


def by_rule(question: str, previous: str, language: str) -> str:
    """The follow-up joined to the previous question without a model.

    What is less than a question ("En hoeveel naar Polen?") takes the place of its counterpart in the previous question, the
    one who acts there that of "he"; what asks something of its own stays as it is; anything else is asked after the previous
    question, which then says what it is about.
    """
    rest, _ = without_opener(question, language)
    if len(spoken(rest)) <= _LONGEST_REMARK:
        opening = len(question.strip()) - len(rest)
        # Seen with what stands before them, for a capital at the beginning tells no name.
        found = [
            replace(name, start=name.start - opening, end=name.end - opening)
            for name in certain_names(question.strip(), language)
            if name.start >= opening
        ]
        replaced = _at_its_time(rest, previous, language) or _substituted(rest, found, previous, language)
        if replaced:
            return replaced
    replaced = _with_subject(rest, previous, language)
    if replaced:
        return replaced
    if _asks_by_itself(rest, language):
        return question
    return f"{previous.rstrip()} {question.strip()}"


def _at_its_time(rest: str, previous: str, language: str) -> str:
    """`previous` asked about another time, "" where the remark is more than a time."""
    new, old = calendar_terms.find(rest, language), calendar_terms.find(previous, language)
    if len(new) != 1 or len(old) > 1 or _LATER.search(rest):
        return ""
    phrase = _phrase(rest, new[0].start, new[0].end, language)
    around = spoken(rest[: phrase.start]) + spoken(rest[phrase.end :])
    if not _is_repeated(around, previous):
        return ""
    said = rest[phrase.start : phrase.end] + _year_kept(new[0], old[0] if old else None)
    if not old:
        if _A_YEAR.search(previous):  # a year that was not understood
            return ""
        return _appended(previous, said)
    place = _phrase(previous, old[0].start, old[0].end, language)
    if _A_YEAR.search(previous[: place.start] + previous[place.end :]):  # "tussen 2019 en 2021"
        return ""
    return previous[: place.start] + said + previous[place.end :]


def _year_kept(new: CalendarTerm, old: CalendarTerm | None) -> str:
    """ "En in juni?" after "in mei 2024" means June of that year."""
    dated = new.month is not None and new.year is None and not new.relation
    return f" {old.year}" if dated and old is not None and old.year is not None else ""


def _substituted(rest: str, found: list[Name], previous: str, language: str) -> str:
    """`previous` with the counterpart of an elliptical remark replaced by it, "" where there is none.

    Args:
        found: the names of the remark.
    """
    known = [name for name in certain_names(previous, language) if not _describes(name)]
    if not found:
        first = rest.partition(" ")[0].lower()
        return _with_phrase(previous, first, _END.sub("", rest), language) if first in _ADDED else ""
    if len(found) != 1 or _describes(found[0]) or any(fold(found[0].text) == fold(name.text) for name in known):
        return ""
    new = _phrase(rest, found[0].start, found[0].end, language)
    around = spoken(rest[: new.start]) + spoken(rest[new.end :])
    if not _is_repeated(around, previous) or points_back(rest, language):
        return ""
    if re.match(r"\s+\w", rest[new.end :]) and spoken(rest[new.end :])[0].lower() not in _PARTICLES:
        return ""  # "En de Franse president?": the name is only part of what is meant
    said = rest[new.start : new.end]
    phrases = [_phrase(previous, name.start, name.end, language) for name in known]
    if not new.preposition:
        place = _subject(found[0], known, phrases)
        if place is None or _is_coordinated(previous, place):
            return ""
        return _replaced(previous, place.body, place.end, said)
    alike = [phrase for phrase in phrases if phrase.preposition == new.preposition]
    if new.preposition in _PLACES and not alike:
        alike = [phrase for phrase in phrases if phrase.preposition in _PLACES]
    if alike:
        if _is_coordinated(previous, alike[-1]):
            return ""
        return _replaced(previous, alike[-1].start, alike[-1].end, said)
    times = [_phrase(previous, term.start, term.end, language) for term in calendar_terms.find(previous, language)]
    if re.search(_behind(new.preposition), previous) and not any(time.preposition == new.preposition for time in times):
        return _with_phrase(previous, new.preposition, said, language)
    if new.preposition in _ADDED or (new.preposition in _PLACES and not known):
        return _appended(previous, said)
    return ""


def _behind(preposition: str) -> str:
    return rf"(?i)(?<!\w){re.escape(preposition)}\s"


def _with_phrase(previous: str, preposition: str, said: str, language: str) -> str:
    """`previous` with what stands behind a preposition at its end replaced; "" where that is long or not there."""
    behind = list(re.finditer(_behind(preposition), previous))
    if len(behind) != 1 or len(spoken(said)) - 1 > _LONGEST_PHRASE:
        return ""
    last = _END.sub("", previous[behind[0].start() :])
    others = spoken(last)[1:]
    if len(others) > _LONGEST_PHRASE or any(is_preposition(word, language) for word in others):
        return ""
    return _replaced(previous, behind[0].start(), behind[0].start() + len(last), said)


def _subject(new: Name, known: list[Name], phrases: list[_Phrase]) -> _Phrase | None:
    """What a name without a preposition stands for: the only one without a preposition, else the only name."""
    bare = [place for place, phrase in enumerate(phrases) if not phrase.preposition]
    candidates = bare or list(range(len(known)))
    if len(candidates) != 1:
        return None
    (place,) = candidates
    others = [name for number, name in enumerate(known) if number != place]
    # Countries and organisations are known, most people are not: "En Duitsland?" is not one for "Rutte" where a country
    # stands beside him.
    if concepts(new.text) and not concepts(known[place].text) and any(concepts(name.text) for name in others):
        return None
    if not bare and bool(concepts(new.text)) != bool(
        concepts(known[place].text)
    ):  # nor is "En Wilders?" for "over Gaza"
        return None
    return phrases[place]


def _with_subject(rest: str, previous: str, language: str) -> str:
    """The question with the person of the previous one for its "he" or "she", "" where that one cannot be told."""
    pointing = pronoun(rest, language)
    if pointing is None:
        return ""
    known = certain_names(previous, language)
    said = [word.lower() for word in spoken(previous)]
    bare = [name for name in known if not _phrase(previous, name.start, name.end, language).preposition]
    if len(bare) != 1 or not _may_be_person(bare[0]):
        return ""
    # "Wie verkocht Ajax?" asks for the one that "he" is about; "wie is Jan Smit?" names him.
    if said[0] in _WHO and not (said[1:2] and said[1] in _BE and fold(said[2]) == bare[0].parts[0]):
        return ""
    initial = "." if re.search(r"\s\w$", bare[0].text) and previous[bare[0].end :].startswith(".") else ""
    asked = rest[: pointing.start()] + bare[0].text + initial + rest[pointing.end() :]
    return asked[:1].upper() + asked[1:]


def _describes(name: Name) -> bool:
    """Whether a name is only that of a country made an adjective: "Belgische"."""
    forms = aliases().concepts(name.text)
    return bool(forms) and all(forms.values())


def _may_be_person(name: Name) -> bool:
    abbreviated = any(len(word) > 1 and word.isupper() for word in name.text.split())
    return not abbreviated and not concepts(name.text) and not re.search(r"\d", name.text)


def _asks_by_itself(rest: str, language: str) -> bool:
    """Whether a remark is a whole question: "En waar ligt Amsterdam?", not "Maar wat zei Wilders?" (about what?)."""
    said = [word.lower() for word in spoken(rest)]
    if len(said) < 3 or not is_question_word(said[0], language) or not certain_names(rest, language):
        return False
    if is_preposition(said[1], language) or said[1] in DETERMINERS or points_back(rest, language):
        return False
    saying = {fold(word) for word in REPORTING.get(language, frozenset()) | OPINION.get(language, frozenset())}
    return not any(fold(word) in saying for word in said)


def _is_repeated(said: list[str], previous: str) -> bool:
    """Whether what stands around a name only repeats words of the previous question."""
    known = {word.lower() for word in spoken(previous)} | _PARTICLES
    return all(word.lower() in known for word in said)


def _phrase(text: str, start: int, end: int, language: str) -> _Phrase:
    """The name or time at `text[start:end]` with its office ("minister Faber"), its article and its preposition."""
    body = start
    office = re.search(r"([^\W\d_]+)\s+$", text[:body])
    if office and ((fold(office[1]) in SPEAKERS and office[1][0].islower()) or office[1].lower() in _YEAR):
        body = office.start()
    article = re.search(r"(?<![^\W_])(?:([^\W\d_]+)\s+|[ld]['’])$", text[:body])
    if article and (article[1] is None or article[1].lower() in DETERMINERS):
        body = article.start()
    preposition = re.search(r"(?<![^\W_])([^\W\d_]+)\s+$", text[:body])
    if preposition and is_preposition(preposition[1], language):
        return _Phrase(preposition.start(), end, body, preposition[1].lower())
    return _Phrase(body, end, body, "")


def _is_coordinated(text: str, phrase: _Phrase) -> bool:
    """Whether another stands beside it, with "and", "or" or "than"."""
    before = re.search(rf"(?i)(?<!\w)(?:{_AND})\s+$", text[: phrase.start])
    return bool(before or re.match(rf"(?i)\s+(?:{_AND})(?!\w)", text[phrase.end :]))


def _replaced(text: str, start: int, end: int, said: str) -> str:
    asked = text[:start] + said + text[end:]
    return asked[:1].upper() + asked[1:]


def _appended(previous: str, said: str) -> str:
    ending = _END.search(previous)
    place = ending.start() if ending else len(previous)
    return f"{previous[:place]} {said}{previous[place:]}"
