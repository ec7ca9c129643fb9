"""The search space: which hyper-parameters are open, and which values they may take together.

A method asks it for candidates, as a grid, at random, or as a sampler suggests; and whether two of
them are the same. What the names mean to the model it is told as a ``Meaning``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from random import Random
from typing import Any

from cerebro_db.errors import LimitExceeded
from cerebro_db.polls import no_poll
from cerebro_db.search.choosers import Chooser, Covering, Drawing, Suggesting
from cerebro_db.search.dimensions import Branch, Place, canonical, read_branches
from cerebro_db.search.dimensions.epochs import EPOCHS
from cerebro_db.search.meaning import AnyModel, Meaning, Params
from cerebro_db.words import counted

# Far more than a run may have configurations; most of them are the same then.
_MOST_COMBINATIONS = 100_000
# Of models, families, optimizers and values that open others.
_MOST_CHOICES = 10_000
_IN_VAIN = 100

# Values chosen so far, where they were, and what is open besides.
_State = tuple[Params, tuple[Place, ...], tuple[Place, ...]]


@dataclass(frozen=True)
class Space:
    """Branches of open hyper-parameters, of which a candidate takes one."""

    branches: tuple[Branch, ...]
    meaning: Meaning = field(default_factory=AnyModel)

    @classmethod
    def parse(cls, document: Any, meaning: Meaning | None = None) -> Space:
        """Read the ``space`` argument of cerebro_fit: an object, or a list of objects.

        Raises:
            InvalidArgument: it is something else, or a dimension makes no sense.
            LimitExceeded: it lists more than anyone can try.
        """
        return cls(read_branches(document), meaning or AnyModel())

    def draw(self, generator: Random) -> Params:
        """Return the values of one candidate at random."""
        return self._walk(Drawing(generator))

    def suggest(self, trial: Any) -> Params:
        """Return the values of the candidate that a trial of Optuna suggests, by its own API.

        Labels of its parameters are names of hyper-parameters; of those that a choice opens, their
        whole way: ``optimizer[0].momentum``. What does not count is not asked for.
        """
        return self._walk(Suggesting(trial))

    def grid(self, poll: Callable[[], None] = no_poll) -> Iterator[Params]:
        """Yield the values of all different candidates; the first name varies slowest.

        Args:
            poll: called for each combination; raises to give up.

        Raises:
            InvalidArgument: a range does not say how many of its values to try.
            LimitExceeded: it has combinations without end, nearly all the same.
        """
        seen: set[str] = set()
        for looked_at, params in enumerate(self._combinations()):
            poll()
            if looked_at >= _MOST_COMBINATIONS:
                raise LimitExceeded(
                    f"the space has up to {counted(self.grid_size(), 'combination')}",
                    detail=f"After {_MOST_COMBINATIONS:,} of them, nearly all were the same.",
                    hint="Narrow the space.",
                )
            # What is written alike need not be understood to be the same.
            written = canonical(params)
            if written in seen:
                continue
            key = self.key(params)
            new = key not in seen
            seen |= {key, written}
            if new:
                yield params

    def grid_size(self) -> int:
        """Return how many candidates a grid has at most: some of them may turn out the same.

        Raises:
            InvalidArgument: a range does not say how many of its values to try.
        """
        return sum(branch.grid_size for branch in self.branches)

    def key(self, params: Params) -> str:
        """Return a text that is the same for all candidates that make the same configuration."""
        counting = self._settled(params)
        of_model = {name: value for name, value in counting.items() if name != EPOCHS}
        return canonical({**self.meaning.identity(of_model), EPOCHS: counting.get(EPOCHS)})

    def choices(self) -> Iterator[_State]:
        """Yield combinations of what decides which hyper-parameters there are.

        These are models, families, optimizers, and values that open others. Each comes with the
        places of these values, and the places that are open besides.

        Raises:
            LimitExceeded: there are more of them than anyone has thought of.
        """
        for number, state in enumerate(self._tree(self._deciding)):
            if number >= _MOST_CHOICES:
                raise LimitExceeded(
                    "the space has too many conditions",
                    detail=f"There are more than {_MOST_CHOICES:,} combinations of models,"
                    " families, optimizers and values that open others.",
                    hint="Narrow the space.",
                )
            yield state

    def covering(self) -> Iterator[Params]:
        """Yield candidates among which each value that is listed stands at least once."""
        chooser, in_vain = Covering(), 0
        # Not every walk leads by what was not taken yet, even if there is some.
        while in_vain < _IN_VAIN:
            chooser.learns = False
            params = self._walk(chooser)
            in_vain = 0 if chooser.learns else in_vain + 1
            if chooser.learns:
                yield params

    def takes(self, name: str, params: Params) -> bool:
        """Return whether a candidate with these values may have a value of a name."""
        return name == EPOCHS or self.meaning.takes(name, params)

    @property
    def most_epochs(self) -> int | None:
        """Return the most epochs that it gives a candidate, None if it gives none."""
        found = [
            int(max(place.dimension.samples)) for place in self.places() if place.name == EPOCHS
        ]
        return max(found, default=None)

    @property
    def longest(self) -> int:
        """Return how many characters of JSON the values of one candidate may take."""
        return max(branch.longest for branch in self.branches)

    def places(self) -> Iterator[Place]:
        """Yield all dimensions, wherever they stand."""
        for branch in self.branches:
            yield from branch.all_places()

    def places_of(self, params: Params) -> Iterator[Place]:
        """Yield the dimensions that the values of a candidate come from."""
        yield from _places_of(self.branches, params)

    def _walk(self, chooser: Chooser) -> Params:
        params: Params = {}
        pending = self._open((), chooser.branch(self.branches, "space"))
        while (place := self._next(params, pending)) is not None:
            option = chooser.option(place)
            params[place.name] = option.value
            pending = tuple(other for other in pending if other is not place)
            if option.opens:
                label = f"{place.label}={canonical(option.value)}"
                pending = self._open(pending, chooser.branch(option.opens, label))
        return self._settled(params)

    def _combinations(self) -> Iterator[Params]:
        return (self._settled(params) for params, _, _ in self._tree(self._next))

    def _tree(self, which: Callable[[Params, tuple[Place, ...]], Place | None]) -> Iterator[_State]:
        """Yield each combination of values of the places that ``which`` gives, while it does."""
        # A stack instead of recursion: there may be hundreds of dimensions.
        stack: list[Iterator[_State]] = [
            (({}, (), self._open((), branch)) for branch in self.branches)
        ]
        while stack:
            state = next(stack[-1], None)
            if state is None:
                stack.pop()
                continue
            place = which(state[0], state[2])
            if place is None:
                yield state
            else:
                stack.append(self._after(*state, place))

    def _after(
        self, params: Params, chosen: tuple[Place, ...], pending: tuple[Place, ...], place: Place
    ) -> Iterator[_State]:
        rest = tuple(other for other in pending if other is not place)
        for option in place.dimension.grid(place.name):
            for branch in option.opens or (Branch(()),):
                values = params | {place.name: option.value}
                yield values, (*chosen, place), self._open(rest, branch)

    def _open(self, pending: tuple[Place, ...], branch: Branch) -> tuple[Place, ...]:
        if not branch.places:
            return pending
        first = self.meaning.first
        both = (*pending, *branch.places)
        early = [place for name in first for place in both if place.name == name]
        return (*early, *(place for place in both if place.name not in first))

    def _next(self, params: Params, pending: tuple[Place, ...]) -> Place | None:
        return next((place for place in pending if self._counts(place.name, params)), None)

    def _deciding(self, params: Params, pending: tuple[Place, ...]) -> Place | None:
        for place in pending:
            options = place.dimension.options
            decides = place.name in self.meaning.first or any(option.opens for option in options)
            if options and decides and self.takes(place.name, params):
                return place
        return None

    def _counts(self, name: str, params: Params) -> bool:
        return name == EPOCHS or self.meaning.counts(name, params)

    def _settled(self, params: Params) -> Params:
        """Return the values that count."""
        while True:
            kept = {name: value for name, value in params.items() if self._counts(name, params)}
            if len(kept) == len(params):
                return params
            params = kept


def _places_of(branches: tuple[Branch, ...], params: Params) -> Iterator[Place]:
    for branch in branches:
        there = [place for place in branch.places if place.name in params]
        if all(place.dimension.holds(params[place.name]) for place in there):
            for place in there:
                yield place
                for option in place.dimension.options:
                    if option.opens and canonical(option.value) == canonical(params[place.name]):
                        yield from _places_of(option.opens, params)
            return
