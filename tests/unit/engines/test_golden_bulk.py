"""Golden files of bulk prediction and evaluation: batches of staged rows, where they lie."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import pytest
from canned import AMOUNT, ID, KIND, STAGED, encoding_of_amount
from recording import TARGETS, Recorder

from cerebro_db import __version__
from cerebro_db.context import Context
from cerebro_db.model import resolve
from cerebro_db.session.process import Moment
from cerebro_db.tensors import pack
from cerebro_db.verbs import bulk
from cerebro_db.verbs.batch import FOUND, TRUTH

VERSIONS = {"postgresql": "PostgreSQL 15", "greenplum6": "PostgreSQL 9.4 (Greenplum Database 6.24)"}


class RecordedContext(Context):
    """A call of a verb whose sessions are one recorder."""

    @contextmanager
    def control(self) -> Iterator[Recorder]:
        yield self.caller


HEAD = {
    "id": 6,
    "config": 4,
    "member": 4,
    "fold": 0,
    "weight": 1.0,
    "threshold": None,
    "units": 8,
    "installation": 1,
    "extension": __version__,
}


def called(target: str) -> RecordedContext:
    """A call for a run that predicts the kind of customers by an amount."""
    columns = [
        {"name": column.name, "type": column.type, "send": column.send, "element": None}
        for column in (ID, AMOUNT, KIND)
    ]
    signature = encoding_of_amount().signature
    spec = resolve({"family": "linear"}, {}, signature, lambda name: {})
    payload = pack({TRUTH: np.array([0.0, 1.0]), FOUND: np.array([[0.1], [0.9]])})
    recorder = Recorder(
        target,
        {
            "'transaction_read_only'": [
                {"read_only": False, "temporary": True, "database": "shop"}
            ],
            "version()": [{"version": VERSIONS[target]}],
            "as installation": [HEAD],
            "id, config, member, fold, weight, units, threshold, installation": [HEAD],
            "state": [
                {
                    "encoding": encoding_of_amount().to_json(),
                    "state": pack({}),
                    "framework": None,
                }
            ],
            "pg_am": [{"oid": 16_400}],
            'rows from "shop"': [{"rows": 70_000}],
            "pg_table_is_visible": [{"schema": "shop", "name": "customers", "oid": 16_400}],
            "current_schema()": [{"schema": "shop"}],
            "::regclass::oid": [{"oid": 16_401}],
            "pg_catalog.pg_policy": [{"there": target == "postgresql"}],
            "as kind": [],
            "as name from pg_namespace": [{"name": "shop"}],
            "as login": [{"login": "ann"}],
            "as spec\nfrom cerebro._configs": [{"spec": spec.to_json()}],
            "format_type": columns,
            **STAGED,
            "as labelled": [{"rows": 70_000, "labelled": 70_000, "validation": 0}],
            "payload": [{"payload": payload}],
        },
    )
    # What a session serves it remembers by role.
    return RecordedContext(
        recorder, print, print, role=target, moment=Moment(TARGETS.index(target), 1, (0, 0, 0))
    )


@pytest.mark.parametrize("target", TARGETS)
def test_bulk_predictions_are_golden(target: str) -> None:
    context = called(target)
    context.caller.title("every row of a table, into a table")
    bulk.predict_table(context, "churn", "customers", "id", "shop.predictions", replace=False)
    context.caller.title("the rows of a query, into a table")
    query = "select * from customers"
    bulk.predict_table(context, "churn", query, "id", "shop.others", replace=False)
    context.caller.title("evaluated on labelled rows")
    bulk.evaluate(context, "churn", "customers")
    context.caller.title("every row of a table, into a table that is there")
    due = {
        ID.name: ID.type,
        "prediction": "text",
        "score": "double precision",
        "probabilities": "jsonb",
    }
    context.caller.answers["as kind"] = [{"oid": 16_402, "kind": "r"}]
    columns = [{"name": name, "type": type_} for name, type_ in due.items()]
    context.caller.answers = {"as type\nfrom pg_attribute\n": columns, **context.caller.answers}
    bulk.predict_table(context, "churn", "customers", "id", "shop.predictions", replace=True)
    context.caller.check("bulk")
