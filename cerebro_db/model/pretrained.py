"""A run that begins with the weights of another run's configuration: which layers take them over.

    {"from": "other run", "config": 2, "freeze": ["hidden*"], "optimizer_state": true}

The architecture, and each hyper-parameter that is not given, are that configuration's. A layer
takes its weights over if one of its name has weights of the same shapes there, and if they mean the
same: those that read an input directly do if its columns are encoded alike, those that give the
output if the task and its classes are the same.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from cerebro_db.errors import InvalidArgument, nearest
from cerebro_db.model.cost.ledger import Ledger, Weighted
from cerebro_db.model.optimizers import Weight, slots_of
from cerebro_db.model.signature import Output
from cerebro_db.model.spec import Pretrained, Spec
from cerebro_db.model.tasks import task_of
from cerebro_db.model.trainable import check_code
from cerebro_db.model.values import flag, integer, refused, text

_KEYS = ("from", "config", "freeze", "optimizer_state")


@dataclass(frozen=True)
class Wish:
    """The part of a model that says with whose weights it begins.

    Args:
        run: the other run's name.
        config: which of its configurations; None: its best.
        freeze: names of layers that keep these weights, or beginnings of names, which end in "*".
        optimizer_state: whether the optimizer goes on as well.
    """

    run: str
    config: int | None
    freeze: tuple[str, ...]
    optimizer_state: bool


@dataclass(frozen=True)
class Lender:
    """The configuration whose weights others begin with.

    Args:
        name: what people call it.
        sha256: of the state with its weights.
        spec: the configuration.
        ledger: that of its architecture.
        meanings: what the numbers of each input mean, by the input's name.
    """

    name: str
    sha256: str
    spec: Spec
    ledger: Ledger
    meanings: Mapping[str, str]


@dataclass(frozen=True)
class Loan:
    """The weights that a configuration gets, and why the other layers begin anew.

    Args:
        spec: the configuration with them.
        anew: the layers that begin anew, by the reason why.
        unfrozen: those of them that were to be frozen.
    """

    spec: Spec
    anew: Mapping[str, tuple[str, ...]]
    unfrozen: tuple[str, ...]


def wish_of(model: dict[str, Any]) -> tuple[Wish | None, dict[str, Any]]:
    """Return with whose weights a model begins, if with any, and the rest of what it says.

    Raises:
        InvalidArgument: a value is wrong.
    """
    if "from" not in model:
        return None, model
    config = model.get("config")
    freeze = model.get("freeze", [])
    if isinstance(freeze, str):
        # One text is the beginning of names.
        freeze = [f"{freeze.removesuffix('*')}*"]
    if not isinstance(freeze, list) or not all(isinstance(item, str) for item in freeze):
        raise refused(
            "freeze", 'a list of names of layers such as ["hidden_1"], or "hidden*"', freeze
        )
    wish = Wish(
        run=text(model["from"], "from"),
        config=None if config is None else integer(1, 2**31 - 1)(config, "config"),
        freeze=tuple(freeze),
        optimizer_state=flag(model.get("optimizer_state", False), "optimizer_state"),
    )
    return wish, {name: value for name, value in model.items() if name not in _KEYS}


def frozen_layers(wish: Wish, lender: Lender) -> tuple[str, ...]:
    """Return the names of the lender's layers that a wish wants frozen.

    Raises:
        InvalidArgument: a name, or the beginning of names, is that of no layer with weights.
    """
    there = list(lender.ledger.weighted)
    frozen: set[str] = set()
    for wanted in wish.freeze:
        found = {name for name in there if _matches(wanted, name)}
        if not found:
            raise InvalidArgument(
                f'{lender.name} has no layer "{wanted}" to freeze',
                detail="Its layers with weights are: " + ", ".join(there) + ".",
                hint=nearest(wanted.removesuffix("*"), there),
            )
        frozen |= found
    return tuple(name for name in there if name in frozen)


def lend(
    wish: Wish, lender: Lender, spec: Spec, ledger: Ledger, meanings: Mapping[str, str]
) -> Loan:
    """Return a configuration that begins with a lender's weights.

    Args:
        spec: the configuration, which begins anew so far.
        ledger: that of its architecture.
        meanings: of its dataset's inputs, see ``Lender``.

    Raises:
        InvalidArgument: its optimizer cannot go on as the lender's, or its framework cannot execute
            the lender's registered layers, without which nobody knows where a state has which
            weights.
    """
    check_code(lender.spec, "layer", spec.framework, lender.name)
    if wish.optimizer_state:
        _require_same_optimizer(lender, spec)
    anew: dict[str, list[str]] = {}
    taken = []
    for name, layer in ledger.weighted.items():
        reason = _reason(name, layer, lender, spec, ledger, meanings)
        if reason:
            anew.setdefault(reason, []).append(name)
        else:
            taken.append(name)
    wanted = frozen_layers(wish, lender)
    return Loan(
        replace(
            spec,
            pretrained=Pretrained(lender.sha256, tuple(taken), wish.optimizer_state),
            frozen=tuple(name for name in wanted if name in taken),
        ),
        {reason: tuple(names) for reason, names in anew.items()},
        tuple(name for name in wanted if name in ledger.weighted and name not in taken),
    )


def trained_like(like: Spec, given: Mapping[str, Any], output: Output) -> dict[str, Any]:
    """Return the hyper-parameters of training that a configuration had, as far as they still apply.

    Another optimizer has defaults of its own, and so has another task; weights of labels are for
    the classes that they were given for.
    """
    found: dict[str, Any] = {
        "batch_size": like.batch_size,
        "l2": like.l2,
        "clipnorm": like.clipnorm,
        "global_clipnorm": like.global_clipnorm,
        "clipvalue": like.clipvalue,
        "schedule": like.schedule,
        "warmup": like.warmup,
        "dropout_schedule": like.dropout_schedule,
        "weight_decay_schedule": like.weight_decay_schedule,
        "ema": like.ema,
    }
    if given.get("optimizer", like.optimizer) == like.optimizer:
        found |= {
            "optimizer": like.optimizer,
            "learning_rate": like.learning_rate,
            "weight_decay": like.weight_decay,
            **like.optimizer_parameters,
        }
    before = like.signature.output
    if before.task == output.task:
        found |= {"loss": like.loss, "label_smoothing": like.label_smoothing}
        found["clip"] = like.clip
        if like.label_weights is not None and before.classes == output.classes:
            found["label_weights"] = dict(zip(before.classes, like.label_weights, strict=True))
    return found


def _matches(wanted: str, name: str) -> bool:
    return name.startswith(wanted[:-1]) if wanted.endswith("*") else name == wanted


def _reason(
    name: str,
    layer: Weighted,
    lender: Lender,
    spec: Spec,
    ledger: Ledger,
    meanings: Mapping[str, str],
) -> str:
    """Return why a layer begins anew, "" if it takes its weights over."""
    before = lender.ledger.weighted.get(name)
    if before is None:
        return f"{lender.name} has none of the name"
    if (before.class_name, _shapes(before)) != (layer.class_name, _shapes(layer)):
        if isinstance(layer.weights, str) or isinstance(before.weights, str):
            return "of registered code or behind it, and not made alike"
        return "their weights have other shapes"
    if _read(before, lender.meanings) != _read(layer, meanings):
        return "the columns that they read are others, or encoded otherwise"
    ends = name in ledger.result.behind or name in lender.ledger.result.behind
    if ends and _meaning(lender.spec.signature.output) != _meaning(spec.signature.output):
        return "what they predict is something else"
    return ""


def _shapes(layer: Weighted) -> Any:
    return layer.weights if isinstance(layer.weights, str) else sorted(layer.weights)


def _read(layer: Weighted, meanings: Mapping[str, str]) -> list[str]:
    """Return the meanings of the inputs that a layer reads with no other weights in between."""
    return sorted(meanings[name] for name in layer.behind if name in meanings)


def _meaning(output: Output) -> str:
    return json.dumps(task_of(output).meaning(output))


# What an optimizer keeps of one weight tells what it keeps of others.
_MATRIX = Weight((1, 1))


def _require_same_optimizer(lender: Lender, spec: Spec) -> None:
    theirs, own = (
        (one.optimizer, tuple(slots_of(one.optimizer, one.optimizer_parameters, _MATRIX)))
        for one in (lender.spec, spec)
    )
    if theirs != own:
        raise InvalidArgument(
            f"the optimizer cannot go on with the state of {lender.name}",
            detail=f"There it is {_kept(*theirs)}; here it is {_kept(*own)}.",
            hint="Use the same optimizer, or leave optimizer_state out.",
        )


def _kept(name: str, slots: tuple[str, ...]) -> str:
    return f"{name}, which keeps {' and '.join(slots) or 'nothing'}"
