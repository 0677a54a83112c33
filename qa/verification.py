"""Whether a sentence of an answer is really supported by the source sentences it cites.

Every number, date, name and quotation must be found in the cited sentences; what somebody said must stay somebody's
word; what is denied or planned must not become a fact; and enough of the other words must be there, or the meaning must
be near enough. Nothing here knows of a language model: pure functions over text, with an encoder's similarity as an
option. Where the thresholds come from stands in docs/verification.md.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeAlias

from qa import content_terms, names, polarity, quantities, roles
from qa.answer import SourceSentence
from qa.checks import (
    Problem,
    ProblemKind,
    Source,
    cause_problems,
    date_problems,
    keys,
    name_problems,
    number_problems,
    opposite_problems,
    quotation_problems,
    replaced_problems,
    source_of,
)
from qa.speakers import speaker_problem

if TYPE_CHECKING:
    from embeddings.cross_encoders import Entailment

__all__ = ["Entails", "Problem", "ProblemKind", "Similarity", "Thresholds", "Verdict", "share_held", "verify"]


class Entails(Protocol):
    """Judges pairs of a source and a sentence."""

    def judge(self, pairs: Sequence[tuple[str, str]]) -> Sequence[Entailment]: ...


Similarity: TypeAlias = Callable[[str, Sequence[SourceSentence]], Sequence[float]]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the checks found.

    Attributes:
        score: from 0 to 1, for ordering candidates; at least 0.5 for every supported sentence and below that for
        others.
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
        entailment_least: a probability below which a sentence is refused, where a model judges that.
        entailment: enough by itself. Both are the usual ones for such models and not measured here: none could be had.
        across_coverage, across_similarity: each enough by itself where answer and source are in different languages.
    """

    coverage: float = 0.7
    coverage_with_similarity: float = 0.45
    similarity: float = 0.96
    entailment_least: float = 0.5
    entailment: float = 0.9
    across_coverage: float = 0.7
    across_similarity: float = 0.9


DEFAULT = Thresholds()
FEWEST_TERMS = 2  # content words below which a sentence is an answer only together with its question
LEAST_OF_A_PART = 0.4  # coverage of any part of a sentence by its source
MOST_TIMES = 3  # that a claim may say a word which the source says less often; small models go round in circles
LEAST_OF_THE_QUESTION = 0.5  # coverage of the question by the source of such an answer and what stands around it
_AND = re.compile(r"\s(?:en|and|und|et)\s")


def verify(
    answer_sentence: str,
    cited: Sequence[SourceSentence],
    *,
    language: str,
    question: str = "",
    similarity: Similarity | None = None,
    entailment: Entails | None = None,
    thresholds: Thresholds = DEFAULT,
) -> Verdict:
    """Whether the cited sentences together support a sentence of an answer.

    Args:
        answer_sentence: without citation markers.
        cited: one or more source sentences; several may support it together.
        language: ISO 639-1 of the answer.
        question: its words weigh less in the answer, because answers repeat them; it supports nothing by itself.
        similarity: cosine similarities between a text and source sentences, asked only where words do not settle it.
        entailment: a model that judges whether the sentence follows from its source; asked last, where nothing else is wrong.
    """
    if len(cited) > 1:

        def alone(text: str) -> Verdict:
            each = (
                verify(
                    text,
                    [entry],
                    language=language,
                    question=question,
                    similarity=similarity,
                    entailment=entailment,
                    thresholds=thresholds,
                )
                for entry in cited
            )
            return max(each, key=lambda verdict: verdict.score)

        whole = alone(answer_sentence)
        return whole if whole.supported else _in_parts(answer_sentence, whole, alone)
    claim_terms = content_terms.terms(answer_sentence, language)
    sources = [source_of(entry, language) for entry in cited]
    if not sources:
        return Verdict(False, (Problem("not_covered"),), 0.0, 0.0)
    numbers = quantities.extract(answer_sentence, language)
    if not claim_terms and not numbers and not any(name.certain for name in names.extract(answer_sentence, language)):
        return Verdict(False, (Problem("no_content", answer_sentence),), 0.0, 0.0)
    across = all(source.language != language for source in sources)
    problems = _by_rule(answer_sentence, sources, language, question if len(claim_terms) < FEWEST_TERMS else "")
    covered = _coverage(answer_sentence, sources, language, question)
    measured: float | None = None
    if not problems and (across or covered < thresholds.coverage) and similarity is not None:
        measured = max(similarity(answer_sentence, cited), default=0.0)
    entailed = False
    if not problems and entailment is not None:
        entailed, problems = _judged(entailment, answer_sentence, sources[0], thresholds)
    if not problems and not entailed and not _enough(covered, measured, across, thresholds):
        problems.append(Problem("not_covered", _uncovered(answer_sentence, sources, language)))
    score = _score(covered, measured, bool(problems))
    return Verdict(not problems, tuple(problems), score, covered, measured)


def _by_rule(claim: str, sources: list[Source], language: str, question: str) -> list[Problem]:
    """What the checks object to that ask no model; the last three are made only where those before find nothing.

    Args:
        question: what the claim answers, where it is too short to say anything without it; else "".
    """
    across = all(source.language != language for source in sources)
    problems = [
        *number_problems(claim, sources, language),
        *date_problems(claim, sources, language),
        *name_problems(claim, sources, language),
        *quotation_problems(claim, sources, across),
        *cause_problems(claim, sources),
        *opposite_problems(claim, sources, language),
        *(problem for source in sources for problem in replaced_problems(claim, source, language)),
    ]
    if not problems and question:
        problems.extend(_beside_the_question(claim, sources, language, question))
    if not problems and not across:
        problems.extend(_parts_beside(claim, sources, language))
    if not problems:
        problems.extend(_meaning_problems(claim, sources, language, across))
    return problems


def _judged(entailment: Entails, claim: str, source: Source, thresholds: Thresholds) -> tuple[bool, list[Problem]]:
    """Whether a model finds the claim to follow from its source, and what it objects to."""
    (judged,) = entailment.judge([(f"{source.before} {source.text}".strip(), claim)])
    if judged.entailed < thresholds.entailment_least:
        return False, [Problem("not_entailed", claim)]
    return judged.entailed >= thresholds.entailment, []


def share_held(answer_sentence: str, candidate: SourceSentence, *, language: str, question: str = "") -> float:
    """The share of an answer sentence's content words that a candidate holds: a cheap first look before `verify`.

    It is 1 where the languages differ, because their words do.
    """
    if candidate.article.language not in ("", language):
        return 1.0
    return _coverage(answer_sentence, [source_of(candidate, language)], language, question)


def _enough(covered: float, measured: float | None, across: bool, limits: Thresholds) -> bool:
    if covered >= (limits.across_coverage if across else limits.coverage):
        return True
    if measured is None:
        return False
    if across:
        return measured >= limits.across_similarity
    return covered >= limits.coverage_with_similarity and measured >= limits.similarity


def _score(covered: float, measured: float | None, failed: bool) -> float:
    strength = (
        covered if measured is None else max(covered, 0.5 * covered + 0.5 * max(0.0, min(1.0, (measured - 0.7) / 0.25)))
    )
    return 0.45 * strength if failed else 0.5 + 0.5 * strength


def _coverage(claim: str, sources: Sequence[Source], language: str, question: str) -> float:
    evidence = keys(tuple((source.text, source.language) for source in sources))
    context = keys(tuple((source.title + "\n" + source.before, source.language) for source in sources))
    asked = keys(((question, language),)) if question else frozenset()
    return content_terms.coverage(content_terms.terms(claim, language), evidence, context, asked)


def _uncovered(claim: str, sources: Sequence[Source], language: str) -> str:
    evidence = keys(tuple((source.text, source.language) for source in sources))
    missing = [term.word for term in content_terms.terms(claim, language) if not content_terms.holds(term, evidence)]
    return " ".join(missing[:6])


def _in_parts(claim: str, whole: Verdict, alone: Callable[[str], Verdict]) -> Verdict:
    """The verdict on a sentence that no source supports as a whole: each of its parts must have a source of its own.

    A number from one source and a name from another prove nothing, nor do words gathered from several.
    """
    parts = [part.strip(" ,;") for part in statements(claim)]
    if len(parts) < 2:
        return whole
    verdicts = [alone(part) for part in parts]
    failing = tuple(
        Problem("scattered", part) for part, verdict in zip(parts, verdicts, strict=True) if not verdict.supported
    )
    if failing:
        return Verdict(False, (*whole.problems, *failing), whole.score, whole.coverage, whole.similarity)
    return Verdict(True, (), min(verdict.score for verdict in verdicts), min(verdict.coverage for verdict in verdicts))


def _parts_beside(claim: str, sources: Sequence[Source], language: str) -> list[Problem]:
    """Parts of the claim that have next to nothing of the source, however much the rest has; and words going round."""
    evidence = keys(tuple((source.text, source.language) for source in sources))
    found = []
    for part in statements(claim):
        own = content_terms.terms(part, language)
        if len(own) >= FEWEST_TERMS and content_terms.coverage(own, evidence) < LEAST_OF_A_PART:
            found.append(Problem("not_covered", part.strip(" ,;")))
    told = Counter(term.key for term in content_terms.terms(claim, language))
    given = Counter(term.key for source in sources for term in content_terms.terms(source.text, source.language))
    found += [Problem("not_covered", key) for key, times in told.items() if times >= MOST_TIMES > given[key]]
    return found


def _beside_the_question(claim: str, sources: Sequence[Source], language: str, question: str) -> list[Problem]:
    """Whether an answer of a word or a number stands in a source that is about what was asked.

    "52 procent" says nothing by itself: what it claims is the question with that number in it.
    """
    about = content_terms.terms(question, language)
    held = keys(tuple((f"{source.before}\n{source.text}\n{source.after}", source.language) for source in sources))
    if not about or content_terms.coverage(about, held) > LEAST_OF_THE_QUESTION:
        return []
    return [Problem("not_covered", claim)]


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


def _meaning_problems(claim: str, sources: Sequence[Source], language: str, across: bool) -> list[Problem]:
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
    for difference in polarity.compare(claim, evidence, language=language, terms=content_terms.term_keys, whole=across):
        found.append(Problem(difference, claim))
    shared = keys(((claim, language),)) & keys(tuple(evidence))
    exchanged = roles.swapped(claim, evidence, language=language, shared=shared)
    if exchanged:
        found.append(Problem("roles", " / ".join(exchanged)))
    moved = roles.misplaced_number(claim, evidence, language=language) or roles.exchanged_count(
        claim, evidence, language=language
    )
    if moved:
        found.append(Problem("misplaced_number", " / ".join(moved)))
    return found
