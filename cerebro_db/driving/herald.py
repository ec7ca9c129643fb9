"""Tells the caller how a run is going, in lines that stay readable however many train."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Literal

from cerebro_db.words import counted

Notices = Literal["all", "some", "none"]
"""``all``: a line for each epoch of each configuration; ``some``: for what matters, and one about
the progress once a second at most; ``none``: nothing but what the caller has to know."""

# Between two lines about the progress.
_SECONDS = 1.0
# Configurations that are named in one line.
_NAMED = 5


class Herald:
    """Shows lines about one run.

    Args:
        notice: shows a line to the caller.
        run: the run's name.
        notices: what is shown.
        left: returns how many units are left, and how many are done.
    """

    def __init__(
        self,
        notice: Callable[[str], None],
        run: str,
        notices: Notices,
        left: Callable[[], tuple[int, int]],
    ) -> None:
        self._notice = notice
        self._run = run
        self._notices = notices
        self._left = left
        self._began: float | None = None
        self._done_before = 0
        self._shown = 0.0

    def begin(self) -> None:
        """Note that the first unit of this planner begins."""
        if self._began is None:
            self._began = time.monotonic()
            self._done_before = self._left()[1]

    def must_know(self, text: str) -> None:
        """Show what the caller has to know."""
        self._notice(f"{self._run}: {text}")

    def advises(self, text: str) -> None:
        """Show what may be done better another time."""
        if self._notices != "none":
            self._notice(f"{self._run}: {text}")

    def matters(self, text: str) -> None:
        """Show what matters."""
        if self._notices != "none":
            self._notice(f"{self._run}: {text}{self._progress()}")
            self._shown = time.monotonic()

    def epoch(self, text: str, *, new_best: bool) -> None:
        """Show an epoch's result, where it is the best so far or the caller waits for news."""
        waits = time.monotonic() - self._shown >= _SECONDS
        if self._notices == "all" or (self._notices == "some" and (waits or new_best)):
            self._notice(
                f"{self._run}: {text}{', the best so far' if new_best else ''}{self._progress()}"
            )
            self._shown = time.monotonic()

    def _progress(self) -> str:
        left, done = self._left()
        share = 100 * done / (done + left) if done + left else 100
        eta = ""
        now = done - self._done_before
        if left and now > 0 and self._began is not None:
            elapsed = time.monotonic() - self._began
            eta = f", {elapsed / now * left:.0f} s left"
        return f" ({share:.0f} % done{eta})"


def configurations(numbers: Sequence[int]) -> str:
    """Return configurations in words: by their numbers, or how many they are."""
    if len(numbers) > _NAMED:
        return counted(len(numbers), "configuration")
    listed = ", ".join(map(str, sorted(numbers)))
    return f"config {listed}" if len(numbers) == 1 else f"configs {listed}"
