"""Measures a piece of work in a process of its own: seconds, CPU, peak memory and what it did.

Run as `python measure.py PIECE FOLDER CLAIMS OUT` it does the piece and writes its figures to OUT.
"""

import dataclasses
import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

Facts = dict[str, float]
TAIL_OF_ERROR = 25  # lines


class BenchError(Exception):
    """A piece that failed, or that gave another answer than the one it is compared with."""


@dataclass(frozen=True)
class Setup:
    """Where a run of the bench keeps its files, and how large its feed is."""

    folder: Path
    claims: int

    @property
    def employees(self) -> int:
        """People in the feed."""
        return max(1000, self.claims // 100)

    @property
    def feed(self) -> Path:
        """The feed that everything but the increment works on."""
        return self.folder / "feed"

    @property
    def next_feed(self) -> Path:
        """The small feed that comes a day later."""
        return self.folder / "next_feed"

    @property
    def home(self) -> Path:
        """The pipeline's home."""
        return self.folder / "home"

    def spare(self, name: str) -> Path:
        """The path of a file that a floor writes and nobody reads afterwards; not there yet."""
        path = self.folder / "floors" / name
        path.parent.mkdir(exist_ok=True)
        path.unlink(missing_ok=True)
        return path


@dataclass
class Clock:
    """Seconds and CPU seconds of what runs inside `with clock`; `apart` leaves a part out.

    `models` are the seconds of each dbt model, which are among the measured ones.
    """

    seconds: float = 0.0
    cpu_seconds: float = 0.0
    parts: dict[str, float] = field(default_factory=dict)
    models: dict[str, float] = field(default_factory=dict)

    def __enter__(self) -> None:
        self._add(-1)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._add(1)

    @contextmanager
    def apart(self, name: str) -> Iterator[None]:
        """Time a part of the measured work under its own name instead."""
        self._add(1)
        began = time.perf_counter()
        try:
            yield
        finally:
            self.parts[name] = self.parts.get(name, 0.0) + time.perf_counter() - began
            self._add(-1)

    def _add(self, sign: int) -> None:
        self.seconds += sign * time.perf_counter()
        self.cpu_seconds += sign * time.process_time()


@dataclass(frozen=True)
class Outcome:
    """What a piece did: how many rows, and facts that its counterpart must have found as well."""

    rows: int
    facts: Facts = field(default_factory=dict)


@dataclass(frozen=True)
class Figures:
    """The measure of one piece; `parts` are not in `seconds`, the seconds of `models` are."""

    rows: int
    facts: Facts
    seconds: float
    cpu_seconds: float
    peak_mb: float
    parts: dict[str, float]
    models: dict[str, float]


Piece = Callable[[Setup, Clock], Outcome]


def measure(piece: str, setup: Setup, environment: Mapping[str, str]) -> Figures:
    """The figures of a piece, done in a fresh process; BenchError with the end of its output."""
    out = setup.folder / "figures.json"
    out.unlink(missing_ok=True)
    done = subprocess.run(
        [sys.executable, __file__, piece, str(setup.folder), str(setup.claims), str(out)],
        env=dict(environment),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode != 0 or not out.exists():
        told = "\n".join(done.stdout.strip().splitlines()[-TAIL_OF_ERROR:])
        raise BenchError(f"{piece} failed with exit code {done.returncode}:\n{told}")
    return Figures(**json.loads(out.read_text(encoding="utf-8")))


def peak_mb() -> float:
    """The most memory this process ever held, in megabytes."""
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most / (1024 * 1024 if sys.platform == "darwin" else 1024)


def main() -> None:
    """Do one piece and write its figures."""
    from floors import FLOORS
    from stages import STAGES

    piece, folder, claims, out = sys.argv[1:]
    clock = Clock()
    outcome = {**STAGES, **FLOORS}[piece](Setup(Path(folder), int(claims)), clock)
    if not outcome.rows or clock.seconds <= 0:
        raise BenchError(f"{piece} measured nothing: {outcome.rows} rows, {clock.seconds} seconds")
    figures = Figures(
        rows=outcome.rows,
        facts=outcome.facts,
        seconds=clock.seconds,
        cpu_seconds=clock.cpu_seconds,
        peak_mb=peak_mb(),
        parts=clock.parts,
        models=clock.models,
    )
    Path(out).write_text(json.dumps(dataclasses.asdict(figures)), encoding="utf-8")


if __name__ == "__main__":
    # stages and floors import this module by its name: the same classes, not a second copy of them
    import measure as this

    this.main()
