"""What is said of a layer, all of it in one place: how a config may state it, which ids it gives,
and what it needs.

Each layer, or group of siblings, is a file beside this one with a ``Layer`` for each, and a line in
``__init__.py``; what is not listed there is refused. ``model/admission`` asks what a config of
anybody's may say, ``model/cost`` what it takes. Nothing here imports a framework.

A layer of our own has the module ``OWN``. Its Keras class has the same name, stands in
``training/keras/layers``, and is registered in the package ``PACKAGE``, by which Keras finds it:

    {"module": "cerebro_db.layers", "class_name": NAME, "registered_name": "cerebro_db>NAME",
     "config": {...}}
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from cerebro_db.model.layers import arguments as a
from cerebro_db.model.layers.arguments import Class, admitted_object
from cerebro_db.model.layers.needs import Needs
from cerebro_db.model.layers.shapes import Misfit, Shape
from cerebro_db.model.values import Check, choice, refused

KERAS, OWN, PACKAGE = "keras.layers", "cerebro_db.layers", "cerebro_db"

# How a functional model calls a layer: on one tensor, on one and perhaps a mask, on a list of them,
# on either, or as attention (query, value and perhaps key).
Arity = Literal["one", "masked", "many", "either", "attention"]


@dataclass(frozen=True)
class Ids:
    """Whole numbers from ``low`` to ``high``."""

    low: int
    high: int


# From the arguments, and the ids that are taken, to those that are given; None where the arguments
# make other numbers of them.
GiveIds = Callable[[Mapping[str, Any], Sequence[Ids]], Ids | None]


@dataclass(frozen=True, kw_only=True)
class Layer(Class):
    """A layer: a class that is admitted, with its exact arguments.

    An argument whose only admitted value is null or false would let a layer keep state between
    batches, return more than one tensor or leave float32.

    Args:
        name: of the class; no two have one.
        needs: from its arguments and the shapes of the tensors that it is called on to what it
            needs. Arguments are as in its config, without placeholders; one that is left out has
            Keras' default. Shapes leave out the rows. A ``Misfit``, or whatever Python raises
            over a wrong shape, says that these do not go together.
        arity: how a functional model calls it.
        with_weights: whether it may have any.
        gives_ids: of a layer that gives ids where it takes them.
        tells_places: whether what it gives says only where something is, and nothing of what
            inputs mean.
    """

    name: str
    needs: Callable[..., Needs]
    arity: Arity = "one"
    with_weights: bool = False
    gives_ids: GiveIds | None = None
    tells_places: bool = False


def needs_of(layer: Layer, arguments: dict[str, Any], shapes: Sequence[Shape]) -> Needs:
    """Return what a layer needs.

    Args:
        arguments: as in its config, without placeholders.
        shapes: of the tensors that it is called on.

    Raises:
        Misfit: it cannot take tensors of these shapes, or lacks an argument.
    """
    try:
        return layer.needs(arguments, *shapes)
    except KeyError as error:
        raise Misfit(f"it lacks {error}") from None
    except (TypeError, ValueError, IndexError):
        found = " and ".join(str(list(shape)) for shape in shapes)
        raise Misfit(f"it cannot take tensors of shape {found}") from None


def layer_name(value: Any, where: str) -> str:
    """Accept what may be the name of a layer in a model."""
    if not isinstance(value, str) or not re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,126}", value):
        raise refused(where, "a name of letters, digits and _ . -", value)
    return value


def float32(value: Any, where: str) -> str:
    """Accept the one type that layers compute in, as Keras writes it."""
    if isinstance(value, dict):
        policy = Class("keras", {"name": choice("float32")})
        admitted_object(value, where, {"DTypePolicy": policy}, "dtype")
    elif value != "float32":
        raise refused(where, '"float32"', value)
    return "float32"


# What every layer takes.
SHARED: dict[str, Check] = {"name": layer_name, "trainable": a.FLAG, "dtype": float32}

# What whole families of layers take.
BIASED: dict[str, Check] = {
    "activation": a.ACTIVATION,
    "use_bias": a.FLAG,
    "activity_regularizer": a.REGULARIZER,
    **a.weights("bias"),
}
LAYOUT: dict[str, Check] = {"data_format": a.CHANNELS_LAST}


def keras_layer(
    name: str, arguments: Mapping[str, Check], needs: Callable[..., Needs], **more: Any
) -> Layer:
    """Return a layer of Keras' with these arguments beside those that all have."""
    return Layer(KERAS, {**SHARED, **arguments}, name=name, needs=needs, **more)


def own_layer(
    name: str, arguments: Mapping[str, Check], needs: Callable[..., Needs], **more: Any
) -> Layer:
    """Return a layer of our own with these arguments beside those that all have.

    ``required`` names those that have no default.
    """
    known = {**SHARED, **arguments}
    registered_name = f"{PACKAGE}>{name}"
    return Layer(OWN, known, registered_name=registered_name, name=name, needs=needs, **more)
