"""Parsers of what users write, given anything: they return, or refuse it with a documented error.

``make soak`` runs the same tests for longer, with inputs that follow the coverage: see ``soak.py``.
"""

from __future__ import annotations

import contextlib
import json
import os
import struct
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from fix_states import spec
from fuzz.documents import (
    ENCODES,
    MODELS,
    OPTIONS,
    PARAMS,
    SEARCHES,
    SPACES,
    anything,
    changed,
)
from fuzz.rows import BATCH, DOCUMENT, ENCODING, LAYOUTS, ROW, Types, damaged
from hostile.make_states import GRAPH, sound
from hypothesis import given, settings
from hypothesis import strategies as st

from cerebro_db.dataset.columns import Column
from cerebro_db.dataset.request.overrides import parse_overrides
from cerebro_db.dataset.row.decoder import RowDecoder
from cerebro_db.dataset.source.text import parse_source, split_identifiers
from cerebro_db.dataset.staged.batch_layout import BatchLayout
from cerebro_db.dataset.staged.layout import StagedLayout
from cerebro_db.dataset.values.binary import UNREADABLE
from cerebro_db.driving.options import Options
from cerebro_db.errors import CerebroError, UndefinedName
from cerebro_db.model import Meaning, check_definition, resolve
from cerebro_db.model.signature import Input, Output, Signature
from cerebro_db.search import MOST_EPOCHS, Space, Terms, check_possible, open_search
from cerebro_db.tensors import pack, unpack
from cerebro_db.training import forward
from cerebro_db.udf.arguments import object_of
from cerebro_db.udf.documents import read_json

# A parser that needs longer for so little hangs.
fuzzed = settings(
    max_examples=int(os.environ.get("CEREBRO_FUZZ_EXAMPLES", "200")),
    deadline=timedelta(seconds=10),
)

# What the documentation says of arguments, and of what is stored.
ARGUMENTS = {"22023", "42704", "54000"}
COLUMNS = ARGUMENTS | {"42703", "0A000"}
DATA = {"22000"}

SIGNATURE = Signature(
    (Input("numeric", "numeric", (4,), "float32"),), Output("binary", ("y",), 1, ("a", "b"), (5, 5))
)
FEATURES = [
    Column("n", "numeric", "numeric_send"),
    Column("t", "text", "textsend"),
    Column("a", "real[]", "array_send", "float4send"),
    Column("b", "bytea", "byteasend"),
    Column("d", "date", "date_send"),
]


def only(documented: set[str], call: Callable[[], Any]) -> None:
    """Call, and take documented errors that say what was found for an answer."""
    try:
        call()
    except CerebroError as error:
        if error.sqlstate not in documented or not error.message or not error.detail:
            raise


def _registered(name: str) -> dict[str, Any]:
    raise UndefinedName(f'there is no model "{name}"', detail="There is none.")


@given(changed(MODELS), changed(PARAMS))
@fuzzed
def test_models(model: Any, params: Any) -> None:
    text, values = json.dumps(model), json.dumps(params)
    only(ARGUMENTS, lambda: check_definition(object_of(text, "model")))
    only(
        ARGUMENTS,
        lambda: resolve(
            object_of(text, "model"), object_of(values, "params"), SIGNATURE, _registered
        ),
    )


@given(changed(SPACES), changed(SEARCHES), st.integers())
@fuzzed
def test_spaces_and_searches(space: Any, search: Any, seed: int) -> None:
    def ask() -> None:
        meaning = Meaning({"family": "mlp"}, _registered)
        asked = Space.parse(read_json(json.dumps(space), "space"), meaning)
        check_possible(asked)
        terms = Terms(asked, seed, asked.most_epochs or MOST_EPOCHS)
        open_search(object_of(json.dumps(search), "search"), terms).begin()

    only(ARGUMENTS, ask)


@given(changed(ENCODES))
@fuzzed
def test_encodes(encode: Any) -> None:
    only(COLUMNS, lambda: parse_overrides(object_of(json.dumps(encode), "encode"), FEATURES))


@given(changed(OPTIONS))
@fuzzed
def test_options(options: Any) -> None:
    only(ARGUMENTS, lambda: Options.parse(object_of(json.dumps(options), "options")))


_JSON = '[]{}":,0123456789.eE+-truefalsn\\u '


@given(anything.map(json.dumps) | st.text() | st.text(_JSON))
@fuzzed
def test_json(text: str) -> None:
    only(ARGUMENTS, lambda: read_json(text, "model"))


_WORDS = (
    "select", "*", "from", "t", "where", "a", "=", "1", ";", "(", ")", ",", "--", "/*", "*/", "'",
    '"', "$$", "$a$", "E'\\'", "union all", "with x as", "values", "insert into", "delete",
    "update", "returning", "for share", "lateral", "group by cube", "limit", "null", "::", "[", "]",
    ".", "@", "table", "explain", "copy", "set", "do", "call", "create", "drop", "begin",
    "pg_sleep(1)", "\0", "\u2028", "é",
)  # fmt: skip
_texts = st.lists(st.sampled_from(_WORDS) | st.text(max_size=5), max_size=30).map(" ".join)


@given(_texts | st.text())
@fuzzed
def test_sources(text: str) -> None:
    only({"42601", "54000"}, lambda: parse_source(text))
    split_identifiers(text)


@given(damaged(ROW), st.just(DOCUMENT) | st.none() | anything.map(json.dumps) | st.text())
@fuzzed
def test_rows(payload: bytes, document: str | None) -> None:
    only(COLUMNS | DATA, lambda: RowDecoder(Types(), ENCODING).encode(payload, document))


def test_a_sound_row_is_read() -> None:
    found = RowDecoder(Types(), ENCODING).encode(ROW, DOCUMENT)
    assert found is not None
    assert found["image"].tolist() == [[[[1], [2]]]]


@given(damaged(BATCH), st.sampled_from(LAYOUTS))
@fuzzed
def test_batches(payload: bytes, layout: StagedLayout) -> None:
    """What is no batch raises one of Python's errors; psycopg's decoders read on in memory."""
    with contextlib.suppress(*UNREADABLE):
        layout.columns_of_record(payload)


def test_a_batch_with_forged_dimensions_takes_no_memory() -> None:
    """Two billion rows of one item, and not one item."""
    forged = struct.pack("!iiIiiii", 2, 0, 17, 2**31 - 1, 1, 1, 1)
    layout = BatchLayout(((Column("b", "bytea", "byteasend"), "bytes"),))
    with pytest.raises(ValueError, match="0 items in an array of shape"):
        layout.columns_of_record(struct.pack("!iIi", 1, 1001, len(forged)) + forged)


def test_a_sound_batch_is_read() -> None:
    found = LAYOUTS[0].columns_of_record(BATCH)
    assert found["n"].tolist() == [1.5, 2.5]
    assert found["t"] == ["a", None]
    assert found["b"] == [b"\x01", None]


STATE = sound()
_BODY = 8 + int.from_bytes(STATE[:8], "little")


def _with_manifest(manifest: Any) -> bytes:
    text = json.dumps(manifest).encode()
    return len(text).to_bytes(8, "little") + text + STATE[_BODY:]


@given(damaged(STATE) | changed([json.loads(STATE[8:_BODY])]).map(_with_manifest) | st.binary())
@fuzzed
def test_stored_tensors(payload: bytes) -> None:
    only(DATA, lambda: unpack(payload))
    only(DATA, lambda: forward.of_state(spec().signature, payload))


@given(changed([GRAPH]))
@fuzzed
def test_graphs_of_states(graph: Any) -> None:
    state = pack(unpack(STATE), {forward.NOTE: json.dumps(graph)}, hashed=True)
    only(DATA, lambda: forward.of_state(spec().signature, state))
