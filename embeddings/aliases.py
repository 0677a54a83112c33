"""Names by what they stand for: Roemenië, Romania, Rumänien and Roumanie are one place.

The names come from `aliases.tsv`, whose head says how it is written; a user's own file adds to it. A word can
be the name itself ("Roemenië") or be derived from it ("Roemeens", "Roemenen"): `same` wants names of one
concept, `related` takes derived words as well. A few names stand for two concepts (Georgia); then all of them
are considered.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import NamedTuple

from embeddings.folding import fold
from embeddings.stemming import stemmer

LANGUAGES = ("nl", "en", "de", "fr")
LONGEST_ABBREVIATION = 5  # letters; a form of so many capitals matches nothing but itself
ANYWHERE_ABBREVIATION = 4  # letters; shorter abbreviations mean other things in other languages
REMEMBERED_WORDS = 100_000

_TOKEN = re.compile(r"[^\W_]+")
_CONCEPT = re.compile(r"[a-z0-9-]+")


@dataclass(frozen=True, slots=True)
class Mention:
    """Some successive words of a text that name a concept.

    Attributes:
        first, count: the words' place, counted in words.
        concept: the identifier, such as "united-states".
        derived: whether it is an adjective or an inhabitant instead of the name.
    """

    first: int
    count: int
    concept: str
    derived: bool


class _Form(NamedTuple):
    """One way to write a concept. A tuple, because thousands are made at the start of every question."""

    spelling: str
    concept: str
    language: str
    derived: bool
    anywhere: bool  # found in texts of every language, not only of its own

    @property
    def words(self) -> tuple[str, ...]:
        return _words(self.spelling)


@cache
def _words(spelling: str) -> tuple[str, ...]:
    return (spelling,) if spelling.isalnum() else tuple(_TOKEN.findall(spelling))


class Aliases:
    """The names of one table, or of several in the order of reading."""

    def __init__(self, *tables: str) -> None:
        """Args:
        tables: the contents of files written as `aliases.tsv` is.

        Raises:
            ValueError: a line that is not written so; the message gives its number.
        """
        self._spellings: dict[str, tuple[str, ...]] = {}
        self._by_first: dict[str, list[_Form]] = {}
        self._by_stem: dict[tuple[str, str], list[_Form]] = {}
        self._remembered: dict[tuple[str, str], tuple[list[_Form], list[_Form]]] = {}
        self._waiting: dict[str, list[tuple[str, str]]] = {}  # derived words not yet stemmed, by language
        for table in tables:
            for number, line in enumerate(table.splitlines(), 1):
                if line.strip() and not line.startswith("#"):
                    self._read(line, number)

    def _read(self, line: str, number: int) -> None:
        concept, *cells = line.split("\t")
        if not cells or len(cells) > 9 or not _CONCEPT.fullmatch(concept):
            raise ValueError(f"line {number} of the table of names is not a concept, a kind and up to eight columns")
        kind, *columns = cells
        before = ""
        names = list(self._spellings.get(concept, ()))
        for place, column in enumerate(columns):
            column = before if column == "=" else column
            before = column
            if not column:
                continue
            language = LANGUAGES[place % 4]
            if place >= 4:
                self._waiting.setdefault(language, []).append((concept, column))
                continue
            for spelling in column.split("|"):
                if spelling not in names:
                    names.append(spelling)
                self._add_name(_Form(spelling, concept, language, False, _anywhere(spelling, kind)))
        self._spellings[concept] = tuple(names)

    def _add_name(self, form: _Form) -> None:
        first = form.spelling if form.spelling.isalnum() else form.words[0] if form.words else ""
        if first:
            self._by_first.setdefault(first.lower() if first.isascii() else fold(first), []).append(form)

    def _derived(self, language: str, folded: str) -> list[_Form]:
        """The derived words of a language that share a word's stem."""
        stem = stemmer(language)
        for concept, column in self._waiting.pop(language, ()):
            for spelling in column.split("|"):
                form = _Form(spelling, concept, language, True, False)
                if len(form.words) == 1:
                    self._by_stem.setdefault((language, stem(fold(form.words[0]))), []).append(form)
                else:
                    self._add_name(form)
        return self._by_stem.get((language, stem(folded)), [])

    def find(self, words: Sequence[str], language: str = "") -> list[Mention]:
        """The names among a text's words, the longest first at each place, not overlapping.

        Args:
            words: runs of letters and digits, as they stand in the text.
            language: of the text; "" looks in all four.

        Returns:
            Mentions in order; several for one place where a name stands for several concepts.
        """
        found: list[Mention] = []
        lowered = not any(word[:1].isupper() for word in words)
        if len(words) > 3 and all(word.isupper() for word in words if len(word) > 1):
            words = [word.capitalize() for word in words]  # a text all in capitals has no abbreviations to tell
        place = 0
        while place < len(words):
            candidates = self._candidates(words[place], language)
            if not any(candidates):
                place += 1
                continue
            forms = self._matching(candidates, words, place, lowered)
            seen = set()
            for form in forms:
                if form.concept not in seen:
                    seen.add(form.concept)
                    found.append(Mention(place, len(form.words), form.concept, form.derived))
            place += len(forms[0].words) if forms else 1
        return found

    def _matching(
        self, candidates: tuple[list[_Form], list[_Form]], words: Sequence[str], place: int, lowered: bool
    ) -> list[_Form]:
        by_first, by_stem = candidates
        length = 0
        matching: list[_Form] = []
        for form in by_first:
            if len(form.words) < length:
                break
            if _written_so(form, words, place, lowered):
                length = len(form.words)
                matching.append(form)
        if length <= 1:
            matching += [form for form in by_stem if _written_so(form, words, place, lowered)]
        return matching

    def _candidates(self, word: str, language: str) -> tuple[list[_Form], list[_Form]]:
        """Forms that may begin with a word, the longest first, and derived ones that consist of it."""
        known = self._remembered.get((word, language))
        if known is None:
            folded = fold(word)
            by_stem = [
                form for code in ((language,) if language else LANGUAGES) for form in self._derived(code, folded)
            ]
            candidates = self._by_first.get(folded, [])
            if not candidates and folded.endswith("s") and len(folded) > 5 and language in ("nl", "de", ""):
                candidates = self._by_first.get(folded[:-1], [])  # the genitive: Ruslands, Deutschlands
            candidates = [form for form in candidates if not language or form.anywhere or form.language == language]
            known = (sorted(candidates, key=lambda form: -len(form.words)), by_stem)
            if len(self._remembered) > REMEMBERED_WORDS:
                self._remembered.clear()
            self._remembered[(word, language)] = known
        return known

    def spellings(self, concept: str) -> tuple[str, ...]:
        """All names of a concept, none derived from it."""
        return self._spellings.get(concept, ())

    def concepts(self, name: str) -> dict[str, bool]:
        """What a name or derived word stands for: concept to whether the word is derived from its name."""
        words = _TOKEN.findall(name)
        found: dict[str, bool] = {}
        for mention in self.find(words):
            if mention.first == 0 and mention.count == len(words):
                found[mention.concept] = found.get(mention.concept, True) and mention.derived
        return found

    def canonical(self, name: str) -> str:
        """The concept that a name stands for, the first where there are several; "" where it is not known."""
        return next((concept for concept, derived in self.concepts(name).items() if not derived), "")

    def same(self, first: str, second: str) -> bool:
        """Whether two names are of one concept, or equal but for case and diacritics."""
        ours, theirs = self.concepts(first), self.concepts(second)
        if fold(first) == fold(second):
            return ours.keys() == theirs.keys()  # "VS" and "vs" are written alike and not the same
        return any(not derived and theirs.get(concept, True) is False for concept, derived in ours.items())

    def related(self, first: str, second: str) -> bool:
        """Whether two words go back to one concept, as name, adjective or inhabitant."""
        return self.same(first, second) or bool(self.concepts(first).keys() & self.concepts(second).keys())

    def expand(self, term: str) -> tuple[str, ...]:
        """The other names of what a name stands for, in all languages; empty where it is not known."""
        names = [spelling for concept in self.concepts(term) for spelling in self._spellings[concept]]
        return tuple(name for name in dict.fromkeys(names) if name != term)


def _anywhere(spelling: str, kind: str) -> bool:
    if kind == "organisation":
        return len(spelling) >= ANYWHERE_ABBREVIATION if spelling.isupper() else " " in spelling
    return kind == "person"


def _written_so(form: _Form, words: Sequence[str], place: int, lowered: bool) -> bool:
    """Whether the words at a place are the form's, capitals considered as the file's head says.

    The first word's letters have been compared already, and the only word's of a derived form, by its stem.
    """
    parts = form.words
    if place + len(parts) > len(words):
        return False
    for offset, own in enumerate(parts):
        word = words[place + offset]
        if own.isupper() and len(own) <= LONGEST_ABBREVIATION:
            if word != own:
                return False
        elif own[0].isupper() and not word[0].isupper() and not (lowered and len(own) > 3):
            return False
        if offset and fold(word) != fold(own):
            stem = stemmer(form.language)
            if offset < len(parts) - 1 or stem(fold(word)) != stem(fold(own)):
                return False
    return True


@cache
def built_in() -> Aliases:
    """The names that are shipped; read once, in about ten milliseconds.

    The word index knows these only, so that a library does not depend on anybody's own file.
    """
    return Aliases(_shipped())


def aliases() -> Aliases:
    """The names that are shipped and those of the user's own file, if there is one."""
    return _with_own or built_in()


def own_aliases() -> Aliases | None:
    """The names of the user's own file."""
    return _own


_own: Aliases | None = None
_with_own: Aliases | None = None


def use_own_file(path: Path | None) -> None:
    """Add a file written as `aliases.tsv` is, for this process; None takes it away again.

    Raises:
        OSError, ValueError: it cannot be read, or is not written so.
    """
    global _own, _with_own
    if path is None:
        _own = _with_own = None
        return
    table = path.read_text("utf-8")
    _own, _with_own = Aliases(table), Aliases(_shipped(), table)


def _shipped() -> str:
    return Path(__file__).with_name("aliases.tsv").read_text("utf-8")


def canonical(name: str) -> str:
    """The concept that a name stands for; "" where it is not known."""
    return aliases().canonical(name)


def same(first: str, second: str) -> bool:
    """Whether two names are of one concept."""
    return aliases().same(first, second)


def related(first: str, second: str) -> bool:
    """Whether two words go back to one concept, as name, adjective or inhabitant."""
    return aliases().related(first, second)


def expand(term: str) -> tuple[str, ...]:
    """The other names of what a name stands for, in all languages."""
    return aliases().expand(term)
