"""A small feed out of a large one: some of its people, each with all of their rows and claims.

A sample of rows would break joins, since a claim and its person are rarely both drawn, and would
hide repeated rows, since both copies rarely are. So people are drawn, by a hash of person_id.
"""

import hashlib
import io
import shutil
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow.compute as pc

from etl.clean import WHITE_SPACE
from etl.errors import FeedError
from etl.feed import LOOKUP, survey_feed
from etl.generate.write import staged
from etl.read import Block, FeedFile, read_blocks
from etl.schemas import CLAIMS, EMPLOYEES, PLANS

PERSON = "person_id"
# A row without a person_id joins nothing, so it is drawn by itself: by this column, under which a
# claim that stands in the file twice is still drawn twice or not at all.
INSTEAD = {EMPLOYEES.table: "start_date", CLAIMS.table: "claim_id"}


@dataclass(frozen=True)
class Kept:
    """How many of something the sample holds, and how many the feed does."""

    kept: int
    of: int


@dataclass(frozen=True)
class Sample:
    """What a sample holds of its feed; `left_out` counts lines that are no row of their file."""

    people: Kept
    employee_rows: Kept
    claim_rows: Kept
    left_out: int


@dataclass(frozen=True)
class Draw:
    """Which keys are drawn: those whose hash falls into the first `share` of all hashes."""

    share: float
    seed: int

    def takes(self, key: str) -> bool:
        """Whether the key is drawn; the same on every machine, and for every file it is in."""
        digest = hashlib.sha256(f"{self.seed}:{key}".encode()).digest()
        return int.from_bytes(digest[:8], "big") < self.share * 2**64


def sample_feed(feed: Path, out: Path, *, share: float, seed: int = 1) -> Sample:
    """Write a share of a feed's people to the folder `out`, with all of their rows and claims.

    Plans and the lookup are whole. Kept rows are the bytes they were, in the order they were in.
    Claims of people that no employee row has are drawn by the same hash.

    Raises FeedError where the feed cannot be read, its claims have no person_id, `out` is in use,
    the share is out of range or no person falls into it; then nothing is written.
    """
    if not 0 < share <= 1:
        raise FeedError(f"--share {share}: it must be above 0 and at most 1, as 0.01 for 1%.")
    files = survey_feed(feed).files
    if PERSON in files[CLAIMS.table].absent:
        raise FeedError(
            f"{files[CLAIMS.table].path}: the file has no person_id, so its claims cannot be told "
            f"apart by person. A sample of claims alone would break every join between claims and "
            f"people. Use the whole feed, or ask for claims with person_id."
        )
    draw = Draw(share, seed)
    with staged([out]) as [draft]:
        employees = _sample_file(files[EMPLOYEES.table], draft, draw)
        if not employees.drawn:
            raise FeedError(
                f"{feed}: not one of {len(employees.people):,} people falls into a share of {share}"
                f" with seed {seed}. Nothing was written. Give a larger --share or another --seed."
            )
        claims = _sample_file(files[CLAIMS.table], draft, draw)
        for name in (PLANS.file_name, LOOKUP):
            shutil.copyfile(feed / name, draft / name)
    return Sample(
        people=Kept(len(employees.drawn), len(employees.people)),
        employee_rows=Kept(employees.rows_kept, employees.rows),
        claim_rows=Kept(claims.rows_kept, claims.rows),
        left_out=employees.left_out + claims.left_out,
    )


@dataclass
class _Tally:
    people: set[str] = field(default_factory=set)
    drawn: set[str] = field(default_factory=set)
    rows: int = 0
    rows_kept: int = 0
    left_out: int = 0


def _sample_file(file: FeedFile, folder: Path, draw: Draw) -> _Tally:
    """Copy the header and the drawn rows of a file, each row with all of its lines."""
    tally = _Tally()
    with file.path.open("rb") as source, (folder / file.path.name).open("wb") as sample:
        sample.write(source.read(file.data_offset))
        # lines as the reader of rows counts them, each with the end it has
        lines = io.TextIOWrapper(source, encoding="utf-8", newline="")
        at, keeping = file.data_line, False
        for line, drawn in _changes(file, draw, tally):
            _pass_on(islice(lines, line - at), sample if keeping else None)
            at, keeping = line, drawn
        _pass_on(lines, sample if keeping else None)
    return tally


def _pass_on(lines: Iterator[str], sample: io.BufferedWriter | None) -> None:
    if sample is None:
        deque(lines, maxlen=0)
    else:
        sample.writelines(line.encode("utf-8") for line in lines)


def _changes(file: FeedFile, draw: Draw, tally: _Tally) -> Iterator[tuple[int, bool]]:
    """The line of each row at which drawn rows begin, or rows that are not, and which of both.

    A line that is no row is not drawn: whose it is cannot be told.
    """
    keeping = False
    for block in read_blocks(file, (PERSON, INSTEAD[file.table])):
        taken = _taken(block, INSTEAD[file.table], draw, tally)
        malformed = [row.line for row in block.malformed]
        tally.rows += len(taken)
        tally.rows_kept += int(taken.sum())
        tally.left_out += len(malformed)
        starts = np.concatenate([block.lines, np.array(malformed, np.int64)])
        drawn = np.concatenate([taken, np.zeros(len(malformed), np.bool_)])
        order = np.argsort(starts)
        for line, draws in zip(starts[order].tolist(), drawn[order].tolist(), strict=True):
            if draws != keeping:
                yield line, draws
                keeping = draws


def _taken(block: Block, instead: str, draw: Draw, tally: _Tally) -> npt.NDArray[np.bool_]:
    """Which rows of the block are drawn."""
    # white space around an id is no part of it: staging takes it away before it joins
    people = pc.utf8_trim(block.columns[PERSON].combine_chunks(), characters=WHITE_SPACE)
    encoded = people.dictionary_encode()
    distinct = encoded.dictionary.to_pylist()
    drawn = {person for person in distinct if draw.takes(person)}
    of_distinct = np.array([person in drawn for person in distinct], np.bool_)
    taken: npt.NDArray[np.bool_] = of_distinct[encoded.indices.to_numpy()]
    blank = np.flatnonzero(pc.equal(people, "").to_numpy(zero_copy_only=False))
    for row, key in zip(blank, block.columns[instead].take(blank).to_pylist(), strict=True):
        taken[row] = draw.takes(key)
    tally.people.update(filter(None, distinct))
    tally.drawn.update(filter(None, drawn))
    return taken
