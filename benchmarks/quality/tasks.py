"""On what the contestants search: three tables, and for each a space of networks."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from benchmarks.workloads import W1

Space = dict[str, Any]
"""Dimensions as cerebro_fit takes them: a list of values, or {"log" or "uniform": [low, high]}."""

_RATES: Space = {
    "learning_rate": {"log": [0.0001, 0.1]},
    "weight_decay": {"log": [0.00001, 0.1]},
    "dropout": {"uniform": [0.0, 0.5]},
}


@dataclass(frozen=True)
class Task:
    """A table, what it is to predict, and what is tried. All train dense networks with AdamW.

    Args:
        table: its column ``held_out`` says which rows are for validation.
        classes: 2 have one logit.
        encode: how cerebro_fit reads columns that do not say it themselves.
    """

    table: str
    target: str
    classes: int
    space: Space
    encode: dict[str, Any] = field(default_factory=dict)

    @property
    def options(self) -> dict[str, Any]:
        """What cerebro_fit takes as options."""
        return {"validation": "held_out", "encode": self.encode}


MODEL = {"family": "mlp", "optimizer": "adamw"}

LARGE = W1.with_rows(500_000)

TASKS = {
    "adult": Task(
        "adult_split",
        "income",
        2,
        _RATES | {"hidden": [[32], [64, 32], [128, 64], [256]], "batch_size": [64, 128, 256]},
    ),
    "fashion_mnist": Task(
        "fashion_split",
        "garment",
        10,
        _RATES | {"hidden": [[64], [128], [128, 64], [256, 128]], "batch_size": [128, 256, 512]},
        {"pixels": {"as": "image", "shape": [28, 28, 1], "dtype": "uint8"}},
    ),
    "500,000 rows": Task(
        LARGE.name,
        "y",
        2,
        _RATES | {"hidden": [[32], [64], [128, 64], [256, 128]], "batch_size": [256, 512, 1024]},
    ),
}
