"""What one transaction writes: refused as a whole or there as a whole."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import apsw
import numpy
import pytest
from made_articles import DIMENSION, analyse, encode, made_article, open_new

from embeddings.changes import State, create_tables, delete, insert, read_state, terms_of, validate, write_state
from embeddings.database import rows_of
from embeddings.errors import BronvastError, EncoderError, LibraryDamaged, LibraryError
from embeddings.packing import unpack_vectors
from embeddings.records import Article, EncodedPassage, Passage, Sentence, Span
from embeddings.schema import APPLICATION_ID, FORMAT

NAN, INF = numpy.float32("nan"), numpy.float32("inf")


@pytest.fixture
def connection() -> Iterator[apsw.Connection]:
    opened = apsw.Connection(":memory:")
    create_tables(opened)
    yield opened
    opened.close()


def count(connection: apsw.Connection, table: str) -> int:
    return int(rows_of(connection, f"SELECT count(*) FROM {table}")[0][0])


def with_sentences(article: Article, *offsets: tuple[int, int]) -> list[EncodedPassage]:
    vectors = numpy.eye(len(offsets) + 1, DIMENSION, dtype=numpy.float32)
    passage = Passage(article.id, 0, tuple(Sentence(start, end) for start, end in offsets), article.title)
    return [EncodedPassage(passage, vectors[0], vectors[1:])]


def test_a_new_library_says_what_it_is(connection: apsw.Connection) -> None:
    assert read_state(connection) == State(0, 1, 1, 0, 0, 0, 0)
    assert rows_of(connection, "PRAGMA application_id") == [(APPLICATION_ID,)]
    assert rows_of(connection, "PRAGMA user_version") == [(FORMAT,)]
    assert rows_of(connection, "SELECT v FROM lexical_config WHERE k = 'secure-delete'") == [(1,)]


def test_the_state_is_one_row_with_its_checksum(connection: apsw.Connection) -> None:
    state = State(7, 3, 9, 2, 8, 20, 1)
    write_state(connection, state)
    assert read_state(connection) == state
    connection.execute("UPDATE state SET passages = passages + 1")
    with pytest.raises(LibraryDamaged, match="state"):
        read_state(connection)
    connection.execute("DELETE FROM state")
    with pytest.raises(LibraryDamaged, match="state"):
        read_state(connection)


@pytest.mark.parametrize(
    ("offsets", "taken"),
    [
        ([(0, 10)], True),
        ([(0, 4), (4, 10)], True),  # to the last letter, and nothing between
        ([(0, 1), (9, 10)], True),
        ([(0, 11)], False),
        ([(-1, 4)], False),
        ([(3, 3)], False),
        ([(4, 3)], False),
        ([(0, 5), (4, 10)], False),
        ([(5, 10), (0, 4)], False),
        ([(0, 4), (5, 11)], False),
        ([], False),
    ],
)
def test_sentences_lie_in_the_text_one_after_the_other(offsets: list[tuple[int, int]], taken: bool) -> None:
    article = Article("tien tekens"[:10], "/a.txt", "Titel")
    encoded = with_sentences(article, *offsets)
    if taken:
        validate(article, encoded, DIMENSION)
    else:
        with pytest.raises(LibraryError):
            validate(article, encoded, DIMENSION)


@pytest.mark.parametrize("field", ["furniture", "headings"])
@pytest.mark.parametrize(
    ("start", "end", "taken"),
    [(0, 10, True), (10, 10, True), (0, 0, True), (0, 11, False), (-1, 3, False), (5, 4, False)],
)
def test_parts_lie_in_the_text(field: str, start: int, end: int, taken: bool) -> None:
    bare, span = Article("tien tekens"[:10], "/a.txt", "Titel"), (Span(start, end),)
    article = replace(bare, furniture=span) if field == "furniture" else replace(bare, headings=span)
    if taken:
        validate(article, [], DIMENSION)
    else:
        with pytest.raises(LibraryError, match="outside its text"):
            validate(article, [], DIMENSION)


def test_passages_are_those_of_the_article_in_order() -> None:
    article, other = made_article(1), made_article(2)
    encoded = encode(article)
    assert len(encoded) == 2
    validate(article, encoded, DIMENSION)
    for wrong in (
        encoded[::-1],
        encoded[1:],
        [encoded[0], encoded[0]],
        [encoded[0], replace(encoded[1], passage=replace(encoded[1].passage, article_id=other.id))],
    ):
        with pytest.raises(LibraryError, match="not those of that article in order"):
            validate(article, wrong, DIMENSION)


@pytest.mark.parametrize("place", ["passage", "sentence"])
@pytest.mark.parametrize(
    ("value", "taken"),
    [(NAN, False), (INF, False), (0.0, False), (1e-7, False), (1e-6, False), (2e-6, True), (3.0, True)],
)
def test_vectors_are_finite_and_point_somewhere(place: str, value: float, taken: bool) -> None:
    article = made_article(1)
    (first, second) = encode(article)
    vector = numpy.zeros(DIMENSION, numpy.float32)
    vector[3] = value
    if place == "passage":
        bad = replace(second, vector=vector)
    else:
        bad = replace(second, sentence_vectors=numpy.vstack([second.sentence_vectors[:-1], vector[None, :]]))
    if taken:
        validate(article, [first, bad], DIMENSION)
    else:
        with pytest.raises(EncoderError, match="zero or not a number"):
            validate(article, [first, bad], DIMENSION)


def test_vectors_have_the_shape_of_the_library() -> None:
    article = made_article(1)
    (first, second) = encode(article)
    for bad in (
        replace(first, vector=first.vector[:-1]),
        replace(first, vector=first.vector[None, :]),
        replace(first, sentence_vectors=first.sentence_vectors[:1]),
        replace(first, sentence_vectors=first.sentence_vectors[:, :-1]),
    ):
        with pytest.raises(EncoderError, match=r"2 sentences and 16 dimensions were expected"):
            validate(article, [bad, second], DIMENSION)
    with pytest.raises(EncoderError):
        validate(article, [first, second], DIMENSION + 1)


def test_the_title_is_counted_once_among_the_words_of_a_passage() -> None:
    article = made_article(3)
    passage = encode(article)[0].passage
    own = analyse(article.text[passage.start : passage.end], "nl")
    assert terms_of(article, passage, analyse) == ["titel", "3", *own]
    assert terms_of(article, replace(passage, context="Kop"), analyse) == ["titel", "3", "kop", *own]
    assert terms_of(article, replace(passage, context="Titel 3\nKop"), analyse) == ["titel", "3", "kop", *own]
    bare = replace(article, title="")
    asked: list[str] = []
    assert terms_of(bare, replace(passage, context=""), lambda text, _: asked.append(text) or analyse(text, "")) == own  # type: ignore[func-returns-value]
    assert asked == [article.text[passage.start : passage.end]]  # nothing is asked about no words


def test_what_is_put_in_is_counted_and_what_is_taken_out_leaves_the_rest(connection: apsw.Connection) -> None:
    made = [made_article(number) for number in range(3)]
    state = read_state(connection)
    for article in made:
        state = insert(connection, state, article, encode(article), analyse)
    assert state == State(0, 4, 7, 3, 6, 9, 0)
    assert [count(connection, table) for table in ("articles", "passages", "sentence_vectors")] == [3, 6, 6]
    state = delete(connection, state, made[1].id)
    assert state == State(0, 4, 7, 2, 4, 6, 0)
    assert rows_of(connection, "SELECT rowid FROM passages") == [(1,), (2,), (5,), (6,)]
    assert rows_of(connection, "SELECT passage FROM sentence_vectors") == [(1,), (2,), (5,), (6,)]
    assert rows_of(connection, "SELECT first, count FROM removed_passages") == [(3, 2)]
    assert rows_of(connection, "SELECT id FROM articles ORDER BY rowid") == [(made[0].id,), (made[2].id,)]
    assert rows_of(connection, "SELECT count(*) FROM terms WHERE term = 'zaak1'") == [(0,)]
    assert rows_of(connection, "SELECT documents FROM terms WHERE term = 'titel'") == [(4,)]
    state = insert(connection, state, made[1], encode(made[1]), analyse)  # numbers are never used again
    assert state == State(0, 5, 9, 3, 6, 9, 0)
    for article in made:
        state = delete(connection, state, article.id)
    assert state == State(0, 5, 9, 0, 0, 0, 0)
    for table in ("articles", "passages", "sentence_vectors", "terms", "shingles", "clusters"):
        assert count(connection, table) == 0, table


def test_an_article_without_passages_leaves_no_trace_of_any(connection: apsw.Connection) -> None:
    article = made_article(1, "geen zin")
    state = insert(connection, read_state(connection), article, [], analyse)
    assert state == State(0, 2, 1, 1, 0, 0, 0)
    assert delete(connection, state, article.id) == State(0, 2, 1, 0, 0, 0, 0)
    assert count(connection, "removed_passages") == 0


@pytest.mark.parametrize(
    ("length", "stored"), [(1.0, 1.0), (1.0009, 1.0009), (0.9991, 0.9991), (3.0, 1.0), (1.01, 1.0)]
)
def test_vectors_are_stored_at_length_one_but_for_what_rounding_did(
    connection: apsw.Connection, length: float, stored: float
) -> None:
    """A vector that comes from a library, whose numbers were rounded, goes into another as it is."""
    article = made_article(1)
    encoded = [replace(item, vector=(item.vector * length).astype(numpy.float32)) for item in encode(article)]
    insert(connection, read_state(connection), article, encoded, analyse)
    for (packed,), item in zip(rows_of(connection, "SELECT vector FROM passages ORDER BY rowid"), encoded, strict=True):
        expected = item.vector * (stored / length)
        assert numpy.array_equal(unpack_vectors(packed, DIMENSION)[0], expected.astype(numpy.float16).astype("f4"))


def test_what_would_break_promises_is_refused_whole(tmp_path: Path) -> None:
    article = made_article(1)
    encoded = encode(article)
    bad = numpy.full(DIMENSION, numpy.nan, numpy.float32)
    with open_new(tmp_path) as library:
        for broken in (
            [encoded[0], replace(encoded[1], vector=bad)],
            [replace(encoded[0], vector=numpy.zeros(DIMENSION, numpy.float32)), encoded[1]],
            [replace(encoded[0], vector=encoded[0].vector[:-1]), encoded[1]],
            [replace(encoded[0], sentence_vectors=encoded[0].sentence_vectors[:1]), encoded[1]],
            [encoded[1]],
            [encoded[0], replace(encoded[1], passage=encode(made_article(2))[1].passage)],
        ):
            with pytest.raises(BronvastError):
                library.put(article, broken)
        short = replace(article, text=article.text[:10])
        with pytest.raises(LibraryError):
            library.put(short, encoded)
        with pytest.raises(LibraryError):
            library.put(replace(article, text="\ud800"), [])
        assert library.counts().articles == 0
        assert library.put(article, encoded) == "added"
        assert library.check() == []
