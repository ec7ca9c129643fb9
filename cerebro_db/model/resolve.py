"""Closes a model: definition, one candidate of the search and a dataset make a Spec."""

from __future__ import annotations

from typing import Any

from cerebro_db.errors import InvalidArgument, nearest
from cerebro_db.model import admission
from cerebro_db.model.code import Code, FindCode, no_code
from cerebro_db.model.definition import Definition, Registered, check_names, read
from cerebro_db.model.families import Family
from cerebro_db.model.losses import check_weighing, loss_for, weights_of_labels
from cerebro_db.model.optimizers import OPTIMIZERS, OptimizerKind, optimizer_names
from cerebro_db.model.parameters import TRAINING, checked, default_batch_size
from cerebro_db.model.signature import Signature
from cerebro_db.model.spec import FamilyArchitecture, KerasArchitecture, Spec


def resolve(
    definition: dict[str, Any],
    params: dict[str, Any],
    signature: Signature,
    registered: Registered,
    find: FindCode = no_code,
    metric: Code | None = None,
    *,
    rows: int | None = None,
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

    Raises:
        InvalidArgument: an unknown name, a value out of range, or a model that does not suit the
            dataset.
        UndefinedName: the definition names a model that is not registered.
    """
    model = read(definition, registered, find)
    check_names(params, model.hyperparameters)
    values = model.values | params
    common = checked(TRAINING, values)
    optimizer = OPTIMIZERS[common["optimizer"]]
    if "optimizer" not in params:
        _check_taken(values, common["optimizer"], optimizer)
    smoothing = common["label_smoothing"]
    if smoothing and signature.output.task == "regression":
        raise InvalidArgument(
            "label_smoothing needs classes",
            detail="The task is regression.",
            hint="Leave label_smoothing out.",
        )
    architecture = _architecture(model, values, signature, find)
    loss, own_loss = loss_for(signature.output.task, common["loss"], find)
    if own_loss is not None:
        check_weighing(own_loss, common["label_weights"], smoothing)
    return Spec(
        signature=signature,
        architecture=architecture,
        optimizer=common["optimizer"],
        optimizer_parameters=checked(optimizer.parameters, values),
        learning_rate=_given(common["learning_rate"], optimizer.learning_rate),
        batch_size=common["batch_size"] or default_batch_size(rows),
        weight_decay=_given(common["weight_decay"], optimizer.weight_decay),
        l2=common["l2"],
        clipnorm=common["clipnorm"],
        label_weights=weights_of_labels(common["label_weights"], signature.output),
        label_smoothing=smoothing,
        loss=loss,
        code=tuple(c for c in (*_layers(architecture, find), own_loss, metric) if c is not None),
    )


def _architecture(
    model: Definition, values: dict[str, Any], signature: Signature, find: FindCode
) -> FamilyArchitecture | KerasArchitecture:
    if isinstance(model.architecture, Family):
        family = model.architecture
        parameters = checked(family.parameters, values)
        family.suits(parameters, signature)
        return FamilyArchitecture(family.name, parameters)
    names = admission.placeholders(model.architecture)
    given = {name: values[name] for name in names if name in values}
    return admission.fitted(model.architecture, given, signature, find)


def _layers(
    architecture: FamilyArchitecture | KerasArchitecture, find: FindCode
) -> list[Code | None]:
    """Return the code of the registered layers."""
    if isinstance(architecture, FamilyArchitecture):
        return []
    return [find(name, "layer") for name in admission.registered_layers(architecture.keras)]


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
