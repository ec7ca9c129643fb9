"""Search for neural networks inside PostgreSQL and Greenplum by model hopper parallelism."""

from cerebro_db._libpq import bind_psycopg

__version__ = "0.2.0"

bind_psycopg()
