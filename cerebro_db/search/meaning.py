"""What the names in a space mean: which there are, which count beside which values, what is equal.

The space asks; the answers come from whoever knows the model.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Protocol

from cerebro_db.errors import InvalidArgument

Params = dict[str, Any]
"""Values of hyper-parameters, by name."""


class Meaning(Protocol):
    """What hyper-parameters mean to a model."""

    @property
    def first(self) -> tuple[str, ...]:
        """Return names that decide which others there are; they are chosen first."""

    def takes(self, name: str, params: Params) -> bool:
        """Return whether the model that these values name has a hyper-parameter at all."""

    def counts(self, name: str, params: Params) -> bool:
        """Return whether a hyper-parameter makes a difference beside these values."""

    def identity(self, params: Params) -> Params:
        """Return the values with all others that the model then has, each in one form."""

    def require(self, params: Params) -> None:
        """Raise a CerebroError if the model that these values name is not to be had."""

    def check(self, name: str, value: Any, params: Params) -> None:
        """Raise InvalidArgument if this can never be a value of a hyper-parameter."""

    def refusal(self, name: str, params: Params) -> InvalidArgument:
        """Return the error for a hyper-parameter that the model does not take."""


@dataclass(frozen=True)
class AnyModel:
    """The meaning where there is no model: every name counts, and no value is another."""

    first: tuple[str, ...] = field(default=(), init=False)

    def takes(self, name: str, params: Params) -> bool:
        return True

    def counts(self, name: str, params: Params) -> bool:
        return True

    def identity(self, params: Params) -> Params:
        return params

    def require(self, params: Params) -> None:
        pass

    def check(self, name: str, value: Any, params: Params) -> None:
        pass

    def refusal(self, name: str, params: Params) -> InvalidArgument:
        raise NotImplementedError
