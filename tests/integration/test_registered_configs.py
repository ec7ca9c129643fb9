"""What Keras 2 wrote of a model is registered, trained and predicts, as a user meets it in SQL."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from fix_fit import fit
from fix_server import Connection

from cerebro_db.testing.calls import error_of, value
from cerebro_db.testing.data import load_digits_into

_WRITTEN = Path(__file__).parents[1] / "configs"


def written(name: str) -> dict[str, Any]:
    config: dict[str, Any] = json.loads((_WRITTEN / f"{name}.json").read_text())
    return config


def test_what_keras_2_wrote_learns_and_predicts(connection: Connection) -> None:
    load_digits_into(connection)
    augmented, network = written("2.15_augment"), written("2.15_sequential")
    # A model in a model: Keras users put augmentation in front so.
    del augmented["config"]["layers"][-2:]
    network["config"]["layers"].insert(1, augmented)
    network["config"]["layers"][-1]["config"]["units"] = "${outputs}"
    connection.execute("select cerebro_model('written', %s)", [json.dumps(network)])
    ranked = fit(
        connection,
        "written",
        "select image, digit from digits",
        "digit",
        """model => '{"name": "written"}', epochs => 2, space => '{"learning_rate": [0.01]}'""",
    )
    assert len(ranked) == 1
    curve = connection.execute(
        "select loss from cerebro.learning_curves where run = 'written' order by epoch"
    ).fetchall()
    assert len(curve) == 2
    assert curve[1][0] < curve[0][0]
    proba = value(connection, "select cerebro_proba('written', d) from digits d where id = 7")
    assert isinstance(proba, dict)
    assert sum(proba.values()) == pytest.approx(1, abs=1e-5)
    # Without a framework, in the session itself.
    assert value(connection, "select cerebro_predict('written', d) from digits d where id = 7")


def test_a_refusal_names_the_layer(connection: Connection) -> None:
    network = written("2.15_sequential")
    network["config"]["layers"][5]["class_name"] = "Lambda"
    error = error_of(connection, f"select cerebro_model('refused', $${json.dumps(network)}$$)")
    assert error.sqlstate == "22023"
    assert 'class that is not admitted: "Lambda", in layer "depthwise_conv2d"' in str(error)
