"""The command line: each command is a call of the SQL surface, with live output for a terminal."""

from __future__ import annotations

import click

from cerebro_db import __version__
from cerebro_db.cli.doctor import doctor
from cerebro_db.cli.fit import fit
from cerebro_db.cli.leaderboard import leaderboard
from cerebro_db.cli.predict import predict
from cerebro_db.cli.simulate import simulate
from cerebro_db.cli.watch import watch
from cerebro_db.cli.worker import worker

__all__ = ["main"]


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__)
def main() -> None:
    """Search for neural networks inside PostgreSQL.

    Every command that needs a server takes --dsn, a libpq connection string; without it the usual
    PG* environment variables decide where to connect.
    """


for command in (fit, leaderboard, watch, predict, worker, simulate, doctor):
    main.add_command(command)
