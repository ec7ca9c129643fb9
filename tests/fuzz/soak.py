"""Runs the tests of ``test_fuzz.py`` on inputs that follow the coverage, by atheris.

usage: python tests/fuzz/soak.py SECONDS [TEST]    for each, or for one

What fails is printed, and its input kept in a file that atheris names.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from tempfile import gettempdir

import atheris

sys.path[:0] = [str(Path(__file__).parents[2]), str(Path(__file__).parents[1])]

with atheris.instrument_imports(include=["cerebro_db"]):
    from fuzz import test_fuzz

TESTS = {name: test for name, test in vars(test_fuzz).items() if hasattr(test, "hypothesis")}
# An input that takes longer hangs.
LIMITS = ["-timeout=20", "-rss_limit_mb=4096", "-max_len=8192", "-len_control=0"]
KEPT = f"{gettempdir()}/cerebro-fuzz-"


def main() -> None:
    """Read the command line; each test runs in a process of its own, which atheris ends."""
    seconds, *names = sys.argv[1:]
    if names:
        soak(names[0], seconds)
    failed = [
        name
        for name in TESTS
        if subprocess.run([sys.executable, __file__, seconds, name], check=False).returncode
    ]
    sys.exit(f"failed: {', '.join(failed)}" if failed else None)


def soak(name: str, seconds: str) -> None:
    """Run one test for so many seconds, and exit."""
    print(f"{name}: {seconds} s", flush=True)
    arguments = [name, *LIMITS, f"-max_total_time={seconds}", f"-artifact_prefix={KEPT}"]
    atheris.Setup(arguments, TESTS[name].hypothesis.fuzz_one_input)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
