"""Other values for a trial that goes on from a state: near to those that it had, or anew."""

from __future__ import annotations

from random import Random
from typing import Any

from cerebro_db.search.dimensions import Dimension, canonical
from cerebro_db.search.space import Space

FACTORS = (0.8, 1.2)
ANEW = 0.25
"""How likely a value is drawn anew, instead of multiplied by one of ``FACTORS``."""


def open_names(space: Space, mutable: frozenset[str]) -> frozenset[str]:
    """Return the names of the space of which there is more than one value that may change.

    What opens other names is none of them: these would have to be chosen, too.
    """
    places = [place for place in space.places() if place.name in mutable]
    opening = {
        place.name for place in places if any(option.opens for option in place.dimension.options)
    }
    several = {
        place.name for place in places if len(set(map(canonical, _ends(place.dimension)))) > 1
    }
    return frozenset(several - opening)


def explored(
    params: dict[str, Any], space: Space, names: frozenset[str], generator: Random
) -> dict[str, Any]:
    """Return values with some of those of ``names`` changed, all of them in the space.

    A listed value becomes one beside it. Whether a value is 0 stays, as a state depends on that.
    """
    fresh = space.draw(generator)
    found = dict(params)
    for name in sorted(names & params.keys()):
        old = params[name]
        if generator.random() < ANEW:
            new = fresh.get(name, old)
        else:
            factor = generator.choice(FACTORS)
            dimension = _dimension_of(space, name, old)
            new = old if dimension is None else dimension.scaled(old, factor)
        if bool(new) == bool(old):
            found[name] = new
    return found


def _dimension_of(space: Space, name: str, value: Any) -> Dimension | None:
    """Return the dimension of a name that has a value: there may be several, in branches."""
    for place in space.places():
        if place.name != name:
            continue
        if place.dimension.options:
            if any(option.value == value for option in place.dimension.options):
                return place.dimension
        else:
            low, high = _ends(place.dimension)
            if isinstance(value, int | float) and low <= value <= high:
                return place.dimension
    return None


def _ends(dimension: Dimension) -> tuple[Any, Any]:
    if dimension.options:
        values = [option.value for option in dimension.options]
        return values[0], values[-1]
    low, high = list(dimension.samples)[:2]
    return low, high
