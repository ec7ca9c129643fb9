"""Runs that begin with the weights of another run's configuration."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from fix_docs import documented, page
from fix_server import Connection
from psycopg import errors
from psycopg.rows import namedtuple_row
from psycopg.types.json import Jsonb

from cerebro_db.model import FamilyArchitecture, Spec
from cerebro_db.tensors import Tensors, unpack
from cerebro_db.testing.calls import drop, error_of, fit, prepare, rows, value
from cerebro_db.testing.data import load_digits_into, load_tumours_into
from cerebro_db.testing.internals import kept_states, training_chunks
from cerebro_db.testing.plain_loop import plain_loop
from cerebro_db.testing.test_registered_code import GATE
from cerebro_db.training.states import lent_state

BASE = 'the "base"'
HIDDEN = ["hidden_1", "hidden_1_norm", "hidden_2", "hidden_2_norm"]


@pytest.fixture(scope="module", autouse=True)
def base(connection: Connection) -> None:
    """A run of two configurations, and the datasets of all runs here."""
    connection.row_factory = namedtuple_row
    load_digits_into(connection)
    load_tumours_into(connection)
    pixels = "select image, digit from digits"
    prepare(connection, "pixels", pixels, "digit", partitions=2)
    prepare(connection, "tumours", "select * from tumours", "diagnosis", partitions=2)
    fit(
        connection,
        BASE,
        "pixels",
        model={
            "family": "mlp",
            "hidden": [24, 12],
            "batch_norm": True,
            "dropout": 0.1,
            "label_smoothing": 0.1,
        },
        space={"learning_rate": [0.003, 0.001]},
        epochs=2,
        options={"keep": 2},
    )


@pytest.fixture
def notices(connection: Connection) -> Iterator[list[str]]:
    said: list[str] = []

    def note(diag: Any) -> None:
        said.append(diag.message_primary)

    connection.add_notice_handler(note)
    yield said
    connection.remove_notice_handler(note)


def warm(connection: Connection, run: str, **more: Any) -> list[Any]:
    model = {"from": BASE, **more.pop("model", {})}
    more = {"source": "pixels", "epochs": 2, "workers": 1, **more}
    return fit(connection, run, more.pop("source"), model=model, **more)


def weights(state: bytes) -> Tensors:
    return {name: array for name, array in unpack(state).items() if name.startswith("weights/")}


def losses(connection: Connection, run: str) -> list[float]:
    found = rows(
        connection,
        "select (e.validation ->> 'loss')::float8 from cerebro._epochs e"
        " join cerebro._runs r on r.id = e.run where r.name = %s order by e.config, e.epoch",
        run,
    )
    return [loss for (loss,) in found]


def best(connection: Connection, run: str) -> int:
    return int(
        value(connection, "select config from cerebro.leaderboard where run = %s and rank = 1", run)
    )


def test_all_layers_frozen_give_the_other_runs_loss(connection: Connection) -> None:
    board = warm(connection, "frozen", model={"freeze": "*"}, epochs=3)
    assert len(board) == 1
    lender = best(connection, BASE)
    # What serves need not be the last epoch's.
    units = value(connection, "select units from cerebro._kept_states k join cerebro._runs r"
                  " on r.id = k.run where r.name = %s and k.rank = 1", BASE)  # fmt: skip
    expected = losses(connection, BASE)[2 * (lender - 1) + units // 2 - 1]
    np.testing.assert_allclose(losses(connection, "frozen"), expected, rtol=0, atol=1e-6)
    before = weights(kept_states(connection, BASE)[lender].state)
    after = weights(kept_states(connection, "frozen")[1].state)
    for name, array in before.items():
        if "seed_generator" not in name:
            np.testing.assert_array_equal(after[name], array)


def test_frozen_layers_stay_and_others_train(connection: Connection) -> None:
    warm(connection, "partly", model={"freeze": ["hidden*"]}, epochs=1)
    spec = kept_states(connection, "partly")[1].spec
    assert spec.frozen == tuple(HIDDEN)
    before = weights(kept_states(connection, BASE)[best(connection, BASE)].state)
    after = weights(kept_states(connection, "partly")[1].state)
    same = {name for name in before if np.array_equal(before[name], after[name])}
    floats = [name for name in before if before[name].dtype == np.float32]
    # Of two dense layers with normalisation: kernel, bias, gamma, beta and both moving averages.
    assert [name for name in floats if name in same] == floats[:12]
    assert len(floats) == 14


@pytest.mark.parametrize("config", [1, 2])
@pytest.mark.parametrize("optimizer", [False, True])
def test_weights_are_those_of_going_on_in_one_process(
    connection: Connection, config: int, optimizer: bool
) -> None:
    run = f"on {config} {optimizer}"
    wish = {"config": config, "optimizer_state": optimizer}
    warm(connection, run, model=wish, seed=5, options={"cache_mb": 0 if optimizer else 64})
    lender = kept_states(connection, BASE)[config]
    found = kept_states(connection, run)[1]
    assert found.spec.learning_rate == lender.spec.learning_rate
    assert found.spec.pretrained is not None
    assert set(found.spec.pretrained.layers) == {*HIDDEN, "output"}
    expected = plain_loop(
        found.spec,
        training_chunks(connection, "pixels"),
        5,
        1,
        range(found.units),
        state=lent_state(lender.spec, lender.state, optimizer=optimizer),
        lender=lender.spec,
    )
    assert found.state == expected
    step = int(unpack(found.state)["optimizer/step"])
    before = int(unpack(lender.state)["optimizer/step"])
    own = before * found.units // lender.units
    assert step == (before + own if optimizer else own)


def test_a_layer_of_another_shape_begins_anew_and_is_named(
    connection: Connection, notices: list[str]
) -> None:
    space = {"hidden": [[24, 12], [24, 20]], "optimizer": ["adam", "sgd"]}
    warm(connection, "other shapes", space=space, epochs=1, options={"keep": 4})
    (named,) = [line for line in notices if "begin anew" in line]
    assert named == (
        "other shapes: layers that begin anew: hidden_2, hidden_2_norm, output"
        " (their weights have other shapes)"
    ), notices
    for found in kept_states(connection, "other shapes").values():
        assert isinstance(found.spec.architecture, FamilyArchitecture)
        assert found.spec.pretrained is not None
        same = found.spec.architecture.parameters["hidden"] == [24, 12]
        taken = [*HIDDEN, "output"] if same else HIDDEN[:2]
        assert list(found.spec.pretrained.layers) == taken
        # Another optimizer has rates of its own.
        assert found.spec.learning_rate == {"adam": 0.003, "sgd": 0.01}[found.spec.optimizer]


def test_what_was_to_be_frozen_and_begins_anew_trains(
    connection: Connection, notices: list[str]
) -> None:
    model = {"freeze": "hidden", "hidden": [24, 20]}
    warm(connection, "thawed", model=model, epochs=1)
    assert any("are not frozen: hidden_2, hidden_2_norm" in line for line in notices), notices
    assert kept_states(connection, "thawed")[1].spec.frozen == tuple(HIDDEN[:2])


def test_weights_for_other_columns_and_classes_begin_anew(
    connection: Connection, notices: list[str]
) -> None:
    fit(connection, "all", "tumours", model={"family": "mlp", "hidden": [8]}, epochs=1,
        space={"learning_rate": [0.01]})  # fmt: skip
    others = "select id, mean_area as mean_radius, mean_radius as mean_area, diagnosis from tumours"
    fit(connection, "narrow", others, "diagnosis", model={"from": "all"}, epochs=1)
    assert any("begin anew: hidden_1 (" in line for line in notices), notices
    # The same columns and another class.
    turned = "select *, diagnosis <> 'benign' as ill from tumours"
    options = {"encode": {"diagnosis": "skip"}}
    fit(connection, "turned", turned, "ill", model={"from": "all"}, epochs=1, options=options)
    expected = "begin anew: output (what they predict is something else)"
    assert any(expected in line for line in notices), notices


def test_the_same_columns_with_other_means_keep_their_weights(
    connection: Connection, notices: list[str]
) -> None:
    half = "select * from tumours where id %% 2 = 0".replace("%%", "%")
    fit(connection, "halved", half, "diagnosis", model={"from": "all"}, epochs=1)
    assert any("had other means or deviations" in line for line in notices), notices
    assert not any("begin anew" in line for line in notices), notices


def test_the_copy_stays_when_the_other_run_goes(connection: Connection) -> None:
    warm(connection, "short", epochs=1)
    fit(connection, "second", "pixels", model={"from": "short"}, epochs=2, seed=1)
    drop(connection, "short")
    # Those that people add and clone from scratch begin with the same weights.
    connection.execute("select cerebro_submit('third', 'pixels', model => %s, epochs => 1)",
                       [Jsonb({"from": "second"})])  # fmt: skip
    assert value(connection, "select cerebro_add('third', '{\"l2\": [0.001]}')") == 1
    assert value(connection, "select cerebro_clone('third', 1, '{}', from_scratch => true)") == 3
    drop(connection, "second")
    assert value(connection, "select cerebro_run_queue(1)") == 1
    found = rows(
        connection,
        "select config, status, error from cerebro.configs where run = 'third' order by 1",
    )
    assert [tuple(row) for row in found] == [(n, "finished", None) for n in (1, 2, 3)]
    # One that begins anew would not be there after an epoch.
    assert max(losses(connection, "third")) < 0.8 * losses(connection, BASE)[0]
    copies = (
        "select count(*) from cerebro._pretrained p where run in"
        " (select id from cerebro._runs where name = 'third')"
    )
    assert value(connection, copies) == 1
    every = value(connection, "select count(*) from cerebro._pretrained")
    drop(connection, "third")
    assert value(connection, "select count(*) from cerebro._pretrained") == every - 1


def test_keras_configs_lend_their_placeholders_too(
    connection: Connection, notices: list[str]
) -> None:
    layers = [
        {"class_name": "Flatten", "config": {}},
        {"class_name": "Dense", "config": {"name": "wide", "units": "${units}"}},
        {"class_name": "Dense", "config": {"units": 16, "activation": "relu"}},
        {"class_name": "Dense", "config": {"name": "last", "units": "${outputs}"}},
    ]
    net = {"class_name": "Sequential", "config": {"layers": layers}}
    fit(connection, "own", "pixels", model={"keras": net}, space={"units": [20]}, epochs=1)
    fit(connection, "like own", "pixels", model={"from": "own", "freeze": ["wide"]}, epochs=1)
    assert kept_states(connection, "like own")[1].spec.frozen == ("wide",)
    assert not any("begin anew" in line for line in notices), notices
    model = {"from": "like own"}
    fit(connection, "wider", "pixels", model=model, space={"units": [20, 30]}, epochs=1)
    assert any("begin anew: wide, dense_1 (" in line for line in notices), notices
    # An architecture of its own takes over what has its name and shapes.
    small = {"class_name": "Sequential", "config": {"layers": [layers[0], {
        "class_name": "Dense", "config": {"name": "wide", "units": 20}}, {
        "class_name": "Dense", "config": {"name": "other", "units": 10}}]}}  # fmt: skip
    fit(connection, "mine", "pixels", model={"from": "own", "keras": small},
        space={"learning_rate": [0.01]}, epochs=1)  # fmt: skip
    spec = kept_states(connection, "mine")[1].spec
    assert spec.pretrained is not None
    assert spec.pretrained.layers == ("wide",)


def test_registered_layers_lend_their_weights_to_their_own_version(
    connection: Connection, notices: list[str]
) -> None:
    gate = {"module": "cerebro", "class_name": "Gate", "registered_name": "cerebro>Gate"}
    net = {"class_name": "Sequential", "config": {"layers": [
        {"class_name": "Flatten", "config": {}},
        {**gate, "config": {"units": "${width}", "name": "gate"}},
        {"class_name": "Dense", "config": {"units": "${outputs}", "name": "last"}},
    ]}}  # fmt: skip
    register = "select cerebro_register_code('Gate', 'layer', %s, replace => true)"
    connection.execute(register, [GATE])
    fit(connection, "gated", "pixels", model={"keras": net}, space={"width": [5]}, epochs=1)
    board = fit(connection, "gated on", "pixels", model={"from": "gated", "freeze": "*"}, epochs=2)
    assert [row.status for row in board] == ["finished"]
    assert not any("begin anew" in line for line in notices), notices
    np.testing.assert_allclose(losses(connection, "gated on"), losses(connection, "gated")[0])
    connection.execute(register, [GATE + "\n# Another version.\n"])
    fit(connection, "gated anew", "pixels", model={"from": "gated"}, epochs=1)
    expected = "begin anew: gate, last (of registered code or behind it, and not made alike)"
    assert any(expected in line for line in notices), notices
    # The version whose weights a run begins with stays as long as the run.
    for run in ("gated", "gated on"):
        drop(connection, run)
    versions = value(connection, "select code from cerebro.runs where run = 'gated anew'")
    assert len(versions) == 2
    error = error_of(connection, "select cerebro_drop('Gate', 'code')")
    assert "gated anew" in str(error.diag.message_detail)


def test_rights(connection: Connection) -> None:
    connection.execute("create role warm_guest")
    connection.execute("select cerebro_grant('warm_guest', 'train')")
    connection.execute("select cerebro_share('pixels', 'warm_guest', 'dataset')")
    connection.execute("set role warm_guest")
    try:
        with pytest.raises(errors.InsufficientPrivilege):
            warm(connection, "guest", epochs=1)
        connection.execute("reset role")
        connection.execute("select cerebro_share(%s, 'warm_guest')", [BASE])
        connection.execute("set role warm_guest")
        warm(connection, "guest", epochs=1)
    finally:
        connection.execute("reset role")
    # Whoever takes the run up later needs no right to the other one.
    connection.execute("select cerebro_unshare(%s, 'warm_guest')", [BASE])
    assert losses(connection, "guest")


FIT = "select cerebro_fit('refused', 'pixels', epochs => 1, model => '{}')"


@pytest.mark.parametrize(
    ("model", "sqlstate", "says"),
    [
        ({"from": "nobody"}, "42704", 'run "nobody" does not exist'),
        ({"from": BASE, "config": 9}, "42704", "keeps no weights of configuration 9"),
        ({"from": BASE, "config": 0}, "22023", "config"),
        ({"from": BASE, "config": True}, "22023", "config"),
        ({"from": None}, "22023", "from"),
        ({"from": 7}, "22023", "from"),
        ({"from": BASE, "freeze": None}, "22023", "freeze"),
        ({"from": BASE, "freeze": [1]}, "22023", "freeze"),
        ({"from": BASE, "freeze": ["hiden_1"]}, "22023", 'no layer "hiden_1" to freeze'),
        ({"from": BASE, "freeze": ["hidden_1", "conv*"]}, "22023", 'no layer "conv*"'),
        ({"from": BASE, "optimizer_state": 1}, "22023", "optimizer_state"),
        ({"from": BASE, "optimizer": "sgd", "optimizer_state": True}, "22023", "cannot go on"),
        ({"from": BASE, "hiden": [3]}, "22023", 'no hyper-parameter "hiden"'),
        ({"family": "mlp", "freeze": ["output"]}, "22023", 'no hyper-parameter "freeze"'),
        ({"from": BASE, "family": "mlp", "keras": {}}, "22023", "exactly one of"),
    ],
)
def test_refusals(connection: Connection, model: dict[str, Any], sqlstate: str, says: str) -> None:
    statement = FIT.replace("{}", json.dumps(model).replace("'", "''"))
    error = error_of(connection, statement)
    assert (error.sqlstate, says in str(error)) == (sqlstate, True), error
    assert value(connection, "select count(*) from cerebro.runs where run = 'refused'") == 0


def test_the_layers_that_there_are_stand_in_the_refusal(connection: Connection) -> None:
    error = error_of(connection, FIT.replace("{}", json.dumps({"from": BASE, "freeze": ["x"]})))
    assert error.diag.message_detail == (
        f"Its layers with weights are: {', '.join([*HIDDEN, 'output'])}."
    )


def test_models_that_are_registered_begin_with_no_runs_weights(connection: Connection) -> None:
    model = json.dumps({"from": BASE, "family": "mlp"})
    error = error_of(connection, f"select cerebro_model('warm', '{model}')")
    assert "only the model of a run" in str(error)


def test_weights_that_are_gone_or_others_are_told_of(connection: Connection) -> None:
    queue = "select cerebro_submit('lost', 'pixels', model => %s, epochs => 1)"
    lender = kept_states(connection, BASE)[2]
    other = lent_state(lender.spec, lender.state, optimizer=True)
    of_run = " where run = (select id from cerebro._runs where name = 'lost')"
    changes = {
        "not those that": ("update cerebro._pretrained set state = %s" + of_run, [other]),
        "does not say whose": (
            "update cerebro._pretrained set state = %s" + of_run,
            [lender.state],
        ),
        "weights are missing": (
            "update cerebro._pretrained set sha256 = 'other'" + of_run,
            [],
        ),
    }
    for says, (change, parameters) in changes.items():
        connection.execute(queue, [Jsonb({"from": BASE})])
        connection.execute(change.encode(), parameters)
        connection.execute("select cerebro_run_queue(1)")
        found = value(connection, "select error from cerebro.configs where run = 'lost'")
        assert says in found, (says, found)
        drop(connection, "lost")


def test_the_worked_example(connection: Connection) -> None:
    (orders, *_) = re.findall(r"```sql\n(.*?)```", page("data-scientists.md"), re.DOTALL)
    connection.execute(orders.encode())
    for block in documented("## Begin with the weights of another run", "data-scientists.md"):
        connection.execute(block.encode())
    found = kept_states(connection, "returns again")
    assert {kept.spec.frozen for kept in found.values()} == {("hidden_1",)}


def test_specs_survive_their_tables(connection: Connection) -> None:
    warm(connection, "told", model={"freeze": ["output"]}, epochs=1)
    spec = kept_states(connection, "told")[1].spec
    assert Spec.from_json(json.loads(json.dumps(spec.to_json()))) == spec
