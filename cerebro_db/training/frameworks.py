"""The frameworks that can train: each is a folder here, which this module alone chooses."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib.util import find_spec

from cerebro_db.model.frameworks import JAX, TENSORFLOW, TORCH, Framework
from cerebro_db.training._backend import Backend


def start(framework: Framework, threads: int) -> Backend:
    """Import a framework, and have it start its threads.

    Args:
        threads: how many it may compute with.
    """
    return _STARTS[framework](threads)


def installed() -> tuple[Framework, ...]:
    """Return the frameworks that this Python has, without importing any."""
    return tuple(framework for framework in _STARTS if find_spec(framework) is not None)


def _tensorflow(threads: int) -> Backend:
    from cerebro_db.training.tensorflow.starting import start

    return start(threads)


def _jax(threads: int) -> Backend:
    from cerebro_db.training.jax.starting import start

    return start(threads)


def _torch(threads: int) -> Backend:
    from cerebro_db.training.torch.starting import start

    return start(threads)


_STARTS: Mapping[Framework, Callable[[int], Backend]] = {
    TENSORFLOW: _tensorflow,
    JAX: _jax,
    TORCH: _torch,
}
