"""The contract of a search method with the run that it searches for. Read this before any method.

A method proposes *trials*, each a configuration with a budget, and decides what becomes of them as
results come in. It is a function of its terms and of the results in the order in which it is told
of them, and of nothing else: no clock, no randomness but from the seed. Whoever drives a run keeps
that order, so that another planner can tell a new ``Search`` the same, which then decides the same.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from cerebro_db.model.rates import MUTABLE
from cerebro_db.polls import no_poll
from cerebro_db.search.space import Space
from cerebro_db.words import figure

Order = Literal["strict", "free"]
"""Whether what a method decides may depend on the order in which results arrive: under ``strict``
the same terms lead to the same trials, budgets and ends whatever the timing, under ``free`` not."""

ORDERS: tuple[Order, ...] = ("strict", "free")


@dataclass(frozen=True)
class Terms:
    """What a method has to go by.

    Args:
        space: the space that candidates are drawn from.
        seed: the run's seed.
        epochs: how far any one trial may train.
        order: see ``Order``.
        workers: how many train at once. Nothing under ``strict`` may depend on it; for whoever
            tells a search again what another was told, it is the same number.
        budget: how many epochs all trials may train together; None: no bound. A method asks for no
            more, in an order that is ``strict`` too. What people bring in does not count.
        mutable: the hyper-parameters that a trial with a parent may have other values of, than its
            parent has; whether a value is 0 stays as it is there.
        higher_is_better: how people read the metric. A method is told values of which the higher
            is the better; where False they are the metric's with the sign changed.
        poll: called for each candidate that is made; raises to give up.
    """

    space: Space
    seed: int
    epochs: int
    order: Order = "strict"
    workers: int = 1
    budget: int | None = None
    mutable: frozenset[str] = MUTABLE
    higher_is_better: bool = True
    poll: Callable[[], None] = no_poll

    def shown(self, value: float) -> str:
        """Return a value, as a method was told it, as people read it."""
        return figure(value if self.higher_is_better else -value)


@dataclass(frozen=True)
class Candidate:
    """A configuration to be.

    Args:
        params: values of the space's hyper-parameters.
        epochs: its budget: after so many epochs it is through, ``Terms.epochs`` at most.
        until: after how many epochs it first waits for a decision; ``epochs`` if it never does.
        parent: the trial whose state after its last epoch that was told it begins with, and whose
            epochs it has done then; None: it begins anew.
        bracket, rung: where it stands in the method's own order, from 0, for people to read.
    """

    params: dict[str, Any]
    epochs: int
    until: int
    parent: int | None = None
    bracket: int | None = None
    rung: int | None = None


@dataclass(frozen=True)
class Measured:
    """A trial has done an epoch, from 1; ``value`` is finite, and the higher the better."""

    trial: int
    epoch: int
    value: float


End = Literal["diverged", "failed", "rested", "pruned", "stopped"]


@dataclass(frozen=True)
class Ended:
    """A trial trains no further, and none of the method's decisions is why.

    It diverged, failed, or a person has it rest. A person may wake it again: then it trains as far
    as its budget goes, and the method learns no more of it. Or a rule that stands in front of the
    method (``search/rules``) has ended it: "pruned", as it was worse than others, or "stopped", as
    it came no further. Then ``last`` is the epoch after which it did, unless the method was told of
    that before.
    """

    trial: int
    how: End
    last: Measured | None = None


@dataclass(frozen=True)
class Brought:
    """People have brought in a configuration, which from now on is the trial of the next number.

    It trains to its end, and only people end it; its results are told like all others.
    """

    params: dict[str, Any]


Result = Measured | Ended | Brought


@dataclass(frozen=True)
class Start:
    """Begin with a candidate, which is the trial of the next number; they count from 1."""

    candidate: Candidate
    why: str = ""


@dataclass(frozen=True)
class GoOn:
    """Let a trial that waits for a decision, or will, train until it has done so many epochs."""

    trial: int
    until: int
    why: str = ""
    rung: int | None = None


@dataclass(frozen=True)
class Stop:
    """End a trial that waits for a decision, or has one ahead: it trains no further epoch."""

    trial: int
    why: str


Decision = Start | GoOn | Stop
"""``why`` is for a person who asks: a whole phrase, with the figures that decided."""


class Search(ABC):
    """Proposes trials and decides how far each trains.

    ``begin`` is called once, before anything else; ``tell`` for each result. A trial that has done
    as many epochs as it may, but not its whole budget, waits: for ``GoOn`` or ``Stop``. If nothing
    trains any more and the method says nothing, the search is over, and what waits is stopped. A
    method leaves none waiting: whoever asks why a trial ended is told.

    A trial is told ``Measured`` for each of its epochs, in their order, and for none after it was
    stopped, but for the one that it may be in the midst of; after ``Ended`` for none at all.

    Args:
        terms: what it goes by.
        options: the method's own options, names checked against ``OPTIONS``.

    Raises:
        InvalidArgument: an option has a wrong value.
        LimitExceeded: the trials are more, or larger, than a run may have.
    """

    OPTIONS: ClassVar[tuple[str, ...]] = ()
    COMPARES: ClassVar[bool] = False
    """Whether it ends trials since others are better, so that pruning has nothing left to do."""
    ORDERS: ClassVar[tuple[Order, ...]] = ORDERS
    """Those that it knows; where nobody states one, it is the first."""
    parallel: int | None = None
    """How many of its trials train at once, where that is an option of its own: a run keeps it,
    since who goes on with it may have other workers."""

    TAKES_EPOCHS: ClassVar[bool] = False
    """Whether a candidate may have epochs of its own by the space: see ``epochs.py``."""

    def __init__(self, terms: Terms, options: dict[str, Any]) -> None:
        self.terms = terms
        self.options = options

    @abstractmethod
    def begin(self) -> Sequence[Decision]:
        """Return what to begin with."""

    def tell(self, result: Result) -> Sequence[Decision]:
        """Take in a result; return what follows from it."""
        return ()
