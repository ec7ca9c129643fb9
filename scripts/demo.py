"""The demo: load two data sets that scikit-learn ships, search for a model of each, and predict
rows that the search never saw.

usage: demo.py CONNINFO      of a server that has the extension's files; `make demo` gives one
"""

from __future__ import annotations

import sys
import textwrap
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, LiteralString

import psycopg
from psycopg import sql
from psycopg.errors import Diagnostic
from psycopg.rows import dict_row
from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table
from sklearn.datasets import load_breast_cancer, load_digits

Connection = psycopg.Connection[dict[str, Any]]

console = Console(highlight=False)


@dataclass(frozen=True)
class Example:
    """A data set and what to do with it; run and dataset are named as its table."""

    name: str
    about: str
    load: Callable[[Connection], None]
    search: LiteralString
    predictions: LiteralString


def main() -> None:
    """Run every example on the server that the command line names."""
    (conninfo,) = sys.argv[1:]
    began = time.monotonic()
    with psycopg.connect(conninfo, autocommit=True, row_factory=dict_row) as connection:
        connection.execute("set client_min_messages = warning")
        connection.execute("create extension if not exists cerebro_db cascade")
        for example in (DIGITS, BREAST_CANCER):
            show(connection, example)
    console.print(f"[bold]All of it took {time.monotonic() - began:.0f} seconds.[/bold]")
    console.print(f'Go on with:   psql "{conninfo}"', soft_wrap=True)
    console.print("or:           make psql")
    console.print("Stop it with: make server-stop")


def show(connection: Connection, example: Example) -> None:
    """Load, search, print the leaderboard, and hold predictions against the truth."""
    console.rule(example.name)
    console.print(example.about)
    forget(connection, example.name)
    example.load(connection)

    say_sql(example.search)
    connection.execute("set client_min_messages = notice")
    connection.add_notice_handler(say_notice)
    leaderboard = connection.execute(example.search).fetchall()
    connection.remove_notice_handler(say_notice)
    connection.execute("set client_min_messages = warning")
    console.print(leaderboard_table(leaderboard))

    say_sql(example.predictions)
    rows = connection.execute(example.predictions).fetchall()
    right = sum(row["predicted"] == row["truth"] for row in rows)
    console.print(predictions_table(rows[:8]))
    console.print(
        f"[bold]{right} of {len(rows)} rows that the search never saw are predicted right: "
        f"{right / len(rows):.1%}.[/bold]\n"
    )


def forget(connection: Connection, name: str) -> None:
    """Drop what an earlier demo left."""
    connection.execute("select cerebro_drop(run) from cerebro.runs where run = %s", [name])
    connection.execute(
        "select cerebro_drop(dataset, 'dataset') from cerebro.datasets where dataset = %s", [name]
    )
    connection.execute(sql.SQL("drop table if exists {} cascade").format(sql.Identifier(name)))


def load_digits_table(connection: Connection) -> None:
    """Images of 8 x 8 pixels, 0 to 16, as an array of arrays."""
    connection.execute(
        "create table digits (id int primary key, image smallint[] not null, digit int not null)"
    )
    data = load_digits()
    with connection.cursor().copy("copy digits from stdin") as copy:
        rows = zip(data.images.astype(int).tolist(), data.target.tolist(), strict=True)
        for number, (image, digit) in enumerate(rows):
            copy.write_row((number, image, digit))


def load_breast_cancer_table(connection: Connection) -> None:
    """30 measures of each tumour, and three columns that follow from them: a text, a boolean, and a
    ratio that is NULL where the contour has no concave point."""
    data = load_breast_cancer()
    measures = [name.replace(" ", "_") for name in data.feature_names.tolist()]
    columns = sql.SQL(", ").join(map(sql.Identifier, measures))
    connection.execute(
        sql.SQL("""
            create table breast_cancer (
                id int primary key,
                {measures},
                size text generated always as (
                    case when mean_area < 400 then 'small'
                         when mean_area < 800 then 'medium'
                         else 'large' end
                ) stored,
                asymmetrical boolean generated always as (worst_symmetry > 0.3) stored,
                depth float8 generated always as (
                    mean_concavity / nullif(mean_concave_points, 0)
                ) stored,
                diagnosis text not null
            )
        """).format(
            measures=sql.SQL(", ").join(
                sql.SQL("{} float8 not null").format(sql.Identifier(name)) for name in measures
            )
        )
    )
    statement = sql.SQL("copy breast_cancer (id, {}, diagnosis) from stdin").format(columns)
    with connection.cursor().copy(statement) as copy:
        rows = zip(data.data.tolist(), data.target_names[data.target].tolist(), strict=True)
        for number, (values, diagnosis) in enumerate(rows):
            copy.write_row((number, *values, diagnosis))
    connection.execute(
        sql.SQL("""
            create view breast_cancer_known as
            select {}, size, asymmetrical, depth, diagnosis from breast_cancer where id % 5 <> 0
        """).format(columns)
    )


def say_notice(notice: Diagnostic) -> None:
    """Print a line of progress as it arrives."""
    console.print(notice.message_primary, style="dim", markup=False, soft_wrap=True)


def say_sql(statement: str) -> None:
    """Print a statement that is about to run."""
    indented = textwrap.indent(statement, "  ")
    console.print("\n" + indented, style="cyan", markup=False, soft_wrap=True)


def leaderboard_table(rows: list[dict[str, Any]]) -> Table:
    """Lay out what cerebro_fit returned, best first, a column for each hyper-parameter."""
    parameters = sorted({name for row in rows for name in row["params"]})
    measures = {rows[0]["metric"]: "value", "loss": "validation_loss", "seconds": "seconds"}
    headings = (name.replace("_", " ") for name in (*parameters, *measures, "status"))
    table = Table(*headings, title="leaderboard", box=SIMPLE, padding=(0, 1, 0, 0), pad_edge=False)
    for row in rows:
        values = [row["params"].get(name) for name in parameters]
        values += [row[column] for column in (*measures.values(), "status")]
        table.add_row(*map(text, values))
    return table


def predictions_table(rows: list[dict[str, Any]]) -> Table:
    """Lay out rows with their truth; a wrong prediction is red."""
    table = Table(*rows[0], title="the first of them", box=SIMPLE)
    for row in rows:
        wrong = row["predicted"] != row["truth"]
        table.add_row(*map(text, row.values()), style="red" if wrong else None)
    return table


def text(value: Any) -> str:
    """Return a cell: four digits of a float, nothing for NULL."""
    if value is None:
        return ""
    return f"{value:.4g}" if isinstance(value, float) else str(value)


DIGITS = Example(
    "digits",
    "1,797 handwritten digits as 8 x 8 images; a fifth is held out.",
    load_digits_table,
    """\
select * from cerebro_fit(
    'digits',
    source => 'select image, digit from digits where id % 5 <> 0',
    target => 'digit',
    model => '{"family": "cnn"}',
    space => '{"learning_rate": [0.001, 0.003], "batch_size": [32, 64], "dropout": [0, 0.3]}',
    epochs => 8
)""",
    """\
select id, digit::text as truth, cerebro_predict('digits', d) as predicted
from digits d
where id % 5 = 0
order by id""",
)

BREAST_CANCER = Example(
    "breast_cancer",
    "569 tumours: 31 numbers, some NULL, a text and a boolean; a fifth is held out.",
    load_breast_cancer_table,
    """\
select * from cerebro_fit(
    'breast_cancer',
    source => 'breast_cancer_known',
    target => 'diagnosis',
    space => '{"learning_rate": {"log": [0.001, 0.03]}, "hidden": [[32], [64, 32]],
               "batch_size": [16, 32], "dropout": {"uniform": [0, 0.4]}}',
    search => '{"method": "random", "configs": 8}',
    epochs => 10
)""",
    """\
select id, size, diagnosis as truth, cerebro_predict('breast_cancer', b) as predicted,
       cerebro_score('breast_cancer', b) as score
from breast_cancer b
where id % 5 = 0
order by id""",
)

if __name__ == "__main__":
    main()
