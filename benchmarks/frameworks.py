"""What each framework takes to train, in processor seconds of one thread.

usage: python -m benchmarks.frameworks [--rounds 5] [--cold 3] [w1 w1_small_batches w2 ...]

All of it are units as a worker does them: the state taken in, the chunks in their order, training
metrics, the state put out. Cold is a new process: the import, and the first unit, which builds and
compiles. Warm are units of that process after these. The frameworks take turns, and a ratio is the
median of those of each turn.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from time import process_time
from typing import Any, get_args

import click
import numpy as np

from cerebro_db import training
from cerebro_db.model import resolve
from cerebro_db.model.frameworks import TENSORFLOW, Framework
from cerebro_db.model.signature import TARGETS, Input, Output, Signature
from cerebro_db.training.frameworks import installed

# As large as the chunks of a dataset.
_CHUNK_BYTES = 4 << 20
_BINARY = Output("binary", ("y",), 1, ("no", "yes"), (50, 50))
_DIGITS = Output("multiclass", ("y",), 10, tuple("0123456789"), (10,) * 10)


@dataclass(frozen=True)
class _Workload:
    """A network, and rows of random inputs with labels that can be learned."""

    model: Mapping[str, Any]
    inputs: tuple[Input, ...]
    rows: int
    output: Output = _BINARY


def _numbers(columns: int) -> tuple[Input, ...]:
    return (Input("numeric", "numeric", (columns,), "float32"),)


_W1 = _Workload({"family": "mlp", "hidden": [128, 64]}, _numbers(64), 100_000)
_WORKLOADS: dict[str, _Workload] = {
    "w1": _W1,
    "w1_small_batches": _Workload({**_W1.model, "batch_size": 32}, _W1.inputs, 100_000),
    "w2": _Workload({"family": "mlp", "hidden": [1000, 500]}, _numbers(1024), 6_000),
    "w3": _Workload(
        {"family": "cnn", "filters": [32, 64], "hidden": [128], "batch_size": 128},
        (Input("image", "image", (28, 28, 1), "uint8"),),
        1_000,
        _DIGITS,
    ),
    # A block of a transformer on 128 tokens: one for each column, and that of the answer.
    "w4": _Workload(
        {"family": "ft_transformer", "blocks": 1, "units": 32, "attention_heads": 4},
        _numbers(127),
        1_000,
    ),
    "tabm": _Workload({"family": "tabm"}, _numbers(64), 256),
    "realmlp": _Workload({"family": "realmlp"}, _numbers(64), 20_000),
}


@click.command()
@click.argument("workloads", nargs=-1, type=click.Choice(list(_WORKLOADS)))
@click.option("--rounds", default=5, show_default=True, help="Warm units of each framework.")
@click.option("--cold", default=3, show_default=True, help="Processes of each framework.")
@click.option("--worker", type=click.Choice(get_args(Framework)), hidden=True)
def main(workloads: tuple[str, ...], rounds: int, cold: int, worker: Framework | None) -> None:
    """Measure these workloads, or all, and print medians."""
    if worker:
        _work(worker, _WORKLOADS[workloads[0]])
        return
    for name in workloads or _WORKLOADS:
        _report(name, _measured(name, rounds, cold))


def _work(framework: Framework, workload: _Workload) -> None:
    """Do a unit whenever a line comes in, and tell what it took; the import first of all."""
    tell: Callable[[float], None] = lambda seconds: print(json.dumps(seconds), flush=True)  # noqa: E731
    units = _units(framework, workload)
    for _ in sys.stdin:
        started = process_time()
        next(units)
        tell(process_time() - started)


def _units(framework: Framework, workload: _Workload) -> Iterator[None]:
    """Import, and do units for ever."""
    training.configure(1, framework)
    training.warm_up()
    yield
    spec = resolve(
        dict(workload.model),
        {},
        Signature(workload.inputs, workload.output),
        lambda name: {},
        framework=framework,
    )
    chunks = list(_chunks(workload))
    sizes = training.sizes_of([len(chunk[TARGETS]) for chunk in chunks])
    state = None
    for epoch in range(1, sys.maxsize):
        work = training.begin(
            spec,
            training.UnitKey(1, 1, epoch, 0),
            state,
            progress=training.Progress(1_000, sizes),
            poll=lambda: None,
        )
        for chunk in chunks:
            work.train(chunk)
        state = work.finish().state
        yield


def _chunks(workload: _Workload) -> Iterator[dict[str, np.ndarray]]:
    random = np.random.default_rng(0)
    (item,) = workload.inputs
    drawn = random.normal(size=(workload.rows, *item.shape)).astype(np.float32)
    first = drawn.reshape(workload.rows, -1)[:, 0]
    if workload.output is _BINARY:
        targets = (first > 0).astype(np.float32)
    else:
        edges = np.linspace(-1.5, 1.5, workload.output.units - 1)
        targets = np.digitize(first, edges).astype(np.int32)
    if item.dtype == "uint8":
        drawn = np.clip(128 + 50 * drawn, 0, 255).astype(np.uint8)
    size = max(1, _CHUNK_BYTES // drawn[0].nbytes)
    for start in range(0, workload.rows, size):
        rows = slice(start, start + size)
        yield {item.name: drawn[rows], TARGETS: targets[rows]}


_Seconds = dict[str, list[float]]


def _measured(name: str, rounds: int, cold: int) -> dict[Framework, _Seconds]:
    """Return of each framework the seconds of imports, of first units, and of warm ones."""
    found: dict[Framework, _Seconds] = {
        framework: {"import": [], "first": [], "unit": []} for framework in installed()
    }
    for turn in range(cold):
        workers = {framework: _started(framework, name) for framework in found}
        try:
            for step in ("import", "first"):
                for framework, worker in workers.items():
                    found[framework][step].append(_asked(worker))
            # The first after the first one still warms up.
            for number in range(1 + rounds if turn == cold - 1 else 0):
                for framework, worker in workers.items():
                    seconds = _asked(worker)
                    if number:
                        found[framework]["unit"].append(seconds)
        finally:
            for worker in workers.values():
                worker.communicate()
    return found


def _started(framework: Framework, name: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "benchmarks.frameworks", "--worker", framework, name]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def _asked(worker: subprocess.Popen[str]) -> float:
    assert worker.stdin
    assert worker.stdout
    worker.stdin.write("\n")
    worker.stdin.flush()
    return float(json.loads(worker.stdout.readline()))


def _report(name: str, found: Mapping[Framework, _Seconds]) -> None:
    rows = _WORKLOADS[name].rows
    base = found[TENSORFLOW]
    for framework, seconds in found.items():
        unit = median(seconds["unit"])
        cold = [sum(pair) for pair in zip(seconds["import"], seconds["first"], strict=True)]
        own = [sum(pair) for pair in zip(base["import"], base["first"], strict=True)]
        click.echo(
            f"{name:17} {framework:10} import {median(seconds['import']):5.2f} s,"
            f" first unit {median(seconds['first']):6.2f} s,"
            f" warm {unit:6.3f} s a unit, {rows / unit:9,.0f} rows a second;"
            f" of TensorFlow's: cold {_ratio(cold, own):.2f},"
            f" warm {_ratio(seconds['unit'], base['unit']):.2f}"
        )


def _ratio(own: Sequence[float], base: Sequence[float]) -> float:
    return median(a / b for a, b in zip(own, base, strict=True))


if __name__ == "__main__":
    main()
