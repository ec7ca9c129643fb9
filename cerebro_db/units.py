"""The contract of the planner with an engine: which unit, on which worker, and how it ended."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol


class Network(NamedTuple):
    """A network of a configuration: it has one for each fold, or one alone, of fold 0."""

    config: int
    fold: int = 0


@dataclass(frozen=True)
class Unit:
    """One sub-epoch of one network on one partition: the atom of work and of commit.

    Epochs count from 1, partitions and positions from 0; ``position`` is the partition's place in
    this network's order of the epoch, so 0 starts an epoch and ``last`` ends it. ``onward`` is the
    partition that the state is for next: the unit's own where the network ends. ``order`` is that
    of the partitions that an epoch trains it on; of ``epochs`` the configuration has so many to
    train in all. Where ``measures``, the partition is one of the network's fold: its rows are
    measured, and the state stays as it is.
    """

    config: int
    epoch: int
    partition: int
    position: int
    last: bool
    onward: int
    order: tuple[int, ...]
    epochs: int
    fold: int = 0
    measures: bool = False

    @property
    def network(self) -> Network:
        """Whose state it takes further."""
        return Network(self.config, self.fold)


@dataclass(frozen=True)
class Slot:
    """A worker that is free, the partitions that it can reach, and those in its cache."""

    worker: int
    reachable: frozenset[int]
    cached: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Outcome:
    """How a unit ended: with metrics (committed), with the error that undid it, or lost.

    A lost unit left nothing behind: its worker died, and another one may do it. ``diverged`` says
    that the error is a loss or weights that are no finite numbers; the state before is good.
    """

    unit: Unit
    worker: int
    rows: int = 0
    training: dict[str, float] | None = None
    validation: dict[str, float] | None = None
    error: str | None = None
    diverged: bool = False
    lost: bool = False


class Engine(Protocol):
    """Runs units, as many at once as it has workers."""

    def freed(self) -> Sequence[Slot]:
        """Return the workers that became free since this was last asked, each once.

        A worker is first free when it got ready. What its slot says holds until it starts a unit,
        or until another slot of it comes: it reaches more where another worker is lost for good.
        """

    def start(self, worker: int, unit: Unit) -> None:
        """Begin a unit on a free worker and return at once."""

    def wait(self) -> Iterable[Outcome]:
        """Wait until units have ended, and return how; nothing where none ends for a moment.

        Raises:
            NoConnection: no worker is left, and no new one can be had.
            Exception: what cancels the caller.
        """

    def cancel(self) -> None:
        """Stop all units in flight; each is undone, and all workers are quiet on return."""
