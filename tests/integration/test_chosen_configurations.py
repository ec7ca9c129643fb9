"""Any configuration that a run keeps predicts, by its number; else, or for NULL, the best one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from fix_server import Connection
from psycopg import errors, sql

from cerebro_db.testing.callers import calling, status
from cerebro_db.testing.calls import call, error_of, evaluate, fit, rows, value
from cerebro_db.testing.data import load_tumours_into
from cerebro_db.testing.long_runs import await_units

# A hidden layer of each width, of which the run keeps three; a column says which rows are held out.
FIT = """
select * from cerebro_fit(
    'widths', 'select * from parted', 'diagnosis', epochs => 2, seed => 3,
    model => '{"family": "mlp"}',
    space => '{"hidden": [[2], [3], [4], [5]], "learning_rate": 0.01}',
    options => '{"validation": "held_out", "encode": {"id": "skip"}}'
)
"""


@pytest.fixture(scope="module", autouse=True)
def board(connection: Connection) -> list[tuple[int, int, float]]:
    """Rank, number and metric of each configuration of a run, of which the last is not kept."""
    load_tumours_into(connection)
    connection.execute("create table parted as select *, id % 4 = 0 as held_out from tumours")
    found = connection.execute(f"select rank, config, value from ({FIT}) f".encode()).fetchall()
    assert len(found) == 4
    return found


@pytest.fixture
def fresh(dsn: str) -> Iterator[Connection]:
    """A session that has done nothing yet."""
    with psycopg.connect(dsn, autocommit=True) as session:
        yield session


def kept(connection: Connection, run: str) -> list[int]:
    """Return the configurations that serve a run, best first."""
    query = "select config from cerebro._serving where run = %s order by rank"
    return [config for (config,) in rows(connection, query, run)]


def score(connection: Connection, run: str, *config: int | None) -> float:
    """Return the score of one row by a run, perhaps by one of its configurations."""
    more = sql.SQL("").join(sql.SQL(", {}").format(number) for number in config)
    query = sql.SQL("select cerebro_score({}, t{}) from tumours t where id = 1").format(run, more)
    ((found,),) = connection.execute(query).fetchall()
    return float(found)


def test_each_that_is_kept_is_measured_as_the_leaderboard_says(
    connection: Connection, board: list[tuple[int, int, float]]
) -> None:
    held_out = "select * from parted where held_out"
    assert kept(connection, "widths") == [config for _, config, _ in board[:3]]
    for _, config, metric in board[:3]:
        ((found,),) = call(connection, "cerebro_evaluate", "widths", held_out, config)
        assert found["auc"] == pytest.approx(metric, abs=1e-6)
        assert found["rows"] == value(connection, f"select count(*) from ({held_out}) r")
    assert len({metric for *_, metric in board}) == 4


def test_all_that_predicts_says_the_same(
    connection: Connection, board: list[tuple[int, int, float]]
) -> None:
    for _, config, _ in board[:3]:
        ((written,),) = call(
            connection,
            "cerebro_predict_table",
            *("widths", "parted", "id", "pg_temp.found"),
            replace=True,
            config=config,
        )
        assert written == 569
        different = value(
            connection,
            "select count(*) from pg_temp.found f join parted t using (id)"
            " where f.prediction <> cerebro_predict('widths', t, %s)"
            " or abs(f.score - cerebro_score('widths', t, %s)) > 1e-5"
            " or abs((f.probabilities ->> 'malignant')::float8"
            " - (cerebro_proba('widths', t, %s) ->> 'malignant')::float8) > 1e-5",
            *(config, config, config),
        )
        assert different == 0
    assert len({score(connection, "widths", config) for _, config, _ in board[:3]}) == 3


def test_without_a_number_and_for_null_it_is_the_best(
    connection: Connection, board: list[tuple[int, int, float]]
) -> None:
    best = board[0][1]
    assert score(connection, "widths") == score(connection, "widths", best)
    assert score(connection, "widths", None) == score(connection, "widths", best)
    by_number = call(connection, "cerebro_evaluate", "widths", "tumours", best)
    assert call(connection, "cerebro_evaluate", "widths", "tumours", None) == by_number
    assert evaluate(connection, "widths", "tumours") == by_number[0][0]
    call(connection, "cerebro_predict_table", "widths", "tumours", "id", "by_null", config=None)
    call(connection, "cerebro_predict_table", "widths", "tumours", "id", "by_number", config=best)
    assert rows(connection, "table by_null except table by_number") == []


def test_configurations_come_from_a_query_too(
    connection: Connection, board: list[tuple[int, int, float]]
) -> None:
    found = rows(
        connection,
        "select l.config, cerebro_score('widths', t, l.config)"
        " from cerebro.leaderboard l, tumours t"
        " where l.run = 'widths' and l.rank <= 3 and t.id = 1",
    )
    assert dict(found) == {c: score(connection, "widths", c) for _, c, _ in board[:3]}


def test_a_session_that_asks_many_in_turn_gets_each_ones_answer(
    connection: Connection, fresh: Connection
) -> None:
    """More than it holds at a time."""
    space = json.dumps({"learning_rate": [0.001 * n for n in range(1, 11)]})
    connection.execute(
        """select cerebro_fit('ten', 'tumours', 'diagnosis', epochs => 1, space => %s,
            model => '{"family": "linear"}', options => '{"keep": 10}')""",
        [space],
    )
    query = (
        "select t.id, n, cerebro_score('ten', t, n) from tumours t, generate_series(1, 10) n"
        " where id < 3 order by 1, 2"
    )
    found = rows(fresh, query)
    assert len(found) == 30
    assert len({tuple(s for _, m, s in found if m == n) for n in range(1, 11)}) == 10
    assert rows(fresh, query) == found
    assert [s for id, _, s in found if id == 1] == [score(fresh, "ten", n) for n in range(1, 11)]


ASKED = (
    "cerebro_predict('widths', t, {}) from tumours t",
    "cerebro_score('widths', t, {}) from tumours t",
    "cerebro_proba('widths', t, {}) from tumours t",
    "cerebro_evaluate('widths', 'tumours', {})",
    "cerebro_predict_table('widths', 'tumours', 'id', 'pg_temp.x', {})",
    "cerebro_predict_table('widths', 'tumours', 'id', 'pg_temp.x', true, {})",
)


@pytest.mark.parametrize("asked", ASKED)
def test_one_that_is_not_kept_is_refused_with_those_that_are(
    connection: Connection, board: list[tuple[int, int, float]], asked: str
) -> None:
    first, second, third, last = [config for _, config, _ in board]
    error = error_of(connection, "select " + asked.format(last))
    assert error.sqlstate == "22023"
    assert f'configuration {last} of run "widths"' in str(error.diag.message_primary)
    detail = str(error.diag.message_detail)
    assert detail == (
        "It is finished. Models are kept of configurations"
        f" {first}, {second} and {third}, best first."
    )
    assert "keep" in str(error.diag.message_hint)


@pytest.mark.parametrize("asked", ASKED)
@pytest.mark.parametrize("number", [5, 0, -1, 2**31 - 1])
def test_there_has_to_be_such_a_configuration(
    connection: Connection, asked: str, number: int
) -> None:
    error = error_of(connection, "select " + asked.format(number))
    assert error.sqlstate == "42704"
    assert f"no configuration {number}" in str(error.diag.message_primary)
    assert "from 1 to 4" in str(error.diag.message_detail)


@pytest.mark.parametrize("number", ["1", "99", "null"])
def test_a_run_that_keeps_nothing_says_so(connection: Connection, number: str) -> None:
    if not rows(connection, "select from cerebro.runs where run = 'queued'"):
        connection.execute("select cerebro_submit('queued', 'tumours', 'diagnosis')")
    error = error_of(connection, f"select cerebro_score('queued', t, {number}) from tumours t")
    assert error.sqlstate == "22023"
    assert error.diag.message_detail == "The run is queued."


# The last epoch serves: the best one may be one of the first.
LONG: dict[str, Any] = {
    "space": {"learning_rate": [0.01, 0.02]},
    "epochs": 60,
    "workers": 1,
    "options": {"restore_best": False},
}
# Only its framework computes it.
RECURRENT: dict[str, Any] = {
    "keras": {
        "class_name": "Sequential",
        "config": {
            "layers": [
                {
                    "class_name": "InputLayer",
                    "config": {"batch_shape": [None, 1], "name": "numeric"},
                },
                {"class_name": "Reshape", "config": {"target_shape": [1, 1]}},
                {"class_name": "GRU", "config": {"units": 3}},
                {"class_name": "Dense", "config": {"units": 1}},
            ]
        },
    }
}


@pytest.mark.parametrize("model", [{"family": "linear"}, RECURRENT], ids=["numpy", "framework"])
def test_a_warm_session_follows_a_run_that_trains_on(
    connection: Connection, fresh: Connection, dsn: str, model: dict[str, Any]
) -> None:
    """A stopped run predicts; resumed, the same configuration does with another state."""
    run, search = "goes on " + "".join(model), LONG | {"model": model}
    if "keras" in model:
        call(connection, "cerebro_model", "recurrent", model)
        search["model"] = {"name": "recurrent"}
    source = "select mean_radius, diagnosis from tumours"
    with calling(dsn, lambda caller: fit(caller, run, source, "diagnosis", **search)) as caller:
        await_units(connection, run, 4)
        call(connection, "cerebro_stop", run)
        caller.finish()
    assert status(connection, run) == "stopped"
    asked = (*sorted(kept(connection, run)), None)
    assert len(asked) == 3
    before = [score(fresh, run, number) for number in asked]
    call(connection, "cerebro_resume", run)
    after = [score(fresh, run, number) for number in asked]
    with psycopg.connect(dsn, autocommit=True) as another:
        assert after == [score(another, run, number) for number in asked]
    assert all(then != now for then, now in zip(before, after, strict=True))


def test_who_may_use_the_run_may_use_each(dsn: str, connection: Connection) -> None:
    connection.execute("create role looker login")
    connection.execute("grant select on tumours to looker")
    connection.execute("select cerebro_grant('looker', 'predict')")
    best, other = kept(connection, "widths")[:2]
    with psycopg.connect(dsn, user="looker", autocommit=True) as looker:
        for number in (best, None):
            with pytest.raises(errors.UndefinedObject, match="does not exist"):
                score(looker, "widths", number)
        connection.execute("select cerebro_share('widths', 'looker')")
        assert score(looker, "widths", other) == score(connection, "widths", other)
        assert call(looker, "cerebro_evaluate", "widths", "tumours", other) == call(
            connection, "cerebro_evaluate", "widths", "tumours", other
        )
        # One that is not kept is told of as to the owner.
        assert "best first" in str(
            error_of(looker, "select " + ASKED[0].format(_not_kept(connection))).diag.message_detail
        )
        connection.execute("select cerebro_unshare('widths', 'looker')")
        with pytest.raises(errors.UndefinedObject, match="does not exist"):
            score(looker, "widths", other)
        connection.execute("select cerebro_share('widths', 'looker'), cerebro_revoke('looker')")
        with pytest.raises(errors.InsufficientPrivilege):
            score(looker, "widths", other)


def _not_kept(connection: Connection) -> int:
    return ({1, 2, 3, 4} - set(kept(connection, "widths"))).pop()


def test_a_bulk_prediction_is_on_record_with_its_configuration(
    connection: Connection, board: list[tuple[int, int, float]]
) -> None:
    config = board[1][1]
    call(connection, "cerebro_predict_table", "widths", "tumours", "id", "on_record", config=config)
    call(connection, "cerebro_evaluate", "widths", "tumours", config)
    lines = rows(
        connection,
        "select action, details ->> 'config' from cerebro.audit order by id desc limit 2",
    )
    assert lines == [("evaluate", str(config)), ("predict_table", str(config))]


@pytest.mark.parametrize(
    "query",
    [
        "select cerebro_predict('widths', t) from tumours t limit 1",
        "select cerebro_score(run => 'widths', input => t) from tumours t limit 1",
        """select cerebro_score('widths', to_jsonb(t)) from tumours t limit 1""",
        """select cerebro_score('widths', to_jsonb(t), 2) from tumours t limit 1""",
        "select cerebro_proba('widths', (select t from tumours t limit 1))",
        "select cerebro_evaluate('widths', source => 'tumours')",
        "select cerebro_predict_table('widths', 'tumours', 'id', 'pg_temp.a')",
        "select cerebro_predict_table('widths', 'tumours', 'id', 'pg_temp.a', true)",
        "select cerebro_predict_table('widths', 'tumours', key => 'id', output => 'pg_temp.a',"
        " replace => null)",
        "select cerebro_predict_table('widths', 'tumours', key => 'id', output => 'pg_temp.b',"
        " config => null)",
        "select cerebro_predict_table('widths', 'tumours', key => 'id', output => 'pg_temp.a',"
        " config => null, replace => true)",
    ],
)
def test_no_call_is_ambiguous(connection: Connection, query: str) -> None:
    connection.execute("drop table if exists pg_temp.a, pg_temp.b")
    if "replace => true" in query or query.endswith("true)"):
        connection.execute("select cerebro_predict_table('widths', 'tumours', 'id', 'pg_temp.a')")
    assert len(rows(connection, query)) == 1
