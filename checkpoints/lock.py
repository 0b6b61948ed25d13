"""One run at a time in a home: a lock that names its holder and ends with its process."""

import datetime as dt
import fcntl
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from checkpoints.errors import HomeError


def _close_to_others(home: Path) -> None:
    """Health data is for the home's user alone, whoever made the folder and however wide."""
    mode = stat.S_IMODE(home.stat().st_mode)
    if mode & 0o077:
        # another's folder stays as it is: what is written into it is closed by itself
        with suppress(PermissionError):
            home.chmod(mode & ~0o077)


@contextmanager
def only_run(home: Path, command: str) -> Iterator[None]:
    """Hold the home's lock; HomeError says who holds it where somebody else does.

    The lock is the kernel's, so a killed process leaves none behind.
    """
    home.mkdir(parents=True, exist_ok=True)
    _close_to_others(home)
    path = home / ".lock"
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.read(descriptor, 200).decode("utf-8", errors="replace").strip()
            raise HomeError(
                f"{home}: another run is at work here ({holder or 'it has not said who it is'}). "
                f"Wait until it ends, or use another --home."
            ) from None
        now = dt.datetime.now(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{command}, process {os.getpid()}, since {now}".encode(), 0)
        yield
    finally:
        os.close(descriptor)
