"""Tells what is wrong with the machine from what is wrong with the data: no room, no right, a lock.

A check that the machine kept from being answered says nothing of the data, so it must not block a
batch: the command could not run, and the next one goes on from where this one was.
"""

import errno
import shutil
from pathlib import Path

from gx.outcome import LayerResult

FULL = ("database or disk is full", "disk I/O error", "No space left", "File too large", "quota")
DENIED = ("readonly database", "unable to open database")
LOCKED = ("database is locked", "database table is locked", "database schema is locked")
ERRNOS = {
    errno.ENOSPC: FULL,
    errno.EDQUOT: FULL,
    errno.EFBIG: FULL,
    errno.EACCES: DENIED,
    errno.EPERM: DENIED,
    errno.EROFS: DENIED,
}


def advice(error: BaseException, home: Path | None) -> str | None:
    """What to do where the machine is at fault, whatever error it came wrapped in; else None."""
    seen: BaseException | None = error
    while seen is not None:
        if not isinstance(seen, OSError):
            kind, where = _kind(str(seen)), home
        else:
            kind, where = ERRNOS.get(seen.errno or 0), _place(seen, home)
        if kind and (where == home or kind is FULL):
            return _told(kind, where)
        seen = seen.__cause__ or seen.__context__
    return None


def troubled(layer: LayerResult) -> str | None:
    """The first check of a layer that the machine kept from an answer, in words; else None."""
    for table in layer.tables:
        for check in table.failed:
            if check.error and _kind(check.error):
                return f"{layer.layer}: {table.table} {check.what}: {check.error}"
    return None


def _kind(text: str) -> tuple[str, ...] | None:
    return next((kind for kind in (FULL, DENIED, LOCKED) if any(w in text for w in kind)), None)


def _place(error: OSError, home: Path | None) -> Path | None:
    """The home where the file lies in it, else the file's own folder."""
    named = error.filename2 or error.filename
    if not isinstance(named, str | Path) or (home and Path(named).is_relative_to(home)):
        return home
    return Path(named).parent


def _told(kind: tuple[str, ...], home: Path | None) -> str:
    where = f"of {home} " if home else ""
    goes_on = "Nothing unchecked was published, and the next run goes on from here by itself."
    if kind is FULL:
        free = ""
        if home is not None and home.exists():
            free = f" ({shutil.disk_usage(home).free / 1e6:,.1f} MB free)"
        return (
            f"The disk {where}is full{free}, or a quota or limit keeps files from growing. Free "
            f"some space, then run again. {goes_on}"
        )
    if kind is DENIED:
        return (
            f"Files {where}cannot be written by this user. See who owns the folder and its files "
            f"and that the file system is writable, then run again. {goes_on}"
        )
    return f"Another program holds the file. Close it or wait, then run again. {goes_on}"
