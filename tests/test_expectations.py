"""Each expectation of our own: clean data passes, the fault it exists for is caught and named."""

import sqlite3
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from gx.expectations import OWN, STRICTER
from gx.outcome import CheckResult
from tests.gx_tables import make_table, only_check, run_suites

CLEAN = [
    (1, 1, "C1", "P1", "12-1234567", 10.10),
    (1, 2, "C2", "P2", "12-1234567", 20.20),
    (1, 3, "C3", None, "98-7654321", 30.30),
]
COLUMNS = (
    "_batch_id integer, _row_number integer, claim_id text, person text, ein text, amount real"
)
PARENTS = [("P1",), ("P2",), (None,)]


def changed(row: int, **values: Any) -> list[tuple[Any, ...]]:
    """The clean rows with one of them changed."""
    names = ["_batch_id", "_row_number", "claim_id", "person", "ein", "amount"]
    rows = [dict(zip(names, r, strict=True)) for r in CLEAN]
    rows[row].update(values)
    return [tuple(r.values()) for r in rows]


def check(
    tmp_path: Path,
    name: str,
    arguments: str,
    rows: list[tuple[Any, ...]],
    extra: Mapping[str, str] | None = None,
) -> CheckResult:
    """The result of one expectation on these rows, beside a copy of the clean ones in `source`."""
    import sqlite3

    database = make_table(tmp_path / "w.db", "claims", COLUMNS, rows)
    connection = sqlite3.connect(database)
    connection.execute(f"create table source ({COLUMNS})")
    connection.executemany("insert into source values (?, ?, ?, ?, ?, ?)", CLEAN)
    connection.execute("create table people (person_id text)")
    connection.executemany("insert into people values (?)", PARENTS)
    for statement in (extra or {}).values():
        connection.execute(statement)
    connection.commit()
    connection.close()
    text = f"key: claim_id\nexpect:\n  - {name}:\n      {arguments}\n"
    return only_check(run_suites(tmp_path, {"claims": text}, database))


def files(read: int, accepted: int, rejected: int) -> str:
    """A load_files row that says how many rows were read."""
    return (
        "insert into load_files values (1, 'claims', 'claims.csv', '', 1, '[]', '[]',"
        f" {read}, {accepted}, {rejected})"
    )


KEY = ("expect_key_to_be_unique", "columns: [claim_id]")
PAIR = ("expect_key_to_be_unique", "columns: [person, ein]")
PARENT = (
    "expect_foreign_key_to_resolve",
    "{column: person, parent_table: people, parent_column: person_id}",
)
AGREES = (
    "expect_column_to_agree_with_parent",
    "{column: person, key: claim_id, parent_table: source, parent_key: claim_id,"
    " parent_column: person}",
)
MOSTLY_AGREES = (AGREES[0], AGREES[1].replace("}", ", max_share: 0.5}"))
ROWS = (
    "expect_rows_to_reconcile",
    "{key: claim_id, source_table: source, also_equal: [person, amount]}",
)
MONEY = ("expect_money_to_reconcile", "{amount: amount, key: claim_id, source_table: source}")
TOTALS = (
    "expect_totals_to_reconcile",
    "{count: _batch_id, amount: amount, source_table: source, source_amount: amount}",
)
GLOB = ("expect_column_values_to_match_glob", "{column: ein, glob: '[0-9][0-9]-*'}")
UNKNOWN = ("expect_unknown_member_share_to_be_at_most", "{column: person, max_share: 0.3}")


@pytest.mark.parametrize(
    ("name", "arguments"),
    [KEY, PAIR, PARENT, AGREES, MOSTLY_AGREES, ROWS, MONEY, TOTALS, GLOB, UNKNOWN],
)
def test_clean_rows_pass(tmp_path: Path, name: str, arguments: str) -> None:
    found = check(tmp_path, name, arguments, CLEAN)

    assert found.error is None
    assert found.success, found.observed


FAULTS = {
    "a repeated key": (KEY, changed(1, claim_id="C1"), ("C1",), "1 repeated key, 1 row too many"),
    "a repeated pair": (PAIR, changed(1, person="P1"), ("P1 + 12-1234567",), None),
    "an orphan": (PARENT, changed(0, person="P9"), ("P9",), "1 row without a parent"),
    "a person that the parent does not have": (
        AGREES,
        changed(0, person="P2"),
        ("C1",),
        "1 of 3 rows (33.33%)",
    ),
    "too many persons that their parents do not have": (
        MOSTLY_AGREES,
        [*changed(0, person="P2")[:1], *changed(1, person="P1")[1:]],
        ("C1", "C2"),
        "2 of 3 rows (66.67%)",
    ),
    "a lost row": (ROWS, CLEAN[:2], ("C3",), "3 rows in, 2 rows out, 1 lost or changed"),
    "a doubled row": (ROWS, [*CLEAN, CLEAN[0]], (), "3 rows in, 4 rows out, 0 lost or changed"),
    "one row lost and one doubled": (ROWS, [*CLEAN[:2], CLEAN[0]], ("C3",), None),
    "cost moved to another person": (ROWS, changed(0, person="P2"), ("C1",), None),
    "a person taken away": (ROWS, changed(0, person=None), ("C1",), None),
    "a cent too much": (MONEY, changed(0, amount=10.11), (), "60.60 in, 60.61 out"),
    "a sum that is a cent short": (
        TOTALS,
        changed(0, amount=10.09),
        (),
        "3 rows with 60.60 in, 3 rows with 60.59 out",
    ),
    "a row that is counted twice": (
        TOTALS,
        [*CLEAN, (1, 4, "C4", None, None, 0.0)],
        (),
        "3 rows with 60.60 in, 4 rows with 60.60 out",
    ),
    "an EIN in another form": (GLOB, changed(2, ein="987654321"), ("C3",), "1 of 3 rows"),
    "unknown members": (UNKNOWN, changed(0, person="-1"), (), "1 of 3 rows (33.33%)"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_caught_and_its_keys_are_named(tmp_path: Path, fault: str) -> None:
    (name, arguments), rows, keys, observed = FAULTS[fault]

    found = check(tmp_path, name, arguments, rows)

    assert found.error is None
    assert not found.success
    assert found.keys == keys
    if observed:
        assert found.observed == observed


def test_what_has_no_value_or_no_parent_is_not_compared(tmp_path: Path) -> None:
    rows = [*changed(0, person=None), (1, 4, "C9", "P9", None, 1.0)]

    # the parent of C3 says nothing
    rows[2] = (*rows[2][:3], "P7", *rows[2][4:])

    assert check(tmp_path, *AGREES, rows).success


def test_a_few_unknown_members_of_a_quiet_day_pass_where_the_suite_says_so(tmp_path: Path) -> None:
    name, arguments = UNKNOWN

    found = check(tmp_path, name, arguments.replace("}", ", few: 1}"), changed(0, person="-1"))

    assert found.success
    assert found.observed == "1 of 3 rows (33.33%)"


def test_a_few_may_differ_where_the_suite_says_so(tmp_path: Path) -> None:
    assert check(tmp_path, *MOSTLY_AGREES, changed(0, person="P2")).success


def test_money_that_moves_between_people_with_the_total_unchanged_is_caught(
    tmp_path: Path,
) -> None:
    swapped = changed(0, amount=20.20)
    swapped[1] = (*swapped[1][:5], 10.10)

    assert not check(tmp_path, *ROWS, swapped).success


def test_a_null_key_is_not_a_repeated_key(tmp_path: Path) -> None:
    rows = [*changed(0, claim_id=None), (1, 4, None, "P1", "12-1234567", 1.0)]

    assert check(tmp_path, *KEY, rows).success


def test_a_null_in_the_parent_does_not_hide_an_orphan(tmp_path: Path) -> None:
    """`not in` over a NULL is never true: the document's test found 0 of 99 orphans."""
    assert check(tmp_path, *PARENT, changed(0, person="P9")).observed == "1 row without a parent"


def test_a_row_that_a_later_batch_replaced_is_not_missing(tmp_path: Path) -> None:
    later = {"": "insert into source values (2, 1, 'C3', 'P3', '98-7654321', 99.0)"}

    found = check(tmp_path, *ROWS, CLEAN[:2], later)

    assert found.success, found.observed


@pytest.mark.parametrize(
    ("read", "rejected", "held"), [(3, 0, True), (4, 0, False), (2, 0, False), (4, 1, True)]
)
def test_rows_read_must_be_accepted_or_rejected(
    tmp_path: Path, read: int, rejected: int, held: bool
) -> None:
    extra = {"files": files(read, 3, rejected)}
    for n in range(rejected):
        extra[str(n)] = "insert into rejected_rows values (1, 'claims', 'f', 2, 'c', 'v', 'r', 't')"

    found = check(tmp_path, "expect_batch_to_be_complete", "{source_table: claims}", CLEAN, extra)

    assert found.error is None
    assert found.success is held
    assert found.observed == f"read {read}, accepted 3, rejected {rejected}"


def test_a_file_that_nobody_registered_is_not_complete(tmp_path: Path) -> None:
    assert not check(tmp_path, "expect_batch_to_be_complete", "{}", CLEAN).success


@pytest.mark.parametrize(("rejected", "held"), [(0, True), (5, True), (6, False)])
def test_a_share_of_rejected_rows_is_allowed_up_to_its_bound(
    tmp_path: Path, rejected: int, held: bool
) -> None:
    extra = {"files": files(100, 100 - rejected, rejected)}

    found = check(
        tmp_path, "expect_rejected_share_to_be_at_most", "{max_share: 0.05}", CLEAN, extra
    )

    assert found.success is held


def test_a_name_that_is_not_an_identifier_never_reaches_the_database(tmp_path: Path) -> None:
    from gx.expectations.facts import identifier

    for name in ("claims; drop table claims", 'a"b', "a b", "", "1a", "a.b.c"):
        with pytest.raises(ValueError, match="is not the name of a table or column"):
            identifier(name)


@pytest.mark.parametrize("expectation", OWN)
def test_every_expectation_of_our_own_says_example_why_and_what_to_do(expectation: Any) -> None:
    told = " ".join(str(expectation.__doc__).split())

    assert "Example:" in told
    assert "Why:" in told
    assert "What to do:" in told


@pytest.mark.parametrize("kind", ["mean", "sum", "stdev"])
def test_a_text_column_has_no_mean_sum_or_deviation(tmp_path: Path, kind: str) -> None:
    name = f"expect_column_{kind}_to_be_between"
    assert name in {e.expectation_type for e in STRICTER}

    found = check(tmp_path, name, "{column: claim_id, min_value: -1, max_value: 1}", CLEAN)

    assert found.error is not None
    assert "3 values of the column are text" in found.error


@pytest.mark.parametrize("kind", ["mean", "sum", "stdev"])
def test_a_column_of_numbers_has_them_as_ever(tmp_path: Path, kind: str) -> None:
    name = f"expect_column_{kind}_to_be_between"

    found = check(tmp_path, name, "{column: amount, min_value: 10, max_value: 61}", CLEAN)

    assert found.error is None
    assert found.success


@pytest.mark.parametrize(
    "check",
    [
        "expect_foreign_key_to_resolve: {column: plan, parent_table: plans, parent_column: id}",
        "expect_column_to_agree_with_parent: {column: kind, key: plan, parent_table: plans,"
        " parent_key: id, parent_column: kind}",
        "expect_column_values_to_match_glob: {column: plan, glob: 'P*'}",
    ],
)
def test_a_row_that_says_nothing_is_not_at_fault_even_where_the_other_table_is_empty(
    tmp_path: Path, check: str
) -> None:
    database = make_table(
        tmp_path / "w.db", "claims", "_batch_id integer, plan text, kind text", [(1, None, None)]
    )
    with sqlite3.connect(database) as connection:
        connection.execute("create table plans (id text, kind text)")

    found = only_check(run_suites(tmp_path, {"claims": f"expect:\n  - {check}\n"}, database))

    assert (found.success, found.error) == (True, None)
