"""Where the bounds of a day come from, in words with numbers."""

import datetime as dt

from gx.usual.baseline import Baseline
from gx.usual.places import Fit
from gx.usual.scales import COUNT, FACTOR
from gx.usual.settings import FEWEST, Settings
from gx.usual.verdict import Usual
from gx.usual.words import WEEKDAYS, counted, figure


def no_reason(base: Baseline) -> str:
    """Why there are no bounds."""
    if base.days < FEWEST:
        return f"learning: {counted(base.days, 'day')} of history, {FEWEST} are needed for bounds"
    weekday = WEEKDAYS[base.day.weekday()]
    return f"learning: {counted(base.days, 'day')} of history, and no {weekday} is among them"


def reason(made: Usual, center: float, base: Baseline, found: Fit, settings: Settings) -> str:
    """`Mondays: median 18,240, MAD 410, 56 days`, and what else was seen in them."""
    holiday = base.day in settings.holidays and not base.by_date
    days = f"{WEEKDAYS[base.day.weekday()]}s" if found.patterned else "all days"
    middle, low, high = made.quarters(center)
    told = [
        f"median {figure(middle, made.kind)}",
        f"MAD {figure((high - low) / 2, made.kind)}",
        counted(base.days, "day"),
    ]
    if found.slope and made.scale.name in (COUNT, FACTOR):
        week = 7 * found.slope
        if abs(week) >= 0.005:
            told.append(f"{'growing' if week > 0 else 'falling'} {abs(week):.1%} a week")
    if found.since is not None:
        told.append(f"a new level since {base.day - dt.timedelta(days=found.since)}")
    if found.left_out:
        told.append(f"{counted(found.left_out, 'odd day')} left out")
    if holiday:
        as_before = made.from_low == made.from_high
        told.append(f"a holiday, {'as those before' if as_before else 'of which few are known'}")
    text = f"{days}: {', '.join(told)}"
    if base.by_date:
        return f"learning: rows by their own date, wide bounds; {text}"
    if made.state == "learning":
        return f"learning: {base.days} of {counted(settings.minimum, 'day')}; {text}"
    return text
