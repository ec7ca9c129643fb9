"""The framework inside a server's process."""

import subprocess
import sys
from pathlib import Path

# Keras compiles convolutions in groups with XLA, which then starts threads of its own.
SCRIPT = """
import gc, json, signal, sys
from pathlib import Path
from cerebro_db import training
training.warm_up()
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


def test_the_framework_keeps_to_itself() -> None:
    """It imports nothing but what it needs, and none of its threads handles signals: a handler's
    frame on the stack of oneDNN's kernels would overwrite what others own."""
    folders = [str(Path(__file__).parent), *sys.path]
    script = f"import sys; sys.path[:0] = {folders!r}\n{SCRIPT}"
    subprocess.run([sys.executable, "-c", script], check=True)
