"""cerebro-db predict."""

from __future__ import annotations

import click

from cerebro_db.cli._database import cancelled_by_interrupt, connected, dsn_option
from cerebro_db.words import counted


@click.command()
@click.argument("run")
@click.argument("source")
@click.argument("key")
@click.argument("output")
@click.option("--replace", is_flag=True, help="Fill OUTPUT anew if it is there.")
@click.option("--config", type=int, help="Predict with this configuration, not the best.")
@dsn_option
def predict(
    run: str, source: str, key: str, output: str, replace: bool, config: int | None, dsn: str
) -> None:
    """Predict all rows of SOURCE with a model of RUN, the best, into the table OUTPUT.

    KEY is the column of SOURCE that OUTPUT keeps.
    """
    with connected(dsn) as connection, cancelled_by_interrupt(connection):
        row = connection.execute(
            "select cerebro_predict_table(%s, %s, %s, %s, %s, %s) as rows",
            [run, source, key, output, replace, config],
        ).fetchone()
    assert row is not None
    click.echo(f"{counted(row['rows'], 'row')} predicted into {output}")
