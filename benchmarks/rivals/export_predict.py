"""Predicts the rows of a table as people do it today: COPY to a client, Keras, COPY back.

    python -m benchmarks.rivals.export_predict DSN RUN TABLE OUTPUT

A process of its own, so that importing the framework counts. The weights of the network, an MLP
128-64-1, are those that the run has kept.
"""

from __future__ import annotations

import io
import json
import sys
from typing import Any

import numpy as np
import psycopg
from psycopg import sql

from cerebro_db.tensors import unpack

_HEADER_BYTES = 19
_ROWS_AT_ONCE = 4096


def main(server: str, run: str, table: str, output: str) -> None:
    """Read, predict, write: key, label, score and probabilities as cerebro_predict_table does."""
    with psycopg.connect(server) as connection:
        row = connection.execute(
            "select encoding, state from cerebro._serving where run = %s and rank = 1", [run]
        ).fetchone()
        assert row is not None
        encoding, state = row
        keys, x = _read(connection, table, encoding)
        scores = _predict(state, x)
        _write(connection, output, keys, scores)


def _read(
    connection: psycopg.Connection[Any], table: str, encoding: dict[str, Any]
) -> tuple[np.ndarray, np.ndarray]:
    names = [feature["column"] for feature in encoding["features"]]
    query = sql.SQL("copy (select id, {} from {}) to stdout (format binary)").format(
        sql.SQL(", ").join(map(sql.Identifier, names)), sql.Identifier(table)
    )
    with connection.cursor() as cursor, cursor.copy(query) as copy:
        payload = b"".join(copy)
    number = [("length", ">i4"), ("value", ">f4")]
    record = np.dtype(
        [("fields", ">i2"), ("length", ">i4"), ("id", ">i4"), ("x", number, len(names))]
    )
    rows = np.frombuffer(payload[:-2], record, offset=_HEADER_BYTES)
    means, scales = (
        np.array([feature[name] for feature in encoding["features"]]) for name in ("mean", "scale")
    )
    return rows["id"], ((rows["x"]["value"] - means) / scales).astype(np.float32)


def _predict(state: bytes, x: np.ndarray) -> np.ndarray:
    import keras

    units, activations = (128, 64, 1), ("relu", "relu", "sigmoid")
    dense = [keras.layers.Dense(*pair) for pair in zip(units, activations, strict=True)]
    model = keras.Sequential([keras.Input(x.shape[1:]), *dense])
    tensors = unpack(state)
    model.set_weights([tensors[name] for name in sorted(tensors) if name.startswith("weights/")])
    return np.asarray(model.predict(x, batch_size=_ROWS_AT_ONCE, verbose=0))[:, 0]


def _write(
    connection: psycopg.Connection[Any], output: str, keys: np.ndarray, scores: np.ndarray
) -> None:
    connection.execute(
        sql.SQL(
            "create table {} (id int, prediction text, score float8, probabilities jsonb)"
        ).format(sql.Identifier(output))
    )
    lines = io.StringIO()
    for key, score in zip(keys.tolist(), scores.tolist(), strict=True):
        label = "true" if score > 0.5 else "false"
        probabilities = json.dumps({"false": 1 - score, "true": score})
        lines.write(f"{key}\t{label}\t{score!r}\t{probabilities}\n")
    copy = sql.SQL("copy {} from stdin").format(sql.Identifier(output))
    with connection.cursor().copy(copy) as copying:
        copying.write(lines.getvalue())


if __name__ == "__main__":
    main(*sys.argv[1:])
