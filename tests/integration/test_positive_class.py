"""Which of two classes is the positive one can be stated, and everything speaks of it then."""

from __future__ import annotations

import itertools
import json
from typing import Any

import numpy as np
import pytest
from fix_fit import fit
from fix_server import Connection

from cerebro_db.testing.calls import error_of

_numbers = itertools.count()

MORE = """model => '{"family": "linear"}', space => '{"learning_rate": [0.05]}', epochs => 20"""


@pytest.fixture(scope="module", autouse=True)
def payments(connection: Connection) -> None:
    connection.execute(
        """create table payments as
        select
            i as id, sin(i) as a, cos(i * 3) as b,
            case when sin(i) > 0.6 then 'fraud' else 'honest' end as kind,
            sin(i) > 0.6 as flag, (sin(i) > 0.6)::int as number, (sin(i) > 0.6)::int / 2.0 as half,
            (array['x', 'y', 'z'])[1 + i % 3] as letter, array['p'] as labels, sin(i) * 3 as size
        from generate_series(1, 400) i"""
    )


def searched(connection: Connection, target: str, positive: Any) -> str:
    """Search with that positive class, or the usual one for None; return the run."""
    run = f"{target} {next(_numbers)}"
    encode = "{}" if positive is None else json.dumps({target: {"positive": positive}})
    source = f"select a, b, {target} from payments"
    task = '"task": "binary", ' if target == "half" else ""
    fit(connection, run, source, target, f"{MORE}, options => '{{{task}\"encode\": {encode}}}'")
    return run


CASES = [
    ("kind", "fraud", "honest"),
    ("flag", False, True),
    ("number", 0, 1),
    ("number", "0", "1"),
    ("half", 0, 0.5),
]


@pytest.mark.parametrize(("target", "positive", "usual"), CASES)
def test_scores_and_metrics_speak_of_it(
    connection: Connection, target: str, positive: Any, usual: Any
) -> None:
    turned, stated, default = (searched(connection, target, p) for p in (positive, usual, None))
    label, other = (p if isinstance(p, str) else json.dumps(p) for p in (positive, usual))
    rows = connection.execute(
        b"""select cerebro_score(%(turned)s, p), cerebro_proba(%(turned)s, p),
            cerebro_predict(%(turned)s, p), cerebro_score(%(stated)s, p),
            cerebro_score(%(default)s, p), (a > 0.6) = %(above)s
        from payments p order by id""",
        {"turned": turned, "stated": stated, "default": default, "above": positive == "fraud"},
    ).fetchall()
    scores = np.array([row[0] for row in rows])
    assert [row[1][label] for row in rows] == pytest.approx(scores.tolist(), abs=1e-6)  # type: ignore[index]
    assert [row[2] for row in rows] == [label if score > 0.5 else other for score in scores]
    assert [row[3] for row in rows] == [row[4] for row in rows]
    assert np.corrcoef(scores, [row[4] for row in rows])[0, 1] < -0.9  # type: ignore[arg-type]
    # What metrics call positive is what is stated.
    truth = np.array([row[5] for row in rows], bool)
    found = connection.execute(
        "select cerebro_evaluate(%s, 'payments'), cerebro_evaluate(%s, 'payments')",
        [turned, default],
    ).fetchone()
    assert found is not None
    measured: Any = found
    chosen = scores > 0.5
    f1 = 2 * (truth & chosen).sum() / (truth.sum() + chosen.sum())
    assert measured[0]["f1"] == pytest.approx(f1)
    assert measured[0]["f1"] != pytest.approx(measured[1]["f1"], abs=1e-3)
    (board,) = connection.execute(
        "select value from cerebro.leaderboard where run = %s", [turned]
    ).fetchall()
    assert board[0] > 0.9  # type: ignore[operator]
    connection.execute("select cerebro_predict_table(%s, 'payments', 'id', 'out', true)", [turned])
    written = connection.execute("select score from out order by id").fetchall()
    assert [row[0] for row in written] == pytest.approx(scores.tolist(), abs=1e-6)


def test_a_prepared_dataset_keeps_it(connection: Connection) -> None:
    connection.execute(
        "select cerebro_prepare('prepared', 'select a, b, kind from payments', 'kind',"
        """ encode => '{"kind": {"positive": "fraud"}, "b": "skip"}')"""
    )
    row = connection.execute(
        "select notes::text, encoding::text from cerebro.datasets where dataset = 'prepared'"
    ).fetchone()
    assert row is not None
    assert 'the positive class is \\"fraud\\"' in str(row[0])
    assert "stated in encode" in str(row[1])
    fit(connection, "of it", "prepared", None, MORE)
    found = connection.execute(
        "select corr(cerebro_score('of it', p), (p.kind = 'fraud')::int) from payments p"
    ).fetchone()
    assert found is not None
    assert found[0] > 0.5  # type: ignore[operator]


REFUSED = [
    ("kind", '{"kind": {"positive": "Fraud"}}', "no label of column", '"fraud"'),
    ("flag", '{"flag": {"positive": "maybe"}}', "no label of column", "false, true"),
    ("letter", '{"letter": {"positive": "x"}}', "multiclass has no positive class", "SELECT"),
    ("size", '{"size": {"positive": 1}}', "regression has no positive class", "SELECT"),
    ("labels", '{"labels": {"positive": "p"}}', "multilabel has no positive class", "SELECT"),
    ("kind", '{"kind": {"positiv": "fraud"}}', "is a target", "positive"),
    ("kind", '{"kind": {"positive": "fraud", "as": "onehot"}}', "is a target", "positive"),
    ("kind", '{"kind": {"positive": ["fraud"]}}', "is a target", "positive"),
    ("kind", '{"kind": {"positive": null}}', "is a target", "positive"),
    ("kind", '{"kind": "category"}', "is a target", "positive"),
]


@pytest.mark.parametrize(("target", "encode", "says", "hint"), REFUSED)
def test_what_is_no_positive_class_is_refused(
    connection: Connection, target: str, encode: str, says: str, hint: str
) -> None:
    error = error_of(
        connection,
        f"select cerebro_prepare('never', 'select a, b, {target} from payments', '{target}',"
        f" encode => '{encode}')",
    )
    assert error.sqlstate == "22023"
    assert says in str(error.diag.message_primary)
    assert hint in f"{error.diag.message_detail} {error.diag.message_hint}"
