"""Passages: runs of whole sentences that fit the encoder's limit, with the title and heading they stand
under.

A passage holds body sentences only. Successive passages of one section share a sentence, so that a question
about the seam finds both sides. A sentence that is longer than the limit is cut at clause or word borders
into pieces, so that no text is lost and none is cut off unseen by the encoder.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from embeddings.records import Article, Passage, Sentence, SentenceKind

TARGET_CHARACTERS = 900  # of a passage's sentences together; the limit in tokens wins where it is tighter
SECTION_CHARACTERS = 300  # a shorter section shares its passage with what follows it
OVERLAP_CHARACTERS = 300  # a longer last sentence is not repeated in the next passage
CONTEXT_SHARE = 0.25  # of the limit, at most, for title and heading
CHUNKER = f"sentences-1 {TARGET_CHARACTERS}/{SECTION_CHARACTERS}/{OVERLAP_CHARACTERS}"

TokenCounter = Callable[[Sequence[str]], list[int]]

_CLAUSE_BORDER = re.compile(r"[;:,–—)](?=\s)")
_WORD_BORDER = re.compile(r"\s")


@dataclass(frozen=True, slots=True)
class _Item:
    """A sentence that is to go into passages, its length in tokens and the heading it stands under."""

    sentence: Sentence
    tokens: int
    section: int
    heading: str


@dataclass(frozen=True, slots=True)
class _Contexts:
    """Title and headings with their lengths in tokens, each already short enough to be used."""

    title: str
    tokens: dict[str, int]
    allowed: int

    def of(self, headings: Sequence[str]) -> tuple[str, int]:
        """The context of sentences under these headings, and its length, the line break included."""
        parts = [self.title] if self.title else []
        for heading in headings:
            used = sum(self.tokens[part] + 1 for part in parts)
            if heading and heading not in parts and used + self.tokens[heading] <= self.allowed:
                parts.append(heading)
        return " – ".join(parts), sum(self.tokens[part] + 2 for part in parts)


def passage_text(article: Article, passage: Passage) -> str:
    """What the encoder reads: the context on a line of its own, then the sentences, one space between them.

    Headings and captions that lie between the sentences in the article are left out.
    """
    body = " ".join(article.text[sentence.start : sentence.end] for sentence in passage.sentences)
    return f"{passage.context}\n{body}" if passage.context else body


def split_passages(
    article: Article, sentences: Sequence[Sentence], count_tokens: TokenCounter, limit: int
) -> tuple[Passage, ...]:
    """Packs an article's sentences into passages.

    Args:
        sentences: all of the article's sentences, as `split_sentences` gives them.
        count_tokens: tokens of each text, without the encoder's prefix and special tokens; called for
            batches.
        limit: the most tokens that `passage_text` of a passage may have.

    Returns:
        Passages in reading order. Every body sentence is in at least one of them, whole or in pieces. An
        article without any gets passages of its headings, or else of its furniture; an empty one gets none.

    Raises:
        ValueError: the limit leaves no room for even one character.
    """
    chosen = _readable(sentences)
    if not chosen:
        return ()
    headed = list(_under_headings(article, sentences, chosen[0].kind))
    contexts = _contexts(article.title, [heading for _, _, heading in headed], count_tokens, limit)
    items = list(_items(article.text, headed, contexts, count_tokens, limit))
    found = []
    for group in _packed(items, contexts, limit):
        context, _ = contexts.of([item.heading for item in group])
        found.append(Passage(article.id, 0, tuple(item.sentence for item in group), context))
    fitting = _verified(article, found, count_tokens, limit)
    return tuple(replace(passage, number=number) for number, passage in enumerate(fitting))


def _readable(sentences: Sequence[Sentence]) -> list[Sentence]:
    for kind in ("body", "heading", "furniture"):
        chosen = [sentence for sentence in sentences if sentence.kind == kind]
        if chosen:
            return chosen
    return []


def _under_headings(
    article: Article, sentences: Sequence[Sentence], kind: SentenceKind
) -> Iterator[tuple[Sentence, int, str]]:
    """The sentences of one kind, each with the number of its section and the heading right above it."""
    section, heading, heading_ended = 0, "", True
    for sentence in sentences:
        if sentence.kind == kind:
            yield sentence, section, heading
            heading_ended = True
        elif sentence.kind == "heading":
            section += 1
            content = _one_line(article.text[sentence.start : sentence.end])
            heading = content if heading_ended else f"{heading} – {content}"
            heading_ended = False


def _contexts(title: str, headings: Sequence[str], count_tokens: TokenCounter, limit: int) -> _Contexts:
    allowed = int(limit * CONTEXT_SHARE)
    title = _cut_to(_one_line(title), allowed * 2 // 3, count_tokens)
    parts = sorted({title, *headings})
    tokens = dict(zip(parts, count_tokens(parts), strict=True))
    return _Contexts(title, tokens, allowed)


def _cut_to(line: str, allowed: int, count_tokens: TokenCounter) -> str:
    """The line, or as many of its first words as fit."""
    while line and (tokens := count_tokens([line])[0]) > allowed:
        kept = line[: int(len(line) * min(0.9, allowed / tokens))]
        line = kept.rpartition(" ")[0] or kept[:-1]
    return line


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _items(
    text: str,
    headed: Sequence[tuple[Sentence, int, str]],
    contexts: _Contexts,
    count_tokens: TokenCounter,
    limit: int,
) -> Iterator[_Item]:
    counts = count_tokens([text[sentence.start : sentence.end] for sentence, _, _ in headed])
    for (sentence, section, heading), tokens in zip(headed, counts, strict=True):
        room = limit - contexts.of([heading])[1]
        for piece, cost in _pieces(text, sentence, tokens, room, count_tokens):
            yield _Item(piece, cost, section, heading)


def _pieces(
    text: str, sentence: Sentence, tokens: int, room: int, count_tokens: TokenCounter
) -> Iterator[tuple[Sentence, int]]:
    """The sentence itself, or pieces of it of at most `room` tokens, halved as often as needed."""
    waiting = [(sentence, tokens)]
    while waiting:
        piece, cost = waiting.pop()
        if cost <= room:
            yield piece, cost
            continue
        if piece.end - piece.start < 2:
            raise ValueError(f"a limit of {room} tokens leaves no room for one character")
        halves = [
            Sentence(piece.start + first, piece.start + last, piece.kind)
            for first, last in _halves(text[piece.start : piece.end])
        ]
        costs = count_tokens([text[half.start : half.end] for half in halves])
        waiting.extend(reversed(list(zip(halves, costs, strict=True))))


def _halves(stretch: str) -> list[tuple[int, int]]:
    """Cuts a stretch in two at the clause border nearest its middle, else a word border, else anywhere."""
    middle = len(stretch) // 2
    cut = _nearest(_CLAUSE_BORDER, stretch, middle, len(stretch) // 4)
    if cut is None:
        cut = _nearest(_WORD_BORDER, stretch, middle, middle)
    if cut is None or not 0 < cut < len(stretch):
        cut = middle
        while cut < len(stretch) - 1 and not (stretch[cut].isalnum() or stretch[cut].isspace()):
            cut += 1  # not between a character and what is combined with it
    first, second = stretch[:cut], stretch[cut:]
    spans = [(0, len(first.rstrip())), (cut + len(second) - len(second.lstrip()), len(stretch))]
    return [(start, end) for start, end in spans if start < end]


def _nearest(border: re.Pattern[str], stretch: str, middle: int, reach: int) -> int | None:
    places = [match.end() for match in border.finditer(stretch, middle - reach, middle + reach)]
    return min(places, key=lambda place: abs(place - middle), default=None)


def _packed(items: Sequence[_Item], contexts: _Contexts, limit: int) -> Iterator[list[_Item]]:
    """Greedy runs within the limits, each of one section unless sections are short."""
    rests = _rests(items)
    group: list[_Item] = []
    fresh = 0  # items of the group that no group before it holds
    for item, rest in zip(items, rests, strict=True):
        if group and not _goes_with(group, item, rest, contexts, limit):
            yield group
            last = group[-1]
            repeated = (
                fresh > 1
                and last.section == item.section
                and last.sentence.end - last.sentence.start <= OVERLAP_CHARACTERS
                and _tokens([last, item], contexts) <= limit
            )
            group = [last] if repeated else []
            fresh = 0
        group.append(item)
        fresh += 1
    if group:
        yield group


def _goes_with(group: list[_Item], item: _Item, rest: int, contexts: _Contexts, limit: int) -> bool:
    if _tokens([*group, item], contexts) > limit:
        return False
    characters = sum(member.sentence.end - member.sentence.start for member in group)
    longest = TARGET_CHARACTERS
    if item.section != group[-1].section and characters >= SECTION_CHARACTERS:
        return False
    if rest <= TARGET_CHARACTERS // 4:  # a short remainder goes along rather than on its own
        longest += TARGET_CHARACTERS // 4
    return characters + item.sentence.end - item.sentence.start <= longest


def _rests(items: Sequence[_Item]) -> list[int]:
    """For each item, how many characters its section has from there on."""
    rests: list[int] = []
    rest, section = 0, -1
    for item in reversed(items):
        rest = (rest if item.section == section else 0) + item.sentence.end - item.sentence.start
        section = item.section
        rests.append(rest)
    return rests[::-1]


def _tokens(group: Sequence[_Item], contexts: _Contexts) -> int:
    """An estimate, the parts counted one by one; the joined text is counted again before a passage is final."""
    return contexts.of([item.heading for item in group])[1] + sum(item.tokens for item in group)


def _verified(article: Article, passages: list[Passage], count_tokens: TokenCounter, limit: int) -> list[Passage]:
    """The passages, those whose joined text turns out too long in two, or without their context."""
    done = False
    while not done:
        counts = count_tokens([passage_text(article, passage) for passage in passages])
        done = True
        fitting: list[Passage] = []
        for passage, count in zip(passages, counts, strict=True):
            if count <= limit or (len(passage.sentences) == 1 and not passage.context):
                fitting.append(passage)
                continue
            done = False
            if len(passage.sentences) == 1:
                fitting.append(replace(passage, context=""))
            else:
                half = len(passage.sentences) // 2
                fitting += [
                    replace(passage, sentences=passage.sentences[:half]),
                    replace(passage, sentences=passage.sentences[half:]),
                ]
        passages = fitting
    return _without_repeats(passages)


def _without_repeats(passages: Sequence[Passage]) -> list[Passage]:
    """The passages, without those that halving has left with nothing but a sentence of a neighbour."""
    kept: list[Passage] = []
    for passage in passages:
        own = set(passage.sentences)
        if kept and own <= set(kept[-1].sentences):
            continue
        if kept and set(kept[-1].sentences) <= own:
            kept.pop()
        kept.append(passage)
    return kept
