"""A feed with faults in it, written beside the one it is made of."""

import random
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from etl.control import CONTROL
from etl.errors import FeedError
from etl.faults.catalogue import Chosen
from etl.faults.draft import Draft
from etl.faults.fault import FaultError
from etl.generate.write import FEED_FILES, staged


@dataclass(frozen=True)
class Applied:
    """A fault, and how many rows (or files) of the feed it touched."""

    chosen: Chosen
    touched: int


def corrupt_feed(feed: Path, out: Path, faults: Sequence[Chosen], seed: int = 1) -> list[Applied]:
    """Write the feed to the folder `out` with the faults in it, one after the other.

    The same feed, faults and seed give the same bytes; what no fault touches stays as it is, and
    the feed's own folder is only read. Control totals are those of the feed without the faults: the
    sender counted them before. Raises FeedError where the feed has no files or `out` is in
    use, FaultError where a fault finds nothing to spoil; then nothing is written.
    """
    there = [name for name in (*FEED_FILES, CONTROL.file_name) if (feed / name).is_file()]
    if not set(there) & set(FEED_FILES):
        raise FeedError(
            f"{feed}: not one of {', '.join(FEED_FILES)} is there. Give the folder of a feed."
        )
    with staged([out]) as [draft]:
        for name in there:
            shutil.copyfile(feed / name, draft / name)
        return spoil(draft, faults, seed)


def spoil(folder: Path, faults: Sequence[Chosen], seed: int = 1) -> list[Applied]:
    """Put the faults into a feed in its own folder, one after the other; FaultError as above."""
    told = []
    for chosen in faults:
        fault = chosen.fault
        drawn = random.Random(f"{seed} {fault.name}")  # noqa: S311  not a secret
        draft = Draft(folder, drawn)
        try:
            touched = fault.apply(draft, chosen.size)
        except KeyError as missing:
            raise FaultError(
                f"--fault {fault.name} needs the column {missing}, which a fault before "
                f"it has taken away or the file never had. Leave one of them out."
            ) from None
        if not touched:
            raise FaultError(
                f"--fault {fault.name} finds nothing to spoil ({fault.tells}). "
                f"Nothing was written. Give a larger feed, or another fault."
            )
        told.append(Applied(chosen, touched))
    return told
