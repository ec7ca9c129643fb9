"""Whatever dies, and whenever: a search that is resumed ends with the weights that it would have
had.

CEREBRO_FAULTS says how many faults there are at least, CEREBRO_FAULT_SEED when which one strikes.
"""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from itertools import count, islice
from random import Random
from typing import Any

import psycopg
import pytest
from faults import Fault, PrivateServer, SmallDisk, drawn, server_with_disk

from cerebro_db.planner import visits
from cerebro_db.testing.callers import Caller, eventually, working
from cerebro_db.testing.calls import call, fit, prepare, rows
from cerebro_db.testing.data import load_digits_into
from cerebro_db.testing.database import Connection
from cerebro_db.testing.internals import kept_states, state_tables

FAULTS = int(os.environ.get("CEREBRO_FAULTS", "30"))
SEED = os.environ.get("CEREBRO_FAULT_SEED", "1")
# Of one run; then it comes to its end.
MOST_FAULTS = 12

PIXELS = "select image, digit from digits"


@dataclass(frozen=True)
class Search:
    """Arguments of cerebro_fit, and how many configurations and partitions there are."""

    configs: int
    partitions: int
    arguments: dict[str, Any]


SEARCHES = {
    "dense": Search(
        4,
        3,
        {
            "source": "thirds",
            "model": {"family": "mlp", "hidden": [24], "dropout": 0.3, "batch_size": 4},
            "space": {"learning_rate": [0.001, 0.01], "optimizer": ["adamw", "sgd"]},
            "epochs": 24,
            "workers": 2,
            "seed": 3,
            "options": {"keep": 4},
        },
    ),
    "conv": Search(
        3,
        2,
        {
            "source": "halves",
            "model": {"family": "cnn", "filters": [4], "batch_norm": True, "batch_size": 16},
            "space": {"learning_rate": [0.001, 0.003, 0.01]},
            "epochs": 16,
            "workers": 1,
            "seed": -8,
            "options": {"keep": 3, "durability": "full"},
        },
    ),
    "brackets": Search(
        5,
        2,
        {
            "source": "halves",
            "model": {"family": "mlp", "hidden": [24], "dropout": 0.3, "batch_size": 4},
            "space": {"learning_rate": {"log": [0.0001, 0.1]}},
            "search": {"method": "hyperband"},
            "epochs": 8,
            "workers": 2,
            "seed": 5,
            "options": {"keep": 5},
        },
    ),
    "many": Search(
        8,
        4,
        {
            # Prepared for each run anew.
            "source": PIXELS,
            "target": "digit",
            "model": {"family": "mlp", "hidden": [16], "dropout": 0.1, "batch_size": 4},
            "space": {"learning_rate": {"log": [0.0001, 0.01]}},
            "search": {"method": "random", "configs": 8},
            "epochs": 5,
            "workers": 2,
            "seed": 21,
            "options": {"keep": 8, "durability": "epoch", "partitions": 4},
        },
    ),
}


@pytest.fixture(scope="module")
def server_and_disk() -> Iterator[tuple[PrivateServer, SmallDisk]]:
    with server_with_disk() as (server, disk):
        with server.connect() as connection:
            load_digits_into(connection)
            prepare(connection, "thirds", PIXELS, "digit", partitions=3)
            prepare(connection, "halves", PIXELS, "digit", partitions=2)
        yield server, disk


@pytest.mark.parametrize("name", SEARCHES)
def test_what_is_struck_and_resumed_ends_as_if_nothing_had_happened(
    server_and_disk: tuple[PrivateServer, SmallDisk], name: str, record_property: Any
) -> None:
    server, disk = server_and_disk
    search = SEARCHES[name]
    print(f"CEREBRO_FAULT_SEED={SEED} CEREBRO_FAULTS={FAULTS}")
    with server.connect() as session:
        begin(session, "undisturbed", search)
    expected = outcome_of(server, "undisturbed")
    assert len(expected.states) == search.configs
    forget(server, "undisturbed")

    faults = drawn(Random(f"{name} {SEED}"))
    struck: Counter[str] = Counter()
    seconds: dict[str, float] = {}
    share = -(-FAULTS // len(SEARCHES))
    for number in count(1):
        run = f"{name} {number}"
        siege = Siege(server, disk, run, search)
        siege.lay(islice(faults, min(MOST_FAULTS, share - struck.total())))
        struck += siege.struck
        for kind, taken in siege.seconds.items():
            seconds[kind] = max(round(taken, 2), seconds.get(kind, 0.0))
        assert outcome_of(server, run) == expected
        forget(server, run)
        if struck.total() >= share:
            break
    for what, found in {"faults": dict(struck), "seconds until quiet": seconds}.items():
        record_property(what, found)
        print(f"{what}: {found}")


ASHA = Search(
    9,
    2,
    {
        "source": "halves",
        "model": {"family": "mlp", "hidden": [24], "dropout": 0.3, "batch_size": 4},
        "space": {"learning_rate": {"log": [0.0001, 0.1]}},
        "search": {"method": "asha", "configs": 9, "parallel": 3},
        "epochs": 8,
        "workers": 2,
        "seed": 5,
        "options": {"keep": 9},
    },
)


def test_a_search_by_timing_goes_on_as_its_decisions_say(
    server_and_disk: tuple[PrivateServer, SmallDisk],
) -> None:
    """Who goes on with it tells the search the same in the same order, and refuses if that decides
    otherwise; what was decided stands, and what trains comes to the same whoever trains it."""
    server, disk = server_and_disk
    with server.connect() as session:
        begin(session, "asha undisturbed", ASHA)
    expected = curves_of(server, "asha undisturbed")
    forget(server, "asha undisturbed")
    siege = Siege(server, disk, "asha", ASHA)
    siege.lay(islice(drawn(Random(f"asha {SEED}")), MOST_FAULTS // 2))
    assert siege.struck
    decided = server.fetch(
        "select seq, config, what, epoch from cerebro.decisions where run = 'asha' order by seq"
    )
    assert len({row.seq for row in decided}) == len(decided)
    until = {}
    for row in decided:
        if row.what in ("start", "go on"):
            assert row.epoch > until.get(row.config, 0)
            until[row.config] = row.epoch
    curves = curves_of(server, "asha")
    for (config, epoch), curve in curves.items():
        assert epoch <= until.get(config, ASHA.arguments["epochs"])
        assert expected.get((config, epoch), curve) == curve
    assert expected.keys() & curves.keys()
    forget(server, "asha")


def curves_of(server: PrivateServer, run: str) -> dict[tuple[int, int], Any]:
    found = server.fetch(
        "select config, epoch, training, validation, value from cerebro.learning_curves"
        " where run = %s",
        run,
    )
    return {(row.config, row.epoch): row[2:] for row in found}


@dataclass(frozen=True)
class Outcome:
    """What a run came to, without what depends on the clock."""

    states: dict[int, str]
    curves: list[Any]
    board: list[Any]


class Siege:
    """One run, struck and resumed until it has finished.

    ``struck`` counts the faults that found it at work, ``seconds`` says how long it took after each
    kind that ended its planner until no session was left, at most.
    """

    def __init__(self, server: PrivateServer, disk: SmallDisk, run: str, search: Search) -> None:
        self.struck: Counter[str] = Counter()
        self.seconds: dict[str, float] = {}
        self._server = server
        self._disk = disk
        self._run = run
        self._search = search
        self._planners = 0
        # The last fault that struck, and when.
        self._last = ("", 0.0)

    def lay(self, faults: Iterator[Fault]) -> None:
        """Have each fault strike, and check after each that nothing is lost, twice or left over."""
        done: Counter[int] = Counter()
        attempts = 0
        while self._status() != "finished":
            self._planners += 1
            earlier = attempts
            with self._server.connect() as session, working(session, self._drive) as caller:
                for fault in faults:
                    if fault.strike(self._server, self._disk, self._run, caller):
                        self._last = (fault.name, time.monotonic())
                        self.struck[fault.name] += 1
                        print(f"{self._run}: {fault}")
                        if fault.ends_planner:
                            break
                    elif not caller.is_alive():
                        break
                caller.finish()
            self._check_end(caller)
            done, attempts = self._check_units(), self._attempts()
            assert attempts in (earlier, earlier + 1)
        self._check_all_done(done)

    def _drive(self, session: Connection) -> Any:
        """Go on with the run, or begin it if it was struck before it was there."""
        if not rows(session, "select run from cerebro.runs where run = %s", self._run):
            return begin(session, self._run, self._search)
        while True:
            try:
                return call(session, "cerebro_resume", self._run)
            except psycopg.errors.ObjectInUse:
                # The last planner has not ended yet; its workers may go on for half a second.
                time.sleep(0.02)

    def _status(self) -> str | None:
        found = self._server.fetch("select status from cerebro.runs where run = %s", self._run)
        return found[0].status if found else None

    def _attempts(self) -> int:
        found = self._server.fetch("select attempts from cerebro.runs where run = %s", self._run)
        return int(found[0].attempts) if found else 0

    def _check_end(self, caller: Caller) -> None:
        """Check what the caller was told, and what it left behind."""
        if caller.error is not None:
            print(f"{self._run}: {str(caller.error).splitlines()[0]}")
            assert isinstance(caller.error, psycopg.OperationalError), caller.error
            # Its control session ends a moment later.
            eventually(lambda: self._status() != "running")
        # Half of the time the next planner comes at once, while workers of this one may go on.
        if caller.error is None or self._planners % 2:
            eventually(lambda: not self._server.sessions())
        if caller.error is not None and self._planners % 2:
            name, moment = self._last
            seconds = time.monotonic() - moment
            self.seconds[name] = max(seconds, self.seconds.get(name, 0.0))
        assert self._server.fetch("select gid from pg_prepared_xacts") == []

    def _check_units(self) -> Counter[int]:
        """Check that each configuration has done the first units of its way, each once."""
        hops = self._server.fetch(
            'select config, epoch, "partition" from cerebro.hops where run = %s'
            " order by config, epoch, position",
            self._run,
        )
        done = Counter(hop.config for hop in hops)
        for config, units in done.items():
            found = [(hop.epoch, hop.partition) for hop in hops if hop.config == config]
            assert found == self._way(config)[:units]
        return done

    def _way(self, config: int) -> list[tuple[int, int]]:
        seed, epochs = self._search.arguments["seed"], self._search.arguments["epochs"]
        return [
            (epoch, partition)
            for epoch in range(1, epochs + 1)
            for partition in visits(seed, config, epoch, self._search.partitions)
        ]

    def _check_all_done(self, done: Counter[int]) -> None:
        ended = self._server.fetch(
            "select config, status, error from cerebro.configs where run = %s and"
            " (status not in ('finished', 'stopped') or error is not null)",
            self._run,
        )
        assert ended == []
        planned = self._server.fetch(
            "select config, units_planned from cerebro.configs where run = %s", self._run
        )
        assert done == dict(planned)
        with self._server.connect() as connection:
            assert state_tables(connection) == set()


def begin(session: Connection, run: str, search: Search) -> Any:
    return fit(session, run, **search.arguments)


def outcome_of(server: PrivateServer, run: str) -> Outcome:
    with server.connect() as connection:
        kept = kept_states(connection, run)
        curves = rows(
            connection,
            "select config, epoch, training, validation, value from cerebro.learning_curves"
            " where run = %s order by config, epoch",
            run,
        )
        board = rows(
            connection,
            "select rank, config, params, value, loss, validation_loss, epochs, status"
            " from cerebro.leaderboard where run = %s order by rank",
            run,
        )
    states = {config: sha256(state.state).hexdigest() for config, state in kept.items()}
    return Outcome(states, curves, board)


def forget(server: PrivateServer, run: str) -> None:
    server.fetch("select cerebro_drop(%s)", run)
