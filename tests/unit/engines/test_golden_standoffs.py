"""Who is found to wait for whom, what is said of it, and the golden file of what is asked."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from recording import Recorder

from cerebro_db.engines.postgres import standoffs
from cerebro_db.engines.postgres.standoffs import Lookout
from cerebro_db.errors import Standoff

CALLER, OWN, VACUUM = 10, 11, 12


def lock(pid: int, mode: str, *, granted: bool, **more: Any) -> dict[str, Any]:
    where = {"locktype": "relation", "relation": "pg_proc", "place": "1 1255"}
    return {"pid": pid, "mode": mode, "granted": granted, **where, **more}


ANSWERS: dict[str, Any] = {
    "select distinct": [{"pid": OWN}],
    "pg_blocking_pids": [
        {"pid": OWN, "blocker": VACUUM, "caller": CALLER},
        {"pid": VACUUM, "blocker": CALLER, "caller": CALLER},
    ],
    "concat_ws": [
        lock(VACUUM, "AccessExclusiveLock", granted=False),
        lock(CALLER, "AccessShareLock", granted=True),
        lock(CALLER, "RowExclusiveLock", granted=True, place="1 1247"),
    ],
    "application_name": [
        {"pid": OWN, "name": "cerebro_db control", "query": "insert into t"},
        {"pid": VACUUM, "name": "", "query": "vacuum full pg_proc"},
    ],
}


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """What time it is."""
    clock = SimpleNamespace(now=0.0)
    monkeypatch.setattr(standoffs.time, "monotonic", lambda: clock.now)
    return clock


def test_a_standoff_is_golden(clock: SimpleNamespace) -> None:
    recorder = Recorder("postgresql", ANSWERS)
    lookout = Lookout(lambda: [OWN])
    recorder.title("a standoff, seen for the first time")
    clock.now = 1.0
    lookout.look(recorder)
    recorder.title("the same, after a while")
    clock.now = 6.0
    with pytest.raises(Standoff) as caught:
        lookout.look(recorder)
    recorder.check("standoffs")
    assert caught.value.message == (
        "this would wait for ever: a session of its own waits behind process 12, which waits for"
        " pg_proc, which this transaction has locked"
    )
    assert caught.value.detail == (
        "This transaction, of process 10, holds AccessShareLock on pg_proc. Process 12 waits for"
        " AccessExclusiveLock on it, with: vacuum full pg_proc. Process 11 (cerebro_db control)"
        " waits behind that, with: insert into t."
    )


def test_a_look_is_taken_now_and_then(clock: SimpleNamespace) -> None:
    recorder = Recorder("postgresql", {})
    lookout = Lookout(lambda: [OWN])
    recorder.title("looks")
    for tenth in range(41):
        clock.now = tenth / 10
        lookout.look(recorder)
    assert len(recorder.sections["looks"]) == 4


def test_a_standoff_that_ends_is_forgotten(clock: SimpleNamespace) -> None:
    answers = dict(ANSWERS)
    lookout = Lookout(lambda: [OWN])
    recorder = Recorder("postgresql", answers)
    recorder.title("looks")
    for second, waits in enumerate([True, True, True, False, True, True, True, True]):
        answers["select distinct"] = [{"pid": OWN}] if waits else []
        clock.now = 1.0 + second
        lookout.look(recorder)


def test_those_that_wait_for_others_are_let_wait(clock: SimpleNamespace) -> None:
    """Also where these wait for each other: that is the server's to end."""
    circle = [
        {"pid": OWN, "blocker": VACUUM, "caller": CALLER},
        {"pid": VACUUM, "blocker": OWN, "caller": CALLER},
    ]
    recorder = Recorder("postgresql", {**ANSWERS, "pg_blocking_pids": circle})
    lookout = Lookout(lambda: [OWN])
    recorder.title("looks")
    for second in range(20):
        clock.now = 1.0 + second
        lookout.look(recorder)
