"""Refits: after the folds are measured, one network of what answers is trained on all rows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from crossing import cross, encoding_of, kept, people, without
from fix_server import Connection

from cerebro_db.folds import Folds
from cerebro_db.testing.callers import Caller, calling, eventually, sessions, status
from cerebro_db.testing.calls import call, error_of, rows, value
from cerebro_db.testing.internals import specs, training_chunks
from cerebro_db.training import forward

__all__ = ["people"]

BOARD = "select * from cerebro.leaderboard where run = %s order by rank"
SCORES = "select cerebro_score(%s, p) as score from (values (0.3), (0.95)) p (x)"


def refit_units(connection: Connection, run: str) -> int:
    done = "select count(*) from cerebro.hops where run = %s and fold = 0"
    return int(value(connection, done, run))


def starts(connection: Connection, run: str) -> set[Any]:
    """Return which units of refits are committed, and when each was started: anew, it differs."""
    query = "select config, epoch, partition, started from cerebro.hops where run = %s and fold = 0"
    return set(rows(connection, query, run))


@pytest.mark.parametrize(
    ("target", "options"),
    [("y", {}), ("z", {"order": "seen", "restore_best": False}), ("z", {"cache_mb": 0})],
)
def test_a_refit_is_one_network_trained_on_all_rows(
    connection: Connection, people: None, target: str, options: dict[str, Any]
) -> None:
    space = {"learning_rate": [0.03, 0.1], "schedule": ["cosine"]}
    before = cross(connection, "mean", target, options=options, space=space, epochs=4)
    after = cross(
        connection, "refit", target, options={"refit": True, **options}, space=space, epochs=4
    )
    best, other = rows(connection, BOARD, "refit")
    assert [(one.config, one.value) for one in after] == [(one.config, one.value) for one in before]
    assert (best.refit, other.refit) == (best.best_epoch, None)
    states, folds = kept(connection, "refit"), kept(connection, "mean")
    assert {of: state for of, state in states.items() if of[1]} == folds
    chunks, encoding = training_chunks(connection, "refit"), encoding_of(connection, "refit")
    whole = without(
        specs(connection, "refit")[best.config],
        chunks,
        best.config,
        0,
        Folds(len(chunks), 5, forward="order" in options),
        epochs=4,
        until=best.best_epoch,
    )
    assert states[best.config, 0] == whole
    predictor = forward.of_state(encoding.signature, whole)
    assert predictor is not None
    answers = predictor.predict(encoding.encode({"x": np.array([0.3, 0.95])}))[:, 0]
    served = [one.score for one in rows(connection, SCORES, "refit")]
    np.testing.assert_allclose(served, answers, 1e-6)
    unseen = "select key, fold, score from cerebro_predictions(%s) order by 1"
    assert rows(connection, unseen, "refit") == rows(connection, unseen, "mean")
    (progress,) = rows(connection, "select * from cerebro.progress where run = 'refit'")
    assert progress.percent == 100
    assert refit_units(connection, "refit") == best.refit * len(chunks)
    assert value(connection, "select max(epochs) from cerebro.configs") == 4


def _search(run: str) -> Any:
    options = {"keep": 2, "restore_best": False, "refit": True}
    space = {"learning_rate": [0.03]}
    return lambda connection: cross(connection, run, epochs=8, space=space, options=options)


def _its_caller_dies(connection: Connection, caller: Caller) -> None:
    connection.execute("select pg_terminate_backend(%s)", [caller.pid])


def _its_workers_die(connection: Connection, caller: Caller) -> None:
    for pid in sessions(connection, "cerebro_db worker"):
        connection.execute("select pg_terminate_backend(%s)", [pid])


def _it_is_stopped(connection: Connection, caller: Caller) -> None:
    call(connection, "cerebro_stop", "broken")


def _it_is_cancelled(connection: Connection, caller: Caller) -> None:
    call(connection, "cerebro_cancel", "broken")


@pytest.mark.parametrize(
    "interrupt", [_its_caller_dies, _its_workers_die, _it_is_stopped, _it_is_cancelled]
)
def test_whatever_interrupts_it_a_refit_comes_to_the_same(
    dsn: str,
    connection: Connection,
    people: None,
    interrupt: Callable[[Connection, Caller], None],
) -> None:
    with calling(dsn, _search("whole")) as caller:
        caller.finish()
    assert caller.error is None
    with calling(dsn, _search("broken")) as caller:
        eventually(lambda: refit_units(connection, "broken") >= 3 or not caller.is_alive())
        before = starts(connection, "broken")
        interrupt(connection, caller)
    eventually(lambda: not sessions(connection, "cerebro_db control"))
    if status(connection, "broken") != "finished":
        call(connection, "cerebro_resume", "broken")
    assert status(connection, "broken") == "finished"
    assert before <= starts(connection, "broken")
    assert kept(connection, "broken") == kept(connection, "whole")
    assert refit_units(connection, "broken") == refit_units(connection, "whole")
    assert rows(connection, SCORES, "broken") == rows(connection, SCORES, "whole")


def test_more_may_be_wanted_of_the_search_while_a_refit_trains(
    dsn: str, connection: Connection, people: None
) -> None:
    with calling(dsn, _search("open")) as caller:
        eventually(lambda: refit_units(connection, "open") >= 3 or not caller.is_alive())
        call(connection, "cerebro_add", "open", '{"learning_rate": [0.1]}')
        caller.finish()
    if status(connection, "open") != "finished" or len(rows(connection, BOARD, "open")) < 2:
        call(connection, "cerebro_resume", "open")
    board = rows(connection, BOARD, "open")
    assert [one.status for one in board] == ["finished"] * 2
    assert [one.refit for one in board] == [8, None]
    assert (board[0].config, 0) in kept(connection, "open")


def test_a_refit_follows_what_trains_on(connection: Connection, people: None) -> None:
    options = {"keep": 2, "restore_best": False, "refit": True}
    cross(connection, "short", epochs=2, options=options)
    before = starts(connection, "short")
    call(connection, "cerebro_resume", "short", None, 4)
    assert before
    assert before <= starts(connection, "short")
    cross(connection, "long", epochs=4, options=options)
    assert kept(connection, "short") == kept(connection, "long")


def test_there_is_no_refit_without_folds(connection: Connection, people: None) -> None:
    error = error_of(
        connection,
        """select cerebro_fit('no', 'people', 'y', options => '{"refit": true}')""",
    )
    assert '"refit" goes with folds' in str(error)


def test_where_a_refit_fails_the_folds_answer(connection: Connection, people: None) -> None:
    connection.execute(
        "create function refuse() returns trigger language plpgsql as"
        " $$ begin raise 'no refits here'; end $$;"
        "create trigger refuse before insert on cerebro._units for each row"
        " when (new.fold = 0) execute function refuse()"
    )
    try:
        cross(connection, "refused", options={"refit": True})
        cross(connection, "mean")
    finally:
        connection.execute("drop trigger refuse on cerebro._units; drop function refuse")
    assert status(connection, "refused") == "finished"
    assert {one.refit for one in rows(connection, BOARD, "refused")} == {None}
    assert kept(connection, "refused") == kept(connection, "mean")
    assert rows(connection, SCORES, "refused") == rows(connection, SCORES, "mean")
