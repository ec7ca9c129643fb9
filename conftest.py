"""Fixtures of tests/ and of the conformance suite live in ``tests/fix_*.py``, one theme a file."""

pytest_plugins = ["fix_order", "fix_release", "fix_server"]
