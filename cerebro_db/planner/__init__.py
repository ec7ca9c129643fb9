"""Decides which unit runs next, and where. Pure: no SQL, no framework, no clock."""

from cerebro_db.planner.drive import Listener, drive
from cerebro_db.planner.order import tour, visits
from cerebro_db.planner.schedule import Schedule

__all__ = ["Listener", "Schedule", "drive", "tour", "visits"]
