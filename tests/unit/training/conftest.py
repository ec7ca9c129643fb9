"""The framework, imported once, and small datasets of every kind."""

import os

import pytest

from cerebro_db import training


@pytest.fixture(scope="session", autouse=True)
def framework() -> None:
    training.configure(1, os.environ.get("CEREBRO_TEST_FRAMEWORK", "tensorflow"))
    training.warm_up()
