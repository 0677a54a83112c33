"""C3: what the checks let through of two hundred sentences labelled by hand, and quotations of the articles' own words."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from figures import note
from test_ingest import WordEncoder

from bench.labelled import QUOTED, passes, source
from bench.verification import encoder_similarity
from embeddings.library import Library
from qa.answer import SourceSentence
from qa.ingest import add
from qa.verification import verify

BENCH = Path(__file__).parent.parent / "bench"
LABELS: list[dict[str, Any]] = [
    json.loads(line) for line in (BENCH / "labels" / "nieuwsbank.jsonl").read_text(encoding="utf-8").splitlines()
]


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    """The articles of the labels; how they were encoded does not matter to what a sentence says."""
    with Library.open(tmp_path_factory.mktemp("labelled") / "library", create=True) as opened:
        assert add(opened, WordEncoder(), [str(BENCH / "nieuwsbank" / "articles.jsonl")]).failed == ()
        yield opened


def test_c3_of_two_hundred_labelled_sentences_two_in_a_hundred_at_most_are_wrong(library: Library) -> None:
    assert len(LABELS) == 200
    similarity = encoder_similarity()
    shown = [label for label in LABELS if passes(label, library, similarity, reworded=False)]
    supported = sum(label["supported"] for label in shown)
    note("c3", sentences=len(LABELS), shown=len(shown), supported=supported)
    assert len(shown) >= 140  # nothing is gained where nothing is shown
    assert len(shown) - supported <= 0.02 * len(shown)
    quoted = [label for label in shown if label["written_by"] == QUOTED]
    assert len(quoted) - sum(label["supported"] for label in quoted) <= 0.02 * len(quoted)


def test_a_source_that_the_library_does_not_have_is_said(library: Library) -> None:
    with pytest.raises(SystemExit, match="nergens is not in the library"):
        source(library, "nergens", "Dit staat er niet.")


def stretches(library: Library) -> list[tuple[SourceSentence, str]]:
    """Five to ten words that follow each other in a sentence without quotation marks of its own."""
    chance = random.Random(3)
    found = []
    for label in LABELS:
        cited = source(library, label["cited"][0]["id"], label["cited"][0]["quote"])
        words = cited.text.split()
        count = chance.randint(5, 10)
        if len(words) >= count and not re.search(r"[“”„‘’\"'«»()\[\]…]", cited.text):
            start = chance.randrange(len(words) - count + 1)
            found.append((cited, " ".join(words[start : start + count]).strip(" .,;:!?")))
    return found


def flagged(quotation: str, cited: SourceSentence) -> bool:
    verdict = verify(f"“{quotation}”, staat er.", [cited], language=cited.article.language)
    assert not verdict.problems or not verdict.supported
    return any(problem.kind == "quotation" for problem in verdict.problems)


def test_c3_every_quotation_is_compared_with_the_source_it_is_attributed_to(library: Library) -> None:
    """Its own words pass; with a word changed, left out, put in or exchanged, or beside another source, they don't."""
    found = stretches(library)
    assert len(found) >= 100
    chance = random.Random(4)
    for cited, quotation in found:
        assert not flagged(quotation, cited), quotation
        words = quotation.split()
        place = chance.randrange(1, len(words) - 1)
        changed = [
            [*words[:place], "warempel", *words[place + 1 :]],
            [*words[:place], *words[place + 1 :]],
            [*words[:place], "warempel", *words[place:]],
            [words[-1], *words[1:-1], words[0]],
        ]
        for wrong in changed:
            if " ".join(wrong) not in cited.text:
                assert flagged(" ".join(wrong), cited), wrong
        other = next(other for other, _ in chance.sample(found, len(found)) if quotation not in other.text)
        assert flagged(quotation, other), quotation
