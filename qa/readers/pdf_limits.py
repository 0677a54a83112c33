"""Refusing PDFs that unpack to far more than they are, before the library unpacks them.

Only what is unpacked to read the text is looked at: pictures may be packed as strongly as they like, since they are
never opened.
"""

from __future__ import annotations

import re
import zlib
from typing import Final

from qa.readers.archive_limits import MAXIMUM_RATIO, RATIO_FROM, refuse

__all__ = ["refuse_packed_bombs"]

_MOST_A_BYTE: Final = 1032  # that deflate can make of one
_STREAM: Final = re.compile(rb"stream\r?\n")
_FILTER: Final = re.compile(rb"/(FlateDecode|Fl|LZWDecode|LZW)(?![A-Za-z])")
_PICTURE: Final = re.compile(rb"/Subtype\s*/Image|/Type\s*/XRef")
_DICTIONARY: Final = 2000  # bytes before a stream in which its dictionary is looked for


def refuse_packed_bombs(data: bytes) -> None:
    """Do nothing, unless a stream of text or drawing is a bomb.

    Raises:
        ReadError: it is.
    """
    for match in _STREAM.finditer(data):
        if data[match.start() - 3 : match.start()] == b"end":
            continue
        before = data[max(0, match.start() - _DICTIONARY) : match.start()]
        dictionary = before[before.rfind(b" obj") + 1 :]
        filters = _FILTER.findall(dictionary)
        if not filters or _PICTURE.search(dictionary):
            continue
        end = data.find(b"endstream", match.end())
        packed = data[match.end() : end if end >= 0 else len(data)]
        for name in filters:
            if len(packed) * _MOST_A_BYTE <= RATIO_FROM and len(filters) == 1:
                break
            limit = max(RATIO_FROM, MAXIMUM_RATIO * len(packed))
            if name.startswith(b"LZW"):
                if _lzw_size(packed, limit) > limit:
                    raise refuse(f"a part is packed more than {MAXIMUM_RATIO} to 1")
                break
            packed = _inflated(packed, limit + 1)
            if len(packed) > limit:
                raise refuse(f"a part is packed more than {MAXIMUM_RATIO} to 1")


def _inflated(packed: bytes, most: int) -> bytes:
    """What deflate has packed, as far as it can be unpacked and at most so many bytes."""
    try:
        return zlib.decompressobj().decompress(packed, most)
    except zlib.error:  # the library mends or leaves out what is damaged
        return b""


def _lzw_size(packed: bytes, most: int) -> int:
    """How many bytes LZW, with codes of 9 to 12 bits that grow one early, has packed; more than `most` is not counted."""
    sizes = [1] * 256 + [0, 0]
    width, held, bits, total, previous = 9, 0, 0, 0, 0
    for byte in packed:
        held, bits = (held << 8) | byte, bits + 8
        if bits < width:
            continue
        bits -= width
        code, held = held >> bits, held & ((1 << bits) - 1)
        if code == 257:
            break
        if code == 256:
            del sizes[258:]
            width, previous = 9, 0
            continue
        size = sizes[code] if code < len(sizes) else previous + 1
        total += size
        if total > most:
            break
        if previous and len(sizes) < 4096:
            sizes.append(previous + 1)
        previous = size
        width = min(12, max(9, (len(sizes) + 1).bit_length()))
    return total
