"""The list of the longest files of tests names files."""

from fix_order import LONGEST, ROOT


def test_the_longest_files_are_there() -> None:
    assert [file for file in LONGEST if not (ROOT / file).is_file()] == []
    assert len(set(LONGEST)) == len(LONGEST)
