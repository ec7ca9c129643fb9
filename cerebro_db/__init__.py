"""Search for neural networks inside PostgreSQL by model hopper parallelism."""

__version__ = "0.1.0"
