"""No personal value leaves the databases: canaries go in with feeds, and every file is searched."""

import gzip
import html
import json
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import pytest
import yaml

from checkpoints.settings import PERSONAL
from tests.alert_servers import hook
from tests.alerting import write
from tests.homes import DAY_2, Ran, benefits

# what these tell does not depend on the version of Python
pytestmark = pytest.mark.slow

EMPLOYEES = "employees_raw.csv"
EVERYTHING = """channels:
  hook: {type: webhook, url: {$ENV: BENEFITS_ALERTS_URL}}
  slack: {type: slack, url: {$ENV: BENEFITS_ALERTS_NONE}}
  teams: {type: teams, url: {$ENV: BENEFITS_ALERTS_NONE}}
  pagerduty: {type: pagerduty, routing_key: {$ENV: BENEFITS_ALERTS_NONE}}
  mail: {type: email, host: {$ENV: BENEFITS_ALERTS_NONE}, from: a@b.example, to: [a@b.example]}
"""
HEADER = "person_id,full_name,title,email,company_ein,start_date,notes"
EIN, DAY = "17-4721356", "2024-03-05"
CANARY = re.compile(rb"zq([0-9]+)canary")
# where personal values may be: databases but the history of runs, and the parquet file
MAY_HOLD = ("warehouse.db", "marts.db", "candidate/marts.db", "outputs/clean_data.parquet")


@dataclass
class Canaries:
    """Words that stand nowhere else. Letters and digits alone: quoted for a URL, for JSON or HTML,
    a value around them changes and they do not; and they are looked for in any case of letters.
    """

    planted: list[str] = field(default_factory=list)

    def __call__(self, column: str) -> str:
        """A new canary, whose name says in which column it was put."""
        self.planted.append(f"Zq{len(self.planted)}Canary{column.replace('_', '')}")
        return self.planted[-1]

    def row(self, key: str, day: str = DAY, **cells: str) -> str:
        """A row of the employees' file with a canary in each personal column not given."""
        name = cells.get("full_name", f"{self('full_name')} Makebeliev")
        email = cells.get("email", f"{self('email')}@driftdock.example")
        notes = cells.get("notes", f"met {self('notes')} once")
        return ",".join((key, name, "Clerk", email, EIN, day, notes))

    def seen_in(self, content: bytes) -> list[str]:
        """The canaries in some bytes, compressed or not."""
        if content.startswith(b"\x1f\x8b"):
            content += gzip.decompress(content)
        numbers = {int(n) for n in CANARY.findall(content.lower())}
        return [self.planted[n] for n in sorted(numbers)]


def odd_but_accepted(canary: Canaries) -> Iterator[str]:
    """Rows that enter, with cells that quoting, cleaning or cutting may treat in their own way."""
    yield canary.row("P900001")
    yield canary.row("P900002", full_name=f'"<b>{canary("full_name")}</b> & ""O\'Brien"""')
    yield canary.row("P900003", full_name=f" {canary('full_name').upper()} Ñandú 李 ")
    yield canary.row("P900004", email=f"{canary('email').upper()}@DriftDock.EXAMPLE")
    # addresses that fail the pattern: no domain, two of them, a name in front
    yield canary.row("P900005", email=f"{canary('email')} at nowhere")
    yield canary.row("P900006", email=f'"{canary("email")}@a.example,{canary("email")}@b.example"')
    yield canary.row("P900007", email=f"{canary('full_name')} <{canary('email')}@a.example>")
    yield canary.row("P900008", notes=f'"two lines\nof {canary("notes")}"')
    yield canary.row("P900009", notes=f"{canary('notes')}{'x' * 100_000}{canary('notes')}")
    yield canary.row("P900010", notes=f"{{{{ {canary('notes')} }}}} ${canary('notes')} %s '; --")


def refused(canary: Canaries) -> Iterator[str]:
    """Rows that the contract refuses, each for another reason."""
    yield canary.row("P900011", day="5.3.2024")
    yield canary.row("P900012", day=canary("notes"))
    yield canary.row(" ")
    yield canary.row("P900013") + f",{canary('notes')}"
    yield canary.row("P900014", notes=f"{canary('notes')}\x00")
    yield canary.row("P900015", notes=f"{canary('notes')}{'x' * 140_000}")
    # a comma less in front moves every value by a column: the notes are where the day should be
    yield f"P900016,{canary('email')}@a.example,Clerk,{EIN},{DAY},{canary('notes')},"
    yield canary.row("P900017", notes=f'"{canary("notes")} without an end')


@dataclass
class Home:
    """A home, the feeds that are carried into it, and everything that commands have said."""

    root: Path
    feeds: Path
    said: list[str] = field(default_factory=list)

    def run(self, *arguments: str | Path) -> Ran:
        """A command on this home; what it says is kept."""
        ran = benefits(*arguments, "--home", self.root)
        self.said.append(ran.text)
        return ran

    def carry(self, name: str, employees: bytes, *options: str) -> Ran:
        """The second sample day with this file of employees, through the pipeline."""
        feed = self.feeds / name
        shutil.copytree(DAY_2, feed, ignore=shutil.ignore_patterns("control_totals.csv"))
        (feed / EMPLOYEES).write_bytes(employees)
        ci = self.root / "ci" / name
        files = ("--junit", ci / "junit.xml", "--sarif", ci / "run.sarif", "--summary", ci / "s.md")
        ran = self.run("pipeline", "--feed", feed, *files, *options)
        if ran.code == 1:
            # else the blocked batch would stop the next day
            assert self.run("release", "--reason", "the next day").code == 0
        return ran

    def leaks(self, canary: Canaries) -> dict[str, list[str]]:
        """By file, the canaries that stand where they may not."""
        told = {"what commands said": "\n".join(self.said).encode()}
        for path in self.root.rglob("*"):
            name = str(path.relative_to(self.root))
            told[f"the name {name}"] = name.encode()
            # a kept version is marts.db as it was
            if path.is_file() and name not in MAY_HOLD and path.parent.name != "versions":
                told[name] = path.read_bytes()
        assert len(told) > 100
        seen = {name: canary.seen_in(content) for name, content in told.items()}
        return {name: found for name, found in seen.items() if found}


def lines(*rows: str, header: str = HEADER) -> bytes:
    """A file of employees."""
    return "\n".join([header, *rows, ""]).encode()


def everyday(canary: Canaries) -> bytes:
    """Employees of a day with warnings."""
    given = (DAY_2 / EMPLOYEES).read_text(encoding="utf-8").splitlines()[1:]
    # so many rows that the refused ones are less than one in twenty
    more = [canary.row(f"P8{n:05d}") for n in range(200)]
    return lines(*given, *more, *odd_but_accepted(canary), *refused(canary))


def blocked_days(canary: Canaries) -> dict[str, bytes]:
    """Employees that a checkpoint stops, by the name of the day."""
    name = f"{canary('full_name')} Makebeliev"
    address = f"{canary('email')}@a.example"
    moved = HEADER.replace("person_id,full_name", "full_name,person_id")
    return {
        # raw
        "the same key twice": lines(canary.row("P900001"), canary.row("P900001")),
        # the header has another order than the rows, so that a name or an address is the key
        "a moved header": lines(
            *(canary.row(key, full_name=name) for key in ("P900001", "P900002")),
            *(canary.row(key, full_name=address) for key in ("P900003", "P900004")),
            header=moved,
        ),
        # staging, where blanks are gone, and with them dbt's tests
        "the same key but for a blank": lines(
            canary.row("P900001"),
            canary.row(" P900001"),
            canary.row("P900002", email=f"{canary('email')} at nowhere"),
            canary.row("P900003").replace(EIN, f"{canary('email')}@a.example"),
        ),
    }


def refused_days(canary: Canaries) -> dict[str, bytes]:
    """Employees' files that are refused at the door, by the name of the day."""
    row = canary.row("P900001")
    return {
        "no header": f"{row}\n{canary.row('P900002')}\n".encode(),
        "another encoding": lines(row.replace("met", "mét")).decode().encode("latin-1"),
        "a column twice": lines(row, header=HEADER.replace("title", "email")),
        "a column lost": lines(row, header=HEADER.replace("notes", "remarks")),
    }


@dataclass
class Carried:
    """What became of every feed."""

    home: Home
    canary: Canaries
    codes: dict[str, int]


@pytest.fixture(scope="module")
def carried(_home_of_day_1: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Carried]:
    """A home into which a day with warnings, blocked days and refused ones were carried."""
    folder = tmp_path_factory.mktemp("canaries")
    home = Home(Path(shutil.copytree(_home_of_day_1, folder / "home")), folder / "feeds")
    (home.root / "tmp").mkdir()
    canary = Canaries()
    with pytest.MonkeyPatch.context() as patch, ExitStack() as stack:
        # what is written to a folder for temporary files is searched too
        patch.setattr(tempfile, "tempdir", str(home.root / "tmp"))
        patch.setenv("GITHUB_STEP_SUMMARY", str(home.root / "job.md"))
        patch.setenv("GITHUB_ACTIONS", "true")
        server = stack.enter_context(hook("webhook"))
        patch.setenv("BENEFITS_ALERTS_URL", server.url)
        patch.setenv("BENEFITS_ALERTS", str(write(folder, EVERYTHING)))
        days = {"warned": everyday(canary), **blocked_days(canary), **refused_days(canary)}
        codes = {name: home.carry(name, employees).code for name, employees in days.items()}
        for layer in ("raw", "staging", "marts"):
            home.run("check", layer, "--batch", "2", "--json")
        for command in (("status",), ("freshness",), ("docs",), ("report",), ("batches",)):
            home.run(*command)
        home.run("quarantine", "list")
        home.run("quarantine", "show")
        home.run("suites", "coverage")
        for type_ in ("slack", "teams", "pagerduty", "mail"):
            home.run("alerts", "show", "--channel", type_)
        home.run("alerts", "list", "--json")
        home.said.append(json.dumps(server.bodies, ensure_ascii=False))
        assert len(server.bodies) > 1
        yield Carried(home, canary, codes)


def test_every_day_ended_as_it_was_meant_to(carried: Carried) -> None:
    by_code = {code: {n for n, c in carried.codes.items() if c == code} for code in (0, 1, 2)}

    assert by_code == {
        0: {"warned"},
        1: set(blocked_days(Canaries())),
        2: set(refused_days(Canaries())),
    }
    told = "\n".join(carried.home.said)
    assert "8 rows rejected" in told
    assert "WARN" in told
    assert "employees_raw" in (carried.home.root / "ci" / "warned" / "run.sarif").read_text()


def test_no_file_and_no_command_tells_a_personal_value(carried: Carried) -> None:
    assert carried.home.leaks(carried.canary) == {}


def test_personal_values_are_where_they_belong_and_could_have_been_told(carried: Carried) -> None:
    for name in MAY_HOLD:
        held = carried.canary.seen_in((carried.home.root / name).read_bytes())
        columns = {word.partition("Canary")[2] for word in held}
        # the marts have no notes
        assert columns >= {"fullname", "email"}, name
    assert yaml.safe_load(PERSONAL.read_text()) == ["full_name", "email", "notes"]


def test_the_search_looks_into_every_file_below_the_home(carried: Carried, tmp_path: Path) -> None:
    home = Home(Path(shutil.copytree(carried.home.root, tmp_path / "home")), tmp_path)
    one = carried.canary.planted[0]
    into = ("quality.db", "data_docs/index.html", "work/dbt/target/manifest.json", ".lock", one)
    for name in into:
        with (home.root / name).open("ab") as file:
            file.write(one.encode())
    home.said.append(f"Could not run: {one}")

    assert set(home.leaks(carried.canary)) == {*into, f"the name {one}", "what commands said"}


@pytest.mark.parametrize(
    "written",
    [str.lower, str.upper, quote, html.escape, json.dumps, lambda v: v.encode("unicode_escape")],
)
def test_the_search_finds_a_value_however_it_is_written(
    tmp_path: Path, written: Callable[[str], str | bytes]
) -> None:
    canary = Canaries()
    value = f"<{canary('notes')}> & 'Ñandú' \"{canary('notes')}\""
    text = written(value)
    content = text if isinstance(text, bytes) else text.encode()

    assert canary.seen_in(content) == canary.planted
    assert canary.seen_in(gzip.compress(content)) == canary.planted
