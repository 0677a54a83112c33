"""The values in source sentences that could answer a question: amounts of what it asks for, or days.

"Hoeveel banen …" asks for numbers that count banen or arbeidsplaatsen, "Wat kost …" for sums of money, "Wanneer …" for
days. A sentence's other numbers are none of its business.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from embeddings.folding import fold
from qa import calendar_terms, quantities
from qa.answer import SourceSentence
from qa.asked_words import (
    DEGREE,
    DIFFERENCE,
    DIMENSIONS,
    EXTRA,
    FAMILIES,
    FURTHER,
    HOW_HIGH,
    HOW_LONG,
    HOW_MANY,
    LIMIT,
    OF_PEOPLE,
    OF_WHOM,
    ROLES,
    SCALED,
    Dimension,
)
from qa.calendar_terms import CalendarTerm
from qa.change_cues import ELIDED, PEOPLE
from qa.content_terms import Term, akin, all_keys, term_keys, terms
from qa.quantities import Quantity
from qa.question_shape import QuestionShape
from qa.units import BASE, unit_of

__all__ = ["Asked", "Value", "asked_by", "scaled", "values_in"]


@dataclass(frozen=True, slots=True)
class Asked:
    """What kind of value a question asks for.

    Attributes:
        keys: terms of what is counted.
        families: places in the table of words that count the same thing.
        roles: what the sum of money is ("price", "profit" …), where the question says.
        about: terms of the rest of the question, one a word.
        parts: the same with the parts of compounds.
        units: one of which the value must have, empty where any will do.
        many: it asks how many there are, not how large something is.
        extra: it asks how many more or fewer there are.
    """

    dimension: Dimension
    keys: frozenset[str]
    families: frozenset[int]
    roles: frozenset[str]
    about: frozenset[str]
    parts: frozenset[str]
    units: frozenset[str] = frozenset()
    many: bool = False
    extra: bool = False


@dataclass(frozen=True, slots=True)
class Value:
    """A value within a source sentence: `source.text[start:end]`.

    Attributes:
        eligible: it is of a kind that could answer the question.
        counted: and the words around it say that it counts, or is a measure of, what the question asks for.
    """

    source: SourceSentence
    start: int
    end: int
    quantity: Quantity | None
    day: CalendarTerm | None
    eligible: bool
    counted: bool

    @property
    def shown(self) -> str:
        return self.source.text[self.start : self.end]

    def same(self, other: Value) -> bool:
        """Whether both can mean the same, in whatever notation."""
        if self.quantity and other.quantity:
            return quantities.same(self.quantity, other.quantity)
        if self.day and other.day:
            return calendar_terms.agrees(self.day, other.day) or calendar_terms.agrees(other.day, self.day)
        return False

    def comparable(self, other: Value) -> bool:
        """Whether both measure in the same unit, so that they differ where they are not the same."""
        if self.day and other.day:
            return bool(self.day.first and other.day.first)
        if self.quantity is None or other.quantity is None:
            return False
        mine, theirs = self.quantity, other.quantity
        if "vague" in (mine.kind, theirs.kind) or "score" in (mine.kind, theirs.kind):
            return False
        if mine.unit == theirs.unit:
            return True
        if mine.unit in BASE and theirs.unit in BASE:
            return BASE[mine.unit][0] == BASE[theirs.unit][0]
        return False


def asked_by(shape: QuestionShape) -> Asked:
    """What kind of value a question asks for; "state" where it asks for none."""
    text = shape.text
    families = frozenset(place for place, pattern in enumerate(FAMILIES) if pattern.search(text))
    if not families and OF_WHOM.search(text):
        families = OF_PEOPLE
    roles = frozenset(role for role, pattern in ROLES if pattern.search(text))
    words = [term for term in terms(text, shape.language) if not unit_of(term.word)]
    every, parts = frozenset(term.key for term in words), all_keys(words)
    if shape.expected == "time":
        return Asked("day", frozenset(), families, roles, every, parts)
    if shape.expected in ("reason", "person", "place"):
        return Asked("state", frozenset(), families, roles, every, parts)
    dimension = _dimension(shape)
    keys: frozenset[str] = frozenset()
    first: list[Term] = []
    many = HOW_MANY.search(text)
    if many or shape.expected == "number":
        rest = text[many.end() :] if many else DEGREE.sub("", text, count=1)
        first = _noun_phrase(
            [term for term in terms(rest, shape.language) if not _is_measure(term.word)], shape.language
        )
        adjacent = bool(first) and rest.strip().lower().startswith(first[0].word.lower())
        keys = all_keys(first) if adjacent or not many else frozenset()
        if dimension == "state" or (adjacent and many and dimension == "money" and not shape.units):
            dimension = "count"
        if many and adjacent and first[-1].word.lower() not in PEOPLE:
            noun = " ".join(term.word for term in first)
            families = frozenset(place for place in families if FAMILIES[place].search(noun))
    elif dimension == "state" and DEGREE.match(text):
        dimension = "degree"
    counted_key = first[0].keys if keys else frozenset()
    units = shape.units or (_TIMES if dimension == "measure" else frozenset())
    return Asked(
        dimension, keys, families, roles, every - counted_key, parts, units, bool(many), bool(EXTRA.search(text))
    )


def _noun_phrase(found: Sequence[Term], language: str) -> list[Term]:
    """What is counted, of the words after "hoeveel": a noun, with the adjective before it ("sociale huurwoningen")."""
    if language in ("nl", "de") and found and not re.search(r"e$|^extra$", found[0].word, re.I):
        return list(found[:1])
    return list(found[:2])


def _dimension(shape: QuestionShape) -> Dimension:
    if HOW_HIGH.search(shape.text) and not any(pattern.search(shape.text) for _, pattern in DIMENSIONS):
        return "level"
    if shape.units:
        kinds: dict[str, Dimension] = {"EUR": "money", "%": "percent"}
        return next((kinds[unit] for unit in sorted(shape.units) if unit in kinds), "measure")
    if HOW_LONG.search(shape.text):
        return "measure"
    return next((name for name, pattern in DIMENSIONS if pattern.search(shape.text)), "state")


def _is_measure(word: str) -> bool:
    return any(pattern.fullmatch(word) for _, pattern in DIMENSIONS)


def values_in(source: SourceSentence, asked: Asked) -> tuple[Value, ...]:
    """Every value of a sentence that is of the kind asked for."""
    language = source.article.language
    text = source.text
    if asked.dimension == "day":
        terms_found = calendar_terms.find(text, language, source.article.published)
        return tuple(
            Value(source, term.start, term.end, None, term, True, True)
            for term in terms_found
            if term.first and not term.relation and (term.month or term.year)
        )
    found = []
    for quantity in quantities.extract(text, language):
        if quantity.kind in ("ordinal", "year", "date", "time", "vague", "score"):
            continue
        if quantity.in_words and quantity.value == 1:
            continue
        quantity = _with_currency(text, _by_the_first_word(text, quantity), asked)
        if quantity.noun in _CONJUNCTIONS:
            quantity = replace(quantity, noun="")
        end = _end(text, quantity)
        eligible = _is_eligible(text, language, quantity, asked)
        counted = eligible and (_counts(text, language, quantity, asked) or _counts_as_before(source, quantity, asked))
        found.append(Value(source, quantity.start, end, quantity, None, eligible, counted))
    return tuple(found)


def _by_the_first_word(text: str, quantity: Quantity) -> Quantity:
    """Counts of a measure per another ("19 nanogram per liter") by what they count, not by what they are set against."""
    rate = _RATE.search(text[quantity.start : quantity.end]) if quantity.unit else None
    if rate is None or unit_of(rate["counted"]):
        return quantity
    return replace(quantity, unit="", noun=fold(rate["counted"]), end=quantity.start + rate.end("counted"))


def _with_currency(text: str, quantity: Quantity, asked: Asked) -> Quantity:
    """A sum told without its currency ("de kosten komen nu op 241 miljoen"), where a sum is what is asked."""
    if asked.dimension != "money" or quantity.unit or quantity.noun or quantity.low < _A_SUM:
        return quantity
    around = _clause_around(text, quantity.start)
    if not any(pattern.search(around) for _, pattern in ROLES):
        return quantity
    return replace(quantity, kind="money", unit="EUR")


_A_SUM = 100_000
_CONJUNCTIONS = frozenset(("mais", "sondern", "maar", "but"))  # "pas 300 mais 180" counts no maize
_RATE = re.compile(r"\d\s+(?P<counted>[^\W\d_]+)\s+(?:per|pro|par)\s", re.IGNORECASE)


def _end(text: str, quantity: Quantity) -> int:
    """The end of the value together with the noun it counts, where that follows at once."""
    match = re.match(r"\s+[^\W\d_][\w-]*", text[quantity.end :])
    return (
        quantity.end + match.end()
        if match and quantity.noun and fold(match[0].strip()) == quantity.noun
        else quantity.end
    )


def _is_eligible(text: str, language: str, quantity: Quantity, asked: Asked) -> bool:
    if LIMIT.search(text[: quantity.start]) or (not asked.extra and DIFFERENCE.match(text, quantity.end)):
        return False
    if asked.dimension == "money":
        roles = {role for role, pattern in ROLES if pattern.search(_clause_around(text, quantity.start))}
        return quantity.kind == "money" and (not roles or not asked.roles or bool(roles & asked.roles))
    if asked.dimension == "percent":
        return quantity.unit in ("%", "percentage point")
    if asked.dimension == "measure":
        return quantity.unit in asked.units
    if asked.dimension == "count":
        named = term_keys(text[quantity.start : quantity.end + 30], language)
        measured = bool(quantity.unit) and not any(akin(key, wanted) for key in named for wanted in asked.keys)
        return quantity.kind not in ("money", "percent") and quantity.unit not in _TIMES and not measured
    return True


def _counts(text: str, language: str, quantity: Quantity, asked: Asked) -> bool:
    around = _clause_around(text, quantity.start)
    if asked.dimension in ("money", "percent", "measure"):
        return True
    if asked.dimension == "state":
        return False
    if asked.dimension == "level":
        return bool(quantity.unit) and quantity.unit not in _TIMES
    if asked.dimension == "degree":
        return bool(quantity.noun or quantity.unit)
    if asked.families:
        people = quantity.noun in PEOPLE and bool(asked.families & OF_PEOPLE)
        return people or any(FAMILIES[place].search(around) for place in asked.families)
    after = FURTHER.split(text[quantity.end : quantity.end + 60])[0].split()[:4]
    counted = after if quantity.noun and asked.many else around.split()
    found = term_keys(" ".join(counted), language)
    return any(akin(key, wanted) for key in found for wanted in asked.keys)


def _counts_as_before(source: SourceSentence, quantity: Quantity, asked: Asked) -> bool:
    """Whether a number without a noun counts what was named just before it ("Vrij & Werk zegt er 900 te hebben")."""
    if asked.dimension != "count" or quantity.noun or quantity.unit:
        return False
    lead = source.text[: quantity.start]
    if not ELIDED.search(lead):
        return False
    before = [source.hit.sentence_text(index) for index in range(max(0, source.index - 2), source.index)]
    named = " ".join([*before, lead])
    if asked.families:
        return any(FAMILIES[place].search(named) for place in asked.families)
    return any(akin(key, wanted) for key in term_keys(named, source.article.language) for wanted in asked.keys)


_TIMES = frozenset(("year", "month", "week", "day", "hour", "minute", "second"))


def _clause_around(text: str, place: int) -> str:
    """The part of a sentence between commas and the like in which a number stands."""
    cuts = [match.start() for match in re.finditer(r"[;:()]|,\s", text)]
    start = max((cut for cut in cuts if cut < place), default=0)
    end = min((cut for cut in cuts if cut >= place), default=len(text))
    return text[start:end]


def scaled(old: Value, new: Value) -> Value:
    """The first of two values with the unit and scale that only the second states ("van 48 naar 39 miljoen euro")."""
    if old.quantity is None or new.quantity is None or old.quantity.unit or old.quantity.noun or new.quantity.low == 0:
        return old
    written = SCALED.match(new.shown)
    factor = Decimal(1)
    if written:
        factor = new.quantity.low / Decimal(written[1].replace(",", "."))
    quantity = replace(
        old.quantity,
        low=old.quantity.low * factor,
        high=old.quantity.high * factor,
        unit=new.quantity.unit,
        kind=new.quantity.kind,
        noun=new.quantity.noun,
        other_reading=None,
    )
    return replace(old, quantity=quantity)
