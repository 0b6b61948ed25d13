"""Commands say what they found, end on the right exit code, and start quickly."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.homes import DAY_1, DAY_2, benefits, digest, feed_from, pipeline, query, set_field

pytestmark = pytest.mark.once


@pytest.mark.parametrize("layer", ["raw", "staging", "marts"])
def test_a_checkpoint_runs_by_itself_and_changes_no_data(home: Path, layer: str) -> None:
    before = {name: digest(home / name) for name in ("marts.db", "warehouse.db")}

    ran = benefits("check", layer, "--home", home, "--json")

    assert ran.code == 0
    [answered] = ran.json["layers"]
    assert answered["layer"] == layer
    left_out = {skipped for t in answered["tables"] for skipped in t["not_applicable"]}
    # what a run takes is judged in a run
    assert left_out <= ({"expect_no_cost_anomalies"} if layer == "marts" else set())
    for table in answered["tables"]:
        assert table["declared"] == table["evaluated"] + len(table["not_applicable"])
        assert table["evaluated"] > 0
    assert {name: digest(home / name) for name in before} == before


def test_a_checkpoint_on_a_blocked_batch_exits_1_and_marts_still_pass(
    home: Path, tmp_path: Path
) -> None:
    def make_negative(lines: list[str]) -> None:
        lines[7] = set_field(lines[7], 4, "-5.00")

    pipeline(feed_from(DAY_2, tmp_path / "feed", "claims_raw.csv", make_negative), home)

    raw = benefits("check", "raw", "--home", home)
    assert raw.code == 1
    assert "Blocked: raw of batch 2 has failed critical checks." in raw.text
    assert benefits("check", "raw", "--batch", "1", "--home", home).code == 0
    assert benefits("check", "marts", "--home", home).code == 0
    asked = benefits("check", "staging", "--batch", "2", "--home", home)
    assert asked.code == 2
    assert "batch 2 is blocked, so staging does not show it" in asked.text
    unknown = benefits("check", "raw", "--batch", "9", "--home", home)
    assert "batch 9 was never loaded" in unknown.text


def test_an_earlier_batch_still_holds_when_it_is_checked_again(home: Path) -> None:
    assert pipeline(DAY_2, home).code == 0

    for layer in ("raw", "staging", "marts"):
        ran = benefits("check", layer, "--batch", "1", "--home", home)
        assert ran.code == 0, ran.text


def test_status_says_whether_the_marts_are_current_and_why_not(home: Path, tmp_path: Path) -> None:
    assert benefits("status", "--home", home, "--json").json["current"] is True
    assert benefits("status", "--home", home).text.strip().endswith("newest batch, batch 1.")

    bad = feed_from(DAY_2, tmp_path / "bad", "claims_raw.csv", lambda lines: lines + lines[5:6])
    pipeline(bad, home)

    ran = benefits("status", "--home", home, "--json")
    assert ran.code == 1
    assert ran.json["current"] is False
    assert (ran.json["published_batch"], ran.json["newest_batch"]) == (1, 2)
    assert ran.json["reason"] == "raw: claims_raw claim_id: expect_key_to_be_unique"
    [why] = ran.json["reasons"]
    assert (why["what"], why["batch_id"], why["layer"]) == ("blocked", 2, "raw")
    assert why["checks"] == ["claims_raw claim_id: expect_key_to_be_unique"]
    assert (ran.json["safe"], ran.json["since"]) == (True, why["since"])
    told = benefits("status", "--home", home)
    assert "Not current: the published marts hold batch 1; batch 2 is blocked." in told.text


def test_report_prints_where_the_data_docs_are(home: Path) -> None:
    ran = benefits("report", "--home", home)

    assert ran.code == 0
    assert Path(ran.text.strip()).read_text(encoding="utf-8").startswith("<!")


def test_generate_writes_a_feed_the_pipeline_accepts(tmp_path: Path) -> None:
    out = tmp_path / "feed"

    made = benefits("generate", "--claims", "300", "--employees", "40", "--days", "2", "--out", out)
    ran = pipeline(out, tmp_path / "home")

    assert made.code == 0
    assert ran.code == 0, ran.text
    assert query(tmp_path / "home" / "marts.db", "select count(*) from fct_claims") == [(300,)]


def test_generate_into_a_folder_in_use_is_refused(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("precious", encoding="utf-8")

    ran = benefits(
        "generate", "--claims", "1", "--employees", "1", "--days", "1", "--out", tmp_path
    )

    assert ran.code == 2
    assert [p.name for p in tmp_path.iterdir()] == ["mine.txt"]


def test_an_error_nobody_expected_exits_2_and_quotes_no_data(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise ValueError("Ann Example <ann@mail.example>")

    monkeypatch.setattr("checkpoints.pipeline.survey_feed", fail)

    ran = pipeline(DAY_2, home, "--json")

    assert ran.code == 2
    assert ran.json["verdict"] == "error"
    assert "unexpected ValueError" in ran.json["error"]
    assert "Ann" not in ran.text


def test_could_not_run_is_one_json_object_too(tmp_path: Path) -> None:
    ran = pipeline(tmp_path / "no_feed", tmp_path / "home", "--json")

    assert ran.code == 2
    assert ran.json["verdict"] == "error"
    assert "no such folder" in ran.json["error"]


def test_a_home_that_dbt_cannot_open_is_refused_at_once(tmp_path: Path) -> None:
    ran = pipeline(DAY_1, tmp_path / "ann's home")

    assert ran.code == 2
    assert "an apostrophe in its name" in ran.text
    assert list(tmp_path.iterdir()) == []


def test_a_parameter_that_is_no_number_is_refused(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BENEFITS_MAX_DAILY_CLAIMS", "many")

    ran = pipeline(DAY_2, home)

    assert ran.code == 2
    assert "BENEFITS_MAX_DAILY_CLAIMS is not a number" in ran.text


def test_a_parameter_from_the_environment_moves_a_bound(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BENEFITS_MAX_DAILY_CLAIMS", "200")

    ran = benefits("check", "raw", "--home", home)

    assert ran.code == 0
    assert "WARN  claims_raw" in ran.text
    assert "max_value 200" in ran.text


@pytest.mark.parametrize("command", ["status", "history", "alerts", "versions"])
def test_what_only_reads_loads_neither_great_expectations_nor_dbt(home: Path, command: str) -> None:
    words = [command, *(["list"] if command == "alerts" else []), "--home", str(home)]
    code = (
        "import sys; from checkpoints.cli import main\n"
        f"try: main({words})\n"
        "except SystemExit as ended: assert ended.code == 0, ended.code\n"
        "heavy = {'great_expectations', 'dbt'} & set(sys.modules)\n"
        "sys.exit(f'loaded {heavy}' if heavy else 0)"
    )

    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)

    assert ran.returncode == 0, ran.stderr


def test_help_loads_neither_great_expectations_nor_dbt_nor_pandas() -> None:
    code = (
        "import sys; from checkpoints.cli import main\n"
        "try: main(['--help'])\n"
        "except SystemExit: pass\n"
        "heavy = {'great_expectations', 'dbt', 'pandas', 'pyarrow'} & set(sys.modules)\n"
        "sys.exit(f'loaded {heavy}' if heavy else 0)"
    )

    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)

    assert ran.returncode == 0, ran.stderr


def test_a_real_process_ends_on_the_exit_code_and_prints_one_json_object(
    home: Path, tmp_path: Path
) -> None:
    bad = feed_from(DAY_2, tmp_path / "bad", "claims_raw.csv", lambda lines: lines + lines[5:6])
    command = [sys.executable, "-m", "checkpoints.cli", "pipeline", "--feed", str(bad), "--json"]

    ran = subprocess.run(
        [*command, "--home", str(home)], capture_output=True, text=True, check=False
    )

    assert ran.returncode == 1
    assert json.loads(ran.stdout)["verdict"] == "block"
    assert "Traceback" not in ran.stderr


def test_what_a_run_writes_is_for_its_user_alone(home: Path, tmp_path: Path) -> None:
    target = tmp_path / "private"

    pipeline(DAY_1, target)

    others = [p for p in [target, *target.rglob("*")] if p.stat().st_mode & 0o077]
    assert others == []
