"""Where a sentence-transformers model lies on this machine, and whether it is safe to load.

A model is a folder of numbers and settings. Loading must not run anyone's code, so weights are taken from
safetensors only (a pickle can run code when it is read), and modules only from sentence-transformers
itself. The network is asked only with leave, and only after a probe that takes at most two seconds.
"""

from __future__ import annotations

import hashlib
import json
import os
import socket
import threading
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from embeddings.errors import EncoderUnavailable

PROBE_SECONDS = 1.5
"""How long the hub may take to accept a connection before it counts as out of reach."""

_PICKLES = (".bin", ".pt", ".pth", ".pkl", ".pickle", ".ckpt", ".joblib")
_WANTED = ("*.safetensors", "*.json", "*.txt", "*.model")
_UNWANTED = ("onnx/*", "openvino/*", "*.onnx")
_OWN_MODULES = "sentence_transformers."
_CHOOSE_ANOTHER = "choose a model whose weights are safetensors, or leave --encoder out for the default"


@dataclass(frozen=True, slots=True)
class ModelFolder:
    """A folder that sentence-transformers can load, and what tells its weights from others of that name."""

    path: Path
    revision: str


def quiet_environment(*, offline: bool = True) -> None:
    """Set, in this process only, what the Hugging Face libraries read when they are imported: no telemetry,
    no asking the hub about models that are on this machine, short waits where the hub may be asked."""
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    os.environ.setdefault("HF_HUB_DISABLE_IMPLICIT_TOKEN", "1")
    os.environ.setdefault("HF_HUB_ETAG_TIMEOUT", "5")
    os.environ.setdefault("TRANSFORMERS_NO_ADVISORY_WARNINGS", "1")
    if offline:
        os.environ.setdefault("HF_HUB_OFFLINE", "1")


def find_model(name: str, *, allow_download: bool = False) -> ModelFolder:
    """The folder of a model that is named by its path or by its name on the hub.

    Raises:
        EncoderUnavailable: it is not on this machine and may not or cannot be fetched, or it is not safe to
        load.
    """
    folder = Path(name).expanduser()
    if folder.is_dir():
        found = ModelFolder(folder.resolve(), _digest(folder))
    else:
        path = _cached(name, allow_download)
        found = ModelFolder(path, path.name)
    refuse_unsafe(found.path)
    return found


def refuse_unsafe(folder: Path) -> None:
    """Make sure that loading the folder reads no pickle and runs no code but that of installed libraries.

    Raises:
        EncoderUnavailable: it would.
    """
    parts = [folder]
    modules = _settings(folder / "modules.json")
    for module in modules if isinstance(modules, list) else []:
        kind = str(module.get("type", ""))
        if not kind.startswith(_OWN_MODULES):
            raise EncoderUnavailable(
                f"the model in {folder} asks for code of its own ({kind or 'unnamed module'})",
                _CHOOSE_ANOTHER,
            )
        part = folder / str(module.get("path", ""))
        if folder.resolve() not in (part.resolve(), *part.resolve().parents):
            raise EncoderUnavailable(f"the model in {folder} points outside its folder", _CHOOSE_ANOTHER)
        parts.append(part)
    for part in parts:
        names = {path.name.lower() for path in part.iterdir()} if part.is_dir() else set()
        safe = any(name.endswith(".safetensors") for name in names)
        pickles = sorted(name for name in names if name.endswith(_PICKLES))
        if "adapter_config.json" in names and "adapter_model.safetensors" not in names:
            pickles = pickles or ["adapter_model.bin"]
            safe = False
        if pickles and not safe:
            raise EncoderUnavailable(f"the weights in {part} are a pickle ({pickles[0]})", _CHOOSE_ANOTHER)
        config = _settings(part / "config.json")
        if isinstance(config, dict) and "auto_map" in config:
            raise EncoderUnavailable(f"the model in {folder} asks for code of its own (auto_map)", _CHOOSE_ANOTHER)
    if not any(folder.rglob("*.safetensors")):
        raise EncoderUnavailable(f"there are no safetensors weights in {folder}", _CHOOSE_ANOTHER)


def _settings(path: Path) -> object:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise EncoderUnavailable(f"the model's settings {path} cannot be read: {error}", _CHOOSE_ANOTHER) from error


def _digest(folder: Path) -> str:
    """Sixteen hexadecimal digits over a folder's settings and over samples of its weights."""
    digest = hashlib.sha256()
    try:
        for path in sorted(folder.rglob("*")):
            if path.suffix not in (".safetensors", ".json", ".txt", ".model") or path.name == "README.md":
                continue
            size = path.stat().st_size
            digest.update(f"{path.relative_to(folder).as_posix()} {size}\n".encode())
            with path.open("rb") as file:
                for part in range(256 if size > 1 << 20 else 1):
                    file.seek(size * part // 256)
                    digest.update(file.read(4096 if size > 1 << 20 else size))
    except OSError as error:
        raise EncoderUnavailable(f"the model in {folder} cannot be read: {error.strerror}", _CHOOSE_ANOTHER) from error
    return digest.hexdigest()[:16]


def _cached(name: str, allow_download: bool) -> Path:
    """The folder of a named model in the hub's own cache on this machine."""
    quiet_environment(offline=not allow_download)
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError

    missing = f"the encoder {name} is not on this machine"
    candidates = [name] if "/" in name else [f"sentence-transformers/{name}", name]
    for candidate in candidates:
        try:
            return Path(snapshot_download(candidate, local_files_only=True))
        except (LocalEntryNotFoundError, HFValidationError, FileNotFoundError):
            continue
        except OSError as error:
            raise EncoderUnavailable(f"the hub's cache cannot be read: {error}", "check its permissions") from error
    if not allow_download:
        raise EncoderUnavailable(
            missing,
            "give the folder it lies in, allow it to be downloaded, or leave --encoder out for the default",
        )
    host = _unreachable()
    if host:
        raise EncoderUnavailable(
            f"{missing}, and {host} cannot be reached",
            "give the folder it lies in, or leave --encoder out for the default, which needs no network",
        )
    cause: Exception | None = None
    for candidate in candidates:
        try:
            return Path(snapshot_download(candidate, allow_patterns=list(_WANTED), ignore_patterns=list(_UNWANTED)))
        except (HfHubHTTPError, HFValidationError, LocalEntryNotFoundError, OSError, ValueError) as error:
            cause = error
    raise EncoderUnavailable(
        f"{missing}, and fetching it failed: {type(cause).__name__}",
        "check the name on huggingface.co, or give the folder of a model",
    ) from cause


def _unreachable() -> str:
    """The host that accepts no connection within `PROBE_SECONDS`, or "" where it does.

    The library's own retries take minutes where packets are dropped, and looking up a name has no time
    limit of its own, so both happen in a thread that is left behind.
    """
    endpoint = os.environ.get("HF_ENDPOINT") or "https://huggingface.co"
    proxy = urllib.request.getproxies().get(urlsplit(endpoint).scheme, "")
    address = urlsplit(proxy if "//" in proxy else f"//{proxy}" if proxy else endpoint)
    host = address.hostname or ""
    reached = threading.Event()

    def knock() -> None:
        try:
            port = address.port or (443 if address.scheme == "https" else 80)
            with socket.create_connection((host, port), timeout=PROBE_SECONDS):
                reached.set()
        except (OSError, ValueError):
            pass

    thread = threading.Thread(target=knock, daemon=True)
    thread.start()
    thread.join(PROBE_SECONDS)
    return "" if reached.is_set() else host
