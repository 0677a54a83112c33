"""Whether an answer keeps the speaker of what it takes from a source.

What a source gives as somebody's words or opinion must not be told as a fact, nor be put into another's mouth.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, TypeAlias

from qa import names
from qa.content_terms import term_keys
from qa.number_words import fold
from qa.polarity import clauses
from qa.quotations import Attribution, attributions, quotations

__all__ = ["speaker_problem"]

SpeakerProblem: TypeAlias = Literal["attribution_lost", "other_speaker"]
# Text, language, surrounding text, whether it lies within a longer quotation, publisher.
Evidence: TypeAlias = tuple[str, str, str, bool, str]
# An answer may always say that the articles say so.
_OUTLET_NOUNS = frozenset("artikel artikelen bericht berichten article articles report reports bron bronnen source sources krant".split())
LEAST_OVERLAP = 0.5  # share of the claim's content words that a source sentence must hold to be looked at


def speaker_problem(
    claim: str, evidence: Sequence[Evidence], *, language: str
) -> tuple[SpeakerProblem, str] | None:
    """The first problem with who says what, and the words it concerns; None where there is none."""
    said = [entry for entry in attributions(claim, language)]
    words = term_keys(claim, language)
    overlaps = [
        len(words & term_keys(text, code)) / len(words) if words else 0.0 for text, code, *_ in evidence
    ]
    if not said and not any(quote.words >= 4 for quote in quotations(claim)):
        relevant = [entry for entry, share in zip(evidence, overlaps, strict=True) if share >= LEAST_OVERLAP]
        if relevant and all(_is_someones_word(claim, entry, language) for entry in relevant):
            return "attribution_lost", claim
        return None
    for attribution in said:
        if not attribution.names:
            continue
        if not any(_same_speaker(attribution, entry) for entry in evidence):
            return "other_speaker", " ".join(name.text for name in attribution.names)
    return None


def _is_someones_word(claim: str, evidence: Evidence, language: str) -> bool:
    """Whether the part of a source sentence that the claim shares is somebody's word rather than the article's own."""
    text, code, _, in_quotation, _ = evidence
    if in_quotation:
        return True
    words = term_keys(claim, language)
    quoted = [quote for quote in quotations(text) if quote.words >= 4]
    for quote in quoted:
        share = len(words & term_keys(quote.text, code)) / len(words) if words else 0.0
        if share >= LEAST_OVERLAP:
            return True
    strong = [entry for entry in attributions(text, code) if entry.strong]
    if not strong:
        return False
    # "Rusland ontkent dat …, maar heeft wel 100.000 troepen": only the clause that hangs on the verb is somebody's word.
    best, share = None, -1.0
    for clause in clauses(text):
        held = len(words & term_keys(clause.text, code))
        if held > share:
            best, share = clause, float(held)
    if best is None:
        return True
    own_main_clause = best.text.strip(" ,;:").split(" ", 1)[0].lower() in {"maar", "but", "aber", "mais", "terwijl", "while", "hoewel", "although", "want"}
    return not (own_main_clause and not any(best.start <= entry.start < best.end for entry in strong))


def _same_speaker(attribution: Attribution, evidence: Evidence) -> bool:
    text, code, context, in_quotation, publisher = evidence
    wanted = attribution.names
    if attribution.noun in _OUTLET_NOUNS or any(publisher and names.same(name.text, publisher) for name in wanted):
        return True
    theirs = attributions(text, code)
    named = [name for entry in theirs for name in entry.names]
    if any(_fits(name, other) for name in wanted for other in named):
        return True
    if theirs or in_quotation or quotations(text):
        if named and not any(entry.noun and not entry.names for entry in theirs):
            # The sentence names another speaker; a fuller name of the same one may stand beside it.
            return any(_fits(other, name) for name in wanted for other in named)
        around = names.extract(context, code)
        return any(_fits(name, other) for name in wanted for other in (*around, *names.extract(text, code)))
    # Nobody is said to have said it; a name that acts in the sentence may still be the one who "meldt" or "besloot".
    return not attribution.strong and any(fold(name.text) in fold(text) for name in wanted)


def _fits(name: names.Name, other: names.Name) -> bool:
    return names.same(name.text, other.text) or set(name.parts) <= set(other.parts) or set(other.parts) <= set(name.parts)
