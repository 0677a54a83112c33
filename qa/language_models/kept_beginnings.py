"""Keeps on disk what a model has read of the words that every prompt begins with, so that the next run need not read them.

The rules are a quarter of a prompt, and reading takes most of the time until the first word. What is kept holds the model's
state after the rules and nothing of a question or an article. A file's name ends in its own SHA-256: llama.cpp takes a
damaged one as it is.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Final

from qa.language_models import Message
from qa.language_models.model_files import sha256_of

if TYPE_CHECKING:
    import httpx

__all__ = ["keep", "key_of", "private_folder", "recall"]

_MOST_FILES: Final = 4
_SLOT: Final = "/slots/0"  # of the only conversation that the process has room for


def private_folder(cache: Path) -> Path | None:
    """A folder for these files that only this user can enter; None where there can be none."""
    folder = cache / "beginnings"
    with suppress(OSError):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if os.access(folder, os.W_OK):
            return folder
    return None


def key_of(fingerprint: str, beginning: Sequence[Message]) -> str:
    """Tells apart the weights, the version of llama.cpp and the words."""
    parts = [fingerprint, version("xllamacpp"), *(f"{message.role}\n{message.content}" for message in beginning)]
    return hashlib.sha256("\0".join(parts).encode("utf-8", "replace")).hexdigest()[:24]


def recall(client: httpx.Client, folder: Path, key: str) -> bool:
    """Have the process take up what was kept; False where nothing was, or nothing that can be used."""
    with suppress(OSError):
        for path in folder.glob(f"{key}-*.state"):
            if path.stem == f"{key}-{sha256_of(path)}" and _asked(client, "restore", path.name):
                os.utime(path)
                return True
            path.unlink()
    return False


def keep(client: httpx.Client, folder: Path, key: str) -> None:
    """Keep what the process has read; where that cannot be, nothing is lost but time."""
    with suppress(OSError):
        part = folder / f"{key}.{os.getpid()}.part"
        if _asked(client, "save", part.name):
            part.chmod(0o600)
            part.replace(folder / f"{key}-{sha256_of(part)}.state")
        newest_first = sorted(folder.iterdir(), key=lambda path: path.stat().st_mtime, reverse=True)
        for path in newest_first[_MOST_FILES:]:
            path.unlink(missing_ok=True)


def _asked(client: httpx.Client, action: str, name: str) -> bool:
    import httpx

    try:
        return client.post(_SLOT, params={"action": action}, json={"filename": name}).status_code == 200
    except httpx.HTTPError:
        return False
