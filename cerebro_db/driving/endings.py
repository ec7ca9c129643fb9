"""How a run ends before its time: what is the run's own fault, and what people read of it."""

from __future__ import annotations

from collections.abc import Mapping

from cerebro_db.errors import CerebroError, MissingFramework, NoConnection, Standoff, shortage_of
from cerebro_db.session.messages import message_of
from cerebro_db.session.process import Leaving


def reasons_of(failures: Mapping[int, str]) -> str:
    """Return why configurations failed: the first few reasons, each with who had it."""
    had: dict[str, list[int]] = {}
    for config, reason in sorted(failures.items()):
        had.setdefault(reason, []).append(config)
    shown = [
        f"config {', '.join(map(str, who[:5]))}{', ...' if len(who) > 5 else ''} {reason}"
        for reason, who in list(had.items())[:3]
    ]
    return "; ".join(shown) + "."


def interrupts(error: BaseException) -> bool:
    """Return whether an error is none of the run's: once there is room again, or what trains it is
    installed, it goes on."""
    others = NoConnection | Standoff | Leaving | MissingFramework
    return isinstance(error, others) or shortage_of(error) is not None


def reason_of(error: BaseException) -> str:
    """Return what a person reads of an error that interrupts a run."""
    detail = error.detail if isinstance(error, CerebroError) else ""
    return "; ".join(part for part in (message_of(error), detail) if part)


def is_cancel(error: BaseException) -> bool:
    """Return whether the caller was cancelled: SQLSTATE class 57 is an operator's intervention."""
    return isinstance(error, KeyboardInterrupt) or str(getattr(error, "sqlstate", "")).startswith(
        "57"
    )
