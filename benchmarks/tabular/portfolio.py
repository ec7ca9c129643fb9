"""Chooses the default search: a few configurations that together do well on the other sets.

Candidates are trained by cerebro_fit, each with several seeds, and their curves are kept in a file;
a run that was interrupted goes on where it was. The portfolio is chosen from these greedily.

usage: python -m benchmarks.tabular.portfolio [--help]
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import mean, median
from typing import Any

import click
import psycopg

from benchmarks.server import private_server, tell
from benchmarks.tabular.rivals.in_database import fit
from benchmarks.tabular.rows import create
from benchmarks.tabular.sets import PORTFOLIO_SETS, Kind, Set

_ROOT = Path(__file__).parents[2]
_RUN = "portfolio"
_METRICS: dict[Kind, str] = {"binary": "auc", "multiclass": "log_loss", "regression": "rmse"}
_CURVES = """
select c.params::text, array_agg(l.value order by l.epoch), sum(l.seconds)
from cerebro.learning_curves l
join cerebro.configs c on c.run = l.run and c.config = l.config
where l.run = %s
group by c.config, c.params::text
order by c.config
"""


@dataclass(frozen=True)
class Candidates:
    """A family, and the configurations of it that are tried: all combinations of the values."""

    family: str
    space: dict[str, list[Any]]


@dataclass(frozen=True)
class Curve:
    """What one configuration did on one set.

    Args:
        params: as JSON, the family first.
        errors: of the validation rows after each epoch (1 - AUC, log loss or RMSE).
        seconds: that workers spent on it.
    """

    set: str
    seed: int
    params: str
    errors: list[float | None]
    seconds: float

    @property
    def least(self) -> float:
        """The least error of an epoch; infinity where no epoch has one."""
        return min((error for error in self.errors if error is not None), default=float("inf"))


_STEADY = {"optimizer": ["adamw"], "schedule": ["cosine"], "warmup": [0.05]}
_EMBEDDED = ["piecewise", "periodic"]
CANDIDATES = (
    Candidates(
        "mlp",
        {
            **_STEADY,
            "learning_rate": [0.001, 0.004],
            "hidden": [[256, 128]],
            "numbers": ["plain", *_EMBEDDED],
            "dropout": [0.1],
        },
    ),
    Candidates(
        "resnet",
        {
            **_STEADY,
            "learning_rate": [0.0005, 0.002],
            "numbers": _EMBEDDED,
            "batch_size": [128],
        },
    ),
    Candidates(
        "tabm",
        {
            "learning_rate": [0.001, 0.002, 0.003],
            "heads": [8, 16],
            "units": [128, 256],
            "numbers": _EMBEDDED,
            "dropout": [0.1],
            "batch_size": [128],
        },
    ),
    # The first two rates are for classes, the others for numbers.
    Candidates("realmlp", {"learning_rate": [0.015, 0.04, 0.06, 0.2], "dropout": [0.1]}),
)


@click.command()
@click.option("--set", "sets", type=click.Choice([*PORTFOLIO_SETS]), multiple=True, help="All.")
@click.option("--seeds", type=click.IntRange(1), default=5, show_default=True)
@click.option("--epochs", type=click.IntRange(1), help="By default rows or the family decide.")
@click.option("--size", type=click.IntRange(1), default=8, show_default=True, help="To choose.")
@click.option(
    "--candidates",
    "named",
    type=(str, str),
    multiple=True,
    help="A family, and its space as JSON, in place of those that stand here.",
)
@click.option("--totals", is_flag=True, help="Choose from what the file has, and train nothing.")
@click.option(
    "--curves",
    "file",
    type=click.Path(path_type=Path),
    default=_ROOT / "build" / "benchmarks" / "portfolio.json",
    help="Keeps the curves: what it has already is not trained again.",
)
def main(
    sets: tuple[str, ...],
    seeds: int,
    epochs: int | None,
    size: int,
    named: tuple[tuple[str, str], ...],
    totals: bool,
    file: Path,
) -> None:
    """Train candidates on the sets of the second list, and choose a portfolio."""
    candidates = [Candidates(family, json.loads(space)) for family, space in named] or CANDIDATES
    chosen = [PORTFOLIO_SETS[name] for name in sets or PORTFOLIO_SETS]
    file.parent.mkdir(parents=True, exist_ok=True)
    kept = [Curve(**one) for one in json.loads(file.read_text())] if file.exists() else []
    if not totals:
        for found in train(candidates, chosen, seeds, epochs, kept):
            kept += found
            file.write_text(json.dumps([asdict(one) for one in kept], indent=1) + "\n")
    for params, regret in choose(regrets(kept), size):
        click.echo(f"{regret:.4f}  {params}")


def train(
    candidates: Sequence[Candidates],
    sets: Sequence[Set],
    seeds: int,
    epochs: int | None,
    kept: Sequence[Curve],
) -> Iterator[list[Curve]]:
    """Yield the curves of one search after the other: a family on a set, with a seed."""
    done = {(one.set, one.seed, json.loads(one.params)["family"]) for one in kept}
    with private_server() as conninfo, psycopg.connect(conninfo, autocommit=True) as connection:
        for seed in range(seeds):
            for one in sets:
                for family in candidates:
                    if (one.name, seed, family.family) in done:
                        continue
                    create(connection, one)
                    tell(f"{one.name}, seed {seed}, {family.family}")
                    yield _searched(conninfo, one, seed, family, epochs)


def _searched(
    conninfo: str, one: Set, seed: int, family: Candidates, epochs: int | None
) -> list[Curve]:
    stated: dict[str, Any] = {
        "model": {"family": family.family},
        "space": family.space,
        "metric": _METRICS[one.kind],
        "seed": seed,
    }
    if epochs is not None:
        stated["epochs"] = epochs
    with psycopg.connect(conninfo, autocommit=True) as connection:
        fit(connection, _RUN, one.name, one.target, stated)
        rows = connection.execute(_CURVES, [_RUN]).fetchall()
        connection.execute("select cerebro_drop(%s)", [_RUN])
    return [
        Curve(
            one.name,
            seed,
            json.dumps({"family": family.family} | json.loads(params)),
            [1 - v if one.kind == "binary" and v is not None else v for v in values],
            seconds,
        )
        for params, values, seconds in rows
    ]


def regrets(curves: Sequence[Curve]) -> dict[str, dict[str, float]]:
    """Return by candidate and set how far its error is from the least: 0 is that, 1 the median's.

    Errors are means over the seeds, and candidates those that have run on every set. A regret is at
    most 1: how bad a bad one is does not matter.
    """
    errors: dict[str, dict[str, list[float]]] = {}
    for curve in curves:
        errors.setdefault(curve.params, {}).setdefault(curve.set, []).append(curve.least)
    names = dict.fromkeys(curve.set for curve in curves)
    means = {
        params: {name: mean(by_set[name]) for name in names}
        for params, by_set in errors.items()
        if by_set.keys() == names.keys()
    }
    found: dict[str, dict[str, float]] = {params: {} for params in means}
    for name in names:
        column = [by_set[name] for by_set in means.values()]
        least, middle = min(column), median(column)
        for params, by_set in means.items():
            behind, whole = by_set[name] - least, middle - least
            found[params][name] = 0.0 if behind == 0 else min(1.0, behind / whole) if whole else 1.0
    return found


def choose(regret: dict[str, dict[str, float]], size: int) -> list[tuple[str, float]]:
    """Return up to so many candidates, each with the mean regret of the portfolio down to it.

    The one comes next with which the best of the portfolio is best, in the mean over the sets; it
    ends where none makes it better.
    """
    chosen: list[tuple[str, float]] = []
    best: dict[str, float] = {}
    while len(chosen) < size:
        means = {
            params: mean(min(value, best.get(name, 1.0)) for name, value in by_set.items())
            for params, by_set in regret.items()
        }
        params = min(means, key=lambda one: means[one], default=None)
        if params is None or (chosen and means[params] >= chosen[-1][1]):
            break
        best = {name: min(v, best.get(name, 1.0)) for name, v in regret[params].items()}
        chosen.append((params, means[params]))
    return chosen


if __name__ == "__main__":
    main()
