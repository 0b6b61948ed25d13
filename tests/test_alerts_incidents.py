"""Incidents: one opens, goes on in silence, gets worse, ends; channels hear what is theirs."""

import pytest

from checkpoints.alerts.config import Route
from checkpoints.alerts.findings import Finding
from checkpoints.alerts.incidents import Outcome, ended_by_hand, steps
from tests.alerting import config, events, failed, follow, layer, outcome

CLAIMS = layer("raw", claims_raw=failed(3), employees_raw=())
FINE = layer("raw", claims_raw=(), employees_raw=())
WARNS = layer("raw", claims_raw=failed(1, "warning"), employees_raw=())


def test_a_hundred_failed_checks_are_one_event_for_a_channel() -> None:
    both = layer("raw", claims_raw=failed(60), employees_raw=failed(40))

    assert events(outcome(both)) == [["chat opened"]]


def test_an_incident_goes_on_in_silence_and_ends_with_the_run_that_is_without_it() -> None:
    days = [outcome(one) for one in (CLAIMS, CLAIMS, FINE, FINE)]

    assert events(*days) == [["chat opened"], [], ["chat resolved"], []]


@pytest.mark.parametrize(
    "worse",
    [
        layer("raw", claims_raw=failed(1), employees_raw=()),
        layer("raw", claims_raw=failed(1, "warning"), employees_raw=failed(1, "warning")),
    ],
    ids=["a warning blocks", "a new table"],
)
def test_it_is_told_again_when_it_gets_worse(worse: object) -> None:
    days = [outcome(WARNS), outcome(worse), outcome(worse)]  # type: ignore[arg-type]

    assert events(*days) == [["chat opened"], ["chat worse"], []]


def test_more_checks_of_the_same_table_are_the_same_incident() -> None:
    assert events(outcome(CLAIMS), outcome(layer("raw", claims_raw=failed(9)))) == [
        ["chat opened"],
        [],
    ]


def test_what_got_better_and_worse_again_is_told_again() -> None:
    days = [outcome(one) for one in (CLAIMS, WARNS, CLAIMS)]

    assert events(*days) == [["chat opened"], [], ["chat worse"]]


def test_a_run_that_did_not_get_to_a_table_does_not_end_its_incident() -> None:
    marts = layer("marts", fct_claims=failed(1))
    days = [outcome(FINE, marts), outcome(CLAIMS), outcome(FINE, layer("marts", fct_claims=()))]

    told = follow(*days)

    assert events(*days) == [["chat opened"], ["chat opened"], ["chat resolved", "chat resolved"]]
    assert [cause.layer for step in told[1] for cause in step.after.causes] == ["marts", "raw"]


def test_a_new_block_beside_an_old_warning_is_an_incident_of_its_own() -> None:
    blocks = layer("raw", claims_raw=failed(1, "warning"), employees_raw=failed(1))

    told = follow(outcome(WARNS), outcome(blocks, at="2026-03-02T06:00:00Z"))

    new = told[1][1].after
    assert [(cause.table, cause.since) for cause in new.causes] == [
        ("employees_raw", "2026-03-02T06:00:00Z")
    ]
    assert events(outcome(WARNS), outcome(blocks))[1] == ["chat opened"]


def test_a_channel_hears_of_what_goes_to_it_and_of_its_end() -> None:
    routes = (
        Route(("claims",), owner=("claims-data",)),
        Route(("people",), owner=("people-data",)),
        Route(("pager",), severity="critical"),
    )
    by = config(*routes, channels=("claims", "people", "pager"))
    both = layer("raw", claims_raw=failed(1), employees_raw=failed(1, owner="people-data"))
    only = layer("raw", claims_raw=failed(1, "warning"), employees_raw=())

    told = events(outcome(both), outcome(only), outcome(FINE), by=by)

    assert [sorted(run) for run in told] == [
        ["claims opened", "pager opened", "people opened"],
        ["pager resolved", "people resolved"],
        ["claims resolved"],
    ]


def test_a_warning_that_nobody_wants_to_hear_of_is_no_incident_and_a_block_always_is() -> None:
    by = config(Route(("chat",), severity="critical", table=("other",)))

    told = follow(outcome(WARNS), outcome(CLAIMS), by=by)

    assert [len(run) for run in told] == [0, 1]
    assert told[1][0].events == ()


def test_a_channel_set_up_while_an_incident_lasts_is_told_of_it() -> None:
    none, one = config(channels=()), config()
    known = [step.after for step in follow(outcome(CLAIMS), by=none)[0]]

    [step] = steps(outcome(CLAIMS), known, one, "key")

    assert [event.what for event in step.events] == ["opened"]


def test_a_batch_that_is_withdrawn_ends_its_part_of_the_incident() -> None:
    [step] = follow(outcome(CLAIMS, batch_id=2))[0]

    assert ended_by_hand(step.after, "2026-03-01T07:00:00Z", [1]) is None
    after = ended_by_hand(step.after, "2026-03-01T07:00:00Z", [2])
    assert after is not None
    assert (after.causes, after.resolved_at) == ((), "2026-03-01T07:00:00Z")


def test_a_run_that_could_not_end_is_over_with_the_next_that_does() -> None:
    error = Finding("run", "pipeline", "critical", "The disk is full.")
    broken = Outcome("run", "2026-03-01T06:00:00Z", "pipeline", (error,), everything=True)
    fine = Outcome("run", "2026-03-02T06:00:00Z", "pipeline", everything=True)

    assert events(broken, broken, fine) == [["chat opened"], [], ["chat resolved"]]
