"""Two fresh processes come to the same bits, whatever one of them did before."""

import subprocess
import sys
from pathlib import Path

SCRIPT = """
import hashlib, sys
from cerebro_db import training
from cerebro_db.training import UnitKey
from small_datasets import ALL_KINDS, THREE, make_chunks, run_unit, spec_of

training.configure(threads=int(sys.argv[1]))
cnn = {"family": "cnn", "filters": [4], "hidden": [8], "dropout": 0.3, "batch_norm": True}
spec = spec_of({**cnn, "batch_size": 16}, ALL_KINDS, THREE)
chunks = make_chunks(spec.signature, [50])
if sys.argv[2] == "busy":
    other = spec_of({"family": "mlp", "dropout": 0.1}, ALL_KINDS, THREE)
    run_unit(other, UnitKey(8, 8, 8, 8), None, chunks)
    run_unit(spec, UnitKey(9, 9, 9, 9), None, chunks)
result = run_unit(spec, UnitKey(1, 2, 3, 4), None, chunks, chunks)
print(hashlib.sha256(result.state).hexdigest(), result.training, result.validation)
"""


def test_fresh_processes_agree() -> None:
    def run(*arguments: str) -> str:
        folders = [str(Path(__file__).parent), *sys.path]
        script = f"import sys; sys.path[:0] = {folders!r}\n{SCRIPT}"
        return subprocess.run(
            [sys.executable, "-c", script, *arguments],
            check=True, capture_output=True, text=True,
        ).stdout  # fmt: skip

    assert len({run("1", "idle"), run("1", "busy")}) == 1
