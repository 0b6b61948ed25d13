"""The errors a command ends on: what could not run, with what to do about it."""

from etl.errors import EtlError
from gx.errors import GxError


class HomeError(Exception):
    """A home folder that cannot be used as it is: locked, empty, or with leftovers in it."""


CANNOT_RUN = (EtlError, GxError, HomeError)
