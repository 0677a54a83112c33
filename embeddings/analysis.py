"""From text to the terms of the word index, alike for articles and questions.

A word gives its stem; a compound of Dutch or German the stems of its parts as well; a number one term in
whatever notation it stands; a name that the table of names knows a term for what it stands for, so that
"Roemenië" finds "Romania" and "Roemeense". Function words stay in the index and are left out of questions.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from embeddings.aliases import aliases
from embeddings.compounds import split_compound
from embeddings.folding import fold
from embeddings.languages import identify
from embeddings.numerals import NUMERAL, is_scale, value_of_numeral, value_of_words
from embeddings.stemming import stemmer
from embeddings.stopwords import LANGUAGES, stop_words

ANALYSIS = "analysis-1"  # changes whenever the terms do; an index made with another one has to be made again
CONCEPT_MARK = "="  # begins the terms of names, which no word does

_TOKEN = re.compile(rf"(?P<number>{NUMERAL.pattern})|[^\W\d_]+|\w")


def analyse(text: str, language: str) -> list[str]:
    """The terms of a text in the order of its words.

    Args:
        language: ISO 639-1 code of the text; "" has it found out. Languages without rules of their own give
            folded words.

    Returns:
        Lower-case terms without white space; numbers as digits ("2000", "1.5"), names as "=" and their
    concept.
    """
    return _terms(text, language or identify(text), frozenset())


def query_terms(question: str, languages: Sequence[str]) -> list[str]:
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
    own = _terms(question, spoken, stop_words(spoken)) or _terms(question, spoken, frozenset())
    if languages and spoken not in languages:
        own = [term for term in own if term[0] == CONCEPT_MARK or term[0].isdigit()]
    terms = dict.fromkeys(own)
    for language in languages:
        if language != spoken:
            terms |= dict.fromkeys(_terms(question, language, stop_words(spoken)))
    if not terms:
        for language in languages:
            terms |= dict.fromkeys(_terms(question, language, frozenset()))
    return list(terms)


def _terms(text: str, language: str, left_out: frozenset[str]) -> list[str]:
    tokens = [(match[0], match["number"] is not None) for match in _TOKEN.finditer(text)]
    words = [token for token, _ in tokens]
    concepts: dict[int, list[str]] = {}
    for mention in aliases().find(words, language):
        concepts.setdefault(mention.first, []).append(CONCEPT_MARK + mention.concept)
    terms: list[str] = []
    place = 0
    while place < len(tokens):
        terms += concepts.get(place, ())
        token, numeric = tokens[place]
        place += 1
        if numeric:
            scaled = place < len(tokens) and is_scale(words[place], language)
            terms.append(value_of_numeral(token, words[place] if scaled else "", language))
            place += scaled
            continue
        number, taken = value_of_words(words[place - 1 : place + 7], language)
        if taken:
            terms.append(number)
            place += taken - 1
        elif (folded := fold(token)) not in left_out:
            terms += _terms_of_word(folded, language)
    return terms


@lru_cache(maxsize=200_000)
def _terms_of_word(folded: str, language: str) -> tuple[str, ...]:
    stem = stemmer(language)
    terms = [stem(folded), *(stem(part) for part in split_compound(folded, language))]
    return tuple(dict.fromkeys(term for term in terms if term))
