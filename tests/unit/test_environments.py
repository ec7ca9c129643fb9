"""Command line, benchmark and demonstration need no package that is not installed for them."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
GROUPS = {
    "client": PROJECT["project"]["dependencies"],
    **PROJECT["project"]["optional-dependencies"],
}

# Refuses modules, and has others, which only another environment holds, stand for anything.
IMPORT = """
import importlib, json, sys
from importlib.machinery import ModuleSpec
from unittest.mock import MagicMock

refused, absent, modules = json.loads(sys.argv[1])

class Finder:
    def find_spec(self, name, path=None, target=None):
        first = name.partition(".")[0]
        if first in refused:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        if first in absent:
            return ModuleSpec(name, self, is_package=True)

    def create_module(self, spec):
        module = MagicMock()
        module.__path__ = []
        return module

    def exec_module(self, module):
        pass

sys.meta_path.insert(0, Finder())
for name in modules:
    importlib.import_module(name)
"""


def names_of(group: str) -> set[str]:
    """Return the distributions of a group of requirements."""
    return {re.match(r"[\w.-]+", line)[0].lower() for line in GROUPS[group]}  # type: ignore[index]


def modules_in(folder: str) -> list[str]:
    found = sorted((ROOT / folder).rglob("*.py"))
    names = [".".join(path.relative_to(ROOT).with_suffix("").parts) for path in found]
    return [name.removesuffix(".__init__") for name in names if not name.endswith("__main__")]


@pytest.mark.parametrize(
    ("groups", "modules"),
    [
        (["client"], modules_in("cerebro_db/cli")),
        (["client", "server", "tensorflow", "bench"], modules_in("benchmarks")),
        (["client", "server", "tensorflow", "demo"], ["scripts.demo"]),
    ],
    ids=["client", "bench", "demo"],
)
def test_what_runs_needs_only_what_is_installed_for_it(
    groups: list[str], modules: list[str]
) -> None:
    own = set().union(*map(names_of, groups))
    others = set().union(*map(names_of, GROUPS)) - own
    installed = packages_distributions()
    refused = [
        module for module, found in installed.items() if {d.lower() for d in found} <= others
    ]
    assert "pytest" in refused
    assert ("numpy" in refused) == ("server" not in groups)
    # As they are imported; some are not installed where tests run.
    absent = [re.sub(r"\W.*", "", name) for name in names_of("bench") if "bench" in groups]
    result = subprocess.run(
        [sys.executable, "-c", IMPORT, json.dumps([refused, absent, modules])],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert result.returncode == 0, result.stderr
