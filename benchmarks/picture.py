"""A report as a picture: bars of the comparison, and the curves."""

from __future__ import annotations

from pathlib import Path

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator

from benchmarks.contestants import ARRAYS, OURS
from benchmarks.report import Curve, Line, Report

# Told apart by the colour-blind too (Okabe and Ito, 2008).
OURS_COLOUR, RIVALS_COLOUR, _SPREAD = "#d55e00", "#0072b2", "#999999"
_COLOURS = ("#d55e00", "#0072b2", "#009e73")


def draw(report: Report, file: Path) -> None:
    """Write it as SVG: the same report gives the same bytes."""
    with mpl.rc_context({"svg.hashsalt": "cerebro_db", "svg.fonttype": "none", "font.size": 9}):
        figure = Figure(figsize=(14, 7 if report.curves else 3.5), layout="constrained")
        top, *bottom = figure.subfigures(2 if report.curves else 1, squeeze=False)[:, 0]
        # The arrays' seconds are of training alone, so they are no bar beside the others.
        lines = [line for line in report.lines if line.contestant != ARRAYS.title]
        workloads = list(dict.fromkeys(line.workload for line in lines))
        places = top.subplots(1, len(workloads), squeeze=False)[0]
        for axes, name in zip(places, workloads, strict=True):
            _bars(axes, name.upper(), [line for line in lines if line.workload == name])
        for below in bottom:
            places = below.subplots(1, len(report.curves), squeeze=False)[0]
            for axes, curve in zip(places, report.curves, strict=True):
                _curve(axes, curve)
        figure.savefig(file, format="svg", metadata={"Date": None})


def _bars(axes: Axes, title: str, lines: list[Line]) -> None:
    seconds = [line.seconds for line in lines]
    spread = [
        [line.seconds - line.fastest for line in lines],
        [line.slowest - line.seconds for line in lines],
    ]
    bars = axes.barh(
        [line.contestant for line in lines],
        seconds,
        xerr=spread,
        color=[OURS_COLOUR if line.contestant == OURS.title else RIVALS_COLOUR for line in lines],
        ecolor=_SPREAD,
    )
    axes.bar_label(bars, [f"{value:.1f}" for value in seconds], padding=6)
    axes.invert_yaxis()
    axes.margins(x=0.15)
    _dress(axes, f"{title}: seconds, table to ranked losses")


def _curve(axes: Axes, curve: Curve) -> None:
    for (name, values), colour in zip(curve.series.items(), _COLOURS, strict=False):
        axes.plot(curve.x, values, marker="o", color=colour, label=name)
    if curve.bound:
        axes.plot(curve.x, curve.bound, "--", color=_SPREAD, label="goal")
    axes.set(xscale="log", xlabel=curve.x_label, ylabel=curve.y_label)
    axes.set_xticks(curve.x, [f"{x:.3g}" if x < 1000 else f"{x / 1e6:g} M" for x in curve.x])
    axes.xaxis.set_minor_locator(NullLocator())
    values = [value for series in curve.series.values() for value in series]
    if max(values) > 10 * min(values):
        axes.set_yscale("log")
    else:
        axes.set_ylim(bottom=0)
    axes.legend(frameon=False)
    _dress(axes, curve.title)


def _dress(axes: Axes, title: str) -> None:
    axes.set_title(title, fontweight="bold")
    axes.spines[["top", "right"]].set_visible(False)
