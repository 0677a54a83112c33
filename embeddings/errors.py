"""What can go wrong below the level of questions.

Every error carries a cause and a remedy, each one sentence, so that the rim of the program can print them on one
line without knowing the kind. The whole tree, with the parts that `qa.errors` adds, is drawn there.

    BronvastError
    ├── LibraryError              the articles on disk
    │   ├── LibraryMissing        nothing there yet
    │   ├── LibraryLocked         another process is writing
    │   ├── LibraryDamaged        stored data does not match its checksums
    │   ├── LibraryFormat         written by a newer version
    │   ├── LibraryUnwritable     no permission, no room, read-only
    │   └── EncoderMismatch       built with another encoder
    └── EncoderError              text could not be turned into vectors
        └── EncoderUnavailable    the model is not on this machine
"""

from __future__ import annotations


class BronvastError(Exception):
    """A failure the user can act on.

    Args:
        cause: what happened, one sentence without a full stop.
        remedy: what to do about it, one sentence without a full stop; may name a command.
    """

    def __init__(self, cause: str, remedy: str = "") -> None:
        super().__init__(cause, remedy)
        self.cause = cause
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.cause}; {self.remedy}" if self.remedy else self.cause


class LibraryError(BronvastError):
    """The library on disk cannot be used as asked."""


class LibraryMissing(LibraryError):
    """There is no library in that folder yet."""

    def __init__(self, cause: str, remedy: str = "make one with: bronvast add FOLDER_OR_FILE") -> None:
        super().__init__(cause, remedy)


class LibraryLocked(LibraryError):
    """Another process is writing to the library."""


class LibraryDamaged(LibraryError):
    """Stored data does not match its checksum or structure."""


class LibraryFormat(LibraryError):
    """The library was written by a newer version of the program."""


class LibraryUnwritable(LibraryError):
    """The library cannot be written: permission, space or a read-only file system."""


class EncoderMismatch(LibraryError):
    """The library was built with another encoder than the one asked for."""


class EncoderError(BronvastError):
    """Text could not be turned into vectors."""


class EncoderUnavailable(EncoderError):
    """The encoder's weights are not on this machine and may not be fetched."""
