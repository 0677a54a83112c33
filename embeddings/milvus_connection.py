"""The way to a Milvus: where it is, the three collections of a library in it, and its errors in ours.

    NAME_articles   one row an article, its text packed in it; this row is the commit point
    NAME_passages   one row a passage: vector, words, filters, and packed offsets and sentence vectors
    NAME_values     what is named by a key: the manifest, remembered sources, tallies, and the rest of long rows

`milvus://host:19530/name` is a server or a cluster; `milvus-lite:FILE.db` the same engine inside this process, for
trying out and for tests. A user's name and password, or a key, are given in BRONVAST_STORE_TOKEN.
"""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

from embeddings.errors import LibraryError, LibraryLocked
from embeddings.records import Filters
from embeddings.schema import fold

LITE: Final = "milvus-lite:"
INDEXES: Final[dict[str, dict[str, object]]] = {
    "FLAT": {},
    "HNSW": {"M": 24, "efConstruction": 200},
    "IVF_SQ8": {"nlist": 4096},
    "DISKANN": {},
    "AUTOINDEX": {},
}
SEARCH: Final[dict[str, dict[str, int]]] = {
    "HNSW": {"ef": 400},
    "IVF_SQ8": {"nprobe": 64},
    "DISKANN": {"search_list": 200},
}
CONNECT_SECONDS: Final = 5.0
LONGEST_VALUE: Final = 60_000  # characters of one VARCHAR, all ASCII; Milvus takes 65,535 bytes
MOST_ROWS: Final = 16_384  # that Milvus gives in one answer
NO_DAY: Final = 0  # of an article without a date; every real day is greater
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,100}")
_LETTERS: Final = [high + low for high in "ABCDEFGHIJKLMNOP" for low in "abcdefghijklmnop"]


@dataclass(frozen=True, slots=True)
class Address:
    """What a store's URI says.

    Attributes:
        uri: as it was written.
        endpoint: "http://host:port" or "https://…"; "" where a file is meant.
        file: the folder that the embedded engine keeps its files in; None for a server.
        name: what the names of the collections begin with.
        index: the kind of vector index of a new library.
    """

    uri: str
    endpoint: str
    file: Path | None
    name: str
    index: str


def parse_uri(uri: str) -> Address:
    """The address that a URI means.

    Raises:
        LibraryError: it is none.
    """
    if uri.startswith(LITE):
        path, _, query = uri.removeprefix(LITE).partition("?")
        if not path:
            raise LibraryError(f"--store {uri} names no file", f"write {LITE}/path/to/library.db")
        return Address(uri, "", Path(path).expanduser().absolute(), "bronvast", _index_of(uri, query, "FLAT"))
    try:
        parts = urlsplit(uri)
        port, host = parts.port or 19530, parts.hostname or ""
    except ValueError:
        parts, port, host = urlsplit(""), 0, ""
    name = parts.path.strip("/") or "bronvast"
    if parts.scheme not in ("milvus", "milvus+tls") or not host or not _NAME.fullmatch(name) or parts.username:
        raise LibraryError(
            f"--store {uri} is not the address of a store",
            f"write milvus://HOST:19530/NAME or {LITE}/path/to/library.db; a password goes in BRONVAST_STORE_TOKEN",
        )
    scheme = "https" if parts.scheme == "milvus+tls" else "http"
    shown = f"[{host}]" if ":" in host else host
    return Address(uri, f"{scheme}://{shown}:{port}", None, name, _index_of(uri, parts.query, "HNSW"))


def _index_of(uri: str, query: str, default: str) -> str:
    index = parse_qs(query).get("index", [default])[-1].upper()
    if index not in INDEXES:
        raise LibraryError(f"--store {uri} names an unknown index {index}", f"it is one of {', '.join(INDEXES)}")
    return index


@contextmanager
def mapped_errors(uri: str) -> Iterator[None]:
    """Errors of Milvus, its client and the network below as errors of the library."""
    try:
        from grpc import RpcError
        from pymilvus.exceptions import MilvusException
    except ImportError as error:
        raise _client_missing() from error
    try:
        yield
    except (MilvusException, RpcError, OSError) as error:
        message = " ".join(str(getattr(error, "message", "") or error).split())[:300].rstrip(".")
        if re.search(r"(?i)fail(ed)? connecting|unavailable|connect|deadline|timeout|refused", message):
            raise LibraryError(f"no Milvus answers at {uri} ({message})", "start it, or correct --store") from error
        if re.search(r"(?i)auth|permission|denied", message):
            raise LibraryError(f"Milvus at {uri} lets nobody in ({message})", "set BRONVAST_STORE_TOKEN") from error
        raise LibraryError(f"Milvus at {uri} failed ({message})", "see its log") from error


def _client_missing() -> LibraryError:
    return LibraryError("Milvus' client is not installed", 'install it with: pip install "bronvast[milvus]"')


_servers: dict[Path, int] = {}  # embedded engines of this process, with the number of their users


def connect(address: Address) -> Any:
    """A client for a store.

    Raises:
        LibraryError: the client is not installed, or nothing answers.
        LibraryLocked: another process has the file of an embedded engine.
    """
    if address.file is not None:  # an embedded engine finds that its client asks for signs of life too often
        os.environ.setdefault("GRPC_VERBOSITY", "NONE")
    try:
        from pymilvus import MilvusClient
    except ImportError as error:
        raise _client_missing() from error
    logging.getLogger("pymilvus").setLevel(logging.CRITICAL)  # it logs every error that it raises as well
    endpoint = address.endpoint or _start_engine(address)
    with mapped_errors(address.uri):
        return MilvusClient(
            uri=endpoint, token=os.environ.get("BRONVAST_STORE_TOKEN", ""), timeout=CONNECT_SECONDS, dedicated=True
        )


def _start_engine(address: Address) -> str:
    try:
        from milvus_lite.server_manager import server_manager_instance
    except ImportError as error:
        raise LibraryError(
            "Milvus Lite is not installed", 'install it with: pip install "bronvast[milvus-lite]"'
        ) from error
    for name in ("milvus_lite", "grpc._server"):  # the engine's own affairs
        logging.getLogger(name).setLevel(logging.CRITICAL)
    assert address.file is not None
    try:
        address.file.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise LibraryError(f"{address.file} cannot be made ({error.strerror})", "correct --store") from error
    endpoint = server_manager_instance.start_and_get_uri(str(address.file))
    if endpoint is None:
        raise LibraryLocked(
            f"{address.file} cannot be opened, most likely because another process has it open",
            "wait until that is done; several processes at once need a server (milvus://)",
        )
    _servers[address.file] = _servers.get(address.file, 0) + 1
    return str(endpoint)


def disconnect(client: Any, address: Address) -> None:
    """Let go of a client, and of the embedded engine if nobody in this process uses it any more."""
    with suppress(Exception):  # nothing is lost when a connection does not end well
        client.close()
    if address.file is not None:
        _servers[address.file] -= 1
        if not _servers[address.file]:
            from milvus_lite.server_manager import server_manager_instance

            server_manager_instance.release_server(str(address.file))


# ---- collections ----


def create_collections(client: Any, address: Address, dimension: int) -> None:
    """Make those that are not there yet; another writer may be doing the same."""
    from pymilvus import DataType, Function, FunctionType

    strings = {"data_type": DataType.VARCHAR, "max_length": 65_535}

    def make(kind: str, fields: dict[str, dict[str, Any]], indexed: Sequence[str], dense: int) -> None:
        collection = f"{address.name}_{kind}"
        if client.has_collection(collection):
            return
        schema = client.create_schema(auto_id=False, enable_dynamic_field=False)
        for number, (name, options) in enumerate(fields.items()):
            kind_of = options["data_type"]
            rest = {key: value for key, value in options.items() if key != "data_type"}
            schema.add_field(name, kind_of, is_primary=number == 0, **rest)
        schema.add_field("vector", DataType.FLOAT_VECTOR, dim=dense)
        index = client.prepare_index_params()
        chosen = address.index if dense > 2 else "FLAT"
        index.add_index("vector", index_type=chosen, metric_type="IP", params=INDEXES[chosen])
        for name in indexed:
            index.add_index(name, index_type="INVERTED")
        if "words" in fields:
            schema.add_field("bm25", DataType.SPARSE_FLOAT_VECTOR)
            schema.add_function(
                Function(
                    name="words_to_bm25",
                    function_type=FunctionType.BM25,
                    input_field_names=["words"],
                    output_field_names=["bm25"],
                )
            )
            index.add_index(
                "bm25",
                index_type="SPARSE_INVERTED_INDEX",
                metric_type="BM25",
                params={"bm25_k1": 1.2, "bm25_b": 0.75},  # as SQLite has them
            )
        with suppress_existing(client, collection):
            client.create_collection(collection, schema=schema, consistency_level="Strong")
            # not waited for, each in steps of half a second: those of an empty collection are there at once
            client.create_index(collection, index, sync=False)
            client.load_collection(collection)

    number = {"data_type": DataType.INT64}
    words = {**strings, "enable_analyzer": True, "enable_match": True, "analyzer_params": {"tokenizer": "standard"}}
    filters = {"first_day": number, "last_day": number, "search_key": strings}
    articles = {"id": strings, "token": strings, "added": number, "place": strings, "external_id": strings}
    make(
        "articles",
        {**articles, **filters, "summary": strings, "packed": strings, "parts": number},
        ("place", "external_id", "first_day", "last_day"),
        2,
    )
    make(
        "passages",
        {
            "rowid": number,
            "token": strings,
            "article": strings,
            **filters,
            "words": words,
            "packed": strings,
            "parts": number,
        },
        ("token", "first_day", "last_day"),
        dimension,
    )
    make("values", {"key": strings, "owner": strings, "value": strings}, ("owner",), 2)


@contextmanager
def suppress_existing(client: Any, collection: str) -> Iterator[None]:
    """Another writer may have made the collection since it was looked for."""
    from pymilvus.exceptions import MilvusException

    try:
        yield
    except MilvusException:
        if not client.has_collection(collection):
            raise


# ---- filter expressions ----


def letters(text: str) -> str:
    """Text in letters, two a byte, the first of them a capital, so that parts of it, its beginnings and its order are
    those of the text, and no character of a path or a name means anything in a filter."""
    return "".join(_LETTERS[byte] for byte in text.encode("utf-8", "surrogatepass"))


def from_letters(text: str) -> str:
    values = ((ord(text[at]) - 65) << 4 | ord(text[at + 1]) - 97 for at in range(0, len(text), 2))
    return bytes(values).decode("utf-8", "surrogatepass")


def filter_expression(filters: Filters) -> str:
    """Milvus' form of the filters; "" for all. Articles without a date fail any condition on dates."""
    conditions = []
    if filters.since is not None:
        conditions.append(f"last_day >= {filters.since.toordinal()}")
    if filters.until is not None:
        conditions.append(f"first_day > {NO_DAY} and first_day <= {filters.until.toordinal()}")
    if filters.as_of is not None:
        conditions.append(f"last_day > {NO_DAY} and last_day <= {filters.as_of.toordinal()}")
    if filters.sources:
        any_of = (f'search_key like "%{letters(fold(source))}%"' for source in filters.sources)
        conditions.append(f"({' or '.join(any_of)})")
    return " and ".join(conditions)


def quoted(values: Sequence[str] | Sequence[int]) -> str:
    """A list of numbers, or of texts that hold letters, digits and slashes only, for `in`."""
    return "[" + ", ".join(f'"{value}"' if isinstance(value, str) else str(value) for value in values) + "]"
