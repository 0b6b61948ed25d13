"""What a home holds, to be compared: tables without the times at which they were written."""

import hashlib
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from tests.homes import query

# when something was written differs from run to run, and nothing else may
TIMES = ("_dbt_updated_at", "loaded_at", "_loaded_at")
RAW = ("employees_raw", "plans_raw", "claims_raw", "clean_data", "rejected_rows", "load_files")


def content(database: Path, only: tuple[str, ...] = ()) -> dict[str, str]:
    """A digest of each table's rows, whatever their order; without `_published`."""
    found = {}
    with closing(sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True)) as connection:
        tables = connection.execute("select name from sqlite_master where type = 'table'")
        for table in sorted(name for (name,) in tables.fetchall()):
            if table == "_published" or (only and table not in only):
                continue
            columns = [r[1] for r in connection.execute(f"pragma table_info({table})")]
            wanted = ", ".join(c for c in columns if c not in TIMES)
            rows = connection.execute(f"select {wanted} from {table}").fetchall()
            found[table] = hashlib.sha256(repr(sorted(rows, key=repr)).encode()).hexdigest()
    return found


def holds(home: Path) -> dict[str, Any]:
    """Everything that a run leaves and that may not depend on how often it was begun."""
    return {
        "marts": content(home / "marts.db"),
        "raw": content(home / "warehouse.db", RAW),
        "batches": query(
            home / "warehouse.db", "select _batch_id, status from load_batches order by 1"
        ),
        "files": sorted(path.name for path in (home / "outputs").iterdir()),
    }


def quick_check(database: Path) -> list[tuple[Any, ...]]:
    """What SQLite says of a file that is opened as a reader opens it."""
    return query(database, "pragma quick_check")
