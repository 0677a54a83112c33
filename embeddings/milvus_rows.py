"""How records lie in Milvus, and the way back, with the checksums that the SQLite library has.

Milvus keeps texts of at most 65,535 bytes and no bytes at all. A record is therefore packed (compressed, in ASCII) into
one text, what does not fit into it into further ones; offsets, hashes and vectors come back exactly.
"""

from __future__ import annotations

import base64
import hashlib
import json
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from embeddings import schema
from embeddings.errors import LibraryDamaged
from embeddings.milvus_connection import LONGEST_VALUE, NO_DAY, from_letters, letters
from embeddings.packing import pack_sentence_vectors, pack_vector, unpack_sentence_vectors, unpack_vectors
from embeddings.records import Article, EncodedPassage, Vector
from embeddings.store import StoredPassage


@dataclass(frozen=True, slots=True)
class Summary:
    """What of an article the totals count.

    Attributes:
        first_day, last_day: ordinals of the days that its date can mean; 0 without a date.
    """

    passages: int
    sentences: int
    publisher: str
    language: str
    first_day: int
    last_day: int

    def as_text(self) -> str:
        return json.dumps([getattr(self, name) for name in self.__slots__])

    @classmethod
    def of_text(cls, text: str) -> Summary:
        return cls(*json.loads(text))


def summary_of(article: Article, encoded: Sequence[EncodedPassage]) -> Summary:
    date = article.published
    return Summary(
        len(encoded),
        sum(len(item.passage.sentences) for item in encoded),
        article.publisher,
        article.language,
        date.first_day.toordinal() if date else NO_DAY,
        date.last_day.toordinal() if date else NO_DAY,
    )


def passage_id(token: str, number: int) -> int:
    """A number that no other passage of any writer has: 63 bits of a hash."""
    return int.from_bytes(hashlib.blake2b(f"{token}/{number}".encode(), digest_size=8).digest(), "big") >> 1


def words(terms: Sequence[str]) -> str:
    """Terms as Milvus' analyser leaves them alone: each as letters and digits of its hash."""
    return " ".join(word(term) for term in terms)


def word(term: str) -> str:
    return "t" + hashlib.blake2b(term.encode("utf-8", "surrogatepass"), digest_size=6).hexdigest()


# ---- packing ----


def pack(columns: Sequence[Any], codes: bytes = b"") -> list[str]:
    """Columns, and bytes that no compression helps, as one or more texts; the first stands in the row itself."""
    plain = [{"bytes": base64.b64encode(item).decode()} if isinstance(item, bytes) else item for item in columns]
    header = zlib.compress(json.dumps(plain).encode(), 6)
    text = base64.b64encode(len(header).to_bytes(4, "big") + header + codes).decode()
    return [text[at : at + LONGEST_VALUE] for at in range(0, len(text), LONGEST_VALUE)]


def unpack(text: str, what: str) -> tuple[list[Any], bytes]:
    """The columns and the bytes.

    Raises:
        LibraryDamaged: it cannot be unpacked.
    """
    try:
        data = base64.b64decode(text, validate=True)
        size = 4 + int.from_bytes(data[:4], "big")
        columns = json.loads(zlib.decompress(data[4:size]))
        return [base64.b64decode(item["bytes"]) if isinstance(item, dict) else item for item in columns], data[size:]
    except (ValueError, zlib.error, TypeError, KeyError) as error:
        raise schema.damaged(what) from error


# ---- rows ----


def article_row(article: Article, summary: Summary, token: str, added: int) -> tuple[dict[str, Any], list[str]]:
    """A row of the articles, and what did not fit into it."""
    columns = list(schema.article_row(article, 0, 0, summary.passages))
    columns[2] = letters(article.source)
    first, *rest = pack(columns)
    row = {
        "id": article.id,
        "token": token,
        "added": added,
        "place": letters(article.source),
        "external_id": letters(article.external_id),
        "first_day": summary.first_day,
        "last_day": summary.last_day,
        "search_key": letters(schema.search_key(article)),
        "summary": summary.as_text(),
        "packed": first,
        "parts": len(rest),
        "vector": [1.0, 0.0],  # a collection must have one
    }
    return row, rest


def article_of(row: dict[str, Any], rest: Sequence[str]) -> Article:
    """The article of a row.

    Raises:
        LibraryDamaged: it does not match its checksum, or a part is missing.
    """
    what = f"the stored article {row['id']}"
    columns, _ = unpack(row["packed"] + "".join(rest), what)
    if len(rest) != row["parts"] or columns[1] != row["id"]:
        raise schema.damaged(what)
    columns[2] = schema.to_column(from_letters(columns[2]))
    return schema.article_of(tuple(columns))


def passage_row(
    article: Article, item: EncodedPassage, token: str, terms: Sequence[str], of_article: dict[str, Any]
) -> tuple[dict[str, Any], list[str]]:
    """A row of the passages, and what did not fit into it."""
    rowid = passage_id(token, item.passage.number)
    norm = float((item.vector.astype(float) ** 2).sum() ** 0.5)
    vector = item.vector if abs(norm - 1.0) < 1e-3 else item.vector / norm
    stored = schema.passage_row(item.passage, rowid, 0, b"", vector)
    codes = pack_sentence_vectors(item.sentence_vectors)
    first, *rest = pack([*stored[:6], stored[7], schema.row_checksum(rowid, codes)], codes)
    row = {
        "rowid": rowid,
        "token": token,
        "article": article.id,
        "first_day": of_article["first_day"],
        "last_day": of_article["last_day"],
        "search_key": of_article["search_key"],
        "words": words(terms),
        "packed": first,
        "parts": len(rest),
        # as it comes back: rounded, so that scores do not depend on where a vector was read
        "vector": unpack_vectors(pack_vector(vector), len(vector))[0],
    }
    return row, rest


def passage_of(row: dict[str, Any], rest: Sequence[str], article: Article, vector: Vector) -> StoredPassage:
    """The passage of a row, with its article.

    Raises:
        LibraryDamaged: it does not match its checksum, or a part is missing.
    """
    rowid = row["rowid"]
    columns, codes = unpack(row["packed"] + "".join(rest), f"stored passage {rowid}")
    if len(rest) != row["parts"] or len(columns) != 8 or schema.row_checksum(rowid, codes) != columns[7]:
        raise schema.damaged(f"stored passage {rowid}")
    passage, exact = schema.passage_of((*columns[:6], pack_vector(vector), columns[6]), article.id, len(vector))
    if not passage.sentences or passage.end > len(article.text):
        raise LibraryDamaged(f"stored passage {rowid} is not of its article", "run `bronvast check --repair`")
    return StoredPassage(int(rowid), article, passage, exact, unpack_sentence_vectors(codes, len(vector)))
