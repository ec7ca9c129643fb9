"""Where a registered Keras config meets a dataset: placeholders are filled, input layers matched
with inputs, and the last layer made to give logits."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from cerebro_db.errors import InvalidArgument, nearest
from cerebro_db.model.admission.graph import admit
from cerebro_db.model.admission.ids import HINT, check_embeddings
from cerebro_db.model.code import FindCode
from cerebro_db.model.layers import layer_of
from cerebro_db.model.layers._base import KERAS
from cerebro_db.model.placeholders import fill, placeholders, uses
from cerebro_db.model.signature import Input, Output, Signature
from cerebro_db.model.spec import KerasArchitecture
from cerebro_db.model.tasks import task_of
from cerebro_db.words import counted


def fitted(
    config: dict[str, Any], values: dict[str, Any], signature: Signature, find: FindCode
) -> KerasArchitecture:
    """Return an admitted config for a dataset, with its placeholders filled and admitted again.

    Args:
        find: gives registered code.

    Raises:
        InvalidArgument: a placeholder lacks a value or has one that does not fit its place, the
            model's inputs or outputs are not those of the dataset, or an Embedding does not suit
            the ids that reach it.
    """
    config = deepcopy(config)
    layers = config["config"]["layers"]
    if layers[-1]["class_name"] == "InputLayer":
        # That of a list of layers that had none.
        layers.insert(0, layers.pop())
    matched = _match([item for item in layers if item["class_name"] == "InputLayer"], signature)
    sizes = [size for _, source in matched for size in source.sizes]
    values = {**values, "outputs": signature.output.units}
    if sizes:
        values["vocabulary"] = max(sizes)
    elif uses(config, "vocabulary"):
        raise InvalidArgument(
            'the model\'s inputs hold no ids, so "${vocabulary}" has no value',
            detail="Its inputs are: " + ", ".join(f"{s.name} ({s.kind})" for _, s in matched) + ".",
            hint=HINT,
        )
    for layer, source in matched:
        layer["config"].setdefault("batch_shape", "${input_shape}")
        layer["config"]["dtype"] = "int32" if source.sizes else "float32"
        shape = [None, *source.shape]
        layer["config"] = fill(layer["config"], {**values, "input_shape": shape})
    config = admit(fill(config, values), find)
    if left := placeholders(config):
        raise InvalidArgument(
            f'the value of a placeholder is itself a placeholder, "{left[0]}"',
            detail="Placeholders are filled once.",
            hint="Give it a number, a name or a list of these.",
        )
    _check_shapes(matched)
    check_embeddings(config, {layer["config"]["name"]: source for layer, source in matched})
    _end_in_logits(config, signature.output)
    return KerasArchitecture(
        config, {layer["config"]["name"]: source.name for layer, source in matched}
    )


def check_outputs(units: int, output: Output) -> None:
    """Raise InvalidArgument unless a model gives as many numbers a row as the dataset asks for."""
    if units == output.units:
        return
    hint = f'Give the last layer {counted(output.units, "unit")}, or "${{outputs}}".'
    hint += task_of(output).units_hint()
    raise InvalidArgument(
        f"the model gives {counted(units, 'number')} a row, but the dataset needs {output.units}",
        detail=f"The task is {output.task}.",
        hint=hint,
    )


def _match(
    layers: list[dict[str, Any]], signature: Signature
) -> list[tuple[dict[str, Any], Input]]:
    """Return each input layer with its input: by name, or the only one, or ``numeric``."""
    inputs = {item.name: item for item in signature.inputs}
    found = []
    for layer in layers:
        name = layer["config"].get("name")
        source = inputs.get(name)
        if source is None and len(layers) == 1:
            source = next(iter(inputs.values())) if len(inputs) == 1 else inputs.get("numeric")
        if source is None:
            raise InvalidArgument(
                f'the model\'s input "{name}" is not an input of the dataset',
                detail="The dataset's inputs are: " + ", ".join(inputs) + ".",
                hint=nearest(name or "", inputs),
            )
        found.append((layer, source))
    return found


def _check_shapes(matched: list[tuple[dict[str, Any], Input]]) -> None:
    for layer, source in matched:
        shape = layer["config"]["batch_shape"]
        if tuple(shape[1:]) != source.shape or shape[0] is not None:
            raise InvalidArgument(
                f"the model's input for \"{source.name}\" has another shape than the dataset's",
                detail=f"The model has {shape}, the dataset {[None, *source.shape]}.",
                hint='Write "batch_shape": "${input_shape}" in the InputLayer.',
            )


def _end_in_logits(config: dict[str, Any], output: Output) -> None:
    """Drop a final sigmoid or softmax after checking that it is the one that the task needs:
    training works on logits and applies it afterwards.

    A registered layer at the end has to give logits, and so have our own.
    """
    last = _last(config)
    layer = layer_of(last)
    if layer is None or layer.module != KERAS:
        return
    arguments = last["config"]
    if last["class_name"] == "Dense" and "units" in arguments:
        check_outputs(arguments["units"], output)
    softmax = last["class_name"] == "Softmax"
    activation = "softmax" if softmax else arguments.get("activation")
    if activation not in ("sigmoid", "softmax"):
        return
    wanted = task_of(output).activation
    if activation != wanted:
        raise InvalidArgument(
            f"the model ends in {activation}, which does not suit the task {output.task}",
            detail="A model ends in probabilities of its classes, in logits, or in plain values.",
            hint=f'Let the last layer have the activation "{wanted}".',
        )
    if softmax:
        last["class_name"] = "Activation"
        arguments.pop("axis", None)
    arguments["activation"] = "linear"


def _last(config: dict[str, Any]) -> dict[str, Any]:
    layers = config["config"]["layers"]
    name = config["config"]["output_layers"][0]
    users = [layer["name"] for layer in layers if name in _sources(layer["inbound_nodes"])]
    if users:
        raise InvalidArgument(
            f'the output layer "{name}" also feeds other layers',
            detail="These are: " + ", ".join(users) + ".",
            hint="End the model in a layer of its own.",
        )
    return next(layer for layer in layers if layer["name"] == name)


def _sources(document: Any) -> set[str]:
    """Return the names of the layers whose tensors stand anywhere in a layer's calls."""
    if isinstance(document, dict):
        if "keras_history" in document:
            return {document["keras_history"][0]}
        document = list(document.values())
    if isinstance(document, list):
        return {name for item in document for name in _sources(item)}
    return set()
