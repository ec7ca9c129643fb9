"""Makes configurations of what a search proposes, or people bring in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from cerebro_db.driving.resolve import Resolve
from cerebro_db.errors import CerebroError, LimitExceeded
from cerebro_db.model import Spec
from cerebro_db.model.code import Code
from cerebro_db.model.resolve import TooMuchTogether
from cerebro_db.model.spec import KerasArchitecture
from cerebro_db.search import Start
from cerebro_db.session.client import ClientSession
from cerebro_db.store import configs
from cerebro_db.store.configs import NewConfig


@dataclass(frozen=True)
class Made:
    """A configuration to be, or the reason why there can be none with these values."""

    new: NewConfig
    error: CerebroError | None = None

    @property
    def reason(self) -> str | None:
        """The reason in one line, None where there is none."""
        if self.error is None:
            return None
        return f"{self.error.message}: {self.error.detail}"


def make(
    proposed: Sequence[dict[str, Any]],
    resolve: Resolve,
    poll: Callable[[], None],
    origin: configs.Origin = "search",
    *,
    strictly: bool = True,
) -> list[Made]:
    """Return the configurations of values; those with one architecture have their parts alike.

    One that needs more than it may have is returned with its error, for others may do.

    Args:
        strictly: whether values that make no configuration are refused; or else they are returned
            with their error too.

    Raises:
        CerebroError: a candidate's values make no configuration.
        Exception: whatever ``poll`` raises.
    """
    tolerated = LimitExceeded if strictly else CerebroError
    made: list[Made] = []
    # By what they are made of, which is kept with them so that nothing else takes its place.
    parts: dict[tuple[int | None, tuple[Code, ...]], tuple[Spec, dict[str, Any]]] = {}
    for params in proposed:
        poll()
        try:
            spec = resolve(params)
        except tolerated as error:
            if strictly and isinstance(error, TooMuchTogether):
                # It says nothing against this one, but against the search.
                raise
            made.append(Made(NewConfig(params, {}, {"code": []}, origin), error))
            continue
        large = isinstance(spec.architecture, KerasArchitecture)
        made_of = id(spec.architecture) if large else None, spec.code
        if made_of not in parts:
            parts[made_of] = spec, spec.common()
        made.append(Made(NewConfig(params, spec.own(), parts[made_of][1], origin)))
    return made


def require_one(candidates: Sequence[Made]) -> None:
    """Refuse configurations none of which can train.

    Raises:
        CerebroError: the first one's.
    """
    errors = [one.error for one in candidates if one.error is not None]
    if errors and len(errors) == len(candidates):
        raise errors[0]


def write(control: ClientSession, run: int, candidates: Sequence[Made]) -> list[int]:
    """Write configurations down, with errors as failed ones; return their numbers."""
    numbers = configs.add(control, run, [one.new for one in candidates])
    for number, one in zip(numbers, candidates, strict=True):
        if one.error is not None:
            configs.set_status(control, run, number, "failed", one.reason)
    return numbers


def made_of(
    starts: Sequence[Start],
    resolve: Resolve,
    poll: Callable[[], None],
    origin: configs.Origin = "search",
) -> list[Made]:
    """Return the configurations that candidates are to be; see ``make``.

    Raises:
        CerebroError: a candidate's values make no configuration, or all of them need too much.
    """
    made = make([start.candidate.params for start in starts], resolve, poll, origin)
    require_one(made)
    return [
        replace(one, new=budgeted(one.new, start)) for one, start in zip(made, starts, strict=True)
    ]


def budgeted(new: NewConfig, start: Start) -> NewConfig:
    """Return a configuration with what its candidate says besides its values."""
    candidate = start.candidate
    return replace(
        new,
        epochs=candidate.epochs,
        until=candidate.until,
        bracket=candidate.bracket,
        rung=candidate.rung,
        reason=start.why or None,
    )
