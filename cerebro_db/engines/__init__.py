"""The engines: placement, dialect and connections of each kind of database."""

from cerebro_db.engines._base import (
    Durability,
    Engine,
    Outcome,
    RunEngine,
    RunPlace,
    Server,
    Slot,
    Unit,
    WorkerLimits,
)

__all__ = [
    "Durability",
    "Engine",
    "Outcome",
    "RunEngine",
    "RunPlace",
    "Server",
    "Slot",
    "Unit",
    "WorkerLimits",
]
