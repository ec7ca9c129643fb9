"""Units of networks for tables against the same networks in PyTorch: samples a second on a core.

    python -m benchmarks.networks [--rounds 5] [--threads 1] [tabm ...]

PyTorch has the layers of pytabkit, the optimizer that it trains TabM with, and the plainest loop;
for RealMLP pytabkit's own optimizer, schedules and batches, without what Lightning does around
them. Ours is all of a unit: the state taken in, training metrics, the state put out. Both take
turns in one process, and what counts is processor time: others on the machine hardly change that.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from time import process_time
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import click
import numpy as np

from cerebro_db import training
from cerebro_db.model import resolve
from cerebro_db.model.signature import TARGETS, Input, Output, Signature

if TYPE_CHECKING:
    import torch

COLUMNS = 20
BINS = 32
BATCH = 256
# Schedules run through so many passes.
_EPOCHS = 256

# Trains for one pass over the rows; the number says which.
_Pass = Callable[[int], None]


@dataclass(frozen=True)
class Entry:
    """A network, ours and theirs.

    Args:
        model: ours, as cerebro_fit takes it.
        theirs: from x, y and edges of bins of each column to passes over these rows.
        rows: of a pass: a second or two.
    """

    model: dict[str, Any]
    theirs: Callable[[np.ndarray, np.ndarray, list[np.ndarray]], _Pass]
    rows: int


@dataclass(frozen=True)
class Measured:
    """Seconds of each pass over so many rows, ours and theirs, in turns."""

    rows: int
    ours: tuple[float, ...]
    theirs: tuple[float, ...]

    @property
    def ratio(self) -> float:
        """How many times as many samples a second ours takes: the median over the rounds."""
        return statistics.median(b / a for a, b in zip(self.ours, self.theirs, strict=True))


def _mlp(bins: list[torch.Tensor], numbers: str) -> torch.nn.Module:
    from pytabkit.models.nn_models import rtdl_num_embeddings as embeddings
    from torch import nn

    if numbers == "piecewise":
        first: list[nn.Module] = [embeddings.PiecewiseLinearEncoding(bins)]
        wide = sum(len(edges) - 1 for edges in bins)
    else:
        first = [embeddings.PeriodicEmbeddings(COLUMNS, lite=False), nn.Flatten()]
        wide = 24 * COLUMNS
    hidden = [nn.Linear(wide, 128), nn.ReLU(), nn.Linear(128, 64), nn.ReLU()]
    return nn.Sequential(*first, *hidden, nn.Linear(64, 1), nn.Unflatten(1, (1, 1)))


def _tabm(bins: list[torch.Tensor], numbers: str, arch: str = "tabm") -> torch.nn.Module:
    from pytabkit.models.nn_models.tabm import Model

    embedded = {
        "type": "PiecewiseLinearEmbeddings",
        "d_embedding": 16,
        "activation": False,
        "version": "B",
    }
    plain = numbers == "plain"
    return Model(
        n_num_features=COLUMNS,
        cat_cardinalities=[],
        n_classes=None,
        backbone={
            "type": "MLP",
            "n_blocks": 3 if plain else 2,
            "d_block": 512,
            "dropout": 0.1,
        },
        bins=None if plain else bins,
        num_embeddings=None if plain else embedded,
        arch_type=arch,
        k=32,
    )


def _module_passes(
    build: Callable[[list[torch.Tensor]], torch.nn.Module],
    rates: dict[str, float],
    x: np.ndarray,
    y: np.ndarray,
    edges: list[np.ndarray],
) -> _Pass:
    """Return passes of the plainest loop.

    Args:
        build: from edges of bins to a module from (rows, columns) to (rows, heads, 1).
    """
    import torch
    from pytabkit.models.nn_models.tabm import make_parameter_groups

    module = build([torch.tensor(column, dtype=torch.float32) for column in edges])
    optimizer = torch.optim.AdamW(make_parameter_groups(module), **rates)
    features, targets = torch.from_numpy(x), torch.from_numpy(y)

    def once(number: int) -> None:
        torch.manual_seed(number)
        for batch in torch.randperm(len(y)).split(BATCH):
            optimizer.zero_grad(set_to_none=True)
            found = module(features[batch])
            loss = torch.nn.functional.mse_loss(found, targets[batch, None].expand_as(found))
            loss.backward()
            optimizer.step()

    return once


def _realmlp_passes(x: np.ndarray, y: np.ndarray, edges: list[np.ndarray]) -> _Pass:
    """Return passes of pytabkit's steps, without what Lightning does around them."""
    import torch
    from pytabkit.models.alg_interfaces.base import InterfaceResources, SplitIdxs
    from pytabkit.models.data.data import DictDataset, TensorInfo
    from pytabkit.models.optim.optimizers import AdamOptimizer
    from pytabkit.models.sklearn.default_params import DefaultParams
    from pytabkit.models.training.nn_creator import NNCreator
    from pytabkit.models.training.scheduling import LearnerProgress

    rows = DictDataset(
        {
            "x_cont": torch.from_numpy(x),
            "x_cat": torch.zeros((len(x), 0), dtype=torch.long),
            "y": torch.from_numpy(y),
        },
        {
            "x_cont": TensorInfo(feat_shape=[COLUMNS]),
            "x_cat": TensorInfo(cat_sizes=[]),
            "y": TensorInfo(feat_shape=[1]),
        },
    )
    all_rows = SplitIdxs(torch.arange(len(x))[None], None, None, 0, [0], 0)
    steps = {"n_epochs": _EPOCHS, "batch_size": BATCH}
    creator = NNCreator(**(DefaultParams.RealMLP_TD_REG | steps))
    creator.setup_from_dataset(rows, [all_rows], InterfaceResources(1, []))
    network = creator.create_model(rows, [all_rows])
    batches, _ = creator.create_dataloaders(rows)
    criterion, _ = creator.get_criterions()
    groups = [{"params": [parameter], "lr": 0.01} for parameter in network.parameters()]
    optimizer = AdamOptimizer(groups, creator.hp_manager)
    learner = SimpleNamespace(progress=LearnerProgress())
    learner.progress.max_epochs = _EPOCHS
    network.train()

    def once(number: int) -> None:
        torch.manual_seed(number)
        for i, batch in enumerate(batches):
            learner.progress.epoch_float = number + i / len(batches)
            creator.hp_manager.update_hypers(learner)
            found = network(batch)
            loss = criterion(found["x_cont"], found["y"]).sum()
            loss.backward()
            optimizer.step(loss=loss)
            optimizer.zero_grad()

    return once


# What the optimizers of PyTorch call it.
_OPTIMIZER = {"lr": "learning_rate", "weight_decay": "weight_decay"}


def _entry(family: str, numbers: str, rows: int, build: Callable[..., torch.nn.Module]) -> Entry:
    model = {
        "family": family,
        "numbers": numbers,
        "optimizer": "adamw",
        "learning_rate": 2e-3,
        "weight_decay": 3e-4,
        "batch_size": BATCH,
    }
    module = partial(build, numbers=numbers)
    optimizer = {name: model[key] for name, key in _OPTIMIZER.items()}
    return Entry(model, partial(_module_passes, module, optimizer), rows)


ENTRIES = {
    "piecewise": _entry("mlp", "piecewise", 32_768, _mlp),
    "periodic": _entry("mlp", "periodic", 16_384, _mlp),
    "realmlp": Entry({"family": "realmlp"}, _realmlp_passes, 16_384),
    "tabm": _entry("tabm", "plain", 1_024, _tabm),
    "tabm_piecewise": _entry("tabm", "piecewise", 1_024, _tabm),
}


@click.command()
@click.argument("networks", nargs=-1, type=click.Choice(list(ENTRIES)))
@click.option("--rounds", default=5, show_default=True)
@click.option("--threads", default=1, show_default=True, help="Of each side.")
def main(networks: tuple[str, ...], rounds: int, threads: int) -> None:
    """Compare these networks, or all."""
    for name in networks or ENTRIES:
        found = compare(ENTRIES[name], rounds, threads)
        ours, theirs = (found.rows / statistics.median(s) for s in (found.ours, found.theirs))
        click.echo(
            f"{name:16} {ours:9,.0f} samples a second of a core in units,"
            f" {theirs:9,.0f} in PyTorch: {found.ratio:.2f} times as many"
        )


def compare(entry: Entry, rounds: int, threads: int) -> Measured:
    """Measure so many passes of each, after one that compiles and warms up."""
    import torch

    training.configure(threads)
    training.warm_up()
    torch.set_num_threads(threads)
    random = np.random.default_rng(0)
    x = random.standard_normal((entry.rows, COLUMNS), np.float32)
    y = (x @ random.standard_normal((COLUMNS, 1)) / COLUMNS**0.5).astype(np.float32)
    edges = [np.quantile(column, np.linspace(0, 1, BINS + 1)) for column in x.T]
    turns = {"ours": _ours(entry, x, y, edges), "theirs": entry.theirs(x, y, edges)}
    seconds: dict[str, list[float]] = {name: [] for name in turns}
    for number in range(1 + rounds):
        for name, once in turns.items():
            started = process_time()
            once(number)
            seconds[name].append(process_time() - started)
    return Measured(entry.rows, tuple(seconds["ours"][1:]), tuple(seconds["theirs"][1:]))


def _ours(entry: Entry, x: np.ndarray, y: np.ndarray, edges: list[np.ndarray]) -> _Pass:
    known = tuple(tuple(map(float, column)) for column in edges)
    numbers = Input("numeric", "numeric", (COLUMNS,), "float32", edges=known)
    output = Output("regression", ("y",), 1, means=(0.0,), scales=(1.0,))
    spec = resolve(entry.model, {}, Signature((numbers,), output), _nothing_registered)
    chunk = training.Chunk({numbers.name: x, TARGETS: y})
    progress = training.Progress(_EPOCHS, training.sizes_of([len(y)]))
    state: bytes | None = None

    def once(number: int) -> None:
        nonlocal state
        key = training.UnitKey(0, 1, 1 + number, 0)
        work = training.begin(spec, key, state, progress=progress, poll=lambda: None)
        work.train(chunk)
        state = work.finish().state

    return once


def _nothing_registered(name: str) -> dict[str, Any]:
    raise LookupError(name)


if __name__ == "__main__":
    main()
