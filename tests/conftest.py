"""Every test has user folders of its own; only unpacked model weights are shared between runs."""

import os
import runpy
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from filelock import FileLock
from hypothesis import settings

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

_SHARED_CACHE = os.environ.get("BRONVAST_CACHE", "")
if not _SHARED_CACHE:
    from platformdirs import user_cache_dir

    _SHARED_CACHE = user_cache_dir("bronvast")


# No test, and no process that one starts, may reach another machine: see `watched/sitecustomize.py`.
WATCHED = ROOT / "tests" / "watched"
_descriptor, _NETWORK_NOTES = tempfile.mkstemp(prefix="bronvast-network-")
os.close(_descriptor)
os.environ["TESTS_NETWORK_NOTES"] = _NETWORK_NOTES
os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, (str(WATCHED), os.environ.get("PYTHONPATH", ""))))
runpy.run_path(str(WATCHED / "sitecustomize.py"))


def pytest_unconfigure():
    Path(_NETWORK_NOTES).unlink(missing_ok=True)


# The quick tier tries the same examples every time, so that it fails for the change at hand and nothing else;
# the long tier looks for new ones (`--hypothesis-profile=searching`).
settings.register_profile("same", derandomize=True, database=None, deadline=None)  # no test is timed
settings.register_profile("searching", derandomize=False, deadline=None)
settings.load_profile("same")


@pytest.fixture(autouse=True)
def no_network(request):
    """Fails the test if it, or a process that it started, tried to reach another machine.

    Where a test is about that (`reaches_out`), the attempt is refused all the same.
    """
    yield
    notes = Path(_NETWORK_NOTES)
    attempts = notes.read_text(encoding="utf-8")
    if attempts:
        notes.write_text("", encoding="utf-8")
    if attempts and not request.node.get_closest_marker("reaches_out"):
        pytest.fail(f"this reached for another machine:\n{attempts}")


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


@pytest.fixture(scope="session")
def samples(tmp_path_factory):
    """A home with the sample articles in `articles`, indexed in `library` by the real program, once for all workers.

    What `bronvast add ~/articles` printed stands in `added.txt`. Who changes the library takes a copy.
    """
    home = tmp_path_factory.getbasetemp().parent / "samples"
    if not os.environ.get("PYTEST_XDIST_WORKER"):
        home = tmp_path_factory.mktemp("samples")
    with FileLock(str(home) + ".lock"):
        if not (home / "added.txt").exists():
            shutil.copytree(ROOT / "examples" / "articles", home / "articles")
            done = subprocess.run(
                [sys.executable, "-m", "qa.cli", "add", str(home / "articles")],
                capture_output=True,
                cwd=ROOT,
                env={
                    **os.environ,
                    "BRONVAST_LIBRARY": str(home / "library"),
                    "BRONVAST_CACHE": _SHARED_CACHE,
                    "HOME": str(home),
                    "LANG": "en_US.UTF-8",
                },
                timeout=300,
            )
            assert done.returncode == 0, done.stderr
            (home / "added.txt").write_bytes(done.stdout)
    return home
