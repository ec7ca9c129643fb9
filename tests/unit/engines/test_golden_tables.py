"""Golden files of the tables that come and go, and of the segments of a cluster."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from canned import PARTITIONS
from recording import TARGETS, Recorder

from cerebro_db.engines import RunPlace
from cerebro_db.engines.greenplum.segments import find_segments
from cerebro_db.engines.sessions.states import tables_of
from cerebro_db.units import Network

RUN = RunPlace(run=6, dataset=8, seed=11, partitions=3, epochs=4, validate=True)


@pytest.mark.parametrize("target", TARGETS)
def test_tables_are_golden(target: str) -> None:
    answers: dict[str, Any] = {
        "group by validation": PARTITIONS,
        "pg_class": [{"there": True}],
        "c.payload, k.keys": [{"payload": b"", "keys": ["7", "9"]}],
    }
    recorder = Recorder(target, answers)
    server = recorder.server
    recorder.title("the chunks of dataset 8, and where its partitions lie")
    server.tables.create_chunks(recorder, 8, "Alice's rows")
    server.tables.partitions_of(recorder, 8)
    recorder.title("whether they are there, or a backup has left them out")
    server.has_chunks(recorder, 8)
    recorder.title("the keys of its rows, and a chunk with its own")
    server.tables.create_keys(recorder, 8, "Alice's rows")
    server.tables.write_keys(recorder, 8, False, 1, 0, ["7", "9"])
    server.training_chunks(recorder, 8)
    server.keyed_chunk(recorder, 8, 1, 0)
    recorder.title("a dataset is dropped")
    server.drop_chunks(recorder, 8)
    recorder.check("tables")


@pytest.mark.parametrize("target", TARGETS)
def test_states_are_golden(target: str) -> None:
    found = [{"name": name} for name in ("_states_6_1", "_states_6_2", "_hops_6_2")]
    recorder = Recorder(target, {"pg_class": found, "group by validation": PARTITIONS})
    server = recorder.server
    tables = server.state_tables
    epochal = replace(RUN, durability="epoch")
    recorder.title("the states of run 6 in epoch 3")
    tables.create(recorder, RUN, 3)
    recorder.title("the same where states inside of epochs may be lost")
    tables.create(recorder, epochal, 3)
    recorder.title("nothing where they are there")
    tables.create(recorder, epochal, 2)
    recorder.title("which states there are")
    server.states(recorder, RUN)
    recorder.title("the state after 5 units is kept as the best, in the place of another")
    server.keep_state(recorder, RUN, Network(4), units=5, rank=1)
    recorder.title("of a configuration that rests, from inside of an epoch")
    server.keep_state(recorder, epochal, Network(4), units=5, rank=None)
    recorder.title("one that is kept already is the second best now")
    recorder.answers["select config, fold, rank, units"] = [
        {"config": 4, "fold": 0, "rank": 1, "units": 6}
    ]
    server.keep_state(recorder, RUN, Network(4), units=6, rank=2)
    recorder.title("one is woken, to go on to partition 1")
    server.wake_state(recorder, RUN, Network(4), units=5, partition=1)
    recorder.title("configuration 9 is a clone of 4")
    server.copy_state(recorder, RUN, Network(4), config=9, units=5)
    recorder.title("the states of an epoch are dropped")
    tables.drop(recorder, 6, tables_of(RUN, 2))
    recorder.title("whatever states a run has left behind")
    server.drop_states(recorder, 6)
    recorder.check("states")


def test_segments_are_golden() -> None:
    recorder = Recorder(
        "greenplum6",
        {
            "gp_segment_configuration": [
                {"segment": segment, "neighbours": 2} for segment in range(2)
            ],
            "from cerebro.segments\norder by": [{"segment": 0, "home": 3, "weight": 2.0}],
            "from cerebro_data._homes": [{"segment": 0, "home": 3}, {"segment": 1, "home": 5}],
        },
    )
    recorder.title("a cluster that has got a second segment: the first one's weight stays")
    find_segments(recorder)
    recorder.check("segments")
