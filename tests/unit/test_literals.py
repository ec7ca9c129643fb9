"""What hints show is what a statement reads, whatever is in a name."""

from cerebro_db.literals import identifier, json_literal


def test_a_literal_has_its_quotes_doubled() -> None:
    assert json_literal({"ar't": "skip"}) == """'{"ar''t": "skip"}'"""
    assert json_literal({'a"b': "größe"}) == """'{"a\\"b": "größe"}'"""


def test_an_identifier_has_its_double_quotes_doubled() -> None:
    assert identifier('a"b') == '"a""b"'
    assert identifier("ar't") == '"ar\'t"'
