"""Small feeds with control totals, and what the expectation says of them."""

import csv
import io
import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from etl.control import CONTROL
from gx.expectations.control import ExpectControlTotalsToAgree
from tests.feeds import Home, write_feed

HEAD = "file_name,column_name,value,row_count,amount\n"
CLAIMS = [
    {"claim_id": "C1", "person_id": "E1", "amount": "10.00"},
    {"claim_id": "C2", "person_id": "E1", "amount": "5.25"},
    {"claim_id": "C3", "person_id": " E2 ", "amount": "7.50"},
    {"claim_id": "C4", "person_id": "", "amount": "0.10"},
]
RIGHT = [
    ("", "", 4, "22.85"),
    ("person_id", "E1", 2, "15.25"),
    ("person_id", "E2", 1, "7.5"),
    ("person_id", "", 1, "0.10"),
]


def lines(told: Iterable[Sequence[Any]], name: str = "claims_raw.csv") -> str:
    """The file of control totals that says this of one file."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows((name, *one) for one in told)
    return HEAD + text.getvalue()


def feed(folder: Path, control: str | None, claims: Iterable[dict[str, str]] = CLAIMS) -> Path:
    """A small feed with these control totals."""
    write_feed(folder, claims=claims)
    if control is not None:
        (folder / CONTROL.file_name).write_text(control, encoding="utf-8")
    return folder


def judged(
    folder: Path, control: str, claims: Iterable[dict[str, str]] = CLAIMS
) -> tuple[bool, str, list[str]]:
    """Whether a feed holds to these totals, what is seen and which values are at fault.

    The expectation is asked without a checkpoint around it.
    """
    home = Home(folder / "home")
    home.load(feed(folder / "feed", control, claims))
    check = ExpectControlTotalsToAgree(
        source_table="claims_raw",
        source_batch=1,
        counted_by=["person_id", "company_ein"],
        amount="amount",
    )
    batch = "(select * from claims_raw where _batch_id = 1)"
    with closing(sqlite3.connect(home.warehouse)) as connection:
        connection.row_factory = sqlite3.Row
        [facts] = connection.execute(check.facts_query().replace("{batch}", batch))
        keys = [row[0] for row in connection.execute(check.keys_query().replace("{batch}", batch))]
    held, seen = check.judge(dict(facts))
    return held, seen, [] if held else keys
