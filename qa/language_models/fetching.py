"""Fetches a recommended model file, and lists what there is and what there could be."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from qa.errors import ModelUnavailable, UsageError
from qa.language_models.catalogue import RECOMMENDATIONS, Recommendation
from qa.language_models.choose import available
from qa.language_models.gguf import read_header
from qa.language_models.machine import total_memory
from qa.language_models.model_files import model_folder, sha256_of

__all__ = ["Overview", "overview", "pull", "recommendation"]

Progress: TypeAlias = Callable[[int, int], None]
"""Called with bytes done and bytes in all."""

_ANSWER_SECONDS = 4.0


@dataclass(frozen=True, slots=True)
class Overview:
    """What a user can choose from.

    Attributes:
        here: models that can be used now, as (back end, name) pairs.
        folder: where fetched files are kept.
        fitting: recommendations that this machine's memory can hold and that are not here yet.
    """

    here: tuple[tuple[str, str], ...]
    folder: Path
    fitting: tuple[Recommendation, ...]


def overview(base_url: str = "", cache: Path | None = None) -> Overview:
    """Look around without loading a model or asking another machine."""
    here = available(base_url, cache=cache)
    names = {name.lower() for _, name in here}
    memory = total_memory()
    return Overview(
        here=here,
        folder=model_folder(cache),
        fitting=tuple(
            entry
            for entry in RECOMMENDATIONS
            if entry.memory <= memory and not {entry.ollama, Path(entry.file).stem.lower()} & names
        ),
    )


def recommendation(name: str) -> Recommendation:
    """The recommended model of that name, with or without its punctuation.

    Raises:
        UsageError: there is none; the remedy lists them.
    """
    wanted = _plain(name)
    names = ", ".join(entry.name for entry in RECOMMENDATIONS if entry.repository)
    if not wanted:
        raise UsageError("no model was named", f"choose one of: {names}")
    for entry in RECOMMENDATIONS:
        if entry.repository and wanted in (_plain(entry.name), _plain(entry.ollama), _plain(entry.file)):
            return entry
    raise UsageError(f"there is no recommended model file called {name}", f"choose one of: {names}")


def pull(name: str, progress: Progress | None = None, cache: Path | None = None) -> Path:
    """Fetch a recommended model's file from the Hugging Face hub into the model folder.

    A file that is already there is left alone. What arrives is checked before it gets its name: its SHA-256
    where that is pinned here, its header in any case; an interrupted download goes on where it stopped.

    Raises:
        UsageError: no such recommendation.
        ModelUnavailable: no network, no room, or what arrived is not the model; within seconds where there
        is no
            network at all.
    """
    entry = recommendation(name)
    folder = model_folder(cache)
    target = folder / entry.file
    if target.is_file():
        read_header(target)
        return target
    waiting = folder / ".fetching" / entry.name
    try:
        waiting.mkdir(parents=True, exist_ok=True)
        if (free := shutil.disk_usage(folder).free) < entry.size * 11 // 10:
            raise ModelUnavailable(
                f"{entry.name} takes {entry.size / 1e9:.1f} GB and {folder} has {free / 1e9:.1f} GB left",
                "free some room, or name another folder in the environment variable BRONVAST_CACHE",
            )
        arrived = _download(entry, waiting, progress)
        if entry.sha256 and sha256_of(arrived) != entry.sha256:
            arrived.unlink()
            raise ModelUnavailable(
                f"what arrived for {entry.name} is not the file that was tried and recommended", "try again later"
            )
        read_header(arrived)
        arrived.replace(target)
        shutil.rmtree(waiting, ignore_errors=True)
    except OSError as error:
        raise ModelUnavailable(
            f"{entry.name} cannot be kept in {folder}: {error.strerror or error}",
            "free some room, or name another folder in the environment variable BRONVAST_CACHE",
        ) from error
    return target


def _download(entry: Recommendation, folder: Path, progress: Progress | None) -> Path:
    import huggingface_hub

    try:
        # Asked for first and without retries, so that having no network is noticed at once.
        url = huggingface_hub.hf_hub_url(entry.repository, entry.file)
        huggingface_hub.get_hf_file_metadata(url, timeout=_ANSWER_SECONDS, token=False)
        return Path(
            huggingface_hub.hf_hub_download(
                entry.repository,
                entry.file,
                local_dir=folder,
                etag_timeout=_ANSWER_SECONDS,
                token=False,
                # Without a reporter the client would draw bars of its own.
                tqdm_class=_reporter(progress or (lambda *_: None)),
            )
        )
    except OSError as error:
        # The hub's own errors derive from OSError too; only those with a number come from the file system.
        if error.errno and error.filename:
            raise
        raise _unreachable(entry) from error
    except Exception as error:
        raise _unreachable(entry) from error


def _unreachable(entry: Recommendation) -> ModelUnavailable:
    instead = f", or use `ollama pull {entry.ollama}`" if entry.ollama else ""
    return ModelUnavailable(
        f"{entry.name} cannot be fetched from the Hugging Face hub",
        f"connect to the network and try again{instead}",
    )


def _reporter(progress: Progress) -> type[Any]:
    """A progress bar in the shape that the hub's client expects, which reports instead of drawing."""
    from tqdm.auto import tqdm  # type: ignore[import-untyped, unused-ignore]

    class Reporter(tqdm):  # type: ignore[misc, type-arg, unused-ignore]
        def __init__(self, *given: Any, **named: Any) -> None:
            named["disable"] = False
            # The hub's client passes a name of its own that the bar does not know.
            named.pop("name", None)
            super().__init__(*given, **named)

        def display(self, *_given: Any, **_named: Any) -> bool:
            progress(int(self.n), int(self.total or 0))
            return True

        def clear(self, *_given: Any, **_named: Any) -> None:
            return

        def close(self) -> None:
            progress(int(self.n), int(self.total or 0))
            self.disable = True

    return Reporter


def _plain(name: str) -> str:
    return "".join(character for character in name.lower() if character.isalnum())
