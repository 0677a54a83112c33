"""Every test has user folders of its own; only unpacked model weights are shared between runs."""

import os
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

_SHARED_CACHE = os.environ.get("BRONVAST_CACHE", "")
if not _SHARED_CACHE:
    from platformdirs import user_cache_dir

    _SHARED_CACHE = user_cache_dir("bronvast")


@pytest.fixture(autouse=True)
def isolated_user(tmp_path_factory, monkeypatch):
    """A home of its own: no settings of whoever runs the tests, messages in English, no proxy, no server."""
    home = tmp_path_factory.mktemp("home")
    for name in list(os.environ):
        if name.startswith(("BRONVAST_", "XDG_", "OLLAMA_", "OPENAI_")) or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(home / "config"))
    monkeypatch.setenv("XDG_DATA_HOME", str(home / "data"))
    monkeypatch.setenv("XDG_STATE_HOME", str(home / "state"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(home / "cache"))
    monkeypatch.setenv("BRONVAST_CACHE", _SHARED_CACHE)
    monkeypatch.setenv("BRONVAST_LIBRARY", str(home / "library"))
    monkeypatch.setenv("OLLAMA_HOST", "127.0.0.1:9")  # the discard port: nothing answers there
    monkeypatch.setenv("LANG", "en_US.UTF-8")
    for name in ("LC_ALL", "LC_MESSAGES", "LANGUAGE", "NO_COLOR", "FORCE_COLOR", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)
    return home
