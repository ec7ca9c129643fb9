"""Where units run: placement, dialect and connections of each database."""

from cerebro_db.engines._base import Engine, Outcome, Slot, Unit

__all__ = ["Engine", "Outcome", "Slot", "Unit"]
