"""The framework, imported once, and small datasets of every kind."""

import pytest

from cerebro_db import training


@pytest.fixture(scope="session", autouse=True)
def framework() -> None:
    training.configure(threads=1)
    training.warm_up()
