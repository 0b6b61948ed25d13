"""Figures and days as a person reads them."""

import math

from gx.usual.series import Kind

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")

TINY = 1e-6
"""A rate below one in a million is none."""


def figure(value: float, kind: Kind) -> str:
    """A value of a metric: a rate in percent, large numbers in groups, small ones to the point."""
    if not math.isfinite(value):
        return str(value)
    if kind is Kind.RATE:
        return f"{value:.2%}" if value >= 0.001 or value < TINY else f"{100 * value:.1g}%"
    if abs(value) >= 100 or value == int(value):
        return f"{value:,.0f}"
    return f"{value:,.3g}" if abs(value) >= 0.01 else f"{value:.2g}"


def counted(count: int, one: str) -> str:
    """`1 day`, `3 days`."""
    return f"{count:,} {one}" if count == 1 else f"{count:,} {one}s"
