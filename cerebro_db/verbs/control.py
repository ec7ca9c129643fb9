"""cerebro_stop, _cancel, _clone and _add: how people steer a run, from any session, at any time.

They write what is wanted; the planner of the run acts on it between units.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from cerebro_db.context import Context
from cerebro_db.driving.candidates import Made, made_of, make, require_one, write
from cerebro_db.driving.life import require_open
from cerebro_db.driving.place import place_of
from cerebro_db.driving.registry import carry
from cerebro_db.driving.resolve import Resolve, meaning_of, resolver_of, terms_of
from cerebro_db.driving.rows import require_dataset
from cerebro_db.errors import InvalidArgument, LimitExceeded, UndefinedName
from cerebro_db.model import Meaning, structure
from cerebro_db.search import (
    EPOCHS,
    MAX_CONFIGS,
    AllAtOnce,
    Space,
    SpaceDocument,
    Start,
    check_possible,
    open_search,
    stated_epochs,
)
from cerebro_db.session.client import ClientSession
from cerebro_db.store import configs, datasets, runs
from cerebro_db.words import counted


def stop(context: Context, name: str, config: int | None) -> None:
    """Have a run end, or one configuration rest, once the units in hand are done.

    Raises:
        UndefinedName: there is no such run, or no such configuration.
        InvalidArgument: it has ended already.
    """
    context.require_writable()
    with context.control() as control, control.connection.transaction():
        run = runs.get(control, name, context.role, "own")
        driven = runs.driven(control, run.id)
        if config is not None:
            _rest(control, run, config_of(control, run, config), driven=driven)
        else:
            _require_open(control, run)
            if driven:
                runs.order(control, run.id, "stop")
            else:
                runs.finish(control, run.id, "stopped", "cerebro_stop")
        context.audit(control, "stop", "run", name, config=config)


def cancel(context: Context, name: str) -> None:
    """Have a run end at once; units in flight are undone.

    Raises:
        UndefinedName: there is no such run.
        InvalidArgument: it has ended already.
    """
    context.require_writable()
    with context.control() as control, control.connection.transaction():
        run = runs.get(control, name, context.role, "own")
        driven = runs.driven(control, run.id)
        _require_open(control, run)
        if driven:
            runs.order(control, run.id, "cancel")
        else:
            runs.finish(control, run.id, "cancelled", "cerebro_cancel")
        context.audit(control, "cancel", "run", name)


def clone(
    context: Context, name: str, config: int, params: dict[str, Any], *, from_scratch: bool
) -> int:
    """Bring in a configuration with another's values but for ``params``; return its number.

    It goes on from the state that the other one has when the planner takes it in, unless it is to
    start from scratch.

    Raises:
        UndefinedName: there is no such run, or no such configuration.
        NotPermitted, DataError: it may not, or cannot, train on its dataset any more.
        InvalidArgument: a value is wrong, or the other one's state would not fit.
    """
    context.require_writable()
    with context.control() as control:
        run = runs.get(control, name, context.role, "own")
        parent = config_of(control, run, config)
        require_dataset(context, control, run)
        dataset = datasets.load(control, run.dataset_id)
        resolve = resolver_of(control, run, dataset, context.notice)
        meaning = meaning_of(control, run)
        values = _changed(parent.params, params, meaning)
        (made,) = make([values], resolve, context.poll, "clone")
        epochs = stated_epochs(values, run.epochs)
        new = replace(made.new, parent=config, epochs=epochs)
        if not from_scratch:
            _require_same_state(resolve, parent.params, params, meaning)
            epochs = epochs or run.epochs
            folds = place_of(run, dataset).folds
            if sum(parent.done(folds).values()) >= folds.hops * epochs:
                raise InvalidArgument(
                    f"configuration {config} is through",
                    detail=f"It has trained for {counted(epochs, 'epoch')}, which leaves none "
                    "for a clone of its state.",
                    hint="Use from_scratch := true.",
                )
            new = replace(new, walk=parent.walk, start_units=None)
        require_one([made])
        (number,) = _bring_in(context, control, run, [replace(made, new=new)])
        context.audit(control, "clone", "run", name, config=config, made=number)
    return number


def add(context: Context, name: str, space: SpaceDocument, search: dict[str, Any]) -> int:
    """Bring in what a search over another space proposes; return how many configurations that is.

    Raises:
        UndefinedName: there is no such run.
        NotPermitted, DataError: it may not, or cannot, train on its dataset any more.
        InvalidArgument: the space or the search is wrong.
        LimitExceeded: the run would have too many configurations.
    """
    context.require_writable()
    with context.control() as control:
        run = runs.get(control, name, context.role, "own")
        require_dataset(context, control, run)
        parsed = Space.parse(space, meaning_of(control, run))
        check_possible(parsed)
        dataset = datasets.load(control, run.dataset_id)
        resolve = resolver_of(control, run, dataset, context.notice)
        there = len(configs.all_of(control, run.id))
        # Another seed than the run's own search, whose draws these would repeat.
        terms = terms_of(parsed, run.seed + there, run.epochs, context.poll)
        opened = open_search(search, terms)
        if not isinstance(opened, AllAtOnce):
            raise InvalidArgument(
                "cerebro_add brings in what grid and random search propose",
                detail=f"The search is {json.dumps(search)}; other methods decide as results come.",
                hint="Leave the search out for a grid, or start another run.",
            )
        starts = [one for one in opened.begin() if isinstance(one, Start)]
        if there + len(starts) > MAX_CONFIGS:
            raise LimitExceeded(
                f"the run would have {counted(there + len(starts), 'configuration')}",
                detail=f"A run tries at most {MAX_CONFIGS:,}.",
                hint="Narrow the space, or start another run.",
            )
        new = made_of(starts, resolve, context.poll, "added")
        _bring_in(context, control, run, new)
        context.audit(control, "add", "run", name, configs=len(new))
    return len(new)


def config_of(control: ClientSession, run: runs.Run, config: int) -> configs.Config:
    """Return a configuration of a run.

    Raises:
        UndefinedName: there is none of that number.
    """
    found = configs.all_of(control, run.id)
    for candidate in found:
        if candidate.config == config:
            return candidate
    raise UndefinedName(
        f'run "{run.name}" has no configuration {config}',
        detail=f"Its configurations are numbered from 1 to {len(found)}.",
        hint="See cerebro.configs.",
    )


def _bring_in(
    context: Context, control: ClientSession, run: runs.Run, new: list[Made]
) -> list[int]:
    with control.connection.transaction():
        driven = runs.driven(control, run.id)
        carry(control, run, {one.new.params["model"] for one in new if "model" in one.new.params})
        numbers = write(control, run.id, new)
        runs.order(control, run.id)
    if not driven:
        context.notice(
            f"{run.name}: nobody drives this run; what is new trains when it goes on, see "
            "cerebro_resume"
        )
    return numbers


def _rest(control: ClientSession, run: runs.Run, config: configs.Config, *, driven: bool) -> None:
    require_open(config)
    configs.rest(control, run.id, config.config)
    if driven:
        runs.order(control, run.id)
    else:
        configs.set_status(control, run.id, config.config, "resting")


def _require_open(control: ClientSession, run: runs.Run) -> None:
    """Refuse to end a run that has ended, though its planner may be there for a moment more."""
    status = runs.load(control, run.id).status
    if status not in ("queued", "running"):
        raise InvalidArgument(
            f'run "{run.name}" has ended',
            detail=f"It is {status}.",
            hint="See cerebro.runs.",
        )


def _changed(before: dict[str, Any], changes: dict[str, Any], meaning: Meaning) -> dict[str, Any]:
    """Return the values of a configuration after changes: another model, or optimizer, may not have
    all that it had."""
    values = before | changes
    return {
        name: value
        for name, value in values.items()
        if name in changes or name == EPOCHS or meaning.takes(name, values)
    }


def _require_same_state(
    resolve: Resolve, before: dict[str, Any], changes: dict[str, Any], meaning: Meaning
) -> None:
    """Refuse changes to what a state depends on."""
    as_before = structure(resolve(before))
    others = [
        name
        for name, value in changes.items()
        if structure(resolve(_changed(before, {name: value}, meaning))) != as_before
    ]
    if others:
        raise InvalidArgument(
            "a clone that goes on from a state can change rates and batch_size only",
            detail="These change the model or its optimizer, or switch something on or off: "
            + ", ".join(others)
            + ".",
            hint="Use from_scratch := true.",
        )
