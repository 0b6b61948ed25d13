"""`benefits docs`: a page of the models that asks for nothing, changes nothing, names nobody."""

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from checkpoints.lock import only_run
from checkpoints.settings import PROJECT
from etl.dag_picture import svg
from etl.dbt_page import offline
from etl.transform import dag_of
from tests.browser import CHROMIUM, dump_dom, parse, served
from tests.dbt_warehouse import manifest
from tests.homes import benefits, digest, query

# what these tell does not depend on the version of Python
pytestmark = pytest.mark.slow

browser = pytest.mark.skipif(not CHROMIUM.exists(), reason=f"{CHROMIUM} is not installed")
DATABASES = ("marts.db", "warehouse.db", "quality.db")


@dataclass(frozen=True)
class Written:
    """A home with its page, and the digests of its databases before and after."""

    home: Path
    before: list[str]
    after: list[str]

    @property
    def page(self) -> Path:
        return self.home / "dbt_docs" / "index.html"


@pytest.fixture(scope="module")
def written(_home_of_day_1: Path, tmp_path_factory: pytest.TempPathFactory) -> Written:
    home = Path(shutil.copytree(_home_of_day_1, tmp_path_factory.mktemp("docs") / "home"))
    before = [digest(home / name) for name in DATABASES]
    ran = benefits("docs", "--home", home)
    assert ran.code == 0, ran.text
    assert ran.text.strip() == str(home / "dbt_docs" / "index.html")
    return Written(home, before, [digest(home / name) for name in DATABASES])


def inlined(page: Path, what: str) -> dict[str, Any]:
    """The manifest or the catalog, as the page holds it."""
    text = page.read_text(encoding="utf-8")
    start = text.index(f'{what}:{{"metadata"') + len(what) + 1
    found: dict[str, Any] = json.JSONDecoder().raw_decode(text[start:])[0]
    return found


def test_writing_the_page_changes_no_database_and_leaves_nothing_behind(
    written: Written,
) -> None:
    assert written.after == written.before
    assert list(written.page.parent.iterdir()) == [written.page]
    assert list((written.home / "work").glob("docs_*")) == []
    assert written.page.stat().st_mode & 0o077 == 0


def test_the_page_shows_the_marts_as_they_stand_and_the_sql_that_makes_them(
    written: Written,
) -> None:
    catalog = inlined(written.page, "catalog")
    for mart in ("dim_employees", "fct_claims", "published_batches"):
        columns = catalog["nodes"][f"model.benefits.{mart}"]["columns"]
        shown = [(column["name"], column["type"]) for column in columns.values()]
        built = query(
            written.home / "marts.db", f"select name, type from pragma_table_info('{mart}')"
        )
        assert shown == built
    assert "source.benefits.raw_data.claims_raw" in catalog["sources"]
    compiled = inlined(written.page, "manifest")["nodes"]["model.benefits.fct_claims"][
        "compiled_code"
    ]
    assert "int_claims_enriched" in compiled
    assert "{{" not in compiled


def test_the_page_names_no_person_no_claim_and_no_folder_of_this_machine(
    written: Written,
) -> None:
    text = written.page.read_text(encoding="utf-8")

    values = query(
        written.home / "warehouse.db",
        "select full_name from employees_raw union select email from employees_raw"
        " union select company_ein from employees_raw union select claim_id from claims_raw",
    )
    assert len(values) > 500
    assert [value for (value,) in values if value and value in text] == []
    assert str(written.home.parent) not in text
    assert str(PROJECT) not in text


def test_without_published_marts_it_says_what_to_run_and_makes_nothing(tmp_path: Path) -> None:
    ran = benefits("docs", "--home", tmp_path / "home")

    assert ran.code == 2
    assert "nothing is published yet. Run benefits pipeline --feed DIR first." in ran.text
    assert list(tmp_path.iterdir()) == []


def test_a_run_at_work_or_a_broken_file_ends_it_on_a_message_and_no_page(home: Path) -> None:
    with only_run(home, "benefits pipeline"):
        ran = benefits("docs", "--home", home)
    assert ran.code == 2
    assert "another run is at work here (benefits pipeline" in ran.text

    (home / "marts.db").write_bytes(b"no database, as anyone can see\n" * 40)
    ran = benefits("docs", "--home", home)
    assert ran.code == 2
    assert ran.text.startswith("Could not run: dbt cannot document the project:\n  ")
    assert "file is not a database" in ran.text
    assert not (home / "dbt_docs").exists()


# --- in a real browser ------------------------------------------------------------------------

# what a page in a frame shows, and what it has tried to load from another machine
PROBE = """<!doctype html><link rel="icon" href="data:,">
<iframe src="{page}" style="width:1200px;height:900px"></iframe><pre id="out"></pre><script>
setTimeout(() => {{
  const view = document.querySelector('iframe').contentWindow;
  document.getElementById('out').textContent = JSON.stringify({{
    shown: view.document.body.innerText,
    outside: view.performance.getEntriesByType('resource').map(entry => entry.name)
      .filter(name => !name.startsWith('data:') && !name.startsWith(location.origin))}});
}}, 4000);
</script>"""


@pytest.fixture
def visit(tmp_path: Path) -> Callable[..., dict[str, Any]]:
    def show(html: str, place: str = "") -> dict[str, Any]:
        (tmp_path / "index.html").write_text(html, encoding="utf-8")
        (tmp_path / "probe.html").write_text(PROBE.format(page=f"index.html{place}"), "utf-8")
        with served(tmp_path) as (address, asked):
            shown = parse(dump_dom(f"{address}/probe.html", "--virtual-time-budget=6000"))
        told: dict[str, Any] = json.loads(shown.one("pre", id="out").text)
        return told | {"asked": set(asked) - {"/probe.html", "/index.html"}}

    return show


@browser
def test_a_browser_shows_a_mart_with_its_columns_and_asks_for_nothing_else(
    written: Written, visit: Callable[..., dict[str, Any]]
) -> None:
    told = visit(written.page.read_text(encoding="utf-8"), "#!/model/model.benefits.fct_claims")

    assert "One row per claim." in told["shown"]
    assert "double precision" in told["shown"]
    assert (told["outside"], told["asked"]) == ([], set())


@browser
def test_whatever_a_page_would_load_is_not_asked_for(visit: Callable[..., dict[str, Any]]) -> None:
    greedy = """<!doctype html><html><head><link rel="shortcut icon" href="${icon}"/>
    <link rel="stylesheet" href="style.css"><script src="script.js"></script></head><body>
    <img src="picture.png"><script>const s = document.createElement('script');
    s.src = '//d1fc8wv8zag5ca.cloudfront.net/2.9.0/sp.js'; document.body.append(s);
    fetch('data.json').catch(() => 0);</script></body></html>"""

    told = visit(greedy)
    assert told["asked"] >= {"/style.css", "/script.js", "/picture.png", "/data.json"}
    assert [address.rpartition("/")[2] for address in told["outside"]] == ["sp.js"]
    told = visit(offline(greedy))
    assert (told["outside"], told["asked"]) == ([], set())


# --- the project -----------------------------------------------------------------------------


def test_the_picture_in_the_docs_is_that_of_the_models() -> None:
    path = PROJECT / "docs" / "lineage.svg"

    told = "docs/lineage.svg is not of these models. Run: benefits docs --lineage docs/lineage.svg"
    assert path.read_text(encoding="utf-8") == svg(dag_of(manifest())), told


def test_the_dag_has_every_source_model_and_exposure_in_its_layer_and_no_test() -> None:
    parsed = manifest()
    dag = dag_of(parsed)

    models = {key for key in parsed.nodes if key.startswith("model.")}
    assert {node.key for node in dag.nodes} == {*models, *parsed.sources, *parsed.exposures}
    kinds = {node.name: (node.layer, node.kind) for node in dag.nodes}
    assert kinds["claims_raw"] == ("sources", "source")
    assert kinds["stg_claims"] == ("staging", "view")
    assert kinds["fct_claims"] == ("marts", "table")
    assert kinds["claim_cost_report"] == ("exposures", "exposure")
    named = {(a.rpartition(".")[2], b.rpartition(".")[2]) for a, b in dag.edges}
    assert {("claims_raw", "stg_claims"), ("fct_claims", "claim_cost_report")} <= named
    assert ("published_batches", "int_pending_batches") not in named


def test_each_source_table_is_described_down_to_its_grain() -> None:
    sources = manifest().sources.values()

    told = {source.name: source.description.strip().split(". ")[-1] for source in sources}
    assert {name: last for name, last in told.items() if not last.startswith("One row per")} == {}


def test_each_report_says_its_grain_its_owner_and_reads_only_marts() -> None:
    reports = manifest().exposures.values()

    assert {report.name for report in reports} >= {"claim_cost_report", "coverage_report"}
    for report in reports:
        last = report.description.strip().split(". ")[-1]
        assert last.startswith("One "), report.name
        assert report.owner.email.endswith("@example.com")
        assert (report.url, bool(report.label), bool(report.maturity)) == (None, True, True)
        assert {manifest().nodes[key].fqn[1] for key in report.depends_on.nodes} == {"marts"}
