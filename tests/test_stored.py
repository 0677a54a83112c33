"""Reading what is stored: articles by place and number, sources, totals, passages."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy
from made_articles import analyse, encode, fill, made_article, open_new, unit_vectors
from test_searches import varied

from embeddings.library import Library
from embeddings.records import Article


def test_sources_are_remembered(tmp_path: Path) -> None:
    with open_new(tmp_path) as library:
        for source in ("/b", "/a", "https://nos.nl/rss", "/b", "/niet-\udcff-utf8"):
            library.remember_source(source)
        assert library.sources() == ["/a", "/b", "/niet-\udcff-utf8", "https://nos.nl/rss"]
        assert library.forget_source("/b")
        assert not library.forget_source("/b")
    with Library.open(tmp_path) as library:
        assert library.sources() == ["/a", "/niet-\udcff-utf8", "https://nos.nl/rss"]


def test_finding_articles(tmp_path: Path) -> None:
    sources = ["/map/een.txt", "/map/sub/twee.txt", "/map/bak.jsonl#1", "/map/bak.jsonl#2", "/mapje/drie.txt"]
    made = [Article(f"Zin {number}.", source, external_id=f"nr{number}") for number, source in enumerate(sources)]
    with open_new(tmp_path) as library:
        for article in made:
            library.put(article, encode(article))
        assert library.find("/map/een.txt") == [made[0]]
        assert library.find("/map/bak.jsonl") == made[2:4]
        assert library.find("/map") == library.find("/map/") == made[:4]
        assert library.find("nr4") == [made[4]]
        assert library.find(made[1].id) == [made[1]]
        assert library.find(made[1].id[:7].upper()) == [made[1]]
        assert library.find("") == library.find("nr") == library.find("/ma") == []


def test_counts(tmp_path: Path) -> None:
    fill(tmp_path, 60, varied)
    with Library.open(tmp_path, analyse=analyse) as library:
        size = library.size_on_disk()
        counts = library.counts()
    assert (counts.articles, counts.passages, counts.sentences) == (60, 120, 180)
    assert (counts.first_published, counts.last_published) == (date(2020, 1, 1), date(2022, 12, 31))
    assert counts.publishers == (("ANP", 15), ("NOS", 15), ("de Volkskrant", 15))
    assert counts.languages == (("nl", 60),)
    assert size > 50_000


def test_passages_of_an_article_without_any(tmp_path: Path) -> None:
    article = made_article(1, "geen zin")
    with open_new(tmp_path) as library:
        library.put(article, [])
        assert library.passages_of(article.id) == library.passages_of("unknown") == []
        assert library.search_dense(unit_vectors(numpy.random.default_rng(1), 1)[0], 5) == []
        assert library.search_lexical(["zin"], 5) == []
        assert library.load([1, 2, -1]) == []
        assert library.check() == []
        assert library.remove(article.id)
