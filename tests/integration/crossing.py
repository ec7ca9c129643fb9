"""Runs across folds: a table, a search over it, and what a network of it comes to elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import Any

import pytest
from fix_server import Connection
from psycopg.rows import namedtuple_row

from cerebro_db import training
from cerebro_db.dataset.encoding import Encoding
from cerebro_db.folds import Folds
from cerebro_db.model import Spec
from cerebro_db.model.signature import TARGETS
from cerebro_db.planner import tour
from cerebro_db.tensors import Tensors
from cerebro_db.testing.calls import drop, fit, rows, value

TABLE = """
create table people as
select
    g as id,
    x,
    case when x > 0.8 then 'high' else 'low' end as y,
    10 * x + 100 * (g % 3) as z,
    'g' || g % 40 as household,
    date '2020-01-01' + (g * 7919 % 600) as seen,
    case when g > 1 then g end as gap,
    1 as same
from (select g, sin(g * 1.7) as x from generate_series(1, 600) g) rows;
alter table people add primary key (id);
create view faces as select id, x, y, z, household, seen from people
"""
KEPT = """
select k.config, k.fold, k.state
from cerebro._kept_states k join cerebro._runs r on r.id = k.run
where r.name = %s and k.rank is not null
order by k.config, k.fold
"""


@pytest.fixture
def people(connection: Connection) -> Iterator[None]:
    connection.row_factory = namedtuple_row
    connection.execute(TABLE)
    yield
    connection.execute("reset role")
    for (run,) in rows(connection, "select run from cerebro.runs"):
        drop(connection, run)
    connection.execute("drop table people cascade")


def cross(connection: Connection, run: str, target: str = "y", **more: Any) -> list[Any]:
    """Search across five folds; ``options`` add to them."""
    options = {"validation": "5 folds", "features": ["x"], **more.pop("options", {})}
    arguments: dict[str, Any] = {
        "source": "people",
        "model": {"family": "mlp", "hidden": [8], "dropout": 0.1},
        "space": {"learning_rate": [0.01, 0.03]},
        "epochs": 2,
        "workers": 2,
        "options": options,
    }
    return fit(connection, run, target=target, **arguments | more)


def kept(connection: Connection, run: str) -> dict[tuple[int, int], bytes]:
    return {(row.config, row.fold): row.state for row in rows(connection, KEPT, run)}


def encoding_of(connection: Connection, run: str) -> Encoding:
    document = value(connection, "select encoding from cerebro._datasets where name = %s", run)
    return Encoding.from_json(document)


def without(
    spec: Spec,
    chunks: dict[int, list[Tensors]],
    config: int,
    fold: int,
    folds: Folds,
    epochs: int,
    until: int | None = None,
) -> bytes:
    """Return the state of a fold's network, trained here on the other partitions alone; of fold 0,
    on all."""
    walk = tour(0, config, fold, folds)
    order = [partition for partition in walk if not fold or folds.of(partition) != fold]
    sizes = {number: [len(chunk[TARGETS]) for chunk in chunks[number]] for number in order}
    whole = training.sizes_of(chain(*(sizes[number] for number in order)))
    state = None
    for epoch in range(1, (until or epochs) + 1):
        for position, partition in enumerate(order):
            passed = training.sizes_of(chain(*(sizes[number] for number in order[:position])))
            progress = training.Progress(epochs, whole, passed)
            key = training.UnitKey(0, config, epoch, partition, fold)
            work = training.begin(spec, key, state, progress=progress, poll=lambda: None)
            for chunk in chunks[partition]:
                work.train(chunk)
            state = work.finish().state
    assert state is not None
    return state
