"""The shares of a column's values: what is new, has vanished or is of another size, and no more."""

import datetime as dt
import json

import numpy as np
import pytest

from gx.usual.series import Point
from gx.usual.settings import Settings
from gx.usual.shares import SharesJudgement, UsualShares, usual_shares

# what these tell does not depend on the version of Python
pytestmark = pytest.mark.once

MONDAY = dt.date(2024, 3, 4)
TYPES = {"Medical": 0.7, "Dental": 0.2, "Vision": 0.1}


def counts_of(shares: dict[str, float], rows: int, seed: int) -> dict[str, int]:
    """Rows by value, as so many rows fall; the same for the same arguments."""
    fallen = np.random.default_rng(seed).multinomial(rows, list(shares.values()))
    return {name: int(n) for name, n in zip(shares, fallen, strict=True) if n}


def point(n: int, counts: dict[str, int], by_date: bool = False) -> Point:
    day = MONDAY + dt.timedelta(n)
    return Point(day, float(len(counts)), sum(counts.values()), counts, by_date)


def series(shares: dict[str, float], days: int, rows: int = 300) -> list[Point]:
    return [point(n, counts_of(shares, rows, n)) for n in range(days)]


def usual_on(points: list[Point], n: int, **asked: object) -> UsualShares:
    return usual_shares(points, MONDAY + dt.timedelta(n), Settings().replaced(**asked))


def judged(points: list[Point], n: int, counts: dict[str, int]) -> SharesJudgement:
    return usual_on(points, n).judge(counts)


def told(found: SharesJudgement) -> list[tuple[str, str]]:
    """The values that are odd, and what they are."""
    return [(one.value, one.what) for one in found.odd]


def test_a_value_that_vanishes_is_named_and_the_others_are_not() -> None:
    found = judged(series(TYPES, 28), 28, {"Medical": 210, "Vision": 30})

    assert told(found) == [("Dental", "vanished")]
    assert found.anomalous
    assert found.state == "ready"
    assert found.why.startswith("Dental has vanished: no row where 20.")
    assert found.odd[0].expected_rows == pytest.approx(48, rel=0.1)


def test_a_new_value_is_told_with_its_rows() -> None:
    points = series(TYPES, 28)

    found = judged(points, 28, {"Medical": 200, "Dental": 60, "Vision": 30, "Medicall": 10})

    assert told(found) == [("Medicall", "new")]
    assert found.why == "Medicall is new: 10 rows, 3.3%"
    assert not judged(points, 28, {**points[-1].counts, "Medicall": 1}).anomalous


def test_another_share_is_told_beside_the_usual_one_worst_first() -> None:
    found = judged(series(TYPES, 28), 28, {"Medical": 120, "Dental": 60, "Vision": 120})

    assert found.odd[0].value == "Vision"
    assert found.odd[0].what == "share"
    assert found.odd[0].rows == 120
    assert found.odd[0].seen == pytest.approx(0.4)
    assert [abs(one.size) for one in found.odd] == sorted(
        (abs(one.size) for one in found.odd), reverse=True
    )


def test_usual_shares_survive_json_and_judge_the_same() -> None:
    usual = usual_on(series(TYPES, 28), 28)
    again = UsualShares.from_json(json.loads(json.dumps(usual.as_json())))

    assert told(again.judge({"Medical": 250})) == told(usual.judge({"Medical": 250}))
    assert again.reason == "shares of 3 values, median 300 rows, 28 days"


def test_days_of_few_rows_do_not_alarm() -> None:
    points = series(TYPES, 130, rows=100)

    alarms = [n for n in range(30, 130) if judged(points[:n], n, dict(points[n].counts)).anomalous]

    assert len(alarms) <= 1
    assert not judged(points, 130, {"Medical": 9}).anomalous
    assert not judged(points, 130, {}).anomalous


@pytest.mark.parametrize("values", [60, 600])
def test_many_values_alarm_as_seldom_as_few(values: int) -> None:
    weights = 1 / np.arange(1, values + 1)
    shares = {f"v{n}": float(share) for n, share in enumerate(weights / weights.sum())}
    points = series(shares, 88, rows=3000)

    alarms = [n for n in range(28, 88) if judged(points[:n], n, dict(points[n].counts)).anomalous]

    assert len(alarms) <= 1


def test_only_the_largest_values_are_kept() -> None:
    shares = {f"v{n:03}": 1 / 400 for n in range(400)}
    usual = usual_on(series(shares, 28, rows=4000), 28)

    assert len(usual.values) == 200
    assert usual.rest == pytest.approx(0.5, abs=0.05)
    assert len(json.dumps(usual.as_json())) < 12_000
    known = counts_of(shares, 4000, 99)
    assert told(usual.judge({**known, "v399": 400})) == [("v399", "new")]


def test_a_value_that_comes_and_goes_has_not_vanished() -> None:
    points = [
        point(n, {"A": 200 + n % 3, "B": 80, **({"now and then": 60} if n % 3 else {})})
        for n in range(28)
    ]

    assert not judged(points, 28, {"A": 200, "B": 80}).anomalous


def test_a_value_that_is_never_there_on_sundays_is_missed_on_a_monday_alone() -> None:
    points = [
        point(n, counts_of(TYPES if n % 7 < 6 else {"Medical": 0.9, "Vision": 0.1}, 300, n))
        for n in range(35)
    ]

    assert not judged(points[:34], 34, dict(points[34].counts)).anomalous
    assert told(judged(points, 35, {"Medical": 240, "Vision": 34})) == [("Dental", "vanished")]


def test_new_values_are_no_news_where_they_come_every_week() -> None:
    def counts(n: int) -> dict[str, int]:
        joined = {f"company {k}": 20 for k in range(n // 4)}
        return {"the large one": 500, **joined}

    points = [point(n, counts(n)) for n in range(28)]

    assert not judged(points, 28, counts(28)).anomalous
    assert judged(points, 28, {**counts(28), "company 7": 300}).anomalous


def test_a_lasting_new_share_is_taken_over_after_about_two_weeks() -> None:
    later = {"Medical": 0.3, "Dental": 0.2, "Vision": 0.5}
    points = [*series(TYPES, 40), *[point(n, counts_of(later, 300, n)) for n in range(40, 70)]]

    alarms = [n for n in range(40, 70) if judged(points[:n], n, dict(points[n].counts)).anomalous]

    assert alarms[:5] == list(range(40, 45))
    assert max(alarms) < 40 + 18


def test_days_of_an_incident_are_no_part_of_what_is_usual() -> None:
    points = series(TYPES, 28)
    spoiled = [point(n, {"Medical": 300}) if n in (9, 20) else p for n, p in enumerate(points)]

    assert told(judged(spoiled, 28, {"Medical": 240, "Vision": 34})) == [("Dental", "vanished")]
    assert not judged(spoiled, 28, counts_of(TYPES, 300, 99)).anomalous


def test_what_comes_later_and_the_order_change_nothing() -> None:
    points = series(TYPES, 28)
    mixed = [point(30, {"X": 900}), *reversed(points), point(28, {"X": 900})]

    assert usual_on(mixed, 28) == usual_on(points, 28)


def test_shares_are_learned_and_rows_by_their_own_date_stay_so() -> None:
    points = series(TYPES, 60)
    dated = [point(n, dict(p.counts), by_date=True) for n, p in enumerate(points)]

    assert usual_on(points[:4], 4).state == "empty"
    assert not usual_on(points[:4], 4).judge({"Vision": 300}).anomalous
    assert usual_on(points[:9], 9).state == "learning"
    assert usual_on(points[:9], 9).judge({"Vision": 300}).anomalous
    assert usual_on(dated, 60).state == "learning"


def test_one_side_can_be_asked_for() -> None:
    points = series(TYPES, 28)
    more = {"Medical": 120, "Dental": 60, "Vision": 120}

    assert all(one.size > 0 for one in usual_on(points, 28, side="up").judge(more).odd)
    assert not usual_on(points, 28, side="up").judge({"Medical": 210, "Vision": 30}).anomalous
    assert not usual_on(points, 28, side="down").judge({**points[0].counts, "new": 20}).anomalous
