"""The values in source sentences that could answer a question: amounts of what it asks for, or days.

"Hoeveel banen …" asks for numbers that count banen or arbeidsplaatsen, "Wat kost …" for sums of money, "Wanneer …" for
days. A sentence's other numbers are none of its business.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Literal, TypeAlias

from qa import calendar_terms, quantities
from qa.answer import SourceSentence
from qa.calendar_terms import CalendarTerm
from qa.content_terms import Term, all_keys, term_keys, terms
from qa.number_words import fold
from qa.quantities import Quantity
from qa.question_shape import QuestionShape
from qa.units import BASE, unit_of

__all__ = ["Asked", "Value", "akin", "asked_by", "scaled", "values_in"]

Dimension: TypeAlias = Literal["money", "percent", "measure", "level", "count", "day", "degree", "state"]

_HOW_MANY = re.compile(
    r"(?<!\w)(?:hoe ?veel|how many|how much|wie ?viele?|combien(?: de| d['’])?|aantal|number of|nombre de|anzahl der)(?!\w)",
    re.IGNORECASE,
)
_PATTERNS: tuple[tuple[Dimension, str], ...] = (
    ("money", r"kost(?:en|te|ten)?|prijs|prijzen|bedrag|geld|waard|waarde|duur|\w*opbrengst|opgebracht|betaal\w*|betaalt|"
                  r"boete|budget|begroting|omzet|winst|verlies|schade|subsidie|investering|euro|dollar|costs?|price|worth|money|"
                  r"pay|paid|raised|kostet|kosten|preis|wert|geld|coût\w*|coûté|prix|argent|vaut|valeur"),
    ("percent", r"procent|percentage|\w*aandeel|percent|share|prozent|anteil|pourcentage|part"),
)  # fmt: skip
_DIMENSIONS = tuple(
    (dimension, re.compile(rf"(?<!\w)(?:{pattern})(?!\w)", re.IGNORECASE)) for dimension, pattern in _PATTERNS
)
_FAMILIES = tuple(
    re.compile(rf"(?<!\w)(?:{pattern})(?!\w)", re.IGNORECASE)
    for pattern in (
        r"dode(?:n|lijke)?|dodental|dodelijk\w*|omgekomen|overled\w+|slachtoffers?|gestorven|kw?a?[ao]m(?:en)? om|om het leven|"
        r"dead|deaths?|died|killed|death toll|fatalities|tote[nr]?|todesopfer|getötet|ums leben|morts?|décès|tués?",
        r"gewond\w*|injur\w+|wounded|hurt|verletzt\w*|blessés?",
        r"\w*banen|arbeidsplaats(?:en)?|voltijdbanen|\w*plekken|jobs?|positions?|arbeitsplätze|stellen|emplois?|postes?",
        r"bezoekers?|deelnemers?|demonstranten|betogers|toeschouwers|aanwezigen|visitors|participants|protesters|attendees|"
        r"spectators|besucher|teilnehmer|zuschauer|visiteurs|manifestants|spectateurs",
        r"huishoudens?|gezinnen|adressen|households|families|haushalte|familien|foyers|ménages",
        r"vluchtelingen|asielzoekers|statushouders|refugees|asylum seekers|flüchtlinge|asylbewerber|réfugiés|demandeurs d'asile",
        r"\w*leerlingen|scholieren|kinderen|pupils|students|schüler\w*|élèves",
        r"werknemers|\w*medewerkers|personeelsleden|arbeiders|employees|workers|staff|mitarbeiter\w*|beschäftigte\w*|salariés",
        r"\w*woningen|\w*huizen|homes?|houses?|wohnungen|logements?",
    )
)
# What a sum of money is: a price is neither a profit nor a fine. "Betaalt" may be any of them.
_ROLES: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (role, re.compile(rf"(?<!\w)(?:{pattern})(?!\w)", re.IGNORECASE))
    for role, pattern in (
        ("price", r"kost(?:en|te|ten)?|kostprijs|\w*prijs|koopsom|waard\w*|getaxeerd|taxaties?|costs?|prices?|worth|value|"
                  r"kostet\w*|preis|wert|coût\w*|coûté|prix|vaut|valeur"),
        ("profit", r"\w*winst|profits?|gewinn|bénéfices?"),
        ("loss", r"\w*verlies|loss(?:es)?|verlust|pertes?|benadeel\w*|schade\w*|damages?|schaden|dommages?|dégâts"),
        ("revenue", r"\w*omzet|turnover|revenues?|umsatz|chiffre d'affaires"),
        ("fine", r"boetes?|fine[ds]?|bußgeld|geldstrafe|amendes?|dwangsom"),
        ("reward", r"\w*beloning|\w*premie|rewards?|bonus|belohnung|récompense|prime"),
        ("raised", r"\w*opbrengst|opgebracht|opgehaald|ingezameld|raised|gesammelt|récolté\w*|collecté\w*"),
        ("support", r"subsidies?|\w*steun|grants?|subsid(?:y|ies)|zuschuss|subventions?|lening|loan"),
        ("wage", r"\w*salaris|\w*loon|wages?|salary|gehalt|lohn|salaire|per uur|per hour|pro stunde"),
    )
)  # fmt: skip
_LIMIT = re.compile(
    r"(?<!\w)(?:norm|grens|grenswaarde|maximum|limiet|doel|limit|target|grenzwert|norme|seuil)(?!\w)[^,;]*$", re.I
)
_HOW_LONG = re.compile(
    r"(?<!\w)(?:hoe ?lang|how long|wie lange|combien de temps|hoeveel (?:jaar|maanden|weken|dagen|uur|minuten))(?!\w)",
    re.I,
)
# A tower, a fine, a rate: only the answer says in what it is measured.
_HOW_HIGH = re.compile(r"(?<!\w)(?:hoe (?:hoog|laag)|how (?:high|low)|wie (?:hoch|niedrig))(?!\w)", re.I)
_DIFFERENCE = re.compile(
    r"\s*(?:\w+\s+)?(?:duurder|goedkoper|meer|minder|hoger|lager|extra|more|less|higher|lower|fewer|extra|mehr|weniger|höher|"
    r"niedriger|teurer|de plus|de moins)(?!\w)",
    re.I,
)
_SCALED = re.compile(
    r"\D{0,2}(\d{1,3}(?:[.,]\d{1,2})?)\s+(?:duizend|miljoen|miljard|mln|mld|thousand|million|billion|Tausend|Millionen|"
    r"Milliarden|Mio|Mrd|mille|millions?|milliards?)(?!\w)",
    re.IGNORECASE,
)
_DEGREE = re.compile(r"\W*(?:hoe|how|wie|comment)\s+(?!veel)\w+", re.I)


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
    """

    dimension: Dimension
    keys: frozenset[str]
    families: frozenset[int]
    roles: frozenset[str]
    about: frozenset[str]
    parts: frozenset[str]
    units: frozenset[str] = frozenset()
    many: bool = False


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
    families = frozenset(place for place, pattern in enumerate(_FAMILIES) if pattern.search(text))
    roles = frozenset(role for role, pattern in _ROLES if pattern.search(text))
    words = [term for term in terms(text, shape.language) if not unit_of(term.word)]
    every, parts = frozenset(term.key for term in words), all_keys(words)
    if shape.expected == "time":
        return Asked("day", frozenset(), families, roles, every, parts)
    if shape.expected in ("reason", "person", "place"):
        return Asked("state", frozenset(), families, roles, every, parts)
    dimension = _dimension(shape)
    keys: frozenset[str] = frozenset()
    first: list[Term] = []
    many = _HOW_MANY.search(text)
    if many or shape.expected == "number":
        rest = text[many.end() :] if many else _DEGREE.sub("", text, count=1)
        first = [term for term in terms(rest, shape.language) if not _is_measure(term.word)][:2]
        adjacent = bool(first) and rest.strip().lower().startswith(first[0].word.lower())
        keys = all_keys(first) if adjacent or not many else frozenset()
        if dimension == "state" or (adjacent and many and dimension == "money" and not shape.units):
            dimension = "count"
    elif dimension == "state" and _DEGREE.match(text):
        dimension = "degree"
    counted_key = first[0].keys if keys else frozenset()
    units = shape.units or (_TIMES if dimension == "measure" else frozenset())
    return Asked(dimension, keys, families, roles, every - counted_key, parts, units, bool(many))


def _dimension(shape: QuestionShape) -> Dimension:
    if _HOW_HIGH.search(shape.text) and not any(pattern.search(shape.text) for _, pattern in _DIMENSIONS):
        return "level"
    if shape.units:
        kinds: dict[str, Dimension] = {"EUR": "money", "%": "percent"}
        return next((kinds[unit] for unit in sorted(shape.units) if unit in kinds), "measure")
    if _HOW_LONG.search(shape.text):
        return "measure"
    return next((name for name, pattern in _DIMENSIONS if pattern.search(shape.text)), "state")


def _is_measure(word: str) -> bool:
    return any(pattern.fullmatch(word) for _, pattern in _DIMENSIONS)


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
        quantity = _by_the_first_word(text, quantity)
        if quantity.noun in _CONJUNCTIONS:
            quantity = replace(quantity, noun="")
        end = _end(text, quantity)
        eligible = _is_eligible(text, quantity, asked)
        counted = eligible and _counts(text, language, quantity, asked)
        found.append(Value(source, quantity.start, end, quantity, None, eligible, counted))
    return tuple(found)


def _by_the_first_word(text: str, quantity: Quantity) -> Quantity:
    """Counts of a measure per another ("19 nanogram per liter") by what they count, not by what they are set against."""
    rate = _RATE.search(text[quantity.start : quantity.end]) if quantity.unit else None
    if rate is None or unit_of(rate["counted"]):
        return quantity
    return replace(quantity, unit="", noun=fold(rate["counted"]), end=quantity.start + rate.end("counted"))


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


def _is_eligible(text: str, quantity: Quantity, asked: Asked) -> bool:
    if _LIMIT.search(text[: quantity.start]) or _DIFFERENCE.match(text, quantity.end):
        return False
    if asked.dimension == "money":
        roles = {role for role, pattern in _ROLES if pattern.search(_clause_around(text, quantity.start))}
        return quantity.kind == "money" and (not roles or not asked.roles or bool(roles & asked.roles))
    if asked.dimension == "percent":
        return quantity.unit in ("%", "percentage point")
    if asked.dimension == "measure":
        return quantity.unit in asked.units
    if asked.dimension == "count":
        return quantity.kind not in ("money", "percent") and quantity.unit not in _TIMES
    return True


def _counts(text: str, language: str, quantity: Quantity, asked: Asked) -> bool:
    around = _clause_around(text, quantity.start)
    if asked.dimension in ("money", "percent", "measure"):
        return True
    if asked.dimension == "state":
        return False
    if asked.dimension == "level":
        return quantity.unit not in _TIMES
    if asked.dimension == "degree":
        return bool(quantity.noun or quantity.unit)
    if asked.families:
        return any(_FAMILIES[place].search(around) for place in asked.families)
    after = text[quantity.end : quantity.end + 60].split()[:4]
    counted = after if quantity.noun and asked.many else around.split()
    found = term_keys(" ".join(counted), language)
    return any(akin(key, wanted) for key in found for wanted in asked.keys)


def akin(first: str, second: str) -> bool:
    """Whether two terms are the same, or one is the beginning or the end of the other as of a compound."""
    short, long = sorted((first, second), key=len)
    return short == long or (len(short) >= 5 and (long.startswith(short) or long.endswith(short)))


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
    written = _SCALED.match(new.shown)
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
