"""What a monitor's result carries: taken out of it as a value, and told in words."""

from typing import Any

from gx.expectations.monitor import MEASURED
from gx.suites import Check
from gx.usual.series import Kind, Measured
from gx.usual.words import figure

# of a run's making, and too long to be kept with each result
HISTORY = ("usual", "spent")


def take_measured(result: Any) -> Measured | None:
    """What was measured, out of GX's result; None where the check is no monitor, or found none."""
    told = (result.result or {}).pop(MEASURED, None)
    return Measured(**{**told, "kind": Kind(told["kind"])}) if told else None


def forget_history(result: Any) -> None:
    """Take what the run gave to a monitor out of GX's result."""
    for name in HISTORY:
        result.expectation_config.kwargs.pop(name, None)


def severity_of(check: Check, measured: Measured | None) -> str:
    """The check's severity; a monitor that is still learning blocks nothing."""
    learns = measured is not None and measured.state != "ready" and measured.anomalous
    return "warning" if learns and check.severity == "critical" else check.severity


def usual_in_words(measured: Measured) -> str:
    """The bounds of a monitor, and where they come from."""
    low, high = (
        None if bound is None else figure(bound, measured.kind)
        for bound in (measured.low, measured.high)
    )
    if low and high:
        bounds = f"{low} to {high}"
    else:
        bounds = f"at least {low}" if low else f"at most {high}" if high else ""
    if measured.kind is Kind.SHARES and measured.anomalous:
        return ""
    return ": ".join(part for part in (bounds, measured.reason) if part)
