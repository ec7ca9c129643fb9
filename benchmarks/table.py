"""A report as tables, in Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from benchmarks.report import Curve, Figure, Goal, Line, Quality, Report
from benchmarks.workloads import WORKLOADS


def whole(report: Report) -> str:
    """Return everything: what it ran on, all lines, all figures, and what is missing."""
    parts = [
        machine(report),
        comparison(report.lines),
        qualities(report.qualities),
        figures(report.figures),
        *(curve(found) for found in report.curves),
        left_out(report),
    ]
    return "\n\n".join(part for part in parts if part)


def quality(report: Report) -> str:
    """Return time to quality by itself."""
    parts = [machine(report), qualities(report.qualities), left_out(report)]
    return "\n\n".join(part for part in parts if part)


def machine(report: Report) -> str:
    """Return a sentence on where and when it ran."""
    named = report.machine
    versions = ", ".join(f"{name} {named[name]}" for name in _VERSIONS if name in named)
    return (
        f"{named['processor']}, {named['memory']}, {named['system']}; {versions}; "
        f"{named['date']}, load before {named['load before']}; medians of interleaved rounds."
    )


def comparison(lines: Sequence[Line]) -> str:
    """Return the table of ratios."""
    return rows_as_table(
        (
            "",
            "from table to ranked losses",
            "seconds",
            "rounds",
            "ours is faster by",
            "goal",
            "",
            "best loss",
        ),
        [
            (
                line.workload.upper(),
                line.contestant,
                _seconds(line),
                str(line.rounds),
                "" if line.ratio is None else f"**{line.ratio:.2f} x**",
                *_judged(line.ratio, line.goal, "x"),
                f"{line.loss:.4f}",
            )
            for line in lines
        ],
    )


def qualities(found: Sequence[Quality]) -> str:
    """Return the table of time to quality."""
    return rows_as_table(
        (
            "",
            "until it is good enough",
            "seconds",
            "epochs",
            "reached",
            "ours is faster by",
            "goal",
            "",
            "of random search's epochs",
            "goal",
            "",
            "least 1 - AUC (good enough)",
            "load before",
        ),
        [
            (
                one.task,
                one.contestant,
                f"> {one.limit:.0f}" if one.seconds is None else f"{one.seconds:.1f}",
                "" if one.epochs is None else f"{one.epochs:.0f}",
                f"{one.reached} of {one.rounds}",
                "" if one.ratio is None else f"**{_at_least(one)}{one.ratio:.2f} x**",
                *_judged_bound(one),
                "" if one.share is None else f"{one.share:.2f}",
                *_judged(one.share, one.share_goal, ""),
                f"{one.error:.5f} ({one.target:.5f})",
                f"{one.load:.1f}",
            )
            for one in found
        ],
    )


def figures(found: Sequence[Figure]) -> str:
    """Return the table of the other figures."""
    return rows_as_table(
        ("", "figure", "", "goal", ""),
        [
            (
                figure.subject.upper() if figure.subject in WORKLOADS else figure.subject,
                figure.what,
                f"{number(figure.value)} {figure.unit}".strip(),
                *_judged(figure.value, figure.goal, figure.unit),
            )
            for figure in found
        ],
    )


def curve(found: Curve) -> str:
    """Return the points of a curve as a table."""
    series = dict(found.series)
    if found.bound:
        series["goal"] = found.bound
    return rows_as_table(
        (found.x_label, *(number(x) for x in found.x)),
        [
            (f"{found.y_label}: {name}", *(number(value) for value in values))
            for name, values in series.items()
        ],
    )


def left_out(report: Report) -> str:
    """Return a sentence on what was not measured, if anything."""
    return f"Left out: {'; '.join(report.left_out)}." if report.left_out else ""


_VERSIONS = ("PostgreSQL", "Python", "tensorflow", "keras", "ray", "optuna")


def _seconds(line: Line) -> str:
    if line.fastest == line.slowest:
        return f"{line.seconds:.1f}"
    return f"{line.seconds:.1f} ({line.fastest:.1f} to {line.slowest:.1f})"


def _judged_bound(one: Quality) -> tuple[str, str]:
    """Return goal and verdict of a ratio: a lower bound below the goal decides nothing."""
    goal, verdict = _judged(one.ratio, one.ratio_goal, "x")
    met = one.ratio is None or one.ratio_goal is None or one.ratio_goal.met(one.ratio)
    return goal, verdict if met or one.ratio == 0 or not _at_least(one) else "open"


def _at_least(one: Quality) -> str:
    """Return the sign of a ratio that holds where a rival has given up."""
    return "≥ " if one.reached < one.rounds else ""


def _judged(value: float | None, goal: Goal | None, unit: str) -> tuple[str, str]:
    """Return the goal and the verdict."""
    if value is None or goal is None:
        return "", ""
    verdict = "met"
    if not goal.met(value):
        verdict = f"**missed** by {number(abs(value - goal.bound))} {unit}".strip()
    return f"{'≥' if goal.least else '≤'} {number(goal.bound)} {unit}".strip(), verdict


def number(value: float) -> str:
    """Return a number with three digits or so."""
    return f"{value:,.0f}" if value >= 1000 else f"{value:.3g}"


def rows_as_table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table in Markdown; nothing where there are no rows."""
    body = [f"| {' | '.join(row)} |" for row in rows]
    if not body:
        return ""
    return "\n".join([f"| {' | '.join(head)} |", "|" + "---|" * len(head), *body])
