"""The segments of a cluster: a key that leads to each, and how much work it is to get."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cerebro_db.errors import InvalidArgument
from cerebro_db.session.client import ClientSession
from cerebro_db.store.statements import load_statements

_SQL = load_statements(__package__, "segments.sql")

# Keys to try for each segment: enough that none is left out, whatever the hash.
_CANDIDATES = 200


@dataclass(frozen=True)
class Segment:
    """One segment; rows whose int distribution key is ``home`` lie on it."""

    segment: int
    home: int
    weight: float


def find_segments(control: ClientSession) -> list[Segment]:
    """Return the segments that may get partitions, after finding a home for each if need be.

    Raises:
        InvalidArgument: an administrator has given all of them the weight 0.
    """
    segments = _homes(control)
    if {found.segment for found in segments} != set(neighbours(control)):
        segments = _settle(control)
    working = [found for found in segments if found.weight > 0]
    if not working:
        raise InvalidArgument(
            "no segment may get partitions",
            detail="Every weight in cerebro.segments is 0.",
            hint="update cerebro.segments set weight = 1",
        )
    return working


def neighbours(control: ClientSession) -> dict[int, int]:
    """Return how many primaries share a machine, by segment, itself included."""
    return {row["segment"]: row["neighbours"] for row in control.fetch(_SQL["primaries"])}


def place_partitions(segments: Sequence[Segment], partitions: int) -> list[Segment]:
    """Return the segment of each partition: each gets its share by weight, as evenly as can be.

    The next one goes where it fills the least share: the apportionment of Jefferson and D'Hondt.
    """
    given = dict.fromkeys(segments, 0)
    placed = []
    for _ in range(partitions):
        chosen = min(segments, key=lambda segment: (given[segment] + 1) / segment.weight)
        given[chosen] += 1
        placed.append(chosen)
    return placed


def _homes(control: ClientSession) -> list[Segment]:
    """Return what the table says, one row a segment."""
    found = {row["segment"]: Segment(**row) for row in control.fetch(_SQL["segments"])}
    return [found[number] for number in sorted(found)]


def _settle(control: ClientSession) -> list[Segment]:
    """Find a home for each segment of the cluster as it is now; weights stay what they were."""
    with control.connection.transaction():
        control.execute(_SQL["lock"])
        weights = {found.segment: found.weight for found in _homes(control)}
        control.execute(_SQL["create_candidates"], _CANDIDATES * len(neighbours(control)))
        homes = control.fetch(_SQL["candidates"])
        control.execute(_SQL["forget"])
        for row in homes:
            weight = weights.get(row["segment"], 1.0)
            control.execute(_SQL["add"], row["segment"], row["home"], weight)
    return _homes(control)
