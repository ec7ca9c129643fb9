"""Golden files of the tables that come and go, and of the segments of a cluster."""

from __future__ import annotations

import pytest
from recording import TARGETS, Recorder

from cerebro_db.engines.greenplum.segments import find_segments


@pytest.mark.parametrize("target", TARGETS)
def test_tables_are_golden(target: str) -> None:
    recorder = Recorder(target, {"pg_class": [{"name": "_states_6_1"}, {"name": "_states_6_2"}]})
    server = recorder.server
    tables = server.tables
    recorder.title("the chunks of dataset 8, and where its partitions lie")
    tables.create_chunks(recorder, 8, "Alice's rows")
    tables.partitions_of(recorder, 8)
    recorder.title("the states of run 6 in epoch 2")
    tables.create_states(recorder, 6, 2)
    recorder.title("one state is kept")
    server.keep_state(recorder, 6, 4, rank=1, epoch=2, step=3)
    recorder.title("the states of an epoch are dropped")
    tables.drop_states(recorder, 6, 1)
    recorder.title("whatever states a run has left behind")
    server.drop_states(recorder, 6)
    recorder.title("a dataset is dropped")
    server.drop_chunks(recorder, 8)
    recorder.check("tables")


def test_segments_are_golden() -> None:
    recorder = Recorder(
        "greenplum6",
        {
            "gp_segment_configuration": [
                {"segment": segment, "neighbours": 2} for segment in range(2)
            ],
            "from cerebro.segments\norder by": [{"segment": 0, "home": 3, "weight": 2.0}],
            "from _cerebro_homes": [{"segment": 0, "home": 3}, {"segment": 1, "home": 5}],
        },
    )
    recorder.title("a cluster that has got a second segment: the first one's weight stays")
    find_segments(recorder)
    recorder.check("segments")
