"""What the checks of a release look at: the project's files, and the archives made of them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from release.archives import Archives

_PACKAGE = re.compile(r'^__version__ = "(.+)"$', re.MULTILINE)
# "## 0.2.0 (2026-11-23)", and before the release "## Unreleased (0.3.0)".
_HEADING = re.compile(r"## (?:Unreleased \()?(?P<version>[^\s()]+)\)?(?: \((?P<date>.*)\))?")


@dataclass(frozen=True)
class Heading:
    """A version in the changelog; it has no date before its release."""

    line: int
    text: str
    version: str
    date: str | None


@dataclass(frozen=True)
class Release:
    """The version in work."""

    root: Path
    archives: Archives

    @property
    def version(self) -> str:
        """Return the version that the Python package names."""
        return _PACKAGE.findall(self.text("cerebro_db/__init__.py"))[0]

    @property
    def headings(self) -> list[Heading]:
        """Return the versions of the changelog, the newest first."""
        headings = []
        for number, line in enumerate(self.text("CHANGELOG.md").splitlines(), 1):
            if line.startswith("## "):
                found = _HEADING.fullmatch(line)
                version, date = (found["version"], found["date"]) if found else (line[3:], None)
                headings.append(Heading(number, line, version, date))
        return headings

    def text(self, file: str) -> str:
        """Return the text of a file of the project."""
        return (self.root / file).read_text()
