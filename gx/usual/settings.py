"""How a monitor judges: how far from usual is an anomaly, and of how many days usual is taken."""

import datetime as dt
from dataclasses import dataclass, replace
from typing import Any

SIDES = ("both", "up", "down")
FEWEST = 5
"""Days of history from which on bounds are told at all."""


@dataclass(frozen=True)
class Settings:
    """What can be set for a monitor.

    `sensitivity` is in robust standard deviations either side: less finds more, and alarms more
    often for nothing. `minimum` days of history are needed before it may block; `window` days are
    looked back. `side` says which side is an anomaly: both, up or down. `max_change` is the most a
    value may differ from the day before, 0.3 being 30%, whatever is usual.

    Raises ValueError for a setting that makes no sense.
    """

    sensitivity: float = 3.5
    minimum: int = 14
    window: int = 56
    holidays: frozenset[dt.date] = frozenset()
    side: str = "both"
    max_change: float | None = None

    def __post_init__(self) -> None:
        if not 0 < self.sensitivity < 100:
            raise ValueError(f"sensitivity is {self.sensitivity}; it must be above 0, say 3.5")
        if self.minimum < FEWEST:
            raise ValueError(f"minimum is {self.minimum}; it must be at least {FEWEST} days")
        if self.window < self.minimum:
            raise ValueError(
                f"window is {self.window} days, fewer than the minimum of {self.minimum}: "
                "nothing would ever be judged. Make the window longer"
            )
        if self.side not in SIDES:
            raise ValueError(f"side is {self.side!r}; it must be one of {', '.join(SIDES)}")
        if self.max_change is not None and not self.max_change > 0:
            raise ValueError(f"max_change is {self.max_change}; it must be above 0, 0.3 being 30%")

    def replaced(self, **given: Any) -> "Settings":
        """The same with other values for what is given."""
        return replace(self, **given)
