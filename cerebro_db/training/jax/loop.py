"""The compiled form of a configuration: a loop over mini-batches that runs inside JAX.

XLA compiles for shapes. So batches are taken out of a chunk before, into room for as many as a
chunk has, up to a power of two; how many of them there are is an input. A batch that is not full is
filled up with rows that do not count, unless rows have a part in what becomes of others: then it is
compiled for, too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import keras
import numpy as np

from cerebro_db.model.rates import rates, scheduled
from cerebro_db.model.spec import Spec
from cerebro_db.tensors import Tensors
from cerebro_db.training.jax.maths import OfLogits
from cerebro_db.training.keras.heads import joint_logits
from cerebro_db.training.keras.losses import penalties, predictions, row_losses
from cerebro_db.training.keras.network import Network
from cerebro_db.training.keras.optimizers import stepped
from cerebro_db.training.keras.weights import averaged, bytes_of, check, layout_of, weights
from cerebro_db.training.states import AVERAGES, STEP, WEIGHTS, read_state

State = dict[str, jax.Array]
"""Tensors by their names in a state."""

Rates = dict[str, jax.Array]
"""Scalars by name; see model.rates."""

# Rows that are evaluated at once, at most: a chunk may have few.
_EVALUATED = 256


class CompiledLoop:
    """See ``Loop``: the state is a dictionary of JAX's arrays, under the names of states."""

    def __init__(self, spec: Spec, network: Network, poll: Callable[[], None]) -> None:
        self._spec, self._poll, self.network = spec, poll, network
        self._layout = layout_of(spec, network)
        self._names, self._scheduled = tuple(rates(spec)), tuple(scheduled(spec))
        self._variables = weights(network)
        names = {id(variable): name for name, variable in self._variables.items()}
        self._trained = {names[id(v)]: v for v in network.trainable_variables}
        self._averaged = averaged(spec, network)
        self._apart = any(map(_couples_rows, network.layers.values()))
        # By batch size: batches for which there is room in a call.
        self._room: dict[int, int] = {}
        self._state: State = {}
        self._rates = np.zeros(len(self._names), np.float32)
        self._training = jax.jit(self._train, donate_argnums=0)
        self._evaluation = jax.jit(self._evaluate)

    @property
    def size(self) -> int:
        """The bytes of all that a state has."""
        return bytes_of(self._layout)

    def load(self, spec: Spec, state: bytes) -> None:
        """Take over a state, and the rates of its configuration."""
        tensors = read_state(state)
        check(self._layout, tensors)
        # JAX counts in 32 bits. It must not write into the state's own memory.
        given = tensors | {STEP: tensors[STEP].astype(np.int32)}
        self._state = jax.device_put(given, may_alias=False)
        self._rates = np.array([*rates(spec).values()], np.float32)

    def save(self) -> Tensors:
        """Return the state."""
        return {
            name: np.array(self._state[name], dtype) for name, (dtype, _) in self._layout.items()
        }

    def use_averages(self) -> None:
        """Put the averages in the place of the weights."""
        for name in self._averaged:
            self._state[name] = self._state[_average(name)]

    def begin(self, inputs: Sequence[np.ndarray]) -> None:
        """Send rows through the network once, as in training."""
        for name, variable in self._variables.items():
            variable.assign(self._state[name])
        self._tell(dict(zip(self._names, self._rates, strict=True)))
        self.network.logits([jnp.asarray(array) for array in inputs], training=True)
        for name, variable in self._variables.items():
            self._state[name] = jnp.array(variable.value)

    def train(
        self,
        inputs: Sequence[np.ndarray],
        targets: np.ndarray,
        order: np.ndarray,
        course: np.ndarray,
        size: int,
        first: int,
        last: int,
    ) -> tuple[np.ndarray, np.ndarray]:
        """Step through mini-batches of a chunk."""
        rows = order[first * size : last * size]
        full = len(rows) // size * size if self._apart else len(rows)
        found = []
        for own, width in ((rows[:full], size), (rows[full:], len(rows) - full)):
            if len(own):
                room = self._room_for(width, -(-len(order) // size) if width == size else 1)
                found.append(self._stepped(inputs, targets, own, course[first:], width, room))
                first += len(own) // width
        losses, logits = zip(*found, strict=True)
        return np.concatenate(losses), np.concatenate(logits)

    def _stepped(
        self,
        inputs: Sequence[np.ndarray],
        targets: np.ndarray,
        rows: np.ndarray,
        course: np.ndarray,
        size: int,
        room: int,
    ) -> tuple[np.ndarray, np.ndarray]:
        """Step through these rows in batches of a size, with the rates of these steps."""
        batches = -(-len(rows) // size)
        of_steps = np.zeros((room, len(self._scheduled)), np.float32)
        of_steps[:batches] = course[:batches]
        self._state, losses, found = self._training(
            self._state,
            self._rates,
            [_batches(array, rows, size, room) for array in (*inputs, targets)],
            of_steps,
            np.int32(batches),
            np.int32(len(rows) - (batches - 1) * size),
        )
        predicted = np.asarray(found).reshape(room * size, -1)
        return np.asarray(losses)[:batches], predicted[: len(rows)]

    def evaluate(
        self, inputs: Sequence[np.ndarray], targets: np.ndarray, size: int, first: int, last: int
    ) -> tuple[np.ndarray, np.ndarray]:
        """Go through batches of a chunk."""
        rows = np.arange(first * size, min(last * size, len(targets)))
        width = min(size, _EVALUATED)
        room = self._room_for(-width, -(-len(targets) // width))
        losses, found = self._evaluation(
            {name: self._state[name] for name in self._variables},
            self._rates,
            [_batches(array, rows, width, room) for array in (*inputs, targets)],
            np.int32(-(-len(rows) // width)),
        )
        predicted = np.asarray(found).reshape(room * width, -1)
        return np.asarray(losses).reshape(-1)[: len(rows)], predicted[: len(rows)]

    def _room_for(self, size: int, batches: int) -> int:
        self._room[size] = max(self._room.get(size, 1), 1 << (batches - 1).bit_length())
        return self._room[size]

    def _train(
        self,
        state: State,
        values: jax.Array,
        chunk: list[jax.Array],
        course: jax.Array,
        batches: jax.Array,
        rest: jax.Array,
    ) -> tuple[State, jax.Array, jax.Array]:
        """Step through the first ``batches`` of a chunk; the last of them has ``rest`` rows."""
        fixed = dict(zip(self._names, values, strict=True))
        room, size = chunk[-1].shape[:2]

        def step(i: jax.Array, carried: tuple[Any, ...]) -> tuple[Any, ...]:
            state, losses, found = carried
            now = fixed | dict(zip(self._scheduled, course[i], strict=True))
            rows = jnp.where(i == batches - 1, rest, size)
            new, loss, logits = self._step(state, [array[i] for array in chunk], rows, now)
            return new, losses.at[i].set(loss), found.at[i].set(logits)

        empty = jnp.zeros((room, size, *self._spec.signature.output.shape))
        state, losses, logits = jax.lax.fori_loop(0, batches, step, (state, jnp.zeros(room), empty))
        return state, losses, predictions(self._spec.signature.output, logits)

    def _step(
        self, state: State, batch: list[jax.Array], rows: jax.Array, rates: Rates
    ) -> tuple[State, jax.Array, jax.Array]:
        *inputs, targets = batch
        counts = jnp.arange(len(targets)) < rows

        def minimised(trained: State) -> tuple[jax.Array, Any]:
            with self._set(state | trained, rates) as scope:
                logits = self.network.logits(inputs, training=True)
                # Here and below: once, when this is traced.
                self._poll()
                extra = penalties(self._spec, rates, self.network.model)
            losses = self._losses(inputs, targets, rates, logits)
            logits = joint_logits(self._spec.signature.output, logits)
            loss = jnp.where(counts, losses, 0.0).sum() / rows
            kept = {
                name: scope.get_current_value(variable)
                for name, variable in self._variables.items()
                if name not in self._trained
            }
            return loss + sum(extra), (loss, logits, kept)

        trained = {name: state[name] for name in self._trained}
        gradients, (loss, logits, kept) = jax.grad(minimised, has_aux=True)(trained)
        self._poll()
        new = state | kept
        new |= stepped(self._spec, self._trained, new, gradients, rates)
        return new | self._new_averages(new, rates), loss, logits

    def _new_averages(self, state: State, rates: Rates) -> State:
        """Return the averages after a step; see ``training.tensorflow.averages``."""
        if not self._averaged:
            return {}
        logarithm = jnp.log(rates["ema"])
        share = jnp.expm1(logarithm) / jnp.expm1(logarithm * state[STEP].astype(jnp.float32))
        return {
            _average(name): state[_average(name)] - share * (state[_average(name)] - state[name])
            for name in self._averaged
        }

    def _losses(
        self, inputs: Sequence[jax.Array], targets: jax.Array, rates: Rates, logits: jax.Array
    ) -> jax.Array:
        """Return (rows,) losses, times the rows' weights where these are behind the inputs."""
        losses = row_losses(self._spec, OfLogits(), rates, logits, targets)
        return losses * inputs[-1] if self._spec.signature.weighted else losses

    def _evaluate(
        self, state: State, values: jax.Array, chunk: list[jax.Array], batches: jax.Array
    ) -> tuple[jax.Array, jax.Array]:
        """Return each row's loss and predictions."""
        rates = dict(zip(self._names, values, strict=True))
        room, size = chunk[-1].shape[:2]

        def step(i: jax.Array, carried: tuple[Any, ...]) -> tuple[Any, ...]:
            losses, found = carried
            *inputs, targets = (array[i] for array in chunk)
            with self._set(state, rates):
                logits = self.network.logits(inputs, training=False)
            self._poll()
            logits = joint_logits(self._spec.signature.output, logits)
            own = self._losses(inputs, targets, rates, logits)
            return losses.at[i].set(own), found.at[i].set(logits)

        empty = jnp.zeros((room, size, *self._spec.signature.output.shape))
        losses, logits = jax.lax.fori_loop(0, batches, step, (jnp.zeros((room, size)), empty))
        return losses, predictions(self._spec.signature.output, logits)

    def _set(self, state: State, rates: Rates) -> keras.StatelessScope:
        """Return a scope in which the network has these weights, and its layers know the rates."""
        self._tell(rates)
        values = [(variable, state[name]) for name, variable in self._variables.items()]
        return keras.StatelessScope(state_mapping=values, collect_losses=True)

    def _tell(self, rates: Mapping[str, Any]) -> None:
        """Have the layers know the rates."""
        for dropout in self.network.dropouts:
            dropout.rate = rates[dropout.rate_name]


def _average(name: str) -> str:
    return AVERAGES + name.removeprefix(WEIGHTS)


def _couples_rows(layer: keras.layers.Layer) -> bool:
    """Return whether what a layer does in training to a row depends on others of its batch."""
    normalises = isinstance(layer, keras.layers.BatchNormalization)
    return normalises or getattr(layer, "activity_regularizer", None) is not None


def _batches(array: np.ndarray, rows: np.ndarray, size: int, room: int) -> np.ndarray:
    """Return (room, size, ...): these rows of an array, and some of them again in what is left of
    the last batch; there is nothing behind it."""
    found = np.empty((room * size, *array.shape[1:]), array.dtype)
    np.take(array, rows, axis=0, out=found[: len(rows)])
    found[len(rows) : -(-len(rows) // size) * size] = array[rows[0]]
    return found.reshape(room, size, *array.shape[1:])
