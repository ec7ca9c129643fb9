"""The arguments of cerebro_fit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from cerebro_db.driving.options import Options
from cerebro_db.search import SpaceDocument

# What is searched, and how, where nobody says.
DEFAULT_MODEL = {"family": "mlp"}
DEFAULT_SEARCH = {"method": "grid"}


@dataclass(frozen=True)
class Fit:
    """The arguments of cerebro_fit; where ``epochs`` is None, the space or the data decide."""

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
        """Whether model, space and search are left open."""
        stated = (self.model, self.space or {}, self.search)
        return stated == (DEFAULT_MODEL, {}, DEFAULT_SEARCH)
