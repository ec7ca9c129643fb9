"""A planner that takes a run up decides what the last one could not, and has it trained."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from cerebro_db.testing.calls import call, error_of, fit, rows
from cerebro_db.testing.database import Connection

HALVING: dict[str, Any] = {
    "model": {"family": "linear", "batch_size": 16},
    "space": {"learning_rate": [0.001, 0.01, 0.1]},
    "search": {"method": "halving", "configs": 3},
    "epochs": 3,
    "seed": 4,
    "options": {"partitions": 2},
}
SOURCE = "select x, x > 500 as y from things"


@pytest.fixture(scope="module", autouse=True)
def things(connection: Connection) -> None:
    connection.execute("create table things as select i as x from generate_series(1, 1000) i")


@pytest.fixture
def books_that_fail(connection: Connection) -> Iterator[None]:
    """Have the third epoch of a run not recorded: its units are there, and it is not."""
    connection.execute(
        "create function no_third() returns trigger language plpgsql as $$ begin"
        " if (select count(*) from cerebro._epochs where run = new.run) = 2 then"
        " raise exception 'the books are closed' using errcode = 'HV000'; end if;"
        " return new; end $$"
    )
    connection.execute(
        "create trigger no_third before insert on cerebro._epochs"
        " for each row execute function no_third()"
    )
    yield
    connection.execute("drop function if exists no_third() cascade")


def curves(connection: Connection, run: str) -> list[Any]:
    return rows(
        connection,
        "select config, epoch, value, loss from cerebro.learning_curves where run = %s"
        " order by config, epoch",
        run,
    )


@pytest.mark.usefixtures("books_that_fail")
def test_an_epoch_that_was_not_recorded_leads_to_what_it_would_have(
    connection: Connection,
) -> None:
    """The rung is decided when the run is taken up, and who goes on is scheduled."""
    error_of_fit = None
    try:
        fit(connection, "broken", SOURCE, "y", **HALVING)
    except Exception as error:
        error_of_fit = error
    assert "the books are closed" in str(error_of_fit)
    assert len(curves(connection, "broken")) == 2
    connection.execute("drop function no_third() cascade")

    board = call(connection, "cerebro_resume", "broken")
    assert len(board) == 3
    ended = rows(
        connection,
        "select status, epochs from cerebro.leaderboard where run = 'broken' order by 1",
    )
    assert ended == [("finished", 3), ("stopped", 1), ("stopped", 1)]
    fit(connection, "whole", SOURCE, "y", **HALVING)
    assert curves(connection, "broken") == curves(connection, "whole")


def test_a_search_that_decides_otherwise_is_told_apart(connection: Connection) -> None:
    """As another version of a library may draw other candidates: nothing is trained by guess."""
    fit(connection, "begun", SOURCE, "y", **HALVING)
    connection.execute(
        "update cerebro._configs set params = '{\"learning_rate\": 0.5}'"
        " where config = 2 and run = (select id from cerebro._runs where name = 'begun')"
    )
    connection.execute("update cerebro._configs set status = 'waiting' where status = 'finished'")
    connection.execute("update cerebro._runs set status = 'stopped' where name = 'begun'")
    error = error_of(connection, "select cerebro_resume('begun')")
    assert error.sqlstate == "22000"
    assert "Configuration 2 differs" in str(error.diag.message_detail)
