"""What the search reaches on real data, from a table to predictions on rows that it never saw."""

from __future__ import annotations

from typing import Any

from cerebro_db.testing.calls import evaluate, fit
from cerebro_db.testing.data import (
    load_adult_into,
    load_ccpp_into,
    load_digits_into,
    load_fashion_into,
    load_tumours_into,
)
from cerebro_db.testing.database import Connection


def best(connection: Connection, run: str, source: str, target: str, **more: Any) -> float:
    """Return the value of the winner."""
    return float(fit(connection, run, source, target, **more)[0].value)


def test_digits(connection: Connection) -> None:
    load_digits_into(connection)
    value = best(
        connection,
        "digits",
        "select image, digit from digits",
        "digit",
        model={"family": "cnn"},
        space={"learning_rate": [0.001, 0.003], "batch_size": [32]},
        epochs=12,
    )
    assert value >= 0.97


def test_breast_cancer(connection: Connection) -> None:
    load_tumours_into(connection)
    value = best(
        connection,
        "tumours",
        "tumours",
        "diagnosis",
        space={"learning_rate": [0.003, 0.01], "batch_size": [32], "dropout": [0, 0.3]},
        epochs=8,
        metric="accuracy",
        options={"encode": {"id": "skip"}},
    )
    assert value >= 0.95


def test_adult(connection: Connection) -> None:
    load_adult_into(connection)
    fit(
        connection,
        "adult",
        "adult",
        "income",
        space={
            "hidden": [[64, 32]],
            "learning_rate": [0.001, 0.003],
            "batch_size": [128],
            "dropout": [0.1],
        },
        epochs=5,
    )
    found = evaluate(connection, "adult", "adult_test")
    assert found["rows"] == 16281
    assert found["accuracy"] >= 0.85
    assert found["auc"] >= 0.90


def test_fashion_mnist(connection: Connection) -> None:
    load_fashion_into(connection)
    image = {"as": "image", "shape": [28, 28, 1], "dtype": "uint8"}
    fit(
        connection,
        "fashion",
        "select pixels, garment from fashion",
        "garment",
        model={"family": "mlp", "hidden": [256, 128, 100]},
        space={"learning_rate": [0.001], "batch_size": [128], "dropout": [0, 0.1]},
        epochs=8,
        options={"encode": {"pixels": image}},
    )
    assert evaluate(connection, "fashion", "fashion_test")["accuracy"] >= 0.87


def test_ccpp(connection: Connection) -> None:
    load_ccpp_into(connection)
    value = best(
        connection,
        "ccpp",
        "ccpp",
        "PE",
        space={"hidden": [[64, 32]], "learning_rate": [0.003, 0.01], "batch_size": [64]},
        epochs=25,
    )
    assert value <= 4.2
