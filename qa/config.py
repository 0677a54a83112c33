"""What the user set: a flag beats the environment, that beats the configuration file, that the default.

The file is TOML with these keys at its top level, all optional; the environment has each of them in capitals
behind `BRONVAST_`. An unknown key in the file is refused by its name: a misspelt setting that is silently
ignored is worse than none.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final

from embeddings.files import write_atomically
from qa.errors import ConfigError

__all__ = ["Config", "default_library", "default_path", "load_config", "write_setting"]

BACKENDS: Final = ("auto", "ollama", "local", "openai", "none")
LANGUAGES: Final = ("auto", "nl", "en")
EDITING_MODES: Final = ("emacs", "vi")
DEVICES: Final = ("auto", "cpu", "cuda", "mps")
_PREFIX: Final = "BRONVAST_"


@dataclass(frozen=True, slots=True)
class Config:
    """Everything that can be set. It names models and folders and never holds an open one.

    Attributes:
        library: the folder of the library; with a store, of what stays on this machine (sessions).
        encoder: name or folder of a sentence-transformers model; "" means the library's own, or the default.
        device: where articles are encoded: "auto" (a CUDA graphics card if there is one), "cpu", "cuda" or "mps" (Apple's).
        store: the URI of a Milvus that holds the articles; "" keeps them in the folder.
        reranker: a cross-encoder that orders the passages found, by name or folder; "" is none.
        entailment: a cross-encoder that judges whether a sentence follows from its source, by name or folder; "" is none.
        second_reader: whether the embedded language model reads the likeliest sentences as well and compares them, where it is installed.
        aliases: a file of names that mean the same, written as `embeddings/aliases.tsv` is; "" is none.
        llm: "auto", "ollama", "local", "openai" or "none".
        model: a model's name as its back end knows it, or a GGUF file; "" is the back end's choice.
        base_url: the server's address, for `ollama` and `openai`; "" is the usual one on this machine.
        allow_remote: whether questions and passages may go to another machine.
        top_k: how many passages an answer may draw on.
        language: of the program's messages: "auto" (by LANG), "nl" or "en".
        editing_mode: the keys of the chat's input line, "emacs" or "vi".
    """

    library: Path
    encoder: str = ""
    device: str = "auto"
    store: str = ""
    reranker: str = ""
    entailment: str = ""
    second_reader: bool = True
    aliases: str = ""
    llm: str = "auto"
    model: str = ""
    base_url: str = ""
    allow_remote: bool = False
    top_k: int = 8
    language: str = "auto"
    editing_mode: str = "emacs"

    @property
    def place(self) -> str:
        """Where the articles are, as it is shown."""
        return self.store or str(self.library)


_CHOICES: Final = {"llm": BACKENDS, "language": LANGUAGES, "editing_mode": EDITING_MODES, "device": DEVICES}
_BOOLEANS: Final = {"1": True, "true": True, "yes": True, "on": True}
_BOOLEANS_OFF: Final = {"0": False, "false": False, "no": False, "off": False, "": False}
_SWITCHES: Final = ("allow_remote", "second_reader")
_KEYS: Final = tuple(field.name for field in fields(Config))


def default_library() -> Path:
    """The library's folder where none is named."""
    from platformdirs import user_data_path

    return user_data_path("bronvast", appauthor=False) / "library"


def default_path() -> Path:
    """The configuration file where none is named; it need not exist."""
    from platformdirs import user_config_path

    return user_config_path("bronvast", appauthor=False) / "config.toml"


def config_file(named: Path | None = None, environment: Mapping[str, str] | None = None) -> Path:
    """The configuration file in force: the one that `--config` names, else `BRONVAST_CONFIG`, else the default."""
    environment = os.environ if environment is None else environment
    return named or Path(environment.get("BRONVAST_CONFIG") or default_path())


def load_config(
    flags: Mapping[str, Any], path: Path | None = None, environment: Mapping[str, str] | None = None
) -> Config:
    """The settings in force.

    Args:
        flags: what the command line said, by key; None and "" mean that it said nothing.
        path: the configuration file; None is the default one, which may be absent, while a named one may not.

    Raises:
        ConfigError: a file that cannot be read, an unknown key, a value of the wrong kind.
    """
    environment = os.environ if environment is None else environment
    values: dict[str, Any] = {}
    source = config_file(path, environment)
    named = path is not None or bool(environment.get("BRONVAST_CONFIG"))
    for key, value in _read_file(source, required=named).items():
        values[key] = _checked(key, value, f"{key} in {source}")
    for key in _KEYS:
        text = environment.get(_PREFIX + key.upper(), "")
        if text:
            values[key] = _checked(key, _from_text(key, text), _PREFIX + key.upper())
    for key, value in flags.items():
        if value is not None and value != "":
            values[key] = _checked(key, value, "--" + key.replace("_", "-"))
    values.setdefault("library", default_library())
    return Config(**values)


def _read_file(path: Path, *, required: bool) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            settings = tomllib.load(file)
    except FileNotFoundError:
        if required:
            raise ConfigError(f"there is no configuration file {path}", "name one that exists") from None
        return {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} is not valid TOML ({error})", "correct the file or remove it") from None
    except OSError as error:
        raise ConfigError(f"{path} cannot be read ({error.strerror})", "check its permissions") from None
    for key in settings:
        if key not in _KEYS:
            near = get_close_matches(key, _KEYS, n=1)
            remedy = f"did you mean {near[0]}" if near else f"the keys are {', '.join(_KEYS)}"
            raise ConfigError(f"unknown setting {key} in {path}", remedy)
    return settings


def _from_text(key: str, text: str) -> Any:
    """A value of the environment in the kind that its key has; what does not fit is left for `_checked`."""
    if key in _SWITCHES:
        return {**_BOOLEANS, **_BOOLEANS_OFF}.get(text.strip().lower(), text)
    if key == "top_k" and re.fullmatch(r"\s*\d{1,9}\s*", text, re.ASCII):
        return int(text)
    return text


def _checked(key: str, value: Any, where: str) -> Any:
    if key == "library" and isinstance(value, (str, Path)) and str(value):
        return Path(value).expanduser().absolute()
    if key in _SWITCHES:
        if isinstance(value, bool):
            return value
        raise ConfigError(f"{where} is {value!r}", "it must be true or false")
    if key == "top_k":
        if isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= 100:
            return value
        raise ConfigError(f"{where} is {value!r}", "it must be a whole number from 1 to 100")
    if not isinstance(value, str):
        raise ConfigError(f"{where} is {value!r}", "it must be a text")
    if key in _CHOICES and value not in _CHOICES[key]:
        raise ConfigError(f"{where} is {value!r}", f"it must be one of {', '.join(_CHOICES[key])}")
    return value


def write_setting(path: Path, key: str, value: str | bool | int) -> None:
    """Set one key in the configuration file, leaving everything else in it, comments too, as it was.

    Raises:
        ConfigError: an unknown key, a value of the wrong kind, or a file that cannot be read or written.
    """
    if key not in _KEYS:
        raise ConfigError(f"unknown setting {key}", f"the keys are {', '.join(_KEYS)}")
    _checked(key, value, key)
    before = _read_file(path, required=False)
    try:
        text = path.read_text(encoding="utf-8") if path.exists() else ""
        line = f"{key} = {_toml(value)}"
        assignment = re.compile(rf"^[ \t]*(?:{key}|\"{key}\"|'{key}')[ \t]*=.*$", re.MULTILINE)
        if key in before:
            text = assignment.sub(lambda _: line, text, count=1)
        else:
            text = f"{text}{'' if not text or text.endswith(chr(10)) else chr(10)}{line}\n"
        if tomllib.loads(text) != {**before, key: value}:
            raise ConfigError(f"{path} is written in a way that cannot be edited here", f"set {line} by hand")
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, text.encode("utf-8"))
    except tomllib.TOMLDecodeError:
        remedy = f"set {key} by hand"
        raise ConfigError(f"{path} is written in a way that cannot be edited here", remedy) from None
    except OSError as error:
        raise ConfigError(f"{path} cannot be written ({error.strerror})", "check its permissions") from None


def _toml(value: str | bool | int) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    special = {'"': '\\"', "\\": "\\\\"}
    escaped = (
        special.get(character)
        or (character if ord(character) >= 0x20 and character != "\x7f" else f"\\u{ord(character):04X}")
        for character in value
    )
    return f'"{"".join(escaped)}"'
