"""The errors this package raises on purpose; the command line prints their message."""


class GxError(Exception):
    """A validation that could not be carried out; its text says what, where and what to do next."""


class SuiteError(GxError):
    """A suite file that cannot be used as written."""
