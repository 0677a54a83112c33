"""Every error of the program in one tree; the rim (`qa.cli`) prints cause and remedy and picks the exit code.

BronvastError                       1 unless said otherwise
├── UsageError                      2   the request itself makes no sense
├── ConfigError                     2   a configuration file or environment value is wrong
├── ReadError                       7   an input cannot be read as an article
├── LanguageModelError              5
│   ├── ModelUnavailable            5   no server, no file, or the model is not there
│   ├── ModelRefused                5   a remote or cloud model that was not allowed explicitly
│   └── GenerationFailed            5   it began and broke; what came so far is kept by the caller
├── EncoderError                    6   (embeddings.errors)
│   └── EncoderUnavailable          6
└── LibraryError                    6   (embeddings.errors)
    ├── LibraryMissing, LibraryLocked, LibraryDamaged, LibraryFormat, LibraryUnwritable
    └── EncoderMismatch
"""

from __future__ import annotations

from enum import IntEnum

from embeddings.errors import (
    BronvastError,
    EncoderError,
    EncoderMismatch,
    EncoderUnavailable,
    LibraryDamaged,
    LibraryError,
    LibraryFormat,
    LibraryLocked,
    LibraryMissing,
    LibraryUnwritable,
)

__all__ = [
    "BronvastError",
    "ConfigError",
    "EncoderError",
    "EncoderMismatch",
    "EncoderUnavailable",
    "ExitCode",
    "GenerationFailed",
    "LanguageModelError",
    "LibraryDamaged",
    "LibraryError",
    "LibraryFormat",
    "LibraryLocked",
    "LibraryMissing",
    "LibraryUnwritable",
    "ModelRefused",
    "ModelUnavailable",
    "ReadError",
    "UsageError",
    "exit_code",
]


class ExitCode(IntEnum):
    """What a script learns from how the program ended."""

    ANSWERED = 0
    FAILED = 1
    USAGE = 2
    ABSTAINED = 3
    PARTIAL = 4
    NO_LANGUAGE_MODEL = 5
    LIBRARY = 6
    SOME_INPUTS_FAILED = 7
    CONFLICT = 8
    INTERRUPTED = 130


class UsageError(BronvastError):
    """The request itself makes no sense."""


class ConfigError(UsageError):
    """A configuration file or an environment value is wrong."""


class ReadError(BronvastError):
    """An input cannot be read as an article."""


class LanguageModelError(BronvastError):
    """The language model that was asked for cannot be used."""


class ModelUnavailable(LanguageModelError):
    """No server, no file, or the model is not there."""


class ModelRefused(LanguageModelError):
    """A remote or cloud model that was not allowed explicitly."""


class GenerationFailed(LanguageModelError):
    """Generation began and broke off; the caller keeps what came."""


def exit_code(error: BronvastError) -> ExitCode:
    """The exit code of an error that reached the rim."""
    for kind, code in (
        (UsageError, ExitCode.USAGE),
        (ReadError, ExitCode.SOME_INPUTS_FAILED),
        (LanguageModelError, ExitCode.NO_LANGUAGE_MODEL),
        (EncoderError, ExitCode.LIBRARY),
        (LibraryError, ExitCode.LIBRARY),
    ):
        if isinstance(error, kind):
            return code
    return ExitCode.FAILED
