"""The control totals of a feed's files, as its sender would count them."""

import csv
from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

from etl.control import CONTROL
from etl.schemas import CLAIMS, EMPLOYEES, PLANS

# by these the rows of each file are counted, beside the file as a whole
GIVEN_BY = {
    CLAIMS.file_name: ("person_id", "company_ein"),
    EMPLOYEES.file_name: ("company_ein",),
    PLANS.file_name: ("company_ein",),
}


def write_control_totals(folder: Path) -> Path:
    """Count the files of a feed and write control_totals.csv beside them; returns its path.

    Every file is read as a stream; held are a count and a sum for each value.
    """
    path = folder / CONTROL.file_name
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(CONTROL.required)
        for name, columns in GIVEN_BY.items():
            writer.writerows(_totals(folder / name, columns))
    return path


def _totals(path: Path, columns: tuple[str, ...]) -> Iterator[tuple[str, str, str, int, str]]:
    rows: dict[tuple[str, str], int] = defaultdict(int)
    money: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    # a file without a row has a total, too
    rows["", ""] = 0
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        has_amounts = "amount" in (reader.fieldnames or ())
        for row in reader:
            for key in (("", ""), *((column, row.get(column, "").strip()) for column in columns)):
                rows[key] += 1
                if has_amounts:
                    money[key] += Decimal(row["amount"])
    for (column, value), count in sorted(rows.items()):
        amount = str(money[column, value]) if has_amounts else ""
        yield path.name, column, value, count, amount
