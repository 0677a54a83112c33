"""Opening ZIP-based files within limits: how many parts, how large unpacked, how strongly packed.

The sizes that an archive states about itself are not believed; what is unpacked is counted while it is
unpacked.
"""

from __future__ import annotations

import io
import zipfile
import zlib

from qa.errors import ReadError
from qa.readers.document import MAXIMUM_TEXT

__all__ = ["Package", "refuse"]

MAXIMUM_ENTRIES = 2000
MAXIMUM_RATIO = 100  # unpacked to packed, for what unpacks to more than RATIO_FROM
RATIO_FROM = 10 * 2**20


class Package:
    """A ZIP file that is read within limits; the total over all its parts counts.

    Raises:
        ReadError: not a ZIP file, or beyond a limit.
    """

    def __init__(self, data: bytes) -> None:
        self._packed = len(data)
        self._unpacked = 0
        try:
            self._archive = zipfile.ZipFile(io.BytesIO(data))
            self.entries = self._archive.infolist()
        except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError, EOFError) as error:
            raise ReadError("damaged: not a valid ZIP file", "save it again from the program that made it") from error
        if len(self.entries) > MAXIMUM_ENTRIES:
            raise refuse(f"more than {MAXIMUM_ENTRIES} parts")
        if sum(entry.file_size for entry in self.entries) > 4 * MAXIMUM_TEXT:
            raise refuse(f"unpacks to more than {4 * MAXIMUM_TEXT // 10**6} MB")

    @property
    def names(self) -> list[str]:
        """The parts' names in the archive's order."""
        return [entry.filename for entry in self.entries]

    def read(self, name: str) -> bytes:
        """One part, unpacked.

        Raises:
            ReadError: there is no such part, it is encrypted or damaged, or a limit is passed.
        """
        try:
            entry = self._archive.getinfo(name)
        except KeyError as error:
            raise ReadError(f"damaged: {name.split('/')[-1]} is missing from it", "save it again") from error
        if entry.flag_bits & 1:
            raise ReadError("protected by a password", "save it without one")
        pieces = []
        size = 0
        try:
            with self._archive.open(entry) as stream:
                while piece := stream.read(1 << 16):
                    size += len(piece)
                    self._unpacked += len(piece)
                    self._check(size, entry.compress_size)
                    pieces.append(piece)
        except (
            zipfile.BadZipFile,
            zlib.error,
            EOFError,
            NotImplementedError,
            ValueError,
            OSError,
            RuntimeError,
        ) as error:
            raise ReadError(f"damaged: {name.split('/')[-1]} cannot be unpacked", "save it again") from error
        return b"".join(pieces)

    def _check(self, size: int, packed: int) -> None:
        if self._unpacked > MAXIMUM_TEXT:
            raise refuse(f"unpacks to more than {MAXIMUM_TEXT // 10**6} MB")
        if size > RATIO_FROM and size > MAXIMUM_RATIO * max(1, packed):
            raise refuse(f"a part is packed more than {MAXIMUM_RATIO} to 1")
        if self._unpacked > RATIO_FROM and self._unpacked > MAXIMUM_RATIO * self._packed:
            raise refuse(f"packed more than {MAXIMUM_RATIO} to 1")


def refuse(reason: str) -> ReadError:
    """The error for an archive that is beyond a limit."""
    return ReadError(
        f"refused: {reason}, as files do that are made to exhaust a computer", "unpack it and add the folder"
    )
