"""The server's just-in-time compiler and a framework, of which some have an LLVM of their own, in
one backend."""

from __future__ import annotations

import sysconfig

import psycopg
import pytest

from cerebro_db.testing.database import Connection

# In a session of a superuser's: ours have the server's compiler off.
TRAIN = """
create or replace function trained(path text, framework text) returns text
language plpython3u as $python$
    import sys
    from hashlib import sha256
    if path not in sys.path:
        sys.path.append(path)
    import numpy as np
    from cerebro_db import training
    from cerebro_db.model import resolve
    from cerebro_db.model.signature import TARGETS, Input, Output, Signature
    from cerebro_db.training import Progress, UnitKey, sizes_of

    training.configure(1, framework)
    training.warm_up()
    from cerebro_db.training.keras.programs import PROGRAMS

    PROGRAMS.clear()
    numbers = Input("numeric", "numeric", (5,), "float32")
    output = Output("binary", ("y",), 1, ("no", "yes"), (50, 50))
    spec = resolve(
        {"family": "mlp", "hidden": [64, 64], "batch_norm": True, "dropout": 0.1},
        {}, Signature((numbers,), output), lambda name: {}, framework=framework,
    )
    drawn = np.random.default_rng(0).normal(size=(2000, 5)).astype(np.float32)
    chunk = {"numeric": drawn, TARGETS: (drawn[:, :1] > 0).astype(np.float32)}
    work = training.begin(
        spec, UnitKey(1, 1, 1, 0), None,
        progress=Progress(1, sizes_of([2000])), poll=lambda: plpy.execute("select 1"),
    )
    for _ in range(3):
        work.train(chunk)
    return sha256(work.finish().state).hexdigest()
$python$
"""
COMPILED = (
    "select sum(sqrt(abs(sin(i)) + i % 7)), count(distinct i % 11) from generate_series(1, 20000) i"
)
SETTINGS = """set jit = {}; set jit_above_cost = 0; set jit_inline_above_cost = 0;
    set jit_optimize_above_cost = 0"""


@pytest.fixture
def session(dsn: str, connection: Connection) -> Connection:
    """A superuser's session, which trains."""
    connection.execute(TRAIN)
    return connection


@pytest.mark.parametrize("first", ["framework", "server"])
@pytest.mark.parametrize("framework", ["jax", "torch"])
def test_both_compilers_work_in_one_backend(
    dsn: str, session: Connection, framework: str, first: str
) -> None:
    packages = sysconfig.get_path("purelib")

    def trained(caller: psycopg.Connection) -> str:
        (state,) = caller.execute("select trained(%s, %s)", [packages, framework]).fetchone()
        return state

    def compiled(caller: psycopg.Connection) -> list[object]:
        plan = caller.execute(f"explain (analyze, format text) {COMPILED}".encode()).fetchall()
        assert any("JIT:" in line for (line,) in plan)
        return caller.execute(COMPILED.encode()).fetchall()

    with psycopg.connect(dsn, autocommit=True) as alone:
        alone.execute(SETTINGS.format("off").encode())
        state, sums = trained(alone), alone.execute(COMPILED.encode()).fetchall()
    with psycopg.connect(dsn, autocommit=True) as both:
        both.execute(SETTINGS.format("on").encode())
        if first == "server":
            assert compiled(both) == sums
        for _ in range(3):
            assert trained(both) == state
            assert compiled(both) == sums
