"""Faults of whole files and of their bytes: cut, twice, empty, sent again, badly encoded."""

from etl.faults.draft import Draft
from etl.faults.fault import (
    Base,
    Fault,
    Size,
    Unit,
    blocked,
    harmless,
    refused,
    rejected,
    warned,
)
from etl.faults.rows import Row, cells_of

CLAIMS, EMPLOYEES = "claims_raw", "employees_raw"
COPY_BYTES = 1 << 20


def cut(draft: Draft, size: Size) -> int:
    """The first half of the claims' file, to a byte within a row."""
    path = draft.path(CLAIMS)
    columns = len(cells_of(draft.header(CLAIMS)))
    half = path.stat().st_size // 2
    with path.open("r+b") as file:
        start = max(0, half - COPY_BYTES)
        file.seek(start)
        row = file.read(half - start).rpartition(b"\n")[2]
        # a row that lacks nothing, or all, would leave a file that is right and only shorter
        if row.count(b",") != columns - 1 and row:
            file.truncate(half)
        else:
            file.truncate(half - len(row) // 2 if row else half - 3)
    return 1


def twice(draft: Draft, size: Size) -> int:
    """The claims' file, and once more behind it, header and all."""
    path = draft.path(CLAIMS)
    whole = path.stat().st_size
    with path.open("rb") as source, path.open("ab") as target:
        for start in range(0, whole, COPY_BYTES):
            target.write(source.read(min(COPY_BYTES, whole - start)))
    return 1


def empty(draft: Draft, size: Size) -> int:
    """The claims' file without a byte."""
    draft.path(CLAIMS).write_bytes(b"")
    return 1


def missing(draft: Draft, size: Size) -> int:
    """No file of claims."""
    draft.path(CLAIMS).unlink()
    return 1


def only_header(draft: Draft, table: str) -> int:
    """A file's header and nothing else."""
    draft.change_all(table, lambda row, at: [])
    return 1


def encode(draft: Draft, encoding: str) -> int:
    """The employees' file in another encoding, with a letter in it that tells."""
    draft.change(EMPLOYEES, Size(1), lambda row: [row.put(full_name=f"{row['full_name']} Ré")])
    path = draft.path(EMPLOYEES)
    text = path.read_text(encoding="utf-8")
    path.write_bytes(text.encode(encoding, errors="replace"))
    return 1


def nul(draft: Draft, size: Size) -> int:
    """Some claims with a NUL in their number."""
    return draft.change(CLAIMS, size, lambda row: [row.put(claim_id=f"{row['claim_id']}\x00")])


def long_field(draft: Draft, size: Size) -> int:
    """A claim whose type is so many characters long."""
    long = "x" * int(size.number)
    return draft.change(CLAIMS, Size(1), lambda row: [row.put_text(claim_type=long)])


def open_quote(draft: Draft, size: Size) -> int:
    """Some claims with a quote that nothing closes."""
    return draft.change(CLAIMS, size, lambda row: [_quote(row, f'"{row["claim_type"]}')])


def stray_quote(draft: Draft, size: Size) -> int:
    """Some claims with text behind a closing quote."""
    return draft.change(CLAIMS, size, lambda row: [_quote(row, f'"{row["claim_type"]}"x')])


def _quote(row: Row, text: str) -> Row:
    return row.put_text(claim_type=text)


def nothing(draft: Draft, size: Size) -> int:
    """The files as they are."""
    return 1


def reversed_rows(draft: Draft, size: Size) -> int:
    """The claims in the opposite order."""
    rows = list(draft.rows(CLAIMS))
    draft.change_all(CLAIMS, lambda row, at: [rows[len(rows) - 1 - at]])
    return len(rows)


FAULTS = (
    Fault(
        "cut-in-half",
        "the file of claims ends in the middle of a row",
        CLAIMS,
        cut,
        refused("was cut short", "half of the day's claims would be missing"),
        unit=Unit.NONE,
    ),
    Fault(
        "file-twice",
        "the file of claims stands in itself twice, header and all",
        CLAIMS,
        twice,
        blocked(
            "raw",
            "claims_raw claim_id: expect_key_to_be_unique",
            "every claim would count twice; the second header is rejected as a row",
        ),
        unit=Unit.NONE,
    ),
    Fault(
        "empty-file",
        "the file of claims has not one byte",
        CLAIMS,
        empty,
        refused("the file is empty", "a day without rows still has its header"),
        unit=Unit.NONE,
    ),
    Fault(
        "missing-file",
        "there is no file of claims",
        CLAIMS,
        missing,
        refused("no such file", "a feed is whole or it is none"),
        unit=Unit.NONE,
    ),
    Fault(
        "headers-only",
        "the file of claims is its header and nothing else",
        CLAIMS,
        lambda draft, size: only_header(draft, CLAIMS),
        blocked(
            "raw",
            "claims_raw expect_table_row_count_to_be_between",
            "a day without a single claim would be published as current",
        ),
        unit=Unit.NONE,
    ),
    Fault(
        "headers-only-employees",
        "the file of employees is its header and nothing else",
        EMPLOYEES,
        lambda draft, size: only_header(draft, EMPLOYEES),
        warned(
            "raw",
            "employees_raw expect_table_row_count_to_be_between",
            "there are days on which nobody changes; people that are known stay as they are",
        ),
        unit=Unit.NONE,
    ),
    Fault(
        "wrong-encoding",
        "the file of employees is in Latin-1",
        EMPLOYEES,
        lambda draft, size: encode(draft, "latin-1"),
        refused("is not UTF-8", "names would be wrong for good"),
        unit=Unit.NONE,
    ),
    Fault(
        "utf-16",
        "the file of employees is in UTF-16",
        EMPLOYEES,
        lambda draft, size: encode(draft, "utf-16"),
        refused("looks like UTF-16", "it cannot be told into rows"),
        unit=Unit.NONE,
    ),
    Fault(
        "nul-bytes",
        "claims have a NUL byte in their number",
        CLAIMS,
        nul,
        rejected(CLAIMS, "a NUL ends the text in some programs and not in others"),
    ),
    Fault(
        "long-field",
        "a claim has a field of SIZE characters",
        CLAIMS,
        long_field,
        rejected(CLAIMS, "a field of more than 131,072 characters opened a quote by mistake"),
        unit=Unit.CHARACTERS,
        size=Size(200_000),
    ),
    Fault(
        "open-quote",
        "claims open a quote that nothing closes",
        CLAIMS,
        open_quote,
        rejected(CLAIMS, "the quote would swallow the rows below it; it costs its own line"),
    ),
    Fault(
        "stray-quote",
        "claims have text behind a closing quote",
        CLAIMS,
        stray_quote,
        rejected(CLAIMS, "where the field ends cannot be told"),
    ),
    Fault(
        "sent-again",
        "a feed that was published is sent once more, the same in every byte",
        "all",
        nothing,
        harmless("a feed's content is known by its fingerprint: there is nothing to do"),
        unit=Unit.NONE,
        base=Base.AGAIN,
    ),
    Fault(
        "sent-again-reordered",
        "a feed that was published is sent once more, its claims in another order",
        CLAIMS,
        reversed_rows,
        harmless("each claim takes the place of the same claim, by its number"),
        unit=Unit.NONE,
        base=Base.AGAIN,
    ),
)
