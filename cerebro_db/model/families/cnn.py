"""cnn: convolutions over images, then dense layers; other inputs join before the dense layers."""

from dataclasses import replace
from typing import Any

from cerebro_db.errors import InvalidArgument
from cerebro_db.model.cost.ledger import Flow, Ledger
from cerebro_db.model.families._base import (
    ACTIVATION,
    BATCH_NORM,
    DROPOUT,
    EMBEDDING_DIM,
    Family,
    block,
    features,
    hidden,
    hidden_layers,
    inputs_of,
    joined,
    named,
    outputs,
)
from cerebro_db.model.parameters import Parameter, always
from cerebro_db.model.signature import Input, Signature
from cerebro_db.model.values import integer, list_of
from cerebro_db.words import counted


def _suits(parameters: dict[str, Any], signature: Signature) -> None:
    shrink = parameters["pool"] ** len(parameters["filters"])
    for image in inputs_of("image", "cnn", signature):
        height, width, _ = image.shape
        if min(height, width) < shrink:
            raise InvalidArgument(
                f'image "{image.name}" is too small for '
                + counted(len(parameters["filters"]), "convolution"),
                detail=f"Its size is {height} x {width}; pooling divides these by {shrink}.",
                hint="Give filters fewer values, or set pool to 1.",
            )


def _outline(ledger: Ledger, parameters: dict[str, Any], signature: Signature) -> None:
    images = [i for i in signature.inputs if i.kind == "image"]
    others = [i for i in signature.inputs if i.kind != "image"]
    seen = [_convolved(ledger, image, name, parameters) for name, image in named(images)]
    x = joined(ledger, [*seen, *features(ledger, others, parameters["embedding_dim"])])
    outputs(ledger, signature, hidden_layers(ledger, x, parameters))


def _convolved(ledger: Ledger, image: Input, prefix: str, parameters: dict[str, Any]) -> Flow:
    x = ledger.input(image)
    for i, filters in enumerate(parameters["filters"]):
        where, name = f"filters[{i}] on {image.name}", f"{prefix}_conv_{i + 1}"
        arguments = {
            "filters": filters, "kernel_size": parameters["kernel"], "padding": "same",
        }  # fmt: skip
        x = ledger.layer(where, "Conv2D", arguments, x, name=name)
        x = block(ledger, where, name, x, parameters)
        if parameters["pool"] > 1:
            pool = {"pool_size": parameters["pool"]}
            x = ledger.layer(f"pool of {where}", "MaxPooling2D", pool, x)
    return ledger.layer(image.name, "Flatten", {}, x)


FAMILY = Family(
    "cnn",
    "convolutions and pooling over images, then dense layers",
    (
        Parameter(
            "filters", list_of(integer(1, 4_096), 1, 32), [32, 64], "filters of each convolution"
        ),
        Parameter("kernel", integer(1, 31), 3, "side of the convolutions' kernels in pixels"),
        Parameter("pool", integer(1, 16), 2, "factor by which each convolution's output shrinks"),
        hidden(128),
        # Of the convolutions too.
        replace(ACTIVATION, counts=always),
        DROPOUT,
        replace(BATCH_NORM, counts=always),
        EMBEDDING_DIM,
    ),
    _outline,
    _suits,
)
