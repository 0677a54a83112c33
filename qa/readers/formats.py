"""Which reader reads which files; each reader is imported when the first of its files is met."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from pathlib import PurePath
from typing import cast

from qa.readers.document import Document, Reader

__all__ = ["FORMATS", "Format", "format_named", "format_of", "format_of_name", "is_supported"]


@dataclass(frozen=True, slots=True)
class Format:
    """A family of files.

    Attributes:
        reader: module and function, "module:function".
        suffixes: extensions in lower case with their dot.
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
        ("text/html", "application/xhtml+xml"), isolated=True,
    ),
    Format("JSON", "qa.readers.records:read_json", (".json",), ("application/json",)),
    Format(
        "JSON Lines", "qa.readers.records:read_json_lines", (".jsonl", ".ndjson"),
        ("application/jsonl", "application/x-ndjson"), streams=True,
    ),
    Format(
        "table", "qa.readers.tables:read_table", (".csv", ".tsv", ".tab"),
        ("text/csv", "text/tab-separated-values"), streams=True,
    ),
    Format("PDF", "qa.readers.pdf:read_pdf", (".pdf",), ("application/pdf",), isolated=True),
    Format(
        "DOCX", "qa.readers.office:read_docx", (".docx", ".docm"),
        ("application/vnd.openxmlformats-officedocument.wordprocessingml.document",), isolated=True,
    ),
    Format(
        "ODT", "qa.readers.office:read_odt", (".odt",),
        ("application/vnd.oasis.opendocument.text",), isolated=True,
    ),
    Format("RTF", "qa.readers.rtf:read_rtf", (".rtf",), ("application/rtf",
    "text/rtf"), isolated=True),
    Format("EPUB", "qa.readers.epub:read_epub",
    (".epub",), ("application/epub+zip",), isolated=True),
    Format("e-mail", "qa.readers.mail:read_email", (".eml",), ("message/rfc822",), isolated=True),
    Format("MHTML", "qa.readers.mail:read_mhtml", (".mhtml", ".mht"), ("multipart/related",), isolated=True),
    Format("mailbox", "qa.readers.mail:read_mailbox",
    (".mbox",), ("application/mbox",), streams=True),
    Format(
        "feed", "qa.readers.feeds:read_feed", (".rss", ".atom", ".rdf", ".xml"),
        ("application/rss+xml", "application/atom+xml", "application/rdf+xml", "application/xml", "text/xml"),
        isolated=True, complete=False,
    ),
    Format("ZIP", "qa.readers.archives:read_zip",
    (".zip",), ("application/zip",), isolated=True),
    Format(
        "tar", "qa.readers.archives:read_tar", (".tar", ".tgz", ".tar.gz", ".tar.bz2", ".tar.xz"),
        ("application/x-tar", "application/gzip"), isolated=True,
    ),
)  # fmt: skip

_BY_SUFFIX = {suffix: kind for kind in FORMATS for suffix in kind.suffixes}
_BY_MEDIA_TYPE = {media_type: kind for kind in FORMATS for media_type in kind.media_types}
_BY_NAME = {kind.name: kind for kind in FORMATS}


def format_of(document: Document) -> Format | None:
    """The format of an opened input: by what the server declared, else by its extension; None where neither
    is known."""
    declared = document.media_type.split(";", 1)[0].strip().lower()
    by_suffix = _by_suffix(document.name)
    if declared in ("", "text/plain", "application/octet-stream", "application/xml", "text/xml"):
        return by_suffix or _BY_MEDIA_TYPE.get(declared)  # servers say these of anything
    return _BY_MEDIA_TYPE.get(declared) or by_suffix


def format_named(name: str) -> Format:
    """The format of this name."""
    return _BY_NAME[name]


def format_of_name(path: str) -> Format | None:
    """The format that a file's name says it has; None where it says none that is read."""
    return _by_suffix(path)


def is_supported(path: str) -> bool:
    """Whether files of this name are read when a folder is read."""
    return _by_suffix(path) is not None


def _by_suffix(name: str) -> Format | None:
    suffixes = [suffix.lower() for suffix in PurePath(name).suffixes]
    return _BY_SUFFIX.get("".join(suffixes[-2:])) or _BY_SUFFIX.get(suffixes[-1] if suffixes else "")
