"""Arrays of ids: standardised they are no ids; as words of a text they are learned from. As ids:
``test_arrays_of_ids.py``."""

from __future__ import annotations

import json
from typing import Any

import pytest
from fix_server import Connection

from cerebro_db.testing.calls import error_of

# Bought in one order: a basket is returned where article 7 is in it.
BASKETS = """
create table baskets as
select
    array_agg(article) as articles,
    array_to_string(array_agg(article), ' ') as words,
    bool_or(article = 7) as returned
from (
    select i / 5 as basket, (hashint4(i) & 1023) % 20 + 1 as article
    from generate_series(0, 9999) as i
) as bought
group by basket
"""


def model(vectors: Any) -> str:
    layers = [
        {"class_name": "Embedding", "config": {"input_dim": vectors, "output_dim": 8}},
        {"class_name": "GlobalAveragePooling1D", "config": {}},
        {"class_name": "Dense", "config": {"units": 1}},
    ]
    return json.dumps({"class_name": "Sequential", "config": {"layers": layers}})


@pytest.fixture(scope="module", autouse=True)
def baskets(connection: Connection) -> None:
    connection.execute(BASKETS)


def search(run: str, source: str, vectors: Any, options: dict[str, Any]) -> str:
    """Return the call of one configuration."""
    return (
        f"select metric, value from cerebro_fit('{run}', '{source}', 'returned', epochs => 8,"
        f" model => '{model(vectors)}', space => '{{\"learning_rate\": [0.02]}}',"
        f" options => '{json.dumps(options)}')"
    )


def test_an_array_of_ids_is_not_looked_up_after_it_was_standardised(
    connection: Connection,
) -> None:
    for vectors in (21, "${vocabulary}"):
        error = error_of(
            connection, search("x", "select articles, returned from baskets", vectors, {})
        )
        assert error.sqlstate == "22023"
        assert "no ids" in str(error)
        assert '{"as": "ids", "size": 100}' in str(error.diag.message_hint)


def test_as_text_of_words_it_is_learned_from(connection: Connection) -> None:
    source, encode = "select words, returned from baskets", {"encode": {"words": "text"}}
    # 20 articles, what is unknown, and padding.
    error = error_of(connection, search("x", source, 21, encode))
    assert error.sqlstate == "22023"
    assert "it needs 22" in str(error)
    row = connection.execute(search("ids", source, "${vocabulary}", encode).encode()).fetchone()
    assert row is not None
    assert row[0] == "auc"
    assert float(str(row[1])) > 0.99
