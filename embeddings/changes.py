"""What one transaction writes: an article with everything derived from it, put in or taken out as a whole."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

import apsw
import numpy

from embeddings import duplicates, lexical
from embeddings.database import rows_of
from embeddings.errors import EncoderError, LibraryError
from embeddings.packing import pack_sentence_vectors, unpack_sentences
from embeddings.records import Article, EncodedPassage, Passage
from embeddings.schema import (
    APPLICATION_ID,
    ARTICLE_COLUMNS,
    FORMAT,
    STATE_COLUMNS,
    TABLES,
    Column,
    article_of,
    article_row,
    damaged,
    passage_row,
    row_checksum,
    small_checksum,
)

Analyse: TypeAlias = Callable[[str, str], list[str]]  # text and its language to terms


def usual_analysis(text: str, language: str) -> list[str]:
    """`analyse` of `embeddings/analysis.py`, whose tables are read only when something is written."""
    from embeddings.analysis import analyse

    return analyse(text, language)


@dataclass(frozen=True, slots=True)
class State:
    """The one row that every change rewrites: the generation, the next numbers, and the totals."""

    generation: int = 0
    next_article: int = 1
    next_passage: int = 1
    articles: int = 0
    passages: int = 0
    sentences: int = 0
    removals_since: int = 0


def create_tables(connection: apsw.Connection) -> None:
    """An empty library, inside the caller's transaction."""
    for statement in TABLES:
        connection.execute(statement)
    lexical.create(connection)
    write_state(connection, State())
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version = {FORMAT}")


def read_state(connection: apsw.Connection) -> State:
    """The state row.

    Raises:
        LibraryDamaged: it is missing or does not match its checksum.
    """
    rows = rows_of(connection, f"SELECT {STATE_COLUMNS} FROM state")
    if len(rows) != 1 or row_checksum(*rows[0][:-1]) != rows[0][-1]:
        raise damaged("the library's state")
    return State(*rows[0][:-1])


def write_state(connection: apsw.Connection, state: State) -> None:
    values: tuple[Column, ...] = (
        state.generation,
        state.next_article,
        state.next_passage,
        state.articles,
        state.passages,
        state.sentences,
        state.removals_since,
    )
    connection.execute(
        f"INSERT OR REPLACE INTO state(one, {STATE_COLUMNS}) VALUES (1, ?, ?, ?, ?, ?, ?, ?, ?)",
        (*values, row_checksum(*values)),
    )


def validate(article: Article, encoded: Sequence[EncodedPassage], dimension: int) -> None:
    """Refuse what would break the library's promises, before anything is written.

    Raises:
        EncoderError: vectors of another shape, or not finite, or zero.
        LibraryError: offsets outside the text or out of order, or text that is not valid Unicode.
    """
    try:
        article.sha256  # noqa: B018
        article.fingerprint  # noqa: B018
    except UnicodeEncodeError as error:
        raise LibraryError(
            f"the text of {article.source!r} holds characters that no file can", "convert it to UTF-8"
        ) from error
    size = len(article.text)
    if not all(0 <= span.start <= span.end <= size for span in (*article.furniture, *article.headings)):
        raise LibraryError(f"a part of {article.source!r} lies outside its text", "report this as an error")
    for number, item in enumerate(encoded):
        passage = item.passage
        place = 0
        for sentence in passage.sentences:
            if not place <= sentence.start < sentence.end <= size:
                raise LibraryError(
                    f"a sentence of {article.source!r} lies outside its text or out of order",
                    "report this as an error",
                )
            place = sentence.end
        if not passage.sentences or passage.number != number or passage.article_id != article.id:
            raise LibraryError(
                f"the passages of {article.source!r} are not those of that article in order",
                "report this as an error",
            )
        if item.vector.shape != (dimension,) or item.sentence_vectors.shape != (
            len(passage.sentences),
            dimension,
        ):
            raise EncoderError(
                f"the encoder gave vectors of shape {item.vector.shape} and {item.sentence_vectors.shape} "
                f"where {len(passage.sentences)} sentences and {dimension} dimensions were expected",
                "use the encoder that the library was built with",
            )
        norms = numpy.linalg.norm(numpy.vstack([item.vector[None, :], item.sentence_vectors]), axis=1)
        if not (numpy.isfinite(norms).all() and (norms > 1e-6).all()):
            raise EncoderError(
                f"the encoder gave a vector for {article.source!r} that is zero or not a number",
                "add the article again, or choose another encoder",
            )


def terms_of(article: Article, passage: Passage, analyse: Analyse) -> list[str]:
    """The words by which a passage is found: those of its title and headings, and its own."""
    context = passage.context if article.title in passage.context else f"{article.title}\n{passage.context}"
    words = analyse(context, article.language) if context.strip() else []
    return [*words, *analyse(article.text[passage.start : passage.end], article.language)]


def insert(
    connection: apsw.Connection,
    state: State,
    article: Article,
    encoded: Sequence[EncodedPassage],
    analyse: Analyse,
) -> State:
    """Write an article that is not there yet; the new state is returned, not written."""
    packed = lexical.number_terms(connection, [terms_of(article, item.passage, analyse) for item in encoded])
    rowid, first = state.next_article, state.next_passage
    row = article_row(article, rowid, first, len(encoded))
    marks = ", ".join("?" * len(row))
    connection.execute(f"INSERT INTO articles({ARTICLE_COLUMNS}) VALUES ({marks})", row)
    sentences = 0
    for number, (item, passage_terms) in enumerate(zip(encoded, packed, strict=True), first):
        norm = numpy.linalg.norm(item.vector)
        # rounding to float16 moves the norm by less: a vector that comes from a library stays as it is
        vector = item.vector if abs(norm - 1.0) < 1e-3 else item.vector / norm
        connection.execute(
            "INSERT INTO passages VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            passage_row(item.passage, number, rowid, passage_terms, vector),
        )
        codes = pack_sentence_vectors(item.sentence_vectors)
        connection.execute(
            "INSERT INTO sentence_vectors VALUES (?, ?, ?)", (number, codes, row_checksum(number, codes))
        )
        sentences += len(item.passage.sentences)
    lexical.add(connection, list(enumerate(packed, first)))
    duplicates.add(connection, rowid, article)
    return replace(
        state,
        next_article=rowid + 1,
        next_passage=first + len(encoded),
        articles=state.articles + 1,
        passages=state.passages + len(encoded),
        sentences=state.sentences + sentences,
    )


def delete(connection: apsw.Connection, state: State, article_id: str) -> State:
    """Take out an article that is there; the new state is returned, not written."""
    row = rows_of(connection, f"SELECT {ARTICLE_COLUMNS} FROM articles WHERE id = ?", [article_id])[0]
    rowid, first, count = row[0], row[19], row[20]
    article = article_of(row)
    last = first + count - 1
    passages = rows_of(
        connection, "SELECT rowid, terms, sentences FROM passages WHERE rowid BETWEEN ? AND ?", [first, last]
    )
    lexical.remove(connection, [(number, terms) for number, terms, _ in passages])
    duplicates.remove(connection, rowid, article)
    connection.execute("DELETE FROM passages WHERE rowid BETWEEN ? AND ?", (first, last))
    connection.execute("DELETE FROM sentence_vectors WHERE passage BETWEEN ? AND ?", (first, last))
    connection.execute("DELETE FROM articles WHERE rowid = ?", (rowid,))
    if count:
        connection.execute(
            "INSERT INTO removed_passages VALUES (?, ?, ?)", (first, count, small_checksum(first, count))
        )
    return replace(
        state,
        articles=state.articles - 1,
        passages=state.passages - len(passages),
        sentences=state.sentences - sum(len(unpack_sentences(packed)) for *_, packed in passages),
    )
