"""What long tests counted, kept for `docs/reliability.md` where the environment names a file for it."""

from __future__ import annotations

import json
import os
from pathlib import Path

_FILE = os.environ.get("BRONVAST_FIGURES", "")  # read before tests get an environment of their own


def note(test: str, **figures: object) -> None:
    """Add one line."""
    if _FILE:
        with Path(_FILE).open("a", encoding="utf-8") as file:
            file.write(json.dumps({"test": test, **figures}) + "\n")
