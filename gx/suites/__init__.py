"""Suites: a folder is a layer, a file is the suite of the table it is named after."""

from gx.suites.catalogue import build, implementation, names
from gx.suites.language import Check, Known, Mistake, Suite
from gx.suites.read import load_suites, read_suites

__all__ = [
    "Check",
    "Known",
    "Mistake",
    "Suite",
    "build",
    "implementation",
    "load_suites",
    "names",
    "read_suites",
]
