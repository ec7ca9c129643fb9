"""Polls: called again and again while something takes its time, and raise to give it up."""

from __future__ import annotations

import time
from collections.abc import Callable


class GivenUp(Exception):
    """Work on nobody's behalf took longer than it is worth."""


def no_poll() -> None:
    """Give up nothing: for work on nobody's behalf."""


def at_most(seconds: float) -> Callable[[], None]:
    """Return a poll that gives up, with GivenUp, when so much time has passed from now.

    For what tidies up behind a caller who may hold the very lock that it needs, where nothing looks
    for that any more.
    """
    deadline = time.monotonic() + seconds

    def poll() -> None:
        if time.monotonic() > deadline:
            raise GivenUp

    return poll
