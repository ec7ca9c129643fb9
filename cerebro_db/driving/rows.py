"""The packed rows that a run trains on: whether it may, and can, go on with them."""

from __future__ import annotations

from cerebro_db.context import Context
from cerebro_db.errors import DataError, NotPermitted
from cerebro_db.session.client import ClientSession
from cerebro_db.store import datasets, runs


def require_dataset(context: Context, control: ClientSession, run: runs.Run) -> None:
    """Refuse to go on with a run whose dataset is another's by now, or is only a name.

    Raises:
        NotPermitted: it is no longer shared with the run's owner.
        DataError: a backup has left out its rows.
    """
    try:
        datasets.get(control, run.dataset, run.owner, "use")
    except NotPermitted:
        raise NotPermitted(
            f'run "{run.name}" may not go on',
            detail=f'Its owner {run.owner} may not use dataset "{run.dataset}" any more.',
            hint="The dataset's owner can share it again: cerebro_share(name, role, 'dataset').",
        ) from None
    require_chunks(context, control, run.dataset_id, run.dataset)


def require_chunks(context: Context, control: ClientSession, dataset: int, name: str) -> None:
    if not context.server.has_chunks(control, dataset):
        raise DataError(
            f'the packed rows of dataset "{name}" are not in this database',
            detail="A backup or a publication has left them out. What was trained on it "
            "predicts as before.",
            hint="Prepare its source again, under another name, and search on that.",
        )
