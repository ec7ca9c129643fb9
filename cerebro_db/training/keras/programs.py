"""The compiled forms of configurations: one serves all whose graph is the same.

Batch size and rates are its inputs. A process keeps the programs that it used last.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

from cerebro_db.model.cost.step import forward_rows, training_work
from cerebro_db.model.network import graph_of
from cerebro_db.model.rates import structure
from cerebro_db.model.spec import Spec
from cerebro_db.training.forward import CLIP, reading
from cerebro_db.training.keras.network import Network, build_network
from cerebro_db.training.keras.weights import weights_by_layer
from cerebro_db.training.runtime import backend

# Programs that a process keeps: so many, and variables of so many bytes together.
MAX_PROGRAMS = 64
MAX_BYTES = 512 * 1024 * 1024

# A call into the framework cannot be interrupted, so it should not take longer than this.
SECONDS_PER_CALL = 0.25
# How many batches the first call takes, and fewer where an estimate says that they are too long.
_FIRST_BATCHES = 10
# Of a large matrix product, by a processor that has other things to do too.
_OPERATIONS_PER_SECOND = 50 * 10**9


class Program:
    """A loop, and what the process knows of it.

    ``training_pace`` and ``evaluation_pace`` say how long the next call may be, ``user`` is the
    sub-epoch whose state the loop holds, and ``notes`` go with each state.
    """

    def __init__(self, spec: Spec, network: Network, poll: Callable[[], None]) -> None:
        names = weights_by_layer(network)
        self.notes = reading.notes(graph_of(spec).architecture, spec.signature, names)
        if spec.clip:
            self.notes[CLIP] = "true"
        self.training_pace = Pace(lambda rows: training_work(spec, rows))
        # Evaluating is the forward pass, a third of a step.
        self.evaluation_pace = Pace(lambda rows: training_work(spec, rows) // 3)
        self.user: object = None
        self._spec = spec
        self.loop = backend().loop(spec, network, poll)

    @cached_property
    def forward_rows(self) -> int:
        """How many rows to evaluate at once."""
        return forward_rows(self._spec)


@dataclass
class Pace:
    """How fast the last call with batches of a size was, and so how long the next one may be.

    ``work`` estimates, before the first call, the operations of a batch of so many rows.
    """

    work: Callable[[int], int]
    _seconds: dict[int, float] = field(default_factory=dict)

    def batches(self, size: int) -> int:
        """Return how many batches of so many rows to take in the next call."""
        seconds = self._seconds.get(size)
        if seconds is None:
            expected = 1e-9 + self.work(size) / _OPERATIONS_PER_SECOND
            return max(1, min(_FIRST_BATCHES, int(SECONDS_PER_CALL / expected)))
        return max(1, int(SECONDS_PER_CALL / seconds))

    def took(self, batches: int, size: int, seconds: float) -> None:
        """Note how long a call of so many batches of so many rows took."""
        self._seconds[size] = seconds / batches


class Programs:
    """The programs of a process, those used last first to stay."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, Program] = OrderedDict()

    def get(
        self, spec: Spec, network: Network | None = None, *, poll: Callable[[], None]
    ) -> Program:
        """Return the spec's program; if there is none yet, a new one, around the network.

        A deep model takes seconds to compile: ``poll`` is called between the parts of that.
        """
        key = structure(spec)
        program = self._kept.pop(key, None) or _compile(spec, network, poll)
        self._kept[key] = program
        while len(self._kept) > 1 and (
            len(self._kept) > MAX_PROGRAMS
            or sum(kept.loop.size for kept in self._kept.values()) > MAX_BYTES
        ):
            self._kept.popitem(last=False)
        return program

    def clear(self) -> None:
        """Let all programs go."""
        self._kept.clear()


def _compile(spec: Spec, network: Network | None, poll: Callable[[], None]) -> Program:
    network = network or build_network(spec, poll=poll)
    poll()
    program = Program(spec, network, poll)
    poll()
    return program


PROGRAMS = Programs()
