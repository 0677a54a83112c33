"""Packages that are too old to be safe are named in one line, wherever they are used (L11)."""

import sys
from types import ModuleType

import pytest

from qa.cli import run
from qa.package_versions import in_use, installed, outdated


@pytest.mark.parametrize(
    ("module", "version", "warned"),
    [
        ("torch", "2.5.1+cpu", True),
        ("torch", "2.6.0", False),
        ("torch", "2.10.0+cu128", False),
        ("faiss", "1.9.0", True),
        ("faiss", "1.14.1.post2", True),
        ("faiss", "1.14.2", False),
        ("faiss", "2.0", False),
        ("faiss", "", False),
    ],
)
def test_versions_with_known_faults_are_told_from_those_without(module, version, warned):
    assert bool(list(outdated({module: version}))) == warned


def test_what_is_installed_is_new_enough():
    assert set(installed()) == {"torch", "faiss"}
    assert not list(outdated(installed()))


def test_a_run_that_used_an_old_package_says_so_in_one_line(capsys, monkeypatch, tmp_path):
    old = ModuleType("faiss")
    old.__version__ = "1.9.0"
    monkeypatch.setitem(sys.modules, "faiss", old)
    assert in_use()["faiss"] == "1.9.0"
    assert run(["--library", str(tmp_path), "status"]) == 6
    note = (
        "faiss-cpu 1.9.0 is outdated: a damaged index can write into memory; "
        'update it with: pip install --upgrade "faiss-cpu>=1.14.2"'
    )
    assert capsys.readouterr().err.splitlines()[0] == note
    monkeypatch.setenv("BRONVAST_LANGUAGE", "nl")
    assert run(["--library", str(tmp_path), "status"]) == 6
    dutch = "faiss-cpu 1.9.0 is verouderd: een beschadigde index kan in het geheugen schrijven; werk het bij met: "
    assert capsys.readouterr().err.splitlines()[0].startswith(dutch)
    assert run(["--quiet", "--library", str(tmp_path), "status"]) == 6
    assert "1.9.0" not in capsys.readouterr().err


def test_doctor_names_what_is_installed_and_too_old(capsys, monkeypatch):
    monkeypatch.setattr("qa.package_versions.installed", lambda: {"torch": "2.5.0"})
    run(["doctor"])
    out = capsys.readouterr().out
    assert "torch 2.5.0 is outdated: weights can run code while they are read" in " ".join(out.split())
    assert 'pip install --upgrade "torch>=2.6"' in " ".join(out.split())
