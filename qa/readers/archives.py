"""ZIP and tar files of articles: each part is read as a file of its own format."""

from __future__ import annotations

import io
import posixpath
import tarfile
import zlib
from collections.abc import Iterator

from embeddings.records import Article
from qa.errors import ReadError
from qa.readers.archive_limits import MAXIMUM_ENTRIES, MAXIMUM_RATIO, RATIO_FROM, Package, refuse
from qa.readers.decoding import no_text
from qa.readers.document import MAXIMUM_TEXT, Document, Report

__all__ = ["read_tar", "read_zip"]

_ARCHIVES = frozenset({"ZIP", "tar"})


def read_zip(document: Document, report: Report) -> Iterator[Article]:
    """The articles of every part; source is `path#name in the archive`."""
    package = Package(document.read())
    for entry in package.entries:
        if entry.external_attr >> 28 == 0xA:
            report(
                f"{document.source}#{entry.filename}",
                ReadError("refused: a link in an archive", "unpack it yourself"),
            )
            package.entries = [other for other in package.entries if other is not entry]
    names = [entry.filename for entry in package.entries if not entry.is_dir()]
    yield from _parts(document, ((name, package.read) for name in names), report)


def read_tar(document: Document, report: Report) -> Iterator[Article]:
    """As `read_zip`, for tar files with or without gzip, bzip2 or xz compression."""
    data = document.read()
    parts: list[tuple[str, bytes]] = []
    total = 0
    try:
        with tarfile.open(fileobj=io.BytesIO(data), mode="r|*") as archive:
            for count, member in enumerate(archive, start=1):
                if count > MAXIMUM_ENTRIES:
                    raise refuse(f"more than {MAXIMUM_ENTRIES} parts")
                if member.issym() or member.islnk():
                    problem = ReadError("refused: a link in an archive", "unpack it yourself")
                    report(f"{document.source}#{member.name}", problem)
                    continue
                total += max(0, member.size)
                if total > MAXIMUM_TEXT:
                    raise refuse(f"unpacks to more than {MAXIMUM_TEXT // 10**6} MB")
                if total > RATIO_FROM and total > MAXIMUM_RATIO * len(data):
                    raise refuse(f"packed more than {MAXIMUM_RATIO} to 1")
                if member.isfile() and (stream := archive.extractfile(member)):
                    parts.append((member.name, stream.read()))
    except (tarfile.TarError, EOFError, OSError, ValueError, zlib.error) as error:
        raise ReadError("damaged: not a valid tar file", "make it again") from error
    except Exception as error:
        if type(error).__name__ not in ("LZMAError", "error"):
            raise
        raise ReadError("damaged: its compression is not valid", "make it again") from error
    contents = dict(parts)
    yield from _parts(document, ((name, contents.__getitem__) for name in contents), report)


def _parts(document: Document, parts: Iterator[tuple[str, object]], report: Report) -> Iterator[Article]:
    from qa.readers.formats import format_of

    found = False
    for name, load in parts:
        source = f"{document.source}#{name}"
        pieces = name.replace("\\", "/").split("/")
        if ".." in pieces or name.startswith(("/", "\\")) or ":" in pieces[0]:
            report(source, ReadError("refused: a name in the archive that leads out of it", "unpack it yourself"))
            continue
        if any(piece.startswith(".") or piece == "__MACOSX" for piece in pieces):
            continue
        part = Document(source, posixpath.basename(name), io.BytesIO())
        kind = format_of(part)
        if kind is None:
            continue
        if kind.name in _ARCHIVES or kind.name == "mailbox":
            report(source, ReadError(f"refused: a {kind.name} file within an archive", "unpack it yourself"))
            found = True
            continue
        found = True
        try:
            data = load(name)  # type: ignore[operator]
            yield from kind.load()(Document(source, part.name, io.BytesIO(data), len(data)), report)
        except ReadError as error:
            if error.cause.startswith("refused: ") and "exhaust" in error.cause:
                raise
            report(source, error)
    if not found:
        raise no_text("the archive holds no file of a format that is read")
