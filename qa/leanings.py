"""What a question says about where and when its answer was published: "volgens de Peilstok", "vorige week", "sinds 2024".

Such words lean towards articles, they do not shut others out: what happened last week may be told in an older
announcement, and a paper's report may be quoted by another. A user who wants limits sets them (`--since`, `--source`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from embeddings.records import Article, PublicationDate
from qa import asked_times

OUTLET_BONUS = 0.03
"""What an article of an outlet that the question names gains, in units of fused score."""

PERIOD_BONUS = 0.015
"""What an article gains that was published in a period that the question names."""

REPORTED_WITHIN = timedelta(days=7)
"""What happened on a day is still reported in the days after it."""

_ARTICLE = re.compile(r"^(?:de|het|the|der|die|das|le|la|les|l['’])\s*", re.IGNORECASE)
SHORTEST_OUTLET = 2


@dataclass(frozen=True, slots=True)
class Leanings:
    """Where and when a question leans to.

    Attributes:
        outlets: publishers as the library writes them.
        periods: first and last day of publication, inclusive; None where it is open.
    """

    outlets: frozenset[str] = frozenset()
    periods: tuple[tuple[date | None, date | None], ...] = ()

    def bonus(self, article: Article) -> float:
        """What an article gains, in units of fused score."""
        gained = OUTLET_BONUS if article.publisher in self.outlets else 0.0
        published = article.published
        if published and any(
            (first is None or published.last_day >= first)
            and (last is None or published.first_day <= last + REPORTED_WITHIN)
            for first, last in self.periods
        ):
            gained += PERIOD_BONUS
        return gained


def leanings_of(question: str, language: str, publishers: Sequence[str], today: date) -> Leanings:
    """What a question leans to.

    Args:
        publishers: those that the library has.
        today: the day from which "vorige week" counts.
    """
    return Leanings(
        frozenset(name for name in publishers if _names(question, name)), tuple(_periods(question, language, today))
    )


def _names(question: str, publisher: str) -> bool:
    """Whether a question has an outlet's name, its article left out; a short one in the same capitals only."""
    name = _ARTICLE.sub("", publisher)
    if len(name) < SHORTEST_OUTLET:
        return False
    if name.lower() not in question.lower():  # an expression made for each of thousands of outlets takes long
        return False
    exact = 0 if name.isupper() or not question.islower() else re.IGNORECASE
    return re.search(rf"(?<![^\W_]){re.escape(name)}(?![^\W_])", question, exact) is not None


def _periods(question: str, language: str, today: date) -> list[tuple[date | None, date | None]]:
    periods: list[tuple[date | None, date | None]] = []
    for time in asked_times.find(question, language, PublicationDate(today.isoformat(), "clock")):
        if time.first is None or time.last is None or not (time.year or time.month or time.relation):
            continue
        first, last = time.first, time.last
        if time.year is None and not time.relation and first > today:  # "sinds december" is said of the last one
            first, last = _a_year_earlier(first), _a_year_earlier(last)
        if time.side == "since":
            periods.append((first, None))
        elif time.side == "until":
            periods.append((None, first - timedelta(days=1)))
        else:
            periods.append((None if time.side == "through" else first, last))
    return periods


def _a_year_earlier(day: date) -> date:
    try:
        return day.replace(year=day.year - 1)
    except ValueError:  # 29 February
        return day.replace(year=day.year - 1, day=28)
