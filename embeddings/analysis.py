"""From text to the terms of the word index, alike for articles and questions.

A word gives its stem; a compound of Dutch or German the stems of its parts as well; a number one term in
whatever notation it stands; a name that the table of names knows a term for what it stands for, so that
"Roemenië" finds "Romania" and "Roemeense". Function words stay in the index and are left out of questions.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from embeddings.aliases import aliases, built_in, own_aliases
from embeddings.compounds import split_compound
from embeddings.folding import fold
from embeddings.languages import identify
from embeddings.numerals import NUMERAL, is_scale, value_of_numeral, value_of_words
from embeddings.stemming import stemmer
from embeddings.stopwords import LANGUAGES, stop_words

CONCEPT_MARK = "="  # begins the terms of names, which no word does


@dataclass(frozen=True, slots=True)
class Rules:
    """Which parts of the analysis are done; all of them, but for measuring what each brings."""

    stems: bool = True
    compounds: bool = True
    numbers: bool = True
    names: bool = True


ALL_RULES = Rules()

_TOKEN = re.compile(rf"(?P<number>{NUMERAL.pattern})|[^\W\d_]+|\w")


def analyse(text: str, language: str, rules: Rules = ALL_RULES) -> list[str]:
    """The terms of a text in the order of its words.

    Args:
        language: ISO 639-1 code of the text; "" has it found out. Languages without rules of their own give
            folded words.

    Returns:
        Lower-case terms without white space; numbers as digits ("2000", "1.5"), names as "=" and their
    concept.
    """
    return _terms(text, language or identify(text), frozenset(), rules)


def query_terms(question: str, languages: Sequence[str], rules: Rules = ALL_RULES) -> list[str]:
    """The terms to search for, each once.

    Args:
        languages: those of the articles in the library. The question is analysed as each of them, because its
            own language need not be an article's. Empty means its own.

    Returns:
        Terms in the order of the question without its function words; with them if there is nothing else.
    """
    spoken = identify(question)
    if spoken not in LANGUAGES:
        spoken = next(iter(languages), "") or "nl"
    own = _terms(question, spoken, stop_words(spoken), rules) or _terms(question, spoken, frozenset(), rules)
    if languages and spoken not in languages:
        own = [term for term in own if term[0] == CONCEPT_MARK or term[0].isdigit()]
    terms = dict.fromkeys(own)
    for language in languages:
        if language != spoken:
            terms |= dict.fromkeys(_terms(question, language, stop_words(spoken), rules))
    terms |= dict.fromkeys(_own_names(question, spoken, languages or [spoken], rules))
    if not terms:
        for language in languages:
            terms |= dict.fromkeys(_terms(question, language, frozenset(), rules))
    return list(terms)


def _own_names(question: str, spoken: str, languages: Sequence[str], rules: Rules) -> list[str]:
    """Terms of the other names that the user's own file gives for those in the question; the index doesn't know them."""
    own = own_aliases()
    if own is None:
        return []
    found = aliases().find([match[0] for match in _TOKEN.finditer(question)], spoken)
    names = dict.fromkeys(name for mention in found for name in own.spellings(mention.concept))
    return [term for name in names for language in languages for term in _terms(name, language, frozenset(), rules)]


def _terms(text: str, language: str, left_out: frozenset[str], rules: Rules) -> list[str]:
    tokens = [(match[0], match["number"] is not None) for match in _TOKEN.finditer(text)]
    words = [token for token, _ in tokens]
    concepts: dict[int, list[str]] = {}
    for mention in built_in().find(words, language) if rules.names else ():
        concepts.setdefault(mention.first, []).append(CONCEPT_MARK + mention.concept)
    terms: list[str] = []
    place = 0
    while place < len(tokens):
        terms += concepts.get(place, ())
        token, numeric = tokens[place]
        place += 1
        if numeric and rules.numbers:
            scaled = place < len(tokens) and is_scale(words[place], language)
            terms.append(value_of_numeral(token, words[place] if scaled else "", language))
            place += scaled
            continue
        number, taken = value_of_words(words[place - 1 : place + 7], language) if rules.numbers else ("", 0)
        if taken:
            terms.append(number)
            place += taken - 1
        elif (folded := fold(token)) not in left_out:
            terms += _terms_of_word(folded, language, rules)
    return terms


@lru_cache(maxsize=200_000)
def _terms_of_word(folded: str, language: str, rules: Rules) -> tuple[str, ...]:
    parts = split_compound(folded, language) if rules.compounds else ()
    stem = stemmer(language) if rules.stems else str
    return tuple(dict.fromkeys(term for term in (stem(word) for word in (folded, *parts)) if term))
