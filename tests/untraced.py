"""What is not ours runs untraced: coverage asks nothing of it, and traced it takes twice as long.

Where nothing is traced, as in a run without coverage, nothing is changed.
"""

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any

import pytest


@contextmanager
def untraced() -> Iterator[None]:
    """Neither this thread nor those that it starts are traced in the meantime."""
    here, in_threads = sys.gettrace(), threading.gettrace()
    sys.settrace(None)
    threading.settrace(None)  # type: ignore[arg-type]
    try:
        yield
    finally:
        threading.settrace(in_threads)  # type: ignore[arg-type]
        sys.settrace(here)
        _next_call()


def _next_call() -> None:
    """A tracer takes over again at the next call; one that came later would miss a return."""


@contextmanager
def dbt_untraced() -> Iterator[None]:
    """Every command given to dbt in this process runs untraced, and so do its callbacks."""
    if sys.gettrace() is None:
        yield
        return
    with untraced():
        # takes seconds, and twice as many where it is traced
        import great_expectations  # noqa: F401
        from dbt.cli.main import dbtRunner
    invoke = dbtRunner.invoke

    @wraps(invoke)
    def invoked(*arguments: Any, **named: Any) -> Any:
        with untraced():
            return invoke(*arguments, **named)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(dbtRunner, "invoke", invoked)
        yield
