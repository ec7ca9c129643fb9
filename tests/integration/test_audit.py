"""The audit trail: a line for each verb that did something, which nobody changes."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest
from fix_server import Connection
from psycopg import errors

from cerebro_db.testing.calls import QUICK, call, fit, rows

LINEAR = """model := '{"family": "linear"}', space := '{"learning_rate": [0.1]}', epochs := 1"""
AUDIT = "select action, kind, name, details from cerebro.audit where id > %s order by id"

# What a role does, and the lines that come of it, in order.
DEEDS: list[tuple[str, list[tuple[object, ...]]]] = [
    (
        "cerebro_prepare('d', 'rows', 'y')",
        [("prepare", "dataset", "d", {"source": "rows", "rows": 320})],
    ),
    (
        f"cerebro_fit('r', 'd', {LINEAR})",
        [("fit", "run", "r", {"dataset": "d"})],
    ),
    (
        f"cerebro_fit('own', 'rows', 'y', {LINEAR})",
        [
            ("prepare", "dataset", "own", {"source": "rows", "rows": 320}),
            ("fit", "run", "own", {"dataset": "own"}),
        ],
    ),
    (f"cerebro_submit('s', 'd', {LINEAR})", [("submit", "run", "s", {"dataset": "d"})]),
    ("cerebro_cancel('s')", [("cancel", "run", "s", {})]),
    ("cerebro_resume('s')", [("resume", "run", "s", {"config": None})]),
    (
        """cerebro_clone('r', 1, '{"learning_rate": 0.2}', true)""",
        [("clone", "run", "r", {"config": 1, "made": 2})],
    ),
    ("""cerebro_add('r', '{"learning_rate": [1, 2]}')""", [("add", "run", "r", {"configs": 2})]),
    (f"cerebro_submit('t', 'd', {LINEAR})", [("submit", "run", "t", {"dataset": "d"})]),
    ("cerebro_stop('t', 1)", [("stop", "run", "t", {"config": 1})]),
    ("cerebro_stop('t')", [("stop", "run", "t", {"config": None})]),
    ("cerebro_model('m', '{\"family\": \"linear\"}')", [("model", "model", "m", {})]),
    ("cerebro_share('m', 'bystander', 'model')", [("share", "model", "m", {"role": "bystander"})]),
    (
        "cerebro_unshare('m', 'bystander', 'model')",
        [("unshare", "model", "m", {"role": "bystander"})],
    ),
    (
        "cerebro_predict_table('r', 'select * from rows', 'b', 'pg_temp.o')",
        [
            (
                "predict_table",
                "run",
                "r",
                {"source": "select * from rows", "output": "pg_temp.o", "rows": 400},
            )
        ],
    ),
    ("cerebro_evaluate('r', 'rows')", [("evaluate", "run", "r", {"source": "rows", "rows": 400})]),
    ("cerebro_drop('m', 'model')", [("drop", "model", "m", {})]),
    ("cerebro_drop('own')", [("drop", "run", "own", {})]),
    (
        "cerebro_grant('bystander', 'predict')",
        [("grant", "role", "bystander", {"level": "predict"})],
    ),
    ("cerebro_revoke('bystander')", [("revoke", "role", "bystander", {})]),
    ("cerebro_score('r', t) from (select 1 as a, 2 as b) t", []),
    ("cerebro_wait('r')", []),
]
REFUSED = (
    "cerebro_drop('nothing')",
    "cerebro_share('r', 'bystander', 'table')",
    "cerebro_grant('bystander', 'root')",
    "cerebro_prepare('e', 'rows', 'z')",
    f"cerebro_fit('r', 'd', {LINEAR})",
    "cerebro_evaluate('r', 'select * from rows where false')",
    "cerebro_predict_table('r', 'rows', 'c', 'pg_temp.p')",
)


@pytest.fixture(scope="module", autouse=True)
def roles(connection: Connection) -> None:
    connection.execute(
        "create table rows as select i % 7 as a, i as b, i % 2 = 0 as y"
        " from generate_series(1, 400) i"
    )
    connection.execute(
        "create role auditor login; create role doer login; create role bystander login;"
        " create role team; grant team to doer; grant select on rows to team, auditor"
    )
    call(connection, "cerebro_grant", "auditor", "admin")
    call(connection, "cerebro_grant", "team", "train")


@pytest.fixture(scope="module")
def auditor(dsn: str, roles: None) -> Iterator[Connection]:
    """A session of an administrator."""
    with psycopg.connect(dsn, user="auditor", autocommit=True) as session:
        yield session


@pytest.fixture
def last(connection: Connection) -> object:
    """The number of the last line before a test."""
    row = connection.execute("select coalesce(max(id), 0) from cerebro.audit").fetchone()
    assert row is not None
    return row[0]


@pytest.mark.parametrize(("deed", "lines"), DEEDS, ids=[deed[:20] for deed, _ in DEEDS])
def test_what_is_done_is_listed(
    auditor: Connection, last: object, deed: str, lines: list[tuple[object, ...]]
) -> None:
    auditor.execute(f"select {deed}".encode())
    assert auditor.execute(AUDIT, [last]).fetchall() == lines


@pytest.mark.parametrize("deed", REFUSED)
def test_what_is_refused_is_not_listed(auditor: Connection, last: object, deed: str) -> None:
    with pytest.raises(psycopg.Error):
        auditor.execute(f"select {deed}".encode())
    assert auditor.execute(AUDIT, [last]).fetchall() == []


def test_a_line_says_who_and_when(dsn: str, connection: Connection, last: object) -> None:
    who = (
        "select login, role, name, at between now() - interval '1 minute' and clock_timestamp()"
        " from cerebro.audit where id > %s order by id"
    )
    with psycopg.connect(dsn, user="doer", autocommit=True) as doer:
        doer.execute("""select cerebro_model('one', '{"family": "linear"}')""")
        doer.execute("set role team")
        doer.execute("""select cerebro_model('two', '{"family": "linear"}')""")
    assert connection.execute(who.encode(), [last]).fetchall() == [
        ("doer", "doer", "one", True),
        ("doer", "team", "two", True),
    ]


def test_a_rollback_takes_nothing_back_but_grants(
    dsn: str, auditor: Connection, last: object
) -> None:
    with psycopg.connect(dsn, user="auditor") as session:
        session.execute("select cerebro_predict_table('r', 'rows', 'b', 'pg_temp.q')")
        session.execute("""select cerebro_model('rolled back', '{"family": "linear"}')""")
        session.execute("select cerebro_grant('bystander', 'train')")
        session.rollback()
    actions = [row[0] for row in auditor.execute(AUDIT, [last]).fetchall()]
    assert actions == ["predict_table", "model"]
    levels = "select level from cerebro.grants where role = 'bystander'::regrole"
    assert auditor.execute(levels).fetchall() == []
    auditor.execute("select cerebro_drop('rolled back', 'model')")


def test_each_role_sees_what_its_own_have_done(dsn: str, connection: Connection) -> None:
    with psycopg.connect(dsn, user="doer", autocommit=True) as doer:
        doer.execute("""select cerebro_model('three', '{"family": "linear"}')""")
        found = doer.execute("select distinct role from cerebro.audit order by 1").fetchall()
        assert found == [("doer",), ("team",)]
        doer.execute("set role team")
        found = doer.execute("select distinct role from cerebro.audit").fetchall()
        assert found == [("team",)]


def test_only_an_administrator_deletes_and_nobody_changes(
    dsn: str, connection: Connection, auditor: Connection
) -> None:
    changes = (
        "update cerebro.audit set role = 'somebody'",
        "insert into cerebro.audit (login, role, action, kind, name, details)"
        " values ('doer', 'doer', 'drop', 'run', 'r', '{}')",
        "truncate cerebro._audit",
        "delete from cerebro._audit",
        "update cerebro._audit set role = 'somebody'",
        "select from cerebro._audit",
    )
    with psycopg.connect(dsn, user="doer", autocommit=True) as doer:
        for change in (*changes, "delete from cerebro.audit"):
            with pytest.raises(errors.InsufficientPrivilege):
                doer.execute(change.encode())
    for change in changes:
        with pytest.raises(errors.InsufficientPrivilege):
            auditor.execute(change.encode())
    assert auditor.execute("delete from cerebro.audit where name = 'three'").rowcount == 1


def test_workers_add_and_no_more(connection: Connection) -> None:
    connection.execute("set role cerebro_worker")
    try:
        for change in (
            "select from cerebro._audit",
            "delete from cerebro._audit",
            "update cerebro._audit set role = 'somebody'",
            "truncate cerebro._audit",
        ):
            with pytest.raises(errors.InsufficientPrivilege):
                connection.execute(change.encode())
    finally:
        connection.execute("reset role")


def test_no_argument_adds_to_a_line(auditor: Connection, last: object) -> None:
    """What verbs call can be called with anything."""
    forged = '0", "kind": "layer'
    auditor.execute("select cerebro._store_code('l', 'loss', '', %s, '', null)", [forged])
    found = auditor.execute(AUDIT, [last]).fetchall()
    assert found == [("register_code", "code", "l", {"kind": "loss", "sha256": forged})]
    auditor.execute("select cerebro_drop('l', 'code')")


def test_every_action_is_one_of_a_verb(dsn: str, connection: Connection) -> None:
    fit(connection, "last", "d", **QUICK)
    verbs = r"select distinct proname::text from pg_proc where proname ~ '^cerebro_'"
    found = rows(connection, "select distinct action from cerebro.audit")
    assert {f"cerebro_{row[0]}" for row in found} <= {row[0] for row in rows(connection, verbs)}
