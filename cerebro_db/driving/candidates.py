"""The configurations that a run's search proposes: asks it for more, and writes them down."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from cerebro_db.driving.resolve import Resolve
from cerebro_db.model import Spec
from cerebro_db.model.code import Code
from cerebro_db.model.spec import KerasArchitecture
from cerebro_db.search import Search, Start
from cerebro_db.session.client import ClientSession
from cerebro_db.store import configs


class Candidates:
    """Numbers what the search proposes; configurations that people add have numbers in between.

    Args:
        control: the session that stores them.
        run: the run's number.
        search: who proposes.
        resolve: closes the model with a candidate's values.
        poll: called for each; raises when the caller is cancelled.
        known: numbers of those that it has proposed before, when another planner asked it.
    """

    def __init__(
        self,
        control: ClientSession,
        run: int,
        search: Search,
        resolve: Resolve,
        poll: Callable[[], None],
        known: Sequence[int] = (),
    ) -> None:
        self._control = control
        self._run = run
        self._search = search
        self._resolve = resolve
        self._poll = poll
        self._known = list(known)
        self._new: list[int] = []
        self._begun = False
        # Of each proposal, by its number: which it was of them, from 1.
        self._numbers: dict[int, int] = {}

    def grow(self) -> None:
        """Write down what the search proposes now, as waiting."""
        if self._begun:
            return
        self._begun = True
        starts = [d for d in self._search.begin() if isinstance(d, Start)]
        proposed = [start.candidate.params for start in starts]
        known, self._known = self._known[: len(proposed)], self._known[len(proposed) :]
        new = resolved(proposed[len(known) :], self._resolve, self._poll)
        added = configs.add(self._control, self._run, new)
        self._new += added
        for number in known + added:
            self._numbers[number] = len(self._numbers) + 1

    def take_new(self) -> list[int]:
        """Return the numbers of those that were written down since this was last asked."""
        new, self._new = self._new, []
        return new

    def tell(self, config: int, epoch: int, value: float) -> bool:
        """Tell the search a result, higher is better; return whether the configuration goes on.

        What people have added is none of the search's business.
        """
        return True


def resolved(
    proposed: Sequence[dict[str, Any]],
    resolve: Resolve,
    poll: Callable[[], None],
    origin: configs.Origin = "search",
) -> list[configs.NewConfig]:
    """Return the configurations of candidates; those with one architecture have their parts alike.

    Raises:
        CerebroError: a candidate's values make no configuration, or one that needs too much.
        Exception: whatever ``poll`` raises.
    """
    new: list[configs.NewConfig] = []
    # By what they are made of, which is kept with them so that nothing else takes its place.
    parts: dict[tuple[int | None, tuple[Code, ...]], tuple[Spec, dict[str, Any]]] = {}
    for params in proposed:
        poll()
        spec = resolve(params)
        large = isinstance(spec.architecture, KerasArchitecture)
        made_of = id(spec.architecture) if large else None, spec.code
        if made_of not in parts:
            parts[made_of] = spec, spec.common()
        new.append(configs.NewConfig(params, spec.own(), parts[made_of][1], origin))
    return new
