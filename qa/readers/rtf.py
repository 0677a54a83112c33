"""Rich Text Format: the text without its codes."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator

from embeddings.records import Article
from qa.errors import ReadError
from qa.readers.blocks import Block, articles_of_blocks, row_of
from qa.readers.document import Document, Report

__all__ = ["read_rtf", "text_of_rtf"]

_TOKEN = re.compile(
    rb"\\(?P<word>[a-zA-Z]{1,32})(?P<number>-?\d{1,10})? ?|\\'(?P<hex>[0-9a-fA-F]{2})|"
    rb"\\(?P<symbol>[^a-zA-Z'])|"
    rb"(?P<brace>[{}])|(?P<line>[\r\n]+)|(?P<plain>[^\\{}\r\n]+)",
    re.DOTALL,
)
_DESTINATIONS = frozenset(
    b"fonttbl colortbl stylesheet info pict header headerl headerr headerf footer footerl footerr footerf "
    b"footnote ftnsep object objdata themedata colorschememapping latentstyles datastore generator listtable "
    b"listoverridetable rsidtbl xmlnstbl bkmkstart bkmkend fldinst nonshppict shppict sp sn sv annotation "
    b"atnid atnauthor template revtbl filetbl mmathPr wgrffmtfilter".split()
)
_CELL = "\x1f"  # ends a cell while a row is read; no text has this character
_SYMBOLS = {
    b"par": "\n\n", b"sect": "\n\n", b"page": "\n\n", b"line": "\n", b"cell": _CELL, b"row": "\n\n",
    b"tab": "\t",
    b"emdash": "—", b"endash": "–", b"lquote": "‘", b"rquote": "’", b"ldblquote": "“", b"rdblquote": "”",
    b"bullet": "•", b"emspace": " ", b"enspace": " ", b"qmspace": " ",
}  # fmt: skip
_CHARSETS = {0: "cp1252", 128: "cp932", 129: "cp949", 134: "gb18030", 136: "cp950", 161: "cp1253",
162: "cp1254",
             177: "cp1255", 178: "cp1256", 186: "cp1257", 204: "cp1251", 222: "cp874",
             238: "cp1250"}  # fmt: skip
_DEEPEST = 1000


def read_rtf(document: Document, report: Report) -> Iterator[Article]:
    """The running text; headers, footers, pictures and hidden text are left out."""
    data = document.read()
    if not data.lstrip().startswith(b"{\\rtf"):
        raise ReadError("not Rich Text Format, in spite of its name", "give the file the extension of its format")
    blocks = list(_blocks(text_of_rtf(data)))
    yield from articles_of_blocks(blocks, document, empty="the document holds no text")


def _blocks(text: str) -> Iterator[Block]:
    for part in re.split(r"\n{2,}", text):
        row = row_of([[cell] for cell in part.split(_CELL)]) if _CELL in part else None
        yield row or Block(part.replace(_CELL, " "))


def text_of_rtf(data: bytes) -> str:
    """The text of RTF, paragraphs separated by a blank line.

    Raises:
        ReadError: groups are nested too deeply.
    """
    page = _default_encoding(data)
    fonts = {int(number): _CHARSETS.get(int(charset), page) for number, charset in _FONT.findall(data[:200_000])}
    pieces: list[str] = []
    pending = bytearray()  # bytes of one encoding, decoded together because characters may take two
    encoding = page
    ignoring, hidden, skip_after = False, False, 1
    stack: list[tuple[bool, bool, int, str]] = []
    to_skip = 0
    starts_group = False

    def flush() -> None:
        if pending:
            pieces.append(pending.decode(encoding, "replace"))
            pending.clear()

    for token in _TOKEN.finditer(data):
        word, was_start = token["word"], starts_group
        starts_group = False
        if token["brace"] == b"{":
            flush()
            if len(stack) >= _DEEPEST:
                raise ReadError("it is nested too deeply", "save it again from a word processor")
            stack.append((ignoring, hidden, skip_after, encoding))
            starts_group, to_skip = True, 0
        elif token["brace"] == b"}":
            flush()
            if stack:
                ignoring, hidden, skip_after, encoding = stack.pop()
            to_skip = 0
        elif token["symbol"]:
            symbol = token["symbol"]
            if symbol == b"*" and was_start:
                ignoring = True
            elif not ignoring and not hidden:
                flush()
                pieces.append({b"~": "\xa0", b"_": "\u2011", b"-": "", b"\n": "\n\n", b"\r": "\n\n"}.get(symbol, ""))
                if symbol in b"\\{}":
                    pieces.append(symbol.decode("ascii"))
        elif word:
            number = int(token["number"]) if token["number"] else None
            if word in _DESTINATIONS and (was_start or ignoring):
                ignoring = True
            elif word == b"bin":
                continue
            elif word == b"v":
                hidden = number != 0
            elif word == b"plain":
                hidden = False
            elif word == b"f" and number is not None:
                flush()
                encoding = fonts.get(number, page)
            elif word == b"uc":
                skip_after = number or 0
            elif ignoring or hidden:
                continue
            elif word == b"u" and number is not None:
                flush()
                pieces.append(chr(number % 65536))
                to_skip = skip_after
            elif word in _SYMBOLS:
                flush()
                pieces.append(_SYMBOLS[word])
        elif not ignoring and not hidden:
            if token["hex"]:
                if to_skip:
                    to_skip -= 1
                else:
                    pending.append(int(token["hex"], 16))
            elif token["plain"]:
                plain = token["plain"]
                if to_skip:
                    dropped = min(to_skip, len(plain))
                    plain, to_skip = plain[dropped:], to_skip - dropped
                pending += plain
    flush()
    text = "".join(pieces)
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")  # joins \u pairs


_FONT = re.compile(rb"\\f(\d{1,5})[^{};]{0,80}?\\fcharset(\d{1,3})")


def _default_encoding(data: bytes) -> str:
    match = re.search(rb"\\ansicpg(\d{3,5})", data[:2000])
    name = f"cp{match[1].decode('ascii')}" if match else "mac_roman" if b"\\mac" in data[:100] else "cp1252"
    name = "utf-8" if name == "cp65001" else name
    try:
        codecs.lookup(name)
    except LookupError:
        return "cp1252"
    return name
