import json
import shutil
import sqlite3
from contextlib import closing
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import unquote

import pytest

from gx.context import open_context
from gx.data_docs.book import open_book
from gx.data_docs.files import WholeFiles
from gx.data_docs.history import KEPT_LAYER_RUNS, History, Seen, from_text, to_text
from gx.data_docs.index import make_index, run_of
from gx.data_docs.outside import keep
from gx.data_docs.page import FAILED, Finding, read_page
from gx.data_docs.site import build_pages
from gx.data_docs.views import run_in_list
from gx.data_docs.words import error_text, observed
from gx.outcome import CheckResult, Skipped, TableResult
from gx.plan import Source
from gx.run import run_layer
from gx.suites import load_suites
from tests.browser import Node, parse

CANARIES = ("Quentin Canary", "canary@leak", "SECRETNOTE")
HOSTILE = "<script>alert('x')</script><img src=http://evil.example/x onerror=alert(1)>"
SUITES = {
    "raw/claims_raw.yml": f"""
table: claims_raw
owner: claims-data
key: claim_id
expect:
  - expect_column_mean_to_be_between: {{column: amount, min_value: 50, severity: warning,
      notes: 'Cents read as dollars?'}}
  - expect_key_to_be_unique: {{columns: [claim_id], notes: "{HOSTILE}"}}
  - expect_column_values_to_be_between: {{column: amount, min_value: 0, max_value: 1000000}}
  - expect_column_values_to_not_be_null: {{column: person_id, requires: claims_raw.person_id}}
  - expect_column_values_to_be_in_set: {{column: claim_type, value_set: [Medical, Dental]}}
""",
    "raw/employees_raw.yml": """
table: employees_raw
owner: people-data
key: person_id
expect:
  - expect_column_values_to_match_regex: {column: email, regex: '^[^@]+@[^@]+[.][a-z]+$',
      severity: warning}
  - expect_column_values_to_be_in_set: {column: full_name, value_set: [Nobody], severity: info}
  - expect_column_distinct_values_to_be_in_set: {column: notes, value_set: [None], severity: info}
  - expect_column_most_common_value_to_be_in_set: {column: full_name, value_set: [Nobody],
      severity: info}
""",
    "staging/stg_claims.yml": """
table: stg_claims
owner: claims-data
key: claim_id
expect:
  - expect_key_to_be_unique: {columns: [claim_id]}
""",
    "marts/fct_claims.yml": """
table: fct_claims
owner: analytics
scope: table
key: claim_id
expect:
  - expect_key_to_be_unique: {columns: [claim_id]}
  - expect_column_values_to_be_between: {column: paid, min_value: 0, severity: warning,
      notes: 'Was the column renamed?'}
""",
}


@dataclass
class Docs:
    """A home with real results: what each index looked like at the time, and the pages now."""

    home: Path
    indexes: dict[str, str] = field(default_factory=dict)

    @property
    def site(self) -> Path:
        return self.home / "data docs 100%"

    def context(self) -> Any:
        return open_context(self.home / "gx", self.site)

    def index(self, moment: str) -> Node:
        return parse(self.indexes[moment])

    def page(self, batch: int, table: str) -> Node:
        return parse(self.path(batch, table).read_text())

    def path(self, batch: int, table: str) -> Path:
        return sorted(self.site.glob(f"validations/*/{table}/batch-{batch}/*/*.html"))[-1]

    def check(self, layer: str, batch: int, *columns: str, moment: str = "") -> None:
        """Run a layer's checkpoint and remember the index it left."""
        run_layer(
            self.context(),
            layer,
            load_suites(self.home / "suites" / layer),
            Source(self.home / "warehouse.db"),
            batch_id=batch,
            delivered={"claims_raw": columns},
            parameters={},
            run_name=f"batch-{batch}",
        )
        self.indexes[moment or f"{layer} {batch}"] = (self.site / "index.html").read_text()


def fill(path: Path) -> None:
    """Batch 1 is clean, batch 2 is not; the people of batch 2 carry canaries."""
    with closing(sqlite3.connect(path)) as db, db:
        db.executescript("""
            create table claims_raw (_batch_id, claim_id text, person_id, amount real, claim_type);
            create table employees_raw (_batch_id, person_id text, full_name, email, notes);
            create table stg_claims (_batch_id, claim_id text);
            create table fct_claims (claim_id text, paid real);
        """)
        claims = [(1, f"C{i}", "P1", 60.25, "Medical") for i in range(20)]
        claims += [(2, f"D{i}", "P1", 1.5, "Medical") for i in range(18)]
        claims += [(2, "D0", "P1", -5.0, "Medical"), (2, "<b>D1</b>", "P1", -5.0, "Medical")]
        db.executemany("insert into claims_raw values (?, ?, ?, ?, ?)", claims)
        db.executemany(
            "insert into employees_raw values (?, ?, ?, ?, ?)",
            [
                (1, "P1", "Nobody", "n@acme.com", "None"),
                (2, "P1", "Quentin Canary", "canary@leak", "SECRETNOTE"),
                (2, "P2", "Quentin Canary", "canary@leak", "SECRETNOTE"),
            ],
        )
        db.execute("insert into stg_claims values (1, 'C1')")
        db.execute("insert into fct_claims values ('C1', 1.0)")


@pytest.fixture(scope="module")
def docs(tmp_path_factory: pytest.TempPathFactory) -> Docs:
    home = tmp_path_factory.mktemp("home")
    for name, text in SUITES.items():
        (home / "suites" / name).parent.mkdir(parents=True, exist_ok=True)
        (home / "suites" / name).write_text(text)
    fill(home / "warehouse.db")
    made = Docs(home)
    made.check("raw", 1, "claim_id", "person_id")
    made.check("staging", 1)
    made.check("marts", 1)
    made.check("raw", 2, "claim_id")
    with closing(sqlite3.connect(home / "warehouse.db")) as db, db:
        db.execute("alter table fct_claims rename column paid to gone")
    made.check("marts", 1, moment="marts 1 again")
    return made


@pytest.fixture
def copied(docs: Docs, tmp_path: Path) -> Docs:
    """A copy to change."""
    shutil.copytree(docs.home, tmp_path / "home")
    return Docs(tmp_path / "home", dict(docs.indexes))


def html_files(docs: Docs) -> list[Path]:
    return sorted(docs.site.rglob("*.html"))


def headings(section: Node) -> list[str]:
    return [node.text for node in section.all("h3")]


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


# --- what is stored and what it costs --------------------------------------------------------


def test_the_site_holds_pages_and_nothing_of_gx(docs: Docs) -> None:
    assert sorted(p.name for p in docs.site.iterdir()) == [
        "history.json",
        "index.html",
        "runs-0001.html",
        "runs-0001.json",
        "validations",
    ]
    assert {p.suffix for p in docs.site.rglob("*") if p.is_file()} == {".html", ".json"}


def test_a_build_reads_only_the_results_it_was_given(
    copied: Docs, monkeypatch: pytest.MonkeyPatch
) -> None:
    context = copied.context()
    key = context.validation_results_store.list_keys()[0]
    read = []
    backend = type(context.validation_results_store.store_backend)
    original = backend._get

    def remember(self: Any, key: Any) -> Any:
        read.append(key)
        return original(self, key)

    def refuse(self: Any, prefix: tuple[str, ...] = ()) -> Any:
        raise AssertionError("listed")

    monkeypatch.setattr(backend, "_get", remember)
    monkeypatch.setattr(backend, "list_keys", refuse)
    build_pages(context, [key])

    assert read == [("history.json",), ("runs-0001.json",), key.to_tuple()]


def test_a_deleted_site_is_built_again_from_the_stored_results(copied: Docs) -> None:
    before = without_times(copied.site / "index.html")
    pages = [p.relative_to(copied.site) for p in html_files(copied)]
    shutil.rmtree(copied.site)

    build_pages(copied.context(), [])

    assert without_times(copied.site / "index.html") == before
    assert [p.relative_to(copied.site) for p in html_files(copied)] == pages


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"version": 0}', '{"version": 1, "results": [1]}']
)
def test_a_history_that_cannot_be_read_is_made_again(copied: Docs, text: str) -> None:
    before = without_times(copied.site / "index.html")
    (copied.site / "history.json").write_text(text)
    context = copied.context()
    key = context.validation_results_store.list_keys()[0]

    build_pages(context, [key])

    assert without_times(copied.site / "index.html") == before


def test_results_of_others_and_broken_ones_do_not_stop_the_docs(
    copied: Docs, caplog: pytest.LogCaptureFixture
) -> None:
    stored = sorted((copied.home / "gx").rglob("claims_raw/batch-2/*/*.json"))[0]
    old = json.loads(stored.read_text())
    del old["meta"]["benefits"]
    shutil.rmtree(copied.home / "gx" / "validations")
    for name, text in (("old", json.dumps(old)), ("torn", stored_half(old))):
        path = stored.parents[1] / ".." / name / stored.parent.name / stored.name
        path.parent.mkdir(parents=True)
        path.write_text(text)
    shutil.rmtree(copied.site)

    build_pages(copied.context(), [])

    index = parse((copied.site / "index.html").read_text())
    page = parse(html_files(copied)[2].read_text())
    assert len(html_files(copied)) == 3  # the index, the list of runs, one page
    assert index.one("h1").text == "batch-2 is not safe to use"
    assert headings(page.under("Failed"))[0] == "claim_id must be unique"
    assert "torn" in caplog.text


def test_a_named_result_that_cannot_be_read_is_an_error(copied: Docs) -> None:
    context = copied.context()
    key = context.validation_results_store.list_keys()[0]
    context.validation_results_store.store_backend.set(key.to_tuple(), "{")

    with pytest.raises(json.JSONDecodeError):
        build_pages(context, [key])


def test_a_write_that_fails_leaves_the_page_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = WholeFiles(base_directory=str(tmp_path / "site"), suppress_store_backend_id=True)
    files.set(("a", "page.html"), "first")

    def fail(self: Path, target: Path) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(OSError, match="disk full"):
        files.set(("a", "page.html"), "second")

    assert [p.name for p in (tmp_path / "site" / "a").iterdir()] == ["page.html"]
    assert (tmp_path / "site" / "a" / "page.html").read_text() == "first"


def test_checks_made_outside_gx_stand_beside_its_own(copied: Docs) -> None:
    context = copied.context()
    raw = next(k for k in context.validation_results_store.list_keys() if "batch-2" in k.to_tuple())
    tests = TableResult(
        table="dbt",
        declared=3,
        results=(
            CheckResult("unique_claim", None, "critical", False, observed="2 rows", notes="Twice."),
            CheckResult("not_null_claim", None, "critical", True),
        ),
        not_applicable=(Skipped("accepted_values_type", "model"),),
    )

    key = keep(context, "raw", tests, batch_id=2, run_id=raw.run_id, owner="dbt")
    build_pages(context, [key])

    index = parse((copied.site / "index.html").read_text())
    assert index.one("p", class_="lead").text.startswith("Blocked at raw: 3 critical checks failed")
    page = copied.page(2, "dbt").under("Failed")
    assert headings(page) == ["unique_claim"]
    assert "2 rows" in page.text
    assert "Twice." in page.text


# --- verdicts, words and order, without a database -------------------------------------------


def result_of(*checks: dict[str, Any], declared: int | None = None) -> dict[str, Any]:
    """A stored result with these checks (severity, success, error)."""
    facts = {
        "layer": "raw",
        "table": "t",
        "batch_id": 1,
        "declared": len(checks) if declared is None else declared,
        "not_applicable": [],
        "checks": [{"severity": c["severity"], "error": c.get("error")} for c in checks],
    }
    results = [
        {
            "success": c["success"],
            "expectation_config": {"type": "expect_nothing", "kwargs": {}, "meta": {"place": n}},
        }
        for n, c in enumerate(checks)
    ]
    return {"suite_name": "raw.t", "meta": {"benefits": facts}, "results": results}


def check(severity: str, success: bool, error: str | None = None) -> dict[str, Any]:
    return {"severity": severity, "success": success, "error": error}


@pytest.mark.parametrize(
    ("result", "verdict"),
    [
        (result_of(check("critical", True)), "pass"),
        (result_of(check("info", False), check("critical", True)), "warn"),
        (result_of(check("warning", False)), "warn"),
        (result_of(check("critical", False)), "block"),
        (result_of(check("fatal?", False)), "block"),
        (result_of(check("info", False, "no such column")), "block"),
        (result_of(check("critical", True), declared=2), "block"),
        (result_of(), "block"),
        ({}, "block"),
    ],
)
def test_the_verdict_follows_severity_and_silence(result: dict[str, Any], verdict: str) -> None:
    assert read_page(result).verdict == verdict


def test_a_raised_check_of_another_project_is_found_in_both_of_gxs_shapes() -> None:
    flat = {"raised_exception": True, "exception_message": "no such table: t\nmore"}
    for info in (flat, {"('metric', '1')": flat}):
        one = {"success": False, "exception_info": info, "expectation_config": {"type": "expect_x"}}
        page = read_page({"suite_name": "raw.t", "results": [one]})
        assert page.findings[0].error == "no such table: t"


def test_what_is_not_applicable_names_the_missing_column() -> None:
    result = result_of(check("critical", True), declared=2)
    result["meta"]["benefits"]["not_applicable"] = [
        {"check": "employee_key: expect_x", "requires": "claims_raw.person_id"}
    ]

    assert read_page(result).not_applicable[0].why == "The day's claims_raw came without person_id."


@pytest.mark.parametrize(
    ("expectation", "result", "words"),
    [
        ("expect_column_max_to_be_between", {"observed_value": 1234567}, "1,234,567"),
        ("expect_column_max_to_be_between", {"observed_value": 0.0004567}, "0.0004567"),
        ("expect_column_max_to_be_between", {"observed_value": "2024-01-01"}, "2024-01-01"),
        ("expect_column_max_to_be_between", {"observed_value": "Jane"}, "a value, not shown"),
        ("expect_column_max_x", {"observed_value": "123-45-6789"}, "a value, not shown"),
        ("expect_column_x", {"observed_value": ["Jane", "Ann"]}, "2 values, not shown"),
        ("expect_table_columns_to_match_set", {"observed_value": ["a", "b"]}, "a, b"),
        ("expect_key_to_be_unique", {"observed_value": 0}, "0 at fault"),
        ("expect_x", {"unexpected_count": 0, "element_count": 0}, "no rows"),
        (
            "expect_x",
            {"unexpected_count": 1, "element_count": 8, "missing_count": 2},
            "1 of 8 rows at fault (12.50%), 2 empty",
        ),
        ("expect_x", {}, None),
    ],
)
def test_observed_values_are_told_as_counts(
    expectation: str, result: dict[str, Any], words: str | None
) -> None:
    assert observed(expectation, result) == words


def test_an_error_keeps_the_checks_own_names_and_no_other_quoted_value() -> None:
    message = "can't read column 'amount': could not convert string to float: 'Jane Doe'"

    assert error_text(message, {"amount"}) == (
        "can't read column 'amount': could not convert string to float: '…'"
    )


def seen(layer: str, time: str, batch: int = 1, **more: Any) -> Seen:
    told = {
        "page": f"{layer}/{batch}/{time}.html",
        "table": "t",
        "owner": None,
        "run_name": f"batch-{batch}",
        "declared": 1,
        "answered": 1,
        "not_applicable": 0,
        "unanswered": 0,
        "failed": (),
    }
    return Seen(layer=layer, run_time=time, batch=batch, **{**told, **more})


def test_a_layer_checked_again_replaces_its_older_result_and_marks_those_after_it() -> None:
    history = [seen("raw", "1"), seen("staging", "2"), seen("marts", "3"), seen("raw", "4")]

    index = make_index(History(tuple(history)))

    assert index.newest is not None
    assert [(x.name, x.time, x.outdated) for x in index.newest.layers] == [
        ("raw", "4", False),
        ("staging", "2", True),
        ("marts", "3", True),
    ]


def test_a_run_that_stopped_unblocked_says_how_far_it_came() -> None:
    history = History((seen("raw", "1"), seen("staging", "2"), seen("raw", "3", batch=2)))
    run = run_of(["raw/1/1.html", "staging/1/2.html"], history)

    assert run is not None
    told = parse(run_in_list(run)).one("span", class_="what").text
    assert told == "nothing failed; raw and staging only"


def test_a_layer_without_its_last_answer_is_blocked_on_the_index_too() -> None:
    index = make_index(History((seen("raw", "1", unanswered=1, declared=2),)))

    assert index.newest is not None
    assert index.newest.verdict == "block"


def test_a_critical_failure_comes_before_the_warnings_of_earlier_layers() -> None:
    def failing(severity: str) -> tuple[Finding, ...]:
        return (Finding(0, None, "must hold", "expect_x", severity, FAILED),)

    index = make_index(
        History(
            (
                seen("raw", "1", failed=failing("info")),
                seen("staging", "2", failed=failing("critical")),
            )
        )
    )

    assert index.newest is not None
    assert [finding.severity for _, finding in index.newest.failures] == ["critical", "info"]
    assert (index.newest.critical, index.newest.warnings) == (1, 1)


def test_the_history_keeps_the_newest_runs_of_each_layer() -> None:
    many = [seen("raw", f"{n:05}", batch=n) for n in range(100)]

    kept = History().with_results([*many, seen("marts", "00000", batch=0)])

    assert [one.batch for one in kept.of("raw", "t")] == list(range(99, 99 - KEPT_LAYER_RUNS, -1))
    assert len(kept.of("marts", "t")) == 1
    assert not kept.from_start


def test_the_history_comes_back_as_it_was_written(docs: Docs) -> None:
    text = (docs.site / "history.json").read_text()
    history = from_text(text)

    assert history is not None
    assert to_text(history) == text


def test_no_history_is_none() -> None:
    files = WholeFiles(base_directory="/nonexistent/site", suppress_store_backend_id=True)
    store: Any = SimpleNamespace(store_backends={"static_assets": files})

    assert open_book(store, 10) is None


def test_an_empty_site_says_so(tmp_path: Path) -> None:
    path = build_pages(open_context(tmp_path / "gx", tmp_path / "docs"), [])

    assert parse(Path(path).read_text()).one("h1").text == "No results yet"


def stored_half(result: dict[str, Any]) -> str:
    text = json.dumps(result)
    return text[: len(text) // 2]


def without_times(path: Path) -> str:
    return path.read_text().split('<footer class="foot">')[0]
