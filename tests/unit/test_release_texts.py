"""The checks of a release that look at files: content with a project that is ready, and what they
name in one that is not."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from fix_release import replace

from release import texts
from release.check import CHECKS
from release.freeze import SUMS
from release.project import Release


def test_a_project_that_is_ready_has_nothing_left(committed: Release) -> None:
    assert [problem for check in CHECKS for problem in check(committed)] == []


@pytest.mark.parametrize(
    ("file", "place"),
    [
        ("extension/cerebro_db.control", "extension/cerebro_db.control"),
        ("META.json", "META.json"),
        ("CHANGELOG.md", "CHANGELOG.md"),
    ],
)
def test_another_version_is_named(release: Release, file: str, place: str) -> None:
    replace(release, file, "0.2.0", "0.2.1")
    problems = list(texts.versions_agree(release))
    assert problems[0] == f"{place} has 0.2.1, cerebro_db/__init__.py 0.2.0"


def test_what_is_provided_has_the_version_too(release: Release) -> None:
    replace(release, "META.json", '{"version": "0.2.0"', '{"version": "0.1.0"')
    assert list(texts.versions_agree(release)) == [
        "META.json, provides has 0.1.0, cerebro_db/__init__.py 0.2.0"
    ]


def test_a_version_is_three_numbers(release: Release) -> None:
    replace(release, "cerebro_db/__init__.py", "0.2.0", "0.2rc1")
    assert "cerebro_db/__init__.py has 0.2rc1, which is not three numbers" in list(
        texts.versions_agree(release)
    )


@pytest.mark.parametrize("heading", ["## Unreleased (0.2.0)", "## 0.2.0", "## Unreleased"])
def test_a_version_without_a_date_is_named_with_its_line(release: Release, heading: str) -> None:
    replace(release, "CHANGELOG.md", "## 0.2.0 (2026-11-23)", heading)
    (problem,) = texts.changelog_is_dated(release)
    assert problem.startswith(f'CHANGELOG.md:3: "{heading}" has no date')


def test_an_older_version_needs_a_date_too(release: Release) -> None:
    replace(release, "CHANGELOG.md", "## 0.1.0 (2026-11-22)", "## Unreleased (0.1.0)")
    (problem,) = texts.changelog_is_dated(release)
    assert problem.startswith("CHANGELOG.md:7:")


@pytest.mark.parametrize(
    ("newest", "problem"),
    [
        ("2026-11-31", "2026-11-31 is no date"),
        ("soon", "soon is no date"),
        ("2026-11-21", "0.2.0 is dated before 0.1.0"),
        (str(date.today() + timedelta(days=2)), "is yet to come"),
    ],
)
def test_a_date_that_cannot_be_is_named(release: Release, newest: str, problem: str) -> None:
    replace(release, "CHANGELOG.md", "2026-11-23", newest)
    assert problem in next(texts.changelog_is_dated(release))


SCRIPT = "extension/released/0.1.0/postgresql.sql"


def test_a_released_script_that_changed_is_named(release: Release) -> None:
    replace(release, SCRIPT, "1", "2")
    (problem,) = texts.released_scripts_are_frozen(release)
    assert problem == f"{SCRIPT} is not what was released, by {SUMS}"


def test_a_released_script_that_is_gone_is_named(release: Release) -> None:
    (release.root / SCRIPT).unlink()
    assert f"{SCRIPT} is missing" in list(texts.released_scripts_are_frozen(release))


def test_a_script_that_was_never_released_is_named(release: Release) -> None:
    (release.root / SCRIPT).with_name("greenplum7.sql").touch()
    (problem,) = texts.released_scripts_are_frozen(release)
    assert problem == f"extension/released/0.1.0/greenplum7.sql has no checksum in {SUMS}"


def test_a_version_is_released_once(release: Release) -> None:
    for file in ("cerebro_db/__init__.py", "CHANGELOG.md"):
        replace(release, file, "0.2.0", "0.1.0")
    assert list(texts.released_scripts_are_frozen(release)) == [
        "0.1.0 has been released: raise the version"
    ]


def test_changelog_and_released_scripts_have_the_same_versions(release: Release) -> None:
    replace(release, "CHANGELOG.md", "## 0.1.0", "## 0.0.9")
    assert list(texts.released_scripts_are_frozen(release)) == [
        "extension/released has no 0.0.9, which CHANGELOG.md has",
        "CHANGELOG.md has no 0.1.0, which extension/released has",
    ]


def test_a_generated_file_that_differs_is_named(release: Release) -> None:
    (release.root / "tests" / "golden" / "text.txt").write_text("old")
    (problem,) = texts.golden_files_are_current(release)
    assert problem.startswith("tests/golden/text.txt is not current")
    assert release.text("tests/golden/text.txt") == "old"


def test_a_generated_file_that_is_left_over_is_named(release: Release) -> None:
    (release.root / "tests" / "golden" / "old.txt").touch()
    (problem,) = texts.golden_files_are_current(release)
    assert problem.startswith("tests/golden/old.txt is written by no test")


def test_a_generator_that_fails_is_told_of(release: Release) -> None:
    (release.root / "tests" / "test_it.py").write_text("def test_golden(): assert False\n")
    problems = list(texts.golden_files_are_current(release))
    assert "make golden fails: 1 failed" in problems[0]


def test_what_is_not_committed_is_named(committed: Release) -> None:
    replace(committed, "CHANGELOG.md", "more", "less")
    (committed.root / "new.py").touch()
    assert list(texts.all_is_committed(committed)) == [
        "not committed: CHANGELOG.md",
        "not committed: new.py",
    ]


def test_a_folder_without_history_is_no_place_for_a_release(release: Release) -> None:
    (problem,) = texts.all_is_committed(release)
    assert problem.startswith("a release is made in a clone of the repository: ")
