"""cnn: convolutions over images, then dense layers; other inputs join before the dense layers."""

from dataclasses import replace
from typing import Any

from cerebro_db.errors import InvalidArgument
from cerebro_db.model.families._base import (
    ACTIVATION,
    BATCH_NORM,
    CATEGORIES,
    DROPOUT,
    EMBEDDING_DIM,
    UNKNOWN,
    Family,
    block,
    features,
    head,
    hidden,
    inputs_of,
    joined,
    named,
)
from cerebro_db.model.graph import GraphBuilder, Tensor
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


def _layers(graph: GraphBuilder, parameters: dict[str, Any], signature: Signature) -> Tensor:
    images = [i for i in signature.inputs if i.kind == "image"]
    others = [i for i in signature.inputs if i.kind != "image"]
    seen = [_convolved(graph, image, name, parameters) for name, image in named(images)]
    x = joined(graph, [*seen, *features(graph, others, parameters)])
    return head(graph, signature, x, parameters)


def _convolved(
    graph: GraphBuilder, image: Input, prefix: str, parameters: dict[str, Any]
) -> Tensor:
    x = graph.input(image)
    for i, filters in enumerate(parameters["filters"]):
        where, name = f"filters[{i}] on {image.name}", f"{prefix}_conv_{i + 1}"
        arguments = {
            "filters": filters, "kernel_size": parameters["kernel"], "padding": "same",
        }  # fmt: skip
        x = graph.layer(where, "Conv2D", arguments, x, name=name)
        x = block(graph, where, name, x, parameters)
        if parameters["pool"] > 1:
            pool = {"pool_size": parameters["pool"]}
            x = graph.layer(f"pool of {where}", "MaxPooling2D", pool, x)
    return graph.layer(image.name, "Flatten", {}, x)


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
        UNKNOWN,
    ),
    _layers,
    _suits,
    defaults=CATEGORIES,
)
