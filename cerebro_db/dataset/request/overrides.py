"""The argument ``encode``: what a user states about single columns, and about all that have such an
option, checked before any row is read.

{"zip": "embedding", "note": {"as": "text", "words": 500}, "id": "skip", "*": {"scale": "robust"}}
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from cerebro_db.dataset.columns import Column, Form, find
from cerebro_db.dataset.features._lengths import MAX_STATED_LENGTH
from cerebro_db.dataset.features._scaling import SCALINGS
from cerebro_db.dataset.features._spread import TARGET
from cerebro_db.errors import InvalidArgument, UnsupportedType, nearest
from cerebro_db.literals import json_literal
from cerebro_db.model.layers.embedding import MAX_IDS

# The kinds that a user can ask for: their options, and the forms that a column may offer for them.
KINDS: dict[str, tuple[frozenset[str], tuple[Form, ...]]] = {
    "number": (frozenset({"scale", "bins", "onehot", "min_rows"}), ("number", "boolean")),
    "category": (frozenset({"max", "min_rows"}), ("text",)),
    "onehot": (frozenset({"max", "min_rows"}), ("text",)),
    "embedding": (frozenset({"max", "min_rows"}), ("text",)),
    "text": (frozenset({"method", "words", "length"}), ("text",)),
    "ids": (frozenset({"size", "length", "unknown"}), ("ids",)),
    "datetime": (frozenset({"bins"}), ("datetime",)),
    "vector": (frozenset({"scale", "bins", "onehot", "min_rows"}), ("array",)),
    "image": (frozenset({"shape", "dtype"}), ("array", "bytes")),
    "skip": (frozenset(), ()),
}

EVERYWHERE = "*"
"""What stands for all columns that have an option, but for those of which it is stated."""

_EVERYWHERE = frozenset({"scale", "bins", "onehot", "min_rows"})

# Of one image: as float32, what the largest chunk holds.
_MOST_VALUES = 16_777_216


@dataclass(frozen=True)
class Override:
    """A statement about one column; ``kind`` is a name in KINDS."""

    kind: str
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Stated:
    """All that is stated: ``everywhere`` has options of all columns that know them."""

    columns: Mapping[str, Override] = field(default_factory=dict)
    everywhere: Mapping[str, Any] = field(default_factory=dict)

    def of(self, column: str) -> Override | None:
        """Return what is stated about one column."""
        return self.columns.get(column)

    def options(self, column: str, **defaults: Any) -> dict[str, Any]:
        """Return the options of a column: its own, those of all, or else ``defaults``.

        Of those of all, it has what ``defaults`` names.
        """
        own = self.columns.get(column)
        common = {name: v for name, v in self.everywhere.items() if name in defaults}
        return defaults | common | dict(own.options if own else {})


def parse_overrides(encode: Any, features: Sequence[Column]) -> Stated:
    """Return what was stated.

    Raises:
        InvalidArgument: it is not an object of the form above, or names an unknown kind or option.
        UndefinedColumn: it names a column that is no feature.
    """
    if not isinstance(encode, Mapping):
        raise InvalidArgument(
            "encode must be a JSON object",
            detail=f"It is {_json_type(encode)}.",
            hint='Write it as {"column": "kind"} or {"column": {"as": "kind", ...}}.',
        )
    overrides = {}
    everywhere: Mapping[str, Any] = {}
    names = {column.name for column in features}
    for name, stated in encode.items():
        if name == EVERYWHERE and name not in names:
            everywhere = _common(stated)
            continue
        column = find(name, features, where="among the features")
        overrides[column.name] = _override(column, stated)
    return Stated(overrides, everywhere)


def wanted_form(column: Column, override: Override | None) -> Form | None:
    """Return the canonical form in which a feature column is to be read; None if it has none.

    Raises:
        UnsupportedType: the column's type has not the encoding that was stated.
    """
    if override is None:
        return None if column.form in ("bytes", "labels") else column.form
    for form in KINDS[override.kind][1]:
        if column.offers(form):
            if form == "bytes" and "shape" not in override.options:
                raise no_encoding([column])
            return form
    raise UnsupportedType(
        f'column "{column.name}" cannot be encoded as {override.kind}',
        detail=f"Its type is {column.type}.",
        hint="State another kind in encode, or cast the column in a SELECT that is the source.",
    )


def _override(column: Column, stated: Any) -> Override:
    if isinstance(stated, str):
        stated = {"as": stated}
    if not isinstance(stated, Mapping) or not isinstance(stated.get("as"), str):
        raise InvalidArgument(
            f'encode for column "{column.name}" must name a kind',
            detail=f"It is {_json_type(stated)}"
            + (' without "as".' if isinstance(stated, Mapping) else "."),
            hint='Write {"as": "kind", ...}. The kinds are: ' + ", ".join(KINDS) + ".",
        )
    kind = stated["as"]
    if kind not in KINDS:
        raise InvalidArgument(
            f'unknown kind "{kind}" in encode',
            detail=f'It is stated for column "{column.name}".',
            hint=nearest(kind, KINDS),
        )
    options = {name: value for name, value in stated.items() if name != "as"}
    for name, value in options.items():
        if name not in KINDS[kind][0]:
            raise InvalidArgument(
                f'unknown option "{name}" in encode',
                detail=f'It is stated for column "{column.name}" as {kind}.',
                hint=nearest(name, sorted(KINDS[kind][0])) or f"{kind} has no options.",
            )
        _check_option(name, value, f'column "{column.name}"')
    if options.get("unknown", 0) >= options.get("size", MAX_IDS):
        raise InvalidArgument(
            'option "unknown" in encode must be an id below "size"',
            detail=f'It is {options["unknown"]} of {options["size"]} for column "{column.name}".',
            hint="Ids are whole numbers from 0.",
        )
    return Override(kind, options)


def _common(stated: Any) -> Mapping[str, Any]:
    if not isinstance(stated, Mapping):
        raise InvalidArgument(
            f'encode for "{EVERYWHERE}", all columns, must be an object of options',
            detail=f"It is {_json_type(stated)}.",
            hint='Write {"*": {"scale": "robust"}}. The options are: '
            + ", ".join(sorted(_EVERYWHERE))
            + ".",
        )
    for name, value in stated.items():
        if name not in _EVERYWHERE:
            raise InvalidArgument(
                f'unknown option "{name}" in encode',
                detail=f'It is stated for "{EVERYWHERE}", all columns.',
                hint=nearest(name, sorted(_EVERYWHERE)),
            )
        _check_option(name, value, "all columns")
    return stated


def _check_option(name: str, value: Any, of: str) -> None:
    accepts, description = _OPTIONS[name]
    if not accepts(value):
        raise InvalidArgument(
            f'option "{name}" in encode must be {description}',
            detail=f"It is {json.dumps(value)} for {of}.",
            hint="Correct or leave out the option.",
        )


def _is_count(value: Any, most: int, least: int = 1) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most


def _is_shape(value: Any) -> bool:
    return (
        isinstance(value, list | tuple)
        and len(value) in (2, 3)
        and all(_is_count(item, 100_000) for item in value)
        and math.prod(value) <= _MOST_VALUES
    )


_OPTIONS: dict[str, tuple[Callable[[Any], bool], str]] = {
    "max": (lambda value: _is_count(value, 1_000_000), "a number from 1 to 1,000,000"),
    "min_rows": (lambda value: _is_count(value, 1_000_000), "a number from 1 to 1,000,000"),
    "onehot": (
        lambda value: _is_count(value, 1_000, least=0),
        "a number of values from 0 to 1,000",
    ),
    "scale": (lambda value: value in SCALINGS, " or ".join(f'"{one}"' for one in SCALINGS)),
    "bins": (
        lambda value: value == TARGET or (_is_count(value, 256) and value > 1),
        f'a number from 2 to 256, or "{TARGET}"',
    ),
    "words": (lambda value: _is_count(value, 1_000_000), "a number from 1 to 1,000,000"),
    "length": (
        lambda value: _is_count(value, MAX_STATED_LENGTH),
        f"a number from 1 to {MAX_STATED_LENGTH:,}",
    ),
    "size": (lambda value: _is_count(value, MAX_IDS), f"a number from 1 to {MAX_IDS:,}"),
    "unknown": (
        lambda value: _is_count(value, MAX_IDS - 1, least=0),
        f"a number from 0 to {MAX_IDS - 1:,}",
    ),
    "method": (lambda value: value in ("vocabulary", "hash"), '"vocabulary" or "hash"'),
    "shape": (
        _is_shape,
        "a list of height, width and, if there are some, channels, "
        f"{_MOST_VALUES:,} values together at most",
    ),
    "dtype": (lambda value: value in ("uint8", "float32"), '"uint8" or "float32"'),
}


def no_encoding(columns: Sequence[Column]) -> UnsupportedType:
    """Return the error that columns were asked for whose types have no encoding: all of them."""
    first = columns[0]
    if len(columns) > 1:
        message = "columns have types that cannot be encoded"
        detail = ", ".join(f'"{column.name}" is {column.type}' for column in columns) + "."
    else:
        message = f'column "{first.name}" has a type that cannot be encoded'
        detail = f"Its type is {first.type}."
    skipped = json_literal({column.name: "skip" for column in columns})
    it = "them" if len(columns) > 1 else "it"
    hint = (
        f"{_read_as(first)}, or leave {it} out, as with encode := {skipped}."
        if first.form == "bytes"
        else f"Cast {it} to another type in a SELECT that is the source, or leave {it} out, as with"
        f" encode := {skipped}."
    )
    return UnsupportedType(message, detail=detail, hint=hint)


def why_left_out(column: Column) -> str:
    """Return why a column is left out whose type has no encoding, and how it could be read."""
    how = _read_as(column) if column.form == "bytes" else "cast it in a SELECT that is the source"
    return f"type {column.type} has no encoding; {how[0].lower()}{how[1:]}"


def _read_as(column: Column) -> str:
    image = {"as": "image", "shape": [28, 28, 1], "dtype": "uint8"}
    stated = json_literal({column.name: image})
    return f"If it holds images, state their shape as in encode := {stated}"


def _json_type(value: Any) -> str:
    if isinstance(value, Mapping):
        return "an object"
    if isinstance(value, list | tuple):
        return "an array"
    return "null" if value is None else repr(value)
