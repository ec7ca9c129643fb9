"""What is shared, and what is taken: every call looks at it, in warm sessions too."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import psycopg
import pytest
from fix_server import Connection
from levels import EVALUATE, ROLES, SCORE, grant, quoted, set_the_scene, take_levels
from psycopg import errors, sql

# What a right to a run depends on: how it is given, how it is taken, and what is said then.
WAYS = [
    ("grant ann to ben", "revoke ann from ben", errors.UndefinedObject),
    (
        "select cerebro_share('anns', 'ben')",
        "select cerebro_unshare('anns', 'ben')",
        errors.UndefinedObject,
    ),
    (
        "select cerebro_share('anns', 'heir'); grant heir to ben",
        "revoke heir from ben; select cerebro_unshare('anns', 'heir')",
        errors.UndefinedObject,
    ),
    (
        "select cerebro_share('anns', 'ben')",
        "select cerebro_revoke('ben')",
        errors.InsufficientPrivilege,
    ),
]


@pytest.fixture(scope="module", autouse=True)
def scene(connection: Connection) -> None:
    set_the_scene(connection)


@pytest.fixture
def no_levels(connection: Connection) -> Iterator[None]:
    """But for the first role, none has a level after a test."""
    yield
    take_levels(connection)


@pytest.mark.usefixtures("no_levels")
@pytest.mark.parametrize(("give", "take", "error"), WAYS)
@pytest.mark.parametrize("query", [SCORE, EVALUATE])
def test_what_is_taken_is_taken_from_a_warm_session(
    dsn: str,
    connection: Connection,
    query: str,
    give: str,
    take: str,
    error: type[psycopg.Error],
) -> None:
    grant(connection, "ben", "predict")
    with psycopg.connect(dsn, user="ben", autocommit=True) as ben:
        with pytest.raises(errors.UndefinedObject):
            ben.execute(query.encode())
        for _ in range(2):
            connection.execute(give.encode())
            assert ben.execute(query.encode()).fetchone() is not None
            connection.execute(take.encode())
            with pytest.raises(error):
                ben.execute(query.encode())
            grant(connection, "ben", "predict")


# To a statement, what is shared is as it was when that began.
@pytest.mark.usefixtures("no_levels")
@pytest.mark.parametrize(("give", "take", "error"), [WAYS[0], WAYS[3]])
def test_a_right_that_is_taken_ends_a_long_statement(
    dsn: str, connection: Connection, give: str, take: str, error: type[psycopg.Error]
) -> None:
    grant(connection, "ben", "predict")
    connection.execute(give.encode())
    long = (
        "select cerebro_score('anns', t), pg_sleep(0.1)"
        " from (select i as a, i as b from generate_series(1, 300) i) t"
    )
    with psycopg.connect(dsn, user="ben", autocommit=True) as ben:
        ben.execute(SCORE)
        taking = threading.Timer(0.5, connection.execute, [take])
        taking.start()
        with pytest.raises(error):
            ben.execute(long.encode())
        taking.join()


@pytest.mark.usefixtures("no_levels")
@pytest.mark.parametrize(("give", "take", "error"), WAYS)
def test_what_is_taken_is_taken_within_a_transaction(
    dsn: str, connection: Connection, give: str, take: str, error: type[psycopg.Error]
) -> None:
    grant(connection, "ben", "predict")
    connection.execute(give.encode())
    with psycopg.connect(dsn, user="ben", autocommit=True) as ben:
        ben.execute("begin")
        for _ in range(2):
            assert ben.execute(SCORE).fetchone() is not None
        connection.execute(take.encode())
        with pytest.raises(error):
            ben.execute(SCORE)
        ben.execute("rollback")


@pytest.mark.usefixtures("no_levels")
def test_rights_are_those_of_the_role_that_is_set(dsn: str, connection: Connection) -> None:
    grant(connection, "ben", "train")
    connection.execute("alter role shy noinherit; grant ann, heir to shy")
    with psycopg.connect(dsn, user="shy", autocommit=True) as shy:
        # Membership is not its use.
        with pytest.raises(errors.InsufficientPrivilege):
            shy.execute(SCORE)
        grant(connection, "shy", "train")
        with pytest.raises(errors.UndefinedObject):
            shy.execute(SCORE)
        with pytest.raises(errors.InsufficientPrivilege):
            shy.execute("select cerebro_stop('anns')")
        assert shy.execute("select run from cerebro.runs").fetchall() == []
        connection.execute("select cerebro_share('anns', 'heir')")
        assert shy.execute("select run from cerebro.runs").fetchall() == []
        shy.execute("set role ann")
        assert shy.execute(SCORE).fetchone() is not None
        assert shy.execute("select run from cerebro.runs").fetchall() == [("anns",)]
        shy.execute("reset role")
        with pytest.raises(errors.UndefinedObject):
            shy.execute(SCORE)
        shy.execute("set role heir")
        with pytest.raises(errors.InsufficientPrivilege):
            shy.execute(SCORE)
    connection.execute("select cerebro_unshare('anns', 'heir')")
    connection.execute("revoke ann from shy; revoke heir from shy; alter role shy inherit")


@pytest.mark.usefixtures("no_levels")
@pytest.mark.parametrize("role", ROLES[4:])
def test_roles_of_any_name_are_shared_with(dsn: str, connection: Connection, role: str) -> None:
    grant(connection, role, "predict")
    with psycopg.connect(dsn, user=role, autocommit=True) as session:
        connection.execute("select cerebro_share('anns', %s)", [quoted(role)])
        shown = session.execute("select run, shared_with from cerebro.runs").fetchall()
        assert shown == [("anns", [role])]
        assert session.execute(EVALUATE).fetchone() is not None
        connection.execute("select cerebro_unshare('anns', %s)", [quoted(role)])
        assert session.execute("select run, shared_with from cerebro.runs").fetchall() == []


LEAK = """
create role peeper login;
create schema peeper authorization peeper;
create function peeper.leak(shown anyelement) returns boolean language plpgsql cost 0.0000001 as
    $$ begin raise notice 'seen: %', shown; return true; end $$
"""
PLANS = ("set enable_nestloop to off", "set enable_hashjoin to off", "set enable_indexscan to off")
COLUMNS = """
select c.relname, a.attname
from pg_class c join pg_attribute a on a.attrelid = c.oid
where c.relnamespace = 'cerebro'::regnamespace and c.relkind = 'v' and a.attnum > 0
    and has_table_privilege(c.oid, 'select')
order by 1, 2
"""


@pytest.mark.usefixtures("no_levels")
def test_no_function_in_a_condition_sees_what_a_view_hides(
    dsn: str, connection: Connection
) -> None:
    """The server would call a cheap one before it looks whose a row is."""
    connection.execute(LEAK.encode())
    grant(connection, "peeper", "train")
    with psycopg.connect(dsn, user="peeper", autocommit=True) as peeper:
        seen: list[object] = []
        peeper.add_notice_handler(lambda notice: seen.append(notice.message_primary))
        peeper.execute("select peeper.leak('it tells'::text)")
        columns = peeper.execute(COLUMNS).fetchall()
        assert {"_serving", "runs", "learning_curves"} <= {view for view, _ in columns}
        # To the server these plans cost so much that it would compile each query, for nothing.
        peeper.execute("set jit to off")
        for plan in PLANS:
            peeper.execute(plan.encode())
            for view, column in columns:
                told = "select from cerebro.{} v where peeper.leak(v.{})"
                peeper.execute(sql.SQL(told).format(sql.Identifier(view), sql.Identifier(column)))
        assert seen == ["seen: it tells"]


@pytest.mark.usefixtures("no_levels")
def test_revoking_takes_out_of_all_shares(connection: Connection) -> None:
    grant(connection, "ben", "predict")
    shares = (
        "select shared_with from cerebro.runs union all select shared_with from cerebro.datasets"
    )
    for kind in ("run", "dataset"):
        connection.execute("select cerebro_share('anns', 'ben', %s)", [kind])
        connection.execute("select cerebro_share('anns', 'ben', %s)", [kind])
        connection.execute("select cerebro_share('anns', 'heir', %s)", [kind])
    assert connection.execute(shares).fetchall() == [(["ben", "heir"],)] * 2
    connection.execute("select cerebro_revoke('ben')")
    assert connection.execute(shares).fetchall() == [(["heir"],)] * 2
    connection.execute("select cerebro_revoke('heir')")
    assert connection.execute(shares).fetchall() == [([],)] * 2
