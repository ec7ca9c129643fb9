"""Dense layers of blocks; they begin as PyTorch's do, up to 1 / sqrt(inputs) from 0, either way."""

from __future__ import annotations

from typing import Any

from cerebro_db.model.graph import GraphBuilder, Tensor


def uniform_dense(graph: GraphBuilder, where: str, units: int, x: Tensor, name: str) -> Tensor:
    """Put down a dense layer without an activation."""
    start = _uniform(x.shape[-1])
    arguments = {"units": units, "kernel_initializer": start, "bias_initializer": start}
    return graph.layer(where, "Dense", arguments, x, name=name)


def units_within(parameters: dict[str, Any]) -> int:
    """Return the units within a block, by ``units`` and ``hidden_factor``: at least one."""
    return max(1, int(parameters["units"] * parameters["hidden_factor"]))


def _uniform(inputs: int) -> dict[str, Any]:
    bound = inputs**-0.5
    return {
        "module": "keras.initializers",
        "class_name": "RandomUniform",
        "config": {"minval": -bound, "maxval": bound},
        "registered_name": None,
    }
