"""The yardstick of our own training: the same compiled training on arrays in memory, in two plain
processes that train half of the configurations each. No database, no hops, no partitions; only the
phase "training" is compared, which begins in both processes at once."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from benchmarks.rivals._base import Job, Outcome, in_processes, run, wait_for_others
from benchmarks.tables import Split, export
from benchmarks.workloads import Config, Workload
from cerebro_db import training
from cerebro_db.model import Spec, resolve
from cerebro_db.model.signature import TARGETS, Input, Output, Signature
from cerebro_db.tensors import Tensors

# As large as a dataset's are.
_CHUNK_BYTES = 4 << 20


def search(job: Job) -> Outcome:
    """Train the job's configurations."""
    return in_processes(_search, job)


def _search(job: Job) -> Outcome:
    outcome = Outcome()
    with outcome.phase("import"):
        training.configure(1)
        training.warm_up()
    with outcome.phase("export"):
        split = export(job.conninfo, job.workload)
        signature = _signature(job.workload, split)
        name = signature.inputs[0].name
        rows = _chunks(name, split.x, split.y)
        held_out = _chunks(name, split.held_out_x, split.held_out_y)
    wait_for_others()
    with outcome.phase("training"):
        for config in job.configs:
            number = 1 + job.workload.configs.index(config)
            spec = _spec(job.workload, config, signature)
            epochs = range(1, 1 + job.workload.epochs)
            outcome.losses[config.label] = _train(spec, number, epochs, rows, held_out)
    return outcome


def _train(
    spec: Spec, number: int, epochs: Iterable[int], rows: list[Tensors], held_out: list[Tensors]
) -> float:
    """Return the validation loss after the last epoch."""
    state, loss = None, float("nan")
    for epoch in epochs:
        key = training.UnitKey(seed=0, config=number, epoch=epoch, partition=0)
        work = training.begin(spec, key, state, poll=lambda: None)
        for chunk in rows:
            work.train(chunk)
        for chunk in held_out:
            work.evaluate(chunk)
        result = work.finish()
        assert result.validation is not None
        state, loss = result.state, result.validation["loss"]
    return loss


def _signature(workload: Workload, split: Split) -> Signature:
    if workload.filters:
        inputs = Input("x", "image", workload.shape, "uint8")
    else:
        inputs = Input("numeric", "numeric", workload.shape, "float32")
    counts = np.bincount(split.y.astype(int), minlength=workload.classes)
    binary = workload.classes == 2
    return Signature(
        (inputs,),
        Output(
            task="binary" if binary else "multiclass",
            columns=("y",),
            units=1 if binary else workload.classes,
            classes=tuple(str(number) for number in range(workload.classes)),
            counts=tuple(counts.tolist()),
        ),
    )


def _spec(workload: Workload, config: Config, signature: Signature) -> Spec:
    def registered(name: str) -> dict[str, object]:
        raise LookupError(name)

    return resolve(workload.model, vars(config), signature, registered)


def _chunks(name: str, x: np.ndarray, y: np.ndarray) -> list[Tensors]:
    size = 1 << round(np.log2(_CHUNK_BYTES / (x[:1].nbytes + y[:1].nbytes)))
    return [
        {name: x[first : first + size], TARGETS: y[first : first + size]}
        for first in range(0, len(x), size)
    ]


if __name__ == "__main__":
    run(search)
