"""The benchmark of growth reaches into the library; here it runs at its smallest, so that it is not found broken at its largest."""

from __future__ import annotations

from pathlib import Path

from bench.growth import measure


def test_a_small_library_is_filled_searched_and_changed(tmp_path: Path) -> None:
    figures = measure(tmp_path / "library", 400)
    assert figures["passages"] == 400 and figures["recall_at_10"] == 1.0
    assert all(value >= 0 for value in figures.values())
