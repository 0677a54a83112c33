"""Passages against the real encoder: none longer than it takes, and the last sentence of each is found like the first."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

from embeddings.encoders import load_encoder
from embeddings.library import Library
from embeddings.passages import passage_text
from qa.ingest import add
from qa.retriever import Retriever
from tests.figures import note

PLACES = "Merwoude Sluiskerke Oosterveen Harlo Damshorn Zandwerf Rietmond Kolhaven Westerlo Veldwijk".split()
PEOPLE = "Brandsema Hoogland Terpstra Elzinga Wijnalda Kolderink Brandt Vermaas Dijkgraaf Postma".split()
THINGS = "brug pont sluis school bibliotheek haven dijk zwembad station molen kerk brandweerkazerne".split()
DEEDS = ("sluit voor onderhoud", "gaat maanden later open", "krijgt een nieuw dak", "wordt verkocht aan een belegger",
         "haalt de begroting niet", "trekt meer bezoekers dan verwacht", "moet wijken voor woningen")  # fmt: skip


def _article(random_: random.Random, number: int) -> dict[str, str]:
    sentences = [
        f"De {random_.choice(THINGS)} van {random_.choice(PLACES)} {random_.choice(DEEDS)}, zegt {random_.choice(PEOPLE)} "
        f"over een bedrag van {random_.randint(1000, 999_999)} euro dat in {random_.randint(1950, 2030)} is vastgelegd."
        for _ in range(24)
    ]
    return {"id": str(number), "title": f"Bericht uit {random_.choice(PLACES)}", "text": " ".join(sentences)}


@pytest.mark.parametrize("wanted", [16, pytest.param(200, marks=pytest.mark.long)])
def test_no_passage_is_too_long_and_the_tail_of_each_is_found(tmp_path: Path, wanted: int) -> None:
    random_ = random.Random(12)
    records = [_article(random_, number) for number in range(wanted // 4)]
    source = tmp_path / "news.jsonl"
    source.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
    encoder = load_encoder()
    with Library.open(tmp_path / "library", create=True, writable=True) as library:
        assert add(library, encoder, [str(source)]).added == len(records)
        stored = [one for article_id, _ in library.article_sources() for one in library.passages_of(article_id)]
        lengths = encoder.count_tokens([passage_text(one.article, one.passage) for one in stored])
        assert max(lengths) <= encoder.passage_limit
        retriever = Retriever(library, encoder)
        found = 0
        chosen = random_.sample(stored, min(wanted, len(stored)))
        for one in chosen:
            last = one.passage.sentences[-1]
            hits = retriever.search(one.article.text[last.start : last.end], k=5).hits
            found += any(
                hit.article.id == one.article.id and any(s.start == last.start for s in hit.passage.sentences)
                for hit in hits
            )
    note("i12", passages=len(stored), longest=max(lengths), limit=encoder.passage_limit, tails=len(chosen), found=found)
    assert found >= 0.98 * len(chosen)
