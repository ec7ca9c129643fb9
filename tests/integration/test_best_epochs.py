"""Configurations serve with the states of their best epochs, and go on from their last ones."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from bare_run import Bare, bare_run
from fix_server import Connection
from test_states import leave, state_of

from cerebro_db.driving.best import BestStates, Standing
from cerebro_db.driving.keep import keep_best
from cerebro_db.store import configs
from cerebro_db.testing.calls import call, fit, rows, value
from cerebro_db.units import Network

STATES = """
select k.config, k.rank, k.units / 2, encode(sha256(k.state), 'hex')
from cerebro._kept_states k
join cerebro._runs r on r.id = k.run
where r.name = %s
order by k.config, k.units
"""


@pytest.fixture
def run(dsn: str, connection: Connection) -> Iterator[Bare]:
    """A run with the states of five configurations after each of nine units, of three an epoch."""
    with bare_run(dsn, connection, epochs=9) as run:
        for config in range(1, 6):
            for units in range(1, 10):
                leave(run, connection, config, units)
        yield run


def standings(*best: tuple[int, int], done: int = 9, over: bool = False) -> list[Standing]:
    return [
        Standing(config, {Network(config): units}, {Network(config): done}, over)
        for config, units in best
    ]


def kept(run: Bare) -> set[tuple[int, int]]:
    return {(network.config, units) for network, units in configs.kept(run.control, run.place.run)}


def drop(run: Bare, hops: set[int], ends: set[int]) -> None:
    """Drop what nobody needs, as a run does."""
    with run.engine(workers=0) as engine:
        engine.retire(hops, ends)


def test_only_what_is_about_to_go_is_copied(run: Bare) -> None:
    best = BestStates(run.server, run.control, run.place, keep=1)
    ranked = standings((2, 3), (1, 9), (3, 6), (5, 3), (4, 3))
    best.release({3}, {1, 2}, lambda: ranked)
    assert kept(run) == set()
    best.release({4}, {2, 3}, lambda: ranked)
    # One is to be kept, three more may come in its place.
    assert kept(run) == {(2, 3), (5, 3)}
    drop(run, {4}, {2, 3})
    best.release({4}, {3}, lambda: ranked)
    assert kept(run) == {(2, 3), (5, 3), (3, 6)}


def test_nothing_is_looked_at_where_no_other_epochs_are_needed(run: Bare) -> None:
    asked = []

    def ranked() -> Sequence[Standing]:
        asked.append(True)
        return standings((1, 3))

    best = BestStates(run.server, run.control, run.place, keep=1)
    for hops, ends in (({2}, {1}), ({2}, [1]), ({2, 3}, {1})):
        best.release(hops, ends, ranked)
    assert len(asked) == 2


def test_copies_are_let_go_where_others_are_better(run: Bare) -> None:
    best = BestStates(run.server, run.control, run.place, keep=1)
    best.release({3}, set(), lambda: standings((1, 3), (2, 3), (3, 3), (4, 3), done=7))
    assert kept(run) == {(1, 3), (2, 3), (3, 3), (4, 3)}
    # The first has a better epoch since, the second is no longer among the best.
    ranked = standings((1, 6), (3, 3), (4, 3), (5, 6), (2, 3), done=9)
    best.release({4}, {3}, lambda: ranked)
    assert kept(run) == {(1, 6), (3, 3), (4, 3), (5, 6)}


def test_what_a_configuration_may_go_on_from_is_left(run: Bare) -> None:
    """One at rest in the midst of an epoch; and what serves, until the run ends."""
    server, control, place = run.server, run.control, run.place
    server.keep_state(control, place, Network(1), 8, None)
    server.keep_state(control, place, Network(2), 2, 1)
    best = BestStates(server, control, place, keep=1)
    best.release({3}, {2}, lambda: standings((1, 6), (2, 6), done=8))
    assert kept(run) == {(1, 8), (2, 2)}
    best.release({4}, {3}, lambda: standings((1, 9), (2, 9), done=9))
    assert kept(run) == {(2, 2)}


def test_what_was_let_go_is_not_asked_for(run: Bare) -> None:
    """As when others that were better have failed, or a run that was through gets more to do."""
    drop(run, {3}, {2})
    best = BestStates(run.server, run.control, run.place, keep=1)
    best.release({3}, {2}, lambda: standings((1, 3), (2, 6), (3, 9)))
    best.release({4}, {3}, lambda: standings((1, 3), (2, 6), (3, 9)))
    assert kept(run) == {(2, 6)}


def test_of_one_that_is_over_the_last_state_is_kept_too(run: Bare) -> None:
    best = BestStates(run.server, run.control, run.place, keep=1)
    ranked = standings((1, 3), done=6, over=True)
    best.release({3}, {1, 2}, lambda: ranked)
    assert kept(run) == set()
    best.release({4}, {3}, lambda: ranked)
    assert kept(run) == {(1, 3), (1, 6)}
    others = standings((2, 9), (3, 9), (4, 9), (5, 9))
    best.release({4}, set(), lambda: others + ranked)
    assert kept(run) == {(config, 9) for config in (2, 3, 4, 5)}


@pytest.mark.parametrize("killed", ["before the copy", "before the drop"])
def test_another_planner_copies_what_was_not_copied(run: Bare, killed: str) -> None:
    ranked = standings((1, 3))
    if killed == "before the drop":
        BestStates(run.server, run.control, run.place, keep=1).release({3}, {2}, lambda: ranked)
    best = BestStates(run.server, run.control, run.place, keep=1)
    best.release({3}, {2}, lambda: ranked)
    drop(run, {3}, {2})
    lost = keep_best(run.server, run.control, run.place, ranked, [], 1, ended=True)
    assert lost == []
    found = run.control.connection.execute(
        "select units, rank, state from cerebro._kept_states where run = %s order by units",
        [run.place.run],
    ).fetchall()
    assert found == [(3, 1, state_of(3)), (9, None, state_of(9))]


def test_the_next_best_serves_where_a_state_is_gone(run: Bare) -> None:
    drop(run, {3}, {2})
    ranked = standings((1, 3), (2, 6), (3, 3), (4, 9))
    args = run.server, run.control, run.place
    assert keep_best(*args, ranked, [(Network(5), 7)], 3, ended=True) == [1, 3]
    found = configs.kept(run.control, run.place.run)
    ranks = {(one.config, one.units): one.rank for one in found.values()}
    assert ranks == {(2, 6): 1, (2, 9): None, (4, 9): 2}


@pytest.mark.parametrize("ended", [True, False])
def test_ranks_are_given_anew(run: Bare, ended: bool) -> None:
    args = run.server, run.control, run.place
    for units, rank in ((3, 1), (6, None)):
        run.server.keep_state(run.control, run.place, Network(1), units, rank)
    run.server.keep_state(run.control, run.place, Network(3), 7, None)
    ranked = standings((2, 6), (1, 9))
    assert keep_best(*args, ranked, [(Network(3), 7)], 1, ended=ended) == []
    found = configs.kept(run.control, run.place.run)
    ranks = {(one.config, one.units): one.rank for one in found.values()}
    assert ranks.pop((3, 7)) is None
    assert ranks.pop((2, 9)) is None
    assert ranks.pop((2, 6)) == 1
    # A run that was only stopped leaves the others to who goes on with it.
    assert ranks == ({} if ended else {(1, 3): None, (1, 6): None})


SEARCH: dict[str, Any] = {
    "source": "noisy",
    "target": "y",
    "model": {"family": "mlp", "hidden": [8], "batch_size": 8, "optimizer": "sgd"},
    "space": {"learning_rate": [0.3, 1.0, 2.0, 3.0]},
    "epochs": 7,
    "workers": 1,
}


@pytest.fixture(scope="module")
def noisy(connection: Connection) -> None:
    """Rows on which the validation metric goes up and down, and a run over them."""
    connection.execute(
        "create table noisy as select i % 7 as a, i * 37 % 11 as b, (i * 53 % 17) < 8 as y"
        " from generate_series(1, 200) i"
    )
    fit(connection, "best", **SEARCH, options={"keep": 4, "partitions": 2})


@pytest.fixture
def boards(connection: Connection, noisy: None) -> dict[int, int]:
    """The best epoch of each configuration."""
    found = rows(
        connection,
        "select config, best_epoch from cerebro.leaderboard where run = 'best' order by config",
    )
    best: dict[int, int] = dict(found)
    assert set(best.values()) - {SEARCH["epochs"]}
    return best


def test_best_epochs_serve_bit_for_bit(connection: Connection, boards: dict[int, int]) -> None:
    """As if the run had been told to end with them; and the last states are what they would be."""
    options = {"keep": 4, "partitions": 2, "restore_best": False}
    due = set()
    for epochs in {*boards.values(), SEARCH["epochs"]}:
        name = f"ends with {epochs}"
        fit(connection, name, **{**SEARCH, "epochs": epochs}, options=options)
        found = rows(connection, STATES, name)
        assert {epoch for _, _, epoch, _ in found} == {epochs}
        assert {rank for _, rank, _, _ in found} == {1, 2, 3, 4}
        due |= {
            (config, epoch, state)
            for config, _, epoch, state in found
            if epochs in (boards[config], SEARCH["epochs"])
        }
    found = rows(connection, STATES, "best")
    assert {(config, epoch, state) for config, _, epoch, state in found} == due
    ranks = dict(
        rows(connection, "select config, rank from cerebro.leaderboard where run = 'best'")
    )
    for config, rank, epoch, _ in found:
        assert rank == (ranks[config] if epoch == boards[config] else None)


def test_what_serves_measures_what_the_leaderboard_says(
    connection: Connection, boards: dict[int, int]
) -> None:
    """On the validation rows, as the run has held them out."""
    shown = value(
        connection, "select value from cerebro.leaderboard where run = 'best' and rank = 1"
    )
    curves = rows(
        connection,
        "select config, max(value) from cerebro.learning_curves where run = 'best' group by 1",
    )
    assert shown == max(best for _, best in curves)


def test_other_configurations_are_not_kept(connection: Connection, noisy: None) -> None:
    options = {"keep": 1, "partitions": 2}
    fit(connection, "one", **SEARCH, options=options)
    found = rows(connection, STATES, "one")
    assert {config for config, *_ in found} == {
        value(connection, "select config from cerebro.leaderboard where run = 'one' and rank = 1")
    }
    assert [rank for _, rank, _, _ in found if rank is not None] == [1]
    best = rows(connection, STATES, "best")
    assert {one[2:] for one in found} <= {one[2:] for one in best}
    call(connection, "cerebro_drop", "one")


def test_a_run_that_was_through_gets_more_to_do(connection: Connection, noisy: None) -> None:
    """Of most of its configurations no state is left; what serves goes on serving."""
    options = {"keep": 1, "partitions": 2}
    fit(connection, "grows", **SEARCH, options=options)
    before = rows(connection, STATES, "grows")
    call(connection, "cerebro_add", "grows", {"learning_rate": [0.0001]})
    board = call(connection, "cerebro_resume", "grows")
    assert [row[-1] for row in board] == ["finished"] * 5
    assert board[0][1] != 5
    assert rows(connection, STATES, "grows") == before
    call(connection, "cerebro_drop", "grows")
