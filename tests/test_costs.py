"""What stages and models cost is measured and kept."""

import sys
from pathlib import Path

import pytest

from checkpoints.history import History
from checkpoints.history.costs import Costs
from checkpoints.meter import SAMPLED_SECONDS, Cost, Meter
from etl.transform import Node
from tests.homes import query

pytestmark = pytest.mark.once

linux = pytest.mark.skipif(sys.platform != "linux", reason="/proc tells it there")
MB = 1024 * 1024


def test_the_seconds_of_a_cpu_are_not_those_that_passed() -> None:
    idle = Meter()
    idle._stopped.wait(0.1)
    waited = idle.stop()
    busy = Meter()
    sum(range(2_000_000))
    worked = busy.stop()

    assert waited.seconds >= 0.1
    assert waited.cpu_seconds is not None
    assert waited.cpu_seconds < 0.05
    assert worked.cpu_seconds is not None
    assert worked.cpu_seconds > max(0.005, waited.cpu_seconds)


@linux
def test_a_peak_is_seen_although_an_earlier_one_was_higher() -> None:
    high = Meter()
    block = bytearray(200 * MB)
    high._stopped.wait(3 * SAMPLED_SECONDS)
    del block
    first = high.stop()
    low = Meter()
    block = bytearray(60 * MB)
    low._stopped.wait(3 * SAMPLED_SECONDS)
    del block
    second, third = low.stop(), Meter().stop()

    assert first.peak_memory is not None
    assert second.peak_memory is not None
    assert third.peak_memory is not None
    assert first.peak_memory > second.peak_memory + 100 * MB
    assert second.peak_memory > third.peak_memory + 30 * MB


@linux
def test_bytes_are_those_that_were_asked_for(tmp_path: Path) -> None:
    file = tmp_path / "file"
    writing = Meter()
    file.write_bytes(bytes(3 * MB))
    written = writing.stop()
    reading = Meter()
    file.read_bytes()
    read = reading.stop()

    assert written.written_bytes == pytest.approx(3 * MB, rel=0.1)
    assert read.read_bytes == pytest.approx(3 * MB, rel=0.1)
    assert read.written_bytes == pytest.approx(0, abs=1000)


def test_where_the_system_does_not_tell_it_is_not_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("checkpoints.meter.PROCESS", tmp_path / "none")

    cost = Meter().stop(rows=7)

    assert (cost.read_bytes, cost.written_bytes, cost.rows) == (None, None, 7)
    assert cost.peak_memory is not None, "the most that the process ever held"
    assert cost.peak_memory > MB


def test_a_stage_that_comes_again_adds_to_the_one_before() -> None:
    assert Cost(1, 2, 30, 4, None, 6) + Cost(1, 2, 20, 4, 5, 6) == Cost(2, 4, 30, 8, 5, 12)
    assert Cost(1) + Cost(1) == Cost(2)


def test_a_stage_that_fails_is_measured_too() -> None:
    costs = Costs()

    with pytest.raises(ValueError, match="no"), costs.stage("load"):
        raise ValueError("no")

    assert costs.stages["load"].seconds >= 0


def test_costs_are_kept_with_the_run(tmp_path: Path) -> None:
    history, costs = History(tmp_path / "quality.db"), Costs()
    with costs.stage("dbt marts"):
        costs.ran(Node("fct_claims", "model", "success", "", 0, 0.5, 317))
        costs.ran(Node("fct_claims_is_unique", "test", "pass", "", 0, 0.1))
        costs.rows = 317
    history.finish(history.begin("pipeline", "day_1"), costs=costs)

    [stage] = query(history.path, "select run_id, stage, rows, cpu_seconds >= 0 from stages")
    assert stage == (1, "dbt marts", 317, 1)
    assert query(history.path, "select * from models order by name") == [
        (1, "dbt marts", "model", "fct_claims", "success", 0.5, 317),
        (1, "dbt marts", "test", "fct_claims_is_unique", "pass", 0.1, None),
    ]


def test_a_run_keeps_what_each_stage_model_and_test_cost(home: Path) -> None:
    stages = query(
        home / "quality.db",
        "select stage, rows from stages where seconds > 0 and cpu_seconds > 0"
        " and peak_memory > 10000000 and (read_bytes > 0 or read_bytes is null)",
    )
    assert dict(stages) == {
        "load": 566,
        **dict.fromkeys(("check raw", "dbt staging", "check staging", "dbt marts"), None),
        **dict.fromkeys(("check marts", "publish"), None),
    }
    models = "select count(*), sum(seconds > 0) from models where kind = 'model' and stage = '{}'"
    assert query(home / "quality.db", models.format("dbt staging")) == [(4, 4)]
    assert query(home / "quality.db", models.format("dbt marts")) == [(21, 21)]
    rows = "select rows from models where name = 'fct_claims'"
    assert query(home / "quality.db", rows) == [(317,)]
    tests = "select count(*) from models where kind = 'test' and seconds > 0"
    assert query(home / "quality.db", tests)[0][0] > 50
