"""Roles with levels, on a run that one of them owns, for tests of who may do what."""

from __future__ import annotations

import contextlib

import psycopg
from fix_server import Connection
from psycopg import sql

# The first trains; the others have no level of their own between tests.
ROLES = ("ann", "ben", "heir", "shy", "Mrs \"O'Hara", "x" * 63)
FIT = """select cerebro_fit('anns', 'rows', 'y', epochs => 1, workers => 1,
    model => '{"family": "linear"}', space => '{"learning_rate": [0.1]}')"""
SCORE = "select cerebro_score('anns', t) from (select 1 as a, 2 as b) t"
EVALUATE = "select cerebro_evaluate('anns', 'rows')"


def set_the_scene(connection: Connection) -> None:
    """Make the roles, rows that all may read, and a run of the first."""
    connection.execute(
        "create table rows as select i % 7 as a, (i * 7919) % 104729 as b, i % 2 = 0 as y"
        " from generate_series(1, 400) i"
    )
    connection.execute("grant select on rows to public")
    for role in ROLES:
        # Roles are the server's: another module may have made them.
        with contextlib.suppress(psycopg.errors.DuplicateObject):
            connection.execute(sql.SQL("create role {} login").format(sql.Identifier(role)))
    grant(connection, "ann", "train")
    connection.execute("set role ann")
    connection.execute(FIT)
    connection.execute("reset role")


def grant(connection: Connection, role: str, level: str) -> None:
    """Give a role a level."""
    connection.execute("select cerebro_grant(%s, %s)", [quoted(role), level])


def quoted(role: str) -> str:
    """Return a role as the type regrole takes it."""
    return sql.Identifier(role).as_string(None)


def levels(connection: Connection) -> dict[str, str]:
    """Return the level of each role that has one."""
    found = connection.execute(
        "select r.rolname, g.level from cerebro.grants g join pg_roles r on r.oid = g.role"
    )
    return {str(role): str(level) for role, level in found}


def take_levels(connection: Connection) -> None:
    """Take all levels but the first role's."""
    connection.execute(
        "select cerebro_revoke(role) from cerebro.grants where role <> 'ann'::regrole"
    )
    assert levels(connection) == {"ann": "train"}
