"""cerebro_resume: goes on with a run from the last committed unit of each configuration."""

from __future__ import annotations

from cerebro_db.context import Context
from cerebro_db.driving.carry_on import carry_on, require_framework
from cerebro_db.driving.options import Options
from cerebro_db.driving.rows import require_dataset
from cerebro_db.errors import InUse, InvalidArgument
from cerebro_db.session import Row
from cerebro_db.session.client import ClientSession
from cerebro_db.store import configs, runs
from cerebro_db.store.sessions import living
from cerebro_db.verbs.control import config_of
from cerebro_db.verbs.train_on import train_on


def resume(context: Context, name: str, config: int | None, epochs: int | None = None) -> list[Row]:
    """Go on with a run, or with one configuration that rests or has failed.

    Where a planner drives the run, it takes the configuration in again, and this returns at once;
    else this session drives the run to its end. With ``epochs``, what is through trains on to so
    many in all, see ``train_on``.

    Returns:
        the rows of the leaderboard, best first.

    Raises:
        UndefinedName: there is no such run, or no such configuration.
        InvalidArgument: nothing is left to train.
        InUse: another session drives the run, and no configuration is named or epochs are stated.
        CerebroError: see ``carry_on``.
    """
    context.require_takers()
    context.require_writable()
    with context.control() as control:
        run = runs.get(control, name, context.role, "own")
        driven = not runs.drive(control, run.id)
        require_dataset(context, control, run)
        if not driven:
            require_framework(Options.stored(run.options).trained_with)
        if epochs is not None:
            if driven:
                raise _in_use(name, "cerebro_wait waits for its end; then it can train on.")
            train_on(context, control, run, config, epochs)
        elif config is not None:
            _require_left(config_of(control, run, config), name)
            with control.connection.transaction():
                configs.wake(control, run.id, config)
                runs.order(control, run.id)
        if driven:
            if config is None:
                raise _in_use(
                    name, "cerebro_wait waits for its end; name a configuration to wake that one."
                )
            context.audit(control, "resume", "run", name, config=config)
            return runs.leaderboard(control, name)
        _require_work(control, run)
        runs.call(control, run.id, living(control).own)
        further = {} if epochs is None else {"epochs": epochs}
        context.audit(control, "resume", "run", name, config=config, **further)
        return carry_on(context, control, run.id)


def _in_use(name: str, hint: str) -> InUse:
    return InUse(f'run "{name}" is running', detail="Another session drives it.", hint=hint)


def _require_left(config: configs.Config, name: str) -> None:
    if config.status == "finished":
        raise InvalidArgument(
            f"configuration {config.config} is through",
            detail=f'It has trained for all epochs of run "{name}".',
            hint="cerebro_resume(run, config, epochs) has it train on; cerebro_clone starts another"
            " one with its values, or with other ones.",
        )
    if config.status == "diverged":
        raise InvalidArgument(
            f"configuration {config.config} would diverge again",
            detail=str(config.error),
            hint="cerebro_clone goes on from its last good state with, say, a lower learning_rate.",
        )


def _require_work(control: ClientSession, run: runs.Run) -> None:
    """Refuse to go on with a run of which nothing is left."""
    left = [c for c in configs.all_of(control, run.id) if c.status in ("waiting", "running")]
    if run.status == "finished" and not left:
        raise InvalidArgument(
            f'run "{run.name}" is finished',
            detail="Each of its configurations is through, or ended early.",
            hint="Name a configuration that rests, bring in more with cerebro_add, or have what is "
            "there train on: cerebro_resume(run, config, epochs).",
        )
