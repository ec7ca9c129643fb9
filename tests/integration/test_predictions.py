"""Predictions in SQL, row by row and in bulk, are those of the same model in plain Keras."""

from __future__ import annotations

import json
import struct
from functools import partial

import numpy as np
import psycopg
import pytest
from fix_server import Connection, NewDatabase
from psycopg import errors, sql
from sklearn.datasets import load_digits

from cerebro_db import training
from cerebro_db.dataset.batches import open_batches
from cerebro_db.dataset.encoding import Encoding
from cerebro_db.engines.postgres.unstaged import UnstagedBatches
from cerebro_db.tensors import Tensors, unpack
from cerebro_db.testing.caller import CallerClient
from cerebro_db.testing.data import load_digits_into, load_tumours_into


@pytest.fixture(scope="module", autouse=True)
def runs(connection: Connection) -> None:
    load_digits_into(connection)
    load_tumours_into(connection)
    connection.execute("alter table tumours add primary key (id)")
    connection.execute(
        """select cerebro_fit('digits', 'select image, digit from digits', 'digit', epochs => 1,
            model => '{"family": "mlp", "hidden": [32, 16]}',
            space => '{"learning_rate": [0.01]}')"""
    )
    connection.execute(
        """select cerebro_fit('tumours', 'tumours', 'diagnosis', epochs => 1,
            model => '{"family": "mlp", "hidden": [8]}', space => '{"learning_rate": [0.01]}',
            options => '{"encode": {"id": "skip"}}')"""
    )
    connection.execute(
        """select cerebro_fit('area', 'tumours', 'mean_area', epochs => 1,
            model => '{"family": "linear"}', space => '{"learning_rate": [0.01]}',
            options => '{"features": ["mean_radius", "size"]}')"""
    )


def state_and_encoding(connection: Connection, run: str) -> tuple[Tensors, Encoding]:
    row = connection.execute(
        "select k.state, s.encoding from cerebro._serving s"
        " join cerebro._kept_states k on k.run = s.id and k.config = s.config and k.units = s.units"
        " where s.run = %s and s.rank = 1",
        [run],
    ).fetchone()
    assert row is not None
    return unpack(row[0]), Encoding.from_json(row[1])


def float_weights(state: Tensors) -> list[np.ndarray]:
    """Return the weights in Keras' order, without the states of random generators."""
    names = sorted(name for name in state if name.startswith("weights/"))
    return [state[name] for name in names if state[name].dtype == np.float32]


def plain_keras(connection: Connection, run: str, images: np.ndarray) -> np.ndarray:
    """Rebuild the winner of the digits by hand, from its stored weights, and predict with it."""
    # As workers start it: tests that share this process do so too, and it starts only once.
    training.warm_up()
    import keras

    state, encoding = state_and_encoding(connection, run)
    model = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            keras.layers.Flatten(),
            keras.layers.Dense(32, "relu"),
            keras.layers.Dense(16, "relu"),
            keras.layers.Dense(10, "softmax"),
        ]
    )
    model.set_weights(float_weights(state))
    inputs = encoding.encode({"image": list(images)})
    return np.asarray(model.predict(inputs["image"], verbose=0))


def test_row_by_row_and_in_bulk_equal_plain_keras(connection: Connection) -> None:
    expected = plain_keras(connection, "digits", load_digits().images.astype(np.float64))
    rows = connection.execute(
        "select cerebro_predict('digits', d), cerebro_score('digits', d),"
        " cerebro_proba('digits', d) from digits d order by id limit 300"
    ).fetchall()
    found = np.array([[row[2][str(digit)] for digit in range(10)] for row in rows])
    np.testing.assert_allclose(found, expected[:300], atol=1e-5)
    assert [int(row[0]) for row in rows] == expected[:300].argmax(axis=1).tolist()
    np.testing.assert_allclose([row[1] for row in rows], expected[:300].max(axis=1), atol=1e-5)

    connection.execute("select cerebro_predict_table('digits', 'digits', 'id', 'digits_out')")
    bulk = connection.execute(
        "select id, prediction, score, probabilities from digits_out order by id"
    ).fetchall()
    assert [row[0] for row in bulk] == list(range(1797))
    found = np.array([[row[3][str(digit)] for digit in range(10)] for row in bulk])
    np.testing.assert_allclose(found, expected, atol=1e-5)
    assert [int(row[1]) for row in bulk] == expected.argmax(axis=1).tolist()


@pytest.mark.parametrize(
    ("run", "hidden", "activation"), [("tumours", [8], "sigmoid"), ("area", [], "linear")]
)
def test_mixed_columns_and_regression_equal_plain_keras(
    connection: Connection, run: str, hidden: list[int], activation: str
) -> None:
    # As workers start it: tests that share this process do so too, and it starts only once.
    training.warm_up()
    import keras

    state, encoding = state_and_encoding(connection, run)
    session = CallerClient(connection)
    source = "select * from tumours order by id"
    with open_batches(session, encoding, source, read=partial(UnstagedBatches, rows=1_000)) as rows:
        record = sql.SQL("{} as record").format(rows.layout.record)
        for query in rows.each_batch([record]):
            (batch,) = session.fetch(query.as_string(None))
    inputs = encoding.encode(rows.layout.columns_of_record(batch["record"]))
    (name,) = inputs
    layers = [keras.layers.Dense(units, "relu") for units in hidden]
    model = keras.Sequential(
        [keras.Input(inputs[name].shape[1:]), *layers, keras.layers.Dense(1, activation)]
    )
    model.set_weights(float_weights(state))
    expected = model.predict(inputs[name], verbose=0)[:, 0]
    if encoding.output.task == "regression":
        expected = expected * encoding.output.scales[0] + encoding.output.means[0]
    score = f"select cerebro_score('{run}', t) from tumours t order by id"
    found = [row[0] for row in connection.execute(score.encode())]
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5)


def test_the_key_keeps_its_type_and_its_name(connection: Connection) -> None:
    connection.execute(
        'create table "Odd Table" as select md5(id::text)::uuid as "Row Key", * from tumours'
        " limit 10"
    )
    connection.execute(
        "select cerebro_predict_table('tumours', '\"Odd Table\"', 'Row Key', '\"Odd Out\"')"
    )
    joined = connection.execute(
        'select count(*), pg_typeof(min("Row Key"::text)) from "Odd Table" join "Odd Out"'
        ' using ("Row Key")'
    ).fetchone()
    assert joined is not None
    assert joined[0] == 10
    with pytest.raises(errors.DuplicateTable):
        connection.execute(
            "select cerebro_predict_table('tumours', 'tumours', 'id', '\"Odd Out\"')"
        )


def test_predicting_leaves_the_just_in_time_compiler_alone(connection: Connection) -> None:
    """TensorFlow and PostgreSQL's LLVM in one process would end the server."""
    connection.execute("select cerebro_predict('tumours', t) from tumours t limit 1")
    connection.execute("set jit_above_cost = 0")
    found = connection.execute(
        "select avg(mean_area + 1.5) filter (where size like 'l%'), pg_jit_available() from tumours"
    ).fetchone()
    connection.execute("reset jit_above_cost")
    assert found is not None
    assert found[1]
    with pytest.raises(errors.InsufficientPrivilege):
        connection.execute("select cerebro._start_worker(1, 0, 'tensorflow')")


def test_a_new_life_of_the_extension_knows_nothing_of_the_last(new_database: NewDatabase) -> None:
    """Runs are numbered anew, and warm workers must not take one for another."""
    scores = []
    with psycopg.connect(new_database("template1"), autocommit=True) as connection:
        load_tumours_into(connection)
        for seed in (1, 2):
            connection.execute("create extension cerebro_db cascade")
            connection.execute(
                """select cerebro_fit('life', 'tumours', 'diagnosis', epochs => 1, seed => %s,
                    space => '{"learning_rate": [0.01]}', model => '{"family": "linear"}')""",
                [seed],
            )
            one = "select cerebro_score('life', t) from tumours t where id = 1"
            scores.append(connection.execute(one.encode()).fetchone())
            connection.execute("drop extension cerebro_db cascade")
    assert scores[0] != scores[1]


def test_bulk_prediction_of_wide_encodings_goes_in_small_batches(connection: Connection) -> None:
    connection.execute(
        "create table wide as select i as id, md5((i % 900)::text) as a, md5((i % 901)::text) as b,"
        " i % 2 = 0 as y from generate_series(1, 40000) i"
    )
    connection.execute(
        """select cerebro_fit('wide', 'wide', 'y', epochs => 1, model => '{"family": "linear"}',
            space => '{"learning_rate": [0.1], "batch_size": [1024]}',
            options => '{"encode": {"id": "skip", "a": "onehot", "b": "onehot"}}')"""
    )
    row = connection.execute("select cerebro_predict_table('wide', 'wide', 'id', 'wide_out')")
    assert row.fetchone() == (40000,)


def test_several_targets_and_labels(connection: Connection) -> None:
    connection.execute(
        """select cerebro_fit('two', 'select mean_radius, mean_area, mean_perimeter from tumours',
            'mean_area, mean_perimeter', epochs => 2, space => '{"learning_rate": [0.01]}')"""
    )
    row = connection.execute(
        "select cerebro_predict('two', t)::float8[], cerebro_proba('two', t) from tumours t limit 1"
    ).fetchone()
    assert row is not None
    assert row[0] == pytest.approx([row[1]["mean_area"], row[1]["mean_perimeter"]], rel=1e-5)
    with pytest.raises(errors.InvalidParameterValue):
        connection.execute("select cerebro_score('two', t) from tumours t limit 1")
    connection.execute(
        """select cerebro_fit('tags', 'select mean_area, array[size, ''a "b", c''] as tags
            from tumours', 'tags', epochs => 3, space => '{"learning_rate": [0.05]}')"""
    )
    row = connection.execute(
        "select cerebro_predict('tags', t)::text[], cerebro_proba('tags', t) from tumours t limit 1"
    ).fetchone()
    assert row is not None
    assert set(row[0]) == {label for label, p in row[1].items() if p > 0.5}
    assert 'a "b", c' in row[0]


def test_columns_may_have_names_of_our_own(connection: Connection) -> None:
    connection.execute(
        "create table named as select i as id, i % 7 as first, i % 5 as own, i % 2 as kept,"
        " i % 3 as rows, i % 2 = 0 as label from generate_series(1, 5000) i"
    )
    connection.execute(
        """select cerebro_fit('named', 'named', 'label', epochs => 1, workers => 1,
            model => '{"family": "linear"}', space => '{"learning_rate": [0.01]}')"""
    )
    connection.execute("select cerebro_predict_table('named', 'named', 'id', 'named_found')")
    found = connection.execute(
        "select count(*), count(distinct id), bool_and(abs(f.score - cerebro_score('named', n))"
        " < 1e-6) from named_found f join named n using (id)"
    ).fetchone()
    assert found == (5000, 5000, True)


def test_bytes_of_no_batch_are_an_error(connection: Connection) -> None:
    """Whoever may predict can call what bulk verbs call; this once ended the server."""
    column = {"name": "x", "type": "", "send": "float8send", "element": ""}
    reading = {
        "class": "BatchLayout", "features": [[column, "number"]], "targets": [],
        "label_form": None, "wanted": None,
    }  # fmt: skip
    huge = struct.pack("!iiI", 1, 0, 25) + struct.pack("!ii", 2**31 - 1, 1)
    for oid in (20, 1007, 1009, 1700, 1001, 17, 2249):
        for value in (b"", huge, struct.pack("!hhHH", 32_767, 0, 0, 0)):
            batch = struct.pack("!iIi", 1, oid, len(value)) + value
            for verb in ("_predict_batch", "_evaluate_batch"):
                call = sql.SQL("select cerebro.{}(%s, %s, %s, null)").format(sql.Identifier(verb))
                with pytest.raises(errors.ExternalRoutineException):
                    connection.execute(call, ["tumours", json.dumps(reading), batch])


def test_a_changed_table_is_read_by_its_new_names(connection: Connection) -> None:
    connection.execute("create table changing as select * from tumours where id < 5")
    one = "select cerebro_score('tumours', c) from changing c where id = 1"
    before = connection.execute(one.encode()).fetchone()
    connection.execute("alter table changing add column note text default 'x'")
    connection.execute("alter table changing drop column diagnosis")
    assert connection.execute(one.encode()).fetchone() == before
    connection.execute("alter table changing rename column mean_area to mean_arena")
    with pytest.raises(errors.UndefinedColumn) as error:
        connection.execute(one.encode())
    assert "mean_area" in str(error.value)


@pytest.mark.parametrize(
    ("query", "sqlstate", "hint"),
    [
        ("select cerebro_predict('digits', d.image) from digits d", "22023", "whole row"),
        ("select cerebro_predict('digits', t) from tumours t", "42703", ""),
        ("select cerebro_predict(null, d) from digits d", "22023", "run"),
        ("select cerebro_evaluate('digits', 'tumours')", "42703", ""),
    ],
)
def test_errors(connection: Connection, query: str, sqlstate: str, hint: str) -> None:
    with pytest.raises(errors.Error) as error:
        connection.execute(query.encode())
    assert error.value.sqlstate == sqlstate
    assert error.value.diag.message_detail
    assert hint in (error.value.diag.message_hint or "")
