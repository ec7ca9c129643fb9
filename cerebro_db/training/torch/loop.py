"""The traced form of a configuration: a loop over mini-batches, whose step is a list of operations.

The operations that give a mini-batch's loss and gradients are found once, for any number of rows;
all rates are inputs. The optimizer's are few, and called as they are.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any

import keras
import numpy as np
import torch
from torch import Tensor

from cerebro_db.model.rates import rates, scheduled
from cerebro_db.model.spec import Spec
from cerebro_db.tensors import Tensors
from cerebro_db.training.keras.heads import joint_logits
from cerebro_db.training.keras.losses import penalties, predictions, row_losses
from cerebro_db.training.keras.network import Network
from cerebro_db.training.keras.optimizers import clipped, stepped
from cerebro_db.training.states import STEP
from cerebro_db.training.torch.averages import take_in
from cerebro_db.training.torch.maths import OfLogits
from cerebro_db.training.torch.memory import Memory
from cerebro_db.training.torch.optimizers import Adam, Numbers, is_adam, slots_of_adam
from cerebro_db.training.torch.tracing import Program, example_rows, traced

Rates = dict[str, Tensor]
"""Scalars by name; see model.rates."""

# Rates that Adam takes, and averages: not those of layers, losses and bounds on gradients.
_OF_ADAM = {"beta_1", "beta_2", "ema", "epsilon", "learning_rate", "weight_decay"}


class TracedLoop:
    """See ``Loop``."""

    def __init__(self, spec: Spec, network: Network, poll: Callable[[], None]) -> None:
        self._spec, self._poll, self.network = spec, poll, network
        adam = is_adam(spec)
        self._memory = Memory(spec, network, slots_of_adam(spec) if adam else ())
        self._trained = dict(zip(self._memory.trained, network.trainable_variables, strict=True))
        self._adam = Adam(spec, network.trainable_variables, self._memory) if adam else None
        self._rates, self._scheduled = rates(spec), tuple(scheduled(spec))
        outside = _OF_ADAM if adam else set()
        self._inside = tuple(name for name in self._rates if name not in outside)
        held = self._memory.of_network if adam else self._memory.tensors
        self._training = self._traced(self._step, held)

    @property
    def size(self) -> int:
        """The bytes of all that a state has."""
        return self._memory.size

    def load(self, spec: Spec, state: bytes) -> None:
        """Take over a state, and the rates of its configuration."""
        self._memory.load(state)
        self._rates = rates(spec)

    def save(self) -> Tensors:
        """Return the state."""
        return self._memory.save()

    def use_averages(self) -> None:
        """Put the averages in the place of the weights."""
        self._memory.use_averages()

    def begin(self, inputs: Sequence[Tensor]) -> None:
        """Send rows through the network once, as in training."""
        variables = self._memory.weights
        for name, variable in variables.items():
            variable.assign(self._memory.tensors[name])
        self._tell({name: torch.tensor(rate) for name, rate in self._rates.items()})
        self.network.logits(inputs, training=True)
        for name, variable in variables.items():
            self._memory.tensors[name].copy_(variable.value)

    def train(
        self,
        inputs: Sequence[Tensor],
        targets: Tensor,
        order: Tensor,
        course: Tensor,
        size: int,
        first: int,
        last: int,
    ) -> tuple[np.ndarray, np.ndarray]:
        """Step through mini-batches of a chunk."""
        rows = order[first * size : last * size]
        batches = [x.index_select(0, rows).split(size) for x in (*inputs, targets)]
        of_steps = self._of_steps(course[first:last])
        losses, logits = [], []
        for numbers, now, *batch in zip(*of_steps, *batches, strict=True):
            loss, found, *gradients = self._training(now, *batch)
            self._move(gradients, numbers)
            losses.append(loss)
            logits.append(found)
        predicted = predictions(self._spec.signature.output, torch.cat(logits))
        return torch.stack(losses).numpy(), predicted.numpy()

    def _of_steps(self, course: Tensor) -> tuple[list[Numbers], Sequence[Tensor]]:
        """Return the rates of so many steps, and those of the network and its losses among them."""
        whole = torch.tensor([*self._rates.values()], dtype=torch.float64).repeat(len(course), 1)
        names = [*self._rates]
        whole[:, [names.index(name) for name in self._scheduled]] = course.double()
        inside = whole[:, [names.index(name) for name in self._inside]].float()
        return [dict(zip(names, row, strict=True)) for row in whole.tolist()], inside.unbind()

    def _move(self, gradients: Sequence[Tensor], rates: Numbers) -> None:
        """Take what of a step is not among its operations, and the averages after it."""
        if self._adam is not None:
            self._adam.step(gradients, rates, int(self._memory.tensors[STEP].add_(1)))
        if self._spec.ema:
            steps = int(self._memory.tensors[STEP])
            take_in(self._memory.averages, self._memory.averaged, rates["ema"], steps)

    def evaluate(
        self, inputs: Sequence[Tensor], targets: Tensor, size: int, first: int, last: int
    ) -> tuple[np.ndarray, np.ndarray]:
        """Go through batches of a chunk."""
        rows = slice(first * size, last * size)
        batches = [tensor[rows].split(size) for tensor in (*inputs, targets)]
        now = torch.tensor([self._rates[name] for name in self._inside])
        found = [self._evaluation(now, *batch) for batch in zip(*batches, strict=True)]
        losses, predicted = (torch.cat(parts).numpy() for parts in zip(*found, strict=True))
        return losses, predicted

    @cached_property
    def _evaluation(self) -> Program:
        """See ``_evaluate``; most sub-epochs do without."""
        return self._traced(self._evaluate, self._memory.of_network)

    def _traced(self, function: Callable[..., Any], held: Mapping[str, Tensor]) -> Program:
        """Return a function of what is held of a state, rates, inputs and targets as a program of
        the latter three."""

        def flat(*tensors: Tensor) -> Any:
            fixed, (now, *inputs, targets) = tensors[: len(held)], tensors[len(held) :]
            rates = dict(zip(self._inside, now.unbind(), strict=True))
            return function(dict(zip(held, fixed, strict=True)), rates, inputs, targets)

        batch = example_rows(self._spec.signature)
        now = torch.zeros(len(self._inside))
        return traced(flat, [*held.values()], [now], batch)

    def _step(
        self, held: Mapping[str, Tensor], rates: Rates, inputs: Sequence[Tensor], targets: Tensor
    ) -> list[Tensor]:
        """Return the mean loss, the logits and what Adam takes its step by; change all else in
        place."""
        trained = {name: held[name].detach().requires_grad_() for name in self._memory.trained}
        with torch.enable_grad(), self._set({**held, **trained}, rates) as scope:
            logits = self.network.logits(inputs, training=True)
            # Here and below: once, where this is traced. Never between PyTorch's own operations,
            # some of which end the process where Python raises.
            self._poll()
            losses = self._losses(inputs, targets, rates, logits)
            extra = penalties(self._spec, rates, self.network.model)
            share = losses.new_full((), 1.0) / losses.shape[0]
            gradients = torch.autograd.grad(
                [losses, *extra],
                [*trained.values()],
                [share.expand(losses.shape), *map(torch.ones_like, extra)],
                allow_unused=True,
                materialize_grads=True,
            )
            self._poll()
            logits = joint_logits(self._spec.signature.output, logits).detach()
            kept = {
                name: scope.get_current_value(variable)
                for name, variable in self._memory.weights.items()
                if name not in trained
            }
        for name, value in kept.items():
            if value is not held[name]:
                held[name].copy_(value)
        loss = losses.mean()
        if self._adam is not None:
            return [loss, logits, *clipped(self._spec, gradients, rates)]
        named = dict(zip(trained, gradients, strict=True))
        for name, value in stepped(self._spec, self._trained, held, named, rates).items():
            held[name].copy_(value)
        return [loss, logits]

    def _losses(
        self, inputs: Sequence[Tensor], targets: Tensor, rates: Rates, logits: Tensor
    ) -> Tensor:
        """Return (rows,) losses, times the rows' weights where these are behind the inputs."""
        losses = row_losses(self._spec, OfLogits(), rates, logits, targets)
        return losses * inputs[-1] if self._spec.signature.weighted else losses

    def _evaluate(
        self, held: Mapping[str, Tensor], rates: Rates, inputs: Sequence[Tensor], targets: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Return each row's loss and predictions."""
        with self._set(held, rates):
            logits = self.network.logits(inputs, training=False)
        self._poll()
        logits = joint_logits(self._spec.signature.output, logits)
        losses = self._losses(inputs, targets, rates, logits)
        return losses, predictions(self._spec.signature.output, logits)

    def _set(self, held: Mapping[str, Tensor], rates: Rates) -> keras.StatelessScope:
        """Return a scope in which the network has these weights, and its layers know the rates."""
        self._tell(rates)
        values = [(variable, held[name]) for name, variable in self._memory.weights.items()]
        return keras.StatelessScope(state_mapping=values, collect_losses=True)

    def _tell(self, rates: Rates) -> None:
        """Have the layers know the rates."""
        for dropout in self.network.dropouts:
            dropout.rate = rates[dropout.rate_name]
