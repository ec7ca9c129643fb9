"""Polls: called again and again while something takes its time, and raise to give it up."""

from __future__ import annotations


def no_poll() -> None:
    """Give up nothing: for work on nobody's behalf."""
