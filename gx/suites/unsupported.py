"""Core expectations that cannot run on SQLite, and what to write in their place."""

QUERY = "unexpected_rows_expectation with select * from {{batch}} where {}"
DECLARED = "expect_columns_to_be_as_declared, which compares declared types"
NO_PROVIDER = "Great Expectations has no such metric for SQLite"
NO_TYPES = "Great Expectations does not see the types of a query's columns on SQLite"

# by name: why, and what to use
ON_SQLITE: dict[str, tuple[str, str]] = {
    "expect_column_type_to_be": (NO_TYPES, DECLARED),
    "expect_column_values_to_be_of_type": (NO_TYPES, DECLARED),
    "expect_column_values_to_be_in_type_list": (NO_TYPES, DECLARED),
    "expect_column_values_to_be_dateutil_parseable": (
        NO_PROVIDER,
        QUERY.format("date(COLUMN) is null and COLUMN is not null"),
    ),
    "expect_column_values_to_match_strftime_format": (
        NO_PROVIDER,
        "expect_column_values_to_match_glob, as '[0-9][0-9][0-9][0-9]-[01][0-9]-[0-3][0-9]'",
    ),
    "expect_column_values_to_be_json_parseable": (NO_PROVIDER, QUERY.format("not json_valid(COL)")),
    "expect_column_values_to_match_json_schema": (
        NO_PROVIDER,
        QUERY.format("json_type(COLUMN, '$.NAME') is not 'text'"),
    ),
    "expect_column_values_to_be_increasing": (
        f"{NO_PROVIDER}, whose rows have no order of their own",
        "unexpected_rows_expectation with lag(COLUMN) over (order by ANOTHER)",
    ),
    "expect_column_values_to_be_decreasing": (
        f"{NO_PROVIDER}, whose rows have no order of their own",
        "unexpected_rows_expectation with lag(COLUMN) over (order by ANOTHER)",
    ),
    "expect_table_row_count_to_equal_other_table": (
        "Great Expectations counts no table beside a query",
        "expect_rows_to_reconcile, which looks for each key",
    ),
}

# GX 1.24 forgets the row condition of these, and counts more rows at fault than there are
LOSES_WHERE = frozenset({"expect_column_pair_values_to_be_in_set"})
INSTEAD_OF_WHERE = "unexpected_rows_expectation can say it in SQL."


def cannot_run(expectation: str) -> str | None:
    """Why it cannot run, and what to use; None where it can."""
    if expectation not in ON_SQLITE:
        return None
    reason, instead = ON_SQLITE[expectation]
    return f"{expectation} cannot run on SQLite: {reason}. Use {instead}."
