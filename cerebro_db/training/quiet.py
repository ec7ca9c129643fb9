"""A framework's own words, which the server's log would hold without time, process or reason."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_MOST_BYTES = 1 << 16


@contextmanager
def quietly(poll: Callable[[], None]) -> Iterator[Callable[[], None]]:
    """Have nothing of what is written to standard error inside reach the log; give what polls.

    Libraries write there before they can be told not to. Where the block raises an error of its
    own, what was written may say why, and is written after all; not where ``poll`` gave up.
    """
    log, aside = os.dup(2), os.memfd_create("cerebro_db")
    gave_up = False

    def loud_poll() -> None:
        # What the server itself has to say then is for its log.
        nonlocal gave_up
        os.dup2(log, 2)
        try:
            poll()
        except BaseException:
            gave_up = True
            raise
        finally:
            os.dup2(aside, 2)

    os.dup2(aside, 2)
    try:
        yield loud_poll
    except BaseException:
        if not gave_up:
            os.write(log, os.pread(aside, _MOST_BYTES, 0))
        raise
    finally:
        os.dup2(log, 2)
        os.close(log)
        os.close(aside)
