"""Judges the files people take away: they must hold what the tables hold."""

from checkpoints.settings import Home
from etl.outputs import CLEAN_DATA, compare_clean_data
from gx.outcome import CheckResult, TableResult


def outputs_check(home: Home, batch_id: int) -> TableResult:
    """Whether clean_data.parquet holds the batch's rows, as a table beside those of the raw layer.

    Models read the table and people read the file: nobody would notice that they differ.
    """
    found = compare_clean_data(home.warehouse, batch_id, home.outputs)
    check = CheckResult(
        expectation="clean_data_parquet_holds_the_rows_of_its_table",
        column=None,
        severity="critical",
        success=found is not None and not found.different,
        observed="the file cannot be read"
        if found is None
        else f"{found.in_table:,} rows in the table, {found.in_file:,} in the file,"
        f" {found.different:,} lost or changed",
        notes=f"Do not use outputs/{CLEAN_DATA}. Is the disk full, or does somebody else write"
        " there? Run the feed again: the file is written anew.",
    )
    return TableResult(table="outputs", declared=1, results=(check,))
