"""How long the first search of a session takes, with a service that has workers warm and without.

usage: python -m benchmarks.warm_service [--rounds 5]

Of either kind is a search of a small grid in a new session, from the call to the ranked
configurations, on a table that is no dataset yet. They take turns; the service has the rights of
one role only, and the other role's searches are without it.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from statistics import median

import click
import psycopg

from benchmarks.server import private_server, tell

_ROWS = (1_000, 4_000)
_WORKERS = 2
_SERVED, _ALONE = "served", "alone"
_TABLE = """create table rows_{rows} as
    select r.*, random() < 0.3 + 0.4 * (r.a > r.b)::int as y
    from (
        select random() as a, random() as b, random() * 100 as c, i * 7919 % 97 as d,
            'kind ' || i % 5 as e
        from generate_series(1, {rows}) i
    ) r;
    grant select on rows_{rows} to served, alone"""
_FIT = """select * from cerebro_fit(%s, %s, 'y', epochs => 3, options => '{"notices": "none"}',
    space => '{"learning_rate": [0.003, 0.001], "hidden": [[64], [32, 16]]}')"""
_WARM = "select count(*) from cerebro.workers where state = 'warm'"

_numbers = count(1)


@click.command()
@click.option("--rounds", type=click.IntRange(1), default=5, help="Medians are of so many.")
def main(rounds: int) -> None:
    """Measure, and print the medians in seconds."""
    with private_server() as conninfo, psycopg.connect(conninfo, autocommit=True) as connection:
        for role in (_SERVED, _ALONE):
            connection.execute(f"create role {role} login".encode())
            connection.execute("select cerebro_grant(%s, 'train')", [role])
        for rows in _ROWS:
            connection.execute(_TABLE.replace("{rows}", str(rows)).encode())
        connection.execute("insert into cerebro.settings (warm) values (%s)", [_WORKERS])
        found: dict[tuple[str, int], list[float]] = {}
        with _service(f"{conninfo} user={_SERVED}"):
            for number in range(1 + rounds):
                for role in (_SERVED, _ALONE):
                    for rows in _ROWS:
                        _wait_for_warm(connection)
                        seconds = _seconds(f"{conninfo} user={role}", rows)
                        # The first round compiles what the service's workers then have.
                        tell(f"round {number}: {role}, {rows:,} rows: {seconds:.2f} s")
                        if number:
                            found.setdefault((role, rows), []).append(seconds)
    for (role, rows), seconds in found.items():
        how = "with a service" if role == _SERVED else "without"
        click.echo(f"{rows:>6,} rows, {how}: {median(seconds):.2f} s ({_range(seconds)})")


def _range(seconds: list[float]) -> str:
    return f"{min(seconds):.2f} to {max(seconds):.2f}"


def _seconds(conninfo: str, rows: int) -> float:
    with psycopg.connect(conninfo, autocommit=True) as session:
        began = time.monotonic()
        session.execute(_FIT, [f"run {next(_numbers)}", f"rows_{rows}"]).fetchall()
        return time.monotonic() - began


@contextmanager
def _service(conninfo: str) -> Iterator[None]:
    program = str(Path(sys.executable).with_name("cerebro-db"))
    with subprocess.Popen(
        [program, "worker", "--dsn", conninfo], stdout=subprocess.DEVNULL
    ) as service:
        try:
            yield
        finally:
            service.terminate()


def _wait_for_warm(connection: psycopg.Connection[tuple[object, ...]]) -> None:
    while connection.execute(_WARM).fetchone() != (_WORKERS,):
        time.sleep(0.1)


if __name__ == "__main__":
    main()
