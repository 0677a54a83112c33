"""Regular expressions that are compiled when they are first used.

Compiling all of the program's takes a tenth of a second of every start, and a question needs less than half of them.
"""

from __future__ import annotations

import re
from typing import Any, cast

__all__ = ["lazily"]


def lazily(pattern: str, flags: int = 0) -> re.Pattern[str]:
    """As `re.compile`, later. For its methods only: the functions of `re` want a pattern that is compiled.

    Raises:
        re.error: at the first use, for an expression that is none.
    """
    return cast("re.Pattern[str]", _Lazy(pattern, flags))


class _Lazy:
    __slots__ = ("_compiled", "_flags", "_text")

    def __init__(self, text: str, flags: int) -> None:
        self._text, self._flags = text, flags
        self._compiled: re.Pattern[str] | None = None

    def __getattr__(self, name: str) -> Any:
        if self._compiled is None:
            self._compiled = re.compile(self._text, self._flags)
        return getattr(self._compiled, name)
