"""The one description of a network: an admitted Keras config, whoever wrote it.

A family is a function from its parameters and a dataset's signature to such a graph, which it puts
together with a ``GraphBuilder``; a registered architecture is one. What it costs, how it is
built in a framework and how numpy computes it are all read from it.
"""

from cerebro_db.model.graph.builder import GraphBuilder, LayerGraph, Tensor

__all__ = ["GraphBuilder", "LayerGraph", "Tensor"]
