"""The order in which a state has the weights of a family's layers.

It is the one in which Keras 3 keeps the layers of a functional model: those that are farthest from
the output come first, and of equals those that one meets first on the way back from it. It is told
here so that states of earlier releases go on: layers of today's may stand for several of then.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cerebro_db.model.calls import Key, calls_of, output_of


def in_order_of_weights(config: dict[str, Any], depths: Mapping[str, int]) -> tuple[str, ...]:
    """Return the names of a functional config's layers, each called once.

    Args:
        depths: as how many layers each counts; those that it lacks count as one.
    """
    calls = {call.key: call for call in calls_of(config)}
    output = output_of(config)
    far: dict[Key, int] = {output: 0}
    for key in reversed(calls):
        behind = far.get(key, 0) + depths.get(key[0], 1)
        for source in calls[key].taken:
            far[source] = max(far.get(source, 0), behind)
    met: dict[Key, int] = {}
    waiting = [output]
    while waiting:
        key = waiting.pop()
        if key not in met:
            met[key] = len(met)
            waiting += reversed(calls[key].taken)
    reached = sorted(met, key=lambda key: (-far[key] - depths.get(key[0], 1) + 1, met[key]))
    return tuple(name for name, _ in reached)
