"""Rows stay where they lie: a partition is on one segment, and that segment trained on it."""

from __future__ import annotations

import pytest

from cerebro_db.testing.calls import QUICK, fit, prepare, rows
from cerebro_db.testing.data import load_tumours_into
from cerebro_db.testing.database import Connection
from cerebro_db.testing.internals import places, segments

# How many partitions there are to each segment.
DATASETS = {"one each": 1, "three each": 3}


@pytest.fixture(scope="module", autouse=True)
def made(connection: Connection) -> dict[str, tuple[int, int]]:
    """The datasets, each with a run of its name; their training and validation rows."""
    load_tumours_into(connection)
    counts = {}
    for name, multiple in DATASETS.items():
        partitions = multiple * len(segments(connection))
        row = prepare(connection, name, "tumours", "diagnosis", partitions=partitions)
        counts[name] = (row.rows, row.validation_rows)
        fit(connection, name, name, **QUICK)
    return counts


@pytest.mark.parametrize("dataset", DATASETS)
def test_a_partition_lies_on_one_segment(connection: Connection, dataset: str) -> None:
    training = [p for p in places(connection, dataset) if not p.validation]
    assert len({p.partition for p in training}) == len(training)
    for segment in segments(connection):
        assert len([p for p in training if p.segment == segment]) == DATASETS[dataset]


@pytest.mark.parametrize("dataset", DATASETS)
def test_training_rows_are_stored_once_and_validation_rows_on_every_segment(
    connection: Connection, made: dict[str, tuple[int, int]], dataset: str
) -> None:
    found = places(connection, dataset)
    training_rows, validation_rows = made[dataset]
    assert sum(p.rows for p in found if not p.validation) == training_rows
    held_out = {p.segment: p.rows for p in found if p.validation}
    assert held_out == dict.fromkeys(segments(connection), validation_rows)


@pytest.mark.parametrize("dataset", DATASETS)
def test_partitions_are_of_equal_size(connection: Connection, dataset: str) -> None:
    sizes = [p.rows for p in places(connection, dataset) if not p.validation]
    assert max(sizes) - min(sizes) <= 1


@pytest.mark.parametrize("run", DATASETS)
def test_only_the_segment_of_a_partition_worked_on_it(connection: Connection, run: str) -> None:
    lies = {p.partition: p.segment for p in places(connection, run) if not p.validation}
    trained = rows(
        connection, "select h.partition, segment from cerebro.hops h where run = %s", run
    )
    assert {row.partition: row.segment for row in trained} == lies
    assert len(trained) == len(lies)
