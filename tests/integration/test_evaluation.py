"""cerebro_evaluate measures what training measured, and no view shows a number that is none."""

from __future__ import annotations

import json
from typing import Any

import pytest
from fix_fit import fit
from fix_server import Connection

EPOCH = "space => '{\"learning_rate\": [0.01]}', epochs => 1"
LOSS = """
from keras import ops

def tempered(truth, logits):
    return ops.mean(ops.abs(truth - ops.sigmoid(logits)), axis=-1)
"""


@pytest.fixture(scope="module", autouse=True)
def points(connection: Connection) -> None:
    connection.execute(
        """create table points as
        select
            i as id, sin(i) as a, cos(i * 2) as b, i % 5 = 0 as late,
            sin(i) + cos(i * 2) > 0.5 as yes, (array['x', 'y', 'z'])[1 + i % 3] as letter,
            case i % 3 when 0 then '{p}' when 1 then '{p,q}' else '{}' end::text[] as labels,
            sin(i) * 30 + 7 as size
        from generate_series(1, 600) i"""
    )
    connection.execute("select cerebro_register_code('tempered', 'loss', %s)", [LOSS])


MODELS = [
    ("yes", {}),
    ("yes", {"loss": "focal"}),
    ("yes", {"label_weights": "balanced"}),
    ("yes", {"label_smoothing": 0.3}),
    ("yes", {"loss": "tempered"}),
    ("letter", {"loss": "focal", "label_weights": {"x": 3}}),
    ("labels", {"loss": "focal"}),
    ("size", {}),
    ("size", {"loss": "huber"}),
    ("size", {"loss": "mae"}),
]


@pytest.mark.parametrize(("target", "model"), MODELS)
def test_the_loss_is_the_one_that_was_trained(
    connection: Connection, target: str, model: dict[str, Any]
) -> None:
    run = f"{target} {json.dumps(model)}"
    options = json.dumps({"validation": f"select a, b, {target} from points where late"})
    more = f"model => %s, options => %s, {EPOCH}"
    connection.execute(
        f"select cerebro_fit(%s, %s, %s, {more})".encode(),
        [
            run,
            f"select a, b, {target} from points where not late",
            target,
            json.dumps({"family": "linear"} | model),
            options,
        ],
    )
    found = connection.execute(
        "select cerebro_evaluate(%s, 'select * from points where late'), validation"
        " from cerebro.learning_curves where run = %s",
        [run, run],
    ).fetchone()
    assert found is not None
    measured: Any = found[0]
    trained: Any = found[1]
    assert measured["rows"] == 120
    assert measured["loss"] == pytest.approx(trained["loss"], rel=1e-4)
    assert measured.keys() - {"rows"} == trained.keys()
    for name, value in trained.items():
        assert measured[name] == pytest.approx(value, rel=1e-4)


def test_views_show_null_where_the_rows_define_no_metric(connection: Connection) -> None:
    """The rows that rank have one class only."""
    options = json.dumps({"validation": "select a, b, yes from points where yes and late"})
    notices: list[str] = []
    connection.add_notice_handler(lambda diag: notices.append(str(diag.message_primary)))
    board = fit(
        connection,
        "one class",
        "select a, b, yes from points where not late",
        "yes",
        f"options => '{options}', model => '{{\"family\": \"linear\"}}', {EPOCH}",
    )
    assert [row[4] for row in board] == [None]
    assert any("validation auc undefined" in line for line in notices)
    assert not any("nan" in line.split() for line in notices)
    found = connection.execute(
        "select value, training_value, validation -> 'auc', training, validation"
        " from cerebro.learning_curves where run = 'one class'"
    ).fetchone()
    assert found is not None
    assert found[0] is None
    assert found[1] is not None
    assert found[2] is None
    # Neither has any other column of a view.
    for (view,) in connection.execute(
        "select c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace"
        " where n.nspname = 'cerebro' and c.relkind = 'v' and c.relname not like '\\_%'"
    ).fetchall():
        rows = connection.execute(f"select row_to_json(v)::text from cerebro.{view} v".encode())
        assert not [row for (row,) in rows if '"NaN"' in str(row) or '"nan"' in str(row)], view
