"""The index and a table's page: what they tell, in which order, and safe to open."""

from itertools import pairwise
from urllib.parse import unquote

import pytest

from tests.browser import parse
from tests.data_docs_home import CANARIES, HOSTILE, Docs, checked_home, headings, html_files


@pytest.fixture(scope="module")
def docs(tmp_path_factory: pytest.TempPathFactory) -> Docs:
    return checked_home(tmp_path_factory.mktemp("home"))


# --- the index -------------------------------------------------------------------------------


def test_a_batch_with_layers_still_to_come_is_not_called_safe(docs: Docs) -> None:
    page = docs.index("raw 1")

    assert page.one("h1").text == "Batch 1 is not fully checked"
    assert "staging and marts have no result yet" in page.one("p", class_="lead").text


def test_a_batch_that_held_everywhere_is_safe(docs: Docs) -> None:
    page = docs.index("marts 1")

    assert page.one("h1").text == "Batch 1 is safe to use"
    assert "12 of 12 held" in page.under("Batch 1").text
    assert not [h for h in page.all("h2") if h.text.startswith("What failed")]


def test_a_blocked_batch_says_where_what_and_who(docs: Docs) -> None:
    page = docs.index("raw 2")
    lead = page.one("p", class_="lead").text
    first = page.under("What failed").all("li", class_="failure")[0]

    assert page.one("head").one("title").text == "Batch 2 blocked - Data Docs"
    assert page.one("h1").text == "Batch 2 is not safe to use"
    assert lead == "Blocked at raw: 2 critical checks failed, 5 warnings."
    assert first.one("a").text == "claims_raw"
    assert "Critical" in first.text
    assert "Owner: claims-data" in first.text
    assert "1 repeated key" in first.text


def test_failures_come_critical_first_across_tables(docs: Docs) -> None:
    failed = docs.index("raw 2").under("What failed").all("li", class_="failure")
    grades = [item.all("span", class_="badge")[0].text for item in failed]

    assert grades == ["Critical", "Critical", "Warning", "Warning", "Info", "Info", "Info"]


def test_layers_and_tables_stand_in_the_pipelines_order(docs: Docs) -> None:
    page = docs.index("marts 1")
    steps = [node.text for node in page.all("span", class_="step")]
    rows = [row.all("th")[0].text.split()[0] for row in page.under("Tables").all("tr")[1:]]

    assert steps == ["raw", "staging", "marts"]
    assert rows == [
        *("raw", "claims_raw", "employees_raw"),
        *("staging", "stg_claims", "marts", "fct_claims"),
    ]


def test_layers_that_a_blocked_one_kept_from_running_are_not_passed(docs: Docs) -> None:
    steps = docs.index("raw 2").one("ol", class_="path").all("li")

    assert [s.one("span", class_="badge").text for s in steps] == [
        "Blocked",
        "Not checked",
        "Not checked",
    ]


def test_held_and_declared_leave_out_what_is_not_applicable(docs: Docs) -> None:
    row = next(r for r in docs.index("raw 2").under("Tables").all("tr") if "claims_raw" in r.text)

    assert "1 / 5 1 not applicable" in row.text


def test_earlier_runs_are_below_newest_first_and_linked(docs: Docs) -> None:
    page = docs.index("marts 1 again")
    runs = page.under("Earlier runs").all("details")
    links = [a.attributes["href"] for run in runs for a in run.all("a")]

    # the newest batch stays on top when an older one is checked again
    assert page.one("h1").text == "Batch 2 is not safe to use"
    assert [r.one("span", class_="badge").text for r in [n.one("summary") for n in runs]] == [
        "Blocked",
        "Passed",
    ]
    assert len(links) == 5
    assert all((docs.site / unquote(link)).is_file() for link in links)


def test_every_time_is_in_utc(docs: Docs) -> None:
    for moment in docs.indexes:
        times = [t.text for t in docs.index(moment).all("time")]
        assert times
        assert all(t.endswith(" UTC") for t in times)


# --- a table's page --------------------------------------------------------------------------


def test_a_failed_check_shows_expected_observed_keys_severity_and_note(docs: Docs) -> None:
    page = docs.page(2, "claims_raw")
    failed = page.under("Failed").all("li", class_="failure")

    assert headings(page.under("Failed")) == [
        "claim_id must be unique",
        "amount values must be at least 0 and at most 1,000,000",
        "amount mean must be at least 50",
    ]
    assert "2 of 20 rows at fault (10.00%)" in failed[1].text
    assert [k.text for k in failed[1].one("dd", class_="keys").all("code")] == ["D0", "<b>D1</b>"]
    assert "Cents read as dollars?" in failed[2].text
    assert "Warning" in failed[2].text


def test_the_header_tells_table_layer_batch_owner_rows_and_verdict(docs: Docs) -> None:
    page = docs.page(2, "claims_raw")
    told = dict(zip(
        [n.text for n in page.under("claims_raw").all("dt")],
        [n.text for n in page.under("claims_raw").all("dd")],
        strict=True,
    ))  # fmt: skip

    assert page.one("h1").text == "claims_raw"
    assert page.under("claims_raw").one("span", class_="badge").text == "Blocked"
    assert {k: told[k] for k in ("Layer", "Batch", "Rows checked", "Owner")} == {
        "Layer": "raw",
        "Batch": "2",
        "Rows checked": "the day's batch",
        "Owner": "claims-data",
    }
    assert told["Checked"].endswith(" UTC")


def test_checks_that_held_and_those_not_applicable_follow(docs: Docs) -> None:
    page = docs.page(2, "claims_raw")
    held = page.under("Held").all("tr")[1:]

    assert [row.text for row in held] == [
        "claim_type values must belong to this set: Medical, Dental 0 of 20 rows at fault critical"
    ]
    assert "person_id" in page.under("Not applicable").text
    assert "The day's" in page.under("Not applicable").text


def test_a_check_that_could_not_run_shows_its_error_and_blocks(docs: Docs) -> None:
    page = docs.page(1, "fct_claims")
    failed = page.under("Failed").one("li", class_="failure")

    assert page.under("fct_claims").one("span", class_="badge").text == "Blocked"
    assert "Could not run" in failed.text
    assert 'The column "paid" in BatchData does not exist.' in failed.text


def test_warnings_alone_do_not_block(docs: Docs) -> None:
    page = docs.page(2, "employees_raw")

    assert page.under("employees_raw").one("span", class_="badge").text == "Warning"
    assert len(page.under("Failed").all("li", class_="failure")) == 4


def test_an_index_entry_leads_to_its_check_and_back(docs: Docs) -> None:
    link = docs.index("raw 2").under("What failed").all("a")[0].attributes["href"]
    path, _, anchor = unquote(link).partition("#")
    page = parse((docs.site / path).read_text())
    target = next(n for n in page.walk() if n.attributes.get("id") == anchor)
    back = {
        a.attributes["href"] for a in page.all("a") if "Data Docs" in a.text or "Back" in a.text
    }

    assert target.one("h3").text == "claim_id must be unique"
    assert {(docs.site / path).parent.joinpath(b).resolve() for b in back} == {
        docs.site / "index.html"
    }


# --- safe to open ----------------------------------------------------------------------------


def test_nothing_is_loaded_from_elsewhere(docs: Docs) -> None:
    for path in html_files(docs):
        text = path.read_text()
        page = parse(text)
        loads = [n for n in page.walk() if n.tag in ("script", "img", "iframe", "object", "video")]
        refs = [n.attributes[a] for n in page.walk() for a in ("src", "href") if a in n.attributes]
        style = page.one("style").text

        assert loads == []
        assert refs
        assert all(ref.startswith(("#", "data:", "..", "index", "valid", "runs-")) for ref in refs)
        # without one of its own, a browser asks the server for an icon
        assert page.one("link", rel="icon").attributes["href"] == "data:,"
        assert "url(" not in style
        assert "@import" not in style
        assert "default-src 'none'" in text


def test_a_hostile_note_or_key_is_only_text(docs: Docs) -> None:
    for page in (docs.page(2, "claims_raw"), docs.index("raw 2")):
        assert (
            HOSTILE in page.under("What failed" if page.all("ol", class_="path") else "Failed").text
        )
        assert not [n for n in page.walk() if "onerror" in n.attributes or n.tag in ("img", "b")]


def test_no_personal_value_is_anywhere_in_the_site(docs: Docs) -> None:
    for path in docs.site.rglob("*"):
        if path.is_file():
            text = path.read_text()
            assert [c for c in CANARIES if c in text] == [], path


def test_pages_have_landmarks_headings_and_table_headers(docs: Docs) -> None:
    for path in html_files(docs):
        page = parse(path.read_text())
        assert page.one("html").attributes["lang"] == "en"
        assert page.one("head").one("title").text
        assert page.one("meta", name="viewport")
        page.one("main")
        page.one("h1")
        page.one("nav")
        levels = [int(n.tag[1]) for n in page.walk() if n.tag in ("h1", "h2", "h3")]
        assert levels[0] == 1
        assert all(b - a <= 1 for a, b in pairwise(levels))
        for table in page.all("table"):
            assert all("scope" in th.attributes for th in table.all("th"))
        ids = [n.attributes["id"] for n in page.walk() if "id" in n.attributes]
        assert len(ids) == len(set(ids))
