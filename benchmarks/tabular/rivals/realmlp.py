"""RealMLP-TD of pytabkit: Holzmüller et al., NeurIPS 2024."""

from __future__ import annotations

import numpy as np

from benchmarks.tabular._base import Job, run
from benchmarks.tabular.rivals import _pytabkit


def learn(job: Job) -> np.ndarray:
    """Train, and predict the test rows."""
    return _pytabkit.learn(job, "RealMLP_TD")


if __name__ == "__main__":
    run(learn)
