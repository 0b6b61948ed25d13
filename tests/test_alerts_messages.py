"""What a message says: what broke, since when, how bad in rows and money, who, where, what next."""

import datetime as dt
import json
from dataclasses import replace
from pathlib import Path

import pytest

from checkpoints.alerts.facts import facts_of
from checkpoints.alerts.findings import Finding, rows_at_fault
from checkpoints.alerts.incidents import Outcome
from checkpoints.alerts.message import (
    Message,
    message_from,
    message_of,
    put_together,
    trial_message,
)
from checkpoints.alerts.render import as_text, rendered
from checkpoints.settings import Home
from gx.outcome import CheckResult
from gx.usual.series import Kind, Measured
from tests.alerting import FACTS, failed, first_message, follow, layer, outcome

pytestmark = pytest.mark.once

HUNDRED = outcome(layer("raw", claims_raw=failed(60), employees_raw=failed(40, owner=None)))
TYPES = ("slack", "teams", "pagerduty", "webhook", "email")
ODD = "<script>alert(1)</script> *a* _b_ & [c](http://d) \"e\" 'f' \\ \u2028 {{ g }}"


def test_a_hundred_failed_checks_are_counted_by_table_and_the_worst_five_are_named() -> None:
    text = as_text(first_message(HUNDRED))

    assert text.splitlines()[0] == "Blocked: claims_raw, employees_raw (batch 2, day_2)"
    assert "raw.claims_raw: 60 critical (claims-data), since 2026-03-01 06:00 UTC" in text
    assert "raw.employees_raw: 40 critical, since" in text
    named = [line for line in text.splitlines() if line.startswith("  CRITICAL")]
    assert [line.split("expect_")[1].split(":")[0] for line in named] == [
        *("60", "59", "58", "57", "56")
    ]
    assert "  and 95 more\n" in text


def test_a_message_says_how_bad_who_where_and_what_to_type() -> None:
    text = as_text(first_message(HUNDRED))

    for told in (
        "Rows             at least 100 at fault; the batch has 284 claims",
        "Money            $1,234.50 of claims held back",
        "Last good marts  batch 1 (day_1), published 2026-02-28 06:00 UTC",
        "Owner            claims-data",
        "Report           /srv/home/data_docs/index.html",
        "Next             benefits status --home /srv/home",
    ):
        assert f"{told}\n" in text


def test_a_monitor_tells_its_value_its_band_and_where_the_band_comes_from() -> None:
    series = "raw.claims_raw.volume"
    reason = "Mondays: median 18,240, MAD 410, 28 days"
    seen = Measured(series, Kind.AMOUNT, 1204, low=17010, high=19470, reason=reason, anomalous=True)
    check = CheckResult("expect_volume", None, "critical", False, observed="1,204", measured=seen)

    message = first_message(outcome(layer("raw", claims_raw=[check])))
    [finding] = message.worst

    assert "benefits history raw.claims_raw.volume --home /srv/home" in message.commands
    assert finding.text == (
        "expect_volume: raw.claims_raw.volume is 1,204; usual is 17,010 to 19,470 "
        "(Mondays: median 18,240, MAD 410, 28 days)"
    )


@pytest.mark.parametrize(
    ("observed", "rows"),
    [
        ("3 of 1,284 rows", 3),
        ("153 repeated keys, 1,153 rows too many", 1153),
        ("12 rows", 12),
        (7.5, None),
        ("refused", None),
        (None, None),
    ],
)
def test_rows_at_fault_are_read_where_a_check_counts_rows(
    observed: object, rows: int | None
) -> None:
    assert rows_at_fault(observed) == rows


def test_a_block_in_the_marts_is_followed_by_the_command_that_finds_the_join() -> None:
    message = first_message(outcome(layer("marts", fct_claims=failed(1), dbt=failed(2))))

    assert "benefits diagnose fct_claims --candidate --home /srv/home" in message.commands


def test_what_gets_worse_says_in_what_and_what_is_over_says_for_how_long() -> None:
    warns = layer("raw", claims_raw=failed(1, "warning"), employees_raw=())
    fine = layer("raw", claims_raw=(), employees_raw=())
    worse = layer("raw", claims_raw=failed(1), employees_raw=failed(1))
    days = [
        outcome(one, at=f"2026-03-0{n}T06:00:00Z") for n, one in enumerate((warns, worse, fine), 1)
    ]

    _, [second], [third] = follow(*days)

    told = message_of(second.events[0], days[1], days[1].findings, FACTS)
    assert told.headline == "Worse. Blocked: claims_raw, employees_raw (batch 2, day_2)"
    assert told.changed == "it is critical now, and was warning; new: employees_raw"
    over = message_of(third.events[0], days[2], (), FACTS)
    assert over.headline == "Resolved: claims_raw, employees_raw"
    assert (over.since, over.until) == ("2026-03-01T06:00:00Z", "2026-03-03T06:00:00Z")
    assert rendered(over, "pagerduty")["event_action"] == "resolve"


def messages() -> dict[str, Message]:
    odd = CheckResult("expect_x", "a", "critical", False, observed="1 of 2 rows", notes=ODD)
    many = outcome(layer("raw", **{f"t_{n}": failed(3) for n in range(300)}))
    long = replace(odd, notes="n" * 50_000, expected="e" * 50_000, keys=("k" * 5000,) * 9)
    error = Finding("run", "pipeline", "critical", "The disk is full.")
    broken = Outcome("run", "2026-03-01T06:00:00Z", "pipeline", (error,), everything=True)
    hundred = first_message(HUNDRED)
    return {
        "hundred": hundred,
        "odd": first_message(outcome(layer("raw", t=[odd]))),
        "many": first_message(many),
        "long": first_message(outcome(layer("raw", t=[long]))),
        "error": first_message(broken, replace(FACTS, kind="run")),
        "served": replace(hundred, report="https://reports.example.com/index.html"),
        "together": put_together([hundred, replace(hundred, incident=2)]),
        "test": trial_message(FACTS, "2026-03-01T06:00:00Z"),
    }


@pytest.mark.parametrize("name", list(messages()))
def test_every_message_is_one_that_each_service_takes(name: str) -> None:
    message = messages()[name]

    slack, teams, pagerduty, webhook, email = (rendered(message, t) for t in TYPES)

    # the limits of each service, as it documents them
    assert len(slack["blocks"]) <= 50
    assert len(slack["blocks"][0]["text"]["text"]) <= 150
    sections = [b["text"]["text"] for b in slack["blocks"] if b["type"] == "section"]
    assert all(0 < len(text) <= 3000 for text in sections)
    assert len(json.dumps(teams)) < 28_000
    assert teams["attachments"][0]["content"]["type"] == "AdaptiveCard"
    assert len(pagerduty["payload"]["summary"]) <= 1024
    assert {"source", "severity", "summary"} <= pagerduty["payload"].keys()
    assert len(json.dumps(pagerduty)) < 512_000
    assert webhook["version"] == 1
    assert "\n" not in email["subject"]
    assert len(email["text"]) < 20_000


def test_words_of_suites_are_marks_of_no_service() -> None:
    message = messages()["odd"]

    slack, teams, _, webhook, email = (rendered(message, t) for t in TYPES)

    told = json.dumps(slack)
    assert "<script>" not in told
    assert "&lt;script&gt;" in told
    card = json.dumps(teams)
    assert "[c](http" not in card
    assert "\\\\[c\\\\](http://d)" in card
    assert "<script>" not in email["html"]
    assert webhook["worst"][0]["notes"] == " ".join(ODD.split())


def test_a_report_that_is_served_is_linked_and_one_in_a_file_is_named() -> None:
    file, served = messages()["hundred"], messages()["served"]

    assert "actions" not in {b["type"] for b in rendered(file, "slack")["blocks"]}
    assert "https://reports.example.com" in json.dumps(rendered(served, "slack")["blocks"][-2])
    assert rendered(served, "pagerduty")["links"][0]["href"].startswith("https://reports")
    assert '<a href="https://reports' in rendered(served, "email")["html"]


def test_a_message_that_was_kept_is_the_same_message() -> None:
    message = first_message(HUNDRED)

    assert message_from(json.loads(json.dumps(message.as_json()))) == message


def test_the_facts_are_those_of_the_home(home: Path) -> None:
    at = dt.datetime.now(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    published = Outcome("checks", at, "pipeline", run_id=1, batch_id=1, published=True)

    facts = facts_of(Home(home), published)

    assert facts.batch == "batch 1, day_1"
    assert facts.claims == 317
    assert facts.money is not None
    assert facts.money.endswith("of claims published")
    assert facts.last_good.startswith("batch 1 (day_1), published 20")
    assert facts_of(Home(home), replace(published, kind="run", batch_id=None)).batch is None
