"""Versions with known holes cannot be installed with this program (L11)."""

import re
import tomllib
from importlib.metadata import version
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
# The first versions without the faults: code from a pickle that passes for weights, memory written by a damaged index,
# databases damaged by two writers.
FLOORS = {"torch": (2, 6), "faiss-cpu": (1, 14, 2), "apsw": (3, 51, 3), "huggingface-hub": (0, 30)}


def numbers(text):
    return tuple(int(part) for part in re.match(r"[\d.]+", text)[0].strip(".").split("."))


@pytest.mark.parametrize("package", sorted(FLOORS))
def test_what_is_required_and_what_is_installed_is_new_enough(package):
    required = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["dependencies"]
    (line,) = [line for line in required if re.match(rf"{package}\b", line)]
    assert numbers(re.search(r">=([\d.]+)", line)[1]) >= FLOORS[package]
    assert numbers(version(package)) >= FLOORS[package]


def test_no_parser_of_pdf_in_python_is_used():
    """Those with known ways to make them run forever are kept out altogether."""
    assert not re.search(r"pypdf\b|PyPDF2|pdfminer", (ROOT / "pyproject.toml").read_text("utf-8"))
