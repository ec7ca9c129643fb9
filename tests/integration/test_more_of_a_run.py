"""More of a finished run: configurations train on to more epochs, and further ones come in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from fix_outcomes import curves, last_states
from fix_server import Connection

from cerebro_db.testing.calls import call, drop, error_of, fit, prepare, rows, value

ADAM: dict[str, Any] = {
    "model": {"family": "mlp", "hidden": [6], "dropout": 0.1, "optimizer": "adam"},
    "space": {"learning_rate": [0.001, 0.01, 0.03]},
    "workers": 2,
    "seed": 7,
}


@pytest.fixture(scope="module", autouse=True)
def points(connection: Connection) -> None:
    connection.execute(
        "create table points as select i % 7 as a, (i * 7919) % 1009 as b,"
        " i % 7 > 3 and (i * 7919) % 1009 > 300 as y from generate_series(1, 1500) i"
    )
    prepare(connection, "points", "points", "y", partitions=3)


@pytest.fixture(scope="module")
def at_once(connection: Connection) -> str:
    """A run that was asked for six epochs."""
    search(connection, "at once", epochs=6)
    return "at once"


@pytest.fixture
def run(connection: Connection) -> Iterator[str]:
    """A name for a run, which is dropped again."""
    yield "more"
    if rows(connection, "select from cerebro.runs where run = 'more'"):
        drop(connection, "more")


def search(connection: Connection, run: str, **more: Any) -> list[Any]:
    """Search on the points, and return the leaderboard."""
    return fit(connection, run, "points", **ADAM | more)


def trained(connection: Connection, run: str) -> dict[int, tuple[int, str]]:
    """Return epochs and status of each configuration."""
    query = "select config, epochs, status from cerebro.configs where run = %s"
    return {config: (epochs, status) for config, epochs, status in rows(connection, query, run)}


def told(connection: Connection, verb: str, *arguments: Any) -> list[str]:
    """Call a verb, and return the lines that it tells."""
    lines: list[str] = []

    def hear(notice: Any) -> None:
        lines.append(str(notice.message_primary))

    connection.add_notice_handler(hear)
    try:
        call(connection, verb, *arguments)
    finally:
        connection.remove_notice_handler(hear)
    return lines


def test_three_epochs_and_three_more_are_six(
    connection: Connection, run: str, at_once: str
) -> None:
    search(connection, run, epochs=3)
    before = last_states(connection, run)
    lines = told(connection, "cerebro_resume", run, None, 6)
    assert not [line for line in lines if "anew" in line]
    assert trained(connection, run) == dict.fromkeys((1, 2, 3), (6, "finished"))
    found = last_states(connection, run)
    assert found == last_states(connection, at_once)
    assert all(found[config] != before[config] for config in found)
    assert curves(connection, run) == curves(connection, at_once)
    board = "select rank, config, value, epochs from cerebro.leaderboard where run = %s order by 1"
    assert rows(connection, board, run) == rows(connection, board, at_once)
    # And again, one of them.
    call(connection, "cerebro_resume", run, 2, 7)
    assert trained(connection, run) == {1: (6, "finished"), 2: (7, "finished"), 3: (6, "finished")}
    assert last_states(connection, run)[1] == found[1]


def test_one_trains_on_and_the_others_stay(connection: Connection, run: str, at_once: str) -> None:
    search(connection, run, epochs=3)
    before = last_states(connection, run)
    board = call(connection, "cerebro_resume", run, 2, 6)
    assert {row[1]: row[7] for row in board} == {1: 3, 2: 6, 3: 3}
    found = last_states(connection, run)
    assert found[2] == last_states(connection, at_once)[2]
    assert {c: s for c, s in found.items() if c != 2} == {c: s for c, s in before.items() if c != 2}


def test_what_is_not_kept_begins_anew_and_says_so(
    connection: Connection, run: str, at_once: str
) -> None:
    board = search(connection, run, epochs=3, options={"keep": 1})
    kept = board[0][1]
    others = sorted({1, 2, 3} - {kept})
    lines = told(connection, "cerebro_resume", run, None, 6)
    assert [line for line in lines if "begin anew" in line] == [
        f"{run}: configs {others[0]}, {others[1]} begin anew: their last states were not kept"
        " (option keep)"
    ]
    assert trained(connection, run) == dict.fromkeys((1, 2, 3), (6, "finished"))
    assert curves(connection, run) == curves(connection, at_once)
    found, due = last_states(connection, run), last_states(connection, at_once)
    assert found.items() <= due.items()
    assert found


def test_candidates_come_into_a_finished_run(
    connection: Connection, run: str, at_once: str
) -> None:
    """As if they had been asked for at once."""
    search(connection, run, epochs=6, space={"learning_rate": [0.001, 0.01]})
    assert value(connection, "select cerebro_add(%s, %s)", run, '{"learning_rate": [0.03]}') == 1
    assert trained(connection, run)[3] == (0, "stopped")
    call(connection, "cerebro_resume", run)
    assert last_states(connection, run) == last_states(connection, at_once)
    assert curves(connection, run) == curves(connection, at_once)
    with pytest.raises(Exception, match="is finished"):
        call(connection, "cerebro_resume", run)


def test_candidates_that_came_in_train_on_with_the_others(
    connection: Connection, run: str, at_once: str
) -> None:
    search(connection, run, epochs=3, space={"learning_rate": [0.001, 0.01]})
    call(connection, "cerebro_add", run, {"learning_rate": [0.03]})
    call(connection, "cerebro_resume", run, None, 6)
    assert last_states(connection, run) == last_states(connection, at_once)


def test_it_predicts_meanwhile_and_with_what_it_has_come_to(
    connection: Connection, run: str
) -> None:
    search(connection, run, epochs=1)
    query = "select sum(cerebro_score(%s, p, n)) from points p, generate_series(1, 3) n"
    before = value(connection, query, run)
    call(connection, "cerebro_resume", run, None, 3)
    assert value(connection, query, run) != before


@pytest.mark.parametrize(
    ("arguments", "sqlstate", "says"),
    [
        ("1, 2", "22023", "configuration 1 has trained for 2 epochs already"),
        ("null, 2", "22023", "have trained for 2 epochs already"),
        ("1, 3", "22023", "It has trained for 3 epochs."),
        ("null, 0", "22023", "from 1 to 100,000"),
        ("1, -1", "22023", "from 1 to 100,000"),
        ("1, 100001", "22023", "from 1 to 100,000"),
        ("4, 6", "42704", "no configuration 4"),
        ("1", "22023", "is through"),
        ("1, null", "22023", "is through"),
        ("null, null", "22023", "is finished"),
    ],
)
def test_refusals(
    connection: Connection, three_epochs: str, arguments: str, sqlstate: str, says: str
) -> None:
    before = last_states(connection, three_epochs), trained(connection, three_epochs)
    error = error_of(connection, f"select cerebro_resume('{three_epochs}', {arguments})")
    assert error.sqlstate == sqlstate
    assert says in f"{error.diag.message_primary} {error.diag.message_detail}"
    assert (last_states(connection, three_epochs), trained(connection, three_epochs)) == before


@pytest.fixture(scope="module")
def three_epochs(connection: Connection) -> str:
    """A run that has come to its end after three epochs."""
    search(connection, "three", epochs=3)
    return "three"


def test_where_the_search_decides_one_may_train_on_by_its_name(
    connection: Connection, run: str
) -> None:
    search(connection, run, epochs=9, search={"method": "hyperband"}, space=HYPERBAND)
    states = trained(connection, run)
    decided = (
        "select d.seq, d.what, d.why from cerebro._decisions d join cerebro._runs r on r.id = d.run"
        " where r.name = %s order by 1"
    )
    before = rows(connection, decided, run)
    error = error_of(connection, f"select cerebro_resume('{run}', null, 12)")
    assert error.sqlstate == "22023"
    assert "Name a configuration" in str(error.diag.message_hint)
    best = value(
        connection, "select config from cerebro.leaderboard where run = %s and rank = 1", run
    )
    call(connection, "cerebro_resume", run, best, 12)
    after = trained(connection, run)
    assert after.pop(best) == (12, "finished")
    states.pop(best)
    assert after == states
    # The search has decided nothing further, nor was it told what it did not ask for.
    assert rows(connection, decided, run) == before
    # Its state is lost, and it was stopped early.
    lost = value(
        connection,
        "select c.config from cerebro.configs c where c.run = %s and c.status = 'stopped'"
        " and c.config not in (select config from cerebro._kept_states k"
        " join cerebro._runs r on r.id = k.run where r.name = c.run) limit 1",
        run,
    )
    error = error_of(connection, f"select cerebro_resume('{run}', {lost}, 12)")
    assert "cannot train on" in str(error.diag.message_primary)
    assert "cerebro_clone" in str(error.diag.message_hint)
    # A person's candidate comes in after the end, too, and trains as far as any may.
    call(connection, "cerebro_add", run, {"learning_rate": [0.02]})
    call(connection, "cerebro_resume", run, best, 13)
    assert trained(connection, run)[best] == (13, "finished")
    assert trained(connection, run)[max(after) + 1] == (9, "finished")


HYPERBAND = {"learning_rate": {"log": [0.0001, 0.1]}}


def test_only_owners_have_it_train_on(connection: Connection, three_epochs: str) -> None:
    connection.execute("create role other_owner; grant create on schema public to other_owner")
    connection.execute("select cerebro_grant('other_owner', 'train')")
    connection.execute(f"select cerebro_share('{three_epochs}', 'other_owner')")
    connection.execute("set role other_owner")
    try:
        error = error_of(connection, f"select cerebro_resume('{three_epochs}', 1, 9)")
        assert error.sqlstate == "42501"
    finally:
        connection.execute("reset role")
