"""A model as its user writes it: an architecture with values for any of its hyper-parameters.

A definition is an object with exactly one of ``family`` (a family's name), ``keras`` (a Keras
config with placeholders) or ``name`` (a definition registered before), and hyper-parameters beside
it:

    {"family": "mlp", "hidden": [128, 64], "learning_rate": 0.01}
    {"keras": {"class_name": "Sequential", "config": {...}}, "units": 64}
    {"name": "my_model", "units": 32}

A model that begins with another run's weights says so by ``from``; ``model/pretrained.py`` makes a
``Definition`` of it.

A bare Keras config, as ``model.to_json()`` writes it, is taken as ``{"keras": config}``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from cerebro_db.errors import InvalidArgument, nearest
from cerebro_db.model import admission
from cerebro_db.model.code import FindCode, no_code
from cerebro_db.model.families import FAMILIES, Family
from cerebro_db.model.optimizers import OPTIMIZERS, optimizer_names
from cerebro_db.model.parameters import TRAINING, Parameter, checked
from cerebro_db.model.spec import Spec
from cerebro_db.model.values import choice, refused, shown

# Gives the definition that was registered under a name; raises UndefinedName.
Registered = Callable[[str], dict[str, Any]]

_KINDS = ("family", "keras", "name")
# By these a candidate of a search names another model than the definition's.
CHOOSING = ("model", "family")


@dataclass(frozen=True)
class Definition:
    """A definition read and checked: a family or an admitted Keras config, and given values.

    Args:
        defaults: values of the architecture's own hyper-parameters where none is given.
        like: the configuration that has those of training where none is given.
    """

    architecture: Family | dict[str, Any]
    values: dict[str, Any]
    defaults: dict[str, Any] = field(default_factory=dict)
    like: Spec | None = None

    @cached_property
    def own(self) -> tuple[str, ...]:
        """Return the names of the architecture's own hyper-parameters."""
        if isinstance(self.architecture, Family):
            return tuple(parameter.name for parameter in self.architecture.parameters)
        return admission.placeholders(self.architecture)

    def defaults_beside(
        self, stated: Mapping[str, Any], task: str | None, *, with_widths: bool = True
    ) -> dict[str, Any]:
        """Return the values that hold where none is stated: see ``Family.defaults_beside``."""
        if not isinstance(self.architecture, Family):
            return self.defaults
        own = self.architecture.defaults_beside(stated, task, with_widths=with_widths)
        return own | self.defaults

    @cached_property
    def hyperparameters(self) -> tuple[str, ...]:
        """Return the names that a value or a search space may be given for."""
        return (*self.own, *_TRAINING)

    def check(self, find: FindCode) -> None:
        """Check what can be checked of the given values without a dataset.

        Raises:
            InvalidArgument: one is wrong.
        """
        if not isinstance(self.architecture, Family):
            names = (*self.own, *admission.BUILT_IN)
            values = {name: self.values.get(name, f"${{{name}}}") for name in names}
            admission.admit(admission.fill(self.architecture, values), find)
        known = self.parameters
        checked([known[name] for name in self.values if name in known], self.values)

    @cached_property
    def parameters(self) -> dict[str, Parameter]:
        """Return what its hyper-parameters accept, but for placeholders, which are part of it."""
        known = {p.name: p for optimizer in OPTIMIZERS.values() for p in optimizer.parameters}
        known.update((p.name, p) for p in TRAINING)
        if isinstance(self.architecture, Family):
            known.update((p.name, p) for p in self.architecture.parameters)
        return known


def stated(
    definition: dict[str, Any] | Definition, registered: Registered, find: FindCode = no_code
) -> tuple[str, frozenset[str]]:
    """Return a model's family ("" for a Keras config) and the hyper-parameters that it sets itself:
    all of them, where it is like a configuration that is there.

    Raises:
        InvalidArgument: the definition is not valid.
        UndefinedName: it names a model that is not registered.
    """
    found = read(definition, registered, find)
    family = found.architecture.name if isinstance(found.architecture, Family) else ""
    return family, frozenset(found.values if found.like is None else found.hyperparameters)


def check_definition(definition: dict[str, Any], find: FindCode = no_code) -> None:
    """Check a definition that is to be registered: a family or a Keras config, and its values.

    Raises:
        InvalidArgument: the definition is not valid, or refers to another by name.
        LimitExceeded: its Keras config is too large.
    """
    read(definition, _nothing_registered, find).check(find)


def read(definition: Any, registered: Registered, find: FindCode) -> Definition:
    """Return a definition after checking its architecture and the names of its values."""
    if isinstance(definition, Definition):
        return definition
    if not isinstance(definition, dict):
        raise refused("model", 'an object such as {"family": "mlp"}', definition)
    if "class_name" in definition:
        definition = {"keras": definition}
    kinds = [kind for kind in _KINDS if kind in definition]
    if len(kinds) != 1:
        raise InvalidArgument(
            'a model has exactly one of "family", "keras" and "name"',
            detail=f"Found {shown(definition)}.",
            hint='Write for example {"family": "mlp", "hidden": [128, 64]}.',
        )
    given = {name: value for name, value in definition.items() if name not in _KINDS}
    if "from" in given:
        raise InvalidArgument(
            "only the model of a run can begin with another run's weights",
            detail=f"Found {shown(definition)}.",
            hint='Write "from" in the model of cerebro_fit, perhaps beside the name of this one.',
        )
    match kinds[0]:
        case "name":
            if not isinstance(definition["name"], str):
                raise refused("name", "the name of a registered model", definition["name"])
            base = read(registered(definition["name"]), _nothing_registered, find)
            found = Definition(base.architecture, base.values | given)
        case "family":
            found = Definition(FAMILIES[choice(*FAMILIES)(definition["family"], "family")], given)
        case _:
            found = Definition(_keras(definition["keras"], find), given)
    check_names(given, found.hyperparameters)
    return found


def check_names(names: Iterable[str], valid: tuple[str, ...]) -> None:
    """Raise InvalidArgument for a name that is none of the valid ones."""
    for name in names:
        if name not in valid:
            raise InvalidArgument(
                f'the model has no hyper-parameter "{name}"',
                detail="It has: " + ", ".join(valid) + ".",
                hint=nearest(name, valid),
            )


def _keras(config: Any, find: FindCode) -> dict[str, Any]:
    admitted = admission.admit(config, find)
    for name in admission.placeholders(admitted):
        if name in _RESERVED:
            raise InvalidArgument(
                f'the placeholder "${{{name}}}" has the name of a hyper-parameter of training',
                detail="Such names are: " + ", ".join(_RESERVED) + ".",
                hint=f'Call it something else, such as "${{my_{name}}}".',
            )
    return admitted


class Models:
    """The models of a search: the one that its definition describes, and those that candidates name
    instead, as ``model`` (a registered one) or ``family``.

    What the definition sets holds for those too, as far as they have it.

    Args:
        definition: the model as its user wrote it.
        registered: gives the definition that was registered under a name.
        find: gives registered code.

    Raises:
        InvalidArgument: the definition is not valid.
        UndefinedName: it names a model that is not registered.
    """

    def __init__(
        self, definition: dict[str, Any] | Definition, registered: Registered, find: FindCode
    ) -> None:
        self._registered = registered
        self._find = find
        self._stated = read(definition, registered, find)
        self._named: dict[tuple[str | None, str | None], Definition] = {(None, None): self._stated}

    def of(self, params: dict[str, Any]) -> Definition:
        """Return the model of a candidate.

        Raises:
            InvalidArgument: it names a model and a family at once, or something that is neither.
            UndefinedName: it names a model that is not registered.
            NotPermitted: it names one that the role may not use.
        """
        name, family = params.get("model"), params.get("family")
        for where, value in zip(CHOOSING, (name, family), strict=True):
            if where in params and not isinstance(value, str):
                raise refused(where, f"a text in a space: the name of a {where}", value)
        found = self._named.get((name, family))
        if found is None:
            found = self._named[name, family] = self._read(name, family)
        return found

    def _read(self, name: str | None, family: str | None) -> Definition:
        if name is not None and family is not None:
            raise InvalidArgument(
                "a configuration has either a model or a family",
                detail=f'The space gives it the model "{name}" and the family "{family}".',
                hint='List two spaces: [{"model": [...]}, {"family": [...]}].',
            )
        kind = {"family": family} if name is None else {"name": name}
        found = read(kind, self._registered, self._find)
        stated = self._stated.values
        own = {value: stated[value] for value in stated if value in found.hyperparameters}
        return replace(found, values=found.values | own, like=self._stated.like)


def _nothing_registered(name: str) -> dict[str, Any]:
    raise InvalidArgument(
        "a registered model cannot refer to another by name",
        detail=f'Found the name "{name}".',
        hint='Register a "family" or a "keras" config.',
    )


_TRAINING = (*(parameter.name for parameter in TRAINING), *optimizer_names())
# What a search takes for something else than a placeholder.
_RESERVED = (*_TRAINING, "epochs", *dict.fromkeys((*CHOOSING, *_KINDS)))
