"""The arguments of cerebro_fit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from cerebro_db.driving.options import Options
from cerebro_db.search import SpaceDocument


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
