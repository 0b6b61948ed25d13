"""Keeps the last published marts: which version each is, who published it, and what was checked."""

import os
import re
import sqlite3
from contextlib import closing
from dataclasses import asdict, astuple, dataclass, fields
from pathlib import Path
from typing import Any

from checkpoints.errors import HomeError
from checkpoints.publish import discard, refuse_leftovers
from checkpoints.settings import Home, kept_versions

NAME = re.compile(r"(\d{6,})\.db")


@dataclass(frozen=True)
class Stamp:
    """The one row of `_published`: what a marts file says of itself; times are UTC."""

    version: int
    run_id: int
    batch_id: int
    feed_name: str
    verdict: str
    published_at: str
    checks_held: int
    checks_declared: int
    code_version: str


STAMP_TABLE = "create table _published ({})".format(
    ", ".join(
        f"{field.name} {'integer' if field.type is int else 'text'} not null"
        for field in fields(Stamp)
    )
)


@dataclass(frozen=True)
class Version:
    """A marts file that is there: published now, or kept to be published again."""

    path: Path
    stamp: Stamp | None
    published: bool

    @property
    def size(self) -> int:
        """Bytes; a kept version and the published marts may share them."""
        return self.path.stat().st_size

    def as_json(self) -> dict[str, object]:
        """The version for machines."""
        told = asdict(self.stamp) if self.stamp else {}
        return {**told, "size_bytes": self.size, "published": self.published}


def write_stamp(candidate: Path, stamp: Stamp) -> None:
    """Write into a checked candidate what it is, in the place of what it was a copy of."""
    with closing(sqlite3.connect(candidate, isolation_level=None)) as connection:
        connection.execute("begin immediate")
        connection.execute("drop table if exists _published")
        connection.execute(STAMP_TABLE)
        marks = ", ".join("?" for _ in fields(Stamp))
        connection.execute(f"insert into _published values ({marks})", astuple(stamp))
        connection.execute("commit")


def read_stamp(marts: Path) -> Stamp | None:
    """What a marts file says of itself; None for one published before there were versions.

    HomeError where it cannot be read.
    """
    rows = rows_of(marts, "_published", f"select {', '.join(f.name for f in fields(Stamp))}")
    return Stamp(*rows[0]) if rows else None


def batches_in(marts: Path) -> set[int] | None:
    """The batches a marts file holds; None for a file without marts. HomeError if unreadable."""
    rows = rows_of(marts, "published_batches", "select _batch_id")
    return None if rows is None else {row[0] for row in rows}


def rows_of(marts: Path, table: str, select: str) -> list[tuple[Any, ...]] | None:
    """The rows of a table, None where the file has no such table; HomeError if unreadable."""
    uri = f"{marts.absolute().as_uri()}?mode=ro"
    try:
        with closing(sqlite3.connect(uri, uri=True)) as connection:
            known = "select 1 from sqlite_master where type = 'table' and name = ?"
            if connection.execute(known, (table,)).fetchone() is None:
                return None
            return connection.execute(f"{select} from {table}").fetchall()
    except sqlite3.DatabaseError as error:
        raise HomeError(
            f"{marts}: cannot be read ({error}). If another program has it open for writing, close "
            f"that and run again; if the file is damaged, put an earlier version back with "
            f"benefits rollback --reason TEXT."
        ) from error


def next_version(home: Home) -> int:
    """The number of the next version: above every one that is kept or published."""
    stamp = read_stamp(home.marts) if home.marts.exists() else None
    return 1 + max([stamp.version if stamp else 0, *_kept(home)])


def versions(home: Home) -> list[Version]:
    """The published marts and the kept versions, oldest first; those that tell no number first."""
    kept = _kept(home)
    found = []
    now = _stamp_or_none(home.marts) if home.marts.exists() else None
    if home.marts.exists() and (now is None or now.version not in kept):
        found.append(Version(home.marts, now, published=True))
    for number, path in kept.items():
        is_published = now is not None and now.version == number
        found.append(Version(path, _stamp_or_none(path), is_published))
    return sorted(found, key=lambda version: version.stamp.version if version.stamp else 0)


def keep_published(home: Home) -> str | None:
    """Keep the published marts as a version and drop those beyond the number that is kept.

    A version is a second name of the same file, so it costs no time and, until the next one is
    published, no room. Where the file system has no hard links only the published marts are there.
    Returns what a person should know, as where a version could not be kept.
    """
    number_kept = kept_versions()
    try:
        stamp = read_stamp(home.marts) if home.marts.exists() else None
        if stamp is None:
            return None
        kept = version_file(home, stamp.version)
        if not kept.exists():
            kept.parent.mkdir(exist_ok=True)
            os.link(home.marts, kept)
        for number, path in list(_kept(home).items())[:-number_kept]:
            if number != stamp.version:
                discard(path)
    except OSError as error:
        return (
            f"{home.versions}: the published marts could not be kept as a version "
            f"({error.strerror}); benefits rollback cannot put them back later"
        )
    return None


def put_back(home: Home, version: Version) -> None:
    """Publish a kept version again, at once and for good; it stays kept."""
    refuse_leftovers(home.marts)
    refuse_leftovers(version.path)
    link = home.versions / "published_again"
    link.unlink(missing_ok=True)
    try:
        os.link(version.path, link)
    except OSError:
        # no hard links here, as in a copy of a home on another file system
        version.path.replace(link)
    link.replace(home.marts)
    # the same file under both names is left as it is
    link.unlink(missing_ok=True)
    descriptor = os.open(home.root, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def version_file(home: Home, number: int) -> Path:
    """Where a version is kept."""
    return home.versions / f"{number:06d}.db"


def _kept(home: Home) -> dict[int, Path]:
    if not home.versions.is_dir():
        return {}
    found = {path: NAME.fullmatch(path.name) for path in home.versions.iterdir()}
    return dict(sorted((int(name[1]), path) for path, name in found.items() if name))


def _stamp_or_none(path: Path) -> Stamp | None:
    try:
        return read_stamp(path)
    except HomeError:
        return None
