"""What a question asks for (a number, a time, a person) and takes for granted: names, numbers, times, a speaker."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from qa import asked_speaker, asked_times, calendar_terms, names, quantities, quotations
from qa.asked_times import AskedTime
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
    (kind, re.compile(rf"(?<![^\W_])(?:{pattern})(?![^\W_])", re.IGNORECASE)) for kind, pattern in _EXPECTATIONS
)


_MEASURES: tuple[tuple[frozenset[str], re.Pattern[str]], ...] = tuple(
    (frozenset(units.split()), re.compile(rf"(?<![^\W_])(?:{pattern})(?![^\W_])", re.IGNORECASE))
    for units, pattern in (
        (
            "EUR USD GBP JPY CHF RUB CNY",
            r"kost(?:en|te|ten)?|kostbaar|duur|bedrag|prijs|euro|dollar|verdien\w*|salaris|loon|omzet|winst|verlies|subsidie|boete|waard|"
            r"cost\w*|price|worth|earns?|salary|revenue|fine|pay|paid|kostet\w*|kosten|teuer|preis|verdien\w*|wert|co[uû]t\w*|prix|gagne\w*",
        ),
        ("%", r"procent|percentage|aandeel|per ?cent|prozent|anteil|pour ?cent(?:age)?"),
        (
            "m km cm mm mile foot inch",
            r"hoe (?:hoog|breed|diep|ver|dik)|how (?:tall|wide|deep|far|thick)|wie (?:breit|tief|weit|dick)|(?:centi|kilo)?meters?",
        ),
        ("kg g tonne", r"hoe zwaar|how heavy|wie schwer|kilo'?s?|gewicht|weight"),
        (
            "°C",
            r"hoe (?:warm|heet|koud)|how (?:hot|warm|cold)|wie (?:heiß|warm|kalt)|graden|temperatuur|temperature|temperatur",
        ),
        ("km/h", r"hoe (?:hard|snel) (?:gaat|rijdt|reed|mag|waait|vliegt)|how fast|wie schnell"),
        ("year", r"hoe oud|how old|wie alt|quel âge"),
    )
)
_COUNTED = re.compile(
    r"(?<![^\W_])(?:hoe ?veel|how many|how much|wie ?viele?n?|combien (?:de |d['’])?)\s*((?:[^\W\d_]|-)+)",
    re.IGNORECASE,
)
_SOUGHT = re.compile(r"(?<![^\W_])(?:welke?|which|what|welche[rsmn]?|quel(?:le)?s?)\s+((?:[^\W\d_]|-)+)", re.IGNORECASE)
_STATEMENT = re.compile(
    r"(?<![^\W_])(?:wat (?:zei|zegt|zeiden|zeggen|vond|vindt|vonden|vinden|denkt|dacht|meent|verklaarde|antwoordde|schreef|wil|wilde|"
    r"vertelde)|wat (?:heeft|hebben)|what (?:did|does|do)|was (?:sagt|sagte|meint|meinte)|qu['’]a dit|que dit|que pense)(?![^\W_])",
    re.IGNORECASE,
)
_UNTIL = {
    language: re.compile(rf"(?<![^\W_])(?:{words})(?![^\W_])|[?,.]", re.IGNORECASE)
    for language, words in {
        "nl": r"over|van|toen|na|in|op|bij|tegen|voor|aan",
        "en": r"about|of|when|after|on|at|to|in|say|think",
        "de": r"über|von|zu|als|nach|in|auf|bei|gegen|für",
        "fr": r"sur|de|du|des|à|quand|après|en|dans|contre|pour",
    }.items()
}
_SAYING = re.compile(
    r"(?<![^\W_])(?:say|said|think|thinks|gezegd|gevonden|verklaard|geantwoord)(?![^\W_])", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class QuestionShape:
    """A question taken apart.

    Attributes:
        expected: what kind of thing would answer it.
        units: the units one of which a number must have to answer it, empty where any number may.
        counted: the noun that it counts ("hoeveel militairen"), "" where it counts none.
        sought: the noun whose name it asks for ("welke krant"), "" where it asks for none.
        asks_statement: it asks what somebody said or thinks.
        speaker: the words that say who, function words left out.
        names, numbers, times: what it takes for granted; an article that has none of it is about something else.
        terms: lexical terms, function words and question words left out.
    """

    text: str
    language: str
    expected: Expected
    names: tuple[Name, ...]
    numbers: tuple[Quantity, ...]
    times: tuple[AskedTime, ...]
    terms: tuple[str, ...]
    units: frozenset[str] = frozenset()
    counted: str = ""
    sought: str = ""
    asks_statement: bool = False
    speaker: tuple[str, ...] = ()


def shape_of(question: str, language: str, terms: Callable[[str, Sequence[str]], list[str]]) -> QuestionShape:
    """Take a question apart.

    Args:
        terms: gives lexical terms of a text in some languages, function words left out.
    """
    times = asked_times.find(question, language)
    numbers = tuple(
        number
        for number in quantities.extract(question, language)
        if number.kind not in ("date", "year", "time", "vague", "ordinal", "fraction")
        and not any(term.start <= number.start < term.end for term in times)
        and not (number.in_words and number.low <= 1)
    )
    return QuestionShape(
        text=question,
        language=language,
        expected=expected(question),
        names=tuple(
            name
            for name in names.extract(question, language)
            if name.certain and not any(term.start <= name.start and name.end <= term.end for term in times)
        ),
        numbers=numbers,
        times=times,
        terms=tuple(terms(question, [language or "nl"])),
        units=next((units for units, pattern in _MEASURES if pattern.search(question)), frozenset()),
        counted=_noun(_COUNTED, question),
        sought=_noun(_SOUGHT, question),
        asks_statement=asks_statement(question),
        speaker=_speaker(question, language, times),
    )


def expected(question: str) -> Expected:
    """What kind of thing the question asks for, by its first question word."""
    found = [(match.start(), kind) for kind, pattern in _PATTERNS for match in [pattern.search(question)] if match]
    return min(found)[1] if found else "anything"


def asks_statement(question: str) -> bool:
    """Whether the question asks what somebody said, thinks or wants."""
    match = _STATEMENT.search(question)
    if match is None:
        return False
    auxiliary = match[0].split()[-1].lower()
    return auxiliary not in {"heeft", "hebben", "did", "does", "do"} or bool(_SAYING.search(question))


def _speaker(question: str, language: str, times: Sequence[AskedTime]) -> tuple[str, ...]:
    """The words between the verb of saying and the preposition that begins what it is about."""
    match = _STATEMENT.search(question)
    if match is None or not asks_statement(question):
        return ()
    begin = match.end()
    end = begin + len(_UNTIL.get(language, _UNTIL["en"]).split(question[begin:])[0])
    return asked_speaker.noun_phrase(question, begin, end, language, times)


def _noun(pattern: re.Pattern[str], question: str) -> str:
    match = pattern.search(question)
    return match[1] if match else ""


def _measures(number: Quantity, shape: QuestionShape) -> bool:
    """Whether a number has the unit that is asked for, where one is."""
    if not shape.units:
        return number.kind not in ("ordinal", "year", "date")
    return number.unit in shape.units or (number.kind == "money" and "EUR" in shape.units)


def answers_kind(shape: QuestionShape, text: str, language: str) -> bool:
    """Whether a sentence holds a thing of the kind that is asked for, other than what the question itself says."""
    if shape.expected == "number":
        return any(
            _measures(number, shape) and not any(quantities.same(number, known) for known in shape.numbers)
            for number in quantities.extract(text, language)
        )
    if shape.expected == "time":
        return bool(calendar_terms.find(text, language)) or any(
            number.kind in ("year", "date", "time") for number in quantities.extract(text, language)
        )
    if shape.expected in ("person", "place"):
        known = {part for name in shape.names for part in name.parts}
        return any(not set(name.parts) <= known for name in names.extract(text, language))
    if shape.asks_statement:
        return bool(quotations.quotations(text) or quotations.attributions(text, language))
    return True
