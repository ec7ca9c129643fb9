"""cerebro-db fit."""

from __future__ import annotations

import json
from typing import Any

import click
from psycopg.types.json import Jsonb

from cerebro_db.cli._database import cancelled_by_interrupt, connected, dsn_option
from cerebro_db.cli._tables import show_table


class JsonObject(click.ParamType):
    """A JSON object on the command line."""

    name = "json"

    def convert(self, value: Any, param: Any, ctx: Any) -> Any:
        """Return the object as a parameter for PostgreSQL."""
        try:
            return Jsonb(json.loads(value))
        except json.JSONDecodeError as error:
            self.fail(f"{value!r} is not JSON: {error}", param, ctx)


@click.command()
@click.argument("run")
@click.argument("source")
@click.argument("target", required=False)
@click.option("--model", type=JsonObject(), help='Such as {"family": "mlp", "hidden": [64]}.')
@click.option("--space", type=JsonObject(), help='Such as {"learning_rate": [0.001, 0.01]}.')
@click.option("--search", type=JsonObject(), help='Such as {"method": "random", "configs": 20}.')
@click.option("--epochs", type=int, help="Passes over the training rows.")
@click.option("--metric", help="What ranks the configurations.")
@click.option("--workers", type=int, help="Sessions that train at once.")
@click.option("--seed", type=int, help="What all randomness comes from.")
@click.option("--options", type=JsonObject(), help="The rest; see the documentation.")
@dsn_option
def fit(run: str, source: str, target: str | None, dsn: str, **options: Any) -> None:
    """Search for the best model of TARGET in SOURCE, and call the search RUN."""
    given = {name: value for name, value in options.items() if value is not None}
    assignments = "".join(f", {name} := %({name})s" for name in given)
    with connected(dsn) as connection, cancelled_by_interrupt(connection):
        rows = connection.execute(
            f"select * from cerebro_fit(%(run)s, %(source)s, %(target)s{assignments})".encode(),
            {"run": run, "source": source, "target": target, **given},
        ).fetchall()
    show_table(rows, f"leaderboard of {run}")
