"""Search for neural networks inside PostgreSQL and Greenplum by model hopper parallelism."""

from cerebro_db._libpq import bind_psycopg

__version__ = "0.3.0"

bind_psycopg()
