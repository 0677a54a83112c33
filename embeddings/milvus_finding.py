"""What a name that a user writes may mean, as conditions of Milvus: the kinds and their order are those of the folder's
library (`stored.find`)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from embeddings.milvus_connection import letters, quoted


def conditions_of(wanted: str) -> Iterator[str]:
    """Conditions on the articles, to be tried in this order."""
    hexadecimal = wanted != "" and set(wanted.lower()) <= set("0123456789abcdef")
    path = str(Path(wanted).absolute()) if "\0" not in wanted else wanted
    if hexadecimal:
        yield f"id in {quoted([wanted])}"
    for place in dict.fromkeys((wanted, path)):
        yield f'place == "{letters(place)}"'
    for place in dict.fromkeys((wanted.rstrip("/"), path)) if wanted.strip("/.") else ():
        for mark in "#/":  # records of a container, files in a folder
            yield f'place like "{letters(place + mark)}%"'
    if wanted:
        yield f'external_id == "{letters(wanted)}"'
    if hexadecimal and 4 <= len(wanted) <= 12:
        yield f'id like "{wanted.lower()}%"'
