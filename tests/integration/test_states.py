"""Where states lie: kept, woken, copied for clones, found again and dropped."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from bare_run import Bare, bare_run
from fix_server import Connection

from cerebro_db.engines import Durability
from cerebro_db.engines.sessions.states import states_table, tables_of
from cerebro_db.store import configs
from cerebro_db.units import Network

STATE = bytes(range(256)) * 40


@pytest.fixture(params=["async", "epoch"])
def run(request: pytest.FixtureRequest, dsn: str, connection: Connection) -> Iterator[Bare]:
    """A run with the states of configuration 1 after each unit of the first two epochs."""
    durability: Durability = request.param
    with bare_run(dsn, connection, epochs=4, durability=durability) as run:
        for units in range(1, 7):
            leave(run, connection, 1, units)
        yield run


def leave(run: Bare, connection: Connection, config: int, units: int) -> None:
    """Have a state that a unit has left."""
    epoch, step = run.place.epoch_of(units)
    run.server.state_tables.create(run.control, run.place, epoch)
    connection.execute(
        f"insert into {table(run, units)} (config, step, state) values (%s, %s, %s)".encode(),
        [config, step, state_of(units)],
    )


def state_of(units: int) -> bytes:
    return STATE + bytes([units])


def table(run: Bare, units: int) -> str:
    return states_table(run.place, *run.place.epoch_of(units)).as_string()


def kept(run: Bare, connection: Connection) -> list[tuple[object, ...]]:
    return connection.execute(
        "select config, rank, units, state from cerebro._kept_states where run = %s"
        " order by config, units",
        [run.place.run],
    ).fetchall()


def relations(run: Bare, connection: Connection) -> set[tuple[object, ...]]:
    """Return the tables of states of a run, and whether they are logged (p) or not (u)."""
    return set(
        connection.execute(
            "select relname::text, relpersistence::text from pg_class where relkind = 'r'"
            " and relname ~ ('^_(states|hops)_' || %s || '_')",
            [run.place.run],
        ).fetchall()
    )


def test_an_epoch_has_its_tables(run: Bare, connection: Connection) -> None:
    number = run.place.run
    hops = "u" if run.place.durability == "epoch" else "p"
    assert relations(run, connection) == {
        (f"_{kind}_{number}_{epoch}", persistence)
        for kind, persistence in (("states", "p"), ("hops", hops))
        for epoch in (1, 2)
    }
    for kind, steps in (("states", [3]), ("hops", [1, 2])):
        query = f"select step from cerebro_data._{kind}_{number}_1 order by step"
        assert [step for (step,) in connection.execute(query.encode())] == steps


def test_with_one_partition_every_state_ends_an_epoch(dsn: str, connection: Connection) -> None:
    with bare_run(dsn, connection, partitions=1, durability="epoch") as run:
        leave(run, connection, 1, 1)
        assert relations(run, connection) == {(f"_states_{run.place.run}_1", "p")}


def test_a_state_counts_only_where_units_look_for_it(run: Bare, connection: Connection) -> None:
    """As of a database of before, where those inside of an epoch lay with those at its end."""
    number = run.place.run
    for kind, step in (("states", 1), ("hops", 3)):
        connection.execute(
            f"insert into cerebro_data._{kind}_{number}_1 (config, step, state)"
            f" values (2, {step}, '')".encode()
        )
    assert run.server.states(run.control, run.place) == {Network(1): set(range(1, 7))}


def test_tables_that_are_there_stay_as_they_are(run: Bare, connection: Connection) -> None:
    """Also while a unit holds them: nobody waits for it."""
    before = relations(run, connection)
    with connection.transaction():
        connection.execute(f"lock table {table(run, 1)} in row exclusive mode".encode())
        run.control.execute("set lock_timeout = '1s'")
        run.server.state_tables.create(run.control, run.place, 1)
    assert relations(run, connection) == before
    assert run.server.states(run.control, run.place) == {Network(1): set(range(1, 7))}


def test_states_are_found_by_units(run: Bare, connection: Connection) -> None:
    leave(run, connection, 2, 5)
    assert run.server.states(run.control, run.place) == {
        Network(1): set(range(1, 7)),
        Network(2): {5},
    }
    other = replace(run.place, run=run.place.run * 10 + 1)
    assert run.server.states(run.control, other) == {}


def test_several_states_of_a_configuration_are_kept(run: Bare, connection: Connection) -> None:
    ranks: dict[int, int | None] = {}
    for units, rank in [(2, None), (5, None), (5, 1), (6, None), (2, 2), (5, 3)]:
        run.server.keep_state(run.control, run.place, Network(1), units, rank)
        ranks[units] = rank
        # To be kept to go on from takes no rank away.
        run.server.keep_state(run.control, run.place, Network(1), units, None)
        expected = [(1, ranks[units], units, state_of(units)) for units in sorted(ranks)]
        assert kept(run, connection) == expected
    configs.unrank(run.control, run.place.run, Network(1), 5)
    assert configs.kept(run.control, run.place.run)[Network(1), 5].rank is None
    configs.forget_kept(run.control, run.place.run, Network(1), 5)
    assert [units for _, units in configs.kept(run.control, run.place.run)] == [2, 6]


def test_what_is_kept_may_change_its_rank_when_its_table_is_gone(
    run: Bare, connection: Connection
) -> None:
    run.server.keep_state(run.control, run.place, Network(1), 6, None)
    run.server.drop_states(run.control, run.place.run)
    run.server.keep_state(run.control, run.place, Network(1), 6, 1)
    assert kept(run, connection) == [(1, 1, 6, state_of(6))]


@pytest.mark.parametrize("units", [4, 6])
def test_a_kept_state_is_woken_where_its_next_unit_looks(
    run: Bare, connection: Connection, units: int
) -> None:
    run.server.keep_state(run.control, run.place, Network(1), units, None)
    run.server.drop_states(run.control, run.place.run)
    for _ in range(2):
        run.server.wake_state(run.control, run.place, Network(1), units, partition=2)
    assert run.server.states(run.control, run.place) == {Network(1): {units}}
    found = connection.execute(f"select state from {table(run, units)}".encode()).fetchall()
    assert found == [(state_of(units),)]


def test_a_state_of_other_units_is_not_woken(run: Bare) -> None:
    run.server.keep_state(run.control, run.place, Network(1), 6, None)
    run.server.drop_states(run.control, run.place.run)
    run.server.wake_state(run.control, run.place, Network(1), 5, partition=0)
    assert run.server.states(run.control, run.place) == {}


@pytest.mark.parametrize("units", [4, 6])
def test_a_clone_takes_over_its_parents_state(
    run: Bare, connection: Connection, units: int
) -> None:
    for _ in range(2):
        run.server.copy_state(run.control, run.place, Network(1), 9, units)
    assert run.server.states(run.control, run.place) == {
        Network(1): set(range(1, 7)),
        Network(9): {units},
    }
    found = connection.execute(
        f"select state from {table(run, units)} where config = 9".encode()
    ).fetchall()
    assert found == [(state_of(units),)]


NEEDS: dict[str, tuple[set[int], set[int], set[int], set[int]]] = {
    "nothing yet": (set(), set(), {1, 2, 3, 4}, {1, 2, 3, 4}),
    "the beginning": ({1}, set(), {1, 2, 3, 4}, {1, 2, 3, 4}),
    "the second epoch, from the end of the first": ({2}, {1}, {2, 3, 4}, {1, 2, 3, 4}),
    "one in the second, others far ahead": ({2, 4}, {1, 3}, {2, 4}, {1, 2, 3, 4}),
    "one that waits, others far ahead": ({4}, {1, 3}, {4}, {1, 3, 4}),
    "what all have come to in the end": (set(), {4}, {4}, {4}),
}


@pytest.mark.parametrize("need", NEEDS)
def test_what_nobody_needs_is_dropped(run: Bare, connection: Connection, need: str) -> None:
    hops, ends, hops_left, ends_left = NEEDS[need]
    for epoch in (3, 4):
        run.server.state_tables.create(run.control, run.place, epoch)
    with run.engine(workers=0) as engine:
        engine.retire(hops, ends)
    left = {str(name).removeprefix("_") for name, _ in relations(run, connection)}
    number = run.place.run
    assert left == {f"hops_{number}_{epoch}" for epoch in hops_left} | {
        f"states_{number}_{epoch}" for epoch in ends_left
    }


def test_tables_are_looked_at_when_other_epochs_are_needed(
    run: Bare, connection: Connection
) -> None:
    """And not after every unit."""
    with run.engine(workers=0) as engine:
        engine.retire({2}, {1})
        run.server.state_tables.create(run.control, run.place, 1)
        there = relations(run, connection)
        engine.retire([2], [1])
        assert relations(run, connection) == there
        engine.retire([2], [])
        assert {str(name)[-1] for name, _ in relations(run, connection)} == {"2"}


def test_past_epochs_are_dropped_even_if_a_state_was_woken_there(
    run: Bare, connection: Connection
) -> None:
    with run.engine(workers=0) as engine:
        run.server.keep_state(run.control, run.place, Network(1), 6, None)
        run.server.drop_states(run.control, run.place.run)
        engine.place(run.place)
        run.server.wake_state(run.control, run.place, Network(1), 6, partition=0)
        assert relations(run, connection)
        engine.retire({3}, set())
        assert relations(run, connection) == set()


def test_only_the_run_at_hand_is_dropped(run: Bare, connection: Connection) -> None:
    other = replace(run.place, run=run.place.run * 10 + 1)
    run.server.state_tables.create(run.control, other, 1)
    run.server.drop_states(run.control, run.place.run)
    assert relations(run, connection) == set()
    assert run.server.state_tables.there(run.control, other.run) == tables_of(other, 1)
    run.server.drop_states(run.control, other.run)
    assert run.server.state_tables.there(run.control, other.run) == set()
