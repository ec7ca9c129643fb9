"""Kinds of features are found by name, when they are stored and when segments fit them."""

from __future__ import annotations

from collections.abc import Iterator

from cerebro_db.dataset.features import CLASSES, FITTERS, Feature, Fitter


def test_every_kind_of_feature_can_be_stored() -> None:
    assert set(CLASSES.values()) == set(kinds(Feature))


def test_every_fitter_can_be_rebuilt_on_a_segment() -> None:
    assert set(FITTERS.values()) == set(kinds(Fitter))


def kinds(base: type) -> Iterator[type]:
    """Yield the classes of the package that are made objects of: those without subclasses."""
    for cls in base.__subclasses__():
        if not cls.__module__.startswith("cerebro_db."):
            continue
        if cls.__subclasses__():
            yield from kinds(cls)
        else:
            yield cls
