"""Two ordinary roles: neither sees, uses or steers what belongs to the other, unless it is shared,
and then only uses it. Every verb and every view is tried, as the catalog lists them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass

import psycopg
import pytest
from psycopg import sql
from psycopg.rows import namedtuple_row

from cerebro_db.testing.calls import QUICK, call, drop, error_of, fit, rows, value
from cerebro_db.testing.database import Connection

OWNER, OTHER = (f"cerebro_test_{name}_{os.getpid()}" for name in ("owner", "other"))

DENIED, UNSEEN = "42501", "42704"
LINEAR = """model := '{"family": "linear"}', space := '{"learning_rate": [0.1]}', epochs := 1"""
THEIR_MODEL = LINEAR.replace('"family": "linear"', '"name": "theirs"')
ONE = "(select 1 as a, 2 as b) t"


@dataclass(frozen=True)
class Attempt:
    """A call on what belongs to another role, the SQLSTATE that it ends in, and that when all of it
    is shared: None where it then works."""

    verb: str
    arguments: str
    alone: str
    shared: str | None = DENIED
    source: str = ""

    @property
    def query(self) -> str:
        """The statement."""
        return f"select cerebro_{self.verb}({self.arguments})" + self.source


ATTEMPTS = [
    Attempt("prepare", "'theirs', 'rows', 'y', replace := true", DENIED),
    Attempt("prepare", "'theirs', 'rows', 'y'", DENIED, "42710"),
    Attempt("fit", f"'fitted', 'theirs', {LINEAR}", DENIED, None),
    Attempt("fit", f"'theirs', 'rows', 'y', {LINEAR}", DENIED, "42710"),
    Attempt("fit", f"'modelled', 'rows', 'y', {THEIR_MODEL}", DENIED, None),
    Attempt("submit", f"'submitted', 'theirs', {LINEAR}", DENIED, None),
    Attempt("wait", "'theirs'", DENIED, None),
    Attempt("resume", "'theirs'", DENIED),
    Attempt("stop", "'theirs'", DENIED),
    Attempt("stop", "'theirs', 1", DENIED),
    Attempt("cancel", "'theirs'", DENIED),
    Attempt("clone", "'theirs', 1", DENIED),
    Attempt("add", """'theirs', '{"learning_rate": [0.2]}'""", DENIED),
    Attempt("predict", "'theirs', t", UNSEEN, None, f" from {ONE}"),
    Attempt("score", "'theirs', t", UNSEEN, None, f" from {ONE}"),
    Attempt("proba", "'theirs', t", UNSEEN, None, f" from {ONE}"),
    Attempt("predict_table", "'theirs', 'rows', 'a', 'pg_temp.predicted'", UNSEEN, None),
    Attempt("evaluate", "'theirs', 'rows'", UNSEEN, None),
    # It has no folds.
    Attempt("predictions", "'theirs'", DENIED, "22023"),
    Attempt("model", """'theirs', '{"family": "linear"}'""", DENIED, "42710"),
    Attempt("describe", "'theirs', 'mine'", DENIED),
    Attempt("drop", "'theirs'", DENIED),
    Attempt("drop", "'theirs', 'dataset'", DENIED),
    Attempt("drop", "'theirs', 'model'", DENIED),
    Attempt("share", f"'theirs', '{OTHER}'", DENIED),
    Attempt("share", f"'theirs', '{OTHER}', 'dataset'", DENIED),
    Attempt("share", f"'theirs', '{OTHER}', 'model'", DENIED),
    Attempt("unshare", f"'theirs', '{OTHER}'", DENIED),
    Attempt("grant", f"'{OTHER}', 'admin'", DENIED),
    Attempt("revoke", f"'{OWNER}'", DENIED),
    Attempt("register_code", "'Own', 'layer', 'class Own: pass'", DENIED),
]
ATTEMPTED = pytest.mark.parametrize("attempt", ATTEMPTS, ids=lambda attempt: attempt.verb)
KINDS = ("run", "dataset", "model")
# They take no name: what they may touch is tested by itself.
WITHOUT_A_NAME = {"cerebro_run_queue"}


@pytest.fixture(scope="module", autouse=True)
def things(dsn: str, connection: Connection) -> Iterator[None]:
    """A run, a dataset and a model of one role, and a run of its own that is queued."""
    connection.execute(
        "create table rows as"
        " select i % 7 as a, (i * 7919) % 104729 as b, i % 2 = 0 as y"
        " from generate_series(1, 400) i"
    )
    for role in (OWNER, OTHER):
        connection.execute(sql.SQL("create role {}").format(sql.Identifier(role)))
        connection.execute(sql.SQL("grant select on rows to {}").format(sql.Identifier(role)))
        call(connection, "cerebro_grant", role, "train")
    with acting(dsn, OWNER) as owner:
        owner.execute("select cerebro_prepare('theirs', 'rows', 'y')")
        owner.execute("""select cerebro_model('theirs', '{"family": "linear"}')""")
        fit(owner, "theirs", "theirs", **QUICK)
        owner.execute(f"select cerebro_submit('queued', 'theirs', {LINEAR})".encode())
    yield
    for role in (OWNER, OTHER):
        connection.execute(sql.SQL("drop owned by {} cascade").format(sql.Identifier(role)))
        connection.execute(sql.SQL("drop role {}").format(sql.Identifier(role)))


def acting(dsn: str, role: str) -> Connection:
    """Open a session of a role."""
    session = psycopg.connect(dsn, autocommit=True, row_factory=namedtuple_row)
    session.execute(sql.SQL("set role {}").format(sql.Identifier(role)))
    return session


@pytest.fixture(scope="module")
def other(dsn: str, things: None) -> Iterator[Connection]:
    """A session of the other role, which all tests share: it gets warm."""
    with acting(dsn, OTHER) as session:
        yield session


@pytest.fixture
def shared(dsn: str) -> Iterator[None]:
    """All that can be shared is, for the time of a test."""
    with acting(dsn, OWNER) as owner:
        for kind in KINDS:
            call(owner, "cerebro_share", "theirs", OTHER, kind)
        yield
        for kind in KINDS:
            call(owner, "cerebro_unshare", "theirs", OTHER, kind)


def what_there_is(connection: Connection) -> list[object]:
    """Return all that verbs could have changed."""
    return [
        value(connection, f"select md5(string_agg(t::text, '|' order by t::text)) from {table} t")
        for table in (
            "cerebro._runs",
            "cerebro._configs",
            "cerebro._datasets",
            "cerebro._models",
            "cerebro._decisions",
            "cerebro._kept_states",
            "cerebro._audit",
            "cerebro.grants",
        )
    ]


def test_there_is_an_attempt_at_every_verb(connection: Connection) -> None:
    verbs = rows(
        connection, r"select distinct proname::text from pg_proc where proname ~ '^cerebro_'"
    )
    tried = {f"cerebro_{attempt.verb}" for attempt in ATTEMPTS}
    assert {row.proname for row in verbs} == tried | WITHOUT_A_NAME


@ATTEMPTED
def test_what_belongs_to_another_cannot_be_used(
    connection: Connection, other: Connection, attempt: Attempt
) -> None:
    before = what_there_is(connection)
    with pytest.raises(psycopg.Error) as caught:
        other.execute(attempt.query.encode())
    assert caught.value.sqlstate == attempt.alone
    # Not even whose it is.
    assert OWNER not in f"{caught.value.diag.message_primary} {caught.value.diag.message_detail}"
    assert what_there_is(connection) == before


@ATTEMPTED
@pytest.mark.usefixtures("shared")
def test_what_is_shared_can_be_used_and_no_more(
    connection: Connection, other: Connection, attempt: Attempt
) -> None:
    before = what_there_is(connection)
    if attempt.shared is None:
        other.execute(attempt.query.encode())
        return
    with pytest.raises(psycopg.Error) as caught:
        other.execute(attempt.query.encode())
    assert caught.value.sqlstate == attempt.shared
    assert what_there_is(connection) == before


def drop_runs(session: Connection, which: str = "") -> None:
    """Drop what runs a role sees."""
    # One by one: in a query over a table the verb would run on segments.
    for row in rows(session, f"select run from cerebro.runs {which}"):
        drop(session, row.run)


def test_the_queue_of_another_is_not_run(other: Connection, connection: Connection) -> None:
    drop_runs(other, "where status = 'queued'")
    assert call(other, "cerebro_run_queue") == [(0,)]
    assert value(connection, "select status from cerebro.runs where run = 'queued'") == "queued"


def views(session: Connection) -> set[str]:
    """Return the views that a role may read, but for those that show no objects of roles."""
    found = rows(
        session,
        "select c.relname::text from pg_class c join pg_namespace n on n.oid = c.relnamespace"
        " where n.nspname = 'cerebro' and c.relkind = 'v' and c.relname not in ('code', 'workers')"
        " and has_table_privilege(c.oid, 'select')",
    )
    return {row.relname for row in found}


def seen(session: Connection) -> set[str]:
    """Return the views that show something of the other role to the one that asks."""
    return {
        view
        for view in views(session)
        if rows(session, f"select t from cerebro.{view} t where t::text like '%%theirs%%'")
    }


def test_views_show_what_one_may_use(dsn: str, connection: Connection) -> None:
    of_runs = {
        "runs", "configs", "leaderboard", "learning_curves", "decisions", "progress", "hops",
        "_serving",
    }  # fmt: skip
    # A grid decides nothing after its beginning.
    connection.execute(
        "insert into cerebro._decisions (run, seq, what, why)"
        " select id, 100, 'stop', 'the worst' from cerebro._runs where name = 'theirs'"
    )
    with acting(dsn, OWNER) as owner, acting(dsn, OTHER) as session:
        assert views(owner) == seen(owner) == of_runs | {"datasets", "models", "audit"}
        drop_runs(session)
        connection.execute("delete from cerebro._audit where role = %s", [OTHER])
        assert seen(session) == set()
        for kind, shown in (("run", of_runs), ("dataset", {"datasets"}), ("model", {"models"})):
            call(owner, "cerebro_share", "theirs", OTHER, kind)
            assert seen(session) == shown
            call(owner, "cerebro_unshare", "theirs", OTHER, kind)
            assert seen(session) == set()
    connection.execute("delete from cerebro._decisions where seq = 100")


def test_a_run_goes_on_only_while_its_dataset_may_be_used(dsn: str, connection: Connection) -> None:
    more = {**QUICK, "options": {"keep": 1}}
    queued = f"select cerebro_submit('borrowing too', 'theirs', {LINEAR})"
    with acting(dsn, OWNER) as owner, acting(dsn, OTHER) as session:
        call(owner, "cerebro_share", "theirs", OTHER, "dataset")
        fit(session, "borrowing", "theirs", **more)
        session.execute("""select cerebro_clone('borrowing', 1, '{"learning_rate": 0.2}', true)""")
        session.execute(queued.encode())
        call(owner, "cerebro_unshare", "theirs", OTHER, "dataset")
        for verb in (
            "resume('borrowing')",
            "resume('borrowing', 2)",
            "clone('borrowing', 1, '{}', true)",
            """add('borrowing', '{"learning_rate": [0.5]}')""",
        ):
            error = error_of(session, f"select cerebro_{verb}")
            assert error.sqlstate == DENIED, verb
            assert "cerebro_share" in str(error.diag.message_hint)
        assert call(session, "cerebro_run_queue") == [(1,)]
        assert call(session, "cerebro_run_queue") == [(0,)]
        status = "select status from cerebro.runs where run = %s"
        assert value(connection, status, "borrowing too") == "failed"
        # What it has learned is its own.
        session.execute(f"select cerebro_score('borrowing', t) from {ONE}".encode())
        call(owner, "cerebro_share", "theirs", OTHER, "dataset")
        assert len(call(session, "cerebro_resume", "borrowing")) == 2
        call(owner, "cerebro_unshare", "theirs", OTHER, "dataset")


def test_an_administrator_acts_as_the_owner_of_everything(dsn: str, connection: Connection) -> None:
    call(connection, "cerebro_grant", OTHER, "admin")
    try:
        with acting(dsn, OTHER) as admin:
            fit(admin, "of the administrator", "theirs", **QUICK)
            board = call(admin, "cerebro_clone", "theirs", 1, {"learning_rate": 0.3}, True)
            assert len(board) == 1
            assert len(call(admin, "cerebro_resume", "theirs")) == 2
            owner = "select owner from cerebro.runs where run = %s"
            assert value(admin, owner, "theirs") == OWNER
            call(admin, "cerebro_share", "theirs", OTHER)
            call(admin, "cerebro_unshare", "theirs", OTHER)
            call(admin, "cerebro_drop", "of the administrator")
            admin.execute("insert into cerebro.settings (workers_per_run) values (2)")
            admin.execute("delete from cerebro.settings")
            assert rows(admin, "select level from cerebro.grants where level = 'admin'")
            call(admin, "cerebro_grant", OTHER, "train")
            assert error_of(admin, "select cerebro_drop('queued')").sqlstate == DENIED
    finally:
        call(connection, "cerebro_grant", OTHER, "train")
