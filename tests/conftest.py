"""Fixtures live in ``fix_*.py``, one theme a file."""

pytest_plugins = ["fix_server"]
