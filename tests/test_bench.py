"""The bench runs end to end at a tiny size; what it measures is not judged here."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.homes import query

pytestmark = pytest.mark.slow

RUN = Path(__file__).parent / "bench" / "run.py"
WITH_FLOOR = {
    "generate",
    "load",
    "check raw",
    "check staging",
    "dbt marts",
    "check marts",
    "publish",
    "increment",
}
WITHOUT_FLOOR = {"dbt staging", "dbt tests staging", "dbt tests marts"}
ADDED = {"check, all layers"}
# Great Expectations without us, which takes long to tell nothing of ours
STOCK = {"stock GX raw", "stock GX staging", "stock GX marts"}


def bench(*arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, str(RUN), *arguments], capture_output=True, text=True, check=False
    )


def said_by_the_bench(code: str) -> str:
    """What Python prints where the modules of the bench can be imported."""
    command = [sys.executable, "-c", code]
    return subprocess.run(
        command, cwd=RUN.parent, capture_output=True, text=True, check=True
    ).stdout


def test_every_stage_is_measured_against_a_floor_that_did_the_same(tmp_path: Path) -> None:
    work, out = tmp_path / "work", tmp_path / "figures.json"
    work.mkdir()
    only = [f"--only={name}" for name in sorted(WITH_FLOOR | WITHOUT_FLOOR)]

    done = bench("--claims", "2000", "--repeat", "1", "--dir", str(work), "--json", str(out), *only)

    assert done.returncode == 0, done.stdout + done.stderr
    stages = {stage["stage"]: stage for stage in json.loads(out.read_text())["stages"]}
    assert set(stages) == WITH_FLOOR | WITHOUT_FLOOR | ADDED
    for name, stage in stages.items():
        assert stage["rows"] == (100 if name == "increment" else 2000), name
        assert stage["seconds"] > 0, name
        assert stage["peak_mb"] > 10, name
        assert (stage["ratio"] or 0) > 0 or name in WITHOUT_FLOOR, name
        assert name in done.stdout
    assert stages["dbt marts"]["floor"] == "copy of fct_claims"
    for name in ("dbt marts", "increment"):
        assert stages[name]["models"]["fct_claims"] > 0, name
        assert sum(stages[name]["models"].values()) <= stages[name]["seconds"], name
    assert "int_claims_enriched + fct_claims" in done.stdout
    assert list(work.iterdir()) == [], "the bench removes its files"


def test_the_stages_that_are_not_measured_here_are_those_of_stock_gx_and_are_added_up() -> None:
    names = said_by_the_bench("from run import STAGES\nfor one in STAGES: print(one.name)")

    assert set(names.splitlines()) == WITH_FLOOR | WITHOUT_FLOOR | STOCK

    added = said_by_the_bench(
        "from measure import Figures\nfrom run import STAGES, Measured, in_all\n"
        "one = Figures(2000, {}, 2.0, 1.0, 50.0, {}, {})\n"
        "done = [Measured(s.name, one, floor='before', under=one) for s in STAGES]\n"
        "for sum in in_all(done): print(sum.stage, sum.best.seconds, sum.ratio)"
    )

    assert added.splitlines() == ["check, all layers 6.0 1.0", "stock GX, all layers 6.0 1.0"]


def test_one_more_run_is_measured_after_few_runs_and_after_many(tmp_path: Path) -> None:
    out = tmp_path / "figures.json"
    script = [sys.executable, str(RUN.with_name("data_docs.py"))]

    done = subprocess.run(
        [*script, "--runs", "1", "4", "--times", "1", "--json", str(out)],
        capture_output=True,
        text=True,
        check=False,
    )

    figures = json.loads(out.read_text())
    assert set(figures["runs"]) == {"1", "4"}, done.stdout + done.stderr
    assert figures["ratio"] > 0
    assert "4 stored / 1 stored" in done.stdout


def test_a_stage_that_fails_fails_the_bench_and_says_why(tmp_path: Path) -> None:
    done = bench("--claims", "-1", "--repeat", "1", "--only", "generate", "--dir", str(tmp_path))

    assert done.returncode == 1
    assert "generate failed" in done.stdout
    assert "--claims -1: it must be a whole number" in done.stdout


def test_two_sides_that_found_different_things_are_told_apart() -> None:
    told = said_by_the_bench(
        "from hand_sql import differences;"
        "print(differences({'t.rows': 9, 't.mean': 1.0}, {'t.rows': 10, 't.null': 0}))"
    )

    assert "t.rows: 9 against 10" in told
    assert "t.mean: 1.0 against not asked" in told
    assert "t.null: not asked against 0" in told


def test_a_home_is_given_the_history_of_as_many_runs_as_are_wanted(home: Path) -> None:
    subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys; from pathlib import Path; from monitors import add_runs;"
            "add_runs(Path(sys.argv[1]), 30)",
            str(home / "quality.db"),
        ],
        cwd=RUN.parent,
        check=True,
    )

    def count(sql: str) -> int:
        return int(query(home / "quality.db", f"select count(distinct {sql}")[0][0])

    one = count("series) from metrics where run_id = 1")
    assert one > 10
    assert count("run_id) from runs") == 31
    assert count("series || day) from metrics") == 31 * one
    assert count("run_id || place || table_name) from check_results") > 31 * 100
