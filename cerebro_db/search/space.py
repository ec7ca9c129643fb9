"""The search space: which hyper-parameters are open, and which values they may take together.

A method asks it for candidates, as a grid, at random, or as a sampler suggests; and whether two of
them are the same. What the names mean to the model it is told as a ``Meaning``.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from random import Random
from typing import Any, Protocol

from cerebro_db.errors import LimitExceeded
from cerebro_db.polls import no_poll
from cerebro_db.search.dimensions import Branch, Option, Place, canonical, read_branches
from cerebro_db.search.dimensions.choice import picked
from cerebro_db.words import counted

Params = dict[str, Any]

# Far more than a run may have configurations; most of them are the same then.
_MOST_COMBINATIONS = 1_000_000


class Meaning(Protocol):
    """What hyper-parameters mean to a model."""

    @property
    def first(self) -> tuple[str, ...]:
        """Return names that decide which others count; they are chosen first."""

    def counts(self, name: str, params: Params) -> bool:
        """Return whether a hyper-parameter makes a difference beside these values."""

    def identity(self, params: Params) -> Params:
        """Return the values with all others that the model then has, each in one form."""


@dataclass(frozen=True)
class AnyModel:
    """The meaning where there is no model: every name counts, and no value is another."""

    first: tuple[str, ...] = field(default=(), init=False)

    def counts(self, name: str, params: Params) -> bool:
        return True

    def identity(self, params: Params) -> Params:
        return params


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
        return self._walk(_Drawing(generator))

    def suggest(self, trial: Any) -> Params:
        """Return the values of the candidate that a trial of Optuna suggests, by its own API.

        Labels of its parameters are names of hyper-parameters; of those that a choice opens, their
        whole way: ``optimizer[0].momentum``. What does not count is not asked for.
        """
        return self._walk(_Suggesting(trial))

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
            key = self.key(params)
            if key not in seen:
                seen.add(key)
                yield params

    def grid_size(self) -> int:
        """Return how many candidates a grid has at most: some of them may turn out the same.

        Raises:
            InvalidArgument: a range does not say how many of its values to try.
        """
        return sum(branch.grid_size for branch in self.branches)

    def key(self, params: Params) -> str:
        """Return a text that is the same for all candidates that make the same configuration."""
        return canonical(self.meaning.identity(self._settled(params)))

    @property
    def longest(self) -> int:
        """Return how many characters of JSON the values of one candidate may take."""
        return max(branch.longest for branch in self.branches)

    def places(self) -> Iterator[Place]:
        """Yield all dimensions, wherever they stand."""
        for branch in self.branches:
            yield from branch.all_places()

    def _walk(self, chooser: _Chooser) -> Params:
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
        # A stack instead of recursion: there may be hundreds of dimensions.
        stack: list[Iterator[tuple[Params, tuple[Place, ...]]]]
        stack = [(({}, self._open((), branch)) for branch in self.branches)]
        while stack:
            state = next(stack[-1], None)
            if state is None:
                stack.pop()
                continue
            place = self._next(*state)
            if place is None:
                yield self._settled(state[0])
            else:
                stack.append(self._from(*state, place))

    def _from(
        self, params: Params, pending: tuple[Place, ...], place: Place
    ) -> Iterator[tuple[Params, tuple[Place, ...]]]:
        rest = tuple(other for other in pending if other is not place)
        for option in place.dimension.grid(place.name):
            for branch in option.opens or (Branch(()),):
                yield params | {place.name: option.value}, self._open(rest, branch)

    def _open(self, pending: tuple[Place, ...], branch: Branch) -> tuple[Place, ...]:
        if not branch.places:
            return pending
        first = self.meaning.first
        both = (*pending, *branch.places)
        early = [place for name in first for place in both if place.name == name]
        return (*early, *(place for place in both if place.name not in first))

    def _next(self, params: Params, pending: tuple[Place, ...]) -> Place | None:
        counts = self.meaning.counts
        return next((place for place in pending if counts(place.name, params)), None)

    def _settled(self, params: Params) -> Params:
        """Return the values that count."""
        while True:
            kept = {
                name: value for name, value in params.items() if self.meaning.counts(name, params)
            }
            if len(kept) == len(params):
                return params
            params = kept


class _Chooser(ABC):
    """Who chooses, dimension by dimension."""

    @abstractmethod
    def branch(self, branches: tuple[Branch, ...], label: str) -> Branch:
        """Return one of the branches."""

    @abstractmethod
    def option(self, place: Place) -> Option:
        """Return a value of a dimension."""


@dataclass(frozen=True)
class _Drawing(_Chooser):
    generator: Random

    def branch(self, branches: tuple[Branch, ...], label: str) -> Branch:
        return branches[0] if len(branches) == 1 else self.generator.choice(branches)

    def option(self, place: Place) -> Option:
        return place.dimension.draw(self.generator)


@dataclass(frozen=True)
class _Suggesting(_Chooser):
    trial: Any

    def branch(self, branches: tuple[Branch, ...], label: str) -> Branch:
        return branches[picked(self.trial, label, len(branches))]

    def option(self, place: Place) -> Option:
        return place.dimension.suggest(self.trial, place.label)
