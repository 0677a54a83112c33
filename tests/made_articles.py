"""Articles, passages and vectors that tests put into a library; made by rule, to be made again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy

from embeddings.library import Library
from embeddings.records import Article, EncodedPassage, Passage, PublicationDate, Sentence, Vectors

DIMENSION = 16


@dataclass(frozen=True)
class MadeFingerprint:
    name: str = "made"
    dimension: int = DIMENSION
    revision: str = "1"

    def as_text(self) -> str:
        return f"{self.name} {self.revision} {self.dimension}"


def analyse(text: str, language: str) -> list[str]:
    return text.casefold().replace(".", " ").replace("\0", " ").split()


def unit_vectors(random: numpy.random.Generator, rows: int, dimension: int = DIMENSION) -> Vectors:
    vectors = random.standard_normal((rows, dimension)).astype(numpy.float32)
    return vectors / numpy.linalg.norm(vectors, axis=1, keepdims=True)


def made_article(
    number: int, text: str = "", published: str | None = None, publisher: str = "", title: str | None = None
) -> Article:
    text = text or f"Artikel {number} begint hier. De tweede zin noemt zaak{number}. De derde zegt woord{number % 7}."
    date = PublicationDate(published, "made") if published else None
    name = f"Titel {number}" if title is None else title
    return Article(text, f"/nieuws/{number}.txt", name, date, publisher=publisher, language="nl")


def encode(article: Article, version: int = 0, sentences_each: int = 2) -> list[EncodedPassage]:
    """Cut at full stops; vectors follow from the text and the version alone."""
    sentences = []
    start = 0
    for part in article.text.split("."):
        end = start + len(part) + 1
        left = len(part) - len(part.lstrip())
        if part.strip():
            sentences.append(Sentence(start + left, min(end, len(article.text))))
        start = end
    encoded = []
    for number, first in enumerate(range(0, len(sentences), sentences_each)):
        own = tuple(sentences[first : first + sentences_each])
        seed = [version, number, *article.text.encode("utf-8", "surrogatepass")[:64]]
        vectors = unit_vectors(numpy.random.default_rng(seed), 1 + len(own))
        encoded.append(EncodedPassage(Passage(article.id, number, own, article.title), vectors[0], vectors[1:]))
    return encoded


def with_vectors(encoded: list[EncodedPassage], vectors: Vectors) -> list[EncodedPassage]:
    return [replace(item, vector=vector) for item, vector in zip(encoded, vectors, strict=True)]


def fill(folder: Path, articles: int, make: Callable[[int], Article] = made_article) -> list[Article]:
    """A new library with so many articles, closed again."""
    made = [make(number) for number in range(articles)]
    with Library.open(folder, create=True, analyse=analyse) as library:
        library.bind(MadeFingerprint(), "made 1")
        for article in made:
            library.put(article, encode(article))
    return made


def folder_bytes(folder: Path) -> dict[str, bytes]:
    """Every file that a reader or writer has no reason to touch, by name."""
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir()) if not path.name.endswith("-shm")}


def open_new(folder: Path) -> Library:
    library = Library.open(folder, create=True, analyse=analyse)
    library.bind(MadeFingerprint(), "made 1")
    return library
