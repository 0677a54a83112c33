"""Which reader reads which files; each reader is imported when the first of its files is met."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from pathlib import PurePath
from typing import cast

from qa.readers.document import Document, Reader

__all__ = ["FORMATS", "Format", "format_named", "format_of", "is_supported"]


@dataclass(frozen=True, slots=True)
class Format:
    """A family of files.

    Attributes:
        reader: module and function, "module:function".
        suffixes: extensions in lower case with their dot.
        container: whether a file holds several articles, each with its own source.
        streams: whether articles come before the whole file has been read, so that it may be of any size.
        isolated: whether it is parsed in a process of its own, because the format is complex and files are
            foreign.
        complete: whether a record that is no longer in the file is gone; not so for feeds, which show the
            latest only.
    """

    name: str
    reader: str
    suffixes: tuple[str, ...]
    media_types: tuple[str, ...] = ()
    container: bool = False
    streams: bool = False
    isolated: bool = False
    complete: bool = True

    def load(self) -> Reader:
        """The reader itself."""
        module, _, function = self.reader.partition(":")
        return cast(Reader, getattr(import_module(module), function))


FORMATS: tuple[Format, ...] = (
    Format("plain text", "qa.readers.plain:read_plain", (".txt", ".text"), ("text/plain",)),
    Format("Markdown", "qa.readers.plain:read_markdown", (".md", ".markdown"), ("text/markdown",)),
    Format(
        "HTML", "qa.readers.html:read_html", (".html", ".htm", ".xhtml"),
        ("text/html", "application/xhtml+xml"),
    ),
    Format("JSON", "qa.readers.records:read_json", (".json",), ("application/json",), container=True),
    Format(
        "JSON Lines", "qa.readers.records:read_json_lines", (".jsonl", ".ndjson"),
        ("application/jsonl", "application/x-ndjson"), container=True, streams=True,
    ),
)  # fmt: skip

_BY_SUFFIX = {suffix: kind for kind in FORMATS for suffix in kind.suffixes}
_BY_MEDIA_TYPE = {media_type: kind for kind in FORMATS for media_type in kind.media_types}
_BY_NAME = {kind.name: kind for kind in FORMATS}


def format_of(document: Document) -> Format | None:
    """The format of an opened input: by what the server declared, else by its extension; None where neither
    is known."""
    declared = document.media_type.split(";", 1)[0].strip().lower()
    by_suffix = _BY_SUFFIX.get(document.suffix)
    if declared in ("", "text/plain", "application/octet-stream", "application/xml", "text/xml"):
        return by_suffix or _BY_MEDIA_TYPE.get(declared)  # servers say these of anything
    return _BY_MEDIA_TYPE.get(declared) or by_suffix


def format_named(name: str) -> Format:
    """The format of this name."""
    return _BY_NAME[name]


def is_supported(path: str) -> bool:
    """Whether files of this name are read when a folder is read."""
    return PurePath(path).suffix.lower() in _BY_SUFFIX
