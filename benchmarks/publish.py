"""Writes reports into README.md and docs/benchmarks.md, between their marks, and the pictures of
them into docs.

usage: python -m benchmarks.publish REPORT.json...      several, if one run would take too long
       python -m benchmarks.publish quality REPORT.json...            time to quality, nothing else
       python -m benchmarks.publish tables RESULTS.json...            of make bench-tables
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks import picture, table
from benchmarks.marks import filled
from benchmarks.report import Report

_ROOT = Path(__file__).parents[1]
_DOCUMENTS = ("README.md", "docs/benchmarks.md")


def main() -> None:
    """Publish the reports that the command line names, as one."""
    kind, *names = sys.argv[1:]
    if kind == "tables":
        texts = _of_tables([Path(name) for name in names])
    elif kind == "quality":
        report = _joined(names)
        texts = {"quality": table.quality(report)}
    else:
        report = _joined([kind, *names])
        texts = _of_whole(report)
        picture.draw(report, _ROOT / "docs" / "benchmarks.svg")
    for name in _DOCUMENTS:
        file = _ROOT / name
        file.write_text(filled(file.read_text(), texts))


def _joined(names: Sequence[str]) -> Report:
    return Report.joined([Report.read(Path(name)) for name in names])


def _of_whole(report: Report) -> dict[str, str]:
    return {
        "machine": table.machine(report),
        "comparison": table.comparison(report.lines),
        "w1": table.comparison([line for line in report.lines if line.workload == "w1"]),
        "quality": table.quality(report),
        "figures": table.figures(report.figures),
        "curves": "\n\n".join(table.curve(curve) for curve in report.curves),
        "left out": table.left_out(report),
    }


def _of_tables(files: Sequence[Path]) -> dict[str, str]:
    from benchmarks.tabular import picture as ranks
    from benchmarks.tabular import table as tabular
    from benchmarks.tabular.compare import complete, standings
    from benchmarks.tabular.results import Results

    results = Results.read(files)
    everybody = standings(results.found)
    texts = {"tables": tabular.whole(results), "tables in short": tabular.headline(results)}
    if len(everybody) > 1:
        ranks.draw(everybody, len(complete(results.found)), _ROOT / "docs" / "ranks.svg")
        texts["tables"] = f"![Mean ranks](ranks.svg)\n\n{texts['tables']}"
    return texts


if __name__ == "__main__":
    main()
