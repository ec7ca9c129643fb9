"""Every hostile document is refused by the parsers, which import no framework for that."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from fix_hostile import Hostile, hostile_cases

from cerebro_db.dataset.columns import Column
from cerebro_db.dataset.request.overrides import parse_overrides
from cerebro_db.driving.options import Options
from cerebro_db.errors import MAX_MESSAGE, CerebroError, UndefinedName
from cerebro_db.model import Meaning, check_definition, resolve
from cerebro_db.model.cost.step import StepBounds, check_cost
from cerebro_db.model.signature import Input, Output, Signature
from cerebro_db.search import (
    MOST_EPOCHS,
    Space,
    Start,
    Terms,
    check_possible,
    open_search,
    without_epochs,
)
from cerebro_db.udf.arguments import object_of
from cerebro_db.udf.documents import read_json

CASES = hostile_cases()
SIGNATURE = Signature(
    (Input("numeric", "numeric", (4,), "float32"),), Output("binary", ("y",), 1, ("a", "b"), (5, 5))
)
MODEL = {"family": "mlp"}


def _nothing_registered(name: str) -> dict[str, Any]:
    raise UndefinedName(f'there is no model "{name}"', detail="There is none.", hint="Register it.")


def _resolved(params: dict[str, Any], model: dict[str, Any] = MODEL) -> None:
    check_cost(resolve(model, params, SIGNATURE, _nothing_registered), StepBounds())


def _searched(document: Any, search: dict[str, Any]) -> None:
    space = Space.parse(document, Meaning(MODEL, _nothing_registered))
    check_possible(space)
    for start in open_search(search, Terms(space, 0, space.most_epochs or MOST_EPOCHS)).begin():
        assert isinstance(start, Start)
        _resolved(without_epochs(start.candidate.params))


def _read(case: Hostile) -> Any:
    reads = read_json if case.argument == "space" else object_of
    return reads(case.document, case.argument)


# As the verbs give each argument to its parser.
PARSERS = {
    "model": check_definition,
    "fitted_model": lambda model: _resolved({}, model),
    "space": lambda space: _searched(space, {"method": "grid"}),
    "search": lambda search: _searched({"learning_rate": {"log": [0.001, 1]}}, search),
    "encode": lambda encode: parse_overrides(encode, [Column("size", "text", "text")]),
    "options": Options.parse,
    "params": _resolved,
}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_refused(case: Hostile) -> None:
    with pytest.raises(CerebroError) as refusal:
        PARSERS[case.argument](_read(case))
    assert refusal.value.sqlstate == case.sqlstate, refusal.value.message
    assert case.says in refusal.value.message
    assert refusal.value.detail
    assert refusal.value.hint


def test_each_family_has_three_cases() -> None:
    families = Counter(case.family for case in CASES)
    assert len(families) > 40
    assert {family: count for family, count in families.items() if count < 3} == {}


def test_no_framework_is_imported() -> None:
    walk = (
        "import sys, test_hostile_files\n"
        "for case in test_hostile_files.CASES: test_hostile_files.test_refused(case)\n"
        "print({'keras', 'tensorflow', 'torch', 'jax'} & set(sys.modules))"
    )
    tests = Path(__file__).parents[1]
    path = f"import sys; sys.path[:0] = [{str(tests)!r}, {str(tests / 'unit')!r}]\n"
    done = subprocess.run(
        [sys.executable, "-c", path + walk], capture_output=True, text=True, check=True
    )
    assert done.stdout == "set()\n"


def test_what_is_said_of_megabytes_is_short() -> None:
    for case in CASES:
        if case.family in ("documents/long_names", "documents/long_lists"):
            with pytest.raises(CerebroError) as refusal:
                PARSERS[case.argument](_read(case))
            said = (refusal.value.message, refusal.value.detail, refusal.value.hint)
            assert max(map(len, said)) <= MAX_MESSAGE
