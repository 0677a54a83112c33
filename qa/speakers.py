"""Whether an answer keeps the speaker of what it takes from a source.

What a source gives as somebody's words or opinion must not be told as a fact, nor be put into another's mouth.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, TypeAlias

from embeddings.folding import fold
from qa import names
from qa.content_terms import term_keys
from qa.quotations import Attribution, addressed, attributed_stretches, attributions, is_verbatim, quotations
from qa.word_lists import words

__all__ = ["speaker_problem"]

SpeakerProblem: TypeAlias = Literal["attribution_lost", "other_speaker"]
# Text, language, surrounding text, whether it lies within a longer quotation, publisher.
Evidence: TypeAlias = tuple[str, str, str, bool, str]
# An answer may always say that the articles say so.
_OUTLET_NOUNS = words(
    "artikel artikelen bericht berichten article articles report reports bron bronnen source sources krant"
)
_FIRST_PERSON = words("ik i ich je we wij wir nous")
LEAST_OVERLAP = 0.5  # share of the claim's content words that a source sentence must hold to be looked at


def speaker_problem(claim: str, evidence: Sequence[Evidence], *, language: str) -> tuple[SpeakerProblem, str] | None:
    """The first problem with who says what, and the words it concerns; None where there is none."""
    said = attributions(claim, language)
    words = term_keys(claim, language)
    relevant = [entry for entry in evidence if _share(words, entry[0], entry[1]) >= LEAST_OVERLAP]
    if relevant and all(_is_someones_word(claim, words, entry) for entry in relevant):
        copied = any(_is_copied(claim, entry) for entry in relevant)
        named = any((entry.names or entry.noun) and entry.noun not in _FIRST_PERSON for entry in said) and not copied
        reporting = {entry.word for source in relevant for entry in attributions(source[0], source[1])}
        kept = named or any(entry.word in reporting for entry in said)
        quoting = any(quote.words >= 4 for quote in quotations(claim))
        if not quoting and not kept:
            return "attribution_lost", claim
    for attribution in said:
        if not attribution.names:
            if _another_office(attribution, evidence, language):
                return "other_speaker", attribution.noun
            continue
        if not any(_same_speaker(attribution, entry) for entry in evidence):
            return "other_speaker", " ".join(name.text for name in attribution.names)
    return None


def _share(words: frozenset[str], text: str, language: str) -> float:
    return len(words & term_keys(text, language)) / len(words) if words else 1.0


def _is_someones_word(claim: str, words: frozenset[str], evidence: Evidence) -> bool:
    """Whether the part of a source sentence that the claim shares is somebody's word rather than the article's own."""
    text, code, _, in_quotation, _ = evidence
    if in_quotation:
        return True
    stretches = attributed_stretches(text, code)
    if not stretches:
        return False
    inside = " … ".join(text[start:end] for start, end in stretches)
    kept = [place for place in range(len(text)) if not any(start <= place < end for start, end in stretches)]
    outside = "".join(text[place] for place in kept)
    share = _share(words, inside, code)
    return share >= LEAST_OVERLAP and (not words or share > _share(words, outside, code))


def _is_copied(claim: str, evidence: Evidence) -> bool:
    """Whether the whole claim stands within somebody's words, so that a speaker in it is not the one who says it."""
    text, code, *_ = evidence
    return any(is_verbatim(claim, text[start:end]) for start, end in attributed_stretches(text, code))


def _another_office(attribution: Attribution, evidence: Sequence[Evidence], language: str) -> bool:
    """Whether somebody without a name ("de burgemeester") is given words that every source has from another ("de politie")."""
    noun = attribution.noun
    if not noun or noun in _FIRST_PERSON or noun in _OUTLET_NOUNS:
        return False
    mine = term_keys(noun, language)
    for text, code, context, _, _ in evidence:
        others = [entry.noun for entry in attributions(text, code) if entry.noun and not entry.names]
        if code != language or not mine or not others or mine & term_keys(f"{context}\n{text}", code):
            return False
    return True


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
        own = [name for name in names.extract(text, code) if not addressed(text, name.start)]
        return any(_fits(name, other) for name in wanted for other in (*around, *own))
    # Nobody is said to have said it; a name that acts in the sentence may still be the one who "meldt" or "besloot".
    return not attribution.strong and any(fold(name.text) in fold(text) for name in wanted)


def _fits(name: names.Name, other: names.Name) -> bool:
    return (
        names.same(name.text, other.text) or set(name.parts) <= set(other.parts) or set(other.parts) <= set(name.parts)
    )
