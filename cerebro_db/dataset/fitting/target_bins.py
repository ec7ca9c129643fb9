"""Bins whose edges are chosen by the target: where a small decision tree over one column would cut.

Gorishniy et al. (NeurIPS 2022, section 3.2.2) grow such a tree on the rows. Here a second pass over
the rows sums up the targets between narrow candidate edges, quantiles, and the tree is grown on
these sums: exact among the candidates, and mergeable.
"""

from __future__ import annotations

import heapq
from collections.abc import Mapping
from functools import cached_property
from typing import Any

import numpy as np

from cerebro_db.dataset.columns import Column, Columns
from cerebro_db.dataset.features import Feature, Learner, Options, from_json, null_mask
from cerebro_db.dataset.features._packed import packed, unpacked
from cerebro_db.dataset.labels.targets import encode_targets
from cerebro_db.model.signature import Output, Signature
from cerebro_db.model.tasks import task_of

# Of many classes, labels or targets the most frequent decide.
_MOST_TARGETS = 16
# A bin has at least so many rows, and of a bin's even share at least one in so many.
_LEAST_ROWS = 16
_LEAST_SHARE = 8


class TargetBins(Learner):
    """Learns which of a feature's edges to keep.

    Options: ``feature`` and ``output`` as JSON; ``bins``, how many to make at most.
    """

    def __init__(self, column: Column, options: Options, why: str) -> None:
        super().__init__(column, options, why)
        self._feature = from_json(options["feature"])
        self._output = _output(options["output"])
        spreads = self._feature.spreads or []
        self._edges = [np.array(spread.edges) for spread in spreads]
        most = max(map(len, self._edges), default=1) - 1
        shape = (len(self._edges), max(most, 1))
        self._rows = np.zeros(shape)
        self._sums = np.zeros((*shape, len(self._targets)))

    @classmethod
    def of(cls, column: Column, feature: Feature, output: Output, bins: int) -> TargetBins:
        """Return what learns the edges of a feature."""
        options = {
            "feature": feature.to_json(),
            "output": Signature((), output).to_json()["output"],
            "bins": bins,
        }
        return cls(column, options, feature.why)

    def see(self, columns: Columns, *, training: bool) -> None:
        if not training:
            return
        values = columns[self.column.name]
        there = ~null_mask(values)
        encoded = self._feature.encode(values)[there]
        targets = self._encoded(encode_targets(self._output, columns))[there]
        for column, edges in enumerate(self._edges):
            if len(edges):
                places = np.searchsorted(edges[1:-1], encoded[:, column], side="right")
                most = self._rows.shape[1]
                self._rows[column] += np.bincount(places, minlength=most)
                for unit, own in enumerate(targets.T):
                    self._sums[column, :, unit] += np.bincount(places, own, most)

    def partial(self) -> dict[str, Any]:
        return {"rows": packed(self._rows), "sums": packed(self._sums)}

    def merge(self, partial: Mapping[str, Any]) -> None:
        self._rows += unpacked(partial["rows"])
        self._sums += unpacked(partial["sums"])

    def finish(self) -> Feature:
        """Return the feature with the edges that the target chooses."""
        chosen = [
            tuple(edges[[0, *cuts(rows, sums, self.options["bins"]), -1]].tolist())
            if len(edges := np.array(spread.edges))
            else ()
            for spread, rows, sums in zip(
                self._feature.spreads or [], self._rows, self._sums, strict=True
            )
        ]
        return self._feature.with_edges(chosen, f"{self.why}, bins by the target")

    @cached_property
    def _targets(self) -> list[int]:
        """The units that decide: of classes one each, though two have one unit."""
        counts, units = self._output.counts, range(self._output.units)
        if len(counts) == len(units):
            return sorted(units, key=lambda unit: -counts[unit])[:_MOST_TARGETS]
        return list(units)[:_MOST_TARGETS]

    def _encoded(self, targets: np.ndarray) -> np.ndarray:
        """Return float64 (rows, units that decide): a class as 1 in its column, 0 elsewhere."""
        return task_of(self._output).indicators(self._output, targets, self._targets)


def cuts(rows: np.ndarray, sums: np.ndarray, bins: int) -> list[int]:
    """Return between which of neighbouring cells a tree cuts, in order.

    Grows the tree best cut first, each by how much it lowers the sum of squared deviations from the
    means of the targets: of 0 and 1 that is Gini's impurity.

    Args:
        rows: (cells,) the rows in each.
        sums: (cells, targets) the sums of their targets.
        bins: how many to make at most.
    """
    counted = np.concatenate([[0.0], np.cumsum(rows)])
    summed = np.concatenate([np.zeros((1, sums.shape[1])), np.cumsum(sums, axis=0)])
    least = max(_LEAST_ROWS, counted[-1] / (bins * _LEAST_SHARE))

    def best(start: int, stop: int) -> tuple[float, int, int, int] | None:
        places = np.arange(start + 1, stop)
        left, right = counted[places] - counted[start], counted[stop] - counted[places]
        enough = (left >= least) & (right >= least)
        if not enough.any():
            return None
        places, left, right = places[enough], left[enough], right[enough]
        parts = np.square(summed[places] - summed[start]).sum(axis=1) / left
        parts += np.square(summed[stop] - summed[places]).sum(axis=1) / right
        whole = np.square(summed[stop] - summed[start]).sum() / (left[0] + right[0])
        at = int(np.argmax(parts))
        gain = float(parts[at] - whole)
        # As much as rounding may make of nothing is no gain.
        return (-gain, int(places[at]), start, stop) if gain > 1e-9 * max(whole, 1.0) else None

    found: list[int] = []
    open_: list[tuple[float, int, int, int]] = [one for one in [best(0, len(rows))] if one]
    while open_ and len(found) < bins - 1:
        _, place, start, stop = heapq.heappop(open_)
        found.append(place)
        for part in (best(start, place), best(place, stop)):
            if part is not None:
                heapq.heappush(open_, part)
    return sorted(found)


def _output(document: Mapping[str, Any]) -> Output:
    return Signature.from_json({"inputs": [], "output": document}).output
