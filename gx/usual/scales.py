"""Scales on which a metric varies about as much at every level: there and back again."""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gx.usual.level import median
from gx.usual.series import Kind

Floats = npt.NDArray[np.float64]

COUNT, FACTOR, SHARE, REPEATS, DAYS = "count", "factor", "share", "repeats", "days"
EVEN = 0.02
"""Of counts: where a day's own spread of 14% is as large as the noise of counting, at 50."""
MANY_ROWS = 1e9
FEW_REPEATS = 1.5
HARDLY = 0.01
"""So much of the median is added to amounts, so that nothing at all has a logarithm, too."""
MOSTLY = 0.9
"""Counts are told by so many whole numbers: one that is none makes them no amounts."""


@dataclass(frozen=True)
class Scale:
    """One of five, with what is added before a logarithm is taken.

    count: square root for small counts, logarithm for large ones. factor: logarithm. days:
    logarithm of the days and one. share: arc sine of the square root. repeats: the share of rows
    that repeat a key, of rows per key near 1.
    """

    name: str
    added: float = 0.0

    @property
    def binomial(self) -> bool:
        """Whether values are shares of rows, so that few rows make them uncertain."""
        return self.name in (SHARE, REPEATS)

    def there(self, values: Floats, rows: Floats) -> Floats:
        """Values as they are on this scale; rows are used for shares only."""
        held = np.maximum(values, 0.0)
        if self.name == COUNT:
            return 2.0 * np.arcsinh(np.sqrt(EVEN * (held + 0.375)))
        if self.name in (FACTOR, DAYS):
            return np.log(held + self.added)
        share = share_of(self.name, held)
        return np.arcsin(np.sqrt((share * rows + 0.375) / (rows + 0.75)))

    def back(self, place: float, rows: float = MANY_ROWS) -> float:
        """The value that is at this place; never below 0."""
        if self.name == COUNT:
            return max(math.sinh(min(max(place, 0.0), 700.0) / 2.0) ** 2 / EVEN - 0.375, 0.0)
        if self.name in (FACTOR, DAYS):
            return max(math.exp(min(place, 700.0)) - self.added, 0.0)
        bent = math.sin(min(max(place, 0.0), math.pi / 2)) ** 2
        share = min(max((bent * (rows + 0.75) - 0.375) / rows, 0.0), 1.0)
        return value_of(self.name, share)


def share_of(name: str, values: Floats) -> Floats:
    """Values as shares of rows."""
    if name == REPEATS:
        return 1.0 - 1.0 / np.maximum(values, 1.0)
    return np.clip(values, 0.0, 1.0)


def value_of(name: str, share: float) -> float:
    """A share of rows as a value."""
    return 1.0 / max(1.0 - share, 1e-12) if name == REPEATS else share


def scale_for(kind: Kind, values: Floats) -> Scale:
    """The scale for values of this kind, at least one of which is there."""
    if kind is Kind.RATE:
        return Scale(SHARE)
    if kind is Kind.AGE:
        return Scale(DAYS, 1.0)
    if kind is Kind.RATIO:
        few = median(values) < FEW_REPEATS
        return Scale(REPEATS) if few else Scale(FACTOR, HARDLY * median(values))
    whole = float(np.mean(values == np.floor(values))) > MOSTLY
    above = values[values > 0]
    if whole or not len(above):
        return Scale(COUNT)
    return Scale(FACTOR, HARDLY * median(above))
