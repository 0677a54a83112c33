"""Word stems: the Snowball algorithms, after folding, with corrections for Dutch.

For Dutch the Porter variant is taken, because it brings "Roemeens", "Roemeense" and "Roemenen" together,
which the Kraaij-Pohlmann variant that Snowball 3 calls "dutch" does not; what it leaves apart ("grens" and
"grenzen", "kans" and "kansen", "stem" and "stemmen") is mended here.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, lru_cache

from embeddings.folding import fold
from embeddings.stopwords import stop_words

_ALGORITHMS = {
    "nl": "dutch_porter", "en": "english", "de": "german", "fr": "french", "es": "spanish", "it": "italian",
    "pt": "portuguese", "da": "danish", "sv": "swedish", "no": "norwegian", "fi": "finnish",
}  # fmt: skip

_NO_PLURAL_S = frozenset("aeiouyjs")  # letters after which an s belongs to the stem
_DOUBLED = frozenset(letter * 2 for letter in "bdfgklmnprst")


@cache
def stemmer(language: str) -> Callable[[str], str]:
    """A function from a folded word to its stem; for a language without an algorithm the word itself."""
    if language not in _ALGORITHMS:
        return str
    from Stemmer import Stemmer

    # Not Snowball's own cache, which is not safe for threads.
    algorithm = Stemmer(_ALGORITHMS[language], 0)
    remembered = lru_cache(maxsize=100_000)
    if language == "nl":
        return remembered(lambda word: _dutch(algorithm.stemWord, word))
    return remembered(lambda word: fold(algorithm.stemWord(word)))


def _dutch(stem_word: Callable[[str], str], word: str) -> str:
    stem = stem_word(word)
    if stem[-2:] in _DOUBLED:
        stem = stem[:-1]
    if stem.endswith(("z", "v")) and len(stem) > 2:
        stem = stem[:-1] + ("s" if stem.endswith("z") else "f")
    if stem.endswith("s") and stem[-2:-1] not in _NO_PLURAL_S and len(stem) > 2 and stem_word(stem) == stem[:-1]:
        stem = stem[:-1]  # "grenzen" goes the way of "grens"
    if stem != word and stem in stop_words("nl"):
        return stem + "s" if word.startswith(stem + "s") else word  # "kans" is not "kan", "mensen" not "men"
    return stem
