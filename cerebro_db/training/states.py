"""States as bytes: written with a hash, and looked at before anything is computed with them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import TypeVar

import numpy as np

from cerebro_db.errors import DataError
from cerebro_db.model.spec import Spec
from cerebro_db.tensors import Tensors, notes_of, pack, unpack

# How the names of a model's variables begin, and those of averages of them, which serve in their
# place; the others are the optimizer's.
WEIGHTS = "weights/"
AVERAGES = "averages/"
# How many steps the optimizer has taken.
STEP = "optimizer/step"

Item = TypeVar("Item")

# The note on whose weights they are, in a state that others begin with.
_LENDER = "lender"


def write_state(tensors: Tensors, notes: Mapping[str, str] | None = None) -> bytes:
    """Return tensors and notes on them as a state."""
    return pack(tensors, notes, hashed=True)


def read_state(state: bytes) -> Tensors:
    """Return the tensors of a state: views of it, in the order of their bytes.

    Whether they are those of a model is for who puts them into it to check.

    Raises:
        DataError: it is no state, not the bytes that were written (the first release wrote no
            hash), or has weights that are not finite numbers.
    """
    tensors = unpack(state)
    for name, array in tensors.items():
        if name.startswith((WEIGHTS, AVERAGES)) and not np.isfinite(array).all():
            raise DataError(
                "a state has weights that are not finite numbers",
                detail=f"The first are those of {name}.",
                hint="Fit the run again, or restore it from a backup.",
            )
    return tensors


def weights_in(tensors: Tensors) -> Tensors:
    """Return the weights of a state as the last step left them."""
    return {name: array for name, array in tensors.items() if name.startswith(WEIGHTS)}


def serving_in(tensors: Tensors) -> Tensors:
    """Return the weights of a state that predict: averages where it has them."""
    averages = {
        WEIGHTS + name.removeprefix(AVERAGES): array
        for name, array in tensors.items()
        if name.startswith(AVERAGES)
    }
    return weights_in(tensors) | averages


def slot_name(i: int, slot: str) -> str:
    """Return the name in a state of what is kept of the i-th variable that is trained."""
    return f"optimizer/{i:03}/{slot}"


def averages_of(weights: Mapping[str, Item]) -> dict[str, Item]:
    """Return something of each weight under the name of its average."""
    return {AVERAGES + name.removeprefix(WEIGHTS): item for name, item in weights.items()}


def lent_state(spec: Spec, state: bytes, *, optimizer: bool) -> bytes:
    """Return a state for other configurations to begin with.

    Args:
        spec: the configuration whose state it is.
        optimizer: whether they take over the optimizer's part as well.

    Raises:
        DataError: the state is damaged.
    """
    tensors = read_state(state)
    lent = serving_in(tensors)
    if optimizer:
        lent |= {
            name: array
            for name, array in tensors.items()
            if not name.startswith((WEIGHTS, AVERAGES))
        }
    # What it takes to find the weights of each layer, and no more.
    bare = replace(spec, pretrained=None, code=spec.registered("layer"))
    notes = {_LENDER: json.dumps(bare.to_json())}
    return write_state(lent, notes)


def lender_in(state: bytes) -> str:
    """Return the JSON of the configuration whose state ``lent_state`` has given.

    Raises:
        DataError: the state is damaged, or no such one.
    """
    lender = notes_of(state).get(_LENDER)
    if lender is None:
        raise DataError(
            "the state does not say whose it is",
            detail="Weights that other configurations begin with have a note of that.",
            hint="Restore it from a backup, or start another run.",
        )
    return lender
