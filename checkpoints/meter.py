"""Measures what a stretch of work costs this process: time, memory, and what it read and wrote."""

import resource
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PROCESS = Path("/proc/self")
PAGE = resource.getpagesize()
# peaks that are not the highest of the process are seen where they last about so long
SAMPLED_SECONDS = 0.05


@dataclass(frozen=True)
class Cost:
    """What some work took.

    CPU seconds are of all threads and of processes it waited for. Peak memory is in bytes. What was
    read and written is in bytes too, as asked of files, pipes and the like, whether the disk or its
    cache answered; what is read through mapped memory is not in it. None is not known.
    """

    seconds: float
    cpu_seconds: float | None = None
    peak_memory: int | None = None
    read_bytes: int | None = None
    written_bytes: int | None = None
    rows: int | None = None

    def __add__(self, other: "Cost") -> "Cost":
        """Of the same work done twice: sums, and the higher of the peaks."""
        return Cost(
            self.seconds + other.seconds,
            _sum(self.cpu_seconds, other.cpu_seconds),
            max(filter(None, (self.peak_memory, other.peak_memory)), default=None),
            _sum(self.read_bytes, other.read_bytes),
            _sum(self.written_bytes, other.written_bytes),
            _sum(self.rows, other.rows),
        )


class Meter:
    """Measures from when it is made until it is stopped."""

    def __init__(self) -> None:
        self._seconds, self._cpu = time.perf_counter(), _cpu_seconds()
        self._bytes = _bytes()
        self._highest_before = _highest()
        self._seen = _memory() or 0
        self._stopped = threading.Event()
        self._sampler: threading.Thread | None = None
        if self._seen:
            self._sampler = threading.Thread(target=self._sample, name="memory", daemon=True)
            self._sampler.start()

    def stop(self, rows: int | None = None) -> Cost:
        """What it came to."""
        seconds, cpu = time.perf_counter() - self._seconds, _cpu_seconds() - self._cpu
        self._stopped.set()
        if self._sampler is not None:
            self._sampler.join()
        before, now = self._bytes, _bytes()
        read, written = (now[0] - before[0], now[1] - before[1]) if before and now else (None, None)
        return Cost(seconds, cpu, self._peak(), read, written, rows)

    def _peak(self) -> int:
        """The system's own mark where it rose, else the most that was seen.

        Where memory cannot be seen it is the most the process ever held.
        """
        highest = _highest()
        if self._sampler is None or highest > self._highest_before:
            return highest
        return max(self._seen, _memory() or 0)

    def _sample(self) -> None:
        while not self._stopped.wait(SAMPLED_SECONDS):
            self._seen = max(self._seen, _memory() or 0)


def _sum(one: Any, other: Any) -> Any:
    if one is None or other is None:
        return other if one is None else one
    return one + other


def _cpu_seconds() -> float:
    waited_for = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + waited_for.ru_utime + waited_for.ru_stime


def _highest() -> int:
    """The most memory this process ever held, in bytes."""
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024


def _memory() -> int | None:
    """The memory this process holds now, in bytes; None where the system does not tell."""
    try:
        return int((PROCESS / "statm").read_bytes().split()[1]) * PAGE
    except OSError:
        return None


def _bytes() -> tuple[int, int] | None:
    """What this process read and wrote so far, in bytes; None where the system does not tell."""
    try:
        told = (PROCESS / "io").read_text(encoding="ascii").split()
    except OSError:
        return None
    found = dict(zip(told[::2], told[1::2], strict=True))
    return int(found["rchar:"]), int(found["wchar:"])
