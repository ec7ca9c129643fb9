"""Ids that an Embedding may look up: those of the dataset, each of which has to have a vector.

Each tensor of the model is followed from the inputs on. It holds ids between two bounds, or numbers
that are none, or, behind a registered layer, nobody knows what.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cerebro_db.errors import InvalidArgument
from cerebro_db.model.calls import Call, Key, calls_of
from cerebro_db.model.layers import Layer, layer_of
from cerebro_db.model.layers._base import Ids
from cerebro_db.model.signature import Input

HINT = (
    'Have the column encoded as ids: a category with encode := {"column": "embedding"}, words with '
    '{"column": "text"}, ids in an array with {"column": {"as": "ids", "size": 100}}. An '
    "InputLayer takes the input of its name."
)


@dataclass(frozen=True)
class Numbers:
    """Numbers that are no ids, and what they are for people."""

    what: str


Held = Ids | Numbers | None
"""The content of a tensor; None where nobody knows."""


def check_embeddings(config: dict[str, Any], inputs: Mapping[str, Input]) -> None:
    """Check that every Embedding reads ids, and has a vector for each of them.

    Args:
        config: admitted, without placeholders.
        inputs: the dataset's inputs by the names of the InputLayers that stand for them.

    Raises:
        InvalidArgument: an Embedding reads what is no id, or has too few vectors.
    """
    held: dict[Key, Held] = {}
    for call in calls_of(config):
        layer, taken = call.layer, [held[source] for source in call.sources]
        kind, arguments = layer_of(layer), layer["config"]
        if kind is None:
            held[call.key] = None
        elif kind.name == "InputLayer":
            held[call.key] = _of_input(inputs[arguments["name"]])
        else:
            if kind.name == "Embedding":
                _check(call, taken[0])
            held[call.key] = _given(kind, arguments, taken)


def _of_input(item: Input) -> Held:
    if item.sizes:
        return Ids(0, max(item.sizes) - 1)
    what = "numbers between 0 and 1" if item.dtype == "uint8" else "standardised numbers"
    return Numbers(f'The input "{item.name}" holds {what}')


def _check(call: Call, held: Held) -> None:
    if held is None:
        return
    if isinstance(held, Numbers):
        raise InvalidArgument(
            f"{call.where} (Embedding) reads numbers that are no ids",
            detail=f"{held.what}; the Embedding {call.name} looks up whole numbers from 0.",
            hint=HINT,
        )
    # Where it is missing, working out what the model needs says so.
    vectors = call.layer["config"].get("input_dim", math.inf)
    if held.low < 0:
        raise InvalidArgument(
            f"{call.where} (Embedding) reads ids below 0",
            detail=f"The ids that reach {call.name} are {held.low} to {held.high}.",
            hint="Let the ids reach it as they are.",
        )
    if held.high >= vectors:
        raise InvalidArgument(
            f"{call.where} (Embedding) has too few vectors: it needs {held.high + 1}",
            detail=f"The input_dim of {call.name} is {vectors}; the ids that reach it are"
            f" {held.low} to {held.high}. They count what is unknown, missing or padding, too.",
            hint=f'Give it an input_dim of {held.high + 1}, or "${{vocabulary}}".',
        )


def _given(kind: Layer, arguments: Mapping[str, Any], taken: Sequence[Held]) -> Held:
    """Return what a layer gives for what it takes."""
    if kind.gives_ids is None:
        return Numbers(f"A layer {kind.name} stands before it")
    ids = [held for held in taken if isinstance(held, Ids)]
    if len(ids) == len(taken):
        found = kind.gives_ids(arguments, ids)
        changed = Numbers(f"A layer {kind.name} changes the ids before it")
        return changed if found is None else found
    return next((held for held in taken if isinstance(held, Numbers)), None)
