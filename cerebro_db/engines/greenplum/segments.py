"""The segments of a cluster: a key that leads to each, and how much work it is to get."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cerebro_db.engines.sessions.tables import Partition
from cerebro_db.errors import InvalidArgument
from cerebro_db.session.client import ClientSession
from cerebro_db.store.statements import load_statements
from cerebro_db.words import counted

_SQL = load_statements(__package__, "segments.sql")

# Keys to try for each segment: enough that none is left out, whatever the hash.
_CANDIDATES = 200
# Partitions for each segment, on average, that weights may lead to where nobody says how many.
_MOST_OF_A_SEGMENT = 8


@dataclass(frozen=True)
class Segment:
    """One segment; rows whose int distribution key is ``home`` lie on it."""

    segment: int
    home: int
    weight: float


def find_segments(control: ClientSession) -> list[Segment]:
    """Return all segments, after finding a home for each if need be."""
    segments = _homes(control)
    if {found.segment for found in segments} != set(neighbours(control)):
        segments = _settle(control)
    return segments


def working(segments: Sequence[Segment]) -> list[Segment]:
    """Return the segments that may get partitions.

    Raises:
        InvalidArgument: an administrator has given all of them the weight 0.
    """
    found = [segment for segment in segments if segment.weight > 0]
    if not found:
        raise InvalidArgument(
            "no segment may get partitions",
            detail="Every weight in cerebro.segments is 0.",
            hint="update cerebro.segments set weight = 1",
        )
    return found


def natural_partitions(segments: Sequence[Segment]) -> int:
    """Return the least number of partitions that gives each segment its share, about."""
    weights = [segment.weight for segment in segments]
    shares = round(sum(weights) / min(weights))
    return max(len(segments), min(shares, _MOST_OF_A_SEGMENT * len(segments)))


def require_in_place(partitions: Sequence[Partition], homes: Mapping[int, int]) -> None:
    """Refuse to train on partitions whose homes do not lead to their segments any more.

    Raises:
        InvalidArgument: the cluster was expanded since they were packed.
    """
    moved = [p.number for p in partitions if homes.get(p.segment) != p.home]
    if moved:
        raise InvalidArgument(
            "the dataset lies where the cluster would not put it any more",
            detail=f"Segments have been added since it was prepared: {len(moved)} of"
            f" {counted(len(partitions), 'partition is', 'partitions are')} elsewhere than new"
            " tables of the same key.",
            hint="Prepare it again: cerebro_prepare with replace := true.",
        )


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
        control.execute(_SQL["drop_candidates"])
        control.execute(_SQL["forget"])
        for row in homes:
            weight = weights.get(row["segment"], 1.0)
            control.execute(_SQL["add"], row["segment"], row["home"], weight)
    return _homes(control)
