"""Where sentences begin and end, and what is no prose: headings, captions, links to other articles.

The boundaries of the `sentencex` library are the starting point. Each of its boundaries, and each place where
it saw none though a full stop is followed by white space, is judged again here, because it cuts after "o.a. "
and "3 mei. ", and never cuts after "de VS. ". A quotation of several sentences stays in one piece with its
speaker as long as it is of moderate length: the quoted words without the one who said them would be a
misleading citation.

Laws, each under a property test: sentences are in order and do not overlap; `text[start:end]` has no white
space around it; every character that is not white space lies in exactly one sentence; the time is linear in
the text.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path

from embeddings.layout import Block, blocks
from embeddings.patterns import lazily
from embeddings.records import Sentence, SentenceKind, Span

MAXIMUM_QUOTATION = 320  # characters; a longer quotation is cut at the full stops within it
LONGEST_STRETCH = 4_000  # characters shown to the library at once: its time grows with the square on odd input

_CANDIDATE = lazily(r"(?<=[.!?…\"'”’“»›)\]])\s+(?=\S)")
_GLUED = lazily(r"(?<=[^\W\d_]{3})[.!?](?P<next>[^\W\d_]+)")
_OPENERS = "\"'“”„‚‘«‹([¿¡"
_CLOSERS = "\"'”’“»›)]"
_OTHER_FULL_STOPS = frozenset("।。！？؟۔｡")  # of scripts without capitals, where the library is trusted
_LAST_TOKEN = lazily(r"[^\s\"'“”„‚‘’«»‹›()\[\]]+$")
_INITIAL = lazily(r"(?:[^\W\d_]\.-?)+$")
_FIRST_WORD = lazily(r"[^\W\d_]+")
_APOSTROPHE_START = lazily(r"['’‘`][stnk]\s+(?P<next>\S)")
_ENUMERATOR = lazily(r"(?:\d{1,3}|[a-zA-Z])[.)]$")
_NAME_GOES_ON = frozenset(("u.s", "u.k", "u.n", "e.u", "a.m", "p.m"))  # "U.S. Senate", "7 p.m. Eastern time"
_SPEAKER = lazily(r"(?:[A-ZÀ-Þ][\w.'’-]* ){1,3}(?:said|says|added|asked|told|wrote|tweeted|reported)\b")
_PARTICLES = frozenset(("de", "den", "der", "di", "du", "la", "le", "ten", "ter", "te", "van", "von", "zu", "da"))
_MONTHS = lazily(
    r"(?:jan|feb|fév|mar|mrt|mär|maa|mei|mai|may|apr|avr|jun|jui|jul|aug|aoû|sep|okt|oct|nov|dec|dez|déc)",
    re.IGNORECASE,
)
_LANGUAGES_OF_SPLITTER = frozenset({"nl", "en", "de", "fr", "es", "it", "pt", "da", "sv", "no", "fi", "pl"})


def split_sentences(
    text: str, language: str = "", furniture: Sequence[Span] = (), headings: Sequence[Span] = ()
) -> tuple[Sentence, ...]:
    """Cuts a text into sentences, headings and furniture that together cover all of it but white space.

    Args:
        text: any string.
        language: ISO 639-1 code; "" means Dutch rules.
        furniture, headings: stretches of which the article itself says what they are; furniture wins where
            they overlap. Spans beyond the text are clipped. Captions, "read also" lines and headings on a
            line of their own are recognised without being told.

    Returns:
        Sentences in reading order; offsets in code points.
    """
    found: list[Sentence] = []
    for start, end, kind in _marked(len(text), furniture, headings):
        if kind == "body":
            for block in blocks(text, start, end):
                found.extend(_split_block(text, block, language))
        else:
            trimmed = _trim(text, start, end)
            if trimmed:
                found.append(Sentence(*trimmed, kind))
    return tuple(found)


def _marked(
    length: int, furniture: Iterable[Span], headings: Iterable[Span]
) -> Iterator[tuple[int, int, SentenceKind]]:
    """The whole of 0..length as successive stretches of one kind, none of them empty."""
    edges: list[tuple[int, int, int]] = []  # position, 0 = furniture / 1 = heading, +1 or -1
    for level, spans in enumerate((furniture, headings)):
        for span in spans:
            start, end = max(0, span.start), min(length, span.end)
            if start < end:
                edges += [(start, level, 1), (end, level, -1)]
    edges.sort()
    open_spans = [0, 0]
    position = 0
    kind: SentenceKind = "body"
    for edge, level, change in edges:
        open_spans[level] += change
        following: SentenceKind = "furniture" if open_spans[0] else "heading" if open_spans[1] else "body"
        if following != kind:
            if edge > position:
                yield position, edge, kind
            position, kind = edge, following
    if length > position:
        yield position, length, kind


def _trim(text: str, start: int, end: int) -> tuple[int, int] | None:
    stretch = text[start:end]
    start += len(stretch) - len(stretch.lstrip())
    end -= len(stretch) - len(stretch.rstrip())
    return (start, end) if start < end else None


def _split_block(text: str, block: Block, language: str) -> Iterator[Sentence]:
    if block.kind != "body":
        yield Sentence(block.start, block.end, block.kind)
        return
    # White space becomes plain spaces, so that a wrapped line reads like any other; offsets stay as they are.
    flat = re.sub(r"\s", " ", text[block.start : block.end])
    position = 0
    for cut in [*_cuts(flat, language), len(flat)]:
        trimmed = _trim(flat, position, cut)
        if trimmed:
            yield Sentence(block.start + trimmed[0], block.start + trimmed[1])
        position = cut


def _cuts(flat: str, language: str) -> list[int]:
    """Offsets at which a new sentence begins within one paragraph, ascending."""
    proposed = _proposed(flat, language)
    quotations = _quotations(flat)
    openings = [opening for opening, _ in quotations]
    shouting = flat == flat.lower()
    cuts = []
    candidates = {match.end() for match in _CANDIDATE.finditer(flat)} | proposed
    last = 0
    for cut in sorted(candidates):
        nearest = bisect_right(openings, cut - 1) - 1
        if nearest >= 0 and quotations[nearest][0] < cut <= quotations[nearest][1]:
            opening, closing = quotations[nearest]
            if closing - opening <= MAXIMUM_QUOTATION:
                continue
        if _is_boundary(flat, last, cut, cut in proposed, shouting):
            cuts.append(cut)
            last = cut
    for match in _GLUED.finditer(flat):  # "einde.Het begin": white space was lost, the next word shows it
        word = match["next"]
        if word[0].isupper() and word[1:].islower() and word.lower() in _sentence_openers():
            cuts.append(match.start("next"))
    return sorted(set(cuts))


def _proposed(flat: str, language: str) -> set[int]:
    import sentencex

    code = language if language in _LANGUAGES_OF_SPLITTER else "nl"
    # Lone surrogates cannot cross into the library; one character for one keeps the offsets.
    safe = re.sub(r"[\ud800-\udfff]", "�", flat)
    proposed: set[int] = set()
    start = 0
    while start < len(safe):
        end = safe.rfind(" ", start + 1, start + LONGEST_STRETCH) + 1
        if len(safe) - start <= LONGEST_STRETCH or end <= 0:
            end = min(len(safe), start + LONGEST_STRETCH)
        for boundary in sentencex.get_sentence_boundaries(code, safe[start:end]):
            if boundary["start_index"]:
                proposed.add(start + boundary["start_index"])
        start = end
    return proposed


def _is_boundary(flat: str, last: int, cut: int, proposed: bool, shouting: bool) -> bool:
    """Whether a new sentence begins at `cut`; the one before it began at `last`."""
    stop = cut
    while stop > last and flat[stop - 1].isspace():
        stop -= 1
    left = flat[max(last, stop - 80) : stop]
    right = flat[cut : cut + 40]
    bare = left.rstrip(_CLOSERS)
    if proposed and bare[-1:] in _OTHER_FULL_STOPS:
        return True
    if not bare or not right.strip() or not flat[cut - 1].isspace():
        return False
    closed = len(bare) < len(left)
    opened = right.lstrip(_OPENERS)
    if bare[-1] not in ".!?…":
        return False
    first = opened[:1]
    apostrophe = _APOSTROPHE_START.match(right)
    begins_low = first.islower() and not (apostrophe and apostrophe["next"].isupper())
    if begins_low and not shouting:
        return False
    if bare.endswith(("!", "?")):
        return not (closed and _SPEAKER.match(right))
    if bare.endswith(("…", "..")):
        return not begins_low
    if closed and left[-1] != ")":
        return True
    return _full_stop_ends(bare, opened, proposed, first=stop - last <= 8)


def _full_stop_ends(left: str, right: str, proposed: bool, *, first: bool) -> bool:
    """Whether the full stop that `left` ends on is the end of a sentence when `right` follows."""
    match = _LAST_TOKEN.search(left)
    token = match[0] if match else left
    if first and _ENUMERATOR.match(token) and left.strip() == token:
        return False  # "1." before the item that it numbers
    stem = token[:-1].lower().lstrip("-–—")
    word_match = _FIRST_WORD.match(right)
    word = word_match[0] if word_match else ""
    opens = word.lower() in _sentence_openers() and (len(word) < 2 or not word.isupper())
    if token[:-1].isupper() and len(token) > 2 and "." not in token[:-1]:
        return proposed or opens  # "de VS." is no "vs."
    if stem in _abbreviations("never") or stem in _abbreviations("title"):
        return False
    if right[:1].isdigit() and (stem in _abbreviations("number") or stem.endswith("str")):
        return False
    if stem in _abbreviations("may-end"):
        return opens or (proposed and bool(word) and stem not in _NAME_GOES_ON)
    if stem.isdigit() and len(stem) <= 2 and _MONTHS.match(word):
        return False  # "am 3. Mai"
    if _INITIAL.fullmatch(token):
        return _initial_ends(left[: len(left) - len(token)].rstrip(), token, word, opens)
    if stem in _abbreviations("number"):
        return proposed
    return proposed or opens or not _known(stem)


def _initial_ends(before: str, token: str, word: str, opens: bool) -> bool:
    """After "B." or "A.B.": a name goes on unless the next word is one that opens sentences."""
    previous = _LAST_TOKEN.search(before)
    name_before = previous is None or previous[0].endswith(".") or previous[0][:1].isupper()
    if word.lower() in _PARTICLES and name_before:
        return False
    return opens  # "vitamine C. Dat" against "president J. Biden"


def _known(stem: str) -> bool:
    return any(stem in _abbreviations(group) for group in ("never", "title", "number", "may-end"))


def _quotations(flat: str) -> list[tuple[int, int]]:
    """Quotations opened and closed within the paragraph, as (opening, closing) offsets, not nested."""
    found: list[tuple[int, int]] = []
    position = 0
    hopeless: set[str] = set()  # openers for which no closer is left, so that a search is never repeated
    while (opening := _next_opening(flat, position, hopeless)) >= 0:
        closing = _closing(flat, opening)
        if closing < 0:
            hopeless.add(flat[opening])
            position = opening + 1
        else:
            found.append((opening, closing))
            position = closing + 1
    return found


_CLOSING_OF = {
    opening: lazily(f"[{closings}]")
    for opening, closings in (
        *(("“", "”"), ("„", "“”"), ("«", "»"), ("‘", "’"), ("‚", "‘’")),
        *(('"', '"'), ("'", "'")),
    )
}
_OPENING = lazily(r"[“„«‘‚]|(?:(?<=[\s(\[])|^)[\"'](?=[^\s])")
_DUTCH_APOSTROPHE = lazily(r"['‘’](?:[stnkm]|[0-9]{2}|em|er|tis|twas)\b", re.IGNORECASE)


def _next_opening(flat: str, position: int, hopeless: set[str]) -> int:
    for match in _OPENING.finditer(flat, position):
        mark = flat[match.start()]
        if mark in hopeless:
            continue
        if mark in "'‘" and _DUTCH_APOSTROPHE.match(flat, match.start()):
            continue
        return match.start()
    return -1


def _closing(flat: str, opening: int) -> int:
    marks = _CLOSING_OF[flat[opening]]
    for match in marks.finditer(flat, opening + 1):
        following = flat[match.end() : match.end() + 1]
        if match[0] not in "’'‘" or not following.isalnum():  # else the apostrophe of "zo’n"
            return match.start()
    return -1


@cache
def _abbreviations(group: str) -> frozenset[str]:
    for line in Path(__file__).with_name("abbreviations.txt").read_text("utf-8").splitlines():
        name, separator, words = line.partition(":")
        if separator and name == group:
            return frozenset(words.split())
    raise KeyError(group)


@cache
def _sentence_openers() -> frozenset[str]:
    """Function words: where one of them is capitalised after a full stop, a sentence begins."""
    from embeddings.stopwords import stop_words

    words = _abbreviations("opens").union(*(stop_words(language) for language in ("nl", "en", "de", "fr")))
    return words - {"st", "s", "t", "d", "m", "l", "n", "c", "j", "re", "ve", "ll", "will", "may", "mark"}
