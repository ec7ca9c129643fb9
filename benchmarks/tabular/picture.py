"""Mean ranks as a picture: a line joins those that the sets do not tell apart."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from benchmarks.picture import OURS_COLOUR, RIVALS_COLOUR
from benchmarks.tabular.compare import Standing, counted
from benchmarks.tabular.ranks import critical_difference, joined

_STEP = 0.5


def draw(standings: Sequence[Standing], sets: int, file: Path) -> None:
    """Write it as SVG: the same standings give the same bytes."""
    difference = critical_difference(len(standings), sets)
    groups = joined([one.rank for one in standings], difference)
    height = 1.6 + 0.28 * (len(standings) / 2 + len(groups) / 2)
    with mpl.rc_context({"svg.hashsalt": "cerebro_db", "svg.fonttype": "none", "font.size": 9}):
        figure = Figure(figsize=(10, height), layout="constrained")
        axes = figure.subplots()
        axes.set(xlim=(1, len(standings)), ylim=(-_depth(standings, groups), 1.2))
        axes.xaxis.tick_top()
        axes.xaxis.set_label_position("top")
        axes.set_xticks(range(1, len(standings) + 1))
        axes.set_xlabel(f"mean rank on {counted(sets)}; critical difference {difference:.2f}")
        axes.spines[["left", "right", "bottom"]].set_visible(False)
        axes.set_yticks([])
        _add_groups(axes, standings, groups)
        _add_names(axes, standings, len(groups) * _STEP / 2)
        axes.plot([1, 1 + difference], [0.8, 0.8], color="black", linewidth=1.5)
        figure.savefig(file, format="svg", metadata={"Date": None})


def _depth(standings: Sequence[Standing], groups: Sequence[tuple[int, int]]) -> float:
    return _STEP * (len(groups) / 2 + (len(standings) + 1) // 2 + 1)


def _add_groups(
    axes: Axes, standings: Sequence[Standing], groups: Sequence[tuple[int, int]]
) -> None:
    for number, (first, last) in enumerate(groups):
        y = -_STEP * (number + 1) / 2
        ends = standings[first].rank - 0.05, standings[last].rank + 0.05
        axes.plot(ends, [y, y], color="black", linewidth=3, solid_capstyle="butt")


def _add_names(axes: Axes, standings: Sequence[Standing], above: float) -> None:
    """Write the better half to the left, from the top; the others to the right, from the bottom."""
    half = (len(standings) + 1) // 2
    for place, one in enumerate(standings):
        left = place < half
        y = -above - _STEP * (1 + (place if left else len(standings) - 1 - place))
        edge = 1 if left else len(standings)
        colour = OURS_COLOUR if one.contestant.startswith("cerebro_fit") else RIVALS_COLOUR
        axes.plot([one.rank, one.rank, edge], [1.2, y, y], color=colour, linewidth=0.8)
        axes.annotate(
            f"{one.contestant} ({one.rank:.2f})",
            (edge, y),
            xytext=(-4 if left else 4, 0),
            textcoords="offset points",
            horizontalalignment="right" if left else "left",
            verticalalignment="center",
            color=colour,
            annotation_clip=False,
        )
