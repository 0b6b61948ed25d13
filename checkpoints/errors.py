"""The errors a command ends on: what could not run, with what to do about it."""

from etl.errors import EtlError
from gx.errors import GxError


class HomeError(Exception):
    """A home folder that cannot be used as it is: locked, empty, or with leftovers in it."""


class HeldError(HomeError):
    """A run that somebody stops on purpose, by holding the home."""


CANNOT_RUN = (EtlError, GxError, HomeError)
