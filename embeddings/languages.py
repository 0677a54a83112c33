"""What language a text is in.

A question must be placed within a few milliseconds and with no model to load, so function words decide: they
are a third to a half of any prose, and few of them belong to two of the four languages that news here comes
in. The letter groups of the remaining words help where a short question has no function word to speak of.
Only a longer text in which neither is at home goes to `py3langid`, which knows 97 languages and takes a
second to load.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

from embeddings.folding import fold
from embeddings.stopwords import LANGUAGES, stop_words

LONGEST_SAMPLE = 1_500  # characters that are looked at
FOREIGN_TEXT = 200  # characters; a longer text without known function words may be in any language
# Of the words of a text that is certainly in a language, those that are its function words: in prose it is 0.4 to
# 0.55, and 0.3 where a French list meets Spanish.
SURE_SHARE = 0.36

_WORD = re.compile(r"[^\W\d_]+")

# Letter groups that are common in one language and rare in the other three; "^" and "$" are a word's ends.
_LETTER_GROUPS = {
    "nl": "ij oek aar$ uit ^ge sch aan oor een$ eer eel aat oe eg$ tie$ lijk heid ^ver oud ui ieuw aa "
    "ee uu oo dt$ ^zo ^zw nk$ gt$ cht ^wij ingen$ isch$ sche$ ^ver elijk auw ouw ^kn ^vr ^vl "
    "ie$ en$ je$ tje pjes aal$",
    "en": "th wh ^wh tion$ sion$ ing$ ght ed$ ough ould ^kn y$ ^sh sh$ ck$ ly$ ous$ ful$ ness$ ment$ "
    "ea ity$ ow ^qu igh ew$ ess$ al$ ic$ ^y ts$ rs$ ns$ ies$ ate$ ive$ ance$ ^un able$ ary$",
    "de": "sch ^sch tsch ei ie eu au ung$ keit$ heit$ lich ich cht ss tz pf ^ge ^ver ^be ^zer zu ^st "
    "^sp ck isch$ en$ er$ tt$ iert$ stell ^un ^unter ^uber ^au nde$ ren$ ern$ eln$ gt$ bt$",
    "fr": "eau aux$ eux$ oi ou que$ tion$ ment$ eur$ eurs$ ais$ ait$ ons$ ez$ ent$ oir$ aire$ ^qu gn "
    "ille ette$ elle$ esse$ ^des ^re ie$ ique$ ance$ ise$ ant$ ier$ iere$ es$ ee$ ees$",
}
_MARKS = {
    "nl": re.compile(r"[ëï]|\bij|ij\b"),
    "en": re.compile(r"['’](?:s|re|ve|ll)\b|n['’]t\b"),
    "de": re.compile(r"[äöüß]|\b[A-ZÄÖÜ][a-zäöüß]+(?:ung|keit|heit|schaft)\b"),
    "fr": re.compile(r"[çèêàùûîœ]|é|\b[ldjnmtsc]['’](?=[aeiouyhéêâ])|\bqu['’]"),
}


def identify(text: str) -> str:
    """The language of a text.

    Returns:
        An ISO 639-1 code; "" where nothing in the text tells.
    """
    sample = text[:LONGEST_SAMPLE]
    words = [fold(word) for word in _WORD.findall(sample)]
    if not words:
        return ""
    scores = _scores(words, sample)
    best = max(LANGUAGES, key=lambda language: scores[language])
    if len(sample) > FOREIGN_TEXT and not _at_home(words, best):
        return _identify_any(sample)
    return best if scores[best] > 0 else ""


def _scores(words: Sequence[str], sample: str) -> dict[str, float]:
    scores = dict.fromkeys(LANGUAGES, 0.0)
    function_words, groups = _function_word_weights(), _group_weights()
    for word in words:
        weights = function_words.get(word)
        if weights:
            for language, weight in weights:
                scores[language] += weight
        else:
            marked = f"^{word}$"
            for size in (2, 3, 4, 5):
                for start in range(len(marked) - size + 1):
                    for language, weight in groups.get(marked[start : start + size], ()):
                        scores[language] += weight
    for language, pattern in _MARKS.items():
        scores[language] += 0.5 * min(4, len(pattern.findall(sample)))
    return scores


def _at_home(words: Sequence[str], language: str) -> bool:
    own = stop_words(language)
    return sum(word in own for word in words) >= SURE_SHARE * len(words)


@cache
def _function_word_weights() -> dict[str, tuple[tuple[str, float], ...]]:
    """For each function word its languages, each with a weight: a word of one language tells more than one of
    three.
    """
    languages_of: dict[str, list[str]] = {}
    for language in LANGUAGES:
        for word in stop_words(language):
            languages_of.setdefault(word, []).append(language)
    return {
        word: tuple((language, 1.0 / len(found) ** 2) for language in found) for word, found in languages_of.items()
    }


@cache
def _group_weights() -> dict[str, tuple[tuple[str, float], ...]]:
    languages_of: dict[str, list[str]] = {}
    for language, groups in _LETTER_GROUPS.items():
        for group in sorted(set(groups.split())):
            languages_of.setdefault(group, []).append(language)
    return {group: tuple((language, 0.15 / len(found)) for language in found) for group, found in languages_of.items()}


def _identify_any(sample: str) -> str:
    from py3langid.langid import classify

    code, _ = classify(sample)
    return str(code)
