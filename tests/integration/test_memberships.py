"""Which members of a role have what it owns, what is shared with it, and its level: those that
inherit from it, by an option of the role or, since PostgreSQL 16, of the grant."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import psycopg
import pytest
from fix_server import Connection
from levels import SCORE, grant, set_the_scene
from psycopg import errors, sql

# When membership, the use of its rights and SET ROLE became three things.
OPTIONS = 160000


@dataclass(frozen=True)
class Way:
    """A way to make ``member`` a member of {}, maybe by way of ``between``, and what that gives.

    With ``since``, a server before that takes no such statement.
    """

    statements: str
    inherits: bool
    sets: bool
    since: int = 0

    def go(self, connection: Connection, role: str) -> bool:
        """Make ``member`` a member of a role; return whether the server knows this way."""
        statements = sql.SQL(self.statements).format(sql.Identifier(role))  # type: ignore[arg-type]
        if connection.info.server_version < self.since:
            with pytest.raises(errors.SyntaxError):
                connection.execute(statements)
            return False
        connection.execute(statements)
        return True


WAYS = [
    Way("grant {} to member", inherits=True, sets=True),
    Way("grant {} to member with admin option", inherits=True, sets=True),
    Way("alter role member noinherit; grant {} to member", inherits=False, sets=True),
    Way("grant {} to between; grant between to member", inherits=True, sets=True),
    Way(
        "alter role between noinherit; grant {} to between; grant between to member",
        inherits=False,
        sets=True,
    ),
    Way("grant {} to member with inherit false", inherits=False, sets=True, since=OPTIONS),
    Way(
        "alter role member noinherit; grant {} to member with inherit true",
        inherits=True,
        sets=True,
        since=OPTIONS,
    ),
    Way("grant {} to member with set false", inherits=True, sets=False, since=OPTIONS),
    Way(
        "grant {} to member with admin true, inherit false, set false",
        inherits=False,
        sets=False,
        since=OPTIONS,
    ),
    Way(
        "grant {} to between with inherit false; grant between to member",
        inherits=False,
        sets=True,
        since=OPTIONS,
    ),
    Way(
        "grant {} to between; grant between to member with inherit true, set false",
        inherits=True,
        sets=False,
        since=OPTIONS,
    ),
]
RUNS = "select run from cerebro.runs"


@pytest.fixture(scope="module", autouse=True)
def scene(connection: Connection) -> None:
    set_the_scene(connection)


@pytest.fixture(autouse=True)
def roles(connection: Connection) -> Iterator[None]:
    """Roles ``member`` and ``between``, and of ``heir`` neither a level nor anything shared."""
    connection.execute("create role member login; create role between")
    yield
    connection.execute("select cerebro_unshare('anns', 'heir')")
    for role in ("member", "between", "heir"):
        connection.execute("select cerebro_revoke(%s)", [role])
    connection.execute("drop role member, between")


@pytest.fixture
def member(dsn: str, roles: None) -> Iterator[Connection]:
    """A session of ``member``."""
    with psycopg.connect(dsn, user="member", autocommit=True) as session:
        yield session


@pytest.mark.parametrize("way", WAYS)
def test_what_a_role_owns_is_its_inheritors(
    connection: Connection, member: Connection, way: Way
) -> None:
    grant(connection, "member", "train")
    assert member.execute(RUNS).fetchall() == []
    if not way.go(connection, "ann"):
        return
    described = "select cerebro_describe('anns', 'what it is for')"
    if way.inherits:
        assert member.execute(RUNS).fetchall() == [("anns",)]
        assert member.execute("select count(*) from cerebro.datasets").fetchone() == (1,)
        assert member.execute(SCORE).fetchone() is not None
        member.execute(described)
    else:
        assert member.execute(RUNS).fetchall() == []
        assert member.execute("select count(*) from cerebro.datasets").fetchone() == (0,)
        with pytest.raises(errors.UndefinedObject):
            member.execute(SCORE)
        with pytest.raises(errors.InsufficientPrivilege):
            member.execute(described)
    if way.sets:
        member.execute("set role ann")
        assert member.execute(RUNS).fetchall() == [("anns",)]
        member.execute(described)
    else:
        with pytest.raises(errors.InsufficientPrivilege):
            member.execute("set role ann")


@pytest.mark.parametrize("way", WAYS)
def test_what_is_shared_with_a_role_is_seen_by_its_inheritors(
    connection: Connection, member: Connection, way: Way
) -> None:
    grant(connection, "member", "train")
    if not way.go(connection, "heir"):
        return
    assert member.execute(RUNS).fetchall() == []
    connection.execute("select cerebro_share('anns', 'heir')")
    if way.inherits:
        assert member.execute(RUNS).fetchall() == [("anns",)]
        assert member.execute(SCORE).fetchone() is not None
    else:
        assert member.execute(RUNS).fetchall() == []
        with pytest.raises(errors.UndefinedObject):
            member.execute(SCORE)
    with pytest.raises(errors.InsufficientPrivilege):
        member.execute("select cerebro_drop('anns')")


@pytest.mark.parametrize("way", WAYS)
def test_the_level_of_a_role_is_its_inheritors(
    connection: Connection, member: Connection, way: Way
) -> None:
    grant(connection, "heir", "admin")
    if not way.go(connection, "heir"):
        return
    administers = "select cerebro_grant('between', 'predict')"
    for session_role in ["member", "heir"] if way.sets else ["member"]:
        member.execute(sql.SQL("set role {}").format(sql.Identifier(session_role)))
        if way.inherits or session_role == "heir":
            assert member.execute(RUNS).fetchall() == [("anns",)]
            member.execute(administers)
        else:
            for call in (RUNS, SCORE, administers):
                with pytest.raises(errors.InsufficientPrivilege):
                    member.execute(call.encode())


def test_a_session_notices_that_it_inherits_no_more(
    connection: Connection, member: Connection
) -> None:
    grant(connection, "member", "predict")
    connection.execute("grant ann to member")
    assert member.execute(SCORE).fetchone() is not None
    options = connection.info.server_version >= OPTIONS
    connection.execute(
        "grant ann to member with inherit false" if options else "alter role member noinherit"
    )
    with pytest.raises(errors.UndefinedObject):
        member.execute(SCORE)


def test_who_creates_a_role_has_nothing_of_it(dsn: str, connection: Connection) -> None:
    """Since PostgreSQL 16 the creator is a member that may pass the membership on, no more."""
    connection.execute("alter role member createrole")
    grant(connection, "member", "predict")
    with psycopg.connect(dsn, user="member", autocommit=True) as creator:
        creator.execute("create role made")
        connection.execute("select cerebro_share('anns', 'made')")
        assert creator.execute(RUNS).fetchall() == []
        with pytest.raises(errors.UndefinedObject):
            creator.execute(SCORE)
        creator.execute("grant made to member")
        assert creator.execute(RUNS).fetchall() == [("anns",)]
        assert creator.execute(SCORE).fetchone() is not None
        connection.execute("select cerebro_unshare('anns', 'made')")
        connection.execute("drop role made")


@pytest.mark.parametrize("way", WAYS)
def test_sessions_of_ours_log_in_as_who_may_become_a_worker(
    connection: Connection, member: Connection, way: Way
) -> None:
    if not way.go(connection, "cerebro_worker"):
        return
    found = connection.execute(
        "select true from cerebro._sessions() where pid = %s", [member.info.backend_pid]
    ).fetchone()
    assert found == ((True,) if way.sets else None)
