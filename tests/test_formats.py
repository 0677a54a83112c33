"""Libraries of every released format still open, and equal articles make equal libraries."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import tarfile
from dataclasses import replace
from pathlib import Path

import numpy
import pytest
from figures import note
from made_articles import MadeFingerprint, analyse, encode, folder_bytes, made_article, unit_vectors
from test_check import dump
from test_ingest import WordEncoder

from embeddings import schema
from embeddings.check import check_folder
from embeddings.library import Library
from embeddings.records import Article, PublicationDate
from qa.ingest import add
from qa.retriever import Retriever

FORMATS = Path(__file__).with_name("formats")


def original(number: int) -> Article:
    published = "2021-06-15" if number % 3 else None
    return made_article(number, published=published, publisher=["NOS", "ANP", ""][number % 3])


@pytest.mark.parametrize("number", range(1, schema.FORMAT + 1))
def test_r13_a_library_of_each_format_opens(tmp_path: Path, number: int) -> None:
    """The file in the repository was written by the version that introduced the format; it is never made anew."""
    with tarfile.open(FORMATS / f"format-{number}.tar.xz") as packed:
        packed.extractall(tmp_path, filter="data")
    before = folder_bytes(tmp_path)
    made = [original(one) for one in range(12) if one != 4]
    assert check_folder(tmp_path, False, analyse) == []
    with Library.open(tmp_path, analyse=analyse) as library:
        library.bind(MadeFingerprint(), "made 1")
        assert list(library.articles()) == made
        assert library.sources() == ["/nieuws"]
        for article in made:
            stored = library.passages_of(article.id)
            assert [item.passage for item in stored] == [item.passage for item in encode(article)]
            assert library.load([library.search_dense(stored[0].vector, 1)[0][0]])[0].article == article
        assert library.search_lexical(["zaak4"], 5) == []
        assert len(library.search_lexical(["zaak5"], 5)) == 1
    after = folder_bytes(tmp_path)
    assert {name: after[name] for name in before} == before
    with Library.open(tmp_path, writable=True, analyse=analyse) as library:
        assert library.put(made_article(20), encode(made_article(20))) == "added"
        timed = replace(made[0], published=PublicationDate("2021-06-15", "made", "14:32:05+02:00"))
        assert library.put(timed, encode(timed)) == "updated"  # times are later than format 1, which has room for them
        assert library.article(timed.id) == timed
        assert library.check() == []


PROGRAM = (
    "import sys\nfrom pathlib import Path\nfrom made_articles import fill\nfill(Path(sys.argv[1]), int(sys.argv[2]))\n"
)


@pytest.mark.parametrize("articles", [40, pytest.param(500, marks=pytest.mark.long)])
def test_r12_two_runs_make_the_same_library(tmp_path: Path, articles: int) -> None:
    """Also where Python's own order of sets differs."""
    dumps = []
    for seed in ("1", "2"):
        folder = tmp_path / seed
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        paths = os.pathsep.join([str(Path(__file__).parent), str(Path(__file__).parent.parent)])
        environment["PYTHONPATH"] = os.pathsep.join([paths, environment.get("PYTHONPATH", "")])
        subprocess.run([sys.executable, "-c", PROGRAM, str(folder), str(articles)], env=environment, check=True)
        dumps.append(dump(folder))
    assert dumps[0] == dumps[1]


@pytest.mark.parametrize("queries", [20, pytest.param(200, marks=pytest.mark.long)])
def test_r12_the_order_of_adding_changes_no_answer(tmp_path: Path, queries: int) -> None:
    numbers = list(range(60))
    answers = []
    for order in (numbers, random.Random(1).sample(numbers, len(numbers))):
        folder = tmp_path / str(order[0])
        with Library.open(folder, create=True, analyse=analyse) as library:
            library.bind(MadeFingerprint(), "made 1")
            for number in order:
                article = replace(original(number), publisher="NOS")
                library.put(article, encode(article))
        with Library.open(folder, analyse=analyse) as library:
            found = []
            for seed in range(queries):
                hits = library.search_dense(unit_vectors(numpy.random.default_rng(seed), 1)[0], 10)
                stored = library.load([rowid for rowid, _ in hits])
                found.append(
                    [
                        (item.article.id, item.passage.number, score)
                        for item, (_, score) in zip(stored, hits, strict=True)
                    ]
                )
                by_word = library.load([rowid for rowid, _ in library.search_lexical([f"zaak{seed % 60}"], 10)])
                found.append([(item.article.id, item.passage.number, 0.0) for item in by_word])
            answers.append(found)
    assert answers[0] == answers[1]
    note("r12", questions=queries, same=sum(map(list.__eq__, *answers)))


@pytest.mark.parametrize("queries", [20, pytest.param(200, marks=pytest.mark.long)])
def test_r12_eight_workers_make_the_same_as_one(tmp_path: Path, queries: int) -> None:
    """The eight in any order, each with its share of the articles."""
    examples, encoder, chance = Path(__file__).parent.parent / "examples" / "articles", WordEncoder(), random.Random(2)
    words = [word for path in sorted(examples.iterdir()) for word in path.read_text(encoding="utf-8").split()]
    asked = [" ".join(chance.sample(words, 4)) for _ in range(queries)]
    made = []
    for shares in ([(1, 1)], [(number, 8) for number in chance.sample(range(1, 9), 8)]):
        folder = tmp_path / str(len(shares))
        for share in shares:
            with Library.open(folder, create=True) as library:
                assert add(library, encoder, [str(examples)], shard=share).failed == ()
        with Library.open(folder) as library:
            held = {
                article.id: (
                    article,
                    [(item.passage, item.vector.tobytes()) for item in library.passages_of(article.id)],
                )
                for article in library.articles()
            }
            found = []
            for question in asked:
                hits = Retriever(library, encoder).search(question, k=10).hits
                found.append([(hit.article.id, hit.passage.number, hit.score) for hit in hits])
        made.append((held, found))
    assert len(made[0][0]) == 24 and all(made[0][1])
    assert made[0][0] == made[1][0]
    assert made[0][1] == made[1][1]
    note("r12 workers", questions=queries)
