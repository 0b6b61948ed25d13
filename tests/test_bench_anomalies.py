"""The bench of the monitors judges labelled days, and ends on 1 where its goal is not met."""

import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from gx.usual.settings import Settings

pytestmark = pytest.mark.once

PROJECT = Path(__file__).parent.parent
RUN = PROJECT / "tests" / "bench" / "anomalies.py"


def bench(*arguments: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, str(RUN), "--seeds", "1", "--no-curve", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_monitors_find_late_feeds_and_two_usual_rules_are_judged_beside_them() -> None:
    done = bench("--kind", "lateness")

    assert done.returncode == 0, done.stdout + done.stderr
    assert "| | ours | 3 sigma | day over day 30% |" in done.stdout
    assert "| feed: steep weekdays | " in done.stdout
    assert "420 series-days, each clean and with a fault" in done.stdout
    assert done.stdout.rstrip().endswith(": met")


def test_monitors_that_find_too_little_end_the_bench_on_1() -> None:
    done = bench("--kind", "lateness", "--sensitivity", "60")

    assert done.returncode == 1
    assert done.stdout.rstrip().endswith(": NOT MET")


def test_what_is_shipped_is_the_sensitivity_that_was_measured() -> None:
    parameters = yaml.safe_load((PROJECT / "checkpoints" / "parameters.yml").read_text())

    assert parameters["monitor_sensitivity"] == Settings().sensitivity
    assert parameters["monitor_minimum_days"] == Settings().minimum
