"""The private server that all is measured on."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import click
import psycopg

_ROOT = Path(__file__).parents[1]


@contextmanager
def private_server() -> Iterator[str]:
    """Give the connection string of a private server with the extension; remove it in the end."""

    def script(verb: str) -> str:
        command = [str(_ROOT / "scripts" / "server.sh"), verb, folder]
        return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.strip()

    with TemporaryDirectory(prefix="cerebro-benchmark-") as folder:
        try:
            conninfo = script("start")
            with psycopg.connect(conninfo, autocommit=True) as connection:
                connection.execute("create extension cerebro_db cascade")
            yield conninfo
        finally:
            script("stop")


def tell(what: str) -> None:
    """Say how far it has come."""
    click.echo(what, err=True)
