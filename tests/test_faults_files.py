"""Faults change what they say they change in a feed, and not a byte more."""

import csv
import json
from pathlib import Path

import pytest

from etl.errors import FeedError
from etl.faults import CATALOGUE, Base, Outcome, choose, corrupt_feed
from etl.faults.fault import FaultError, Unit
from etl.faults.rows import cells_of, records
from etl.generate import generate_feed
from tests.feeds import write_feed
from tests.homes import benefits

CLAIMS = "claims_raw.csv"


@pytest.fixture(scope="module")
def feed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("feeds")
    generate_feed(out / "all", claims=600, employees=120, days=2, seed=5, daily=True)
    return sorted((out / "all").iterdir())[1]


def content(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def lines(folder: Path, file: str = CLAIMS) -> list[bytes]:
    return (folder / file).read_bytes().splitlines(keepends=True)


def rows(folder: Path, file: str = CLAIMS) -> list[dict[str, str]]:
    with (folder / file).open(encoding="utf-8", newline="") as text:
        return list(csv.DictReader(text))


@pytest.mark.parametrize("name", CATALOGUE)
def test_a_fault_is_the_same_for_the_same_seed_and_leaves_the_other_files_alone(
    name: str, feed: Path, tmp_path: Path
) -> None:
    before = content(feed)

    [one] = corrupt_feed(feed, tmp_path / "one", [choose(name)], seed=7)
    [two] = corrupt_feed(feed, tmp_path / "two", [choose(name)], seed=7)

    assert content(feed) == before
    assert content(tmp_path / "one") == content(tmp_path / "two")
    assert one.touched == two.touched > 0
    table = CATALOGUE[name].file
    changed = {f for f in before if content(tmp_path / "one").get(f) != before[f]}
    if name == "sent-again":
        assert changed == set()
    elif table == "all":
        assert len(changed) > 1
    else:
        assert changed == {f"{table}.csv"}


ONE_FOR_ONE = [
    name
    for name, fault in CATALOGUE.items()
    if fault.unit is Unit.ROWS and fault.file != "all" and not name.startswith("sent-again")
]


@pytest.mark.parametrize("name", ONE_FOR_ONE)
def test_only_the_rows_that_are_counted_are_changed(name: str, feed: Path, tmp_path: Path) -> None:
    fault = CATALOGUE[name]
    file = f"{fault.file}.csv"

    [applied] = corrupt_feed(feed, tmp_path / "out", [choose(f"{name}:3")])

    old, new = lines(feed, file), lines(tmp_path / "out", file)
    kept = [line for line in old if line in set(new)]
    assert len(old) - len(kept) <= applied.touched
    assert len([line for line in new if line not in set(old)]) <= applied.touched
    assert new[0] == old[0]


def test_a_share_is_of_the_rows_and_never_none(feed: Path, tmp_path: Path) -> None:
    total = len(lines(feed)) - 1

    [tenth] = corrupt_feed(feed, tmp_path / "tenth", [choose("blank-claim-id:10%")])
    [least] = corrupt_feed(feed, tmp_path / "least", [choose("blank-claim-id:0.0001")])

    assert tenth.touched == round(total / 10)
    assert sum(row["claim_id"] == "" for row in rows(tmp_path / "tenth")) == tenth.touched
    assert least.touched == 1


def test_another_seed_touches_other_rows(feed: Path, tmp_path: Path) -> None:
    for seed in (1, 2):
        corrupt_feed(feed, tmp_path / str(seed), [choose("blank-claim-id:20")], seed)

    assert lines(tmp_path / "1") != lines(tmp_path / "2")


def test_fan_out_cancelled_by_loss_leaves_rows_and_total_as_they_were(
    feed: Path, tmp_path: Path
) -> None:
    corrupt_feed(feed, tmp_path / "out", [choose("fan-out-and-loss")])

    clean, now = rows(feed), rows(tmp_path / "out")
    assert len(now) == len(clean)
    assert cents(now) == cents(clean)
    assert len({row["claim_id"] for row in now}) < len(clean)


@pytest.mark.parametrize(("name", "moved"), [("persons-moved", "person_id"), ("amounts-moved", "")])
def test_moving_values_between_claims_leaves_every_total_as_it_was(
    name: str, moved: str, feed: Path, tmp_path: Path
) -> None:
    corrupt_feed(feed, tmp_path / "out", [choose(name)])

    clean, now = rows(feed), rows(tmp_path / "out")
    column = moved or "amount"
    assert sorted(row[column] for row in now) == sorted(row[column] for row in clean)
    assert cents(now) == cents(clean)
    differ = [(a, b) for a, b in zip(clean, now, strict=True) if a != b]
    assert differ
    assert all({k for k in a if a[k] != b[k]} == {column} for a, b in differ)


def cents(found: list[dict[str, str]]) -> int:
    return sum(round(float(row["amount"]) * 100) for row in found)


def test_faults_go_in_one_after_the_other(feed: Path, tmp_path: Path) -> None:
    faults = [choose("reordered-columns"), choose("repeated-claim:2")]

    corrupt_feed(feed, tmp_path / "out", faults)

    assert lines(tmp_path / "out")[0].startswith(b"claim_type,amount")
    assert len(lines(tmp_path / "out")) == len(lines(feed)) + 2


def test_rows_with_quotes_line_breaks_and_no_line_end_keep_every_byte(tmp_path: Path) -> None:
    head = "claim_id,person_id,company_ein,service_date,amount,claim_type\r\n"
    first = 'C1,"a ""b"",\r\n c",,2024-01-01,1.00,x\r\n'
    second = 'C2,E1,,2024-01-01,2.00,"y"'
    feed = write_feed(tmp_path / "feed", claims=head + first + second)

    corrupt_feed(feed, tmp_path / "out", [choose("repeated-claim:2")])

    assert (tmp_path / "out" / CLAIMS).read_bytes().decode() == (
        head + first + first + second + "\r\n" + second
    )


def test_a_quote_that_nothing_closes_does_not_swallow_the_file() -> None:
    text = ["a,b\n", 'c,"d\n', *["x" * 1000 + "\n"] * 2000]

    assert list(records(text)) == text
    assert cells_of('a,"b,""c""",d') == ["a", '"b,""c"""', "d"]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("repeated-clam", "Did you mean repeated-claim?"),
        ("", "no fault is called so"),
        ("repeated-claim:0", "no number of rows"),
        ("repeated-claim:1.5", "no number of rows"),
        ("repeated-claim:200%", "no number of rows"),
        ("repeated-claim:nan", "no number of rows"),
        ("volume-up:10%", "no number of times"),
        ("empty-file:3", "takes no size"),
    ],
)
def test_a_fault_or_size_that_is_none_is_an_error_that_says_what_there_is(
    words: str, told: str
) -> None:
    with pytest.raises(FaultError, match=told.replace("?", r"\?")):
        choose(words)


def test_a_fault_that_finds_nothing_to_spoil_writes_nothing(tmp_path: Path) -> None:
    feed = write_feed(tmp_path / "feed")

    for fault in ("inverted-period", "company-missing", "persons-moved"):
        with pytest.raises(FaultError, match="finds nothing to spoil"):
            corrupt_feed(feed, tmp_path / "out", [choose(fault)])
    with pytest.raises(FaultError, match="needs the column 'amount'"):
        corrupt_feed(feed, tmp_path / "out", [choose("renamed-column"), choose("huge-amount")])
    with pytest.raises(FeedError, match=r"claims_raw.csv: no such file"):
        corrupt_feed(feed, tmp_path / "out", [choose("missing-file"), choose("huge-amount")])
    with pytest.raises(FeedError, match="not one of"):
        corrupt_feed(tmp_path / "nowhere", tmp_path / "out", [choose("huge-amount")])

    assert not (tmp_path / "out").exists()


def test_every_fault_says_what_must_come_of_it() -> None:
    for fault in CATALOGUE.values():
        must = fault.must
        assert fault.tells
        assert must.why
        assert (
            bool(must.layer)
            == bool(must.check)
            == (must.outcome in (Outcome.BLOCKED, Outcome.WARNED, Outcome.REJECTED))
        ), fault.name
        assert bool(must.says) == (must.outcome is Outcome.REFUSED), fault.name
        assert fault.base in Base


def test_the_commands_write_faulty_feeds_and_list_the_faults(feed: Path, tmp_path: Path) -> None:
    corrupted = benefits(
        "corrupt", feed, "--out", tmp_path / "bad", "--fault", "repeated-claim:3", "--seed", "4"
    )
    generated = benefits(
        "generate", "--claims", "50", "--employees", "9", "--days", "2", "--daily",
        "--out", tmp_path / "made", "--fault", "headers-only",
    )  # fmt: skip
    listed = benefits("faults")

    assert (corrupted.code, generated.code, listed.code) == (0, 0, 0)
    assert "repeated-claim:3: 3 rows touched" in corrupted.text
    assert len(lines(tmp_path / "bad")) == len(lines(feed)) + 3
    first, last = sorted((tmp_path / "made").iterdir())
    assert len(lines(first)) > 1
    assert len(lines(last)) == 1
    for name, fault in CATALOGUE.items():
        assert f"{name}:" in listed.text or f"{name}\n" in listed.text
        assert fault.tells in listed.text
    assert set(json.loads(benefits("faults", "--json").text)) == set(CATALOGUE)


def test_the_commands_end_on_2_where_a_fault_does_not_exist(feed: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"

    asked = [
        benefits("corrupt", feed, "--out", out, "--fault", "empty-fil"),
        benefits("generate", "--out", out, "--fault", "empty-fil"),
    ]

    for ran in asked:
        assert ran.code == 2
        assert "Did you mean empty-file?" in ran.text
    assert benefits("corrupt", feed, "--out", out).code == 2
    assert not out.exists()
