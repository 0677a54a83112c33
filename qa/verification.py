"""Whether a sentence of an answer is really supported by the source sentences it cites.

Every number, date, name and quotation must be found in the cited sentences; what somebody said must stay somebody's
word; what is denied or planned must not become a fact; and enough of the other words must be there, or the meaning must
be near enough. Nothing here knows of a language model: pure functions over text, with an encoder's similarity as an
option. Where the thresholds come from stands in docs/verification.md.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, TypeAlias

from embeddings.records import PublicationDate
from qa import calendar_terms, content_terms, names, polarity, quantities, quotations, roles
from qa.answer import SourceSentence
from qa.speakers import speaker_problem

__all__ = ["Problem", "ProblemKind", "Similarity", "Thresholds", "Verdict", "verify"]

Similarity: TypeAlias = Callable[[str, Sequence[SourceSentence]], Sequence[float]]
ProblemKind: TypeAlias = Literal[
    "no_content", "number", "date", "name", "quotation", "attribution_lost", "other_speaker", "negation", "denial",
    "modality", "roles", "misplaced_number", "scattered", "not_covered",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Problem:
    """A reason why a sentence is not supported; `text` is what it concerns, in the answer's own words."""

    kind: ProblemKind
    text: str = ""

    def __str__(self) -> str:
        return f"{self.kind}: {self.text}" if self.text else self.kind


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the checks found.

    Attributes:
        score: from 0 to 1, for ordering candidates; at least 0.5 for every supported sentence and below that for others.
        coverage: share of the answer's content words that the cited sentences hold.
        similarity: the encoder's cosine between the answer and the nearest cited sentence, None where none was asked.
    """

    supported: bool
    problems: tuple[Problem, ...]
    score: float
    coverage: float
    similarity: float | None = None


@dataclass(frozen=True, slots=True)
class Thresholds:
    """What is enough, from the development half in docs/verification.md.

    Attributes:
        coverage: enough by itself.
        coverage_with_similarity, similarity: enough together.
        across_coverage, across_similarity: the same where answer and source are in different languages.
    """

    coverage: float = 0.7
    coverage_with_similarity: float = 0.45
    similarity: float = 0.92
    across_coverage: float = 0.0
    across_similarity: float = 0.85


DEFAULT = Thresholds()
LEAST_OF_A_PART = 0.6  # coverage of a part of the answer sentence by the one source sentence that is to carry it
LONGEST_TRANSLATED = 2  # words; a longer quotation in another language is not what the speaker said
LEAST_OF_A_TWIN = 0.85  # coverage above which two sentences are the same but for a name
_PRONOUN = re.compile(r"[\"'“‘«]?(?:hij|zij|ze|het|deze|dit|die|dat|he|she|it|they|this|that|these|er|sie|es|dieser|diese|dies|il|elle|ils|elles|ce|cette)\b", re.IGNORECASE)
_AND = re.compile(r"\s(?:en|and|und|et)\s")


@dataclass(frozen=True, slots=True)
class _Source:
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


def _source(cited: SourceSentence, language: str) -> _Source:
    article, sentences = cited.article, cited.hit.passage.sentences
    before = cited.hit.sentence_text(cited.index - 1) if cited.index else ""
    after = cited.hit.sentence_text(cited.index + 1) if cited.index + 1 < len(sentences) else ""
    start = cited.sentence.start - cited.hit.passage.start
    end = cited.sentence.end - cited.hit.passage.start
    inside = any(quote.start <= start and end <= quote.end + 2 for quote in quotations.quotations(cited.hit.text))
    return _Source(
        cited.text, article.language or language, before, after, article.title, article.publisher, article.published, inside
    )


def verify(
    answer_sentence: str,
    cited: Sequence[SourceSentence],
    *,
    language: str,
    question: str = "",
    similarity: Similarity | None = None,
    thresholds: Thresholds = DEFAULT,
) -> Verdict:
    """Whether the cited sentences together support a sentence of an answer.

    Args:
        answer_sentence: without citation markers.
        cited: one or more source sentences; several may support it together.
        language: ISO 639-1 of the answer.
        question: its words weigh less in the answer, because answers repeat them; it supports nothing by itself.
        similarity: cosine similarities between a text and source sentences, asked only where words do not settle it.
    """
    if len(cited) > 1:
        alone = [
            verify(answer_sentence, [entry], language=language, question=question, similarity=similarity, thresholds=thresholds)
            for entry in cited
        ]
        best = max(alone, key=lambda verdict: verdict.score)
        if best.supported:
            return best
    claim_terms = content_terms.terms(answer_sentence, language)
    sources = [_source(entry, language) for entry in cited]
    if not sources:
        return Verdict(False, (Problem("not_covered"),), 0.0, 0.0)
    numbers = quantities.extract(answer_sentence, language)
    if not claim_terms and not numbers and not names.extract(answer_sentence, language):
        return Verdict(False, (Problem("no_content", answer_sentence),), 0.0, 0.0)
    across = all(source.language != language for source in sources)
    problems = [
        *_number_problems(answer_sentence, sources, language),
        *_date_problems(answer_sentence, sources, language),
        *_name_problems(answer_sentence, sources, language),
        *_quotation_problems(answer_sentence, sources, across),
    ]
    if not problems and len(sources) > 1:
        problems.extend(_scattered(answer_sentence, sources, language))
    covered = _coverage(answer_sentence, sources, language, question)
    if not problems:
        problems.extend(_meaning_problems(answer_sentence, sources, language, across))
    measured: float | None = None
    if not problems and (across or covered < thresholds.coverage) and similarity is not None:
        measured = max(similarity(answer_sentence, cited), default=0.0)
    if not problems and not _enough(covered, measured, across, thresholds):
        problems.append(Problem("not_covered", _uncovered(answer_sentence, sources, language)))
    score = _score(covered, measured, bool(problems))
    return Verdict(not problems, tuple(problems), score, covered, measured)


def _enough(covered: float, measured: float | None, across: bool, limits: Thresholds) -> bool:
    if covered >= limits.coverage:
        return True
    if measured is None:
        return False
    if across:
        return covered >= limits.across_coverage and measured >= limits.across_similarity
    return covered >= limits.coverage_with_similarity and measured >= limits.similarity


def _score(covered: float, measured: float | None, failed: bool) -> float:
    strength = covered if measured is None else max(covered, 0.5 * covered + 0.5 * max(0.0, min(1.0, (measured - 0.7) / 0.25)))
    return 0.45 * strength if failed else 0.5 + 0.5 * strength


def _coverage(claim: str, sources: Sequence[_Source], language: str, question: str) -> float:
    evidence = _keys(tuple((source.text, source.language) for source in sources))
    context = _keys(tuple((source.title + "\n" + source.before, source.language) for source in sources))
    asked = _keys(((question, language),)) if question else frozenset()
    return content_terms.coverage(content_terms.terms(claim, language), evidence, context, asked)


@lru_cache(maxsize=4096)
def _keys(texts: tuple[tuple[str, str], ...]) -> frozenset[str]:
    return content_terms.all_keys(term for text, code in texts for term in content_terms.terms(text, code))


def _uncovered(claim: str, sources: Sequence[_Source], language: str) -> str:
    evidence = _keys(tuple((source.text, source.language) for source in sources))
    missing = [term.word for term in content_terms.terms(claim, language) if not content_terms.holds(term, evidence)]
    return " ".join(missing[:6])


def _number_problems(claim: str, sources: Sequence[_Source], language: str) -> list[Problem]:
    found = []
    mine = [entry for entry in quantities.extract(claim, language) if entry.kind not in {"date", "year"}]
    for number in mine:
        alike = [entry for entry in mine if (entry.low, entry.high, entry.unit) == (number.low, number.high, number.unit)]
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
        if number.in_words and number.value == 1:
            continue
        surface = claim[number.start : number.end]
        for source in sources:
            if any(quantities.supports(number, other) for other in quantities.extract(source.text, source.language)):
                break
            if number.kind == "ordinal" and number.value == 1 and surface.lower() in source.context.lower():
                break
        else:
            found.append(Problem("number", surface))
    return found


def _date_problems(claim: str, sources: Sequence[_Source], language: str) -> list[Problem]:
    failing: list[Problem] = []
    for term in calendar_terms.find(claim, language):
        surface = claim[term.start : term.end]
        counted = term.year is not None and term.month is None and any(
            entry.value == term.year for source in sources for entry in quantities.extract(source.text, source.language)
        )
        if not counted and not any(_date_held(term.start, surface, claim, language, source) for source in sources):
            failing.append(Problem("date", surface))
    return failing


def _date_held(start: int, surface: str, claim: str, language: str, source: _Source) -> bool:
    mine = next(term for term in calendar_terms.find(claim, language, source.published) if term.start == start)
    own = calendar_terms.find(source.text, source.language, source.published)
    if surface.lower() in source.text.lower() or any(calendar_terms.agrees(mine, other) for other in own):
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


def _name_problems(claim: str, sources: Sequence[_Source], language: str) -> list[Problem]:
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


def _within_context(name: names.Name, source: _Source, language: str) -> bool:
    """Whether the sentence before, to which a pronoun at the beginning points back, holds the name."""
    held = names.extract(source.before, source.language)
    return names.bears_out(name, source.before, held, across_languages=source.language != language)


def _replaces(
    name: names.Name, claim: str, mine: Sequence[names.Name], sources: Sequence[_Source], language: str
) -> bool:
    """Whether a word at the beginning, of which it is not sure that it is a name, stands where every source has another.

    "Birmingham was veroordeeld" against "Jan Smit was veroordeeld": the rest is the same, the name is gone.
    """
    if name.start > 3:
        return False
    rest = content_terms.terms(claim[name.end :], language)
    for source in sources:
        others = names.extract(source.text, source.language)
        first = others[0] if others and others[0].certain and others[0].start < 12 else None
        if first is None or any(set(first.parts) & set(entry.parts) or names.same(first.text, entry.text) for entry in mine):
            return False
        if _name_held(name, source, language):
            return False
        if content_terms.coverage(rest, _keys(((source.text, source.language),))) < LEAST_OF_A_TWIN:
            return False
    return True


def _name_held(name: names.Name, source: _Source, language: str) -> bool:
    others = names.extract(source.text, source.language)
    return names.bears_out(name, source.text, others, across_languages=source.language != language)


def _name_from_context(name: names.Name, mine: Sequence[names.Name], source: _Source, language: str) -> bool:
    """Whether title, neighbouring sentence or outlet give a name that the cited sentence only refers to.

    Where the cited sentence has a name that the claim lacks, the claim may have put another in its place, so only a
    fuller form of a name in the sentence is taken from the context then ("John Kirby" for "Kirby").
    """
    if source.publisher and names.same(name.text, source.publisher):
        return True
    held = names.extract(source.context, source.language)
    if not names.bears_out(name, source.context, held, across_languages=source.language != language):
        return False
    own = [other for other in names.extract(source.text, source.language) if other.certain]
    if name.start == 0 and _PRONOUN.match(source.text) and _within_context(name, source, language):
        return True
    if any(set(other.parts) & set(name.parts) for other in own):
        return True
    return all(any(names.same(other.text, entry.text) or set(other.parts) & set(entry.parts) for entry in mine) for other in own)


def _scattered(claim: str, sources: Sequence[_Source], language: str) -> list[Problem]:
    """Parts of the claim whose numbers, dates and names no single source sentence holds together.

    Several sentences may support one, each a part of it; a number from one and a name from another prove nothing.
    """
    across = all(source.language != language for source in sources)
    found = []
    for part in statements(claim):
        if not _holds_facts(part, language):
            continue
        for source in sources:
            alone = [source]
            if not across and _coverage(part, alone, language, "") < LEAST_OF_A_PART:
                continue
            if not (
                _number_problems(part, alone, language)
                or _date_problems(part, alone, language)
                or _name_problems(part, alone, language)
            ):
                break
        else:
            found.append(Problem("scattered", part.strip(" ,;")))
    return found


def _holds_facts(text: str, language: str) -> bool:
    return bool(
        quantities.extract(text, language)
        or calendar_terms.find(text, language)
        or any(name.certain for name in names.extract(text, language))
    )


def statements(text: str) -> tuple[str, ...]:
    """The parts of a sentence that say something by themselves: its clauses, cut at "en" where both sides are long."""
    parts: list[str] = []
    for clause in polarity.clauses(text):
        start = 0
        for match in _AND.finditer(clause.text):
            left, right = clause.text[start : match.start()], clause.text[match.end() :]
            if len(left.split()) >= 3 and len(right.split()) >= 3:
                parts.append(left)
                start = match.start()
        if parts and len(clause.text[start:].split()) < 4:
            parts[-1] += clause.text[start:]
        else:
            parts.append(clause.text[start:])
    return tuple(parts)


def _quotation_problems(claim: str, sources: Sequence[_Source], across: bool) -> list[Problem]:
    together = " ".join(source.text for source in sources)
    return [
        Problem("quotation", quote.text)
        for quote in quotations.quotations(claim)
        if not (across and quote.words <= LONGEST_TRANSLATED and any(quotations.quotations(source.text) for source in sources))
        and not any(quotations.is_verbatim(quote.text, text) for text in (*(source.text for source in sources), together))
    ]


def _meaning_problems(claim: str, sources: Sequence[_Source], language: str, across: bool) -> list[Problem]:
    """Speaker, polarity and roles; each is looked at only when everything that is named was found."""
    found: list[Problem] = []
    evidence = [(source.text, source.language) for source in sources]
    speaker = speaker_problem(
        claim,
        [(source.text, source.language, source.context, source.in_quotation, source.publisher) for source in sources],
        language=language,
    )
    if speaker is not None:
        found.append(Problem(speaker[0], speaker[1]))
    for difference in polarity.compare(
        claim, evidence, language=language, terms=content_terms.term_keys, whole=across
    ):
        found.append(Problem(difference, claim))
    shared = _keys(((claim, language),)) & _keys(tuple(evidence))
    exchanged = roles.swapped(claim, evidence, language=language, shared=shared)
    if exchanged:
        found.append(Problem("roles", " / ".join(exchanged)))
    moved = roles.misplaced_number(claim, evidence, language=language)
    if moved:
        found.append(Problem("misplaced_number", " / ".join(moved)))
    return found
