"""Runs `benefits` in forks of one process that has everything imported, to be killed or hindered.

Importing great_expectations and dbt takes longer than a whole run, so a process of its own per kill
would make hundreds of them unbearable. Each fork is a process like any other: it can be killed at
an instant, run as another user, with a limit on the size of files, or without room on the disk.
"""

import ctypes
import importlib
import json
import os
import re
import resource
import signal
import struct
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).parent.parent
IMPORTED = (
    "great_expectations",
    "dbt.cli.main",
    "dbt.adapters.sqlite",
    "pandera.pandas",
    "adbc_driver_sqlite.dbapi",
    "checkpoints.cli",
    "checkpoints.pipeline",
    "checkpoints.rollback",
    "checkpoints.status",
    "gx.run",
    "gx.context",
    "gx.data_docs.site",
    "gx.data_docs.builders",
    "gx.suites",
    "tests.homes",
)


@dataclass(frozen=True)
class Ended:
    """How a run ended: its exit code (None if killed), what it said, stages begun, seconds."""

    code: int | None
    text: str
    stages: tuple[str, ...]
    seconds: float

    @property
    def took(self) -> dict[str, float]:
        """The seconds of each stage, as the run told them."""
        found = re.findall(r"^([a-z ]+?)  +.*\((\d+\.\d) s\)$", self.text, re.MULTILINE)
        return {stage: float(seconds) for stage, seconds in found}


class Server:
    """The process that forks; use it in a `with` statement."""

    def __init__(self, folder: Path) -> None:
        self._told = folder / "told"
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.crash_server"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=PROJECT,
            env={**os.environ, "PYTHONPATH": str(PROJECT)},
        )

    def __enter__(self) -> "Server":
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(30)
        self._process.stdout.close()

    def run(
        self,
        *arguments: str | Path,
        kill_in: tuple[str, float] | None = None,
        die_at: str | None = None,
        file_limit: int | None = None,
        modes_count: bool = False,
        clock: float = 0.0,
    ) -> Ended:
        """Run the command in a fork.

        `kill_in` a stage after so many seconds of it, unless the run has ended by then; `die_at` a
        boundary such as "before stage check_raw" or "after checkpoints.stages.publish"; no file may
        grow beyond `file_limit` bytes; with `modes_count` root, too, may write only where the mode
        of a file says so; `clock` is how many seconds the clock is wrong.
        """
        order = {
            "arguments": [str(a) for a in arguments],
            "kill_in": kill_in,
            "die_at": die_at,
            "file_limit": file_limit,
            "modes_count": modes_count and os.getuid() == 0,
            "clock": clock,
            "told": str(self._told),
        }
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        ended = json.loads(self._process.stdout.readline())
        return Ended(ended["code"], ended["text"], tuple(ended["stages"]), ended["seconds"])


def serve() -> None:
    """Fork for each order that comes in, and tell how the fork ended."""
    for name in IMPORTED:
        importlib.import_module(name)
    for line in sys.stdin:
        order = json.loads(line)
        told = Path(order["told"])
        descriptor = os.open(told, os.O_CREAT | os.O_TRUNC | os.O_WRONLY | os.O_APPEND, 0o666)
        began = time.monotonic()
        child = os.fork()
        if child == 0:
            try:
                _run(order, descriptor)
            finally:
                os._exit(70)
        status = _wait(child, told, order["kill_in"])
        seconds = time.monotonic() - began
        os.close(descriptor)
        lines = [json.loads(one) for one in told.read_text().splitlines()]
        ends = [one for one in lines if "code" in one]
        if not os.WIFSIGNALED(status) and not ends:
            ends = [{"code": -1, "text": f"the fork ended with status {status}"}]
        answer = ends[0] if ends else {"code": None, "text": ""}
        answer["stages"] = [one["stage"] for one in lines if "stage" in one]
        print(json.dumps({**answer, "seconds": seconds}), flush=True)


def _wait(child: int, told: Path, kill_in: tuple[str, float] | None) -> int:
    begun = None
    while kill_in is not None:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return status
        if begun is None and json.dumps({"stage": kill_in[0]}) in told.read_text():
            begun = time.monotonic()
        if begun is not None and time.monotonic() >= begun + kill_in[1]:
            os.kill(child, signal.SIGKILL)
            break
        time.sleep(0.002)
    return os.waitpid(child, 0)[1]


def _run(order: dict[str, Any], descriptor: int) -> None:
    from tests.homes import benefits

    def tell(**what: Any) -> None:
        os.write(descriptor, json.dumps(what).encode() + b"\n")

    # what is said by others than the command belongs into no answer
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    _tell_stages(tell)
    if order["die_at"]:
        _die(order["die_at"])
    if order["clock"]:
        _wrong_clock(order["clock"])
    if order["file_limit"]:
        # without this the signal ends the process, and with it the kernel says EFBIG
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (order["file_limit"],) * 2)
    if order["modes_count"]:
        _obey_modes()
    ran = benefits(*order["arguments"])
    tell(code=ran.code, text=ran.text)
    os._exit(0)


def _tell_stages(tell: Callable[..., None]) -> None:
    from checkpoints.screen import Screen

    shown = Screen.stage

    def stage(self: Screen, title: str) -> Any:
        tell(stage=title)
        return shown(self, title)

    Screen.stage = stage  # type: ignore[assignment, method-assign]


def _die(where: str) -> None:
    """Kill this process where a function begins or has ended."""
    moment, _, name = where.partition(" ")

    def wrap(whole: Callable[..., Any]) -> Callable[..., Any]:
        def dying(*args: Any, **kwargs: Any) -> Any:
            if moment == "before":
                os.kill(os.getpid(), signal.SIGKILL)
            whole(*args, **kwargs)
            os.kill(os.getpid(), signal.SIGKILL)

        return dying

    if name.startswith("stage "):
        from checkpoints import pipeline

        stages = [s.__name__ for s in pipeline.STAGES]
        place = stages.index(name.removeprefix("stage "))
        stage = wrap(pipeline.STAGES[place])
        pipeline.STAGES = (*pipeline.STAGES[:place], stage, *pipeline.STAGES[place + 1 :])
        return
    owner, _, attribute = name.rpartition(".")
    try:
        holder: Any = importlib.import_module(owner)
    except ModuleNotFoundError:
        module, _, kind = owner.rpartition(".")
        holder = getattr(importlib.import_module(module), kind)
    setattr(holder, attribute, wrap(getattr(holder, attribute)))


def _obey_modes() -> None:
    """Give up root's rights to pass over the modes of files: CAP_DAC_OVERRIDE, _READ_SEARCH."""
    libc = ctypes.CDLL(None, use_errno=True)
    header = struct.pack("Ii", 0x20080522, 0)
    sets = ctypes.create_string_buffer(24)
    assert libc.capget(header, sets) == 0
    effective, *others = struct.unpack("6I", sets.raw)
    without = struct.pack("6I", effective & ~0b110, *others)
    assert libc.capset(header, without) == 0


def _wrong_clock(seconds: float) -> None:
    """Let everything that asks Python for the time be told a wrong one."""
    import datetime as dt

    right = time.time

    class Wrong(dt.datetime):
        @classmethod
        def now(cls, tz: dt.tzinfo | None = None) -> "Wrong":
            return cls.fromtimestamp(right() + seconds, tz)

        @classmethod
        def utcnow(cls) -> "Wrong":
            return cls.now(dt.UTC).replace(tzinfo=None)

    time.time = lambda: right() + seconds
    real = dt.datetime
    for module in list(sys.modules.values()):
        for name, value in list(vars(module).items()):
            if value is real:
                setattr(module, name, Wrong)


if __name__ == "__main__":
    serve()
