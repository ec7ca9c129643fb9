"""Arithmetic of shapes, which leave out the rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cerebro_db.words import counted

Shape = tuple[int, ...]


class Misfit(Exception):
    """A layer cannot take what it is given; says why."""


def of_rank(shape: Shape, rank: int) -> Shape:
    """Return a shape after checking how many dimensions it has."""
    if len(shape) != rank:
        raise Misfit(
            f"it takes {counted(rank, 'dimension')} beside the rows, not the shape {list(shape)}"
        )
    return shape


def sizes_of(value: Any, dimensions: int) -> list[int]:
    """Return a size for each dimension of one for all, or of as many."""
    return list(value) if isinstance(value, list) else [value] * dimensions


def both(padding: Any) -> int:
    """Return what is added before and behind together."""
    return sum(padding) if isinstance(padding, list) else 2 * int(padding)


def slid(places: Sequence[int], sizes: Sequence[int], arguments: dict[str, Any]) -> list[int]:
    """Return at how many places a window of these sizes stops along each axis."""
    strides = sizes_of(arguments.get("strides", 1), len(sizes))
    dilation = sizes_of(arguments.get("dilation_rate", 1), len(sizes))
    whole = arguments.get("padding", "valid") == "valid"
    spans = [
        (size - 1) * rate + 1 if whole else 1 for size, rate in zip(sizes, dilation, strict=True)
    ]
    found = [
        (place - span) // stride + 1
        for place, span, stride in zip(places, spans, strides, strict=True)
    ]
    if min(found) < 1:
        raise Misfit(f"a window of {list(sizes)} does not fit into {list(places)}")
    return found


def divided(channels: int, groups: int) -> int:
    """Return the channels of each group."""
    if channels % groups:
        made = counted(channels, "channel does", "channels do")
        raise Misfit(f"{made} not make {counted(groups, 'group')}")
    return channels // groups


def place_of(axis: int, rank: int) -> int:
    """Return the position in a shape without the rows of an axis that counts them."""
    place = axis - 1 if axis > 0 else axis + rank
    if not 0 <= place < rank:
        raise Misfit(f"there is no axis {axis}")
    return place


def broadcast(one: Shape, other: Shape) -> Shape:
    """Return the shape of both together; the shorter one is 1 along axes that it lacks in front."""
    rank = max(len(one), len(other))
    pairs = list(zip(_raised(one, rank), _raised(other, rank), strict=True))
    if any(a != b and 1 not in (a, b) for a, b in pairs):
        raise Misfit(f"shapes {list(one)} and {list(other)} do not fit onto each other")
    return tuple(max(pair) for pair in pairs)


def _raised(shape: Shape, rank: int) -> Shape:
    return (1,) * (rank - len(shape)) + shape
