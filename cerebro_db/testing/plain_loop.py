"""Training without a database: what a run has to come to, bit for bit."""

from __future__ import annotations

from itertools import chain

from cerebro_db import training
from cerebro_db.model import Spec
from cerebro_db.model.signature import TARGETS
from cerebro_db.planner import visits
from cerebro_db.tensors import Tensors


def plain_loop(
    spec: Spec,
    chunks: dict[int, list[Tensors]],
    seed: int,
    config: int,
    units: range,
    *,
    state: bytes | None = None,
    walk: int | None = None,
    lender: Spec | None = None,
    epochs: int | None = None,
) -> bytes:
    """Train one configuration in this process, partition after partition; return its state.

    Args:
        chunks: the training rows by partition.
        seed: the run's.
        units: which sub-epochs, counted from 0.
        state: what the first one starts from.
        walk: whose order of the partitions it goes by, its own unless another is named.
        lender: whose the state is that the first one starts from, if it is another's.
        epochs: its whole budget; by default those of which these sub-epochs are.
    """
    if epochs is None:
        epochs = -(-units.stop // len(chunks))
    rows = {number: [len(chunk[TARGETS]) for chunk in of] for number, of in chunks.items()}
    whole = training.sizes_of(chain(*rows.values()))
    for unit in units:
        epoch, position = divmod(unit, len(chunks))
        order = visits(seed, config if walk is None else walk, epoch + 1, len(chunks))
        key = training.UnitKey(seed, config, epoch + 1, order[position])
        passed = training.sizes_of(chain(*(rows[number] for number in order[:position])))
        work = training.begin(
            spec,
            key,
            state,
            progress=training.Progress(epochs, whole, passed),
            lender=lender,
            poll=lambda: None,
        )
        lender = None
        for chunk in chunks[order[position]]:
            work.train(chunk)
        state = work.finish().state
    assert state is not None
    return state
