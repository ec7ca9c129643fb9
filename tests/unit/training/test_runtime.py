"""The framework inside a server's process."""

import importlib
import subprocess
import sys
from pathlib import Path

import pytest

from cerebro_db.training.importing import polled

# Keras compiles convolutions in groups with XLA, which then starts threads of its own.
SCRIPT = """
import gc, json, signal, sys
from pathlib import Path
from cerebro_db import training

def poll():
    polls.append(signal.pthread_sigmask(signal.SIG_BLOCK, []))

polls = []
training.warm_up(poll)
assert len(polls) > 5
assert not set.union(*polls), "a poll has to see what a signal wants"
assert gc.isenabled()
assert "sklearn" not in sys.modules
import sklearn.linear_model  # whoever wants it can have it
import keras
from small_datasets import IMAGE, THREE, make_chunks, run_unit, spec_of

def blocked(status):
    line = next(line for line in status.read_text().splitlines() if line.startswith("SigBlk:"))
    bits = int(line.split()[1], 16)
    return {number.name for number in signal.Signals if bits >> (number - 1) & 1}

layers = [
    keras.Input((8, 8, 1)), keras.layers.Conv2D(4, 3), keras.layers.Conv2D(4, 3, groups=2),
    keras.layers.Flatten(), keras.layers.Dense(3),
]
model = {"keras": json.loads(keras.Sequential(layers).to_json())}
spec = spec_of(model, [IMAGE], THREE)
chunks = make_chunks(spec.signature, [20])
run_unit(spec, training.UnitKey(0, 0, 1, 0), None, chunks, chunks)

names = {task: (task / "comm").read_text() for task in Path("/proc/self/task").iterdir()}
assert any("XLA" in name for name in names.values())
ours = {"SIGVTALRM", "SIGALRM", "SIGUSR1", "SIGINT", "SIGTERM"}
for task, name in names.items():
    if name.startswith("tf_"):
        assert ours <= blocked(task / "status"), name
assert not ours & blocked(Path("/proc/self/status"))
"""


# Given up somewhere in the midst of TensorFlow.
INTERRUPTED = """
import gc, signal, sys
from cerebro_db import training
from cerebro_db.errors import NotReady

def poll():
    if "tensorflow.python.framework.ops" in sys.modules:
        raise KeyboardInterrupt("enough")

def raises(error, call):
    try:
        call()
    except error as raised:
        return raised
    raise AssertionError(f"no {error}")

raises(KeyboardInterrupt, lambda: training.warm_up(poll))
assert "cerebro_db.training.keras" not in sys.modules
assert not any("cerebro_db" in type(finder).__module__ for finder in sys.meta_path)
assert gc.isenabled()
assert not signal.pthread_sigmask(signal.SIG_BLOCK, [])
assert "enough" in raises(NotReady, training.warm_up).detail
raises(NotReady, lambda: training.begin(None, None, None, poll=poll))
"""


def test_the_framework_keeps_to_itself() -> None:
    """It imports nothing but what it needs, and none of its threads handles signals: a handler's
    frame on the stack of oneDNN's kernels would overwrite what others own."""
    run_alone(SCRIPT)


def test_an_import_that_was_given_up_is_not_tried_again() -> None:
    run_alone(INTERRUPTED)


def test_a_module_cannot_swallow_what_a_poll_raises(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("careless", "optional"):
        (tmp_path / f"{name}.py").touch()
    (tmp_path / "careless.py").write_text(
        "try:\n    import optional\nexcept BaseException:\n    pass\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr("cerebro_db.training.importing._SECONDS", 0.0)
    polls: list[int] = []

    def poll() -> None:
        polls.append(1)
        if len(polls) == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), polled(poll):
        importlib.import_module("careless")
    assert len(polls) == 2
    assert "careless" in sys.modules  # it did without


def run_alone(script: str) -> None:
    """Run a script in a process of its own, where nothing is imported yet."""
    folders = [str(Path(__file__).parent), *sys.path]
    script = f"import sys; sys.path[:0] = {folders!r}\n{script}"
    subprocess.run([sys.executable, "-c", script], check=True)
