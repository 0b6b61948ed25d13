"""The report shows each metric day by day: its values, what was usual, and what stands out."""

import datetime as dt
import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from checkpoints.history import History, Metrics
from checkpoints.history.course import course_of
from checkpoints.history.exclusions import Which, exclude
from checkpoints.history.opening import opened
from checkpoints.history.page import show_history, write_page
from checkpoints.settings import Home
from gx.data_docs.course import EDGE, HEIGHT, WIDTH, Day, Metric, anchor, span
from gx.data_docs.metrics import write_metrics
from gx.usual.series import Kind, Measured
from tests.browser import Node, parse
from tests.homes import benefits, query
from tests.metric_days import SERIES, days, metrics, with_incident

pytestmark = pytest.mark.once

VOLUME = "raw.claims_raw.volume"


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Node:
    """The page of four metrics."""
    path = write_metrics(tmp_path_factory.mktemp("site"), metrics())
    return parse(path.read_text(encoding="utf-8"))


def test_metrics_stand_in_the_order_of_the_layers_and_tables(page: Node) -> None:
    assert [h.text for h in page.all("h2")] == [
        "raw.claims_raw 2",
        "marts.fct_claims 1",
        "stage 1",
        "How to read this",
    ]
    names = [article.one("h3").text for article in page.all("article")]
    assert names == ["null_rate(person_id)", "sum(amount)", "volume", "check raw.seconds"]


def test_what_is_out_of_its_band_now_is_named_first_and_linked(page: Node) -> None:
    [hero] = page.all("section", class_="hero")

    assert "On its newest day 1 of them is out of the band" in hero.text
    [link] = hero.all("a")
    assert (link.text, link.attributes["href"]) == (SERIES, f"#{anchor(SERIES)}")
    assert page.one("article", id_=anchor(SERIES)).one("h3").text == "sum(amount)"


def test_a_metric_tells_its_newest_day_its_reason_and_the_days_that_stand_out(page: Node) -> None:
    article = page.one("article", id_=anchor(SERIES))

    assert "2026-03-05: 9,000, usual is 16,800 to 19,200. 2 of 60 points out of" in article.text
    assert "Ready. Fridays: median 18,000, MAD 410, 8 days" in article.text
    rows = [[c.text for c in row.all("th") + row.all("td")] for row in article.all("tr")[1:]]
    assert len(rows) == 15, "fourteen days and the one before them that stands out"
    assert rows[0][:3] == ["2026-03-05", "9,000", "16,800 to 19,200"]
    assert rows[-1][0] == "2026-02-13"
    assert rows[-1][4] == (
        "out of the band; incident 7; part of no baseline: excluded by ada: <b>sent twice</b>"
    )


def test_the_picture_marks_what_stands_out_and_says_so_in_words(page: Node) -> None:
    picture = page.one("article", id_=anchor(SERIES)).one("svg")

    assert picture.attributes["aria-label"].startswith(f"{SERIES}. 2026-03-05: 9,000")
    assert [one.text for one in picture.all("title")] == [
        "2026-02-13: 36,000, usual is 16,800 to 19,200. Fridays: median 18,000, MAD 410, 8 days",
        "2026-02-13: incident 7",
        "2026-02-13: part of no baseline, excluded by ada: <b>sent twice</b>",
        "2026-03-05: 9,000, usual is 16,800 to 19,200. Fridays: median 18,000, MAD 410, 8 days",
    ]
    dots, found = picture.one("path", class_="dots"), picture.one("path", class_="found")
    assert (dots.attributes["d"].count("h0"), found.attributes["d"].count("h0")) == (57, 3)


def numbers(path: str) -> list[tuple[int, int]]:
    return [(int(x), int(y)) for x, y in re.findall(r"(\d+) (\d+)", path)]


def test_values_lie_within_their_band_in_the_picture_as_they_do_in_numbers() -> None:
    svg = parse(with_incident().picture)
    line = numbers(svg.one("path", class_="line").attributes["d"])
    band = numbers(svg.one("path", class_="band").attributes["d"])
    upper = dict(band[: len(band) // 2])
    lower = dict(band[len(band) // 2 :])

    assert len(line) == 60
    assert [x for x, _ in line] == sorted({x for x, _ in line})
    assert (line[0][0], line[-1][0]) == (EDGE, WIDTH - EDGE)
    assert [x for x, _ in line if x not in upper] == [x for x, _ in line[:7]], "no band yet"
    inside = [upper[x] <= y <= lower[x] for x, y in line[7:]]
    assert [nth for nth, so in enumerate(inside, start=7) if not so] == [39, 59]


def test_a_band_that_is_open_reaches_to_the_edge_and_one_too_wide_is_cut() -> None:
    found = tuple(replace(day, low=None, high=1e9) for day in days()[7:20])
    band = parse(Metric(SERIES, Kind.AMOUNT, found).picture).one("path", class_="band")

    assert {y for _, y in numbers(band.attributes["d"])} == {EDGE, HEIGHT - EDGE}


@pytest.mark.parametrize("value", [0.0, 5.0, -5.0])
def test_a_value_that_never_changes_has_a_picture(value: float) -> None:
    found = tuple(Day(dt.date(2026, 1, nth), nth, value) for nth in (1, 2))
    low, high = span(found)

    assert low < value < high
    line = parse(Metric(SERIES, Kind.AMOUNT, found).picture).one("path", class_="line")
    assert [y for _, y in numbers(line.attributes["d"])] == [HEIGHT // 2] * 2


def test_the_page_asks_for_nothing_and_escapes_what_it_shows(page: Node) -> None:
    assert page.all("script") == []
    assert page.all("b") == []
    targets = [a.attributes["href"] for a in page.all("a")]
    assert {t for t in targets if not t.startswith("#")} == {"index.html"}
    ids = [n.attributes["id"] for n in page.walk() if "id" in n.attributes]
    assert len(ids) == len(set(ids))
    assert {t.removeprefix("#") for t in targets if t.startswith("#")} <= set(ids)


def test_no_metric_yet_is_a_page_too(tmp_path: Path) -> None:
    empty = parse(write_metrics(tmp_path / "site", []).read_text(encoding="utf-8"))

    assert "None was measured yet" in empty.one("section", class_="hero").text


def kept(tmp_path: Path) -> Home:
    """Three days of a volume, the second of a blocked incident."""
    home = Home(tmp_path)
    history, measures = History(home.quality), Metrics(home.quality)
    for nth in range(1, 4):
        run = history.begin("pipeline", f"day_{nth}")
        found = Measured(VOLUME, Kind.AMOUNT, 100 * nth, low=50, high=150, anomalous=nth > 1)
        measures.note(run, nth, dt.date(2026, 3, nth), [found])
    with opened(home.quality) as connection:
        connection.execute(
            "insert into incidents (key, kind, severity, opened_at, opened_run, last_run,"
            " resolved_at, causes, told)"
            " values ('k', 'checks', 'critical', '', 2, 3, 'x', ?, '{}')",
            ('[{"layer": "raw", "table": "claims_raw"}]',),
        )
    return home


def test_a_run_hands_over_its_metrics_with_what_is_left_out_and_incidents(tmp_path: Path) -> None:
    home = kept(tmp_path)
    exclude(home, Which(batch_id=3, series="raw.*"), "sent twice")

    write_page(home)

    spots = course_of(home, VOLUME)
    # the run that an incident ended with is none of its own
    assert [spot.incident for spot in spots] == [None, 1, None]
    shown = parse((home.data_docs / "history.html").read_text(encoding="utf-8"))
    rows = [row.text for row in shown.one("article").all("tr")]
    assert "out of the band; part of no baseline: excluded by" in rows[1]
    assert "out of the band; incident 1" in rows[2]
    drawn = benefits("history", VOLUME, "--home", home.root).text
    assert "! incident" in drawn
    assert "x part of no baseline" in drawn


def test_a_page_that_cannot_be_written_fails_no_run(tmp_path: Path) -> None:
    home = kept(tmp_path)
    write_page(home)
    before = (home.data_docs / "history.html").read_text(encoding="utf-8")
    show_history(home)
    (home.data_docs / "history.html").unlink()
    show_history(home)
    assert list(home.data_docs.iterdir()) == [], "without Data Docs there is no page"

    (home.data_docs / "history.html").write_text(before)
    with opened(home.quality) as connection:
        connection.execute("pragma user_version = 99")
    show_history(home)
    assert (home.data_docs / "history.html").read_text() == before


def test_every_page_of_a_run_links_to_the_metrics_it_measured(home: Path) -> None:
    site = home / "data_docs"
    index = parse((site / "index.html").read_text(encoding="utf-8"))
    assert "history.html" in {a.attributes["href"] for a in index.all("a")}
    shown = parse((site / "history.html").read_text(encoding="utf-8"))
    there = {article.attributes["id"] for article in shown.all("article")}
    assert there == {anchor(s) for (s,) in query(home / "quality.db", "select series from metrics")}
    [path] = site.glob("validations/raw/claims_raw/*/*/*.html")
    links = {
        a.attributes["href"]
        for a in parse(path.read_text(encoding="utf-8")).all("a")
        if "#metric-" in a.attributes["href"]
    }
    assert len(links) > 3
    for link in links:
        file, _, name = link.partition("#")
        assert (path.parent / file).resolve() == site / "history.html"
        assert name in there


def test_a_part_of_a_checkpoint_leaves_the_page_as_it_is(home: Path) -> None:
    shutil.copy(home / "data_docs" / "history.html", home / "before.html")

    assert benefits("check", "raw", "--select", "column:amount", "--home", home).code == 0

    after = (home / "data_docs" / "history.html").read_bytes()
    assert after == (home / "before.html").read_bytes()


@pytest.mark.parametrize(
    ("state", "anomalous", "told"),
    [
        ("ready", False, "3, as usual"),
        ("ready", True, "3, Dental has vanished"),
        ("empty", False, "3, nothing is usual yet"),
    ],
)
def test_shares_have_no_band_together_and_are_told_in_words(
    state: str, anomalous: bool, told: str
) -> None:
    day = Day(
        dt.date(2026, 3, 2),
        1,
        3.0,
        state=state,
        reason="Dental has vanished",
        anomalous=anomalous,
    )

    words = Metric("raw.claims_raw.shares(claim_type)", Kind.SHARES, (day,)).words

    assert words.startswith(f"2026-03-02: {told}. ")
