"""The state that makes predictions, read in the caller's session with the caller's rights."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from cerebro_db.errors import CerebroError, InvalidArgument, UndefinedName, nearest
from cerebro_db.session import Row, Session
from cerebro_db.store.appraisals import Threshold
from cerebro_db.store.statements import load_statements
from cerebro_db.store.versions import require_version

_SQL = load_statements(__package__, "serving.sql")
_VIEWS = load_statements(__package__, "serving_views.sql")
_TABLES = load_statements(__package__, "serving_tables.sql")

# Configurations that an error names.
_MOST_LISTED = 20


class Wanted(NamedTuple):
    """What is to predict: a run, and its configuration of a number; None: its ensemble if it has
    one, else its best. An ensemble has number 0. Where ``of_folds``, the networks of the folds are
    meant, even if a network that is trained on all rows answers in their place."""

    run: str
    config: int | None
    of_folds: bool = False


@dataclass(frozen=True)
class ServedNetwork:
    """A kept state: of which configuration of the run of which number.

    It is another once the run is dropped and fitted again, or the configuration has trained on:
    ``units`` counts what has led to the state. Runs are numbered anew with every ``installation``
    of the extension. ``fold`` tells the networks of a configuration apart.
    """

    id: int
    config: int
    installation: int
    units: int = 0
    fold: int = 0


@dataclass(frozen=True)
class Head:
    """What serves a run, or one of its configurations: a network, or the mean of several.

    It changes when another configuration comes out best, or when one of its networks does.

    Args:
        config: the number that it answers to; 0: the run's ensemble.
        networks: of whose predictions the mean is taken, by ``weights`` that come to 1.
        threshold: above which probability a class or label is predicted; None: the more probable
            is.
    """

    config: int
    networks: tuple[ServedNetwork, ...]
    weights: tuple[float, ...] = (1.0,)
    threshold: Threshold | None = None

    @property
    def id(self) -> int:
        """The number of the run."""
        return self.networks[0].id


class Serving:
    """Reads through views that show each role its own, or out of tables in a process of a segment,
    which may read no view.

    Args:
        session: the caller's.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._sql = _TABLES if session.on_segment else _VIEWS

    def head(self, wanted: Wanted) -> Head:
        """Return which networks serve what is wanted.

        Raises:
            UndefinedName: there is no such run, as far as the caller may see, or it has no such
                configuration.
            InvalidArgument: no state is kept of the configuration, or of none of them.
            WrongVersion: extension and package do not fit together.
        """
        self._session.execute(_SQL["catch_up"])
        run = wanted.run
        rows = self._session.look_up(self._sql["head"], *wanted)
        if rows:
            config = rows[0]["config"]
            require_version(rows[0]["extension"])
            found = [row for row in rows if row["config"] == config]
            return Head(
                config,
                tuple(
                    ServedNetwork(
                        row["id"],
                        row["member"],
                        row["installation"],
                        row["units"],
                        row["fold"],
                    )
                    for row in found
                ),
                tuple(row["weight"] for row in found),
                rows[0]["threshold"],
            )
        visible = self._session.look_up(self._sql["visible"], run)
        if visible:
            raise self._nothing_kept(wanted, visible[0]["status"])
        if self._session.fetch(_SQL["isolation"])[0]["isolation"] != "read committed":
            raise UndefinedName(
                f'run "{run}" does not exist in the snapshot of this transaction',
                detail="Searches commit in sessions of their own, which it may not see.",
                hint="Commit first, or use read committed.",
            )
        names = [row["name"] for row in self._session.look_up(self._sql["names"])]
        raise UndefinedName(
            f'run "{run}" does not exist',
            detail="cerebro.runs lists the runs that you may use.",
            hint=nearest(run, names) or "There is none that you may use; cerebro_fit makes one.",
        )

    def model(self, network: ServedNetwork) -> Row:
        """Return of a network ``encoding``, JSON of a dataset.Encoding, ``state``, and the
        ``framework`` that has trained it, None where a release did that knew of one alone.

        Raises:
            UndefinedName: the run was dropped meanwhile.
        """
        return self._found("model", network)

    def definition(self, network: ServedNetwork) -> Row:
        """Return ``spec`` and ``state`` of a network, for who computes it with its framework.

        Raises:
            UndefinedName: the run was dropped meanwhile.
        """
        return self._found("definition", network)

    def _found(self, what: str, network: ServedNetwork) -> Row:
        rows = self._session.look_up(
            self._sql[what], network.id, network.config, network.units, network.fold
        )
        if not rows:
            raise dropped(network)
        return rows[0]

    def _nothing_kept(self, wanted: Wanted, status: str) -> CerebroError:
        """Return why a run of this status does not predict, with a configuration or at all."""
        run, config = wanted.run, wanted.config
        configs = self._session.look_up(self._sql["configs"], run)
        kept = [row["config"] for row in configs if row["rank"] is not None]
        if config is None or not kept:
            return InvalidArgument(
                f'run "{run}" has no model to predict with',
                detail=f"The run is {status}.",
                hint="Only a finished run predicts; see cerebro.runs and cerebro.configs.",
            )
        found = [row["status"] for row in configs if row["config"] == config]
        if not found:
            return UndefinedName(
                f'run "{run}" has no configuration {config}',
                detail=f"Its configurations are numbered from 1 to {len(configs)}.",
                hint="See cerebro.configs.",
            )
        return InvalidArgument(
            f'configuration {config} of run "{run}" has no model to predict with',
            detail=f"It is {found[0]}. Models are kept of {_listed(kept)}, best first.",
            hint="Predict with one of these; cerebro_fit keeps as many of the best as options say, "
            """say options := '{"keep": 10}'.""",
        )


def dropped(network: ServedNetwork) -> UndefinedName:
    """Return the error that a state that was found a moment ago is gone."""
    return UndefinedName(
        "the run was dropped, or trains on",
        detail=f"The model of configuration {network.config} of run number {network.id} is gone.",
        hint="See cerebro.runs for those that are there.",
    )


def _listed(configs: Sequence[int]) -> str:
    """Return so many numbers as a person reads: "configurations 2, 7 and 3"."""
    first, more = configs[:_MOST_LISTED], len(configs) - _MOST_LISTED
    *names, last = [*map(str, first), *([f"{more:,} others"] if more > 0 else [])]
    several = "s" if names else ""
    return f"configuration{several} " + ", ".join(names) + (" and " if names else "") + last


def compiles_queries(session: Session) -> bool:
    """Return whether the server may compile this session's queries just in time."""
    return bool(session.look_up(_SQL["compiles_queries"])[0]["found"])
