"""Sets PyTorch up for a worker, before it does anything."""

from __future__ import annotations

import os

from cerebro_db.training._backend import Backend


def start(threads: int) -> Backend:
    """Import PyTorch and Keras on it, and have it start its threads: ``threads`` of them."""
    # The pool of OpenMP ends with the process, and does not spin between two calls.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    import torch

    torch.set_num_threads(threads)
    torch.set_num_interop_threads(1)
    torch.use_deterministic_algorithms(True)
    # What is never read need not be set.
    torch.utils.deterministic.fill_uninitialized_memory = False
    torch.set_grad_enabled(False)
    import keras  # noqa: F401

    # Threads start with the first work that is large enough to be shared.
    size = 512
    torch.ones(size, size) @ torch.ones(size, size)
    torch.ones(1 << 20).exp_()
    from cerebro_db.training.torch import amended
    from cerebro_db.training.torch.backend import Torch

    amended.amend()
    return Torch()
