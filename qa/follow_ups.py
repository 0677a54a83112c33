"""Which questions lean on what was said before: they point back, open with "and", or are less than a sentence.

The words that point back are also used for other things ("wat zijn de oorzaken", "is there a shortage"), and they may point
to something within the question itself ("de minister … zijn partij"), so each counts only where its neighbours say so.
"""

from __future__ import annotations

import re

from embeddings.folding import fold
from embeddings.patterns import lazily
from qa import names
from qa.calendar_words import MONTHS, UNITS, WEEKDAYS
from qa.question_parts import is_question_word, parts_of
from qa.reporting_words import SPEAKERS
from qa.word_lists import words

__all__ = [
    "DETERMINERS",
    "LONGEST_ELLIPSIS",
    "certain_names",
    "is_ellipsis",
    "is_follow_up",
    "is_preposition",
    "points_back",
    "pronoun",
    "spoken",
    "without_opener",
]

LONGEST_ELLIPSIS = 7  # words; a longer question without a pronoun is taken to be complete
SHORTEST_COMPLETE = 4  # words; with a name in it and more words than this, "En …" only opens a complete question

_WORD = lazily(
    r"[^\W_]+(?:['’.][^\W_]+|-(?!(?:t-)?(?:il|elle|ils|elles|on|ce|y|en|là|lui)(?![^\W_]))[^\W_]+)*|['’]t\b",
    re.IGNORECASE,
)
_OPENERS = {
    "nl": words("en maar of dus ook"),
    "en": words("and but or so also"),
    "de": words("und aber oder also auch"),
    "fr": words("et mais ou donc aussi"),
}
_ABOUT = lazily(
    r"^(?:hoe zit het (?:dan )?met|hoe zit dat (?:dan )?(?:met|in|bij|voor)|wat (?:is er )?met|what about|how about|"
    r"was ist mit|wie (?:ist|sieht) es (?:aus )?(?:mit|in|bei)|qu['’]en est-il (?:de|du|des)|et pour)\s+",
    re.IGNORECASE,
)
_PREPOSITIONS = words(
    "naar in uit van voor met bij op over door aan tegen te tot onder tussen sinds na vanaf "
    "to from for with at on by about against of after before since during nach aus von für mit bei auf über durch an "
    "gegen im am zu zum zur seit vor gegenüber vers de pour avec chez sur par contre à en au aux du dans depuis après"
)
DETERMINERS = words(
    "de het een 't the a an der die das den dem des ein eine einen einem einer le la les un une l' l’ ons onze our notre"
)
_SUBJECTS = {  # persons and things, as the one who does something
    "nl": words("hij zij ze"),
    "en": words("he she they it"),
    "de": words("er sie es"),
    "fr": words("il elle ils elles"),
}
_OBJECTS = {
    "nl": words("hem haar hun hen"),
    "en": words("him her them"),
    "de": words("ihn ihm ihr ihnen"),
    "fr": words("lui"),
}
_POSSESSIVES = {
    "nl": words("zijn haar hun diens"),
    "en": words("his her their its"),
    "de": words("sein seine seinen seinem seiner seines ihr ihre ihren ihrem ihrer ihres"),
    "fr": words("son sa ses leur leurs"),
}
_DEMONSTRATIVES = {  # that may stand before what they point to
    "nl": words("dit deze dat die"),
    "en": words("this that these those"),
    "de": words("dies diese dieser dieses diesen diesem das die"),
    "fr": words("ce cet cette ces"),
}
_ALWAYS_BEFORE_NOUN = words("dit deze this these those dies diese dieser dieses diesen diesem cet cette")
# With "dat" or "te" after them some of these announce what comes rather than take up what was: "ervan uitgaan dat".
_ADVERBS = {
    "nl": words(
        "daar daarvan daarvoor daarmee daarover daarna daarom daarop daarbij daardoor daartegen daarin daaruit daaraan "
        "daarnaast hierover hiervan hiervoor hiermee hierop hierbij hierin hierdoor ervan ervoor erover ermee eraan "
        "erna erop ertegen"
    ),
    "en": frozenset(),
    "de": words(
        "dort davon dafür damit darüber danach dazu dabei dagegen darauf daran darin daraus dadurch deswegen deshalb"
    ),
    "fr": words("cela ça y là"),
}
_ANNOUNCED = words("dat te om that to dass zu que")
_CONJUNCTIONS = words(
    "dat die zoals toen nadat voordat omdat terwijl als that who which when after before because while dass nachdem bevor weil "
    "als que qui quand"
)
# After these "dat", "that" and "die" take something up; after a noun or "zegt" they begin a clause.
_AUXILIARIES = words(
    "is was waren zijn heeft hebben had hadden kan kon wordt werd gaat ging zal zou moet mag wil komt kwam kost kostte klopt "
    "duurt duurde betekent betekende are were has have did does do will would can could ist war hat hatte kann wird "
    "wurde kostet kostete"
)
_ADVERBIAL_QUESTION_WORDS = words(
    "wat wie waar wanneer waarom hoe hoelang what who where when why how was wer wo wann warum"
)
_ASKED_ABOUT = words("wie welke welk who which wer welche welcher qui quel quelle")
_PERIODS = words(
    "zomer winter herfst najaar voorjaar lente seizoen eeuw ochtend middag avond nacht kwartaal keer moment summer autumn fall "
    "time times mal fois spring season century morning afternoon evening night quarter sommer herbst frühling jahrhundert abend morgen été "
    "automne hiver printemps siècle soir matin derniers dernières"
)
# French verbs whose "il" is nobody.
_IMPERSONAL = words("faut faudra fallait faudrait agit passe pleut neige existe reste manque suffit")


def spoken(text: str) -> list[str]:
    """The words of a text as written; of "a-t-il" the pronoun by itself."""
    return _WORD.findall(text)


def certain_names(text: str, language: str) -> list[names.Name]:
    return [name for name in names.extract(text, language) if name.certain]


def without_opener(question: str, language: str) -> tuple[str, bool]:
    """What follows "en", "hoe zit het met" and their like, and whether the question began so."""
    rest = question.strip()
    first = _WORD.match(rest)
    opened = bool(first) and rest[: first.end()].lower() in _openers(language) if first else False
    if first and opened and rest[first.end() : first.end() + 1] in {" ", ","}:
        rest = rest[first.end() :].lstrip(" ,")
    about = _ABOUT.match(rest) or _ABOUT.match(question.strip())
    if about:
        return about.string[about.end() :], True
    return rest, opened


def is_follow_up(question: str, language: str) -> bool:
    """Whether the question leans on what was said before: it opens with "and", points back, or is an ellipsis."""
    rest, opened = without_opener(question, language)
    said = spoken(rest)
    if not said:
        return opened
    if points_back(rest, language):
        return True
    if is_ellipsis(rest, language) and (
        opened or (len(said) <= SHORTEST_COMPLETE and is_preposition(said[0], language))
    ):
        return True
    found = certain_names(question, language)
    if found:  # each counts as one word
        return opened and len(said) - sum(len(name.parts) - 1 for name in found) < SHORTEST_COMPLETE
    return len(said) <= 3 or (opened and len(said) <= LONGEST_ELLIPSIS + 1)


def is_preposition(word: str, language: str) -> bool:
    """Whether a word is a preposition; "en" only in French and "an" only in German."""
    word = word.lower()
    return word in _PREPOSITIONS and language == {"en": "fr", "an": "de"}.get(word, language)


def is_ellipsis(rest: str, language: str) -> bool:
    """Whether a remark is less than a question: a name or what begins with an article or a preposition, and no question word."""
    said = spoken(rest)
    if not said or len(said) > LONGEST_ELLIPSIS or any(is_question_word(word, language) for word in said):
        return False
    first = said[0].lower()
    if is_preposition(first, language) or first in DETERMINERS or re.match(r"[ld]['’]", first) or first[0].isdigit():
        return True
    return any(name.start == 0 for name in names.extract(rest, language))


def points_back(question: str, language: str) -> bool:
    """Whether a word of the question takes up something that the question itself doesn't hold."""
    parts = parts_of(question, language)
    text = parts[0].text if parts[0].text == parts[0].label else question  # the second part may take up the first
    said = spoken(text)
    return any(_takes_up(said, place, text, language) for place in range(len(said)))


def pronoun(question: str, language: str) -> re.Match[str] | None:
    """The only word that points back, where it is "he" or "she"; None for other questions."""
    matches = list(_WORD.finditer(question))
    said = [match[0] for match in matches]
    found = [place for place in range(len(said)) if _takes_up(said, place, question, language)]
    if len(found) != 1 or said[found[0]].lower() not in words("hij zij he she er"):
        return None
    return matches[found[0]]


def _takes_up(said: list[str], place: int, text: str, language: str) -> bool:
    language = language if language in _OPENERS else "en"
    word = said[place].lower()
    before = said[place - 1].lower() if place else ""
    after = said[place + 1] if place + 1 < len(said) else ""
    rest = [other.lower() for other in said[place + 1 :]]
    if word in _SUBJECTS[language] and _is_subject(said, place, language):
        return not _is_bound(said, place, text, language)
    if word in _POSSESSIVES[language] and after and _is_possessive(word, before, after, place, language):
        return not _is_bound(said, place, text, language)
    if word in _OBJECTS[language] and not _begins_name_or_noun(word, after, language):
        # Within one clause "him" is another than who acts.
        clause = any(other.lower() in _CONJUNCTIONS for other in said[1:place])
        return not (clause and _is_bound(said, place, text, language))
    if word in _DEMONSTRATIVES[language]:
        # A question with a name is seldom in want of more, whatever "die banaan" is.
        return (not after or not certain_names(text, language)) and _is_demonstrative(said, place, language)
    if word in _ADVERBS[language]:
        impersonal = word == "y" and (before == "il" or after in {"a", "avait", "aura", "aurait"})
        return not impersonal and (word.startswith("daar") or not _ANNOUNCED.intersection(rest))
    if word in {"toen", "there", "then", "qu'en", "qu’en"}:
        return _is_adverb(word, before, not after)
    return False


def _is_subject(said: list[str], place: int, language: str) -> bool:
    word = said[place].lower()
    rest = [other.lower() for other in said[place + 1 :]]
    near = {other.lower() for other in said[max(0, place - 3) : place]}
    if word == "sie" and said[place] == "Sie":  # the polite "you"
        return False
    if word in {"it", "es"}:  # "is it true that", "gibt es"
        return language == "en" and bool(place) and not _ANNOUNCED.intersection(rest)
    if word == "il":
        expected = "est" in near and _ANNOUNCED.union({"de"}).intersection(rest)
        return not ({"y", *_IMPERSONAL}.intersection(near) or "heure" in near or expected or rest[:1] == ["y"])
    # "Waar hebben ze het schilderij gevonden": nobody in particular.
    return not (word == "ze" and len(said) > LONGEST_ELLIPSIS and place and said[place - 1].lower().endswith("en"))


def _is_possessive(word: str, before: str, after: str, place: int, language: str) -> bool:
    if word == "zijn":  # also "to be": certain only after a preposition or a verb in the singular
        return (
            is_preposition(before, language)
            or before in _AUXILIARIES - {"zijn"}
            or (place == 2 and before.endswith("t"))
        )
    if word in {"sein", "ihr"}:
        return after[0].isupper() or after.endswith(("es", "er", "en"))
    if word == "haar":
        return place > 0
    return language != "fr" or not after.isdigit()


def _begins_name_or_noun(word: str, after: str, language: str) -> bool:
    """Whether "ihr" or "her" stands before what it owns."""
    return language == "de" and word == "ihr" and bool(after) and after[0].isupper()


def _is_bound(said: list[str], place: int, text: str, language: str) -> bool:
    """Whether a name, or somebody who speaks, stands before the pronoun, which then means that one."""
    before = said[:place]
    start = [match.start() for match in _WORD.finditer(text)][place]
    if any(name.end <= start for name in certain_names(text, language)):
        return True
    if any(fold(word) in SPEAKERS for word in before):
        return True
    # "Wie zei dat hij ziek was": the one asked about.
    asked = next((number for number, word in enumerate(before) if word.lower() in _ASKED_ABOUT), place)
    if any(word.lower() in _CONJUNCTIONS for word in before[asked + 1 :]):
        return True
    articles = DETERMINERS - {"a", "an", "en"} if language == "fr" else DETERMINERS
    owned = [place for place, word in enumerate(before[:-1]) if word.lower() in articles]
    elided = [word for word in before if re.match(r"[ld]['’]", word.lower())]
    if language == "fr":  # "Pourquoi le gouvernement a-t-il …", "Pourquoi une ville vend-elle ses écoles"
        return bool(owned or elided)
    # "Waarom verkoopt een stad zijn huizen", "why does the town sell its houses": not behind a preposition.
    possessive = said[place].lower() in _POSSESSIVES[language]
    return possessive and bool(owned) and not is_preposition(before[-1], language)


def _is_demonstrative(said: list[str], place: int, language: str) -> bool:
    word = said[place].lower()
    before = said[place - 1].lower() if place else ""
    after = said[place + 1].lower() if place + 1 < len(said) else ""
    if fold(after) in {fold(unit) for unit in (*UNITS[language], *MONTHS[language], *WEEKDAYS[language], *_PERIODS)}:
        return word in {"dat", "die", "that", "those"}  # "this year" is told by the calendar
    if after in {"van", "uit", "of", "from", "von", "aus", "who", "which"}:  # "met die van veertig bussen", "those who"
        return False
    if language == "fr":
        if word == "ce" and (after in {"que", "qui", "sont", "n'est", "dont"} or after.startswith("qu")):
            return False
        if word == "ce" and before in {"est", "c'est", "qu'est"}:
            return not after
        return bool(after) and not any(other.lower() in {"que", "qui"} for other in said[place + 2 : place + 4])
    if word in _ALWAYS_BEFORE_NOUN:
        return True
    if language == "de":  # nouns have capitals: an article stands close before one
        return not any(other[0].isupper() for other in said[place + 1 : place + 4]) and (
            not after or before in _AUXILIARIES
        )
    if not after:
        return True
    if before in _AUXILIARIES or (is_preposition(before, language) and before != "zonder"):
        # "De man met die hond" points as well; "is that the man" does not ask about a thing said before.
        return not (language == "en" and after in DETERMINERS)
    verb_first = place == 1 and not is_question_word(before, language)
    verb_second = place == 2 and said[0].lower() in _ADVERBIAL_QUESTION_WORDS
    verb_third = place == 3 and said[0].lower() == "hoe"
    opinion = word == "dat" and (verb_first or verb_second)  # "Zegt Rutte dat", "wie zei dat de brug …"
    return language == "nl" and (verb_first or verb_second or verb_third) and not opinion


def _is_adverb(word: str, before: str, last: bool) -> bool:
    if word == "there":  # "are there", "how many are there in prison": nowhere in particular
        return last and before not in {"is", "are"}
    return last or word.startswith("qu")


def _openers(language: str) -> frozenset[str]:
    return _OPENERS.get(language, _OPENERS["en"])
