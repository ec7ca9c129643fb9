"""The ``options`` argument of cerebro_fit: what few need to say, each with a default."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any, Literal, get_args

from cerebro_db.driving.descriptions import DESCRIPTION, TAGS, is_description, is_tags
from cerebro_db.driving.herald import Notices
from cerebro_db.driving.results import BestEpoch
from cerebro_db.engines import Durability
from cerebro_db.errors import InvalidArgument, nearest
from cerebro_db.model.frameworks import AUTO, TENSORFLOW, Framework, Wanted
from cerebro_db.store.settings import MAX_CACHE_MB, MAX_THREADS
from cerebro_db.training.thresholds import Wish

Departure = Literal["go on", "cancel"]


@dataclass(frozen=True)
class Options:
    """How a run uses the machine, what it keeps, and how an unprepared source is prepared.

    - framework: what trains, or "auto" to have us choose: see ``model.frameworks``.
    - threads: threads of the framework in each worker.
    - cache_mb: megabytes of chunks that each worker may hold in memory; larger partitions are
      streamed, to the same weights.
    - keep: how many of the best configurations keep their final state.
    - ensemble: how many configurations may answer together, as the weighted mean of what each
      predicts, if that is better on the validation rows than the best of them; 0: none may. That
      many are kept. Where nobody says, see ``verbs.plan``.
    - threshold: above which probability a class or label is predicted: a number, "f1" for what is
      best for f1 on the validation rows, or {"cost": {"false_positive": ..., "false_negative":
      ...}} for what costs least there; see ``training.thresholds``.
    - restore_best: whether a configuration stands for its best epoch, and serves with the state
      that it had then, or for its last one; "loss": for that of the least loss on the validation
      rows, which is steadier than a metric of few of them. Where nobody says, see ``verbs.plan``.
    - refit: whether what serves of a run with folds is, of each configuration that answers, one
      network trained on all rows, and not the mean of its folds' networks; see ``driving.refits``.
    - notices: what the caller is told while it trains, see ``Notices``.
    - durability: what a crash of the server may take, see ``engines.Durability``.
    - when_caller_leaves: what becomes of a run that a service drives when the session ends that
      waits for it: it goes on, or is cancelled.
    - description, tags: what its owner says of the run, and finds it by; see cerebro_describe.
    - features, task, validation, partitions, encode, key, group, order: as in cerebro_prepare, for
      a source that is no dataset yet; weights: the column that says how much each row counts.
    """

    framework: Wanted = AUTO
    threads: int = 1
    cache_mb: int = 1024
    keep: int = 3
    ensemble: int | None = None
    threshold: Any = None
    durability: Durability = "async"
    restore_best: BestEpoch | None = None
    refit: bool = False
    notices: Notices = "some"
    when_caller_leaves: Departure = "go on"
    description: str | None = None
    tags: tuple[str, ...] = ()
    features: tuple[str, ...] | None = None
    task: str | None = None
    validation: str = "0.2"
    partitions: int | None = None
    encode: dict[str, Any] | None = None
    weights: str | None = None
    key: str | None = None
    group: str | None = None
    order: str | None = None

    # What has columns of its own, where it can be changed.
    TOLD = ("description", "tags")
    ROWS = ("weights", "key", "group", "order")
    PREPARING = ("features", "task", "validation", "partitions", "encode", *ROWS)

    @property
    def trained_with(self) -> Framework:
        """The framework of a run, which is chosen by the time that there is one."""
        assert self.framework != AUTO
        return self.framework

    @property
    def members(self) -> int:
        """How many configurations may answer together."""
        return self.ensemble or 0

    @property
    def kept(self) -> int:
        """How many configurations keep the state that they serve with."""
        return max(self.keep, self.members)

    @classmethod
    def stored(cls, document: dict[str, Any]) -> Options:
        """Return the options of a run as its row has them, perhaps written by an older version.

        Where that knew of no best epochs, the last ones count, as in view cerebro._trained; where
        it knew of no frameworks, there was one.
        """
        names = {field.name for field in fields(cls)}
        given = {name: value for name, value in document.items() if name in names}
        return cls(**{"restore_best": False, "framework": TENSORFLOW, **given})

    @classmethod
    def parse(cls, document: dict[str, Any], only: Sequence[str] = ()) -> Options:
        """Read the argument.

        Args:
            only: the options that there are; all by default.

        Raises:
            InvalidArgument: an unknown key, or a value of the wrong kind.
        """
        valid = list(only) or [field.name for field in fields(cls)]
        for name, value in document.items():
            if name not in valid:
                raise InvalidArgument(
                    f'unknown option "{name}"',
                    detail="Options are: " + ", ".join(valid) + ".",
                    hint=nearest(name, valid),
                )
            if not _VALID[name](value):
                raise InvalidArgument(
                    f'option "{name}" cannot be {json.dumps(value)}',
                    detail=f"It must be {_MUST_BE[name]}.",
                    hint="Leave it out for the default.",
                )
        values = dict(document)
        if values.get("features") is not None:
            values["features"] = tuple(values["features"])
        if values.get("ensemble") is False:
            values["ensemble"] = 0
        values["tags"] = tuple(values.get("tags", ()))
        if "validation" in values:
            values["validation"] = str(values["validation"])
        return cls(**values)


def _whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _positive(value: Any) -> bool:
    return _whole(value) and value > 0


def _names(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


_FRAMEWORKS = (*get_args(Framework), AUTO)

_VALID = {
    "framework": lambda value: value in _FRAMEWORKS,
    "threads": lambda value: _positive(value) and value <= MAX_THREADS,
    "cache_mb": lambda value: _whole(value) and 0 <= value <= MAX_CACHE_MB,
    "keep": _positive,
    "ensemble": lambda value: value is None or value is False or (_whole(value) and value >= 0),
    "threshold": lambda value: value is None or Wish.of(value) is not None,
    "durability": lambda value: value in get_args(Durability),
    "restore_best": lambda value: isinstance(value, bool) or value in (None, "loss"),
    "refit": lambda value: isinstance(value, bool),
    "notices": lambda value: value in get_args(Notices),
    "when_caller_leaves": lambda value: value in get_args(Departure),
    "description": lambda value: value is None or is_description(value),
    "tags": is_tags,
    "features": lambda value: value is None or _names(value),
    "task": lambda value: value is None or isinstance(value, str),
    "validation": lambda value: (
        isinstance(value, str | float | int) and not isinstance(value, bool)
    ),
    "partitions": lambda value: value is None or _positive(value),
    "encode": lambda value: isinstance(value, dict),
    "weights": lambda value: value is None or isinstance(value, str),
    "key": lambda value: value is None or isinstance(value, str),
    "group": lambda value: value is None or isinstance(value, str),
    "order": lambda value: value is None or isinstance(value, str),
}

_MUST_BE = {
    "framework": "one of " + ", ".join(_FRAMEWORKS),
    "threads": f"an integer from 1 to {MAX_THREADS:,}",
    "cache_mb": f"an integer from 0 to {MAX_CACHE_MB:,}, in megabytes",
    "keep": "a positive integer",
    "ensemble": "a positive integer, or 0 or false for none",
    "threshold": """a number between 0 and 1, "f1", or {"cost": {"false_positive": 1, """
    """"false_negative": 5}}""",
    "durability": "one of " + ", ".join(get_args(Durability)),
    "restore_best": 'true, "loss" or false',
    "refit": "true or false",
    "notices": "one of " + ", ".join(get_args(Notices)),
    "when_caller_leaves": '"go on" or "cancel"',
    "description": DESCRIPTION,
    "tags": TAGS,
    "features": "a list of column names",
    "task": "the name of a task",
    "validation": "a fraction, the name of a boolean column, a table or SELECT, or '5 folds'",
    "partitions": "a positive integer",
    "encode": "an object with an entry for each column to override",
    "weights": "the name of a column",
    "key": "the name of a column",
    "group": "the name of a column",
    "order": "the name of a column",
}
