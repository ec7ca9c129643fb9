"""Makes the tables of the tasks, and reads them into arrays for those who train outside.

The census and the garments come from ../shared/data, the third table is W1's with more rows: random
numbers that a fixed random network labels, the same in each run.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import psycopg
from psycopg import sql

from benchmarks import tables
from benchmarks.quality.tasks import LARGE, TASKS
from benchmarks.tables import Split
from benchmarks.workloads import SHARE_HELD_OUT
from cerebro_db.testing.data import ADULT, load_adult_into, load_fashion_into

_SEED = 21


def create(connection: psycopg.Connection[Any], name: str) -> None:
    """Create and fill the table of a task, unless it is there."""
    table = TASKS[name].table
    if connection.execute("select to_regclass(%s)", [table]).fetchone() == (None,):
        _CREATE[name](connection)
        connection.execute(sql.SQL("vacuum analyze {}").format(sql.Identifier(table)))


def read(conninfo: str, name: str) -> Split:
    """Read the table of a task: features (rows, width) as float32, and classes from 0."""
    if name == "500,000 rows":
        return tables.export(conninfo, LARGE)
    query = sql.SQL("select * from {}").format(sql.Identifier(TASKS[name].table))
    with psycopg.connect(conninfo) as connection, connection.cursor(binary=True) as cursor:
        rows = cursor.execute(query).fetchall()
        assert cursor.description is not None
        names = [column.name for column in cursor.description]
    columns = dict(zip(names, zip(*rows, strict=True), strict=True))
    held_out = np.array(columns.pop("held_out"))
    x, y = _ARRAYS[name](columns, ~held_out)
    return Split(x[~held_out], y[~held_out], x[held_out], y[held_out])


def encoded(columns: dict[str, tuple[Any, ...]], training: np.ndarray) -> np.ndarray:
    """Return columns as one matrix, by what the training rows say: numbers standard, texts one-hot.

    A text that is missing, or is in no training row, is 0 everywhere.
    """
    blocks = []
    for values in columns.values():
        if all(isinstance(value, int | float) for value in values):
            numbers = np.array(values, np.float64)
            known = numbers[training]
            blocks.append(((numbers - known.mean()) / (known.std() or 1.0))[:, None])
        else:
            texts = np.array(["" if value is None else value for value in values])
            blocks.append(texts[:, None] == np.setdiff1d(texts[training], [""]))
    return np.concatenate(blocks, axis=1).astype(np.float32)


def _adult_arrays(
    columns: dict[str, tuple[Any, ...]], training: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    y = np.array(columns.pop("income")) == ">50K"
    return encoded(columns, training), y.astype(np.float32)


def _fashion_arrays(
    columns: dict[str, tuple[Any, ...]], training: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    pixels = np.frombuffer(b"".join(columns["pixels"]), np.uint8).reshape(-1, 784)
    return pixels.astype(np.float32) / 255, np.array(columns["garment"], np.int32)


_ARRAYS = {"adult": _adult_arrays, "fashion_mnist": _fashion_arrays}


def _create_adult(connection: psycopg.Connection[Any]) -> None:
    _load_once(connection, "adult", load_adult_into)
    columns = [column.split()[0] for column in ADULT.split(", ")]
    _split(connection, "adult", columns, "adult_split")


def _create_fashion(connection: psycopg.Connection[Any]) -> None:
    _load_once(connection, "fashion", load_fashion_into)
    _split(connection, "fashion", ["pixels", "garment"], "fashion_split")


def _create_large(connection: psycopg.Connection[Any]) -> None:
    tables.create(connection, LARGE)


_CREATE = {
    "adult": _create_adult,
    "fashion_mnist": _create_fashion,
    "500,000 rows": _create_large,
}


def _load_once(
    connection: psycopg.Connection[Any],
    name: str,
    load: Callable[[psycopg.Connection[Any]], None],
) -> None:
    if connection.execute("select to_regclass(%s)", [name]).fetchone() == (None,):
        load(connection)


def _split(
    connection: psycopg.Connection[Any], source: str, columns: list[str], table: str
) -> None:
    """Copy a table's columns, and add ``held_out``, by the order of its rows and a fixed seed."""
    (count,) = connection.execute(
        sql.SQL("select count(*) from {}").format(sql.Identifier(source))
    ).fetchone() or (0,)
    chosen = np.random.default_rng(_SEED).random(count) < SHARE_HELD_OUT
    connection.execute(
        sql.SQL(
            "create table {} as select {}, (%s::boolean[])[row_number() over (order by ctid)]"
            " as held_out from {}"
        ).format(
            sql.Identifier(table),
            sql.SQL(", ").join(map(sql.Identifier, columns)),
            sql.Identifier(source),
        ),
        [chosen.tolist()],
    )
