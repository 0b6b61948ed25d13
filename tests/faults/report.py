"""What the bench found, as docs/faults.md."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from etl.faults import CATALOGUE, Chosen, Fault, Outcome
from etl.faults.fault import Unit
from tests.faults.bench import Result

PAGE = Path(__file__).parent.parent.parent / "docs" / "faults.md"
TABLE, CLEAN, END = "## Every fault\n", "## Clean days\n", "## Adding a fault\n"
HEAD = """\
# What happens to a faulty feed

Ways in which feeds are wrong in life, as code. `benefits faults` lists them. `benefits corrupt FEED
--out DIR --fault NAME[:SIZE]` writes a feed with some of them in it beside the one it is made of,
and `benefits generate --fault NAME[:SIZE]` makes a new one; with `--daily` the faults are in the
folder of the last day. SIZE is a number of rows, or a share of them as `10%`; for `volume-up` and
`volume-down` a factor, for `long-field` characters. The same feed, faults and `--seed` give the
same bytes, and what no fault touches stays byte for byte.

```console
$ benefits corrupt etl/samples/day_2 --out bad_day --fault repeated-claim:3
repeated-claim:3: 3 rows touched; claims stand in the file twice, the same in every byte
bad_day
```

A fault declares what must come of it, and a test (`test_each_fault_is_caught_as_it_declares`)
carries each through the pipeline and holds it to that: the exit code, the layer that stops, the
check that says so, how many rows are rejected; that `marts.db` is byte for byte as it was whenever
nothing may be published, and holds what it would without the fault where that is harmless; that
rows read = rows accepted + rejected, and that not a cent differs between raw and mart. What is said
holds no name and no address. This page is written by `nox -s faults -- --write`.

"""
FOOT = """\

Add a value to one of the modules of `etl/faults/`, with what must come of it, and run
`nox -s faults -- --write`. Where today's checks do not catch a harmful fault, declare what really
comes of it and say in `needs` what it would take: the table then lists it as open.
"""
COLUMNS = ("fault", "what is wrong", "caught", "by", "seconds", "what is said", "and so")


def page_of(table: str, clean: str) -> str:
    """The page with these two parts."""
    return f"{HEAD}{TABLE}{table}\n{CLEAN}\n{clean}\n\n{END}{FOOT}"


def parts_of(page: str) -> tuple[str, str]:
    """The table and the clean days of a page that was written before; blank where there is none."""
    table = page.partition(TABLE)[2].partition(f"\n{CLEAN}")[0]
    return table, page.partition(CLEAN)[2].partition(END)[0].strip()


def table_of(results: Iterable[Result]) -> str:
    """Every fault, the summary first."""
    found = list(results)
    lines = ["", *summary(), "", _row(COLUMNS), "|---" * len(COLUMNS) + "|"]
    for result in found:
        [chosen] = result.chosen
        fault = chosen.fault
        seconds = f"{result.seconds:.1f}" if result.seconds >= 0.05 else "< 0.1"
        said = result.said(fault).split(". ")[0] or "nothing"
        lines.append(_row((*declared(chosen), seconds, said[:160], _so(fault))))
    return "\n".join(lines) + "\n"


def summary() -> Iterator[str]:
    """How many faults end in which way, and which harmful ones are open."""
    faults = list(CATALOGUE.values())
    by = {o: sum(f.must.outcome is o for f in faults) for o in Outcome}
    waiting = [f"`{f.name}`" for f in faults if f.must.needs]
    yield (
        f"{len(faults)} faults: {by[Outcome.REFUSED]} are refused at the door (exit code 2), "
        f"{by[Outcome.REJECTED]} cost just their own rows (exit code 0, with a warning), "
        f"{by[Outcome.BLOCKED]} are blocked (exit code 1), {by[Outcome.WARNED]} are published "
        f"with a warning and {by[Outcome.PASSED]} without. The seconds are those from the start of "
        f"the run to its verdict, imports and the parsing of dbt's project left out, on whatever "
        f"machine this was; the feed has 300 claims, and a run that is not stopped includes every "
        f"check and the publishing. Where no other day is named, the feed is that of the day after "
        f"a published one."
    )
    yield ""
    if waiting:
        yield f"**Open**: {', '.join(waiting)}. These are harmful, and nothing stops them: see why."
    else:
        yield "Every harmful one is refused, rejected or blocked; none is open."
    yield ""
    yield (
        "Those shown on a day with control totals are told by nothing else: without "
        "[control_totals.csv](feeds.md#what-the-sender-counted) they are published."
    )


def declared(chosen: Chosen) -> tuple[str, str, str, str]:
    """What the page says of a fault before it is run."""
    fault, must = chosen.fault, chosen.fault.must
    caught = f"{must.outcome} in {must.layer}" if must.layer else str(must.outcome)
    name = f"`{chosen}`" if fault.unit is not Unit.NONE else f"`{fault.name}`"
    return name, f"{fault.tells} ({fault.base})", caught, f"`{must.check}`" if must.check else ""


def listed_in(page: str) -> list[tuple[str, ...]]:
    """What the page's rows say of each fault before it is run."""
    rows = [line for line in parts_of(page)[0].splitlines() if line.startswith("| `")]
    return [tuple(cell.strip() for cell in row.split("|")[1:5]) for row in rows]


def _so(fault: Fault) -> str:
    needs = f" **Open:** needs {fault.must.needs}." if fault.must.needs else ""
    return f"{fault.must.why}.{needs}"


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cell.replace('|', '/').replace(chr(10), ' ') for cell in cells)} |"
