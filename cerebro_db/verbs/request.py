"""The arguments of cerebro_fit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from cerebro_db.driving.options import Options
from cerebro_db.search import SpaceDocument


@dataclass(frozen=True)
class Fit:
    """The arguments of cerebro_fit."""

    run: str
    source: str
    target: str | None
    model: dict[str, Any]
    space: SpaceDocument
    search: dict[str, Any]
    epochs: int
    metric: str | None
    workers: int | None
    seed: int
    options: Options
