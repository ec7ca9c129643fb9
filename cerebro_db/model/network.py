"""The network of a configuration: its graph of layers, whoever described it."""

from __future__ import annotations

from cerebro_db.model.families import FAMILIES
from cerebro_db.model.graph import GraphBuilder, LayerGraph
from cerebro_db.model.parameters import checked
from cerebro_db.model.spec import FamilyArchitecture, Spec


def graph_of(spec: Spec) -> LayerGraph:
    """Return the layers of a configuration.

    Raises:
        InvalidArgument: its parameters are not those of its family, which is asked again: what was
            stored in between is not trusted.
    """
    architecture, signature = spec.architecture, spec.signature
    if not isinstance(architecture, FamilyArchitecture):
        return LayerGraph(architecture, {}, None)
    family = FAMILIES[architecture.family]
    builder = GraphBuilder(signature)
    logits = family.layers(builder, checked(family.parameters, architecture.parameters), signature)
    return builder.ending(logits)


def undecayed(spec: Spec) -> frozenset[str]:
    """Return the names of weights that weight decay leaves alone."""
    if not isinstance(spec.architecture, FamilyArchitecture):
        return frozenset()
    return FAMILIES[spec.architecture.family].undecayed
