"""Measuring the models that read."""

from __future__ import annotations

import math

from bench.adapter_reading import area


def test_the_area_under_the_curve_counts_pairs() -> None:
    assert area([3, 1], [2, 0]) == 0.75
    assert area([1], [1]) == 0.5
    assert math.isnan(area([], [1]))
