"""What a library was built with: the one thing without which its vectors mean nothing.

It is a table of the database. A second copy lies in a small file beside it, so that a damaged page in the one or a
lost file in the other costs nothing: where they differ, the database is right; where its own rows do not match
their checksums, `check --repair` takes the copy.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, Final

from embeddings import files, schema
from embeddings.errors import EncoderMismatch, LibraryDamaged

COPY_NAME: Final = "manifest.json"


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a library was built with; all but `library` are empty until it is bound to an encoder.

    Attributes:
        library: a random name, by which an index file knows whose it is.
        encoder: the encoder's fingerprint as text.
        dimension: length of the vectors.
        chunker: name and version of what cut the articles into passages.
    """

    library: str
    encoder: str = ""
    encoder_name: str = ""
    dimension: int = 0
    chunker: str = ""

    @classmethod
    def new(cls) -> Manifest:
        """For a library that holds nothing yet."""
        return cls(os.urandom(16).hex())

    def require(self, encoder: str, chunker: str, folder: Path) -> None:
        """Make sure that it was built with these.

        Raises:
            EncoderMismatch: it was not; names both, and the commands that help.
        """
        for what, built_with, given in (("encoder", self.encoder, encoder), ("chunker", self.chunker, chunker)):
            if built_with != given:
                raise EncoderMismatch(
                    f"the library in {folder} was built with {what} {built_with}, not with {given}",
                    f"use `--encoder {self.encoder_name}`, or build another library with "
                    "`bronvast --library NEW_FOLDER add PATH`",
                )

    def rows(self) -> list[tuple[str, str, bytes]]:
        """As the database holds it: name, value, checksum; empty values are left out."""
        values = {name: str(value) for name, value in asdict(self).items() if value}
        return [(name, value, schema.row_checksum(name, value)) for name, value in values.items()]

    @classmethod
    def of_rows(cls, rows: Sequence[tuple[Any, ...]]) -> Manifest:
        """From rows as the database holds them.

        Raises:
            LibraryDamaged: one does not match its checksum, or is missing.
        """
        if any(schema.row_checksum(name, value) != checksum for name, value, checksum in rows):
            raise schema.damaged("the library's manifest")
        values = {name: value for name, value, _ in rows}
        needed = {field.name for field in fields(cls)} if "encoder" in values else {"library"}
        if values.keys() != needed:
            raise schema.damaged("the library's manifest")
        try:
            return cls(**{**values, "dimension": int(values.get("dimension", "0"))})
        except ValueError as error:
            raise schema.damaged("the library's manifest") from error

    # ---- the copy beside the database ----

    def _as_json(self) -> bytes:
        rows = [(name, value, checksum.hex()) for name, value, checksum in self.rows()]
        return json.dumps(rows, indent=1).encode()

    def keep_copy(self, folder: Path) -> None:
        """Write the copy unless it is there already.

        Raises:
            OSError: as the system gives it; a former copy stays.
        """
        if not self.copy_matches(folder):
            files.write_atomically(folder / COPY_NAME, self._as_json())

    def copy_matches(self, folder: Path) -> bool:
        """Whether the copy is there and says the same."""
        with suppress(OSError):
            return (folder / COPY_NAME).read_bytes() == self._as_json()
        return False


def read_copy(folder: Path) -> Manifest | None:
    """What the copy says, or None where there is none or it is damaged."""
    try:
        rows = json.loads((folder / COPY_NAME).read_bytes())
        return Manifest.of_rows([(str(name), str(value), bytes.fromhex(checksum)) for name, value, checksum in rows])
    except (OSError, ValueError, TypeError, RecursionError, LibraryDamaged):
        return None
