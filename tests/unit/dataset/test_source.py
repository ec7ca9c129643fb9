"""What the text of a source is taken for."""

from __future__ import annotations

import pytest

from cerebro_db.dataset.source.relation import Relation
from cerebro_db.dataset.source.text import fold, parse_source, split_identifiers
from cerebro_db.errors import InvalidSource, LimitExceeded


@pytest.mark.parametrize(
    ("text", "schema", "relation"),
    [
        ("customers", None, "customers"),
        (" Customers ; ", None, "customers"),
        ('"Customers"', None, "Customers"),
        ('Sales . "Q1 ""new"" ☃"', "sales", 'Q1 "new" ☃'),
        ("select", None, "select"),
        ("Übersicht", None, "Übersicht"),
    ],
)
def test_relations(text: str, schema: str | None, relation: str) -> None:
    source = parse_source(text)
    assert (source.schema, source.relation) == (schema, relation)


@pytest.mark.parametrize(
    "text",
    [
        "select 1",
        "(select 1)",
        "values (1), (2)",
        "table t",
        "with a as (select 1 as x) select * from a",
        "select 1 union all select 2 order by 1",
        "select ';' as a, $$;$$ as b /* ; */ -- ;",
        "select d #>> '{a,b}', a::numeric(10, 2) from t tablesample system (5)",
    ],
)
def test_queries_run_as_they_were_written(text: str) -> None:
    assert parse_source(text).text == text
    assert parse_source(text + " ;\n; ").text.rstrip(" ;\n") == text.rstrip(" ;")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "-- nothing",
        "select 1; select 2",
        "insert into t values (1)",
        "with a as (update t set x = 1 returning *) select * from a",
        "select * into t2 from t",
        "vacuum t",
        "create table t (a int)",
        "a b",
        "select 'open",
        "1",
    ],
)
def test_what_is_no_query(text: str) -> None:
    with pytest.raises(InvalidSource) as caught:
        parse_source(text)
    assert caught.value.detail
    assert caught.value.hint


@pytest.mark.parametrize(
    "text",
    [
        "select " + "(" * 5_000 + "1" + ")" * 5_000,
        "select " + "not " * 5_000 + "true",
        "select 1 -- " + "x" * 300_000,
        "t" + " " * 1_000_000 + "x",
    ],
    ids=["parentheses", "negations", "comment", "spaces"],
)
def test_what_would_take_too_long_is_refused(text: str) -> None:
    """At once: the last one would take an hour if each run of spaces were tried in all ways."""
    with pytest.raises(LimitExceeded):
        parse_source(text)


def test_relations_are_quoted() -> None:
    assert Relation("a", 'B"c', 1, ()).rows.as_string(None) == '"a"."B""c" as _source'


def test_lists_of_names() -> None:
    assert split_identifiers(' a, "B, c" ,D') == ["a", "B, c", "d"]
    assert split_identifiers("a,,b") is None
    assert split_identifiers("a b") is None
    assert fold("ÄBC") == "Äbc"
