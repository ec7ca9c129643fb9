"""Arrays of ids that the rows have: Embeddings of users look them up as they are."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from fix_server import Connection

from cerebro_db import training
from cerebro_db.dataset.encoding import Encoding
from cerebro_db.tensors import unpack
from cerebro_db.testing.calls import error_of

# From 0 to 9 of 20 articles: a basket is returned where article 7 is among the first six.
# Some baskets are not known.
BASKETS = """
create table baskets as
select
    i as basket,
    case when i % 50 <> 3 then array(
        select (hashint4(10 * i + place) & 1023) % 20 + 1 from generate_series(1, i % 10) as place
    ) end as articles,
    exists (
        select from generate_series(1, least(i % 10, 6)) as place
        where (hashint4(10 * i + place) & 1023) % 20 + 1 = 7 and i % 50 <> 3
    ) as returned
from generate_series(1, 3000) as i
"""
IDS = {"as": "ids", "size": 21, "length": 6}


def network(run: str) -> Any:
    """Return a Keras model: one without a mask, and two by which padding does not count."""
    # As workers start it: tests that share this process do so too, and it starts only once.
    training.warm_up()
    from keras import Input, Model, layers

    given = Input((6,), dtype="int32", name="articles")
    x = layers.Embedding(21, 8, mask_zero=run != "own")(given)
    x = layers.LSTM(8)(x) if run == "lstm" else layers.GlobalAveragePooling1D()(x)
    return Model(given, layers.Dense(1)(x))


RUNS = ("own", "masked", "lstm", "text")


@pytest.fixture(scope="module", autouse=True)
def runs(connection: Connection) -> None:
    connection.execute(BASKETS)
    for run in RUNS:
        own = run != "text"
        model = {"keras": json.loads(network(run).to_json())} if own else {"family": "text"}
        fit(connection, run, model, IDS)


def fit(connection: Connection, run: str, model: dict[str, Any], ids: dict[str, Any]) -> None:
    connection.execute(
        "select cerebro_fit(%s, 'select articles, returned from baskets', 'returned', epochs => 12,"
        """ model => %s, space => '{"learning_rate": [0.02]}', options => %s)""",
        [run, json.dumps(model), json.dumps({"encode": {"articles": ids}})],
    )


def scores(connection: Connection, run: str) -> np.ndarray:
    rows = connection.execute(
        "select cerebro_score(%s, b) from baskets b order by basket", [run]
    ).fetchall()
    return np.array([row[0] for row in rows])


@pytest.mark.parametrize("run", RUNS)
def test_ids_are_learned_from(connection: Connection, run: str) -> None:
    row = connection.execute(
        "select value from cerebro.leaderboard where run = %s and rank = 1", [run]
    ).fetchone()
    assert row is not None
    assert row[0] > 0.97


@pytest.mark.parametrize("run", RUNS)
def test_rows_alone_in_bulk_and_as_json_are_predicted_alike(
    connection: Connection, run: str
) -> None:
    alone = scores(connection, run)
    connection.execute(
        "select cerebro_predict_table(%s, 'baskets', 'basket', %s, replace => true)",
        [run, f"{run}_out"],
    )
    bulk = connection.execute(f"select score from {run}_out order by basket".encode()).fetchall()
    np.testing.assert_allclose([row[0] for row in bulk], alone, atol=1e-6)
    of_json = connection.execute(
        "select cerebro_score(%s, to_json(b)::jsonb) from baskets b order by basket limit 100",
        [run],
    ).fetchall()
    np.testing.assert_allclose([row[0] for row in of_json], alone[:100], atol=1e-6)


@pytest.mark.parametrize("run", RUNS[:3])
def test_they_are_looked_up_as_in_plain_keras(connection: Connection, run: str) -> None:
    row = connection.execute(
        "select k.state, s.encoding from cerebro._serving s"
        " join cerebro._kept_states k on k.run = s.id and k.config = s.config and k.units = s.units"
        " where s.run = %s and s.rank = 1",
        [run],
    ).fetchone()
    assert row is not None
    state = unpack(row[0])
    (name,) = (item.name for item in Encoding.from_json(row[1]).signature.inputs)
    assert name == "articles"
    model = network(run)
    weights = [state[one] for one in sorted(state) if one.startswith("weights/")]
    # Without the states of random generators.
    model.set_weights([own for own in weights if own.dtype == np.float32])
    ids = np.zeros((3000, 6), np.int32)
    rows = connection.execute("select articles from baskets order by basket").fetchall()
    for place, (articles,) in zip(ids, rows, strict=True):
        place[: len(articles or [])] = (articles or [])[:6]
    logits = model.predict(ids, verbose=0)[:, 0]
    # Keras' mean of nothing is no number; ours is 0, to which the last layer adds its bias.
    empty = np.isnan(logits)
    assert empty.any() == (run == "masked")
    logits[empty] = model.get_weights()[-1]
    np.testing.assert_allclose(scores(connection, run), 1 / (1 + np.exp(-logits)), atol=1e-5)


def test_they_are_predicted_without_keras(connection: Connection) -> None:
    connection.execute("select pg_terminate_backend(pid) from cerebro.workers")
    for run in RUNS:
        scores(connection, run)
    assert connection.execute("select count(*) from cerebro.workers").fetchone() == (0,)


def test_what_is_missing_beyond_or_behind_the_length_does_not_count(
    connection: Connection,
) -> None:
    """And so is what nobody knew; NULL is an empty array."""
    for run in RUNS:
        for one, other in [
            ("null", "'{}'"),
            ("'{7, 3}'", "'{7, 3, 0, 0}'"),
            ("'{1, 2, 3, 4, 5, 6, 7}'", "'{1, 2, 3, 4, 5, 6}'"),
            ("'{7, 21, -4, null}'", "'{7, 0, 0, 0}'"),
        ]:
            row = connection.execute(
                f"select cerebro_score('{run}', b), cerebro_score('{run}', c)"
                f" from (select {one}::int[] as articles) b,"
                f" (select {other}::bigint[] as articles) c".encode()
            ).fetchone()
            assert row is not None
            assert row[0] == row[1], (run, one)


def test_other_numbers_are_refused_with_how_many_rows_have_them(connection: Connection) -> None:
    prepare = "select cerebro_prepare('{}', {}, 'returned', encode => '{}')"
    source = "'select articles, returned from baskets'"
    error = error_of(
        connection,
        prepare.format("few", source, '{"articles": {"as": "ids", "size": 20}}'),
    )
    (rows,) = (
        connection.execute("select count(*) from baskets where 20 = any (articles)").fetchone()
        or ()
    )
    assert error.sqlstate == "22000"
    assert f"in {rows} rows: from 20 to 20" in str(error.diag.message_detail)
    assert '"size": 21, "unknown": 20' in str(error.diag.message_hint)
    error = error_of(
        connection,
        prepare.format(
            "nulls",
            "'select case when basket = 9 then array[1, null] else articles end as articles,"
            " returned from baskets'",
            '{"articles": "ids"}',
        ),
    )
    assert "NULL among the ids in 1 row" in str(error.diag.message_detail)
    error = error_of(
        connection,
        prepare.format(
            "fractions",
            "'select articles::real[] as articles, returned from baskets'",
            '{"articles": "ids"}',
        ),
    )
    assert "cannot be encoded as ids" in str(error)


def test_others_may_have_an_id(connection: Connection) -> None:
    unknown = {"as": "ids", "size": 11, "length": 6, "unknown": 10}
    fit(connection, "half", {"family": "text"}, unknown)
    row = connection.execute(
        "select cerebro_score('half', b), cerebro_score('half', c)"
        " from (select array[7, 15, -1, null] as articles) b,"
        " (select array[7, 10, 10, 10] as articles) c"
    ).fetchone()
    assert row is not None
    assert row[0] == row[1]
