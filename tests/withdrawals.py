"""A home of four batches that replace each other's rows, and homes that never saw one of them."""

import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import pyarrow.parquet as pq

from checkpoints.publish import prepare_candidate
from checkpoints.settings import DBT, Home
from etl.feed import survey_feed
from etl.load import load_feed
from etl.outputs import write_outputs
from etl.providers import OfflineProvider
from etl.transform import Dbt, require_built
from etl.warehouse import close_batch
from tests.dbt_warehouse import MARTS
from tests.homes import DAY_1, DAY_2, feed_from, query, set_field

# who writes a row and when is not part of what it says
OF_THE_BUILD = ("_dbt_updated_at", "loaded_at", "_loaded_at")
BATCH_NUMBERS = ("_batch_id", "enriched_batch_id")
EMPLOYEES, PLANS, CLAIMS = "employees_raw.csv", "plans_raw.csv", "claims_raw.csv"


def four_feeds(folder: Path) -> list[Path]:
    """Feeds in which each takes something back that another said, before and after it."""
    lines = {name: (DAY_1 / name).read_text("utf-8").splitlines() for name in (EMPLOYEES, CLAIMS)}
    late = [line for line in lines[CLAIMS][-60:] if '"' not in line]
    again = [line for line in lines[CLAIMS][1:120] if '"' not in line]
    named = {line.split(",")[0]: line for line in lines[EMPLOYEES][1:80] if '"' not in line}
    people = list(named.values())

    first = shutil.copytree(DAY_1, folder / "first")
    # the same people: titles corrected, later and earlier versions; claims replaced; two rejected
    second = feed_from(DAY_1, folder / "second", EMPLOYEES, lambda all: _titles(all, people[:20]))
    second = feed_from(
        second, folder / "second_2", CLAIMS, lambda all: [*_changed(all[:1], again, "71.25")]
    )
    _append(second / EMPLOYEES, (_version(line, "2023-02-03") for line in people[20:30]))
    _append(second / CLAIMS, (f"{name},P1,,2024-03-05,twelve,Medical" for name in ("R1", "R2")))
    # the next day, and claims that the second has replaced, replaced once more
    third = feed_from(
        DAY_2, folder / "third", CLAIMS, lambda all: [*_changed(all, again[40:80], "88.50")]
    )
    # late ones as they first were, a person of the second changed again, plans ended
    fourth = feed_from(DAY_1, folder / "fourth", CLAIMS, lambda all: [all[0], *again[60:70], *late])
    fourth = feed_from(fourth, folder / "fourth_2", EMPLOYEES, lambda all: all[:1])
    _append(fourth / EMPLOYEES, (_version(line, "2024-03-01") for line in people[10:25]))
    fourth = feed_from(fourth, folder / "fourth_3", PLANS, _ended)
    _append(fourth / CLAIMS, ["R3,P1,,05.03.2024,12.00,Medical"])
    return [first, second, third, fourth]


def _append(path: Path, lines: Iterable[str]) -> None:
    with path.open("a", encoding="utf-8") as file:
        file.writelines(f"{line}\n" for line in lines)


def _titles(lines: list[str], whose: list[str]) -> list[str]:
    return [set_field(line, 2, "Chief of all") if line in whose else line for line in lines]


def _version(line: str, day: str) -> str:
    return set_field(set_field(line, 2, f"Since {day}"), 5, day)


def _changed(lines: list[str], claims: list[str], amount: str) -> list[str]:
    return [*lines, *(set_field(line, 4, amount) for line in claims)]


def _ended(lines: list[str]) -> list[str]:
    return [
        set_field(line, 4, "2024-12-31") if n in (3, 7) and not line.split(",")[4] else line
        for n, line in enumerate(lines)
    ]


def load(home: Home, feed: Path) -> int:
    """Load a feed and count it as published; the marts do not hold it yet."""
    home.work.mkdir(parents=True, exist_ok=True)
    loaded = load_feed(survey_feed(feed), home.warehouse, home.work, OfflineProvider())
    close_batch(home.warehouse, loaded.batch_id, "published")
    return loaded.batch_id


def built(root: Path, feeds: Iterable[Path]) -> Home:
    """A home in which these feeds are published, built at once and without a check."""
    home = Home(root)
    newest = [load(home, feed) for feed in feeds][-1]
    prepare_candidate(home.marts, home.candidate, empty=True)
    dbt = Dbt(DBT, home.warehouse, home.candidate, home.work / "dbt")
    require_built(dbt.run("staging"))
    require_built(dbt.run("intermediate", "marts", full_refresh=True))
    home.candidate.replace(home.marts)
    write_outputs(home.warehouse, newest, home.outputs)
    return home


@dataclass(frozen=True)
class Content:
    """Everything readers see of a home: rows with feeds by name, and files."""

    tables: dict[str, list[tuple[object, ...]]]
    errors: str


def content(home: Home) -> Content:
    """The marts, the table clean_data and the outputs, whatever the numbers of the batches."""
    named = dict(query(home.warehouse, "select _batch_id, feed_name from load_batches"))
    tables = {mart: _rows(home.marts, mart, named) for mart in MARTS}
    tables["clean_data"] = _rows(home.warehouse, "clean_data", named)
    parquet = pq.read_table(home.outputs / "clean_data.parquet").to_pylist()
    tables["parquet"] = _sorted(
        tuple(
            named[value] if name in BATCH_NUMBERS else value
            for name, value in row.items()
            if name not in OF_THE_BUILD
        )
        for row in parquet
    )
    return Content(tables, (home.outputs / "validation_errors.csv").read_text("utf-8"))


def _rows(database: Path, table: str, named: dict[int, str]) -> list[tuple[object, ...]]:
    columns = query(database, f"select name from pragma_table_info('{table}') order by cid")
    names = [name for (name,) in columns if name not in OF_THE_BUILD]
    rows = query(database, f"select {', '.join(names)} from {table}")
    numbers = [at for at, name in enumerate(names) if name in BATCH_NUMBERS]
    return _sorted(
        tuple(named.get(value) if at in numbers else value for at, value in enumerate(row))
        for row in rows
    )


def _sorted(rows: Iterable[tuple[object, ...]]) -> list[tuple[object, ...]]:
    return sorted(rows, key=repr)
