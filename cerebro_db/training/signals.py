"""Signals, kept from whatever computes with a framework.

oneDNN's kernels for matrices keep their stack pointer in memory of the heap, where a handler's
frame overwrites what others own. A server signals its sessions at any time, and Greenplum sends
SIGVTALRM to whatever thread is computing. Which thread computes is the framework's own affair: it
may be the one that calls.
"""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager

# What a server or a terminal sends, and has handlers for. All others would take a tenth of a
# millisecond more each time.
_SENT = frozenset(
    {
        signal.SIGALRM,
        signal.SIGHUP,
        signal.SIGINT,
        signal.SIGQUIT,
        signal.SIGTERM,
        signal.SIGURG,
        signal.SIGUSR1,
        signal.SIGUSR2,
        signal.SIGVTALRM,
    }
)

# What was blocked outside of ``blocked``, while this thread is inside.
_outside: set[signal.Signals] | None = None


@contextmanager
def blocked() -> Iterator[None]:
    """Have this thread handle no signal meanwhile, and those that start inside never any: they
    inherit what is blocked here."""
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
    _outside = set(signal.pthread_sigmask(signal.SIG_BLOCK, _SENT))  # type: ignore[arg-type]
    return _outside


def _open(before: set[signal.Signals]) -> None:
    global _outside
    _outside = None
    signal.pthread_sigmask(signal.SIG_SETMASK, before)
