"""Addresses of Milvus, servers that are not there, and text as Milvus can compare it."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_articles import MadeFingerprint, analyse, encode, made_article

from embeddings.errors import LibraryError
from embeddings.milvus_connection import connect, disconnect, from_letters, letters, parse_uri
from embeddings.milvus_store import MilvusStore


@pytest.mark.parametrize(
    "uri, cause",
    [
        ("milvus://", "is not the address"),
        ("milvus://host:port/x", "is not the address"),
        ("milvus://host/met-streep", "is not the address"),
        ("milvus://user:secret@host/x", "is not the address"),
        ("postgres://host/x", "is not the address"),
        ("milvus-lite:", "names no file"),
        ("milvus://host/x?index=BEST", "unknown index BEST"),
    ],
)
def test_what_is_no_address_is_refused(uri: str, cause: str) -> None:
    with pytest.raises(LibraryError, match=cause) as caught:
        parse_uri(uri)
    assert caught.value.remedy


def test_addresses() -> None:
    address = parse_uri("milvus+tls://db.example.org/kranten?index=diskann")
    assert (address.endpoint, address.name, address.index) == ("https://db.example.org:19530", "kranten", "DISKANN")
    address = parse_uri("milvus://[::1]:1234")
    assert (address.endpoint, address.name, address.index) == ("http://[::1]:1234", "bronvast", "HNSW")


def test_a_server_that_is_not_there() -> None:
    with pytest.raises(LibraryError, match="no Milvus answers at milvus://127\\.0\\.0\\.1:9/x") as caught:
        connect(parse_uri("milvus://127.0.0.1:9/x"))
    assert caught.value.remedy == "start it, or correct --store"


def test_a_server_over_the_network(tmp_path: Path) -> None:
    """Milvus Lite's own server on a port: the whole way that a cluster is reached by."""
    lite = parse_uri(f"milvus-lite:{tmp_path}/served.db")
    client = connect(lite)
    try:
        from milvus_lite.server_manager import server_manager_instance

        port = server_manager_instance.start_and_get_uri(str(lite.file)).rpartition(":")[2]
        uri = f"milvus://127.0.0.1:{port}/kranten?index=HNSW"
        with MilvusStore.open(uri, create=True, analyse=analyse) as store:
            store.bind(MadeFingerprint(), "made 1")
            store.put(made_article(4), encode(made_article(4)))
        with MilvusStore.open(uri, analyse=analyse) as store:
            hits = store.search_lexical(["zaak4"], 3)
            assert [item.article for item in store.load([rowid for rowid, _ in hits])] == [made_article(4)]
            assert hits[0][1] > 0.1
            assert store.search_dense(encode(made_article(4))[1].vector, 1)[0][1] > 0.999
    finally:
        disconnect(client, lite)


@given(st.text(st.characters(exclude_categories=[])), st.text(st.characters(exclude_categories=[]), max_size=3))
def test_letters_keep_what_filters_ask(text: str, part: str) -> None:
    assert from_letters(letters(text)) == text
    assert (letters(part) in letters(text)) == (
        part.encode("utf-8", "surrogatepass") in text.encode("utf-8", "surrogatepass")
    )
    assert letters(text).startswith(letters(part)) == text.startswith(part)
