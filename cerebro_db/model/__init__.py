"""Architectures with open hyper-parameters, and what it takes to close them. No framework here."""

from cerebro_db.model.definition import check_definition, stated
from cerebro_db.model.meaning import Meaning
from cerebro_db.model.rates import structure
from cerebro_db.model.resolve import resolve
from cerebro_db.model.spec import FamilyArchitecture, KerasArchitecture, Spec

__all__ = [
    "FamilyArchitecture",
    "KerasArchitecture",
    "Meaning",
    "Spec",
    "check_definition",
    "resolve",
    "stated",
    "structure",
]
