"""Sets JAX up for a worker, before it does anything."""

from __future__ import annotations

import os

from cerebro_db.training._backend import Backend


def start(threads: int) -> Backend:
    """Import JAX and Keras on it, and have it start its threads: ``threads`` in each pool."""
    # XLA asks this for how many processors there are.
    os.environ["NPROC"] = str(threads)
    os.environ["JAX_PLATFORMS"] = "cpu"
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    if threads == 1:
        flags = os.environ.get("XLA_FLAGS", "")
        os.environ["XLA_FLAGS"] = f"{flags} --xla_cpu_multi_thread_eigen=false".strip()
    import jax
    import keras  # noqa: F401

    # What computes is the thread that asks: it is waited for anyway.
    jax.config.update("jax_cpu_enable_async_dispatch", False)
    # The pools of the client, and of what compiles, start with the first use of each.
    jax.jit(lambda x: x @ x)(jax.numpy.ones((8, 8))).block_until_ready()
    from cerebro_db.training.jax.backend import Jax

    return Jax()
