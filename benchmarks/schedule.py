"""All of `cerebro-db simulate`, one epoch of its smallest shape, and 1,024 x 1,024.

    python benchmarks/schedule.py [FILE.json]

One epoch of few, very unlike configurations is where their fixed order costs most, and by luck of
the draw: so with more seeds. The largest shape runs one epoch and one seed, and leaves out the
randomised scheduler, whose decisions take as long as there are idle configurations.
"""

from __future__ import annotations

import sys
from pathlib import Path

from cerebro_db.cli.simulate import SHAPES, measure, show

if __name__ == "__main__":
    rows = measure(SHAPES, epochs=5, seeds=5)
    rows += measure([(16, 8)], epochs=1, seeds=100)
    rows += measure([(1024, 1024)], epochs=1, seeds=1, compare=False)
    show(rows, Path(sys.argv[1]) if len(sys.argv) > 1 else None)
