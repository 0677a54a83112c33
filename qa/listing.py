"""How articles, search results and overviews look, in text and in JSON."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from qa.layout import clip, shortened, wrap
from qa.sanitise import sanitise, sanitise_line

if TYPE_CHECKING:
    from embeddings.records import Article, Hit
    from embeddings.store import Counts
    from qa.console import Console
    from qa.retriever import Retrieval

__all__ = ["article_json", "article_line", "excerpt", "retrieval_json", "show_article", "show_hits"]

_FRONT_MATTER: Final = re.compile(r"---\n.*?\n---\n\s*", re.DOTALL)
NARROW: Final = 60  # cells of a terminal on which a title does not fit beside the outlet
SURROUNDINGS: Final = 400  # characters shown before and after a citation


def article_json(article: Article) -> dict[str, Any]:
    """What is known about an article, without its text."""
    published = article.published
    return {
        "article_id": article.id,
        "title": article.title,
        "source": article.source,
        "publisher": article.publisher or None,
        "published": published.iso if published else None,
        "published_origin": published.origin if published else None,
        "published_time": (published.time or None) if published else None,
        "author": article.author or None,
        "section": article.section or None,
        "url": article.url or None,
        "language": article.language or None,
        "characters": len(article.text),
        "sha256": article.sha256,
    }


def article_line(console: Console, article: Article) -> str:
    """Id, date, outlet and title, clipped to the terminal; on a narrow one the title below the rest."""
    date = article.published.iso if article.published else "-"
    title = sanitise_line(article.title) or console.say("untitled")
    publisher = clip(sanitise_line(article.publisher) or "-", 18)
    if console.width and console.width < NARROW:
        return f"{clip(f'{article.id}  {date:<10}  {publisher}', console.width)}\n{clip(f'  {title}', console.width)}"
    line = f"{article.id}  {date:<10}  {publisher:<18}  {title}"
    return clip(line, console.width) if console.width else line


def origin(console: Console, article: Article) -> str:
    """Outlet, author, date and place of an article, on one line."""
    date = console.say.date(article.published.iso) if article.published else console.say("undated")
    clock = article.published.clock if article.published else ""
    parts = (article.publisher, article.author, ", ".join(filter(None, (date, clock))), shortened(article.source))
    return sanitise_line(" · ".join(filter(None, parts)))


def body_start(text: str) -> int:
    """Where a text begins behind its front matter."""
    header = _FRONT_MATTER.match(text)
    return header.end() if header else 0


def excerpt(text: str, start: int, end: int, around: int = SURROUNDINGS) -> tuple[int, int]:
    """The stretch of whole lines, or else words, to show around a citation; without front matter where it can be."""
    floor = body_start(text) if body_start(text) <= start else 0
    first, last = max(floor, start - around), min(len(text), end + around)
    for separator in ("\n", " "):
        if first > floor and (cut := text.find(separator, first, start)) >= 0:
            first = cut + 1
            break
    for separator in ("\n", " "):
        if last < len(text) and (cut := text.rfind(separator, end, last)) >= 0:
            last = cut
            break
    return first, last


def show_article(
    console: Console, article: Article, span: tuple[int, int] | None = None, *, whole: bool = False
) -> None:
    """An article with its origin; with a span only the surroundings of it unless `whole`, the span marked."""
    console.write(console.paint.strong(wrap(sanitise_line(article.title) or console.say("untitled"), console.width)))
    console.write(console.paint.faint(wrap(origin(console, article), console.width)))
    console.write(console.paint.faint(article.id))
    console.write()
    for line in article_lines(console, article.text, span, whole=whole):
        console.write(line)


def article_lines(console: Console, text: str, span: tuple[int, int] | None, *, whole: bool = False) -> list[str]:
    """The text line by line, wrapped, with the span in reverse video or, without colour, in ⟦brackets⟧."""
    first, last = (0, len(text)) if span is None or whole else excerpt(text, *span)
    lines = ["…"] if first > body_start(text) else []
    place = first
    for line in text[first:last].split("\n"):
        start, end = span or (0, 0)
        a, b = (min(max(edge - place, 0), len(line)) for edge in (start, end))
        place += len(line) + 1
        before, marked, after = sanitise(line[:a]), sanitise(line[a:b]), sanitise(line[b:])
        if not marked:
            lines += wrap(before + after, console.width).split("\n") if before + after else [""]
        elif not console.paint.enabled:
            lines += wrap(f"{before}⟦{marked}⟧{after}", console.width).split("\n")
        else:
            lines += _highlighted(console, before, marked, after)
    return [*lines, "…"] if last < len(text) else lines


def _highlighted(console: Console, before: str, marked: str, after: str) -> list[str]:
    """Wrapped by words, each marked word styled by itself, so that a pager can cut anywhere between lines."""
    from qa.layout import Flow

    pieces: list[str] = []
    flow = Flow(pieces.append, console.width)
    flow.add(before)
    flow.add(marked, console.paint.highlight, glued=bool(before) and not before[-1].isspace())
    flow.add(after, glued=bool(after) and not after[0].isspace())
    return "".join(pieces).split("\n")


def show_hits(console: Console, hits: Sequence[Hit]) -> None:
    """Search results: title, origin, and the nearest sentence in bold between its neighbours."""
    for rank, hit in enumerate(hits, 1):
        if rank > 1:
            console.write()
        title = sanitise_line(hit.article.title) or console.say("untitled")
        head = wrap(title, console.width, "   ", f"{rank}. ")
        console.write(console.paint.link(hit.article.source, console.paint.strong(head)))
        place = f"{origin(console, hit.article)} · {hit.article.id} {hit.passage.start}:{hit.passage.end}"
        console.write(console.paint.faint(wrap(place, console.width, "   ")))
        _excerpt_of_hit(console, hit)


def _excerpt_of_hit(console: Console, hit: Hit) -> None:
    """The sentence that is nearest to the question with one before and one after it; the first ones where none is."""
    from qa.layout import Flow

    scores = hit.sentence_scores
    count = len(hit.passage.sentences)
    nearest = max(range(count), key=lambda index: (scores[index], -index)) if scores else 0
    first, last = max(0, nearest - 1), min(count, nearest + 2)
    pieces = ["   "]
    flow = Flow(pieces.append, console.width, "   ", 3)
    if first:
        flow.add("…")
    for index in range(first, last):
        style = console.paint.strong if scores and index == nearest else str
        flow.add(sanitise_line(hit.sentence_text(index)), style)
    if last < count:
        flow.add("…")
    console.write("".join(pieces))


def hit_json(rank: int, hit: Hit) -> dict[str, Any]:
    """A search result in the shape of a citation, with its scores and sentences."""
    article, passage = hit.article, hit.passage
    scores = hit.sentence_scores or (None,) * len(passage.sentences)
    return {
        "rank": rank,
        "score": round(float(hit.score), 6),
        "dense": None if hit.dense is None else round(float(hit.dense), 6),
        "lexical": None if hit.lexical is None else round(float(hit.lexical), 6),
        "article_id": article.id,
        "title": article.title,
        "source": article.source,
        "publisher": article.publisher or None,
        "published": article.published.iso if article.published else None,
        "start": passage.start,
        "end": passage.end,
        "quote": hit.text,
        "sha256": article.sha256,
        "sentences": [
            {
                "start": sentence.start,
                "end": sentence.end,
                "score": None if score is None else round(float(score), 6),
            }
            for sentence, score in zip(passage.sentences, scores, strict=True)
        ],
    }


def retrieval_json(query: str, retrieval: Retrieval) -> dict[str, Any]:
    """The object that `search --json` prints."""
    return {
        "schema": 1,
        "query": query,
        "hits": [hit_json(rank, hit) for rank, hit in enumerate(retrieval.hits, 1)],
        "passages_considered": retrieval.considered,
        "timings_ms": {"encode": round(retrieval.encode_ms), "search": round(retrieval.search_ms)},
    }


def counts_json(counts: Counts) -> dict[str, Any]:
    """The numbers of a library."""
    return {
        "articles": counts.articles,
        "passages": counts.passages,
        "sentences": counts.sentences,
        "first_published": counts.first_published.isoformat() if counts.first_published else None,
        "last_published": counts.last_published.isoformat() if counts.last_published else None,
        "undated": counts.undated,
        "publishers": dict(counts.publishers),
        "languages": dict(counts.languages),
    }


def period(console: Console, counts: Counts) -> str:
    """The time that the articles of a library span, "" where no date is known."""
    if counts.first_published is None or counts.last_published is None:
        return ""
    first, last = (console.say.date(day.isoformat()) for day in (counts.first_published, counts.last_published))
    return first if first == last else console.say("period_value", first=first, last=last)


def show_counts(console: Console, counts: Counts) -> None:
    """The numbers of a library, as labelled lines."""
    say = console.say
    parts = [
        say.count("articles", counts.articles),
        say.count("passages", counts.passages),
        say.count("sentences", counts.sentences),
    ]
    console.field(say("contents"), ", ".join(parts) if counts.articles else say("no_articles"))
    undated = say.count("without_date", counts.undated) if counts.undated else ""
    if when := "; ".join(filter(None, (period(console, counts), undated))):
        console.field(say("period"), when)
    for key, pairs in (("outlets", counts.publishers), ("languages", counts.languages)):
        named = [f"{name} {say.number(count)}" for name, count in pairs if name]
        if named:
            console.field(say(key), ", ".join(named[:8]) + (" …" if len(named) > 8 else ""))
