"""Sixty days of some metrics, as a run hands them to the Data Docs."""

import datetime as dt
from dataclasses import replace

from gx.data_docs.course import Day, Metric
from gx.usual.series import Kind

FIRST = dt.date(2026, 1, 5)
SERIES = "raw.claims_raw.sum(amount)"
REASON = "Fridays: median 18,000, MAD 410, 8 days"


def days(count: int = 60) -> list[Day]:
    """Weekdays and weekends, each within its band once there is one."""
    found = []
    for nth in range(count):
        day = FIRST + dt.timedelta(nth)
        base = 18_000.0 if day.weekday() < 5 else 6_000.0
        band = (base - 1_200, base + 1_200) if nth > 6 else (None, None)
        found.append(
            Day(day, nth + 1, base + 97 * (nth % 7 - 3), *band, "ready", REASON, by_date=nth < 3)
        )
    return found


def with_incident() -> Metric:
    """On the fortieth day there are twice as many, and it was excluded; the last is too low."""
    found = days()
    found[39] = replace(
        found[39],
        value=36_000.0,
        anomalous=True,
        left_out="excluded by ada: <b>sent twice</b>",
        incident=7,
    )
    found[-1] = replace(found[-1], value=9_000.0, anomalous=True)
    return Metric(SERIES, Kind.AMOUNT, tuple(found))


def metrics() -> list[Metric]:
    """Of several tables and kinds, one on its first day."""
    rate = tuple(
        replace(d, value=0.01 + 0.001 * (d.value % 7), low=None, high=0.02) for d in days()
    )
    return [
        Metric("marts.fct_claims.volume", Kind.AMOUNT, tuple(days(30))),
        Metric("stage.check raw.seconds", Kind.AMOUNT, tuple(days(1))),
        with_incident(),
        Metric("raw.claims_raw.null_rate(person_id)", Kind.RATE, rate),
    ]
