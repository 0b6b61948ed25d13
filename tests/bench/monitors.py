"""Measures what the monitors cost: of the checkpoints of a large day, and of a run after many runs.

`python tests/bench/monitors.py`: the checkpoints that have monitors are run with them, given four
weeks of history, and without, in turns and each in a process of its own. Then a day of the sample
is carried into a home with the history of 10 runs and into one with that of 1,000, in turns. Ends
on 1 where monitors take more than 0.15 of the CPU of all checkpoints.
"""

import argparse
import contextlib
import datetime as dt
import io
import json
import os
import shutil
import sqlite3
import statistics
import sys
import tempfile
import time
from pathlib import Path

from measure import BenchError, Setup, measure
from run import environment_of

from checkpoints.cli import main as benefits
from checkpoints.history import now
from checkpoints.settings import PROJECT

SAMPLES = PROJECT / "etl" / "samples"
MOST = 0.15
MADE = ("generate", "load", "dbt staging", "dbt marts", "history")
WITH = {"raw": "check raw", "staging": "check staging", "marts": "check marts"}
# staging has none
WITHOUT = WITH | {layer: f"check {layer}, no monitors" for layer in ("raw", "marts")}
# of so many runs the statements are kept
QUERIES_KEPT = 100


def checkpoints(setup: Setup, repeat: int) -> tuple[dict[str, float], dict[str, float]]:
    """The least CPU seconds of each layer's checkpoint with monitors, and without them."""
    environment = environment_of(setup)
    for piece in MADE:
        measure(piece, setup, environment)
    spent: dict[str, list[float]] = {}
    for _ in range(repeat):
        for piece in dict.fromkeys((*WITH.values(), *WITHOUT.values())):
            spent.setdefault(piece, []).append(measure(piece, setup, environment).cpu_seconds)
    with_them, without = (
        {layer: min(spent[piece]) for layer, piece in pieces.items()} for pieces in (WITH, WITHOUT)
    )
    return with_them, without


def runs(folder: Path, counts: list[int], times: int) -> dict[int, list[float]]:
    """The CPU seconds of one more run in homes with the history of so many, in turns."""
    made, home = folder / "made", folder / "home"
    run(SAMPLES / "day_1", home)
    home.rename(made)
    spent: dict[int, list[float]] = {count: [] for count in counts}
    for nth in range(times + 1):
        for count in counts:
            # always in one place, so that dbt need not read its project anew
            shutil.copytree(made, home)
            add_runs(home / "quality.db", count - 1)
            began = time.process_time()
            run(SAMPLES / "day_2", home)
            # the first pays for what is imported
            if nth:
                spent[count].append(time.process_time() - began)
            shutil.rmtree(home)
    return spent


def run(feed: Path, home: Path) -> None:
    """Carry a feed into a home; BenchError where it is not published."""
    with contextlib.redirect_stdout(io.StringIO()) as told:
        try:
            benefits(["pipeline", "--feed", str(feed), "--home", str(home)], standalone_mode=False)
        except SystemExit as end:
            if end.code:
                raise BenchError(told.getvalue()) from end


def add_runs(quality: Path, more: int) -> None:
    """Put in so many runs like the one that is there, one a day until yesterday.

    Each is of a batch and a business day of its own, with all that it measured, checked and asked.
    """
    today = dt.date.fromisoformat(now()[:10])
    with contextlib.closing(sqlite3.connect(quality)) as connection:
        names = [
            str(name)
            for (name,) in connection.execute(
                "select m.name from sqlite_master as m, pragma_table_info(m.name) as c"
                " where m.type = 'table' and c.name = 'run_id'"
            )
        ]
        for nth in range(2, more + 2):
            back = more + 2 - nth
            for name in names:
                if name == "queries" and back > QUERIES_KEPT:
                    continue
                _copy(connection, name, nth, back, f"{today - dt.timedelta(days=back)}T06:00:00Z")
        connection.commit()


def _copy(connection: sqlite3.Connection, table: str, nth: int, back: int, at: str) -> None:
    columns = [row[1] for row in connection.execute(f"pragma table_info({table})")]
    put = {
        "run_id": str(nth),
        # no number of a batch that may come
        "batch_id": str(-nth),
        "day": f"date(day, '-{back} days')",
        "started_at": f"'{at}'",
        "finished_at": f"'{at}'",
    }
    values = ", ".join(put.get(column, column) for column in columns)
    connection.execute(
        f"insert into {table} ({', '.join(columns)}) select {values} from {table} where run_id = 1"
    )


def main() -> int:
    """Measure and print both; 1 where the monitors take too much."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--claims", type=int, default=1_000_000, help="size of the large day")
    parser.add_argument("--repeat", type=int, default=3, help="the least of so many counts")
    parser.add_argument("--runs", type=int, nargs="+", default=[10, 1000])
    parser.add_argument("--times", type=int, default=5, help="runs measured after each")
    parser.add_argument("--dir", type=Path, help="where the bench makes its temporary folder")
    parser.add_argument("--json", type=Path, help="write the figures there, too")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="monitors-", dir=asked.dir) as folder:
        large = Path(folder, "large")
        large.mkdir()
        with_them, without = checkpoints(Setup(large, asked.claims), asked.repeat)
        shutil.rmtree(large)
        spent = runs(Path(folder), sorted(asked.runs), asked.times)
    print(
        f"{asked.claims:,} claims, CPU seconds, the least of {asked.repeat}, {os.cpu_count()} cores"
    )
    print(f"{'checkpoint':<12}{'with':>8}{'without':>9}{'monitors':>10}")
    rows = [(layer, with_them[layer], without[layer]) for layer in WITH]
    rows.append(("all", sum(with_them.values()), sum(without.values())))
    for layer, took, least in rows:
        print(f"{layer:<12}{took:>8.2f}{least:>9.2f}{took - least:>10.2f}")
    _, took, least = rows[-1]
    share = (took - least) / took
    print(f"Monitors take {share:.1%} of the checkpoints' CPU; at most {MOST:.0%} are wanted.")
    figures = {count: statistics.median(found) for count, found in spent.items()}
    for count, found in spent.items():
        told = ", ".join(f"{seconds:.2f}" for seconds in sorted(found))
        print(f"one more run after {count:,}: {figures[count]:.2f} CPU seconds (median of {told})")
    ratio = figures[max(figures)] / figures[min(figures)]
    print(f"One more run, {max(figures):,} runs before / {min(figures):,} before: {ratio:.2f}")
    if asked.json:
        asked.json.write_text(
            json.dumps(
                {"with": with_them, "without": without, "share": share, "runs": spent},
            ),
            encoding="utf-8",
        )
    return int(share > MOST)


if __name__ == "__main__":
    sys.exit(main())
