"""What losses are computed with, on PyTorch."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.nn import functional


class OfLogits:
    """See ``Maths``."""

    def constant(self, values: Any) -> Tensor:
        return torch.tensor(values, dtype=torch.float32)

    def like(self, targets: Tensor, found: Tensor) -> Tensor:
        return targets.reshape(found.shape)

    def of_class(self, values: Tensor, classes: Tensor) -> Tensor:
        return values[classes.long()]

    def yes(self, found: Tensor) -> Tensor:
        return found.sigmoid()

    def surprise(self, found: Tensor, targets: Tensor) -> Tensor:
        return functional.binary_cross_entropy_with_logits(found, targets, reduction="none")

    def surprise_of_class(self, found: Tensor, classes: Tensor) -> Tensor:
        shares = found.log_softmax(dim=-1)
        return -shares.gather(-1, classes.long()[..., None])[..., 0]

    def mean_surprise(self, found: Tensor) -> Tensor:
        return -found.log_softmax(dim=-1).mean(dim=-1)

    def exp(self, x: Tensor) -> Tensor:
        return x.exp()

    def square(self, x: Tensor) -> Tensor:
        return x.square()

    def where(self, condition: Tensor, yes: Any, no: Any) -> Tensor:
        return torch.where(condition, yes, no)
