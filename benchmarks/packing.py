"""Seconds from a table to committed chunks, beside a COPY of the same table to a client, and how
fast a worker reads the chunks that it does not hold.

    python -m benchmarks.packing DSN [--rounds 3]

A numeric table of 200,000 rows x 64 real and a boolean label is compared with the fastest way into
numpy: all of COPY BINARY as one structured array, and of that a float32 matrix. A table of numbers
and texts, the census seven times over, is compared with COPY BINARY alone, the bytes of which are
not even looked at. What is compared takes turns; medians are printed. The extension has to be
there; what this makes is dropped again.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import click
import numpy as np
import psycopg
from psycopg import sql

from cerebro_db.engines.postgres.units import SQL
from cerebro_db.engines.sessions.tables import Tables, chunks_table, compose
from cerebro_db.session.client import ClientSession
from cerebro_db.store.statements import load_statements
from cerebro_db.testing.data import SHARED, load_adult_into

ROWS, COLUMNS, COPIES = 200_000, 64, 7
NUMERIC, MIXED, DATASET = (
    "cerebro_benchmark_numeric",
    "cerebro_benchmark_mixed",
    "cerebro_benchmark",
)

# COPY's header, and a row: the number of fields, and each field behind its length.
_HEADER = 19
_ROW = np.dtype(
    [
        ("fields", ">i2"),
        ("x", [("length", ">i4"), ("value", ">f4")], (COLUMNS,)),
        ("y", [("length", ">i4"), ("value", "u1")]),
    ]
)


@dataclass(frozen=True)
class Packing:
    """Medians: seconds of preparing and copying, and GB a second of reading.

    The mixed ones are None where ../shared/data has no census.
    """

    numeric_prepared: float
    numeric_copied: float
    mixed_prepared: float | None
    mixed_copied: float | None
    read: float


@click.command()
@click.argument("server")
@click.option("--rounds", default=3, show_default=True)
def main(server: str, rounds: int) -> None:
    """Measure on a server, a connection string."""
    found = measure(server, rounds)
    _tell("numbers", found.numeric_prepared, found.numeric_copied, "COPY into numpy")
    if found.mixed_prepared is not None and found.mixed_copied is not None:
        _tell("numbers and texts", found.mixed_prepared, found.mixed_copied, "COPY")
    click.echo(f"a worker reads chunks at {found.read:.2f} GB/s")


def measure(server: str, rounds: int) -> Packing:
    """Return what a server takes, as medians of so many rounds after one that is not counted."""
    with psycopg.connect(server, autocommit=True) as connection:
        _forget(connection)
        _create_numeric(connection)
        ways = {
            "numeric_prepared": lambda: _prepare(connection, NUMERIC, "y"),
            "numeric_copied": lambda: _copy_numeric(connection),
        }
        if (SHARED / "adult").is_dir():
            _create_mixed(connection)
            ways |= {
                "mixed_prepared": lambda: _prepare(connection, MIXED, "income"),
                "mixed_copied": lambda: _copy(connection, MIXED),
            }
        seconds: dict[str, list[float]] = {name: [] for name in ways}
        for _ in range(1 + rounds):
            for name, way in ways.items():
                seconds[name].append(_timed(way))
        medians = {name: statistics.median(found[1:]) for name, found in seconds.items()}
        _prepare(connection, NUMERIC, "y")
        read = _read(server, connection, rounds)
        _forget(connection)
    mixed = {name: medians.get(name) for name in ("mixed_prepared", "mixed_copied")}
    return Packing(medians["numeric_prepared"], medians["numeric_copied"], **mixed, read=read)


def _tell(what: str, prepared: float, copied: float, way: str) -> None:
    click.echo(
        f"{what:18} cerebro_prepare {prepared:.2f} s, {way} {copied:.2f} s:"
        f" {prepared / copied:.2f} times as long"
    )


def _create_numeric(connection: psycopg.Connection[Any]) -> None:
    columns = ", ".join(f"sin(i * {n} + {n})::real as x{n}" for n in range(1, COLUMNS + 1))
    connection.execute(
        f"create table {NUMERIC} as select {columns}, cos(i) > 0 as y"
        f" from generate_series(1, {ROWS}) i".encode()
    )
    connection.execute(f"vacuum analyze {NUMERIC}".encode())


def _create_mixed(connection: psycopg.Connection[Any]) -> None:
    connection.execute("create schema cerebro_benchmark")
    connection.execute("set search_path to cerebro_benchmark, public")
    load_adult_into(connection)
    copies = f"select a.* from adult a, generate_series(1, {COPIES})"
    connection.execute(f"create table public.{MIXED} as {copies}".encode())
    connection.execute("drop schema cerebro_benchmark cascade")
    connection.execute("reset search_path")
    connection.execute(f"vacuum analyze {MIXED}".encode())


def _prepare(connection: psycopg.Connection[Any], table: str, target: str) -> None:
    connection.execute(
        "select cerebro_prepare(%s, %s, %s, replace := true)", [DATASET, table, target]
    )


def _copy_numeric(connection: psycopg.Connection[Any]) -> tuple[np.ndarray, np.ndarray]:
    rows = np.frombuffer(_copy(connection, NUMERIC), _ROW, ROWS, _HEADER)
    return rows["x"]["value"].astype(np.float32), rows["y"]["value"].astype(np.float32)


def _copy(connection: psycopg.Connection[Any], table: str) -> bytes:
    statement = sql.SQL("copy {} to stdout (format binary)").format(sql.Identifier(table))
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        return b"".join(copy)


def _timed(way: Callable[[], object]) -> float:
    start = time.perf_counter()
    way()
    return time.perf_counter() - start


def _read(server: str, connection: psycopg.Connection[Any], rounds: int) -> float:
    """Return the GB a second at which a worker that holds nothing takes in all chunks."""
    (dataset,) = connection.execute(
        "select id from cerebro._datasets where name = %s", [DATASET]
    ).fetchone() or (0,)
    dialect = load_statements("cerebro_db.engines.postgres", "tables.sql")
    partitions = Tables(dialect).partitions_of(ClientSession(connection), dataset)
    size = sum(partition.bytes for partition in partitions)
    fill = compose(SQL["fill"], chunks=chunks_table(dataset))
    with psycopg.connect(server, autocommit=True, options="-c jit=off") as own:
        worker = ClientSession(own)
        worker.fetch(SQL["start_worker"], 1, 2 * size)

        def read() -> None:
            for partition in partitions:
                worker.fetch(fill, dataset, partition.validation, partition.number)

        seconds = [_timed(read) for _ in range(1 + rounds)][1:]
    return size / statistics.median(seconds) / 1e9


def _forget(connection: psycopg.Connection[Any]) -> None:
    found = connection.execute(
        "select 1 from cerebro.datasets where dataset = %s", [DATASET]
    ).fetchone()
    if found:
        connection.execute("select cerebro_drop(%s, 'dataset')", [DATASET])
    connection.execute(f"drop table if exists {NUMERIC}, {MIXED}".encode())


if __name__ == "__main__":
    main()
