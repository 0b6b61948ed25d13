"""Faults that feeds have in life, as values: what each does to the files, and what must follow."""

from etl.faults.catalogue import CATALOGUE, Chosen, choose
from etl.faults.corrupt import Applied, corrupt_feed, spoil
from etl.faults.fault import Base, Fault, Must, Outcome

__all__ = [
    "CATALOGUE",
    "Applied",
    "Base",
    "Chosen",
    "Fault",
    "Must",
    "Outcome",
    "choose",
    "corrupt_feed",
    "spoil",
]
