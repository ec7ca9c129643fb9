"""What the search reaches on real data, from a table to predictions on rows that it never saw."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from fix_data import (
    load_adult_into,
    load_digits_into,
    load_table,
    load_tumours_into,
    shared_data,
)
from fix_server import Connection


def best(connection: Connection, fit: str) -> Any:
    """Return the value of the winner."""
    row = connection.execute(f"select value from cerebro_fit({fit})".encode()).fetchone()
    assert row is not None
    return row[0]


def evaluated(connection: Connection, run: str, source: str) -> dict[str, Any]:
    row = connection.execute("select cerebro_evaluate(%s, %s)", [run, source]).fetchone()
    assert row is not None
    metrics = row[0]
    assert isinstance(metrics, dict)
    return metrics


def test_digits(connection: Connection) -> None:
    load_digits_into(connection)
    value = best(
        connection,
        """'digits', 'select image, digit from digits', 'digit', epochs => 8,
           model => '{"family": "cnn"}',
           space => '{"learning_rate": [0.001, 0.003], "batch_size": [32]}'""",
    )
    assert value >= 0.97


def test_breast_cancer(connection: Connection) -> None:
    load_tumours_into(connection)
    value = best(
        connection,
        """'tumours', 'tumours', 'diagnosis', epochs => 8, metric => 'accuracy',
           options => '{"encode": {"id": "skip"}}',
           space => '{"learning_rate": [0.003, 0.01], "batch_size": [32], "dropout": [0, 0.3]}'""",
    )
    assert value >= 0.95


def test_adult(connection: Connection) -> None:
    load_adult_into(connection)
    best(
        connection,
        """'adult', 'adult', 'income', epochs => 5,
           space => '{"hidden": [[64, 32]], "learning_rate": [0.001, 0.003],
                      "batch_size": [128], "dropout": [0.1]}'""",
    )
    found = evaluated(connection, "adult", "adult_test")
    assert found["rows"] == 16281
    assert found["accuracy"] >= 0.85
    assert found["auc"] >= 0.90


def test_fashion_mnist(connection: Connection) -> None:
    folder = shared_data("fashion_mnist")
    columns = {"pixels": "bytea", "garment": "int"}
    for table, prefix in (("fashion", "train"), ("fashion_test", "t10k")):
        load_table(connection, table, columns, _fashion(folder, prefix))
    best(
        connection,
        """'fashion', 'fashion', 'garment', epochs => 6, options => '{"encode": {"pixels":
               {"as": "image", "shape": [28, 28, 1], "dtype": "uint8"}}}',
           model => '{"family": "mlp", "hidden": [256, 128, 100]}',
           space => '{"learning_rate": [0.001], "batch_size": [128], "dropout": [0, 0.1]}'""",
    )
    assert evaluated(connection, "fashion", "fashion_test")["accuracy"] >= 0.87


def test_ccpp(connection: Connection) -> None:
    with gzip.open(shared_data("ccpp") / "ccpp.csv.gz", "rt") as lines:
        header, *rows = csv.reader(lines)
    load_table(connection, "ccpp", dict.fromkeys(header, "float8"), rows)
    value = best(
        connection,
        """'ccpp', 'ccpp', 'PE', epochs => 15,
           space => '{"hidden": [[64, 32]], "learning_rate": [0.003, 0.01], "batch_size": [64]}'""",
    )
    assert value <= 4.2


def _fashion(folder: Path, prefix: str) -> Iterator[tuple[bytes, int]]:
    """Yield images and labels of idx files: headers of 16 and 8 bytes, then bytes."""
    with gzip.open(folder / f"{prefix}-images-idx3-ubyte.gz") as file:
        images = np.frombuffer(file.read(), np.uint8, offset=16).reshape(-1, 784)
    with gzip.open(folder / f"{prefix}-labels-idx1-ubyte.gz") as file:
        labels = np.frombuffer(file.read(), np.uint8, offset=8)
    for image, label in zip(images, labels, strict=True):
        yield image.tobytes(), int(label)
