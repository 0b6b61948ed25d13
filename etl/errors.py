"""The errors this package raises on purpose; the command line prints their message."""


class EtlError(Exception):
    """Something that stops a load; its text says what happened, where, and what to do next."""


class FeedError(EtlError):
    """A feed that cannot be read: a missing file or column, a wrong encoding, no header."""


class TransformError(EtlError):
    """dbt could not build the models."""
