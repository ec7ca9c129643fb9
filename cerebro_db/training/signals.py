"""Signals, kept from the threads of frameworks.

oneDNN's kernels for matrices keep their stack pointer in memory of the heap, where a handler's
frame overwrites what others own. Greenplum sends SIGVTALRM to whatever thread is computing.
"""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager

# What was blocked outside of ``blocked``, while this thread is inside.
_outside: set[signal.Signals] | None = None


@contextmanager
def blocked() -> Iterator[None]:
    """Have threads that start inside never handle a signal: they inherit what is blocked here."""
    global _outside
    if _outside is not None:
        yield
        return
    before = _block()
    try:
        yield
    finally:
        _open(before)


def opened(poll: Callable[[], None]) -> Callable[[], None]:
    """Return what polls as if outside of ``blocked``: the server learns of a cancel by a signal,
    which has waited until then."""

    def open_poll() -> None:
        before = _outside
        if before is None:
            poll()
            return
        _open(before)
        try:
            poll()
        finally:
            _block()

    return open_poll


def _block() -> set[signal.Signals]:
    global _outside
    _outside = set(signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals()))  # type: ignore[arg-type]
    return _outside


def _open(before: set[signal.Signals]) -> None:
    global _outside
    _outside = None
    signal.pthread_sigmask(signal.SIG_SETMASK, before)
