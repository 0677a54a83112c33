"""The shape of the project, held by tests: the direction of imports, what is heavy, what is in the wheel."""

from __future__ import annotations

import ast
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = {"embeddings": {"embeddings"}, "prompts": {"prompts"}, "qa": {"qa", "embeddings", "prompts"}}
HEAVY = {
    "torch",
    "transformers",
    "sentence_transformers",
    "faiss",
    "trafilatura",
    "xllamacpp",
    "ollama",
    "prompt_toolkit",
}
DEFINED_BY_THEM = {"embeddings/eight_bit.py": "embeddings.eight_bit"}
"""Modules whose classes are PyTorch's: they import it at their top, and are themselves imported only where they are used."""
MODULES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))


def imported(tree: ast.AST) -> set[str]:
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names.update(alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module.split(".")[0])
    return names


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_go_one_way(path: Path) -> None:
    own = set(PACKAGES)
    used = imported(ast.parse(path.read_text(encoding="utf-8"))) & own
    assert used <= PACKAGES[path.relative_to(ROOT).parts[0]]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_nothing_heavy_is_imported_at_the_top_of_a_module(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    top = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
    if str(path.relative_to(ROOT)) not in DEFINED_BY_THEM:
        assert not imported(ast.Module(top, [])) & HEAVY
    named = {node.module for node in top if isinstance(node, ast.ImportFrom)}
    assert not named & set(DEFINED_BY_THEM.values())


def test_help_loads_nothing_heavy() -> None:
    program = (
        "import sys\nfrom qa.cli import run\nrun(['--help'])\n"
        f"found = set(sys.modules) & {HEAVY | {'numpy', 'apsw'}!r}\n"
        "sys.exit(f'loaded: {sorted(found)}' if found else 0)"
    )
    outcome = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT, check=False)
    assert outcome.returncode == 0, outcome.stderr


def test_the_core_never_prints() -> None:
    for path in MODULES:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)]
        assert not [call for call in calls if call.func.id == "print"], path  # type: ignore[attr-defined]


def test_nothing_is_unpickled_or_evaluated() -> None:
    forbidden = {"pickle", "marshal", "joblib", "shelve", "dill"}
    for path in MODULES:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        assert not imported(tree) & forbidden, path
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                assert node.func.id not in {"eval", "exec"}, path
            if isinstance(node, ast.keyword) and node.arg in {"shell", "allow_pickle", "trust_remote_code"}:
                assert isinstance(node.value, ast.Constant), path
                assert node.value.value is False, path


def test_the_wheel_holds_the_three_packages_and_the_prompts(tmp_path: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--no-deps",
        "--no-build-isolation",
        "-q",
        "-w",
        str(tmp_path),
        str(ROOT),
    ]
    subprocess.run(command, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    assert any(name.endswith(".data/data/share/man/man1/bronvast.1") for name in names)
    tops = {name.split("/")[0] for name in names if not name.split("/")[0].endswith((".dist-info", ".data"))}
    assert tops == set(PACKAGES)
    for data in ("prompts/answer-rules.nl.md", "prompts/reader.fr.md", "embeddings/aliases.tsv", "qa/py.typed"):
        assert data in names
