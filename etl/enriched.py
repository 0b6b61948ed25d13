"""Employees cleaned as they are read, spooled, and given the facts of their company."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from etl.clean import TEXT_COLUMNS, clean_employees
from etl.enrich import enrich_domains, enrich_employees
from etl.providers import Provider
from etl.sift import Sifted, to_pandas
from etl.spool import Spool

SPOOLED = pa.schema(
    [(name, pa.string()) for name in (*TEXT_COLUMNS, "ein_source", "email_domain")]
    + [("_row_number", pa.int64())]
)


class EmployeeSpool:
    """Cleaned employee rows on disk; only their distinct company domains stay in memory."""

    def __init__(self, folder: Path, lookup: dict[str, str]) -> None:
        self.spool = Spool(folder / "clean_employees.arrow", SPOOLED)
        self.lookup = lookup
        self.domains: set[str] = set()

    def add(self, block: Sifted) -> None:
        """Clean a block of accepted employee rows and keep it."""
        rows = to_pandas(block.accepted)
        rows["_row_number"] = block.row_numbers
        clean = clean_employees(rows, self.lookup)
        self.domains.update(clean["email_domain"].dropna().unique())
        self.spool.write(pa.Table.from_pandas(clean, SPOOLED, preserve_index=False))

    def remove(self) -> None:
        """Delete the spool file."""
        self.spool.remove()


@dataclass(frozen=True)
class Enriched:
    """Enriched rows as (columns, row numbers), and what a person should know about them."""

    tables: Iterator[tuple[pa.Table, Any]]
    warnings: tuple[str, ...]


def enriched_batches(employees: EmployeeSpool, provider: Provider, cache: Path | None) -> Enriched:
    """The spooled rows with industry, revenue and headcount of their company domain."""
    enrichment = enrich_domains(sorted(employees.domains), provider, cache_path=cache)

    def tables() -> Iterator[tuple[pa.Table, Any]]:
        for batch in employees.spool.batches():
            rows = enrich_employees(to_pandas(pa.table(batch)), enrichment)
            yield pa.Table.from_pandas(rows, preserve_index=False), np.asarray(rows["_row_number"])

    return Enriched(tables(), enrichment.warnings)
