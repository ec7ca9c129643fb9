"""The search of tables where nothing is stated: a portfolio of configurations that did well on many
of them, in a budget of work.

Which they are, and in which order, ``benchmarks/tabular/portfolio.py`` finds on tables that no
published figure is of. Work is counted from shapes and never measured, so that equal inputs give
equal results; it comes to about a minute for 50,000 rows on two cores.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from math import sqrt
from typing import Any

from cerebro_db.errors import InvalidArgument, LimitExceeded
from cerebro_db.model.tasks import TASKS
from cerebro_db.search.dimensions import SpaceDocument
from cerebro_db.search.dimensions.epochs import EPOCHS
from cerebro_db.search.epochs import epochs_by_data

Params = dict[str, Any]


@dataclass(frozen=True)
class Entry:
    """A configuration of the portfolio.

    Args:
        params: its hyper-parameters.
        share: of the epochs that rows and budget are worth.
    """

    params: Params
    share: float = 1.0


_STEADY = {"optimizer": "adamw", "schedule": "cosine", "warmup": 0.05}
_MLP = {"family": "mlp", "hidden": [256, 128], "dropout": 0.1, "batch_size": 128, **_STEADY}
_TABM = {"family": "tabm", "heads": 8, "units": 128, "dropout": 0.1, "batch_size": 128}
_RESNET = {"family": "resnet", "batch_size": 128, **_STEADY}
_PIECEWISE, _PERIODIC = {"numbers": "piecewise"}, {"numbers": "periodic"}

# The first ones do best by themselves; each further one helps where those before it do not. The
# last ones are large: they are for those who have the time.
_CLASSES = (
    Entry({**_TABM, **_PIECEWISE, "learning_rate": 0.003}),
    Entry({**_MLP, **_PIECEWISE, "learning_rate": 0.002}, 0.5),
    Entry({"family": "realmlp"}),
    Entry({**_TABM, **_PIECEWISE, "units": 256, "learning_rate": 0.003}),
    Entry({**_TABM, **_PERIODIC, "learning_rate": 0.002}),
    Entry({**_MLP, **_PERIODIC, "learning_rate": 0.001}, 0.5),
    Entry({"family": "realmlp", "learning_rate": 0.015}),
    Entry({**_RESNET, **_PIECEWISE, "learning_rate": 0.0005}, 0.5),
    Entry({**_MLP, "learning_rate": 0.001}, 0.5),
    Entry({**_TABM, **_PIECEWISE, "learning_rate": 0.001}),
    Entry({**_RESNET, **_PERIODIC, "learning_rate": 0.002}),
    Entry({"family": "realmlp", "dropout": 0.3}, 3.0),
    Entry({**_TABM, **_PERIODIC, "units": 256, "learning_rate": 0.001}),
    Entry({"family": "tabm"}),
)
_NUMBERS = (
    Entry({**_TABM, **_PIECEWISE, "learning_rate": 0.003}),
    Entry({**_MLP, **_PIECEWISE, "learning_rate": 0.004}),
    Entry({"family": "realmlp"}),
    Entry({**_TABM, **_PIECEWISE, "units": 256, "learning_rate": 0.003}),
    Entry({**_TABM, **_PERIODIC, "learning_rate": 0.002}),
    Entry({**_MLP, **_PIECEWISE, "learning_rate": 0.001}),
    Entry({**_MLP, "learning_rate": 0.004}),
    Entry({"family": "realmlp", "learning_rate": 0.06}),
    Entry({**_MLP, **_PERIODIC, "learning_rate": 0.001}),
    Entry({**_RESNET, **_PIECEWISE, "learning_rate": 0.0005}),
    Entry({**_RESNET, **_PERIODIC, "learning_rate": 0.002}),
    Entry({"family": "realmlp", "dropout": 0.05}, 3.0),
    Entry({**_TABM, **_PERIODIC, "units": 256, "learning_rate": 0.001}),
    Entry({"family": "tabm"}),
)

# How many operations of a large matrix product two cores do in a second; what a mini-batch takes
# whatever is in it, and what it takes to compile a network.
_OPERATIONS_PER_SECOND = 80 * 10**9
_PER_STEP = 10 * 10**6
_PER_NETWORK = 60 * 10**9
# Seconds for so many rows; as the root of their number, and some for the smallest tables, too.
_SECONDS, _ROWS, _FEWEST_SECONDS = 60.0, 50_000, 5.0
# So many are tried with fewer epochs, down to so few, before fewer are tried.
_FEWEST, _LEAST_EPOCHS = 3, 10
# Of the seconds that are stated, the share that is planned for: when they have passed, the search
# ends, and networks that have not come to the end of their schedules are worse.
_PLANNED = 0.75
# Of its epochs, the share after which one that gets no better ends.
_PATIENCE = 0.33


@dataclass(frozen=True)
class DefaultSearch:
    """The arguments that stand for those that nobody stated."""

    space: SpaceDocument
    search: dict[str, Any]


def step_work(operations: int) -> int:
    """Return the work of a mini-batch of so many operations."""
    return _PER_STEP + operations


def default_search(
    task: str,
    rows: int,
    work: Callable[[Params], int],
    *,
    networks: int = 1,
    seconds: float | None = None,
    epochs: int | None = None,
) -> DefaultSearch:
    """Return as much of the portfolio as a budget is enough for.

    Args:
        task: that of the dataset.
        rows: training rows.
        work: of an epoch of a configuration; raises InvalidArgument or LimitExceeded where it does
            not suit the dataset.
        networks: how many each configuration has: one, or one for each fold.
        seconds: what two cores may take; by the rows, if it is None.
        epochs: the most that one has; by rows and budget, if it is None.

    Raises:
        InvalidArgument, LimitExceeded: none suits.
    """
    planned = max(_FEWEST_SECONDS, _SECONDS * sqrt(rows / _ROWS))
    budget = _OPERATIONS_PER_SECOND * (planned if seconds is None else _PLANNED * seconds)
    tried = _suiting(_NUMBERS if TASKS[task].of_numbers else _CLASSES, work)
    if epochs is not None:
        # They are the most that one has, whatever its share.
        tried = [(replace(one, share=min(one.share, 1.0)), of) for one, of in tried]
    fewest = min(_FEWEST, len(tried))
    usual = epochs or epochs_by_data(rows)
    least = min(usual, _LEAST_EPOCHS) if epochs is None else usual
    while (count := _fitting(tried, usual, networks, budget)) < fewest and usual > least:
        usual = max(least, usual * 3 // 4)
    space = [
        {name: [value] for name, value in one.params.items()} | {EPOCHS: [_epochs(one, usual)]}
        for one, _ in tried[: max(1, count)]
    ]
    search = {"method": "grid", "early_stopping": {"patience": _PATIENCE}}
    return DefaultSearch(space, search)


def _suiting(entries: Iterable[Entry], work: Callable[[Params], int]) -> list[tuple[Entry, int]]:
    """Return those that suit the dataset, each with the work of an epoch."""
    found, refusal = [], None
    for one in entries:
        try:
            found.append((one, work(one.params)))
        except (InvalidArgument, LimitExceeded) as error:
            refusal = refusal or error
    if refusal is not None and not found:
        raise refusal
    return found


def _fitting(tried: Iterable[tuple[Entry, int]], usual: int, networks: int, budget: float) -> int:
    """Return how many of the first configurations a budget is enough for."""
    count = 0
    for one, work in tried:
        budget -= networks * _PER_NETWORK + _epochs(one, usual) * work
        if budget < 0:
            break
        count += 1
    return count


def _epochs(entry: Entry, usual: int) -> int:
    return max(1, round(entry.share * usual))
