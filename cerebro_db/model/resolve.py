"""Closes a model: definition, one candidate of the search and a dataset make a Spec."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from cerebro_db.errors import InvalidArgument, LimitExceeded, nearest
from cerebro_db.model import admission
from cerebro_db.model.code import Code, FindCode, no_code
from cerebro_db.model.configs import count_values
from cerebro_db.model.definition import CHOOSING, Definition, Models, Registered, check_names
from cerebro_db.model.families import Family
from cerebro_db.model.frameworks import TENSORFLOW, Framework
from cerebro_db.model.losses import check_weighing, loss_for, weights_of_labels
from cerebro_db.model.optimizers import OPTIMIZERS, OptimizerKind, optimizer_names
from cerebro_db.model.parameters import TRAINING, checked, default_batch_size
from cerebro_db.model.pretrained import trained_like
from cerebro_db.model.signature import Output, Signature
from cerebro_db.model.spec import FamilyArchitecture, KerasArchitecture, Spec
from cerebro_db.model.tasks import task_of
from cerebro_db.words import counted


class TooMuchTogether(LimitExceeded):
    """A configuration is no larger than it may be, but all of a run together are."""


# Fields of a spec that are what was stated, or the default.
_AS_STATED = (
    "l2", "clipnorm", "global_clipnorm", "clipvalue", "schedule", "warmup", "dropout_schedule",
    "weight_decay_schedule", "ema",
)  # fmt: skip

# Of the Keras configs of all configurations of a run, each architecture once.
MAX_VALUES = 3_000_000


def resolve(
    definition: dict[str, Any],
    params: dict[str, Any],
    signature: Signature,
    registered: Registered,
    find: FindCode = no_code,
    metric: Code | None = None,
    *,
    rows: int | None = None,
    framework: Framework = TENSORFLOW,
) -> Spec:
    """Return one configuration.

    Args:
        definition: the model as its user wrote it.
        params: values of one candidate; they override the definition's.
        signature: the dataset's inputs and output.
        registered: gives the definition that was registered under a name.
        find: gives registered code.
        metric: what is measured besides the task's metrics.
        rows: training rows of the dataset, by which batches are sized; None stands for many.
        framework: what is to train it.

    Raises:
        InvalidArgument: an unknown name, a value out of range, or a model that does not suit the
            dataset.
        UndefinedName: the definition names a model that is not registered.
    """
    resolving = Resolving(
        definition, signature, registered, find, metric, rows=rows, framework=framework
    )
    return resolving.close(params)


class Resolving:
    """Closes one model with the values of many candidates: see ``resolve``.

    Configurations of one model whose architecture has the same values share that, and it is worked
    out once.
    """

    def __init__(
        self,
        definition: dict[str, Any] | Definition,
        signature: Signature,
        registered: Registered,
        find: FindCode = no_code,
        metric: Code | None = None,
        *,
        rows: int | None = None,
        framework: Framework = TENSORFLOW,
    ) -> None:
        self._models = Models(definition, registered, find)
        self._signature = signature
        self._find = find
        self._metric = metric
        self._rows = rows
        self._framework = framework
        # Of Keras configs, by the model that they are of and the values that fill it.
        self._architectures: dict[tuple[int, str], _Architecture] = {}
        self._values = 0

    def close(self, params: dict[str, Any]) -> Spec:
        """Return one configuration.

        Raises:
            InvalidArgument, UndefinedName: see ``resolve``.
            TooMuchTogether: together with those before it there are too many large architectures.
        """
        model, signature = self._models.of(params), self._signature
        own = {name: value for name, value in params.items() if name not in CHOOSING}
        check_names(own, model.hyperparameters)
        stated = model.values | own
        if model.like is not None:
            stated = trained_like(model.like, stated, signature.output) | stated
        task, with_widths = signature.output.task, any(item.widths for item in signature.inputs)
        values = model.defaults_beside(stated, task, with_widths=with_widths) | stated
        common = checked(TRAINING, values)
        optimizer = OPTIMIZERS[common["optimizer"]]
        if "optimizer" not in params:
            _check_taken(stated, common["optimizer"], optimizer)
        smoothing = common["label_smoothing"]
        if smoothing and task_of(signature.output).of_numbers:
            raise InvalidArgument(
                "label_smoothing needs classes",
                detail=f"The task is {task}.",
                hint="Leave label_smoothing out.",
            )
        clip = common["clip"] and bool(signature.output.lows)
        if common["clip"] and not clip and "clip" in stated:
            raise _no_range(signature.output)
        found = self._architecture(model, values)
        loss, own_loss = loss_for(task, common["loss"], self._find)
        if own_loss is not None:
            # A family smooths labels for the losses that can.
            smoothing = smoothing if "label_smoothing" in stated else 0.0
            check_weighing(own_loss, common["label_weights"], smoothing)
        code = (*found.layers, own_loss, self._metric)
        return Spec(
            signature=signature,
            architecture=found.architecture,
            optimizer=common["optimizer"],
            optimizer_parameters=checked(optimizer.parameters, values),
            learning_rate=_given(common["learning_rate"], optimizer.learning_rate),
            batch_size=common["batch_size"] or default_batch_size(self._rows),
            weight_decay=_given(common["weight_decay"], optimizer.weight_decay),
            label_weights=weights_of_labels(common["label_weights"], signature.output),
            label_smoothing=smoothing,
            loss=loss,
            code=tuple(item for item in code if item is not None),
            clip=clip,
            framework=self._framework,
            **{name: common[name] for name in _AS_STATED},
        )

    def _architecture(self, model: Definition, values: dict[str, Any]) -> _Architecture:
        if isinstance(model.architecture, Family):
            family = model.architecture
            parameters = checked(family.parameters, values)
            family.suits(parameters, self._signature)
            return _Architecture(FamilyArchitecture(family.name, parameters), [])
        given = {name: values[name] for name in model.own if name in values}
        key = id(model), json.dumps(given, sort_keys=True)
        if key not in self._architectures:
            found = admission.fitted(model.architecture, given, self._signature, self._find)
            self._bound(found.keras)
            layers = [
                self._find(name, "layer") for name in admission.registered_layers(found.keras)
            ]
            self._architectures[key] = _Architecture(found, layers)
        return self._architectures[key]

    def _bound(self, config: dict[str, Any]) -> None:
        size = count_values(config)
        self._values += size
        if self._architectures and self._values > MAX_VALUES:
            raise TooMuchTogether(
                "the search would make too many architectures of this size",
                detail=f"{counted(len(self._architectures) + 1, 'Keras config')} have "
                f"{counted(self._values, 'value')}, of which a run may have {MAX_VALUES:,}.",
                hint="Try fewer configurations, or fewer values of placeholders: those that differ"
                " in rates and batch_size only have one architecture together.",
            )


@dataclass(frozen=True)
class _Architecture:
    architecture: FamilyArchitecture | KerasArchitecture
    layers: list[Code | None]


def _no_range(output: Output) -> InvalidArgument:
    if not task_of(output).of_numbers:
        return InvalidArgument(
            "clip needs a target that is a number",
            detail=f"The task is {output.task}.",
            hint="Leave clip out.",
        )
    return InvalidArgument(
        "clip needs to know the range of the targets",
        detail="An earlier release has prepared the dataset, which did not keep it.",
        hint="Prepare it again: cerebro_prepare with replace := true.",
    )


def _check_taken(values: dict[str, Any], name: str, optimizer: OptimizerKind) -> None:
    """Refuse what another optimizer would take; a search over optimizers may carry it along."""
    own = [parameter.name for parameter in optimizer.parameters]
    for value in values:
        if value in optimizer_names() and value not in own:
            raise InvalidArgument(
                f'the optimizer {name} has no parameter "{value}"',
                detail=f"{name} has: " + ", ".join(own) + ".",
                hint=nearest(value, own),
            )


def _given(value: float | None, default: float) -> float:
    return default if value is None else value
