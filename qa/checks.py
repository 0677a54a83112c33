"""Whether the numbers, dates, names, quotations and reasons of a claim stand in the source sentences it cites.

And whether it says the opposite ("voor" for "tegen"), or a number that its source names only to replace it. What is checked
beyond single facts (speaker, polarity, roles) has modules of its own; `qa.verification` puts all of it together.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations
from typing import Literal, TypeAlias

from embeddings.records import PublicationDate
from qa import calendar_terms, content_terms, names, quantities, quotations
from qa.answer import SourceSentence
from qa.change_cues import BY, CAUSE, EARLIER, replacement_order
from qa.polarity_words import DETERMINERS, OPPOSED, OPPOSITE, UNIVERSAL
from qa.quantity import Quantity

__all__ = [
    "Problem", "ProblemKind", "Source", "cause_problems", "date_problems", "keys", "name_problems", "number_problems", "opposite_problems",
    "quotation_problems", "replaced_problems", "source_of",
]  # fmt: skip

LONGEST_TRANSLATED = 2  # words; a longer quotation in another language is not what the speaker said
LEAST_OF_A_TWIN = 0.85  # coverage above which two sentences are the same but for a name
_PRONOUN = re.compile(
    r"[\"'“‘«]?(?:hij|zij|ze|het|deze|dit|die|dat|he|she|it|they|this|that|these|er|sie|es|dieser|diese|dies|il|elle|ils|elles|ce|cette)\b",
    re.IGNORECASE,
)
ProblemKind: TypeAlias = Literal[
    "no_content", "number", "date", "name", "quotation", "attribution_lost", "other_speaker", "negation", "denial",
    "modality", "roles", "misplaced_number", "scattered", "cause",
    "replaced", "not_entailed", "not_covered",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Problem:
    """A reason why a sentence is not supported; `text` is what it concerns, in the answer's own words."""

    kind: ProblemKind
    text: str = ""

    def __str__(self) -> str:
        return f"{self.kind}: {self.text}" if self.text else self.kind


@dataclass(frozen=True, slots=True)
class Source:
    """A cited sentence with what stands around it."""

    text: str
    language: str
    before: str
    after: str
    title: str
    publisher: str
    published: PublicationDate | None
    in_quotation: bool

    @property
    def context(self) -> str:
        return "\n".join(filter(None, (self.title, self.before, self.after)))


def source_of(cited: SourceSentence, language: str) -> Source:
    article, sentences = cited.article, cited.hit.passage.sentences
    before = cited.hit.sentence_text(cited.index - 1) if cited.index else ""
    after = cited.hit.sentence_text(cited.index + 1) if cited.index + 1 < len(sentences) else ""
    start = cited.sentence.start - cited.hit.passage.start
    end = cited.sentence.end - cited.hit.passage.start
    inside = any(quote.start <= start and end <= quote.end + 2 for quote in quotations.quotations(cited.hit.text))
    return Source(
        cited.text,
        article.language or language,
        before,
        after,
        article.title,
        article.publisher,
        article.published,
        inside,
    )


@lru_cache(maxsize=4096)
def keys(texts: tuple[tuple[str, str], ...]) -> frozenset[str]:
    return content_terms.all_keys(term for text, code in texts for term in content_terms.terms(text, code))


def number_problems(claim: str, sources: Sequence[Source], language: str) -> list[Problem]:
    found = []
    mine = [entry for entry in quantities.extract(claim, language) if entry.kind not in {"date", "year"}]
    for number in mine:
        alike = [
            entry for entry in mine if (entry.low, entry.high, entry.unit) == (number.low, number.high, number.unit)
        ]
        if len(alike) > 1 and number is alike[-1]:
            # "38 en 48 procent" told as "48 en 48 procent": each number stands for one of its own.
            held = sum(
                quantities.supports(number, other)
                for source in sources
                for other in quantities.extract(source.text, source.language)
            )
            if 0 < held < len(alike):
                found.append(Problem("number", claim[number.start : number.end]))
                continue
        if number.in_words and number.value == 1 and not _counts_others(number, sources, language):
            continue
        surface, rate = claim[number.start : number.end], _rate(claim, number)
        for source in sources:
            held_by = quantities.extract(source.text, source.language)
            if any(
                quantities.supports(number, other)
                and _as_bounded(number, other)
                and not (rate and _rate(source.text, other) not in ("", rate))
                for other in held_by
            ):
                break
            if number.kind == "ordinal" and number.value == 1 and surface.lower() in source.context.lower():
                break
        else:
            found.append(Problem("number", surface))
    return found


def _counts_others(one: Quantity, sources: Sequence[Source], language: str) -> bool:
    """Whether a source counts what "één" stands before, and comes to another number."""
    noun = content_terms.term_keys(one.noun, language)
    counts = [
        other
        for source in sources
        for other in quantities.extract(source.text, source.language)
        if other.noun and noun & content_terms.term_keys(other.noun, source.language)
    ]
    return bool(counts) and not any(quantities.supports(one, other) for other in counts)


_PER = re.compile(r"(?:\W*[^\W\d_]+){0,3}?\W*\b(?:per|pro|par|an?)\s+(?P<unit>[^\W\d_]+)")
_RATES = {
    word: number
    for number, row in enumerate(
        (
            "uur hour stunde heure",
            "dag day tag jour",
            "week weeks woche semaine",
            "maand month monat mois",
            "jaar year jahr an",
        )
    )
    for word in row.split()
}


def _rate(text: str, quantity: Quantity) -> str:
    """What a quantity is counted over ("per week"), the same in each language; "" where it isn't."""
    found = _PER.match(text, quantity.end)
    return str(_RATES.get(found["unit"].lower(), "")) if found else ""


def _as_bounded(claim: Quantity, evidence: Quantity) -> bool:
    """Whether a claim keeps "minder dan" and "minstens", and adds none; "ruim" and "bijna" may go."""
    if claim.bound == evidence.bound or claim.value != evidence.value:
        return True
    if evidence.bound:
        return evidence.approximate or claim.approximate
    return evidence.approximate


def replaced_problems(claim: str, source: Source, language: str) -> list[Problem]:
    """Numbers of the claim that the source names only to set another in their place ("twee dagen in plaats van drie")."""
    if EARLIER.search(claim):
        return []
    mine = quantities.extract(claim, language)
    counts = quantities.extract(source.text, source.language)
    found = (_old_and_new(source.text, *pair) for pair in combinations(counts, 2))
    pairs = [pair for pair in found if pair is not None]
    olds, news = [old for old, _ in pairs], [new for _, new in pairs]
    if any(quantities.supports(number, new) for number in mine for new in news):
        return []
    kept = [count for count in counts if count not in olds]
    return [
        Problem("replaced", claim[number.start : number.end])
        for number in mine
        if any(quantities.supports(number, old) for old in olds)
        and not any(quantities.supports(number, count) for count in kept)
    ]


def _old_and_new(text: str, first: Quantity, second: Quantity) -> tuple[Quantity, Quantity] | None:
    """Two values of a sentence that it opposes to each other, the old one first."""
    order = replacement_order(text, (first.start, first.end), (second.start, second.end))
    return {"old first": (first, second), "new first": (second, first)}.get(order)


def opposite_problems(claim: str, sources: Sequence[Source], language: str) -> list[Problem]:
    """Words of the claim whose opposite stands in every source in the same place ("voor het voorstel", "tegen het voorstel"), and
    an "alle" that no source has."""
    found = []
    for match in OPPOSED.finditer(claim):
        word, follower = match["word"].lower(), match["next"].lower()
        if all(
            not re.search(_before_next(word, follower), source.text, re.IGNORECASE)
            and re.search(_before_next(OPPOSITE[word], follower), source.text, re.IGNORECASE)
            for source in sources
        ):
            found.append(Problem("negation", match[0]))
    evidence = keys(tuple((source.text, source.language) for source in sources))
    for match in UNIVERSAL.finditer(claim):
        if content_terms.term_keys(match["next"], language) & evidence and not any(
            UNIVERSAL.search(source.text) or source.language != language for source in sources
        ):
            found.append(Problem("number", match[0]))
    return found


def _before_next(word: str, follower: str) -> str:
    return rf"\b{word}\s+(?:{DETERMINERS}\s+)?{re.escape(follower)}\b"


def cause_problems(claim: str, sources: Sequence[Source]) -> list[Problem]:
    """A "because" that no source has: two things that are true make no reason by standing in one sentence."""
    said = CAUSE.search(claim)
    if said is None or any(
        CAUSE.search(text) or BY.search(text) for source in sources for text in (source.text, source.after)
    ):
        return []
    return [Problem("cause", claim[said.start() :])]


def date_problems(claim: str, sources: Sequence[Source], language: str) -> list[Problem]:
    failing: list[Problem] = []
    for term in calendar_terms.find(claim, language):
        surface = claim[term.start : term.end]
        counted = (
            term.year is not None
            and term.month is None
            and any(
                entry.value == term.year
                for source in sources
                for entry in quantities.extract(source.text, source.language)
            )
        )
        if not counted and not any(_date_held(term.start, surface, claim, language, source) for source in sources):
            failing.append(Problem("date", surface))
    return failing


def _date_held(start: int, surface: str, claim: str, language: str, source: Source) -> bool:
    mine = next(term for term in calendar_terms.find(claim, language, source.published) if term.start == start)
    own = calendar_terms.find(source.text, source.language, source.published)
    stands = re.search(rf"(?<!\w){re.escape(surface)}(?!\w)", source.text, re.IGNORECASE)
    if stands or any(calendar_terms.agrees(mine, other) for other in own):
        return True
    written = [term for term in own if term.first is not None or term.year is not None]
    if written:
        return False
    around = calendar_terms.find(source.title + "\n" + source.before, source.language, source.published)
    if any(calendar_terms.agrees(mine, other) for other in around):
        return True
    # A sentence without a date of its own reports what was new when its article appeared.
    if source.published is None or mine.first is None or mine.last is None or mine.relation:
        return False
    return mine.first <= source.published.first_day and source.published.last_day <= mine.last and mine.year is not None


def name_problems(claim: str, sources: Sequence[Source], language: str) -> list[Problem]:
    found: list[Problem] = []
    mine = names.extract(claim, language)
    for name in mine:
        if not name.certain:
            if _replaces(name, claim, mine, sources, language):
                found.append(Problem("name", name.text))
            continue
        if any(_name_held(name, source, language) for source in sources):
            continue
        for piece in names.pieces(name):
            if any(_name_held(piece, source, language) for source in sources):
                continue
            if not any(_name_from_context(piece, mine, source, language) for source in sources):
                found.append(Problem("name", piece.text))
    return found


def _within_context(name: names.Name, source: Source, language: str) -> bool:
    """Whether the sentence before, to which a pronoun at the beginning points back, holds the name."""
    held = names.extract(source.before, source.language)
    return names.bears_out(name, source.before, held, across_languages=source.language != language)


def _replaces(
    name: names.Name, claim: str, mine: Sequence[names.Name], sources: Sequence[Source], language: str
) -> bool:
    """Whether a word at the beginning, of which it is not sure that it is a name, stands where the sources have one.

    "Birmingham was veroordeeld" against "Jan Smit was veroordeeld": the rest is the same, the name is gone.
    """
    if name.start > 3:
        return False
    rest = content_terms.terms(claim[name.end :], language)
    for source in sources:
        others = names.extract(source.text, source.language)
        first = others[0] if others and others[0].start < (12 if others[0].certain else 3) else None
        if first is None or any(
            set(first.parts) & set(entry.parts) or names.same(first.text, entry.text) for entry in mine
        ):
            return False
        if _name_held(name, source, language) or content_terms.term_keys(name.text, language) & keys(
            ((source.text, source.language),)
        ):
            return False
        if content_terms.coverage(rest, keys(((source.text, source.language),))) < LEAST_OF_A_TWIN:
            return False
    return True


@lru_cache(maxsize=16384)
def _name_held(name: names.Name, source: Source, language: str) -> bool:
    others = names.extract(source.text, source.language)
    return names.bears_out(name, source.text, others, across_languages=source.language != language)


def _name_from_context(name: names.Name, mine: Sequence[names.Name], source: Source, language: str) -> bool:
    """Whether title, neighbouring sentence or outlet give a name that the cited sentence only refers to.

    Where the cited sentence has a name that the claim lacks, the claim may have put another in its place, so only a
    fuller form of a name in the sentence is taken from the context then ("John Kirby" for "Kirby").
    """
    if source.publisher and names.same(name.text, source.publisher):
        return True
    held = names.extract(source.context, source.language)
    if not names.bears_out(name, source.context, held, across_languages=source.language != language):
        return False
    own = [
        piece
        for other in names.extract(source.text, source.language)
        if other.certain
        for piece in names.pieces(other) or [other]
    ]
    if name.start == 0 and _PRONOUN.match(source.text) and _within_context(name, source, language):
        return True
    if any(set(other.parts) & set(name.parts) for other in own):
        return True
    return all(
        any(names.same(other.text, entry.text) or set(other.parts) & set(entry.parts) for entry in mine)
        for other in own
    )


def quotation_problems(claim: str, sources: Sequence[Source], across: bool) -> list[Problem]:
    together = " ".join(source.text for source in sources)
    return [
        Problem("quotation", quote.text)
        for quote in quotations.quotations(claim)
        if not (
            across
            and quote.words <= LONGEST_TRANSLATED
            and any(quotations.quotations(source.text) for source in sources)
        )
        and not any(
            quotations.is_verbatim(quote.text, text) for text in (*(source.text for source in sources), together)
        )
    ]
