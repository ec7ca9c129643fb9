"""The configurations that a run's search proposes: asks it for more, and writes them down."""

from __future__ import annotations

from collections.abc import Sequence

from cerebro_db.search import Search
from cerebro_db.session.client import ClientSession
from cerebro_db.store import configs
from cerebro_db.verbs.plan import Resolve


class Candidates:
    """Numbers what the search proposes; configurations that people add have numbers in between.

    Args:
        control: the session that stores them.
        run: the run's number.
        search: who proposes.
        resolve: closes the model with a candidate's values.
        known: numbers of those that it has proposed before, when another planner asked it.
    """

    def __init__(
        self,
        control: ClientSession,
        run: int,
        search: Search,
        resolve: Resolve,
        known: Sequence[int] = (),
    ) -> None:
        self._control = control
        self._run = run
        self._search = search
        self._resolve = resolve
        self._known = list(known)
        self._new: list[int] = []
        # The number of each proposal, in the order of the proposals.
        self._numbers: list[int] = []

    def grow(self) -> None:
        """Write down what the search proposes now, as waiting."""
        proposed = self._search.ask()
        known, self._known = self._known[: len(proposed)], self._known[len(proposed) :]
        new = [
            configs.NewConfig(params, self._resolve(params).to_json())
            for params in proposed[len(known) :]
        ]
        added = configs.add(self._control, self._run, new)
        self._new += added
        self._numbers += known + added

    def take_new(self) -> list[int]:
        """Return the numbers of those that were written down since this was last asked."""
        new, self._new = self._new, []
        return new

    def tell(self, config: int, epoch: int, value: float) -> bool:
        """Tell the search a result, higher is better; return whether the configuration goes on.

        What people have added is none of the search's business.
        """
        if config not in self._numbers:
            return True
        go_on = self._search.tell(self._numbers.index(config) + 1, epoch, value)
        self.grow()
        return go_on
