"""The workloads: tables of random rows with labels that can be learned, and a grid of
configurations for each. Our search and all rivals are made of what stands here."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import product
from typing import Any

SHARE_HELD_OUT = 0.2


@dataclass(frozen=True)
class Config:
    """What differs between the configurations of a workload."""

    learning_rate: float
    weight_decay: float

    @property
    def label(self) -> str:
        """How results name it."""
        return f"{self.learning_rate:g} {self.weight_decay:g}"


@dataclass(frozen=True)
class Workload:
    """A table, a network, and a grid.

    Args:
        name: of the table.
        shape: of one row's features; numbers, or the pixels (28, 28, 1) of an image.
        as_array: whether the numbers are one float4[] column instead of a float4 column each: a
            table cannot have more than 1,600 columns.
        classes: 2 have a boolean label and one logit.
        filters: of the convolutions before the dense layers, if there are any.
        hidden: units of the dense layers.
    """

    name: str
    rows: int
    shape: tuple[int, ...]
    as_array: bool
    classes: int
    filters: tuple[int, ...]
    hidden: tuple[int, ...]
    learning_rates: tuple[float, ...]
    weight_decays: tuple[float, ...]
    batch_size: int
    epochs: int

    @property
    def configs(self) -> list[Config]:
        """The grid."""
        return [Config(*pair) for pair in product(self.learning_rates, self.weight_decays)]

    @property
    def model(self) -> dict[str, Any]:
        """The network, as cerebro_fit takes it."""
        dense = {"hidden": list(self.hidden), "batch_size": self.batch_size, "optimizer": "adamw"}
        if self.filters:
            return {"family": "cnn", "filters": list(self.filters), **dense}
        return {"family": "mlp", **dense}

    @property
    def space(self) -> dict[str, Any]:
        """The grid, as cerebro_fit takes it."""
        return {
            "learning_rate": list(self.learning_rates),
            "weight_decay": list(self.weight_decays),
        }

    @property
    def options(self) -> dict[str, Any]:
        """The held-out rows, which are the same for all rivals, and how images are stored."""
        options: dict[str, Any] = {"validation": "held_out"}
        if self.filters:
            options["encode"] = {"x": {"as": "image", "shape": list(self.shape), "dtype": "uint8"}}
        return options

    def with_rows(self, rows: int) -> Workload:
        """Return the same with a table of another size."""
        return replace(self, name=f"{self.name}_{rows}", rows=rows)


W1 = Workload(
    name="w1",
    rows=200_000,
    shape=(64,),
    as_array=False,
    classes=2,
    filters=(),
    hidden=(128, 64),
    learning_rates=(0.0003, 0.001, 0.003, 0.01),
    weight_decays=(0.0001, 0.01),
    batch_size=256,
    epochs=3,
)
W2 = Workload(
    name="w2",
    rows=50_000,
    shape=(1024,),
    as_array=True,
    classes=2,
    filters=(),
    hidden=(1000, 500),
    learning_rates=(0.0003, 0.001),
    weight_decays=(0.0001, 0.01),
    batch_size=256,
    epochs=2,
)
W3 = Workload(
    name="w3",
    rows=20_000,
    shape=(28, 28, 1),
    as_array=False,
    classes=10,
    filters=(32, 64),
    hidden=(128,),
    learning_rates=(0.0003, 0.001),
    weight_decays=(0.0001, 0.01),
    batch_size=128,
    epochs=2,
)
WORKLOADS = {workload.name: workload for workload in (W1, W2, W3)}
