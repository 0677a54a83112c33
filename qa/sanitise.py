"""Makes text that came from elsewhere harmless where it is shown.

Articles, file names, model output and messages of other programs can carry characters that steer a terminal,
turn the order of text around or hide it. Each such character is replaced by one visible character. Nothing
that can be seen is changed or swallowed: once its introducer is inert, the rest of a sequence is plain text,
and a sequence that never ends cannot hide what follows. Joiners, direction marks (LRM, RLM) and single variation
selectors stay, because scripts need them and they cannot reorder or hide words. What nobody sees and no script
needs goes: it can only split words, or carry text that a reader does not see (runs of selectors).
"""

from __future__ import annotations

import json
import re
from typing import Any, Final

__all__ = ["json_text", "sanitise", "sanitise_line"]

REPLACEMENT: Final = "\N{REPLACEMENT CHARACTER}"

# C0 (without tab and line feed), DEL, C1, bidirectional embeddings, overrides and isolates, the deprecated
# format characters, surrogates, interlinear annotation, noncharacters, and the tags that can smuggle text.
_FORBIDDEN: Final = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u206a-\u206f\ud800-\udfff\ufdd0-\ufdef"
    "\ufff9-\ufffb\ufffe\uffff\U000e0000-\U000e007f]"
)
# Soft hyphen, fillers, zero width space, word joiner, invisible operators; and selectors, of which one may follow a character.
_UNSEEN: Final = "\u00ad\u115f\u1160\u17b4\u17b5\u180e\u200b\u2060\u2061\u2062\u2063\u2064\u3164\ufeff\uffa0"
_SELECTORS: Final = "".join(map(chr, (*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0))))
_RUN: Final = _UNSEEN + _SELECTORS
_UNSEEN_RUN: Final = re.compile(f"([{_SELECTORS}])[{_RUN}]*|[{_UNSEEN}]+")
_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_BREAKS: Final = re.compile("[ \t]*[\n\t\u2028\u2029][\n\t\u2028\u2029 ]*")
# What JSON leaves as it is although a terminal would act on it.
_JSON_FORBIDDEN: Final = re.compile(
    "[\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\u206a-\u206f\ud800-\udfff\ufff9-\ufffb\U000e0000-\U000e007f]"
)


def _visible(match: re.Match[str]) -> str:
    code = ord(match.group())
    if code < 0x20:
        return chr(0x2400 + code)  # the control pictures: ␛ for ESC, ␇ for BEL
    return "\N{SYMBOL FOR DELETE}" if code == 0x7F else REPLACEMENT


def sanitise(text: str) -> str:
    """The text with every dangerous character replaced by a visible one; line feeds and tabs stay.

    CR LF becomes LF; a surrogate pair becomes the character it stands for; characters that are never seen go.
    """
    text = _UNSEEN_RUN.sub(r"\1", _paired(text).replace("\r\n", "\n"))
    return _FORBIDDEN.sub(_visible, text)


def _paired(text: str) -> str:
    if _SURROGATE.search(text):
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")
    return text


def sanitise_line(text: str) -> str:
    """`sanitise` for places that hold one line: line breaks and tabs become single spaces."""
    return _BREAKS.sub(" ", sanitise(text)).strip()


def _escaped(match: re.Match[str]) -> str:
    code = ord(match.group())
    if code > 0xFFFF:
        code -= 0x10000
        return f"\\u{0xD800 + (code >> 10):04x}\\u{0xDC00 + (code & 0x3FF):04x}"
    return f"\\u{code:04x}"


def json_text(value: Any, *, indent: int | None = None, ascii_only: bool = False) -> str:
    """JSON that loses nothing and steers nothing: readable letters, dangerous characters as `\\u` escapes.

    Raises:
        TypeError, ValueError: if the value has no JSON form (not-a-number included).
    """
    written = json.dumps(value, ensure_ascii=ascii_only, allow_nan=False, indent=indent)
    return _JSON_FORBIDDEN.sub(_escaped, written)
