"""A backtest in a terminal: a line for each monitor, the days that fired, and the figure."""

from collections import defaultdict

from rich.console import Console
from rich.table import Table
from rich.text import Text

from checkpoints.backtest import Alarm, Backtest, Tested
from gx.usual.words import counted, figure

SHOWN_DAYS = 20


def tell_backtest(console: Console, found: Backtest) -> None:
    """Print the monitors that fired, the days they fired on, and alarms by sensitivity."""
    own = found.of(None)
    table = Table(box=None, pad_edge=False, padding=(0, 3, 0, 0), header_style="dim")
    table.add_column("metric")
    table.add_column("severity", no_wrap=True)
    for title in ("days", "learning", *map(_named, found.sensitivities)):
        table.add_column(title, justify="right", no_wrap=True)
    quiet = 0
    for nth, one in enumerate(own):
        tried = [found.of(sensitivity)[nth] for sensitivity in found.sensitivities]
        if not any(t.alarms for t in tried):
            quiet += 1
            continue
        alarms = (
            str(len(t.alarms)) if t.sensitivity is None or not t.fixed else "-" for t in tried
        )
        cells = (str(one.days), str(one.learning), *alarms)
        table.add_row(Text(one.series), one.severity, *cells)
    if quiet < len(own):
        console.print(table)
    _tell_days(console, own)
    for sensitivity in found.sensitivities:
        console.print(Text(_figure(found, sensitivity)), soft_wrap=True)
    days = f"{found.first} to {found.last}"
    console.print(
        Text(
            f"{counted(len(own), 'monitor')} over {days}: {quiet} never fired. To change one, "
            f"give it a sensitivity in its suite, or set BENEFITS_MONITOR_SENSITIVITY for all."
        ),
        soft_wrap=True,
    )


def _tell_days(console: Console, tried: tuple[Tested, ...]) -> None:
    """What fired by the settings of the suites, the newest days last."""
    by_day: dict[object, list[tuple[Tested, Alarm]]] = defaultdict(list)
    for one in tried:
        for alarm in one.alarms:
            by_day[alarm.judged.day].append((one, alarm))
    days = sorted(by_day, key=str)
    if len(days) > SHOWN_DAYS:
        console.print(Text(f"{len(days) - SHOWN_DAYS} earlier days fired, too; see --json.", "dim"))
    for day in days[-SHOWN_DAYS:]:
        fired = by_day[day]
        known = next((alarm.known for _, alarm in fired if alarm.known), None)
        blocks = any(alarm.blocks for _, alarm in fired)
        title = f"{day:%a} {day}  {'block' if blocks else 'warn'}" + (
            f"  known: {known}" if known else ""
        )
        console.print(Text(title, "red" if blocks else "yellow"), soft_wrap=True)
        for one, alarm in fired:
            console.print(Text(f"  {one.series}  {_seen(alarm)}"), soft_wrap=True)


def _seen(alarm: Alarm) -> str:
    measured = alarm.judged.measured
    if measured.expected is None:
        return measured.reason
    value, expected = (figure(v, measured.kind) for v in (measured.value, measured.expected))
    return f"{value} where {expected} was usual ({measured.reason})"


def _named(sensitivity: float | None) -> str:
    return "as set" if sensitivity is None else f"at {sensitivity:g}"


def _figure(found: Backtest, sensitivity: float | None) -> str:
    tried = found.of(sensitivity)
    days = sum(one.days for one in tried)
    known = {a.judged.day for one in tried for a in one.alarms if a.known}
    alarms = counted(sum(one.false for one in tried), "alarm")
    told = (
        f"{_named(sensitivity):<7} {alarms} on days that nobody marked, of {days:,} series-days: "
        f"{found.per_hundred(sensitivity):.2f} in a hundred"
    )
    return told + (f"; {counted(len(known), 'marked day')} found" if known else "")
