"""Citation markers in what a model writes: found in any form, taken out of the text, and checked against what was sent.

Models write [1], [1, 2], [1–3], 【1】, [^1], (1), ¹ and worse, and a stream may cut a marker in two. A number that was
not given to the model in this request is never shown: it is taken out and counted.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from embeddings.patterns import lazily
from embeddings.sentences import split_sentences

__all__ = ["MarkedSentence", "MarkerParser", "parse"]

LARGEST_RANGE = 20  # "[1-500]" is an invention, not five hundred citations


@dataclass(frozen=True, slots=True)
class MarkedSentence:
    """A sentence of a reply without its markers.

    Attributes:
        ids: valid numbers that its markers name, in the order of their first mention.
        invalid: the markers, as written, that name no valid number.
    """

    text: str
    ids: tuple[int, ...] = ()
    invalid: tuple[str, ...] = ()


_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")
_SUPERSCRIPT = r"[⁰¹²³⁴-⁹]+(?:[,⁻˒][⁰¹²³⁴-⁹]+)*"
_LABEL = (
    r"(?:(?:bron(?:nen)?|sources?|quellen?|zin(?:nen)?|sentences?|phrases?|sätze?|ref(?:erentie)?s?|id|nr|no"
    r"|s|citation|cit)\.?[\s:#]{0,3})?"
)
_ITEM = r"[\^#†\s]{0,3}" + _LABEL + r"[-−]?\d{1,6}(?:†[^\]】]{0,40})?"
_SEPARATOR = r"\s{0,3}(?:[,;/&+|-]|–|—|\ben\b|\band\b|\bund\b|\bet\b|\bt/m\b|\btot\b|\bto\b|\bbis\b){1,2}"
_BODY = rf"{_ITEM}(?:{_SEPARATOR}{_ITEM}){{0,30}}\s{{0,3}}"
_BRACKETED = lazily(
    rf"\[\[{_BODY}\]\]|\[{_BODY}\](?!\()|【{_BODY}】|〔{_BODY}〕|［{_BODY}］|\{{{_BODY}\}}|⟦{_BODY}⟧", re.IGNORECASE
)
_LINKED = lazily(rf"\[{_BODY}\]\((?:[^()\s]|\([^()\s]*\))*\)", re.IGNORECASE)
_PARENTHESISED = lazily(rf"[(（]{_BODY}[)）]", re.IGNORECASE)
_SUPERSCRIPTED = lazily(_SUPERSCRIPT)
_LABEL_BEFORE = lazily(r"[(\[]?\s{0,3}\b(?:bron(?:nen)?|sources?|quellen?)\s{0,3}:\s{0,3}$", re.IGNORECASE)
_OPEN = lazily(r"[\[【〔［⟦{(（][^\])】〕］⟧}）\n]{0,60}$")
_UNFINISHED = lazily(r"[\[【〔［⟦{][\s^#]*(?:[A-Za-z]{0,12}[\s:]*)?\d*[\d,;\s–-]*$")
_UNIT_BEFORE = lazily(r"(?<![^\W\d_])(?:[kcmdµ]?m|km|CO|H|O|NO|SO|PM|x|in|ft|mi|s)$")
_LEADING = lazily(r"(?:^|\n)[ \t]*(?:[-*•][ \t]+|\d{1,2}[.)][ \t]+)?$")


@dataclass(frozen=True, slots=True)
class _Marker:
    start: int
    end: int
    ids: tuple[int, ...]
    invalid: tuple[str, ...]
    replacement: str = ""


def _numbers(body: str) -> Iterator[tuple[int, int] | None]:
    """The numbers and ranges of a marker; None for one that cannot be read."""
    plain = "".join(str(unicodedata.digit(character)) if character.isdigit() else character for character in body)
    plain = re.sub(r"†[^,;\]】]*", "", plain)
    for match in re.finditer(
        r"(?P<sign>(?<![\w\s])[-−])?(?P<low>\d+)(?:\s*(?:-|–|—|t/m|tot|to|bis)\s*(?P<high>\d+))?", plain
    ):
        low = int(match["low"])
        if match["sign"] and match.start() <= len(plain) - len(plain.lstrip("[ (【{［（")):
            yield None
        elif match["high"]:
            high = int(match["high"])
            yield (low, high) if low <= high < low + LARGEST_RANGE else None
        else:
            yield low, low


def _resolve(body: str, written: str, valid: Callable[[int], bool]) -> tuple[tuple[int, ...], tuple[str, ...]]:
    ids: list[int] = []
    invalid: list[str] = []
    for numbers in _numbers(body):
        inside = range(numbers[0], numbers[1] + 1) if numbers else ()
        for number in inside:
            if not valid(number):
                invalid.append(written)
            elif number not in ids:
                ids.append(number)
        if numbers is None:
            invalid.append(written)
    return tuple(ids), tuple(invalid)


def _find(text: str, valid: Callable[[int], bool]) -> list[_Marker]:
    found: list[_Marker] = []
    for pattern in (_LINKED, _BRACKETED, _PARENTHESISED, _SUPERSCRIPTED):
        for match in pattern.finditer(text):
            if any(match.start() < other.end and other.start < match.end() for other in found):
                continue
            marker = _read(text, match, pattern, valid)
            if marker is not None:
                found.append(marker)
    return sorted(found, key=lambda marker: marker.start)


def _read(text: str, match: re.Match[str], pattern: re.Pattern[str], valid: Callable[[int], bool]) -> _Marker | None:
    written = match[0]
    if pattern is _SUPERSCRIPTED:
        digits = re.sub(r"\D", ",", written.translate(_SUPERSCRIPTS))
        if _UNIT_BEFORE.search(text[: match.start()]) or text[match.start() - 1 : match.start()].isdigit():
            return None
        ids, invalid = _resolve(digits, written, valid)
        single = [int(digit) for digit in digits if digit.isdigit()]
        if invalid and all(map(valid, single)) and single == sorted(set(single)):
            ids, invalid = tuple(single), ()  # "¹²" where there is no twelfth
        return _Marker(match.start(), match.end(), ids, invalid)
    body = re.sub(r"\]\(.*$", "]", written) if pattern is _LINKED else written
    ids, invalid = _resolve(body, written, valid)
    if pattern is _PARENTHESISED:
        # "Jan (8)" is an age; a marker in round brackets stands where a sentence or clause ends and names what was
        # sent.
        after = text[match.end() :]
        closes = re.match(r"\s*(?:$|[.!?,;:\n\[【(（])|\s+[A-Z0-9“\"‘]", after)
        labelled = re.search(r"[^\W\d_]", body) is not None
        if (
            not ids
            or invalid
            or not closes
            or not (
                labelled
                or re.match(r"\s*(?:$|[.!?\n\[【(（])", after)
                or text[: match.start()].rstrip().endswith((".", "!", "?"))
            )
        ):
            return None
        return _Marker(match.start(), match.end(), ids, invalid)
    year = re.fullmatch(r"\[\s*((?:1[5-9]|20)\d\d)\s*\]", written)
    if year and not ids:
        return _Marker(match.start(), match.end(), (), (written,), replacement=year[1])
    before, after = _LABEL_BEFORE.search(text[: match.start()]), text[match.end() :]
    if before is None:
        return _Marker(match.start(), match.end(), ids, invalid)
    closed = re.match(r"\s*[)\]]", after) if before[0][0] in "([" else None
    return _Marker(before.start(), match.end() + (closed.end() if closed else 0), ids, invalid)


def _blank(text: str, markers: Sequence[_Marker]) -> str:
    """The text with spaces in the place of markers, so that offsets stay."""
    pieces, position = [], 0
    for marker in markers:
        pieces.append(text[position : marker.start])
        pieces.append(marker.replacement.center(marker.end - marker.start))
        position = marker.end
    return "".join(pieces) + text[position:]


def _tidy(text: str) -> str:
    """Closes the gaps that markers leave: before punctuation, within empty brackets, and double spaces."""
    text = re.sub(r"[(\[]\s*[)\]]", " ", text)
    text = re.sub(r"[ \t\u00a0]+(?=[.,;:!?](?:\s|$|[\"”’»]))", "", text)
    return re.sub(r"(?<=\S) {2,}(?=\S)", " ", text).strip()


def _leads(text: str, marker: _Marker, throughout: bool) -> bool:
    """Whether a marker stands before its sentence: at the beginning of a line, or anywhere in a reply that does so."""
    before = text[: marker.start]
    if throughout and before.rstrip().endswith((".", "!", "?", "”", '"')):
        return True
    return _LEADING.search(before) is not None


def _sentences(
    text: str, language: str, valid: Callable[[int], bool], leading: bool
) -> tuple[list[MarkedSentence], list[str]]:
    """The marked sentences of a text, and the invalid markers that stand in no sentence."""
    markers = _find(text, valid)
    blank = _blank(text, markers)
    bounds = [(sentence.start, sentence.end) for sentence in split_sentences(blank, language)]
    if not bounds:
        return [], [entry for marker in markers for entry in marker.invalid]
    ids: list[list[int]] = [[] for _ in bounds]
    invalid: list[list[str]] = [[] for _ in bounds]
    for marker in markers:
        if _leads(text, marker, leading):
            owner = next((place for place, (_, end) in enumerate(bounds) if end > marker.end), len(bounds) - 1)
        else:
            owner = max((place for place, (start, _) in enumerate(bounds) if start <= marker.start), default=0)
        ids[owner].extend(entry for entry in marker.ids if entry not in ids[owner])
        invalid[owner].extend(marker.invalid)
    sentences = [
        MarkedSentence(_tidy(blank[start:end]), tuple(ids[place]), tuple(invalid[place]))
        for place, (start, end) in enumerate(bounds)
    ]
    return sentences, []


class MarkerParser:
    """Turns the pieces of a stream into sentences without markers, each as soon as the next one has begun.

    The result does not depend on how the stream is cut into pieces.

    Args:
        valid: the numbers that the model was given in this request.
        language: ISO 639-1 of the reply, for finding the ends of sentences.

    Attributes:
        invalid: every marker so far that named no valid number, as written.
    """

    def __init__(self, valid: Iterable[int], language: str = "") -> None:
        self._valid = frozenset(valid).__contains__
        self._language = language
        self._buffer = ""
        self._leading = False
        self._begun = False
        self.invalid: list[str] = []

    def feed(self, piece: str) -> list[MarkedSentence]:
        """The sentences that this piece completes."""
        ready: list[MarkedSentence] = []
        for character in piece:
            self._buffer += character
            if character.isspace():
                ready.extend(self._complete())
        return ready

    def finish(self) -> list[MarkedSentence]:
        """What is left when the stream has ended; an unfinished marker at the very end is dropped."""
        text = _UNFINISHED.sub("", self._buffer)
        self._buffer = ""
        return self._read(text)

    def _read(self, text: str) -> list[MarkedSentence]:
        sentences, astray = _sentences(text, self._language, self._valid, self._leading)
        self.invalid.extend(astray)
        for sentence in sentences:
            self.invalid.extend(sentence.invalid)
        return sentences

    def _complete(self) -> list[MarkedSentence]:
        """Sentences after which another has begun with a whole word, so that nothing about them can still change."""
        if _OPEN.search(self._buffer):
            return []
        markers = _find(self._buffer, self._valid)
        blank = _blank(self._buffer, markers)
        if not self._begun and blank.strip():
            self._begun = True
            self._leading = bool(markers) and not self._buffer[: markers[0].start].strip()
        bounds = split_sentences(blank, self._language)
        if len(bounds) < 2 or not re.search(r"\w\S*\s+$", blank[bounds[-1].start :]):
            return []
        cut = bounds[-1].start
        for marker in reversed(markers):
            if (
                marker.end <= cut
                and not blank[marker.start : cut].strip()
                and _leads(self._buffer, marker, self._leading)
            ):
                cut = marker.start
        head, self._buffer = self._buffer[:cut], self._buffer[cut:]
        return self._read(head)


def parse(text: str, valid: Iterable[int], language: str = "") -> tuple[MarkedSentence, ...]:
    """The sentences of a whole reply; the same as feeding it to a `MarkerParser`."""
    parser = MarkerParser(valid, language)
    return (*parser.feed(text), *parser.finish())
