"""What a question asks for and what it takes for granted: its kind, names, numbers and words."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from qa import calendar_terms, names, quantities
from qa.calendar_terms import CalendarTerm
from qa.names import Name
from qa.quantities import Quantity

Expected: TypeAlias = Literal["number", "time", "person", "place", "reason", "anything"]

_EXPECTATIONS: tuple[tuple[Expected, str], ...] = (
    (
        "number",
        r"hoe ?veel\w*|hoe (?:groot|hoog|laag|lang|oud|duur|ver|vaak|zwaar|breed|diep|snel)|welk (?:bedrag|percentage|aantal)|"
        r"how (?:many|much|big|large|high|low|long|old|far|often|heavy|wide|deep|fast|tall)|what (?:percentage|share|number|price)|"
        r"wie ?viele?|wie (?:groß|hoch|lang|alt|teuer|weit|oft|schwer|breit|tief|schnell)|"
        r"combien|quel (?:montant|pourcentage|nombre|âge|prix)",
    ),
    (
        "time",
        r"wanneer|sinds wanneer|tot wanneer|hoe ?laat|(?:op|in|vanaf|per) welke? (?:dag|datum|jaar|maand|moment)|welke? (?:dag|datum|jaar|maand)|"
        r"when|(?:on|in|at) (?:what|which) (?:day|date|year|month|time)|what (?:day|date|year|time)|"
        r"wann|seit wann|bis wann|(?:an welchem|in welchem) (?:tag|datum|jahr|monat)|um wie viel uhr|"
        r"quand|(?:à|en) quelle (?:date|heure|année)|quel jour|quelle année",
    ),
    (
        "person",
        r"(?:door|van|aan|met|voor) wie|wiens?|wie(?! (?:viel|groß|hoch|lang|alt|teuer|weit|oft|ist|sind|war|kann|wird|heißt))|"
        r"welke? (?:minister|persoon|burgemeester|wethouder|trainer|schrijver|onderzoeker|partij|organisatie|krant|bedrijf|club)|"
        r"who|whose|whom|wer|wem|wen|wessen|qui|à qui|par qui",
    ),
    (
        "place",
        r"waar(?!om|schijnlijk|van|door|mee|over|op|bij|in|aan|voor|uit|toe|onder)(?:heen| naartoe| vandaan)?|(?:in|naar|uit) welke? (?:land|stad|plaats|gemeente|provincie|dorp|wijk)|"
        r"where|(?:in|to|from) (?:what|which) (?:country|city|town|place|region)|wo|wohin|woher|où|d'où",
    ),
    ("reason", r"waarom|waardoor|why|warum|weshalb|wieso|pourquoi"),
)
_PATTERNS = tuple(
    (kind, re.compile(rf"(?<![^\W_])(?:{pattern})(?![^\W_])", re.IGNORECASE))
    for kind, pattern in _EXPECTATIONS
)


@dataclass(frozen=True, slots=True)
class QuestionShape:
    """A question taken apart.

    Attributes:
        expected: what kind of thing would answer it.
        names, numbers, times: what it takes for granted; an article that has none of it is about something else.
        terms: lexical terms, function words and question words left out.
    """

    text: str
    language: str
    expected: Expected
    names: tuple[Name, ...]
    numbers: tuple[Quantity, ...]
    times: tuple[CalendarTerm, ...]
    terms: tuple[str, ...]


def shape_of(question: str, language: str, terms: Callable[[str, Sequence[str]], list[str]]) -> QuestionShape:
    """Take a question apart.

    Args:
        terms: gives lexical terms of a text in some languages, function words left out.
    """
    times = calendar_terms.find(question, language)
    numbers = tuple(
        number
        for number in quantities.extract(question, language)
        if number.kind not in ("date", "year", "time", "vague")
        and not any(term.start <= number.start < term.end for term in times)
        and not (number.in_words and number.low <= 1)
    )
    return QuestionShape(
        text=question,
        language=language,
        expected=expected(question),
        names=tuple(name for name in names.extract(question, language) if name.certain),
        numbers=numbers,
        times=times,
        terms=tuple(terms(question, [language or "nl"])),
    )


def expected(question: str) -> Expected:
    """What kind of thing the question asks for, by its first question word."""
    found = [
        (match.start(), kind) for kind, pattern in _PATTERNS for match in [pattern.search(question)] if match
    ]
    return min(found)[1] if found else "anything"


def answers_kind(shape: QuestionShape, text: str, language: str) -> bool:
    """Whether a sentence holds a thing of the kind that is asked for, other than what the question itself says."""
    if shape.expected == "number":
        own = shape.numbers
        return any(
            number.kind not in ("ordinal", "year", "date")
            and not any(quantities.same(number, known) for known in own)
            for number in quantities.extract(text, language)
        )
    if shape.expected == "time":
        return bool(calendar_terms.find(text, language)) or any(
            number.kind in ("year", "date", "time") for number in quantities.extract(text, language)
        )
    if shape.expected in ("person", "place"):
        known = {part for name in shape.names for part in name.parts}
        return any(not set(name.parts) <= known for name in names.extract(text, language))
    return True
