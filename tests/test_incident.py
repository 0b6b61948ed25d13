"""The incident as it is told: every figure is that of the files, and the story judges itself."""

import csv
import re
from pathlib import Path

import pytest

from checkpoints.gate import Verdict
from checkpoints.incident.feeds import read_feed, write_days
from tests.homes import PROJECT, Ran, benefits, digest, query

# what is run here is dbt and Great Expectations from end to end, twice
pytestmark = pytest.mark.once


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("incident") / "kept"


@pytest.fixture(scope="module")
def told(kept: Path) -> Ran:
    """The story as `nox -s incident` tells it, with its databases in `kept`."""
    return benefits("incident", "--keep", kept)


def money(cents: int) -> str:
    return f"${cents / 100:,.2f}"


def claims(feed: Path) -> list[tuple[str, int]]:
    """Each claim and its cents, by the file alone."""
    with (feed / "claims_raw.csv").open(encoding="utf-8") as file:
        return [(r["claim_id"], round(float(r["amount"]) * 100)) for r in csv.DictReader(file)]


def documents_mart(feed: Path) -> list[int]:
    """The cents of each row that the document's joins make, put together in plain Python."""
    rows = read_feed(feed)
    made = []
    for claim in rows["claims_raw"]:
        for person in rows["employees_raw"]:
            if person["person_id"] == claim["person_id"] != "":
                made += [
                    round(float(claim["amount"]) * 100)
                    for plan in rows["plans_raw"]
                    if plan["company_ein"] == person["company_ein"]
                    and plan["plan_type"] == claim["claim_type"]
                    and plan["start_date"] <= claim["service_date"]
                ]
    return made


def test_the_story_holds(told: Ran) -> None:
    assert told.code == 0, told.text
    assert told.text.splitlines()[-1].startswith("All 20 dbt tests were green and the marts wrong")


def test_rows_and_money_told_are_those_of_the_files(told: Ran, kept: Path) -> None:
    healthy, delivered = claims(kept / "healthy_day"), claims(kept / "new_feed")
    right = f"{len(healthy):,} rows with {money(sum(cents for _, cents in healthy))}: right"
    assert told.text.count(right) == 2  # the document's mart, and ours

    paid = dict(reversed(delivered))
    fed = f"{len(delivered):,} rows of {len(paid):,} claims, {money(sum(paid.values()))} paid"
    assert fed in told.text
    made = documents_mart(kept / "new_feed")
    factor, wrong = len(made) / len(delivered), sum(made) - sum(paid.values())
    mart = f"{len(made):,} rows with {money(sum(made))}: x{factor:.2f}, wrong by {money(wrong)}"
    assert mart in told.text


def test_our_marts_hold_the_healthy_day_alone_and_the_new_feed_is_blocked(
    told: Ran, kept: Path
) -> None:
    told_digests = re.search(r"marts.db as before: sha256 (\w+), then (\w+)", told.text)
    assert told_digests
    assert {*told_digests.groups()} == {digest(kept / "ours" / "marts.db")[:12]}
    assert query(kept / "ours" / "warehouse.db", "select status from load_batches") == [
        ("published",),
        ("blocked",),
    ]


def test_the_output_in_the_readme_is_that_of_a_run(told: Ran) -> None:
    def shape(text: str) -> list[str]:
        text = re.sub(r"\d+\.\d s\b|\d+ s\b", "N s", text)
        text = re.sub(r"sha256 \w+, then \w+", "sha256", text)
        # a clock decides this one
        return re.sub(r"(caught|missed)   cost", "cost", text).split()

    readme = (PROJECT / "README.md").read_text(encoding="utf-8")
    shown = readme.partition("$ nox -s incident\n")[2].partition("```")[0]
    ran = "\n".join(line for line in told.text.splitlines() if not line.startswith("Kept."))
    assert shape(shown) == shape(ran)


def test_diagnose_finds_the_same_in_the_databases_that_were_kept(told: Ran, kept: Path) -> None:
    assert told.code == 0
    project = PROJECT / "dbt" / "incident"
    home = kept / "documented"
    before = digest(home / "warehouse.db"), digest(home / "marts.db")

    ran = benefits("diagnose", "fct_claims", "--home", home, "--project", project, "--json")

    assert ran.code == 1
    finding = ran.json["finding"]
    assert (finding["model"], finding["step"]) == ("int_claims_enriched", "enriched")
    assert finding["after"]["rows"] == len(documents_mart(kept / "new_feed"))
    assert [origin["table"] for origin in finding["origins"]] == ["stg_employees", "stg_plans"]
    assert (digest(home / "warehouse.db"), digest(home / "marts.db")) == before


@pytest.mark.parametrize(
    ("model", "code", "said"),
    [
        ("fct_claims", 0, "no row made and no money lost"),
        ("int_employee_plans", 1, "the join on company_ein in int_employee_plans (pairs) makes"),
        ("fct_claim", 2, "Did you mean 'fct_claims'?"),
    ],
)
def test_diagnose_answers_for_our_own_models(
    told: Ran, kept: Path, model: str, code: int, said: str
) -> None:
    assert told.code == 0

    ran = benefits("diagnose", model, "--home", kept / "ours")

    assert (ran.code, said in ran.text) == (code, True), ran.text


def test_diagnose_without_marts_says_what_to_run_and_makes_no_file(tmp_path: Path) -> None:
    ran = benefits("diagnose", "fct_claims", "--home", tmp_path / "home")

    assert ran.code == 2
    assert "there is nothing to diagnose. Run benefits pipeline first." in ran.text
    assert list(tmp_path.iterdir()) == []


def test_the_story_fails_where_the_guard_is_off(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # a gate that lets everything pass; what comes after it is not told here
    monkeypatch.setattr("checkpoints.stages.judge", lambda _: Verdict.PASS)
    monkeypatch.setattr("checkpoints.incident.story.each_layer", lambda *_: ())
    monkeypatch.setattr("checkpoints.incident.story.guardrails", lambda *_: ())

    ran = benefits("incident", "--claims", "1000", "--json")

    assert ran.code == 1
    assert ran.json["verdict"] == "fail"
    assert [claim for claim, holds in ran.json["claims"].items() if not holds] == [
        "our pipeline blocks the new feed",
        "our marts are byte for byte as before",
    ]


def test_a_folder_in_use_is_refused(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("precious", encoding="utf-8")

    ran = benefits("incident", "--keep", tmp_path)

    assert ran.code == 2
    assert [p.name for p in tmp_path.iterdir()] == ["mine.txt"]


def test_the_same_seed_gives_the_same_feeds_and_the_healthy_day_repeats_no_key(
    tmp_path: Path,
) -> None:
    first, again = (write_days(tmp_path / name, 1000, 7) for name in ("a", "b"))

    for one, other in zip(first, again, strict=True):
        files = sorted(p.name for p in one.iterdir())
        assert [(one / n).read_bytes() for n in files] == [(other / n).read_bytes() for n in files]
    healthy, later = (read_feed(feed) for feed in first)
    people = [row["person_id"] for row in healthy["employees_raw"]]
    assert len(people) == len(set(people))
    assert {row["person_id"] for row in later["employees_raw"]} == set(people)
    assert len(later["employees_raw"]) > len(people)
