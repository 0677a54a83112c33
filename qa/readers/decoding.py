"""From the bytes of a file to its text, or to the reason why they are none.

A wrong guess would store text that nobody wrote, so what is surely known goes first: a byte order mark, then
valid UTF-8, then what the file declares. Guessing comes last, and text with more than 1 % replacement
characters is refused.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

from qa.errors import ReadError

__all__ = ["NO_TEXT", "Decoded", "decode", "no_text"]

NO_TEXT = "no text"  # how the cause begins when an input was read but holds nothing to answer from
MAXIMUM_REPLACED = 0.01  # share of U+FFFD above which a text counts as garbled
_SAMPLE = 200_000  # bytes that the guess looks at

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16, whose mark begins the same
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_SIGNATURES = (
    (b"%PDF-", "a PDF"), (b"PK\x03\x04", "a ZIP or office file"), (b"\x1f\x8b", "a gzip file"),
    (b"\x89PNG", "a PNG image"), (b"\xff\xd8\xff", "a JPEG image"), (b"GIF8", "a GIF image"),
    (b"\xd0\xcf\x11\xe0", "an old Office file"), (b"\x7fELF", "a program"),
    (b"SQLite format 3", "a database"),
    (b"7z\xbc\xaf", "a 7-Zip file"), (b"Rar!", "a RAR file"), (b"BZh", "a bzip2 file"),
    (b"\xfd7zXZ", "an xz file"),
)  # fmt: skip

# What non-ASCII characters Dutch, English, German and French newspapers use; cp1252 can write all of them.
_WESTERN = frozenset(
    "áàâäãåæçéèêëíìîïñóòôöõøœúùûüýÿßÁÀÂÄÃÅÆÇÉÈÊËÍÌÎÏÑÓÒÔÖÕØŒÚÙÛÜÝŸšŠžŽ‘’‚“”„‹›«»–—…•·°²³½¼¾€£©®™§¿¡´\xa0\xad×±%†ªºµ¢¶"
)


@dataclass(frozen=True, slots=True)
class Decoded:
    """A text and the encoding that it was found to be in."""

    text: str
    encoding: str


def no_text(reason: str, remedy: str = "") -> ReadError:
    """The error for an input in which there is nothing to read."""
    return ReadError(f"no text ({reason})", remedy)  # begins with NO_TEXT


def decode(data: bytes, declared: str = "") -> Decoded:
    """The text of some bytes, without byte order mark, otherwise exactly as it stands, line ends included.

    Args:
        declared: the encoding that the file or its server names, where it does; used if the bytes fit it.

    Raises:
        ReadError: empty, binary, or in no encoding that gives readable text.
    """
    if not data:
        raise no_text("the file is empty")
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return _checked(data[len(mark) :].decode(encoding, "replace"), encoding)
    wide = _wide_encoding(data)
    if wide:
        return _checked(data.decode(wide, "replace"), wide)
    _refuse_binary(data)
    if declared and (decoded := _strictly(data, declared)):
        return _checked(*decoded)
    try:
        return _checked(data.decode("utf-8"), "utf-8")
    except UnicodeDecodeError:
        pass
    repaired = data.decode("utf-8", "replace")
    broken = repaired.count("\ufffd")
    whole = sum(1 for character in repaired if character > "\x7f" and character != "\ufffd")
    if whole > 8 * broken:  # valid sequences of several bytes do not come about by chance: damaged UTF-8
        return _checked(repaired, "utf-8")
    return _checked(*_guess(data))


def _strictly(data: bytes, encoding: str) -> tuple[str, str] | None:
    name = encoding.strip().strip("\"'").lower()
    if name in {"iso-8859-1", "latin-1", "latin1", "us-ascii", "ascii"}:
        name = "cp1252"  # what browsers do, because pages that say Latin-1 mean the Windows superset
    if not re.fullmatch(r"[a-z0-9_.:-]{2,40}", name):
        return None
    try:
        if not codecs.lookup(name)._is_text_encoding:
            return None
        return data.decode(name), name
    except (LookupError, UnicodeError, ValueError):
        return None


def _wide_encoding(data: bytes) -> str:
    """UTF-16 or UTF-32 without a mark, seen by where the zero bytes are; "" otherwise."""
    sample = data[:4096]
    if len(sample) < 8 or b"\0" not in sample:
        return ""
    shares = [sample[offset::4].count(0) / max(1, len(sample[offset::4])) for offset in range(4)]
    if len(data) % 4 == 0 and shares[3] > 0.9 and shares[2] > 0.9 and shares[0] < 0.1:
        return "utf-32-le"
    if len(data) % 4 == 0 and shares[0] > 0.9 and shares[1] > 0.9 and shares[3] < 0.1:
        return "utf-32-be"
    even, odd = (shares[0] + shares[2]) / 2, (shares[1] + shares[3]) / 2
    for encoding, empty, full in (("utf-16-le", odd, even), ("utf-16-be", even, odd)):
        if len(data) % 2 == 0 and empty > 0.4 and full < 0.02:
            try:
                text = data.decode(encoding)
            except UnicodeDecodeError:
                return ""
            return encoding if sum(map(str.isprintable, text[:2000])) > 0.8 * len(text[:2000]) else ""
    return ""


def _refuse_binary(data: bytes) -> None:
    for signature, kind in _SIGNATURES:
        if data.startswith(signature):
            raise ReadError(f"not text but {kind}", "give the file the extension of its format")
    sample = data[:_SAMPLE]
    if b"\0" in sample:
        raise ReadError("binary data, not text (it contains zero bytes)", "leave it out, or convert it to text")
    controls = len(re.findall(rb"[\x01-\x08\x0b\x0e-\x1a\x1c-\x1f\x7f]", sample))
    if controls > max(2, 0.005 * len(sample)):
        raise ReadError("binary data, not text (it is full of control codes)", "leave it out, or convert it to text")


def _guess(data: bytes) -> tuple[str, str]:
    sample = data[:_SAMPLE]
    high = [byte for byte in sample if byte > 0x7F]
    if len(high) < 0.25 * len(sample):
        windows = any(0x80 <= byte <= 0x9F for byte in high)
        # "¤" is a euro sign, and "½" within a word an "œ", of ISO 8859-15 that is taken for its neighbour
        latin_9 = not windows and re.search(rb"\xa4|[A-Za-z\xc0-\xff][\xbc\xbd]|[\xbc\xbd][A-Za-z]", sample)
        encoding = "iso8859-15" if latin_9 else "cp1252"
        unusual = sum(1 for letter in sample.decode(encoding, "replace") if letter > "\x7f" and letter not in _WESTERN)
        if unusual <= 0.05 * len(high):
            return data.decode(encoding, "replace"), encoding
    from charset_normalizer import from_bytes

    best = from_bytes(sample, cp_exclusion=["utf_16", "utf_32", "utf_7"]).best()
    if best is None:
        raise ReadError("the encoding of this text cannot be told", "save it as UTF-8")
    return data.decode(best.encoding, "replace"), best.encoding


def _checked(text: str, encoding: str) -> Decoded:
    if not text.strip():
        raise no_text("the file holds only white space")
    if text.count("\ufffd") > MAXIMUM_REPLACED * len(text):
        raise ReadError(f"garbled text: too much of it is not valid {encoding}", "save it again as UTF-8")
    if "\0" in text:
        raise ReadError("binary data, not text (it contains zero bytes)", "leave it out, or convert it to text")
    return Decoded(text, encoding)
