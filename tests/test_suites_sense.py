"""What a suite says must be there, be said once, and be able to fail: told with file and line."""

from dataclasses import replace
from pathlib import Path

import pytest

from gx.suites import Known, read_suites

KNOWN = Known(
    tables={
        "raw": {
            "claims_raw": {
                "_batch_id": "integer",
                "claim_id": "text",
                "amount": "real",
                "service_date": "date",
                "notes": "text",
            }
        },
        "marts": {"dim_plans": {"plan_surrogate_key": "varchar(255)"}},
    },
    parameters={"max_amount": 1000.0, "today": "2024-06-01", "all": 1.0},
    personal=frozenset({"notes"}),
)


def mistakes(
    tmp_path: Path, expect: str, head: str = "", fragments: str = "", known: Known = KNOWN
) -> list[str]:
    """The mistakes of a suite of claims_raw, as line and text; its checks begin on line 2."""
    folder = tmp_path / "raw"
    folder.mkdir()
    (folder / "claims_raw.yml").write_text(f"{head}expect:\n{expect}", encoding="utf-8")
    if fragments:
        (tmp_path / "fragments.yml").write_text(fragments, encoding="utf-8")
    _, found = read_suites(folder, known)
    return [f"{m.path.name}:{m.line}: {m.text}" for m in found]


def check(name: str, *arguments: str) -> str:
    return f"  - {name}:\n" + "".join(f"      {argument}\n" for argument in arguments)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["column: amuont", "min_value: 0"], "3: {}: claims_raw has no column 'amuont'. Did you"),
        (["column: amount"], "2: {}: it has neither min_value nor max_value, so it can never fail"),
        (
            ["column: amount", "min_value: 9", "max_value: 1"],
            "4: {}: min_value is above max_value, so it can never hold",
        ),
        (
            ["column: amount", "min_value: 1", "max_value: 1", "strict_max: true"],
            "4: {}: nothing lies strictly between the same bounds, so it can never hold",
        ),
        (
            ["column: amount", "max_value: {$PARAMETER: max_amuont}"],
            "4: {}: there is no parameter 'max_amuont'. Did you mean 'max_amount'?",
        ),
        (["column: amount", "min_value: '0'"], "4: {}: min_value is a text and amount is real"),
        (["column: service_date", "max_value: 2100"], "4: {}: max_value is a number and service_"),
        (["column: amount", "min_value: 0", "mostly: 0"], "5: {}: mostly is 0, so it can never"),
        (["column: amount", "min_value: [1]"], "4: {}: min_value: "),
    ],
)
def test_a_bound_that_cannot_be_meant_is_told_on_its_own_line(
    tmp_path: Path, arguments: list[str], told: str
) -> None:
    name = "expect_column_values_to_be_between"

    found = mistakes(tmp_path, check(name, *arguments))

    assert len(found) == 1
    assert found[0].startswith(f"claims_raw.yml:{told.format(name)}")


@pytest.mark.parametrize(
    ("name", "arguments", "told"),
    [
        ("expect_table_row_count_to_be_between", ["min_value: 0"], "so it can never fail"),
        ("expect_table_row_count_to_be_between", ["max_value: -1"], "so it can never hold"),
        (
            "expect_column_proportion_of_unique_values_to_be_between",
            ["column: claim_id", "min_value: 0", "max_value: 1"],
            "so it can never fail",
        ),
        (
            "expect_column_proportion_of_unique_values_to_be_between",
            ["column: claim_id", "min_value: 2"],
            "so it can never hold",
        ),
        (
            "expect_column_values_to_match_regex",
            ["column: claim_id", "regex: .*"],
            "every value matches, so it can never fail",
        ),
        ("expect_column_values_to_match_regex", ["column: claim_id"], "it has no regex, so it can"),
        ("expect_table_columns_to_match_set", ["exact_match: true"], "it has no column_set, so it"),
        (
            "expect_column_distinct_values_to_contain_set",
            ["column: claim_id", "value_set: []"],
            "value_set is empty, so it can never fail",
        ),
        ("expect_key_to_be_unique", ["columns: []"], "columns is empty, so it says nothing"),
        (
            "expect_column_quantile_values_to_be_between",
            ["column: amount", "quantile_ranges: {quantiles: [0.5], value_ranges: [[null, null]]}"],
            "every range is open on both sides, so it can never fail",
        ),
        (
            "unexpected_rows_expectation",
            ["unexpected_rows_query: select 1 from claims_raw"],
            "it does not look at {batch}, which stands for the rows under test",
        ),
        (
            "unexpected_rows_expectation",
            ["unexpected_rows_query: delete from {batch}"],
            "it must be one select, which changes nothing",
        ),
        (
            "unexpected_rows_expectation",
            ["unexpected_rows_query: 'select 1 from {batch}; drop table claims_raw'"],
            "it must be one select, which changes nothing",
        ),
        (
            "unexpected_rows_expectation",
            ["unexpected_rows_query: select {column} from {batch}"],
            "only {batch} may stand in braces",
        ),
        (
            "expect_column_values_to_match_glob",
            ["column: claim_id", "glob: '*'"],
            "every value matches, so it can never fail",
        ),
        (
            "expect_rejected_share_to_be_at_most",
            ["max_share: 1"],
            "max_share is all of them, so it can never fail",
        ),
        (
            "expect_rejected_share_to_be_at_most",
            ["max_share: -0.1"],
            "no share is below 0, so it can never hold",
        ),
        (
            "expect_fan_out_ratio_to_be_at_most",
            ["columns: [claim_id]", "max_ratio: 0.9"],
            "max_ratio is below 1 and every key has a row, so it can never hold",
        ),
        (
            "expect_periods_not_to_overlap",
            ["columns: [claim_id]", "start_column: service_date", "end_column: last_date"],
            "claims_raw has no column 'last_date'",
        ),
        (
            "expect_money_per_key_to_reconcile",
            [
                *("columns: [service_date]", "amount: amount"),
                *("source_table: dim_plans", "source_amount: plan_surrogate_key"),
            ],
            "dim_plans has no column 'service_date'",
        ),
        (
            "expect_column_mean_to_be_between",
            ["column: claim_id", "min_value: 1"],
            "claim_id is text, and this is asked of numbers",
        ),
        (
            "expect_foreign_key_to_resolve",
            ["column: claim_id", "parent_table: dim_plan", "parent_column: x"],
            "there is no table 'dim_plan'. Did you mean 'dim_plans'?",
        ),
        (
            "expect_foreign_key_to_resolve",
            ["column: claim_id", "parent_table: marts.dim_plans", "parent_column: plan_key"],
            "marts.dim_plans has no column 'plan_key'",
        ),
    ],
)
def test_a_check_that_says_nothing_or_asks_for_what_is_not_there_is_told(
    tmp_path: Path, name: str, arguments: list[str], told: str
) -> None:
    [found] = mistakes(tmp_path, check(name, *arguments))

    assert found.startswith("claims_raw.yml:")
    assert f"{name}: " in found
    assert told in found


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("expect_table_row_count_to_be_between", ["min_value: 1"]),
        ("expect_table_row_count_to_be_between", ["min_value: 0", "max_value: 10"]),
        ("expect_column_values_to_be_between", ["column: amount", "min_value: 0"]),
        ("expect_column_values_to_be_between", ["column: service_date", "max_value: '2100-01-01'"]),
        (
            "expect_column_values_to_be_between",
            ["column: service_date", "min_value: '2000-01-01'", "max_value: {$PARAMETER: today}"],
        ),
        ("expect_column_values_to_match_regex", ["column: claim_id", "regex: '^C.*'"]),
        ("expect_rejected_share_to_be_at_most", ["max_share: 0.0"]),
    ],
)
def test_a_check_that_can_fail_and_can_hold_is_no_mistake(
    tmp_path: Path, name: str, arguments: list[str]
) -> None:
    assert mistakes(tmp_path, check(name, *arguments)) == []


def test_a_check_that_stands_twice_is_told_with_the_line_of_the_first(tmp_path: Path) -> None:
    first = check("expect_column_values_to_not_be_null", "column: amount", "notes: one")
    again = check("expect_column_values_to_not_be_null", "column: amount", "notes: two")

    assert mistakes(tmp_path, first + again) == [
        "claims_raw.yml:5: expect_column_values_to_not_be_null says what line 2 says."
    ]


@pytest.mark.parametrize(
    ("key", "told"),
    [
        ("claim", "key: claims_raw has no column 'claim'. Did you mean 'claim_id'?"),
        ("notes", "key: notes is personal, and a key is shown in messages. Use another column."),
    ],
)
def test_a_key_is_there_and_not_personal(tmp_path: Path, key: str, told: str) -> None:
    found = mistakes(
        tmp_path, "  - expect_batch_to_be_complete\n", f"table: claims_raw\nkey: {key}\n"
    )

    assert found == [f"claims_raw.yml:2: {told}"]


def test_a_suite_of_a_table_that_is_not_there_is_told(tmp_path: Path) -> None:
    folder = tmp_path / "raw"
    folder.mkdir()
    (folder / "claim_raw.yml").write_text("expect: [expect_batch_to_be_complete]\n", "utf-8")

    _, [mistake] = read_suites(folder, KNOWN)

    assert mistake.text == "raw has no table 'claim_raw'. Did you mean 'claims_raw'?"


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


OUTSIDE = {"BENEFITS_CHECK_MOST": "900", "BENEFITS_CHECK_WORD": "many", "BENEFITS_CHECK_NAN": "nan"}


@pytest.mark.parametrize(
    ("name", "argument", "value", "meant"),
    [
        ("expect_column_values_to_be_between", "max_value", "BENEFITS_CHECK_MOST", 900),
        ("expect_column_values_to_match_regex", "regex", "BENEFITS_CHECK_MOST", "900"),
        ("expect_column_values_to_match_regex", "regex", "BENEFITS_CHECK_WORD", "many"),
        ("expect_column_values_to_be_between", "max_value", "BENEFITS_CHECK_NONE, default: 7", 7),
        (
            "expect_column_values_to_be_between",
            "max_value",
            "BENEFITS_CHECK_MOST, default: 7.5",
            900,
        ),
    ],
)
def test_a_variable_of_the_environment_is_a_value_of_the_arguments_own_type(
    tmp_path: Path, name: str, argument: str, value: str, meant: object
) -> None:
    folder = tmp_path / "raw"
    folder.mkdir()
    text = check(name, "column: amount", f"{argument}: {{$ENV: {value}}}")
    (folder / "claims_raw.yml").write_text(f"expect:\n{text}", encoding="utf-8")

    [suite], found = read_suites(folder, replace(KNOWN, environment=OUTSIDE))

    assert found == []
    [one] = suite.checks
    assert (one.arguments[argument], type(one.arguments[argument])) == (meant, type(meant))
    assert one.variables == {argument: value.split(",")[0]}


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (
            ["max_value: {$ENV: BENEFITS_CHECK_MOSD}"],
            "4: {}: max_value: the environment has no BENEFITS_CHECK_MOSD. Did you mean "
            "'BENEFITS_CHECK_MOST'? Set it, or write a default beside it.",
        ),
        (
            ["max_value: {$ENV: BENEFITS_ENRICHMENT_URL}"],
            "4: {}: max_value: a suite reads variables named BENEFITS_CHECK_... only.",
        ),
        (["max_value: {$ENV: PATH, default: 5}"], "4: {}: max_value: a suite reads variables"),
        (
            ["max_value: {$ENV: BENEFITS_CHECK_WORD, default: 5}"],
            "4: {}: max_value: BENEFITS_CHECK_WORD is not a number. Set it to one, or unset it.",
        ),
        (["max_value: {$ENV: BENEFITS_CHECK_NAN, default: 5}"], "4: {}: max_value: BENEFITS_CH"),
        (["max_value: 5", "mostly: {$ENV: BENEFITS_CHECK_WORD}"], "5: {}: mostly: BENEFITS_CHECK_"),
        (["max_value: {$ENV: BENEFITS_CHECK_A, defualt: 5}"], "4: {}: max_value: a reference to"),
        (["max_value: [{$ENV: BENEFITS_CHECK_MOST}]"], "4: {}: max_value: a reference to the envi"),
        (
            ["max_value: {$ENV: BENEFITS_CHECK_MOST, default: true}"],
            "4: {}: max_value: the default",
        ),
        (
            ["min_value: {$ENV: BENEFITS_CHECK_MOST}", "max_value: 5"],
            "4: {}: min_value is above max_value, so it can never hold. (BENEFITS_CHECK_MOST",
        ),
    ],
)
def test_a_variable_that_is_not_there_or_not_meant_is_told_on_its_line(
    tmp_path: Path, arguments: list[str], told: str
) -> None:
    name = "expect_column_values_to_be_between"
    known = replace(KNOWN, environment=OUTSIDE)

    found = mistakes(tmp_path, check(name, "column: amount", *arguments), known=known)

    assert len(found) == 1
    assert found[0].startswith(f"claims_raw.yml:{told.format(name)}")
    assert "many" not in found[0]


def test_of_a_variable_that_is_not_there_nothing_else_is_told(tmp_path: Path) -> None:
    name = "expect_table_row_count_to_be_between"

    [found] = mistakes(tmp_path, check(name, "min_value: {$ENV: BENEFITS_CHECK_NONE}"))

    assert found.startswith(f"claims_raw.yml:3: {name}: min_value: the environment has no ")


def test_a_parameter_set_so_that_a_check_cannot_fail_is_told_with_its_value(
    tmp_path: Path,
) -> None:
    text = check("expect_rejected_share_to_be_at_most", "max_share: {$PARAMETER: all}")

    assert mistakes(tmp_path, text) == [
        "claims_raw.yml:3: expect_rejected_share_to_be_at_most: max_share is all of them, "
        "so it can never fail. (all is 1.0.)"
    ]


@pytest.mark.parametrize(
    ("head", "arguments", "told"),
    [
        ("", ["requires: claims_raw.claim"], "3: {}: requires: claims_raw has no column 'claim'."),
        ("", ["requires: claim_raw.claim_id"], "3: {}: requires: the feed has no table 'claim_r"),
        ("", ["owner: 5"], "3: owner of {} must be a text."),
        ("defaults: {notes: [a]}\n", [], "1: notes of {} must be a text."),
        ("owner: [a]\n", [], "1: owner must be a text."),
        ("key: {a: b}\n", [], "1: key must be a column, or a list of columns."),
        ("", ["row_condition: a = 1"], "3: {0} takes no 'row_condition'. Write where."),
        ("", ["result_format: COMPLETE"], "3: {0} takes no 'result_format'."),
    ],
)
def test_a_word_of_another_type_or_of_something_that_is_not_there_is_told(
    tmp_path: Path, head: str, arguments: list[str], told: str
) -> None:
    name = "expect_batch_to_be_complete"

    found = mistakes(tmp_path, check(name, *arguments), head)

    assert len(found) == 1
    assert found[0].startswith(f"claims_raw.yml:{told.format(name)}")
