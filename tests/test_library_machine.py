"""Any sequence of changes, by any number of openings, against a plain dict that does the same."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import numpy
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from made_articles import MadeFingerprint, analyse, encode, made_article, unit_vectors

from embeddings import dense, index
from embeddings.library import Library
from embeddings.records import Article, Filters

EVERY_VECTOR_LIMIT = dense.EVERY_VECTOR_LIMIT

numbers = st.integers(0, 11)


class LibraryMachine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="bronvast-machine-"))
        self.expected: dict[str, tuple[Article, int]] = {}
        self.remembered: set[str] = set()
        self.writer = self._open_writer()
        self.reader = Library.open(self.folder, analyse=analyse)

    def _open_writer(self) -> Library:
        writer = Library.open(self.folder, create=True, analyse=analyse)
        writer.bind(MadeFingerprint(), "made 1")
        return writer

    def teardown(self) -> None:
        try:
            # an index file that we took away is named; nothing else may be
            assert all(problem.where.endswith(".faiss") for problem in self.writer.check())
        finally:
            dense.EVERY_VECTOR_LIMIT = EVERY_VECTOR_LIMIT
            self.reader.close()
            self.writer.close()
            shutil.rmtree(self.folder)

    @rule(number=numbers, version=st.integers(0, 2), sentences=st.integers(0, 5))
    def put(self, number: int, version: int, sentences: int) -> None:
        text = "".join(f"Zin {part} van zaak{number} versie{version}. " for part in range(sentences)) or "leeg"
        article = made_article(number, text, published=f"20{10 + number}", publisher=f"krant {number % 3}")
        former = self.expected.get(article.id)
        outcome = self.writer.put(article, encode(article, version) if sentences else [])
        if former is None:
            assert outcome == "added"
        else:
            assert outcome == ("unchanged" if former[0] == article else "updated")
        if outcome != "unchanged":
            self.expected.pop(article.id, None)
            self.expected[article.id] = (article, version)

    @rule(number=numbers)
    def remove(self, number: int) -> None:
        article_id = made_article(number).id
        assert self.writer.remove(article_id) == (article_id in self.expected)
        self.expected.pop(article_id, None)

    @rule(number=numbers)
    def remember(self, number: int) -> None:
        self.writer.remember_source(f"/bron/{number}")
        self.remembered.add(f"/bron/{number}")

    @rule(number=numbers)
    def forget(self, number: int) -> None:
        assert self.writer.forget_source(f"/bron/{number}") == (f"/bron/{number}" in self.remembered)
        self.remembered.discard(f"/bron/{number}")

    @rule()
    def save(self) -> None:
        self.writer.save_index()

    @rule(save=st.booleans())
    def close_and_open_the_writer(self, save: bool) -> None:
        self.writer.close(save)
        self.writer = self._open_writer()

    @rule()
    def open_the_reader_anew(self) -> None:
        self.reader.close()
        self.reader = Library.open(self.folder, analyse=analyse)

    @precondition(lambda self: index.index_files(self.folder))
    @rule(manifest=st.booleans())
    def lose_the_index(self, manifest: bool) -> None:
        (self.folder / index.MANIFEST_NAME if manifest else index.index_files(self.folder)[0]).unlink(missing_ok=True)

    @rule()
    def repair(self) -> None:
        self.reader.close()
        assert all(problem.where.endswith(".faiss") for problem in self.writer.check(repair=True))
        self.reader = Library.open(self.folder, analyse=analyse)

    @rule(
        seed=st.integers(0, 1000), k=st.integers(1, 40), year=st.none() | st.integers(2009, 2022), small=st.booleans()
    )
    def search(self, seed: int, k: int, year: int | None, small: bool) -> None:
        filters = Filters(sources=(f"krant {year % 3}",)) if year is not None else Filters()
        dense.EVERY_VECTOR_LIMIT = EVERY_VECTOR_LIMIT if small else -1
        query = unit_vectors(numpy.random.default_rng(seed), 1)[0]
        expected = []
        words: dict[tuple[str, int], set[str]] = {}
        for article, version in self.expected.values():
            if year is None or article.publisher == f"krant {year % 3}":
                for item in encode(article, version) if article.text != "leeg" else []:
                    score = float((item.vector.astype(numpy.float16).astype(float) * query).sum())
                    expected.append((score, article.id, item.passage.number))
                    text = article.text[item.passage.start : item.passage.end]
                    words[(article.id, item.passage.number)] = set(analyse(f"{article.title} {text}", ""))
        expected.sort(key=lambda row: -row[0])
        term = f"versie{seed % 3}"
        holding = {key for key, terms in words.items() if term in terms}
        for library in (self.reader, self.writer):
            with library.snapshot():
                hits = library.search_dense(query, k, filters)
                found = library.load([rowid for rowid, _ in hits])
                lexical = library.search_lexical([term], 100, filters)
                by_word = library.load([rowid for rowid, _ in lexical])
            assert [(item.article.id, item.passage.number) for item in found] == [row[1:] for row in expected[:k]]
            assert numpy.allclose([score for _, score in hits], [row[0] for row in expected[:k]], atol=1e-6)
            assert {(item.article.id, item.passage.number) for item in by_word} == holding
            assert len(lexical) == len(holding)

    @invariant()
    def what_is_there_is_what_was_put(self) -> None:
        for library in (self.reader, self.writer):
            assert list(library.articles()) == [article for article, _ in self.expected.values()]
            assert library.sources() == sorted(self.remembered)
            assert library.counts().articles == len(self.expected)


LibraryMachine.TestCase.settings = settings(max_examples=40, stateful_step_count=20)
test_library_machine = LibraryMachine.TestCase


class LongLibraryMachine(LibraryMachine):
    """The same, longer and more often."""


LongLibraryMachine.TestCase.settings = settings(max_examples=500, stateful_step_count=40)
test_library_machine_for_long = pytest.mark.long(LongLibraryMachine.TestCase)
