"""Which segment a partition, and which segments a worker is given."""

from __future__ import annotations

from collections import Counter

import pytest

from cerebro_db.engines.greenplum.segments import (
    Segment,
    natural_partitions,
    place_partitions,
    require_in_place,
    working,
)
from cerebro_db.engines.sessions.crew import segments_of
from cerebro_db.engines.sessions.tables import Partition
from cerebro_db.errors import InvalidArgument


def segments(*weights: float) -> list[Segment]:
    return [Segment(number, 10 + number, weight) for number, weight in enumerate(weights)]


def counts(placed: list[Segment]) -> list[int]:
    found = Counter(segment.segment for segment in placed)
    return [found[number] for number in sorted(found)]


def test_equal_segments_take_turns() -> None:
    placed = place_partitions(segments(1, 1, 1), 7)
    assert [segment.segment for segment in placed] == [0, 1, 2, 0, 1, 2, 0]


def test_a_segment_gets_its_share_by_weight() -> None:
    assert counts(place_partitions(segments(1, 2, 1), 8)) == [2, 4, 2]
    assert counts(place_partitions(segments(1, 0.5), 6)) == [4, 2]


def test_there_are_partitions_enough_for_the_weights() -> None:
    assert natural_partitions(segments(1, 1, 1)) == 3
    assert natural_partitions(segments(0.5, 0.5)) == 2
    assert natural_partitions(segments(2, 1, 1)) == 4
    assert natural_partitions(segments(1, 0.001)) == 16
    assert counts(place_partitions(segments(2, 1, 1), 4)) == [2, 1, 1]


def test_a_segment_of_weight_0_gets_nothing() -> None:
    assert [segment.segment for segment in working(segments(1, 0, 3))] == [0, 2]
    with pytest.raises(InvalidArgument):
        working(segments(0, 0))


def test_partitions_have_to_be_where_their_homes_lead() -> None:
    homes = {0: 10, 1: 11}
    there = [Partition(False, number, number, 10 + number, 1, 1) for number in (0, 1)]
    require_in_place(there, homes)
    with pytest.raises(InvalidArgument, match="would not put it any more"):
        require_in_place([*there, Partition(False, 2, 1, 10, 1, 1)], homes)
    with pytest.raises(InvalidArgument):
        require_in_place([Partition(False, 0, 2, 12, 1, 1)], homes)


@pytest.mark.parametrize("workers", range(1, 9))
def test_workers_share_all_segments(workers: int) -> None:
    every = [4, 5, 6]
    shares = [segments_of(number, workers, every) for number in range(workers)]
    assert {segment for share in shares for segment in share} == set(every)
    sizes = [len(share) for share in shares]
    assert max(sizes) - min(sizes) <= 1
