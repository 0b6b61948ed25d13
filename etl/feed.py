"""A feed as it came: a folder of files, headers and encodings checked, and its fingerprint."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from etl.clean import read_company_lookup
from etl.control import survey_control
from etl.errors import FeedError
from etl.read import FeedFile, survey_file
from etl.schemas import CLAIMS, CONTRACTS

LOOKUP = "company_lookup.json"


@dataclass(frozen=True)
class Feed:
    """A feed folder that can be read: its files, its domain lookup and its fingerprint."""

    folder: Path
    files: dict[str, FeedFile]
    lookup: dict[str, str]
    fingerprint: str
    control: FeedFile | None = None

    @property
    def warnings(self) -> list[str]:
        """What a person should know about the feed's columns before anything is loaded."""
        told = [
            f"{file.path.name}: column {', '.join(repr(c) for c in file.ignored)} is not known "
            f"and was ignored"
            for file in self.every_file
            if file.ignored
        ]
        if "person_id" in self.files[CLAIMS.table].absent:
            told.append(
                "claims_raw.csv has no person_id: its claims go to the unknown employee, and who "
                "they are for cannot be told; checks that need it are shown as not applicable"
            )
        return told

    @property
    def every_file(self) -> list[FeedFile]:
        """The files of rows, and that of control totals where the sender gave one."""
        return [*self.files.values(), *([self.control] if self.control else [])]


def survey_feed(folder: Path) -> Feed:
    """The feed in a folder, its headers and encodings checked; FeedError says what is wrong."""
    if not folder.is_dir():
        raise FeedError(
            f"{folder}: no such folder. Give the folder that holds the feed's four files, "
            f"for example --feed etl/samples/day_1."
        )
    files = {
        contract.table: survey_file(
            folder / contract.file_name, contract.table, contract.required, contract.optional
        )
        for contract in CONTRACTS
    }
    lookup = read_company_lookup(folder / LOOKUP)
    control = survey_control(folder)
    parts = [f"{name}:{file.sha256}" for name, file in sorted(files.items())]
    # a feed without control totals keeps the fingerprint it had before there were any
    parts += [f"{control.table}:{control.sha256}"] if control else []
    parts.append(f"{LOOKUP}:{json.dumps(lookup, sort_keys=True)}")
    fingerprint = hashlib.sha256("\n".join(parts).encode()).hexdigest()
    return Feed(folder, files, lookup, fingerprint, control)
