"""A realistic, invented feed of any size: the same arguments give the same bytes."""

from etl.generate.feed import generate_feed

__all__ = ["generate_feed"]
