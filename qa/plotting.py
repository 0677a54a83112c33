"""A picture of an evaluation: the figures with their intervals, what became of each kind of question, the calibration."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from qa.errors import UsageError
from qa.evaluation import Figure, Outcome, figure, went_well
from qa.evidence import READ_SUFFICIENT
from qa.export import check_writable

__all__ = ["check_drawable", "draw", "plotting"]

_ENDINGS: Final = (".png", ".svg", ".pdf", ".jpg", ".jpeg", ".webp")
_ANOTHER: Final = "name another file ending in .png"

BINS = 10
"""Of confidence, each a tenth wide."""


def plotting() -> Any:
    """The plotting library.

    Raises:
        UsageError: it is not installed.
    """
    try:
        import matplotlib
    except ImportError:
        raise UsageError("drawing needs matplotlib", "install it: pip install matplotlib") from None
    matplotlib.use("Agg")
    import matplotlib.pyplot

    return matplotlib.pyplot


def check_drawable(path: Path) -> None:
    """Make sure that `draw` will be able to write there, as far as that can be known.

    Raises:
        UsageError: matplotlib is not installed, or the file cannot be written.
    """
    plotting()
    if path.suffix.lower() not in _ENDINGS:
        raise UsageError(f"{path} has no known ending", _ANOTHER)
    check_writable(path)


def draw(path: Path, outcomes: Sequence[Outcome], measured: Sequence[Figure], title: str) -> None:
    """Draw what was measured; kinds of question and calibration only where questions were answered.

    Raises:
        UsageError: the file cannot be written.
    """
    plots = plotting()
    answered = [outcome for outcome in outcomes if outcome.answer is not None]
    kinds = by_kind(answered)
    rows = max(len(measured), len(kinds))
    panels = 3 if answered else 1
    drawing, axes = plots.subplots(
        1, panels, figsize=(7 * panels, 0.4 * rows + 1.6), layout="constrained", squeeze=False
    )
    _bars(axes[0][0], [each for each in measured if each.value is not None], title)
    if answered:
        _bars(axes[0][1], kinds, "by kind: right and cited, or refused")
        _calibration(axes[0][2], calibration(answered))
    try:
        drawing.savefig(path, dpi=150)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise UsageError(f"{path} cannot be written ({reason})", _ANOTHER) from None
    finally:
        plots.close(drawing)


def by_kind(outcomes: Sequence[Outcome]) -> list[Figure]:
    """For each kind of question the share that went well, in the order of the alphabet."""
    kinds: dict[str, list[bool]] = defaultdict(list)
    for outcome in outcomes:
        kinds[outcome.question.type or "no kind"].append(went_well(outcome))
    return [figure(f"{kind} ({len(well)})", well) for kind, well in sorted(kinds.items())]


def calibration(outcomes: Sequence[Outcome]) -> list[tuple[float, float, int]]:
    """For each tenth of confidence that occurs: the mean confidence, the share of answerable questions, how many."""
    bins: dict[int, list[tuple[float, bool]]] = defaultdict(list)
    for outcome in outcomes:
        if outcome.answer is not None:
            confidence = outcome.answer.confidence
            bins[min(int(confidence * BINS), BINS - 1)].append((confidence, outcome.question.answerable))
    return [
        (sum(each[0] for each in found) / len(found), sum(each[1] for each in found) / len(found), len(found))
        for _, found in sorted(bins.items())
    ]


def _bars(axes: Any, shown: Sequence[Figure], title: str) -> None:
    known = [(each.name, each.value or 0.0, each) for each in reversed(shown)]
    errors = [
        [max(0.0, value - each.low) for _, value, each in known],
        [max(0.0, each.high - value) for _, value, each in known],
    ]
    axes.barh([name for name, _, _ in known], [value for _, value, _ in known], xerr=errors, color="#4477aa", capsize=3)
    axes.set(xlim=(0, 1.05), title=title)
    axes.grid(axis="x", alpha=0.4)


def _calibration(axes: Any, points: Sequence[tuple[float, float, int]]) -> None:
    axes.plot([0, 1], [0, 1], color="#999999", linewidth=1)
    axes.axvline(READ_SUFFICIENT, color="#cc6677", linewidth=1, linestyle="--")
    axes.scatter([point[0] for point in points], [point[1] for point in points], color="#4477aa")
    for confidence, share, count in points:
        axes.annotate(str(count), (confidence, share), textcoords="offset points", xytext=(4, 4))
    axes.set(
        xlim=(0, 1.05), ylim=(0, 1.05), xlabel="confidence (dashed: answered from here on)",
        ylabel="share that the articles answer", title="calibration (questions in each tenth)",
    )  # fmt: skip
    axes.grid(alpha=0.4)
