"""The frameworks that configurations may be trained with, by name."""

from __future__ import annotations

from typing import Literal

Framework = Literal["tensorflow"]

# What trains where nothing else is said, and what every other framework is measured by.
TENSORFLOW: Framework = "tensorflow"
