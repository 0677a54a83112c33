"""What a question takes for granted (names, times, numbers, who said something) and an article doesn't have."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, timedelta
from itertools import takewhile

from embeddings import aliases
from embeddings.analysis import analyse
from embeddings.records import Article, Hit
from qa import calendar_terms, names, quantities
from qa.asked_times import AskedTime
from qa.question_shape import QuestionShape

__all__ = ["missing_in", "names_all"]

_YEAR = re.compile(r"(?<![\w.,€$£-])(?:19|20)\d{2}(?![\w%°-]|[.,]\d)")

FORESEEN = timedelta(days=3 * 365)
"""How far before the end of a time that only has an end ("tot 2030") an article may be about it without naming it."""

REPORTED_WITHIN = timedelta(days=92)
"""How long after a stretch of months or years ("het derde kwartaal van 2020") articles are still about it."""


def missing_in(shape: QuestionShape, hit: Hit, around: frozenset[str]) -> tuple[str, ...]:
    """What the question takes for granted and the passage and its article do not have."""
    article = hit.article
    text = _read_in(hit)
    lacking = [
        name.text for name in shape.names if not (_perhaps_a_noun(name, shape) or _named(name, shape, text, article))
    ]
    lacking += [
        shape.text[time.start : time.end]
        for time in shape.times
        if not _happened(time, text, article) and not _stands(shape.text[time.start : time.end], text)
    ]
    amounts = quantities.extract(text, article.language)
    lacking += [
        shape.text[number.start : number.end]
        for number in shape.numbers
        if not any(quantities.same(number, amount) for amount in amounts)
    ]
    if shape.language == article.language:
        lacking += [
            word
            for word in shape.speaker
            if not around & frozenset(analyse(word, shape.language))
            and not any(word in item.split() for item in lacking)
        ]
    return tuple(lacking)


def names_all(shape: QuestionShape, hit: Hit) -> bool:
    """Whether the passage and its article have every name of the question; False where it has none."""
    return bool(shape.names) and all(_named(name, shape, _read_in(hit), hit.article) for name in shape.names)


def _read_in(hit: Hit) -> str:
    """What a passage is read with."""
    article = hit.article
    return f"{article.title}\n{hit.passage.context}\n{hit.text}\n{article.publisher}"


def _perhaps_a_noun(name: names.Name, shape: QuestionShape) -> bool:
    """Every noun has a capital in German, so that what looks like a name may be none."""
    return shape.language == "de" and not aliases.canonical(name.text)


def _named(name: names.Name, shape: QuestionShape, passage: str, article: Article) -> bool:
    """Whether a passage, or else its whole article, holds a name of the question.

    The first word of a question has a capital in any case ("Blijft Katsma …"); it may be no part of a name.
    "Tolmeerse" and "Tolmeerders" are borne out by Tolmeer.
    """
    across = bool(shape.language and article.language and shape.language != article.language)
    claims = [name]
    if name.start == 0 and len(name.parts) > 1:
        claims.append(replace(name, text=name.text.split(maxsplit=1)[1], parts=name.parts[1:]))
    for text in (passage, article.text):
        found = names.extract(text, article.language)
        if any(names.bears_out(claim, text, found, across_languages=across) for claim in claims):
            return True
        if len(name.parts) == 1 and any(_derived(name.parts[0], part) for other in found for part in other.parts):
            return True
    return False


def _derived(first: str, second: str) -> bool:
    """Whether two names share so much of their beginning that one is the other's adjective or inhabitant."""
    shared = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(first, second, strict=False)))
    return shared >= 5 and shared >= min(len(first), len(second)) - 2 and abs(len(first) - len(second)) <= 5


def _stands(words: str, text: str) -> bool:
    return re.search(rf"(?<![\w-]){re.escape(words)}(?![\w-])", text, re.IGNORECASE) is not None


def _happened(time: AskedTime, text: str, article: Article) -> bool:
    """Whether a passage or its article is about the time that a question names; a vague time is no requirement."""
    if time.first is None or time.last is None:
        return True
    published = article.published
    if time.year is not None and str(time.year) in article.text:
        return True
    last: date | None = time.last
    if time.certain and time.side == "since":
        last = None
    elif (time.certain and time.side == "until") or time.side == "through":
        # What was before may be told at any time after; an end that is still far off is named.
        if published is None or time.first - published.last_day <= FORESEEN:
            return True
    elif not time.stretch:
        if published and published.first_day <= time.last and time.first <= published.last_day:
            return True
        return any(
            calendar_terms.agrees(time, other) or calendar_terms.agrees(other, time)
            for other in calendar_terms.find(text, article.language, published)
        )
    return _within(time.first, last, text, article)


def _within(first: date, last: date | None, text: str, article: Article) -> bool:
    """Whether an article names a time in an interval or appeared in it or soon after; None is an open end."""
    published = article.published
    named = [
        (other.first, other.last)
        for other in calendar_terms.find(text, article.language, published)
        if other.first and other.last
    ]
    named += [(date(year, 1, 1), date(year, 12, 31)) for year in map(int, _YEAR.findall(article.text))]
    if published is None and last is None and not named:
        return True  # an article of which nothing says when it was
    if published and first <= published.last_day and (last is None or published.first_day <= last + REPORTED_WITHIN):
        return True
    return any(first <= end and (last is None or start <= last) for start, end in named)
