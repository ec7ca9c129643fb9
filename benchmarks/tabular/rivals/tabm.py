"""TabM-D of pytabkit: Gorishniy et al., ICLR 2025."""

from __future__ import annotations

import numpy as np

from benchmarks.tabular._base import Job, run
from benchmarks.tabular.rivals import _pytabkit


def learn(job: Job) -> np.ndarray:
    """Train, and predict the test rows."""
    return _pytabkit.learn(job, "TabM_D")


if __name__ == "__main__":
    run(learn)
