"""What the names in a search space mean to a model: which it has, and which count beside which
values of others. A ``Parameter`` itself says beside which values it counts.
"""

from __future__ import annotations

from typing import Any

from cerebro_db.errors import InvalidArgument, nearest
from cerebro_db.model.code import FindCode, no_code
from cerebro_db.model.definition import CHOOSING, Definition, Models, Registered
from cerebro_db.model.families import Family
from cerebro_db.model.optimizers import OPTIMIZERS, OptimizerKind, optimizer_names
from cerebro_db.model.parameters import TRAINING, Parameter, always
from cerebro_db.model.pretrained import trained_like

Params = dict[str, Any]

_TRAINING = {parameter.name: parameter for parameter in TRAINING}
_OF_OPTIMIZERS = frozenset(optimizer_names())


class Meaning:
    """What hyper-parameters mean to the models of a search.

    Args:
        definition: the model as its user wrote it.
        registered: gives the definition that was registered under a name.
        find: gives registered code.

    Raises:
        InvalidArgument: the definition is not valid.
        UndefinedName: it names a model that is not registered.
    """

    first = (*CHOOSING, "optimizer")

    def __init__(
        self,
        definition: Params | Definition,
        registered: Registered,
        find: FindCode = no_code,
    ) -> None:
        self._models = Models(definition, registered, find)
        self._find = find

    def takes(self, name: str, params: Params) -> bool:
        """Return whether the model and optimizer of a candidate have a hyper-parameter."""
        if name in CHOOSING:
            return True
        model = self._models.of(params)
        if name in _OF_OPTIMIZERS:
            optimizer = _optimizer(model, params)
            # If there is no such optimizer, that is what has to be said.
            return optimizer is None or any(p.name == name for p in optimizer.parameters)
        return name in model.hyperparameters

    def counts(self, name: str, params: Params) -> bool:
        """Return whether a hyper-parameter makes a difference beside these values."""
        if name in CHOOSING:
            return True
        if not self.takes(name, params):
            return False
        model = self._models.of(params)
        parameter = model.parameters.get(name)
        if parameter is None or parameter.counts is always:
            return True
        return _matters(parameter, _complete(model, params))

    def identity(self, params: Params) -> Params:
        """Return all values that the model of a candidate then has, each in one form."""
        model = self._models.of(params)
        whole = _complete(model, params)
        found = {name: params.get(name) for name in CHOOSING}
        for name, value in whole.items():
            parameter = model.parameters.get(name)
            if parameter is None or _matters(parameter, whole):
                found[name] = _checked(parameter, value)
        if isinstance(model.architecture, Family):
            found["family"] = model.architecture.name
        optimizer = _optimizer(model, params)
        if optimizer is not None:
            for name in ("learning_rate", "weight_decay"):
                if found[name] is None:
                    found[name] = getattr(optimizer, name)
        return found

    def epochs(self, params: Params) -> int | None:
        """Return for how many epochs the family of a candidate trains by default, None if the rows
        decide.

        Raises:
            InvalidArgument, UndefinedName, NotPermitted: see ``Models.of``.
        """
        architecture = self._models.of(params).architecture
        return architecture.epochs if isinstance(architecture, Family) else None

    def require(self, params: Params) -> None:
        """Check the model that a candidate names, with the values that it sets itself.

        Raises:
            InvalidArgument, UndefinedName, NotPermitted: see ``Models.of``; or a value is wrong.
        """
        self._models.of(params).check(self._find)

    def check(self, name: str, value: Any, params: Params) -> None:
        """Check one value of a hyper-parameter; raise InvalidArgument if it can never be one."""
        parameter = self._models.of(params).parameters.get(name)
        if parameter is not None and name not in CHOOSING:
            parameter.check(value, name)

    def refusal(self, name: str, params: Params) -> InvalidArgument:
        """Return the error for a hyper-parameter that the model of a candidate does not take."""
        model = self._models.of(params)
        if name in _OF_OPTIMIZERS:
            optimizer = _value(model, params, "optimizer")
            own = [parameter.name for parameter in OPTIMIZERS[optimizer].parameters]
            return InvalidArgument(
                f'the optimizer {optimizer} has no parameter "{name}"',
                detail=f"{optimizer} has: " + ", ".join(own) + ".",
                hint="State it beside an optimizer that has it, or leave it out.",
            )
        named = next((f"{kind} {params[kind]}" for kind in CHOOSING if kind in params), "model")
        return InvalidArgument(
            f'the {named} has no hyper-parameter "{name}" to search over',
            detail="It has: " + ", ".join(model.hyperparameters) + ".",
            hint=nearest(name, model.hyperparameters),
        )


def _given(model: Definition, params: Params) -> Params:
    """Return the values that are given: by a candidate, its model, a configuration like it, or its
    family, which may have another one for another task."""
    given = model.values | params
    if model.like is not None:
        given = trained_like(model.like, given, model.like.signature.output) | given
    return model.defaults_beside(given, None) | given


def _value(model: Definition, params: Params, name: str) -> Any:
    return _given(model, params).get(name, _TRAINING[name].default)


def _optimizer(model: Definition, params: Params) -> OptimizerKind | None:
    name = _value(model, params, "optimizer")
    return OPTIMIZERS.get(name) if isinstance(name, str) else None


def _complete(model: Definition, params: Params) -> Params:
    """Return a value for each hyper-parameter of a model, and of its optimizer."""
    optimizer = _optimizer(model, params)
    parameters = [*TRAINING, *(optimizer.parameters if optimizer else ())]
    if isinstance(model.architecture, Family):
        parameters += model.architecture.parameters
    defaults = {parameter.name: parameter.default for parameter in parameters}
    given = _given(model, params)
    names = dict.fromkeys((*defaults, *model.own))
    return {name: given.get(name, defaults.get(name)) for name in names}


def _matters(parameter: Parameter, whole: Params) -> bool:
    try:
        return parameter.counts(whole)
    except KeyError:
        # There is no such optimizer, which whoever makes a configuration of it will say.
        return True


def _checked(parameter: Parameter | None, value: Any) -> Any:
    try:
        return value if parameter is None else parameter.check(value, parameter.name)
    except InvalidArgument:
        # Whoever makes a configuration of it will say so.
        return value
