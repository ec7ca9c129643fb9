"""The arguments of cerebro_fit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from cerebro_db.driving.options import Options
from cerebro_db.search import SpaceDocument

# What is trained where a space or a search is stated, and no model.
DEFAULT_MODEL = {"family": "mlp"}


@dataclass(frozen=True)
class Fit:
    """The arguments of cerebro_fit; where ``epochs`` is None, the space or the data decide.

    ``model``, ``space`` and ``search`` are empty where nobody states them.
    """

    run: str
    source: str
    target: str | None
    model: dict[str, Any]
    space: SpaceDocument
    search: dict[str, Any]
    epochs: int | None
    metric: str | None
    workers: int | None
    seed: int
    options: Options

    @property
    def states_nothing(self) -> bool:
        """Whether model, space and search are left open, but for how long it may take."""
        return not self.model and not self.space and self.search.keys() <= {"seconds"}

    @property
    def trained(self) -> dict[str, Any]:
        """The model that is stated, or that which is trained where none is."""
        return self.model or DEFAULT_MODEL
