"""Packages that are older than what `pyproject.toml` asks for and have known faults, as a forced installation leaves them."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping
from typing import Final

__all__ = ["in_use", "installed", "outdated"]

# The first version without the fault, by the name to import and the name to install; what the fault is.
_FLOORS: Final[dict[tuple[str, str], tuple[str, str]]] = {
    ("torch", "torch"): ("2.6", "weights can run code while they are read"),
    ("faiss", "faiss-cpu"): ("1.14.2", "a damaged index can write into memory"),
}


def outdated(versions: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """What is wrong with each package that is too old, and what to do.

    Args:
        versions: version by the name under which a package is imported.
    """
    for (module, package), (floor, fault) in _FLOORS.items():
        version = versions.get(module, "")
        if version and _numbers(version) < _numbers(floor):
            yield (
                f"{package} {version} is outdated: {fault}",
                f'update it with: pip install --upgrade "{package}>={floor}"',
            )


def in_use() -> dict[str, str]:
    """Versions of those that this process has imported; costs nothing."""
    return {module: str(getattr(sys.modules.get(module), "__version__", "")) for module, _ in _FLOORS}


def installed() -> dict[str, str]:
    """Versions of those that are installed."""
    from importlib.metadata import PackageNotFoundError, version

    versions = {}
    for module, package in _FLOORS:
        try:
            versions[module] = version(package)
        except PackageNotFoundError:
            continue
    return versions


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", version.partition("+")[0])[:3])
