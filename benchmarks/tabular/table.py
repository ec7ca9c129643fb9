"""Results as tables, in Markdown."""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.machine import sentence
from benchmarks.table import figures, number, rows_as_table
from benchmarks.tabular.compare import (
    Line,
    Standing,
    complete,
    counted,
    errors_of,
    goals,
    lines,
    standings,
)
from benchmarks.tabular.contestants import CONTESTANTS, TREES
from benchmarks.tabular.measures import TITLES
from benchmarks.tabular.ranks import friedman
from benchmarks.tabular.results import Result, Results
from benchmarks.tabular.sets import PORTFOLIO_SETS, SETS

_KINDS = {name: one.kind for name, one in (SETS | PORTFOLIO_SETS).items()}


def whole(results: Results) -> str:
    """Return everything: what it ran on, standings, goals, and each set."""
    parts = [
        sentence(results.machine),
        overview(results.found),
        figures(goals(results.found)),
        *(of_set(lines(results.found, name), name) for name in _sets(results.found)),
    ]
    return "\n\n".join(part for part in parts if part)


def headline(results: Results) -> str:
    """Return what the README says: one call beside the trees' defaults, with a heading."""
    titles = [CONTESTANTS[name].title for name in ("ours", *TREES)]
    own = [result for result in results.found if result.contestant in titles]
    standing = overview(own)
    if not standing or not errors_of(own, titles):
        return ""
    return f"## Beside boosted trees\n\n{standing}\n\n{sentence(results.machine)}"


def overview(found: Sequence[Result]) -> str:
    """Return the standings, in the order of mean ranks; nothing where no set is complete."""
    everybody = standings(found)
    if not everybody:
        return ""
    names = complete(found)
    table = rows_as_table(
        (
            "",
            "mean rank",
            "least error on",
            "behind it, median set",
            "worst set",
            "seconds",
            "CPU s",
        ),
        [_standing(one) for one in everybody],
    )
    about = f"On {counted(len(names))} ({', '.join(names)}); seconds are those of the median set."
    if len(everybody) > 2 and len(names) > 1:
        chance = friedman(errors_of(found, [one.contestant for one in everybody]))
        about += (
            f" Were all equal, ranks would be as uneven with probability {chance:.2g} (Friedman)."
        )
    return f"{table}\n\n{about}"


def of_set(found: Sequence[Line], name: str) -> str:
    """Return everybody on one set, the best first."""
    return rows_as_table(
        (name, TITLES[_KINDS[name]], "behind the best", "log loss", "rounds", "seconds", "CPU s"),
        [
            (
                line.contestant,
                _error(line.error),
                f"{line.gap:.1f} %",
                "" if line.log_loss is None else f"{line.log_loss:.4f}",
                str(line.rounds),
                f"{line.seconds:.1f}",
                f"{line.cpu:.1f}",
            )
            for line in found
        ],
    )


def _standing(one: Standing) -> tuple[str, ...]:
    return (
        one.contestant,
        f"{one.rank:.2f}",
        str(one.wins),
        f"{one.gap:.1f} %",
        f"{one.worst:.1f} %",
        f"{one.seconds:.1f}",
        f"{one.cpu:.1f}",
    )


def _sets(found: Sequence[Result]) -> list[str]:
    """Return the sets with results, in the order of the lists."""
    return [name for name in _KINDS if any(result.set == name for result in found)]


def _error(value: float) -> str:
    return number(value) if value >= 1000 else f"{value:.4g}"
