"""The kinds of values that the arguments of admitted layers take. A placeholder may stand for any
of them, and for any element of a list."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cerebro_db.errors import InvalidArgument, nearest
from cerebro_db.model.placeholders import placeholder
from cerebro_db.model.values import (
    MAX_UNITS,
    Check,
    choice,
    flag,
    integer,
    list_of,
    number,
    optional,
    refused,
    shown,
)


@dataclass(frozen=True)
class Class:
    """An admitted class: where Keras keeps it, and its arguments. In Keras all have defaults.

    Registered code has a ``registered_name``, and may have arguments that are ``required``.
    """

    module: str
    arguments: dict[str, Check] = field(default_factory=dict)
    required: tuple[str, ...] = ()
    registered_name: str | None = None


def fields(value: Any, where: str, allowed: tuple[str, ...], required: tuple[str, ...]) -> Any:
    """Return an object after checking the names of its members.

    Raises:
        InvalidArgument: it is no object, or a member is missing or not allowed.
    """
    if not isinstance(value, dict):
        raise refused(where, "an object", value)
    for name in value:
        if name not in allowed:
            raise InvalidArgument(
                f'{where} has a member "{name}" that is not admitted',
                detail=f"Found {shown(value[name])}.",
                hint=nearest(name, allowed) or "Leave it out.",
            )
    for name in required:
        if name not in value:
            raise InvalidArgument(
                f'{where} lacks "{name}"',
                detail=f"Found {shown(value)}.",
                hint="Write what Keras' model.to_json() writes.",
            )
    return value


def admitted_object(
    value: Any, where: str, table: Mapping[str, Class], what: str, also: tuple[str, ...] = ()
) -> dict[str, Any]:
    """Return a serialised object of an admitted class, rebuilt from its admitted parts alone.

    ``also`` names members that the caller checks.
    """
    members = ("module", "class_name", "config", "registered_name", "build_config", *also)
    fields(value, where, members, ("class_name",))
    name = value["class_name"]
    if not isinstance(name, str) or name not in table:
        raise InvalidArgument(
            f"{where} is of a class that is not admitted: {shown(name)}",
            detail=f"A {what} may be one of: " + ", ".join(table) + ".",
            hint=nearest(name if isinstance(name, str) else "", table),
        )
    entry = table[name]
    module, registered_name = value.get("module", entry.module), value.get("registered_name")
    if module is not None or entry.registered_name is None:
        choice(entry.module)(module, f"{where}.module")
    if registered_name not in (None, entry.registered_name or name):
        wanted = entry.registered_name or "null"
        raise refused(f"{where}.registered_name", wanted, registered_name)
    check_shapes(value.get("build_config"), f"{where}.build_config")
    return {
        "module": entry.module,
        "class_name": name,
        "config": admitted_arguments(value.get("config", {}), f"{where}.config", entry),
        "registered_name": entry.registered_name,
    }


def admitted_arguments(config: Any, where: str, entry: Class) -> dict[str, Any]:
    """Return the arguments of an object, each checked or left as a placeholder."""
    fields(config, where, tuple(entry.arguments), entry.required)
    return {
        name: _open(entry.arguments[name])(value, f"{where}.{name}")
        for name, value in config.items()
    }


def check_shapes(value: Any, where: str) -> None:
    """Accept what Keras writes about the shapes that it saw: sizes and nulls, named or in lists.

    They are left out of what is built, which gets its shapes from the dataset.
    """
    if isinstance(value, dict):
        for name, item in value.items():
            check_shapes(item, f"{where}.{name}")
    elif isinstance(value, list):
        for i, item in enumerate(value):
            check_shapes(item, f"{where}[{i}]")
    else:
        optional(integer(0, 2**31 - 1))(value, where)


def _open(check: Check) -> Check:
    return lambda value, where: value if placeholder(value) else check(value, where)


def items(check: Check, least: int, most: int) -> Check:
    """Accept lists of values that pass the check or are placeholders."""
    return list_of(_open(check), least, most)


def either(several: Check, one: Check) -> Check:
    """Accept a list that passes the first check, or another value that passes the second."""
    return lambda value, where: (several if isinstance(value, list) else one)(value, where)


def _absent(value: Any, where: str) -> None:
    if value is not None:
        raise refused(where, "null", value)


def _off(value: Any, where: str) -> bool:
    if value is not False:
        raise refused(where, "false", value)
    return False


def _sizes(dimensions: int, low: int, high: int) -> Check:
    size = integer(low, high)
    return either(items(size, dimensions, dimensions), size)


def within(low: float, high: float) -> Check:
    """Accept numbers from ``low`` to ``high``, both among them."""

    def check(value: Any, where: str) -> float:
        found = ANY_NUMBER(value, where)
        if not low <= found <= high:
            raise refused(where, f"a number from {low:g} to {high:g}", value)
        return found

    return check


def ones(dimensions: int) -> Check:
    """Accept 1 for each dimension."""
    return _sizes(dimensions, 1, 1)


def _named_or_object(names: tuple[str, ...], table: dict[str, Class], what: str) -> Check:
    name = choice(*names)
    return lambda value, where: (
        admitted_object(value, where, table, what)
        if isinstance(value, dict)
        else name(value, where)
    )


FLAG, ABSENT, OFF = flag, _absent, _off
ANY_NUMBER = number()
NOT_NEGATIVE = number(0)
RATE = number(0, 1)
UNITS = integer(1, MAX_UNITS)
FILTERS = integer(1, 4_096)
SEED = optional(integer(0, 2**31 - 1))
AXIS = integer(-8, 8)
SIZES_1D, SIZES_2D = _sizes(1, 1, 256), _sizes(2, 1, 256)
OPTIONAL_SIZES_1D, OPTIONAL_SIZES_2D = optional(SIZES_1D), optional(SIZES_2D)
PADDING = choice("valid", "same")
CAUSAL_PADDING = choice("valid", "same", "causal")
CHANNELS_LAST = optional(choice("channels_last"))
SHAPE = items(integer(-1, MAX_UNITS), 1, 8)
BATCH_SHAPE = items(optional(integer(1, 16_777_216)), 2, 5)
AXES = items(AXIS, 1, 8)

ACTIVATION = optional(
    choice(
        "linear", "relu", "relu6", "elu", "selu", "celu", "gelu", "silu", "swish", "mish", "tanh",
        "sigmoid", "hard_sigmoid", "hard_silu", "hard_swish", "softmax", "softplus", "softsign",
        "leaky_relu", "exponential", "log_sigmoid",
    )
)  # fmt: skip

_SEEDED = {"seed": SEED}
_SCALED = {**_SEEDED, "input_axes": ABSENT, "output_axes": ABSENT}
_INITIALIZERS = {
    name: Class("keras.initializers", arguments)
    for name, arguments in {
        "Zeros": {},
        "Ones": {},
        "Constant": {"value": ANY_NUMBER},
        "Identity": {"gain": ANY_NUMBER},
        "RandomNormal": {**_SEEDED, "mean": ANY_NUMBER, "stddev": NOT_NEGATIVE},
        "TruncatedNormal": {**_SEEDED, "mean": ANY_NUMBER, "stddev": NOT_NEGATIVE},
        "RandomUniform": {**_SEEDED, "minval": ANY_NUMBER, "maxval": ANY_NUMBER},
        "Orthogonal": {**_SEEDED, "gain": ANY_NUMBER},
        "VarianceScaling": {
            **_SCALED,
            "scale": number(0, above=True),
            "mode": choice("fan_in", "fan_out", "fan_avg"),
            "distribution": choice("truncated_normal", "untruncated_normal", "uniform"),
        },
        "GlorotNormal": _SCALED,
        "GlorotUniform": _SCALED,
        "HeNormal": _SCALED,
        "HeUniform": _SCALED,
        "LecunNormal": _SCALED,
        "LecunUniform": _SCALED,
    }.items()
}
INITIALIZER = _named_or_object(
    (
        "zeros", "ones", "random_normal", "random_uniform", "truncated_normal", "orthogonal",
        "glorot_normal", "glorot_uniform", "he_normal", "he_uniform", "lecun_normal",
        "lecun_uniform", "variance_scaling", "identity",
    ),
    _INITIALIZERS,
    "initializer",
)  # fmt: skip

REGULARIZER = optional(
    _named_or_object(
        ("l1", "l2", "l1_l2"),
        {
            "L1": Class("keras.regularizers", {"l1": NOT_NEGATIVE}),
            "L2": Class("keras.regularizers", {"l2": NOT_NEGATIVE}),
            "L1L2": Class("keras.regularizers", {"l1": NOT_NEGATIVE, "l2": NOT_NEGATIVE}),
        },
        "regularizer",
    )
)

_NORM_AXIS = {"axis": either(AXES, AXIS)}
CONSTRAINT = optional(
    _named_or_object(
        ("max_norm", "non_neg", "unit_norm", "min_max_norm"),
        {
            "MaxNorm": Class("keras.constraints", {"max_value": NOT_NEGATIVE, **_NORM_AXIS}),
            "NonNeg": Class("keras.constraints"),
            "UnitNorm": Class("keras.constraints", _NORM_AXIS),
            "MinMaxNorm": Class(
                "keras.constraints",
                {
                    "min_value": NOT_NEGATIVE,
                    "max_value": NOT_NEGATIVE,
                    "rate": NOT_NEGATIVE,
                    **_NORM_AXIS,
                },
            ),
        },
        "constraint",
    )
)


def weights(*names: str) -> dict[str, Check]:
    """Return initializer, regularizer and constraint arguments for weights of these names."""
    kinds = {"initializer": INITIALIZER, "regularizer": REGULARIZER, "constraint": CONSTRAINT}
    return {f"{name}_{kind}": check for name in names for kind, check in kinds.items()}
