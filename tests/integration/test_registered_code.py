"""Registered code: who may put it down and drop it, who may use it, and which version runs keep."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from fix_docs import documented
from psycopg import errors, sql
from psycopg.types.json import Jsonb

from cerebro_db.testing.test_registered_code import GATE, MODEL

Connection = psycopg.Connection[Any]

REGISTER = "select cerebro_register_code(%s, %s, %s, %s)"
VERSION = "higher_is_better = True\ndef version(truth, predicted): return {}\n"
LOSS = "def own(truth, logits):\n    return (truth - logits)[:, 0] ** 2\n"


@pytest.fixture(scope="module")
def sessions(dsn: str) -> Iterator[dict[str, Connection]]:
    """Sessions of a superuser, and of roles of each level."""
    with psycopg.connect(dsn, autocommit=True) as owner:
        owner.execute(
            "create table rows as select sin(i) as a, cos(i) as b, sin(i) > cos(i) as y"
            " from generate_series(1, 600) i"
        )
        roles = {"code_admin": "admin", "code_trainer": "train", "code_reader": "predict"}
        found = {"postgres": owner}
        for role, level in roles.items():
            owner.execute(sql.SQL("create role {} login").format(sql.Identifier(role)))
            owner.execute(sql.SQL("grant select on rows to {}").format(sql.Identifier(role)))
            owner.execute("select cerebro_grant(%s, %s)", [role, level])
            found[role] = psycopg.connect(dsn, user=role, autocommit=True)
        yield found
        for role in roles:
            found[role].close()


@pytest.fixture
def admin(sessions: dict[str, Connection]) -> Connection:
    return sessions["code_admin"]


@pytest.fixture
def trainer(sessions: dict[str, Connection]) -> Connection:
    return sessions["code_trainer"]


@pytest.fixture(autouse=True)
def empty(sessions: dict[str, Connection]) -> Iterator[None]:
    """No runs and no code are left."""
    yield
    owner = sessions["postgres"]
    owner.execute("select cerebro_drop(run) from cerebro.runs")
    owner.execute("select cerebro_drop(name, 'code') from cerebro.code where current")


def register(session: Connection, name: str, kind: str, source: str, replace: bool = False) -> None:
    session.execute(REGISTER, [name, kind, source, replace])


def fetch(session: Connection, statement: str, *parameters: Any) -> Any:
    row = session.execute(statement.encode(), parameters).fetchone()
    assert row is not None
    return row[0] if len(row) == 1 else row


def submit(session: Connection, run: str, model: dict[str, Any], more: str, **space: Any) -> None:
    arguments = f"%s, 'rows', 'y', model => %s, space => %s, epochs => 1, {more}"
    statement = f"select cerebro_submit({arguments})"
    session.execute(statement.encode(), [run, Jsonb(model), Jsonb(space)])


def train(session: Connection, run: str, model: dict[str, Any], more: str, **space: Any) -> None:
    submit(session, run, model, more, **space)
    session.execute("select cerebro_run_queue()")


def values(session: Connection, run: str) -> dict[int, float]:
    statement = "select config, value from cerebro.leaderboard where run = %s"
    return dict(session.execute(statement, [run]).fetchall())


def test_nothing_is_executed_when_code_is_registered(admin: Connection, tmp_path: Path) -> None:
    tmp_path.chmod(0o777)
    trace = tmp_path / "trace"
    register(
        admin, "Own", "layer", f"open({str(trace)!r}, 'w')\nclass Own(open('{trace}', 'w')): pass\n"
    )
    assert fetch(admin, "select author, kind from cerebro.code") == ("code_admin", "layer")
    assert not trace.exists()


def test_only_administrators_register_and_drop(sessions: dict[str, Connection]) -> None:
    register(sessions["code_admin"], "own", "loss", LOSS)
    for role in ("code_trainer", "code_reader"):
        session = sessions[role]
        with pytest.raises(errors.InsufficientPrivilege):
            register(session, "own", "loss", LOSS, True)
        with pytest.raises(errors.InsufficientPrivilege):
            session.execute("select cerebro._store_code('own', 'loss', '', '', '', null)")
        with pytest.raises(errors.InsufficientPrivilege):
            session.execute("select cerebro_drop('own', 'code')")
        for statement in ("delete from", "truncate", "update", "insert into"):
            tail = {"update": " set source = ''", "insert into": " default values"}
            with pytest.raises(errors.InsufficientPrivilege):
                session.execute(f"{statement} cerebro._code{tail.get(statement, '')}".encode())
    assert fetch(sessions["code_trainer"], "select source from cerebro.code") == LOSS
    with pytest.raises(errors.InsufficientPrivilege):
        sessions["code_reader"].execute("select from cerebro.code")


def test_the_worker_registers_nothing(sessions: dict[str, Connection]) -> None:
    owner = sessions["postgres"]
    with owner.transaction(force_rollback=True):
        owner.execute("set local role cerebro_worker")
        assert fetch(owner, "select count(*) from cerebro._code") == 0
        with pytest.raises(errors.InsufficientPrivilege):
            owner.execute("insert into cerebro._code default values")
    with owner.transaction(force_rollback=True):
        owner.execute("set local role cerebro_worker")
        with pytest.raises(errors.InsufficientPrivilege):
            owner.execute("select cerebro._store_code('own', 'loss', '', '', '', null)")


def test_the_author_is_who_calls(sessions: dict[str, Connection]) -> None:
    owner = sessions["postgres"]
    with owner.transaction():
        owner.execute("set local role code_admin")
        register(owner, "own", "loss", LOSS)
    assert fetch(owner, "select author from cerebro.code") == "code_admin"
    login, role, details = fetch(
        owner,
        "select login, role, details from cerebro.audit"
        " where action = 'register_code' order by id desc limit 1",
    )
    assert (login, role, details["kind"]) == ("postgres", "code_admin", "loss")


def test_a_registration_is_part_of_its_transaction(admin: Connection) -> None:
    with admin.transaction(force_rollback=True):
        register(admin, "own", "loss", LOSS)
        assert fetch(admin, "select count(*) from cerebro.code") == 1
    assert fetch(admin, "select count(*) from cerebro.code") == 0


def test_names_are_taken(admin: Connection) -> None:
    register(admin, "own", "loss", LOSS)
    with pytest.raises(errors.DuplicateObject) as raised:
        register(admin, "own", "metric", VERSION.format(1).replace("version", "own"))
    assert "replace := true" in (raised.value.diag.message_hint or "")
    with pytest.raises(errors.DuplicateObject, match="of cerebro_db itself"):
        register(admin, "auc", "metric", VERSION.format(1).replace("version", "auc"))
    with pytest.raises(errors.InvalidParameterValue, match="line 1"):
        register(admin, "bad", "loss", "def bad(:")


def test_runs_keep_the_version_that_they_were_started_with(
    admin: Connection, trainer: Connection
) -> None:
    model, more = {"family": "linear"}, "metric => 'version'"
    register(admin, "version", "metric", VERSION.format(1.0))
    submit(trainer, "early", model, more, learning_rate=[0.01, 0.02])
    trainer.execute("select cerebro_stop('early', 1)")
    register(admin, "version", "metric", VERSION.format(2.0), True)
    trainer.execute("select cerebro_run_queue()")
    assert values(trainer, "early")[2] == 1.0
    trainer.execute("select cerebro_resume('early', 1)").fetchall()
    assert values(trainer, "early") == {1: 1.0, 2: 1.0}
    trainer.execute("select cerebro_add('early', '{\"learning_rate\": [0.1]}')")
    trainer.execute("select cerebro_resume('early')").fetchall()
    assert values(trainer, "early") == {1: 1.0, 2: 1.0, 3: 1.0}
    assert fetch(trainer, "select cerebro_evaluate('early', 'rows')")["version"] == 1.0
    train(trainer, "late", model, more, learning_rate=[0.01])
    assert values(trainer, "late") == {1: 2.0}
    assert fetch(trainer, "select cerebro_evaluate('late', 'rows')")["version"] == 2.0
    shown = dict(trainer.execute("select run, code from cerebro.runs").fetchall())
    versions = trainer.execute(
        "select name || '@' || left(sha256, 12) from cerebro.code order by current"
    ).fetchall()
    assert [shown["early"], shown["late"]] == [[version] for (version,) in versions]


def test_who_only_predicts_uses_a_model_with_a_registered_layer(
    sessions: dict[str, Connection],
) -> None:
    trainer, reader = sessions["code_trainer"], sessions["code_reader"]
    register(sessions["code_admin"], "Gate", "layer", GATE)
    train(trainer, "gated", {"keras": MODEL["keras"]}, "workers => 1", width=[4])
    trainer.execute("select cerebro_share('gated', 'code_reader')")
    found = [
        fetch(session, "select array_agg(cerebro_score('gated', r) order by a) from rows r")
        for session in (trainer, reader)
    ]
    assert len(found[0]) == 600
    assert found[0] == found[1]


def test_the_documented_code_works(sessions: dict[str, Connection]) -> None:
    owner = sessions["postgres"]
    page = "data-scientists.md"
    (table,) = documented("The examples use this table:", page)
    registering, using = documented("## Code of your own", page)
    owner.execute(table.encode())
    owner.execute(registering.encode())
    owner.execute(using.encode())
    assert len(fetch(owner, "select code from cerebro.runs")) == 3


def test_code_that_runs_use_is_not_dropped(admin: Connection, trainer: Connection) -> None:
    register(admin, "version", "metric", VERSION.format(1.0))
    train(trainer, "user", {"family": "linear"}, "metric => 'version'", learning_rate=[0.1])
    with pytest.raises(errors.ObjectInUse) as raised:
        admin.execute("select cerebro_drop('version', 'code')")
    assert "user" in (raised.value.diag.message_detail or "")
    admin.execute("select cerebro_drop('user')")
    admin.execute("select cerebro_drop('version', 'code')")
    with pytest.raises(errors.UndefinedObject):
        admin.execute("select cerebro_drop('version', 'code')")
    with pytest.raises(errors.InvalidParameterValue, match='no metric "version"'):
        submit(trainer, "user", {"family": "linear"}, "metric => 'version'")


TAMPERED = {
    # Of what is registered, and of something that nobody has.
    "source": ("jsonb_set(document, '{code,0,source}', '\"import os\"')", errors.DataException),
    "version": ("jsonb_set(document, '{code,0,sha256}', '\"0\"')", errors.InsufficientPrivilege),
}


@pytest.mark.parametrize("case", TAMPERED)
def test_workers_execute_only_what_was_registered(
    sessions: dict[str, Connection], dsn: str, case: str
) -> None:
    change, error = TAMPERED[case]
    register(sessions["code_admin"], "version", "metric", VERSION.format(1.0))
    trainer = sessions["code_trainer"]
    train(trainer, "user", {"family": "linear"}, "metric => 'version'", learning_rate=[0.1])
    sessions["postgres"].execute(f"update cerebro._specs set document = {change}".encode())
    with pytest.raises(error):
        trainer.execute("select cerebro_evaluate('user', 'rows')")


def test_a_configuration_fails_by_its_code_and_says_so(
    admin: Connection, trainer: Connection
) -> None:
    register(admin, "own", "loss", LOSS.replace("[:, 0]", "[:, 7]"))
    submit(trainer, "hopeless", {"family": "linear", "loss": "own"}, "workers => 1", l2=[0])
    trainer.execute("select cerebro_run_queue()")
    error = fetch(trainer, "select error from cerebro.configs")
    assert "registered loss own raised" in error
    register(admin, "own", "loss", LOSS, True)
    model = {"family": "linear", "loss": "own"}
    train(trainer, "better", model, "workers => 1", learning_rate=[0.01])
    assert fetch(trainer, "select status from cerebro.configs where run = 'better'") == "finished"


def test_an_error_of_a_configuration_is_kept_whole(admin: Connection, trainer: Connection) -> None:
    long = "def own(truth, logits):\n    raise ValueError('x' * 900 + ', and so it ends')\n"
    register(admin, "own", "loss", long, True)
    submit(trainer, "told", {"family": "linear", "loss": "own"}, "workers => 1", l2=[0])
    trainer.execute("select cerebro_run_queue()")
    error = fetch(trainer, "select error from cerebro.configs where run = 'told'")
    assert "x" * 900 + ", and so it ends; In line 2 of its source. (epoch 1" in error
