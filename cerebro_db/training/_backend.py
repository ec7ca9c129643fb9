"""The contract of training with a framework's folder. Read this before any of them.

A process has one framework, from its first import. ``keras`` has what is the same on all of them;
a framework's folder adds the loop over mini-batches, compiled, with the optimizer's step and the
losses inside. What goes in and out are arrays of numpy, and states have the same names, shapes and
types on every framework, but for random generators, whose numbers are of Keras' type for it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from cerebro_db.model.code import Code
from cerebro_db.model.signature import Output
from cerebro_db.model.spec import Spec
from cerebro_db.tensors import Tensors

if TYPE_CHECKING:
    from cerebro_db.training.keras.network import Network

Forward = Callable[[Sequence[np.ndarray]], np.ndarray]
"""From a batch of the signature's inputs, in order, to predictions, (rows, ...) of the output's
shape; values are standardised."""


Parametric = Callable[[Any, Any], Any]
"""From tensor x, and a strength for each of its last axis, to x + (f(x) - x) * strength."""


class Loop(Protocol):
    """A network with its optimizer, and a loop over mini-batches that is compiled.

    One configuration after the other is loaded into it; batch size and rates are inputs. Tensors
    of a chunk, as ``Backend.tensor`` gives them, are the signature's inputs, and behind them the
    rows' weights where rows are weighed.
    """

    @property
    def network(self) -> Network:
        """Return the network."""

    @property
    def size(self) -> int:
        """Return the bytes of all that a state has."""

    def load(self, spec: Spec, state: bytes) -> None:
        """Take over a state, and the rates of its configuration.

        Raises:
            DataError: the state is damaged, or that of another model.
        """

    def save(self) -> Tensors:
        """Return the state: weights, averages, random generators, optimizer slots, step."""

    def use_averages(self) -> None:
        """Put the averages in the place of the weights."""

    def begin(self, inputs: Sequence[Any]) -> None:
        """Send rows through the network once, as in training, for layers that begin with them."""

    def train(
        self,
        inputs: Sequence[Any],
        targets: Any,
        order: Any,
        course: Any,
        size: int,
        first: int,
        last: int,
    ) -> tuple[np.ndarray, np.ndarray]:
        """Step through mini-batches ``first`` up to ``last`` of the chunk's rows in ``order``.

        ``course`` has for each mini-batch of the chunk the rates that are scheduled. Returns the
        mean loss of each mini-batch and the predictions for its rows, both from before its step.
        """

    def evaluate(
        self, inputs: Sequence[Any], targets: Any, size: int, first: int, last: int
    ) -> tuple[np.ndarray, np.ndarray]:
        """Go through batches of ``size`` rows, ``first`` up to ``last``, in the order of the chunk.

        Returns each row's loss and predictions.
        """


class Backend(Protocol):
    """What training takes of a framework."""

    def is_shortage(self, error: Exception) -> bool:
        """Return whether it says with an error, beside MemoryError, that it got no more memory."""

    def tensor(self, array: np.ndarray) -> Any:
        """Return an array of a chunk's rows as a loop takes it; both may share their memory."""

    def loop(self, spec: Spec, network: Network, poll: Callable[[], None]) -> Loop:
        """Return the loop of a network.

        Args:
            poll: called between parts of the work, also while it is compiled; raises to give up.
        """

    def forward(self, spec: Spec, network: Network) -> Forward:
        """Return what computes the predictions of a network, whose weights are set."""

    def dropped(self, x: Any, rate: Any, seed: Any, coarse: bool) -> Any:
        """Return tensor x with some of its numbers 0, and the others larger by as much.

        Args:
            seed: of Keras' generators of seeds.
            coarse: whether 16 random bits decide on each number, instead of 32.
        """

    def uniform(self, like: Any, seed: Any) -> Any:
        """Return numbers in [0, 1), of another tensor's shape."""

    def biased(self, x: Any, bias: Any) -> Any:
        """Return tensor x plus a number for each of its last axis."""

    def waves(self, angles: Any) -> Any:
        """Return cosines and, behind them on the last axis, sines."""

    def parametric(self, activation: str) -> Parametric | None:
        """Return an activation with strengths, if there is something faster than Keras' own."""

    def registered_losses(
        self, code: Code, output: Output, logits: np.ndarray, targets: np.ndarray
    ) -> np.ndarray:
        """Return the (rows,) losses that a registered one gives.

        Raises:
            CodeFailed: it raises, or gives something else.
        """

    def in_our_words(self) -> AbstractContextManager[None]:
        """Raise Shortage or InvalidArgument for what it says of memory, or of rows."""
