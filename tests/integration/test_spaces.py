"""Spaces with conditions, of models, families and epochs, through SQL."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from fix_docs import let_train
from fix_server import Connection

from cerebro_db.testing.calls import error_of, value
from cerebro_db.testing.data import load_tumours_into

SMALL = {"family": "mlp", "hidden": [4]}
NET = {
    "keras": {
        "class_name": "Sequential",
        "config": {
            "layers": [
                {"class_name": "Dense", "config": {"units": "${width}"}},
                {"class_name": "Dense", "config": {"units": "${outputs}"}},
            ]
        },
    },
    "width": 3,
}


@pytest.fixture(scope="module", autouse=True)
def tables(connection: Connection) -> None:
    load_tumours_into(connection)
    connection.execute("select cerebro_prepare('tumours data', 'tumours', 'diagnosis')")
    for name, definition in [
        ("net a", {"family": "mlp", "hidden": [3], "dropout": 0.1}),
        ("net b", NET),
    ]:
        connection.execute("select cerebro_model(%s, %s)", [name, json.dumps(definition)])


def fit(connection: Connection, run: str, space: Any, **more: Any) -> dict[int, dict[str, Any]]:
    """Search, and return the values of each configuration."""
    arguments = {"space": json.dumps(space), "model": json.dumps(SMALL), "epochs": 1} | more
    stated = "".join(f", {name} => %({name})s" for name in arguments)
    connection.execute(
        f"select from cerebro_fit(%(run)s, 'tumours data'{stated})".encode(),
        arguments | {"run": run},
    )
    return params_of(connection, run)


def params_of(connection: Connection, run: str) -> dict[int, dict[str, Any]]:
    rows = connection.execute(
        "select config, params from cerebro.configs where run = %s order by config", [run]
    )
    return dict(rows.fetchall())


def spec_of(connection: Connection, run: str, config: int) -> Any:
    """Return what a configuration was made of, without what it shares with others."""
    found = value(
        connection,
        "select c.spec from cerebro._configs c join cerebro._runs r on r.id = c.run"
        f" where r.name = '{run}' and c.config = {config}",
    )
    return found


def refusal(connection: Connection, space: Any, **more: Any) -> psycopg.Error:
    arguments = {"space": space, "model": SMALL} | more
    stated = "".join(f", {name} => '{json.dumps(given)}'" for name, given in arguments.items())
    return error_of(connection, f"select cerebro_fit('refused', 'tumours data'{stated})")


def test_two_optimizers_two_momenta_and_two_equal_rates_are_three_configurations(
    connection: Connection,
) -> None:
    space = {"optimizer": ["sgd", "adam"], "momentum": [0, 0.9], "learning_rate": [0.1, 1e-1]}
    found = fit(connection, "three", space)
    assert sorted(map(str, found.values())) == sorted(
        map(
            str,
            [
                {"momentum": 0, "optimizer": "sgd", "learning_rate": 0.1},
                {"momentum": 0.9, "optimizer": "sgd", "learning_rate": 0.1},
                {"optimizer": "adam", "learning_rate": 0.1},
            ],
        )
    )
    drawn = fit(connection, "three drawn", space, search='{"method": "random", "configs": 8}')
    assert sorted(map(str, drawn.values())) == sorted(map(str, found.values()))


def test_a_list_of_spaces_and_values_that_open_others(connection: Connection) -> None:
    spaces = [
        {"optimizer": "sgd", "momentum": [0, 0.9]},
        {"optimizer": [{"value": "adam", "with": {"beta_1": [0.8, 0.9]}}, "adagrad"]},
    ]
    found = fit(connection, "conditional", spaces)
    assert list(found.values()) == [
        {"optimizer": "sgd", "momentum": 0},
        {"optimizer": "sgd", "momentum": 0.9},
        {"optimizer": "adam", "beta_1": 0.8},
        {"optimizer": "adam", "beta_1": 0.9},
        {"optimizer": "adagrad"},
    ]
    assert spec_of(connection, "conditional", 3)["optimizer_parameters"]["beta_1"] == 0.8
    shown = value(connection, "select space from cerebro.runs where run = 'conditional'")
    assert shown == spaces
    added = value(
        connection,
        """select cerebro_add('conditional', '[{"optimizer": "rmsprop", "rho": [0.8, 0.9]},
            {"optimizer": "adamw"}]')""",
    )
    assert added == 3


def test_what_the_default_says_is_the_same_configuration(connection: Connection) -> None:
    # 0.001 is what adam takes anyway.
    spaces = [
        {"learning_rate": [0.001], "weight_decay": [None, 0.0]},
        {"optimizer": "adam", "hidden": [[4], [4.0]]},
    ]
    assert len(fit(connection, "defaults", spaces)) == 1


def test_families_each_with_what_they_have(connection: Connection) -> None:
    space = {"family": ["mlp", "linear"], "hidden": [[3], [4, 4]], "dropout": [0.1]}
    found = fit(connection, "families", space)
    assert list(found.values()) == [
        {"family": "mlp", "hidden": [3], "dropout": 0.1},
        {"family": "mlp", "hidden": [4, 4], "dropout": 0.1},
        {"family": "linear", "dropout": 0.1},
    ]
    for config, family in enumerate(("mlp", "mlp", "linear"), start=1):
        assert spec_of(connection, "families", config)["architecture"]["family"] == family
    predict = "select count(cerebro_predict('families', t)) from tumours t"
    assert value(connection, predict) == value(connection, "select count(*) from tumours")


def test_registered_models_each_with_what_they_have(connection: Connection) -> None:
    space = {"model": ["net a", "net b"], "width": [2, 5], "dropout": [0.2], "l2": [0]}
    found = fit(connection, "models", space, model='{"family": "mlp", "batch_size": 16}')
    assert list(found.values()) == [
        {"model": "net a", "dropout": 0.2, "l2": 0},
        {"model": "net b", "width": 2, "l2": 0},
        {"model": "net b", "width": 5, "l2": 0},
    ]
    own = spec_of(connection, "models", 1)
    assert (own["architecture"]["parameters"]["hidden"], own["batch_size"]) == ([3], 16)
    weights = "select cerebro_clone('models', 2, '{\"width\": 4}', true)"
    assert value(connection, weights) == 4
    assert params_of(connection, "models")[4] == {"model": "net b", "width": 4, "l2": 0}


def test_a_clone_with_another_model_leaves_behind_what_that_has_not(
    connection: Connection,
) -> None:
    fit(connection, "to clone", {"model": ["net b"], "width": [2], "l2": [0]})
    clone = """select cerebro_clone('to clone', 1, '{"model": "net a"}', true)"""
    number = value(connection, clone)
    assert params_of(connection, "to clone")[int(str(number))] == {"model": "net a", "l2": 0}
    error = error_of(connection, clone.replace("true", "false"))
    assert "rates and batch_size only" in str(error.diag.message_primary)
    typo = """select cerebro_clone('to clone', 1, '{"model": "net a", "widht": 2}', true)"""
    assert '"widht"' in str(error_of(connection, typo).diag.message_primary)


@pytest.fixture
def clerk(dsn: str, connection: Connection) -> Iterator[Connection]:
    let_train(connection, "clerk")
    connection.execute("grant select on tumours to clerk")
    with psycopg.connect(dsn, user="clerk", autocommit=True) as session:
        yield session


def test_models_of_others_are_refused(clerk: Connection) -> None:
    for model in ("net a", "net c"):
        call = f"""select cerebro_fit('theirs', 'tumours', 'diagnosis',
            space => '{{"model": ["{model}"]}}')"""
        error = error_of(clerk, call)
        assert error.sqlstate == ("42501" if model == "net a" else "42704")
        assert model in str(error.diag.message_primary)


def test_epochs_are_a_budget_of_the_configuration(connection: Connection) -> None:
    space = {"epochs": [1, 3], "learning_rate": [0.01, 0.1]}
    fit(connection, "by epochs", space, epochs=None)
    done = connection.execute(
        """select (c.params ->> 'epochs')::int, max(l.epoch) from cerebro.configs c
        join cerebro.learning_curves l using (run, config)
        where run = 'by epochs' group by config, 1 order by config"""
    )
    assert done.fetchall() == [(1, 1), (1, 1), (3, 3), (3, 3)]
    assert value(connection, "select epochs from cerebro.runs where run = 'by epochs'") == 3


@pytest.mark.parametrize(
    ("space", "more", "says"),
    [
        ([{"optimizer": "adam", "momentum": [0, 0.9]}], {}, 'adam has no parameter "momentum"'),
        (
            {"optimizer": [{"value": "adam", "with": {"momentum": [0]}}, "sgd"]},
            {},
            'adam has no parameter "momentum"',
        ),
        ({"momentum": [0, 0.9]}, {}, 'adam has no parameter "momentum"'),
        (
            [{"family": "mlp"}, {"family": "linear", "hidden": [[3]]}],
            {},
            'family linear has no hyper-parameter "hidden"',
        ),
        (
            {"model": ["net a"], "width": [1]},
            {},
            'model net a has no hyper-parameter "width"',
        ),
        ({"model": ["net a"], "family": ["mlp"]}, {}, "either a model or a family"),
        ({"family": ["mlp", "cnn"]}, {}, "cnn family needs a column of kind image"),
        ({"family": ["mlp", "os"]}, {}, "family must be one of"),
        ({"model": ["net c"]}, {}, '"net c"'),
        ({"model": [SMALL]}, {}, "model must be"),
        ({"model": [1]}, {}, "model must be"),
        ({"family": {"uniform": [0, 1]}}, {"search": {"method": "random"}}, "family must be"),
        ({"loss": ["focal", "mse"]}, {"search": {"method": "random", "configs": 1}}, "loss"),
        (
            {"learning_rate": [0.1, -1]},
            {"search": {"method": "random", "configs": 1}},
            "learning_rate",
        ),
        ({"epochs": [5, 20]}, {"epochs": 10}, "more epochs than the run has"),
        ({"epochs": [0]}, {}, "whole numbers from 1 to"),
        ({"epochs": ["5"]}, {}, "whole numbers from 1 to"),
        ({"epochs": {"uniform": [1, 5]}}, {}, "whole numbers from 1 to"),
        ({"epochs": [10**20]}, {}, "whole numbers from 1 to"),
        ({"epochs": [1, 2]}, {"search": {"method": "hyperband"}}, "decides itself how far"),
        ([], {}, "the list of spaces is empty"),
        ([[]], {}, "must be a JSON object, or a list"),
    ],
)
def test_what_is_impossible_is_refused_before_anything_trains(
    connection: Connection, space: Any, more: dict[str, Any], says: str
) -> None:
    error = refusal(connection, space, **more)
    assert error.sqlstate in ("22023", "42704")
    assert says in str(error.diag.message_primary)
    assert error.diag.message_detail
    assert error.diag.message_hint
    assert value(connection, "select count(*) from cerebro.runs where run = 'refused'") == 0


def test_an_empty_object_in_a_list_is_the_model_as_it_is(connection: Connection) -> None:
    assert list(fit(connection, "as it is", [{}]).values()) == [{}]


def test_a_run_keeps_the_registered_models_as_they_were(connection: Connection) -> None:
    def register(name: str, hidden: int) -> None:
        definition = {"family": "mlp", "hidden": [hidden], "l2": 0}
        connection.execute("select cerebro_model(%s, %s)", [name, json.dumps(definition)])

    for name in ("changes", "comes later"):
        register(name, 3)
    fit(connection, "keeper", {"model": ["changes"]}, model='{"family": "mlp"}')
    assert value(connection, """select cerebro_add('keeper', '{"model": "comes later"}')""") == 1
    for name in ("changes", "comes later"):
        connection.execute("select cerebro_drop(%s, 'model')", [name])
    register("changes", 5)
    for config in (1, 2):
        value(connection, f"select cerebro_clone('keeper', {config}, '{{\"l2\": 0.1}}', true)")
    for config in (3, 4):
        own = spec_of(connection, "keeper", config)
        assert own["architecture"]["parameters"]["hidden"] == [3]
    named = json.dumps({"name": "changes"})
    fit(connection, "keeper by name", {"l2": [0]}, model=named)
    connection.execute("select cerebro_drop('changes', 'model')")
    value(connection, "select cerebro_clone('keeper by name', 1, '{\"l2\": 0.1}', true)")
    own = spec_of(connection, "keeper by name", 2)
    assert own["architecture"]["parameters"]["hidden"] == [5]
