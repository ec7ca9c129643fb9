"""What is not stated: the same whatever else is stated."""

from __future__ import annotations

import json
from typing import Any

import pytest
from fix_server import Connection

# By the rows of the table: see docs/data-scientists.md.
BATCH = 32


@pytest.fixture(scope="module", autouse=True)
def points(connection: Connection) -> None:
    connection.execute(
        "create table points as select i % 7 as a, i * 0.01 as b, i % 3 = 0 as y"
        " from generate_series(1, 400) i"
    )


def submit(connection: Connection, run: str, **arguments: Any) -> None:
    """Submit a run, which nobody begins to train."""
    more = "".join(f", {name} => %s" for name in arguments)
    values = [json.dumps(value) for value in arguments.values()]
    connection.execute(f"select cerebro_submit(%s, 'points', 'y'{more})".encode(), [run, *values])


def batches(connection: Connection, run: str) -> list[Any]:
    """Return the rows in a mini-batch of each configuration of a run."""
    found = connection.execute(
        "select (c.spec ->> 'batch_size')::int from cerebro._configs c"
        " join cerebro._runs r on r.id = c.run where r.name = %s order by c.config",
        [run],
    )
    return [size for (size,) in found]


MLP = {"family": "mlp"}

STATED: list[dict[str, Any]] = [
    {"model": MLP},
    {"space": {"learning_rate": [0.003]}},
    {"space": {"hidden": [[64]]}, "search": {"method": "random", "configs": 1}},
    {"space": {"dropout": [0, 0.2]}, "model": {"family": "mlp", "optimizer": "sgd"}},
    {"model": {"family": "linear"}},
    {"model": {"family": "mlp", "batch_size": None}, "space": {"l2": [0.1]}},
    {"model": MLP, "options": {"validation": 0.3, "threads": 2, "partitions": 1}},
    {
        "model": {
            "class_name": "Sequential",
            "config": {"layers": [{"class_name": "Dense", "config": {"units": 1}}]},
        },
        "space": {"learning_rate": [0.1]},
    },
]


@pytest.mark.parametrize("number", range(len(STATED)))
def test_the_batch_follows_the_rows_whatever_else_is_stated(
    connection: Connection, number: int
) -> None:
    submit(connection, f"stated {number}", **STATED[number])
    assert set(batches(connection, f"stated {number}")) == {BATCH}


def test_epochs_follow_the_rows_where_nobody_states_them(connection: Connection) -> None:
    submit(connection, "by rows", model=MLP)
    submit(connection, "by space", space={"epochs": [3, 7]})
    families = {"family": ["mlp", "realmlp"]}
    submit(connection, "by family", space=families)
    submit(connection, "halved by family", space=families, search={"method": "halving"})
    submit(connection, "halved", search={"method": "halving", "configs": 3})
    submit(connection, "stated", model=MLP, epochs=2)
    found = connection.execute(
        "select name, epochs from cerebro._runs where name = any (%s)",
        [["by rows", "by space", "by family", "halved by family", "halved", "stated"]],
    )
    assert dict(found.fetchall()) == {
        "by rows": 60,
        "by space": 7,
        "by family": 256,
        "halved by family": 256,
        "halved": 60,
        "stated": 2,
    }
    each = connection.execute(
        "select params ->> 'family', c.epochs from cerebro._configs c"
        " join cerebro._runs r on r.id = c.run where r.name = 'by family'"
    )
    assert dict(each.fetchall()) == {"mlp": 60, "realmlp": 256}
    rungs = connection.execute(
        "select distinct until from cerebro._configs c join cerebro._runs r on r.id = c.run"
        " where r.name = 'halved'"
    )
    assert rungs.fetchall() == [(20,)]


def test_what_joins_a_run_has_the_same_batches(connection: Connection) -> None:
    submit(connection, "joined", space={"learning_rate": [0.003]})
    connection.execute(
        """select cerebro_add('joined', '{"learning_rate": [0.1]}'),
            cerebro_clone('joined', 1, '{"dropout": 0.5}', true)"""
    )
    assert batches(connection, "joined") == [BATCH] * 3


def test_a_stated_batch_is_the_batch(connection: Connection) -> None:
    submit(connection, "own", space={"batch_size": [64]})
    assert batches(connection, "own") == [64]


def test_a_family_with_defaults_of_its_own_brings_them(connection: Connection) -> None:
    """What the paper of RealMLP has for classes; and the caller predicts without the framework."""
    submit(connection, "published", model={"family": "realmlp", "dropout": 0.1})
    found = connection.execute(
        "select r.epochs, c.spec -> 'learning_rate', c.spec -> 'batch_size', c.spec -> 'schedule',"
        " c.spec #> '{architecture,parameters,dropout}', r.options -> 'restore_best'"
        " from cerebro._configs c join cerebro._runs r on r.id = c.run where r.name = 'published'"
        " order by c.config"
    ).fetchall()
    assert found == [(256, rate, 256, "coslog4", 0.1, "loss") for rate in (0.02, 0.04)]
    connection.execute(
        """select cerebro_fit('real', 'points', 'y', model => '{"family": "realmlp"}',
            space => '{"hidden": [[16, 8]]}', epochs => 2)"""
    )
    scores = connection.execute("select cerebro_score('real', p) from points p").fetchall()
    assert all(0 < score < 1 for (score,) in scores)
    assert len({score for (score,) in scores}) > 300


def families(connection: Connection, run: str) -> list[tuple[str, int]]:
    """Return the family of each configuration of a run, and its epochs."""
    return connection.execute(
        "select c.params ->> 'family', c.epochs from cerebro._configs c"
        " join cerebro._runs r on r.id = c.run where r.name = %s order by c.config",
        [run],
    ).fetchall()


def test_where_nothing_is_stated_more_seconds_are_more_networks(connection: Connection) -> None:
    submit(connection, "nothing")
    submit(connection, "a second", search={"seconds": 1})
    submit(connection, "an hour", search={"seconds": 3600}, epochs=4)
    some, few, all_ = (families(connection, run) for run in ("nothing", "a second", "an hour"))
    assert few[0][0] == some[0][0] == all_[0][0] == "tabm"
    assert len(few) <= len(some) < len(all_)
    assert {"tabm", "mlp", "realmlp", "resnet"} <= {family for family, _ in all_}
    assert max(epochs for _, epochs in all_) == 4
    searches = connection.execute(
        "select search ->> 'method', search ->> 'seconds' from cerebro._runs"
        " where name in ('nothing', 'an hour') order by name"
    )
    assert searches.fetchall() == [("grid", "3600"), ("grid", None)]


def test_texts_have_a_family_of_their_own_where_nothing_is_stated(connection: Connection) -> None:
    connection.execute(
        "create table letters as select 'dear ' || md5(i::text) || ' and ' || md5((i * 7)::text)"
        " || ' of ' || i as words, i % 2 = 0 as y from generate_series(1, 400) i"
    )
    connection.execute(
        "select cerebro_submit('letters', 'letters', 'y',"
        """ options => '{"encode": {"words": "text"}}')"""
    )
    assert {family for family, _ in families(connection, "letters")} == {"text"}
