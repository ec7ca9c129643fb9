"""Writes a report into README.md and docs/benchmarks.md, between their marks, and the picture into
docs/benchmarks.svg.

usage: python -m benchmarks.publish REPORT.json...      several, if one run would take too long
       python -m benchmarks.publish quality REPORT.json...            time to quality, nothing else
"""

from __future__ import annotations

import sys
from pathlib import Path

from benchmarks import picture, table
from benchmarks.marks import filled
from benchmarks.report import Report

_ROOT = Path(__file__).parents[1]


def main() -> None:
    """Publish the reports that the command line names, as one."""
    only = tuple(name for name in sys.argv[1:2] if name == "quality")
    report = Report.joined([Report.read(Path(name)) for name in sys.argv[1 + len(only) :]])
    texts = {
        "machine": table.machine(report),
        "comparison": table.comparison(report.lines),
        "w1": table.comparison([line for line in report.lines if line.workload == "w1"]),
        "quality": table.quality(report),
        "figures": table.figures(report.figures),
        "curves": "\n\n".join(table.curve(curve) for curve in report.curves),
        "left out": table.left_out(report),
    }
    for name in ("README.md", "docs/benchmarks.md"):
        file = _ROOT / name
        file.write_text(filled(file.read_text(), texts, only))
    if only:
        return
    picture.draw(report, _ROOT / "docs" / "benchmarks.svg")


if __name__ == "__main__":
    main()
