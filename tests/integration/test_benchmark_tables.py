"""Rivals train on what the table holds: what is exported is what SQL says."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from fix_server import Connection

from benchmarks.tables import create, export
from benchmarks.workloads import W1, W2, W3, Workload


@pytest.mark.parametrize("workload", [W1, W2, W3], ids=lambda workload: workload.name)
def test_an_export_is_the_table(dsn: str, connection: Connection, workload: Workload) -> None:
    small = replace(workload, rows=300)
    create(connection, small)
    split = export(dsn, small)
    pairs = {False: (split.x, split.y), True: (split.held_out_x, split.held_out_y)}
    assert 0 < len(split.held_out_y) < len(split.y)
    for held_out, (x, y) in pairs.items():
        rows = connection.execute(
            f"select to_jsonb(w) - 'y' - 'held_out', y, x_bytes from {small.name} w,"
            f" lateral (select {'x' if workload.filters else 'null::bytea'} as x_bytes) b"
            " where held_out = %s",
            [held_out],
        ).fetchall()
        assert y.tolist() == [float(label) for _, label, _ in rows]
        if workload.filters:
            expected = np.stack([np.frombuffer(pixels, np.uint8) for *_, pixels in rows])
        else:
            expected = np.array([_numbers(document) for document, *_ in rows], np.float32)
        assert np.array_equal(x.reshape(expected.shape), expected)


def _numbers(document: dict) -> list[float]:
    if "x" in document:
        return document["x"]
    return [document[f"x{number}"] for number in range(1, 1 + len(document))]
