"""cerebro_fit as its user meets it: defaults, names, what it does and what it leaves behind."""

from __future__ import annotations

import json

import psycopg
import pytest
from fix_fit import QUICK, fit, give_up_soon
from fix_server import Connection
from psycopg import errors

from cerebro_db.testing.calls import error_of
from cerebro_db.testing.data import load_tumours_into


@pytest.fixture(scope="module", autouse=True)
def tumours(connection: Connection) -> None:
    load_tumours_into(connection)


def test_three_arguments_are_enough(connection: Connection) -> None:
    notices: list[str] = []
    connection.add_notice_handler(lambda diag: notices.append(str(diag.message_primary)))
    board = connection.execute(
        "select * from cerebro_fit('cancer', 'tumours', 'diagnosis')"
    ).fetchall()
    assert [row[0] for row in board] == list(range(1, len(board) + 1))
    values = [row[4] for row in board]
    assert values == sorted(values, reverse=True)
    assert values[0] > 0.95
    assert {row[3] for row in board} == {"auc"}
    # One that gets no better ends early.
    assert {row[9] for row in board} <= {"finished", "stopped"}
    # An ensemble of them, number 0, is there only where it does better.
    configurations = [row for row in board if row[1]]
    assert {"tabm", "mlp"} <= {row[2]["family"] for row in configurations}
    assert all(1 <= row[7] <= row[2]["epochs"] for row in configurations)
    (said,) = [line for line in notices if "nothing else is stated" in line]
    assert f"tries {len(configurations)} configurations of tabm, mlp" in said
    epochs = [line for line in notices if " epoch " in line]
    assert 1 <= len(epochs) <= sum(row[7] for row in configurations)
    assert "the best so far" in epochs[0]
    dataset = connection.execute(
        "select dataset, task, target, rows + validation_rows from cerebro.datasets"
    ).fetchone()
    assert dataset == ("cancer", "binary", "diagnosis", 569)


def test_a_run_that_is_refused_leaves_nothing(connection: Connection) -> None:
    error = error_of(
        connection,
        "select cerebro_fit('never', 'tumours', 'diagnosis', model => '{\"family\": \"cnn\"}')",
    )
    assert error.sqlstate == "22023"
    for view in ("runs where run", "datasets where dataset"):
        found = connection.execute(f"select count(*) from cerebro.{view} = 'never'".encode())
        assert found.fetchone() == (0,)


def test_without_validation_rows_training_ranks(connection: Connection) -> None:
    connection.execute("select cerebro_prepare('none', 'tumours', 'diagnosis', validation => '0')")
    board = fit(connection, "no validation", "none", None, QUICK)
    assert board[0][4] is not None
    assert board[0][6] is None


def test_uncommitted_rows_of_the_caller_are_seen(dsn: str) -> None:
    with psycopg.connect(dsn) as connection:
        connection.execute("create table fresh as select * from tumours")
        board = fit(connection, "fresh", "fresh", "diagnosis", QUICK)
        assert len(board) == 1
        connection.rollback()
        # Workers commit on their own, so the run outlives the rollback; the table does not.
        row = connection.execute("select status from cerebro.runs where run = 'fresh'").fetchone()
        assert row == ("finished",)


def test_an_undefined_metric_does_not_lose_the_search(connection: Connection) -> None:
    """Validation rows of one class define no auc; the loss then ranks."""
    connection.execute(
        "create view one_sided as select mean_area, mean_texture, diagnosis,"
        " diagnosis = 'benign' and id % 3 = 0 as held_out from tumours"
    )
    told: list[str] = []
    connection.add_notice_handler(lambda notice: told.append(str(notice.message_primary)))
    board = fit(
        connection,
        "one sided",
        "one_sided",
        "diagnosis",
        """model => '{"family": "linear"}', space => '{"learning_rate": [0.001, 0.1]}',
           options => '{"validation": "held_out"}'""",
    )
    assert [row[4] for row in board] == [None, None]
    # Once, however many configurations and epochs there are.
    (said,) = [text for text in told if "is not defined" in text]
    assert said.startswith("one sided: auc is not defined by the validation data")
    assert board[0][6] <= board[1][6]
    served = connection.execute(
        "select config from cerebro._serving where run = 'one sided' and rank = 1"
    ).fetchone()
    assert served == (board[0][1],)


@pytest.mark.parametrize(("notices", "times"), [("some", 1), ("none", 0)])
def test_advice_stands_at_the_end(connection: Connection, notices: str, times: int) -> None:
    told: list[str] = []
    connection.add_notice_handler(lambda notice: told.append(str(notice.message_primary)))
    fit(
        connection,
        f"too slow {notices}",
        "tumours",
        "diagnosis",
        f"""model => '{{"family": "linear"}}', space => '{{"learning_rate": [1e-5, 1e-4, 0.01]}}',
            epochs => 4, metric => 'loss', options => '{{"notices": "{notices}"}}'""",
    )
    edge = f"too slow {notices}: the best learning_rate is at the edge of the space: 0.01"
    late = "config 3, the best, was still improving at the last epoch: more epochs may do better"
    assert told.count(edge) == times
    assert told.count(f"too slow {notices}: {late}") == times
    # Nothing can be learned of these but the rows themselves.
    coins = "select mean_area, mean_texture, mean_symmetry, md5(id::text) < '8' as y from tumours"
    more = f"""model => '{{"family": "mlp", "hidden": [256, 256], "learning_rate": 0.01}}',
               space => '{{"batch_size": [32]}}', epochs => 12,
               options => '{{"notices": "{notices}"}}'"""
    fit(connection, f"coins {notices}", coins, "y", more)
    rises = [line for line in told if "the validation loss of config 1, the best, rises" in line]
    assert len(rises) == times
    # There is no less than no dropout, nor more than all.
    told.clear()
    fit(
        connection,
        f"dropouts {notices}",
        "tumours",
        "diagnosis",
        """model => '{"family": "linear", "learning_rate": 0.01}',
           space => '{"dropout": [0, 0.7, 0.9]}', epochs => 1, metric => 'loss'""",
    )
    assert not [line for line in told if "the best dropout" in line or "epoch 1 of" in line]


def test_float_labels_are_evaluated_as_they_were_trained(connection: Connection) -> None:
    source = "select mean_area, mean_texture, (diagnosis = 'benign')::int::float8 as y from tumours"
    fit(connection, "float labels", source, "y", QUICK)
    row = connection.execute("select cerebro_evaluate('float labels', %s)", [source]).fetchone()
    assert row is not None
    assert row[0]["rows"] == 569


def test_a_primary_key_is_no_feature_unless_stated(connection: Connection) -> None:
    connection.execute("create table keyed as select * from tumours")
    connection.execute("alter table keyed add primary key (id)")
    kinds = (
        "select c ->> 'kind' from cerebro.datasets, jsonb_array_elements(encoding) c where"
        " dataset = %s and c ->> 'column' = 'id'"
    )
    connection.execute("select cerebro_prepare('keyed', 'keyed', 'diagnosis')")
    assert connection.execute(kinds, ["keyed"]).fetchone() == ("skip",)
    connection.execute(
        "select cerebro_prepare('with key', 'keyed', 'diagnosis', encode => '{\"id\": \"number\"}')"
    )
    assert connection.execute(kinds, ["with key"]).fetchone() == ("number",)


def test_numbers_that_are_too_large_are_refused(connection: Connection) -> None:
    error = error_of(
        connection,
        """select cerebro_fit('x', 'tumours', 'diagnosis', '{"family": "linear", "l2": 1e400}')""",
    )
    assert error.sqlstate == "22023"


def test_a_table_comes_before_a_dataset_of_its_name(connection: Connection) -> None:
    connection.execute("create table growing as select * from tumours where id < 300")
    connection.execute("select cerebro_prepare('growing', 'growing', 'diagnosis')")
    connection.execute("insert into growing select * from tumours where id >= 300")
    fit(connection, "of the table", "growing", "diagnosis", QUICK)
    fit(connection, "of the dataset", "growing", None, QUICK)
    rows = connection.execute(
        "select run, d.rows + d.validation_rows from cerebro.runs"
        " join cerebro.datasets d using (dataset) where run like 'of the %' order by run"
    ).fetchall()
    assert rows == [("of the dataset", 300), ("of the table", 569)]
    connection.execute("drop table growing")
    error = error_of(connection, "select cerebro_fit('x', 'growing', 'size')")
    assert error.sqlstate == "22023"
    assert '"diagnosis"' in str(error.diag.message_detail)


def test_a_read_only_transaction_is_refused(dsn: str) -> None:
    with psycopg.connect(dsn) as session:
        session.read_only = True
        for call in ("cerebro_drop('cancer')", "cerebro_prepare('x', 'tumours', 'diagnosis')"):
            with pytest.raises(errors.ReadOnlySqlTransaction) as error:
                session.execute(f"select {call}".encode())
            assert error.value.diag.message_hint
            session.rollback()


# What the project's own layers would need is refused before; of this one nobody knows.
_VAST = """
import keras

class Vast(keras.layers.Layer):
    def call(self, x):
        rows = keras.ops.shape(x)[0]
        return x + keras.ops.sum(keras.ops.ones((rows, 1_000_000, 1_000_000)), axis=(1, 2))[:, None]
"""


def test_a_model_that_memory_cannot_hold_fails_in_plain_words(
    dsn: str, connection: Connection
) -> None:
    connection.execute("select cerebro_register_code('Vast', 'layer', %s)", [_VAST])
    layers = [
        {"module": "cerebro", "class_name": "Vast", "config": {}},
        {"class_name": "Dense", "config": {"units": "${outputs}"}},
    ]
    model = json.dumps({"class_name": "Sequential", "config": {"layers": layers}})
    with psycopg.connect(dsn, autocommit=True) as session:
        give_up_soon(session)
        error = error_of(
            session,
            f"""select cerebro_fit('huge', 'tumours', 'diagnosis', epochs => 1, workers => 1,
                model => '{model}', space => '{{"learning_rate": [0.1]}}')""",
        )
    assert error.sqlstate == "53200"
    assert "more memory than there is" in str(error.diag.message_detail)
    connection.execute("select cerebro_drop('huge')")
