"""Say what remains to be done before the version in work can be released.

usage: python -m release.check

Each check yields what remains, a line each. docs/architecture.md has the steps of a release.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from release import contents, texts
from release.archives import ROOT, make_archives
from release.project import Release

CHECKS: tuple[Callable[[Release], Iterator[str]], ...] = (
    texts.versions_agree,
    texts.changelog_is_dated,
    texts.released_scripts_are_frozen,
    texts.golden_files_are_current,
    texts.all_is_committed,
    contents.wheel_has_the_package,
    contents.source_archive_has_all,
    contents.source_archive_makes_the_wheel,
    contents.pgxn_archive_is_accepted,
)


def main() -> None:
    """Carry out all checks; fail where something remains."""
    remains = 0
    with TemporaryDirectory(prefix="cerebro-") as folder:
        release = Release(ROOT, make_archives(ROOT, Path(folder)))
        for check in CHECKS:
            problems = list(check(release))
            print("remains:" if problems else "done:   ", check.__name__.replace("_", " "))
            for problem in problems:
                print("        ", problem)
            remains += len(problems)
    if remains:
        sys.exit(f"{release.version} is not ready: {remains} left to do")
    print(f"{release.version} is ready")


if __name__ == "__main__":
    main()
