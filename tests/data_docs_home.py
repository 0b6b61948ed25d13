"""A home with real results: a clean batch, one that is not, and the Data Docs of each moment."""

import sqlite3
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gx.context import open_context
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


def html_files(docs: Docs) -> list[Path]:
    return sorted(docs.site.rglob("*.html"))


def headings(section: Node) -> list[str]:
    return [node.text for node in section.all("h3")]


def checked_home(home: Path) -> Docs:
    """Each layer of batch 1, then the raw layer of batch 2, then marts whose column was renamed."""
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
