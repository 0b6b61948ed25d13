"""Fragments, defaults and scope: what several checks share, and what one says against it."""

from pathlib import Path

import pytest

from gx.suites import read_suites
from tests.suite_texts import KNOWN, check, mistakes

FRAGMENT = """arrived:
  - expect_table_row_count_to_be_between:
      min_value: 1
      notes: Nothing came.
"""


def test_a_fragment_stands_for_its_checks_and_what_is_beside_use_is_laid_over_them(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "raw"
    folder.mkdir()
    (tmp_path / "fragments.yml").write_text(FRAGMENT, encoding="utf-8")
    (folder / "claims_raw.yml").write_text(
        "owner: claims-data\nexpect:\n  - use: arrived\n  - use: arrived\n    min_value: 5\n"
        "    severity: warning\n",
        encoding="utf-8",
    )

    [suite], found = read_suites(folder, KNOWN)

    assert found == []
    assert [(c.arguments, c.severity, c.notes, c.owner) for c in suite.checks] == [
        ({"min_value": 1}, "critical", "Nothing came.", "claims-data"),
        ({"min_value": 5}, "warning", "Nothing came.", "claims-data"),
    ]
    assert [(c.path.name, c.line) for c in suite.checks] == [
        ("fragments.yml", 2),
        ("claims_raw.yml", 4),
    ]


@pytest.mark.parametrize(
    ("expect", "fragments", "told"),
    [
        ("  - use: arived\n", FRAGMENT, "claims_raw.yml:2: no fragment is called 'arived'. Did"),
        ("  - use: arrived\n    max_valeu: 9\n", FRAGMENT, "claims_raw.yml:3: expect_table_row_"),
        ("  - use: a\n", "a:\n  - expect_nothing:\n", "fragments.yml:2: no expectation is called"),
        ("  - use: a\n", "a: expect_nothing\n", "claims_raw.yml:2: no fragment is called 'a'."),
        ("  - use: a\n", "a: [1\nb", "claims_raw.yml:2: no fragment is called 'a'."),
    ],
)
def test_a_mistake_in_or_around_a_fragment_is_told_where_it_stands(
    tmp_path: Path, expect: str, fragments: str, told: str
) -> None:
    found = mistakes(tmp_path, expect, fragments=fragments)

    assert [line for line in found if line.startswith(told)]
    # what is wrong with the fragments' file itself is told beside it
    assert len(found) == 1 or [line for line in found if line.startswith("fragments.yml:")]


def test_defaults_hold_for_every_check_that_does_not_say_otherwise(tmp_path: Path) -> None:
    folder = tmp_path / "raw"
    folder.mkdir()
    (folder / "claims_raw.yml").write_text(
        "tags: money\ndefaults: {severity: warning, tags: [daily], notes: Look.}\nexpect:\n"
        "  - expect_column_to_exist:\n      column: amount\n"
        "  - expect_column_to_exist:\n      column: claim_id\n      severity: critical\n"
        "      tags: [keys, money]\n      notes: Ask.\n",
        encoding="utf-8",
    )

    [suite], found = read_suites(folder, KNOWN)

    assert found == []
    assert [(c.severity, c.tags, c.notes) for c in suite.checks] == [
        ("warning", ("money", "daily"), "Look."),
        ("critical", ("money", "daily", "keys"), "Ask."),
    ]


@pytest.mark.parametrize(
    ("head", "told"),
    [
        ("defaults: {severty: info}\n", "1: 'severty' is not known here. Did you mean 'severity'"),
        ("defaults: {severity: fatal}\n", "1: severity of expect_batch_to_be_complete is 'fatal'"),
        ("defaults: warning\n", "1: defaults must be 'name: value' lines."),
        ("tags: [1]\n", "1: tags are words: write tags: [money, monthly]."),
    ],
)
def test_defaults_and_tags_are_read_as_strictly(tmp_path: Path, head: str, told: str) -> None:
    found = mistakes(tmp_path, "  - expect_batch_to_be_complete\n", head)

    assert [line for line in found if line.startswith(f"claims_raw.yml:{told}")] == found
    assert found


def test_a_check_says_itself_which_rows_it_looks_at_or_else_the_suite_or_its_defaults_do(
    tmp_path: Path,
) -> None:
    one, other = "column: amount", "column: claim_id"
    texts = {
        "batch": f"expect:\n{check('expect_column_to_exist', one)}",
        "table": f"scope: table\nexpect:\n{check('expect_column_to_exist', one)}",
        "table ": f"defaults: {{scope: table}}\nexpect:\n{check('expect_column_to_exist', one)}",
        "table, batch": "scope: table\nexpect:\n"
        + check("expect_column_to_exist", one)
        + check("expect_column_to_exist", other, "scope: batch"),
        # one word in two scopes is no check that stands twice
        "batch, table": "expect:\n"
        + check("expect_column_to_exist", one)
        + check("expect_column_to_exist", one, "scope: table"),
    }
    for wanted, text in texts.items():
        folder = tmp_path / wanted / "raw"
        folder.mkdir(parents=True)
        (folder / "claims_raw.yml").write_text(text, encoding="utf-8")

        [suite], found = read_suites(folder, KNOWN)

        assert found == []
        assert ", ".join(one.scope for one in suite.checks) == wanted.strip()


@pytest.mark.parametrize(
    ("head", "arguments", "told"),
    [
        ("scope: day\n", [], "1: scope is 'day'; write batch or table."),
        ("defaults: {scope: day}\n", [], "1: scope is 'day'; write batch or table."),
        ("", ["scope: day"], "3: scope is 'day'; write batch or table."),
        ("", ["scope: table"], "3: expect_batch_to_be_complete looks at the day's batch only."),
        ("scope: table\n", [], "3: expect_batch_to_be_complete looks at the day's batch only."),
    ],
)
def test_a_scope_that_cannot_be_meant_is_told_on_its_line(
    tmp_path: Path, head: str, arguments: list[str], told: str
) -> None:
    [found] = mistakes(tmp_path, check("expect_batch_to_be_complete", *arguments), head)

    assert found.startswith(f"claims_raw.yml:{told}")


@pytest.mark.parametrize(
    ("head", "arguments", "line"),
    [("", [], 1), ("scope: batch\n", [], 1), ("scope: table\n", ["scope: batch"], 5)],
)
def test_the_batch_of_a_table_that_knows_none_is_a_mistake_told_once(
    tmp_path: Path, head: str, arguments: list[str], line: int
) -> None:
    folder = tmp_path / "marts"
    folder.mkdir()
    column = "column: plan_surrogate_key"
    (folder / "dim_plans.yml").write_text(
        f"{head}expect:\n"
        + check("expect_column_to_exist", column, *arguments)
        + check("expect_column_values_to_not_be_null", column, "scope: table" if head else ""),
        encoding="utf-8",
    )

    _, [mistake] = read_suites(folder, KNOWN)

    assert (mistake.line, mistake.text) == (
        line,
        "scope is batch, but dim_plans has no column '_batch_id'. Write scope: table.",
    )
