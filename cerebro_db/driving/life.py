"""The life of a configuration: where it may stand, and where it may go from there.

Planner, recovery, steering and search all go through this table, so no way leads around it.

| status | a configuration |
|---|---|
| waiting | may train, and no unit of it has begun yet, or again |
| running | trains, or waits for a worker between two units |
| paused | has come to its milestone; the search decides whether it goes on |
| resting | trains no further because a person wishes so, until one wishes otherwise |
| finished | has trained as far as it was to |
| stopped | was ended before that, by the search or with the run |
| diverged | had a loss or weights that are no finite numbers; what it did before is good |
| failed | could not begin or go on, for the reason that it states |
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from cerebro_db.errors import InvalidArgument
from cerebro_db.store.configs import Config, Status
from cerebro_db.units import Network

TRANSITIONS: Mapping[Status, frozenset[Status]] = {
    "waiting": frozenset({"running", "paused", "resting", "finished", "stopped", "failed"}),
    "running": frozenset({"paused", "resting", "finished", "stopped", "diverged", "failed"}),
    "paused": frozenset({"waiting", "resting", "finished", "stopped", "failed"}),
    # From here on by a person's wish only.
    "resting": frozenset({"waiting", "failed"}),
    "finished": frozenset({"waiting"}),
    "stopped": frozenset({"waiting"}),
    "failed": frozenset({"waiting"}),
    # It would diverge again; a clone goes on from its last good state.
    "diverged": frozenset(),
}

TRAINING: frozenset[Status] = frozenset({"waiting", "running"})
"""Where there are units to train, sooner or later, unless something happens."""

OPEN: frozenset[Status] = TRAINING | {"paused"}
"""What is over in none of the ways that end a configuration."""


@dataclass
class Progress:
    """How far a network has come: ``done`` counts units, of which an epoch has so many ``steps``.

    ``at_hand`` says that its state is where its next unit looks for it, or that it needs none.
    """

    done: int
    steps: int
    at_hand: bool

    @property
    def epochs(self) -> int:
        """How many whole epochs it has done."""
        return self.done // self.steps


@dataclass
class Life:
    """A configuration of a run that is being driven, and its networks, by fold.

    ``until`` and ``epochs`` are its milestone and its budget, in epochs.
    """

    config: int
    status: Status
    networks: dict[int, Progress]
    until: int
    epochs: int
    walk: int
    parent: int | None = None
    reason: str | None = None

    @property
    def trained(self) -> int:
        """How many epochs all its networks have done."""
        return min(network.epochs for network in self.networks.values())

    @property
    def at_hand(self) -> bool:
        """Whether the states of all its networks are where their next units look for them."""
        return all(network.at_hand for network in self.networks.values())

    @property
    def done(self) -> dict[Network, int]:
        """How many units have led to the state of each of its networks."""
        return {Network(self.config, fold): one.done for fold, one in self.networks.items()}

    def to(self, status: Status, reason: str | None = None) -> None:
        """Move to another status.

        Raises:
            ValueError: no way leads there.
        """
        if status not in TRANSITIONS[self.status]:
            raise ValueError(f"configuration {self.config} is {self.status}, it cannot be {status}")
        self.status, self.reason = status, reason


def require_open(config: Config) -> None:
    """Refuse to have a configuration rest that is over.

    Raises:
        InvalidArgument: it is.
    """
    if config.status not in OPEN:
        raise InvalidArgument(
            f"configuration {config.config} does not train",
            detail=f"It is {config.status}.",
            hint="See cerebro.configs.",
        )
