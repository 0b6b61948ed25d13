"""What a feed file is before it is read: its header, its encoding, its fingerprint."""

import codecs
import csv
import difflib
import hashlib
import io
import os
import shlex
from dataclasses import dataclass
from pathlib import Path

from etl.errors import FeedError

CHUNK = 4 << 20
HEADER_LIMIT = 64 << 10
UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


@dataclass(frozen=True)
class FeedFile:
    """One readable CSV file of a feed.

    `header` holds the columns in the file's order, `ignored` those the contract does not know,
    `absent` the optional ones that did not come; `data_offset` is the byte where the rows begin
    and `data_line` the number of the physical line (from 1) that stands there.
    """

    path: Path
    table: str
    header: tuple[str, ...]
    ignored: tuple[str, ...]
    absent: tuple[str, ...]
    sha256: str
    size_bytes: int
    modified_ns: int
    data_offset: int
    data_line: int


def survey_file(
    path: Path, table: str, required: tuple[str, ...], optional: tuple[str, ...] = ()
) -> FeedFile:
    """The file's header, checked, and its sha256, in one pass over the bytes.

    Raises FeedError where the file is missing, empty, not UTF-8, has a column twice over or lacks a
    required one; the message names the file, the line or column, and what to do. It shows nothing
    of a first line without any known column: that may be a row, of personal values.
    """
    if not path.is_file():
        raise FeedError(
            f"{path}: no such file. A feed is a folder with employees_raw.csv, plans_raw.csv, "
            f"claims_raw.csv and company_lookup.json."
        )
    try:
        with path.open("rb") as file:
            found = os.fstat(file.fileno())
            start = file.read(HEADER_LIMIT)
            _refuse_other_encodings(path, start)
            header, data_offset, data_line = _header(path, start)
            file.seek(0)
            sha256 = _digest_of_utf8(path, file)
    except OSError as error:
        raise FeedError(
            f"{path}: the file cannot be read ({error.strerror}). Make it a readable file."
        ) from None
    names = _checked(path, header, data_line - 1, required, optional)
    return FeedFile(
        path=path,
        table=table,
        header=names,
        ignored=tuple(n for n in names if n not in required and n not in optional),
        absent=tuple(n for n in optional if n not in names),
        sha256=sha256,
        size_bytes=found.st_size,
        modified_ns=found.st_mtime_ns,
        data_offset=data_offset,
        data_line=data_line,
    )


def refuse_changed(file: FeedFile) -> None:
    """FeedError where the file is not the one surveyed, as far as its size and time tell."""
    try:
        now = file.path.stat()
        same = (now.st_size, now.st_mtime_ns) == (file.size_bytes, file.modified_ns)
    except OSError:
        same = False
    if not same:
        raise FeedError(
            f"{file.path}: the file changed while it was being read. Nothing was loaded. "
            f"Run again once the feed has arrived whole."
        )


def refuse_cut(file: FeedFile) -> None:
    """FeedError where the file, which has no line end, stops within its last row.

    A last line that lacks only its line end is a row; one with a quote in it may be the end of text
    over several lines, and is left to the reader.
    """
    with file.path.open("rb") as stream:
        stream.seek(max(file.data_offset, file.size_bytes - HEADER_LIMIT))
        last = stream.read().rpartition(b"\n")[2]
    if last.strip() and b'"' not in last and last.count(b",") < len(file.header) - 1:
        raise FeedError(
            f"{file.path}: the file ends in the middle of its last row, so it was cut short. "
            f"Nothing was loaded. Ask for the file again."
        )


def _refuse_other_encodings(path: Path, start: bytes) -> None:
    if not start.removeprefix(codecs.BOM_UTF8).strip():
        raise FeedError(
            f"{path}: line 1: the file is empty, without even a header. Ask for the feed again; "
            f"a day without rows still has its header."
        )
    if start.startswith(UTF16) or b"\x00" in start[:2]:
        raise FeedError(
            f"{path}: line 1: the file looks like UTF-16, not UTF-8. {_convert(path, 'utf-16')}"
        )


def _header(path: Path, start: bytes) -> tuple[list[str], int, int]:
    """The header's fields, the offset of the first byte after it, and the line number there."""
    skip = len(codecs.BOM_UTF8) if start.startswith(codecs.BOM_UTF8) else 0
    # a byte that is no UTF-8 is found, with its line, in the pass over all bytes
    text = start[skip:].decode("utf-8", errors="surrogateescape")
    lines = io.StringIO(text, newline="")
    reader = csv.reader(lines, strict=True)
    try:
        header = next((record for record in reader if any(f.strip() for f in record)), [])
    except csv.Error as error:
        raise FeedError(
            f"{path}: line {max(reader.line_num, 1)}: the header cannot be read as CSV ({error}). "
            f"The first line must name the columns, separated by commas."
        ) from None
    if not header or (lines.tell() == len(text) and len(start) == HEADER_LIMIT):
        raise FeedError(
            f"{path}: line {max(reader.line_num, 1)}: no header within the first "
            f"{HEADER_LIMIT >> 10} KB. The first line must name the columns, separated by commas."
        )
    consumed = text[: lines.tell()].encode("utf-8", errors="surrogateescape")
    return header, skip + len(consumed), reader.line_num + 1


def _digest_of_utf8(path: Path, file: io.BufferedReader) -> str:
    digest = hashlib.sha256()
    decoder = codecs.getincrementaldecoder("utf-8")()
    line = 1
    while chunk := file.read(CHUNK):
        digest.update(chunk)
        if not chunk.isascii() or decoder.getstate()[0]:
            try:
                decoder.decode(chunk)
            except UnicodeDecodeError as error:
                # the decoder counts from the bytes it held back, which hold no line end
                bad_line = line + error.object.count(b"\n", 0, error.start)
                byte = error.object[error.start]
                raise FeedError(
                    f"{path}: line {bad_line}: byte 0x{byte:02X} is not UTF-8, so the file is in "
                    f"another encoding (often Latin-1 or Windows-1252). Nothing was loaded. "
                    f"{_convert(path, 'latin1')}"
                ) from None
        line += chunk.count(b"\n")
    if decoder.getstate()[0]:
        raise FeedError(
            f"{path}: line {line}: the file ends inside a UTF-8 character, so it was cut short. "
            f"Nothing was loaded. Ask for the file again."
        )
    return digest.hexdigest()


def _convert(path: Path, encoding: str) -> str:
    names = shlex.quote(path.name), shlex.quote(f"{path.stem}.utf8.csv")
    return (
        f"Ask the sender for UTF-8, or convert it: "
        f"iconv -f {encoding} -t utf-8 {names[0]} > {names[1]}"
    )


def _checked(
    path: Path,
    header: list[str],
    line: int,
    required: tuple[str, ...],
    optional: tuple[str, ...],
) -> tuple[str, ...]:
    names = tuple(name.strip() for name in header)
    known = (*required, *optional)
    repeated = [n for n in known if names.count(n) > 1]
    if repeated:
        raise FeedError(
            f"{path}: line {line}: column {_listed(repeated)} stands in the header more than once, "
            f"so its values cannot be told apart. Remove or rename the extra one."
        )
    missing = [n for n in required if n not in names]
    if missing:
        raise FeedError(
            f"{path}: line {line}: column {_listed(missing)} is missing. "
            f"{_what_is_there(missing, names, known)} Nothing was loaded. "
            f"Ask for the file again with the header {','.join(required)}."
        )
    return names


def _what_is_there(missing: list[str], names: tuple[str, ...], known: tuple[str, ...]) -> str:
    """What to know of a wrong header; its text only if one column in it shows that it is one."""
    for separator, shown in ((";", "';'"), ("\t", "a tab"), ("|", "'|'")):
        if len(names) == 1 and separator in names[0]:
            return f"The header seems to be separated by {shown}; commas are expected."
    if not any(name.lower() in known for name in names):
        return "No known column stands in it: does the file lack its header?"
    told = f"The header has {_listed(names)}."
    strangers = {n.lower(): n for n in names if n not in known}
    for name in missing:
        near = difflib.get_close_matches(name, strangers, n=1, cutoff=0.6)
        if near:
            return f"{told} Is '{strangers[near[0]]}' meant to be '{name}'?"
    return told


def _listed(names: tuple[str, ...] | list[str]) -> str:
    shown = [f"'{n[:60]}'" for n in names[:20]]
    return ", ".join(shown) + (f" and {len(names) - 20} more" if len(names) > 20 else "")
