"""The bounds of searches, set by the administrator, and the share of who asks for more."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from cerebro_db.session import Session
from cerebro_db.store.statements import load_statements

_SQL = load_statements(__package__, "settings.sql")

# What a single search may ask for at most, whoever asks.
MAX_THREADS = 1_024
MAX_CACHE_MB = 1_048_576
# How long a warm worker may idle where the administrator states nothing.
IDLE_SECONDS = 300


@dataclass(frozen=True)
class Share:
    """The share of a search: workers, and the threads and megabytes of cache of each."""

    workers: int
    threads: int
    cache_mb: int


@dataclass(frozen=True)
class Bounds:
    """The bounds of searches. None is no bound; see the comments in cerebro.settings.

    ``refuse`` says that a search that finds no free workers is refused, and does not wait its turn;
    ``idle_seconds`` is how long a warm worker may idle; ``warm`` is how many workers a service
    keeps ready.
    """

    workers: int
    workers_per_run: int | None = None
    workers_per_role: int | None = None
    threads: int = MAX_THREADS
    cache_mb: int = MAX_CACHE_MB
    state_mb: int | None = None
    run_seconds: float | None = None
    refuse: bool = False
    idle_seconds: float = IDLE_SECONDS
    warm: int = 0

    @property
    def workers_of_a_run(self) -> int:
        """How many workers one search can have, however long it waits."""
        bounds = (self.workers, self.workers_per_run, self.workers_per_role)
        return min(bound for bound in bounds if bound is not None)

    def lower(self, asked: Share) -> tuple[Share, list[str]]:
        """Return what a search gets of what it asks for, and a line about all that was lowered."""
        most = Share(self.workers_of_a_run, self.threads, self.cache_mb)
        given = {name: min(value, getattr(most, name)) for name, value in asdict(asked).items()}
        lines = [
            f"{name} is lowered from {value:,} to {given[name]:,}, the bound in cerebro.settings"
            for name, value in asdict(asked).items()
            if given[name] < value
        ]
        return Share(**given), lines


def read(session: Session, most_workers: int) -> Bounds:
    """Return the bounds as they are now.

    Args:
        session: a control session.
        most_workers: the bound on all workers where the administrator states none.
    """
    found = session.fetch(_SQL["get"])
    stated = {name: value for row in found for name, value in row.items() if value is not None}
    refuse = stated.pop("when_full", "wait") == "refuse"
    return Bounds(**{"workers": most_workers, **stated, "refuse": refuse})


def read_step(session: Session) -> dict[str, int]:
    """Return the administrator's bounds on one step, ``step_mb`` and ``step_gflop``, if stated."""
    found = session.fetch(_SQL["get_step"])
    return {name: value for row in found for name, value in row.items() if value is not None}
