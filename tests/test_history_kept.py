"""The history is written out for other programs, and pruned of what nothing needs any more."""

import csv
import datetime as dt
import shutil
import stat
from pathlib import Path

import pytest

from checkpoints.errors import HomeError
from checkpoints.history import History, Metrics, prune
from checkpoints.history.costs import Costs
from checkpoints.history.opening import opened
from checkpoints.history.prune import KEPT_POINTS
from checkpoints.interventions import interventions, note
from checkpoints.settings import Home, kept_history
from etl.transform import Node
from gx.outcome import CheckResult, LayerResult, TableResult
from gx.usual.series import Kind, Measured
from tests.homes import Ran, benefits, query

pytestmark = pytest.mark.once

VOLUME = "raw.claims_raw.volume"
TODAY = dt.date(2026, 3, 31)
CHECKED = LayerResult(
    "raw",
    (
        TableResult(
            "claims_raw", 1, (CheckResult("a_check", "amount", "critical", True, "0 to 1"),)
        ),
    ),
)


def day(nth: int) -> dt.date:
    """Run and batch n are of the nth day; the thirtieth is yesterday."""
    return TODAY - dt.timedelta(31 - nth)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Thirty days: each day a run of a batch of its own, and a run of a check."""
    home = Home(tmp_path_factory.mktemp("made"))
    history, metrics, costs = History(home.quality), Metrics(home.quality), Costs()
    with costs.stage("load"):
        costs.ran(Node("fct_claims", "model", "success", "", 0, 0.5, 317))
    for nth in range(1, 31):
        for command in ("pipeline", "check raw"):
            run = history.begin(command, None)
            history.finish(
                run,
                batch_id=nth,
                verdict="block" if nth == 7 else "pass",
                published=command == "pipeline" and nth != 7,
                costs=costs,
            )
            history.note_layer(run, CHECKED)
        metrics.note(run, nth, day(nth), [Measured(VOLUME, Kind.AMOUNT, nth)])
        metrics.note_day(nth, day(nth), "the name of the feed")
    history.note_rollback(4, 2, 1, "a bad day")
    note(home, "hold", "looking")
    with opened(home.quality) as connection:
        connection.executemany(
            "update runs set started_at = ? where batch_id = ?",
            [(f"{day(nth)}T06:00:00Z", nth) for nth in range(1, 31)],
        )
    return home.quality


@pytest.fixture
def home(made: Path, tmp_path: Path) -> Home:
    shutil.copy(made, Home(tmp_path).quality)
    return Home(tmp_path)


def run_days(home: Home) -> list[str]:
    """The days of which there are answers of checks."""
    rows = query(
        home.quality,
        "select distinct substr(started_at, 1, 10) from check_results join runs using (run_id)"
        " order by 1",
    )
    return [found for (found,) in rows]


def test_what_is_older_goes_and_the_rest_stays(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prune, "KEPT_POINTS", 5)

    done = prune.prune(home.quality, older_than=10, today=TODAY)

    assert (run_days(home)[0], len(run_days(home))) == (day(21).isoformat(), 10)
    assert [p.value for p in Metrics(home.quality).course(VOLUME)] == list(range(20, 31))
    assert (done.points, done.details) == (19, 2 * 3 * 20)
    assert prune.prune(home.quality, older_than=10, today=TODAY).anything is False


def test_the_newest_runs_are_kept_by_their_number(home: Home) -> None:
    done = prune.prune(home.quality, keep_runs=6)

    assert len(run_days(home)) == 3
    assert done.points == 0
    assert len(Metrics(home.quality).course(VOLUME)) == 30


def test_what_a_command_tells_by_is_never_lost(home: Home) -> None:
    history = History(home.quality)
    before = (
        history.publishing_runs(),
        [history.verdict_of(batch) for batch in range(1, 31)],
        [r.run_id for r in history.runs(1000) if r.verdict == "block"][:1],
        history.last_rollback(),
        history.runs(1),
        interventions(home),
        Metrics(home.quality).days(),
    )

    done = prune.prune(home.quality, keep_runs=1, older_than=1, today=TODAY)

    assert done.runs == 27, "of thirty checks the newest, a rollback and a block are needed"
    assert before == (
        history.publishing_runs(),
        [history.verdict_of(batch) for batch in range(1, 31)],
        [r.run_id for r in history.runs(1000) if r.verdict == "block"][:1],
        history.last_rollback(),
        history.runs(1),
        interventions(home),
        Metrics(home.quality).days(),
    )


def test_the_newest_points_are_a_baseline_however_old_they_are(home: Home) -> None:
    prune.prune(home.quality, older_than=1, today=TODAY + dt.timedelta(5000))

    assert len(Metrics(home.quality).course(VOLUME)) == 30 <= KEPT_POINTS
    assert run_days(home) == [day(30).isoformat()], "the newest run stays whole"


def test_a_clock_that_was_wrong_takes_nothing_away(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prune, "KEPT_POINTS", 5)
    with opened(home.quality) as connection:
        connection.execute("update runs set started_at = '1970-01-01T00:00:00Z' where run_id = 50")
        connection.execute("insert into batch_days values (31, '2099-01-01', 'its newest claims')")
    days = run_days(home)

    assert prune.prune(home.quality, older_than=40, today=TODAY).anything is False
    assert run_days(home) == days


def test_old_messages_go_but_not_what_waits_or_of_what_goes_on(home: Home) -> None:
    with opened(home.quality) as connection:
        for number, resolved in ((1, "2026-01-02T06:00:00Z"), (2, None)):
            connection.execute(
                "insert into incidents (incident_id, key, kind, severity, opened_at, resolved_at,"
                " causes, told) values (?, ?, 'checks', 'critical', '2026-01-01', ?, '[]', '{}')",
                (number, f"k{number}", resolved),
            )
            for state in ("sent", "waiting"):
                connection.execute(
                    "insert into alert_deliveries (incident_id, channel, event, severity, key,"
                    " message, created_at, state)"
                    " values (?, 'c', 'opened', 'critical', 'k', '{}', '2026-01-01T06:00:00Z', ?)",
                    (number, state),
                )

    prune.prune(home.quality, older_than=60, today=TODAY)

    left = query(home.quality, "select incident_id, state from alert_deliveries order by 1, 2")
    assert left == [(1, "waiting"), (2, "sent"), (2, "waiting")]


def history(home: Home, *words: str | Path) -> Ran:
    return benefits("history", *words, "--home", home.root)


def test_pruning_by_hand_says_what_went_and_makes_the_file_smaller(home: Home) -> None:
    with opened(home.quality) as connection:
        connection.execute("update check_results set observed = ?", ("x" * 20_000,))
    size = home.quality.stat().st_size

    ran = history(home, "prune", "--keep-runs", "2")

    assert ran.text.startswith("Pruned: "), ran.text
    assert "174 rows of what runs found" in ran.text
    assert home.quality.stat().st_size < size / 2
    assert "Nothing was old enough" in history(home, "prune", "--keep-runs", "2").text


def test_a_file_that_is_being_read_is_pruned_and_stays_as_large(home: Home) -> None:
    with opened(home.quality) as reader:
        rows = reader.execute("select * from check_results")
        rows.fetchone()
        told = prune.shrink(home.quality)

    assert told is not None
    assert "as large as before" in told


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("prune",), "--keep-runs N, --older-than DAYS, or both"),
        (("prune", "--keep-runs", "0"), "0 is not in the range"),
        (("export",), "Missing argument 'DIR'"),
    ],
)
def test_what_is_not_said_is_asked_for(home: Home, words: tuple[str, ...], told: str) -> None:
    ran = history(home, *words)

    assert (ran.code, told in ran.text) == (2, True), ran.text


def test_how_long_the_history_is_kept_is_a_setting() -> None:
    assert kept_history({}) == 1096
    assert kept_history({"BENEFITS_KEPT_HISTORY": "90"}) == 90
    with pytest.raises(HomeError, match=r"1,096 days of history are kept by default"):
        kept_history({"BENEFITS_KEPT_HISTORY": "0"})


def test_every_table_is_exported_as_csv(home: Home, tmp_path: Path) -> None:
    ran = history(home, "export", tmp_path / "out")

    tables = query(home.quality, "select name from sqlite_master where type = 'table'")
    files = sorted((tmp_path / "out").iterdir())
    assert [f.stem for f in files] == sorted(name for (name,) in tables)
    assert ran.text.endswith(f"Exported: {len(files)} tables.\n")
    assert {stat.S_IMODE(f.stat().st_mode) & 0o077 for f in files} == {0}
    for file in files:
        with file.open(newline="", encoding="utf-8") as opened_file:
            found = list(csv.reader(opened_file))
        rows = query(home.quality, f'select * from "{file.stem}"')
        assert found[1:] == [["" if v is None else str(v) for v in row] for row in rows]


def test_every_table_is_exported_as_parquet_with_types(home: Home, tmp_path: Path) -> None:
    import pyarrow.parquet as pq

    assert history(home, "export", tmp_path / "out", "--format", "parquet").code == 0

    for file in (tmp_path / "out").iterdir():
        found = pq.read_table(file)
        rows = query(home.quality, f'select * from "{file.stem}"')
        assert [tuple(row.values()) for row in found.to_pylist()] == rows
    types = {f.name: str(f.type) for f in pq.read_schema(tmp_path / "out" / "metrics.parquet")}
    assert (types["series"], types["batch_id"], types["value"]) == ("string", "int64", "double")


def test_a_folder_that_cannot_be_written_is_told(home: Home, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    ran = history(home, "export", tmp_path / "file" / "out")

    assert (ran.code, "Name another folder" in ran.text) == (2, True), ran.text
    empty = benefits("history", "export", tmp_path / "out", "--home", tmp_path / "none")
    assert (empty.code, "nothing to export" in empty.text) == (2, True)
    assert not (tmp_path / "out").exists()
