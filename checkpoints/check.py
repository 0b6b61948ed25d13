"""Runs the checkpoints of some layers on what is there, or some checks of them."""

from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from checkpoints.gate import Verdict, judge, worst
from checkpoints.history import History
from checkpoints.history.page import show_history
from checkpoints.history.prune import keep_to
from checkpoints.lock import only_run
from checkpoints.past import note_judged
from checkpoints.screen import Screen
from checkpoints.select import Selection, selection
from checkpoints.settings import Home, kept_history
from checkpoints.validate import LAYERS, Checker, batch_to_check
from gx.outcome import LayerResult


@dataclass(frozen=True)
class Checked:
    """What was found: by layer the batch looked at and every check that was asked for."""

    layers: tuple[LayerResult, ...]
    batches: dict[str, int]
    verdict: Verdict
    selection: Selection
    declared: dict[str, int]

    @property
    def batch_id(self) -> int:
        """The newest batch that was looked at."""
        return max(self.batches.values())

    @property
    def selected(self) -> int:
        """How many checks were asked for."""
        return sum(table.declared for layer in self.layers for table in layer.tables)

    @property
    def part(self) -> str | None:
        """How much of the layers this is, where it is not all of it."""
        if not self.selection:
            return None
        every = sum(self.declared.values())
        return f"{self.selected} of {every} checks of {self.named} selected"

    @property
    def named(self) -> str:
        """The layers in words."""
        *before, last = self.batches
        return f"{', '.join(before)} and {last}" if before else last

    @property
    def looked_at(self) -> str:
        """The batches in words: one, or which for which layer."""
        if len(set(self.batches.values())) == 1:
            return f"batch {self.batch_id}"
        return ", ".join(f"batch {batch} in {layer}" for layer, batch in self.batches.items())

    def last_line(self) -> str:
        """The answer in one sentence."""
        failed = [
            (layer.layer, check)
            for layer in self.layers
            for t in layer.tables
            for check in t.failed
        ]
        word = "Blocked" if self.verdict is Verdict.BLOCK else "Passed"
        if self.part:
            held = f"{len(failed)} did not hold" if failed else "all hold"
            left_out = sum(len(t.not_applicable) for layer in self.layers for t in layer.tables)
            held += f", {left_out} not applicable" if left_out else ""
            return (
                f"{word}: {self.part}, {held} on {self.looked_at}. This is no checkpoint: Data "
                f"Docs and the history of checks are as they were."
            )
        if self.verdict is Verdict.BLOCK:
            stopped = dict.fromkeys(n for n, c in failed if c.severity == "critical" or c.error)
            told = ", ".join(f"{name} of batch {self.batches[name]}" for name in stopped)
            return (
                f"Blocked: {told} {'have' if len(stopped) > 1 else 'has'} failed critical checks."
            )
        if failed:
            told = f"{len(failed)} warning{'s' * (len(failed) != 1)}"
            return f"Passed with {told}: {self.named} may go on with {self.looked_at}."
        return f"Passed: every check of {self.named} holds on {self.looked_at}."


def check_layers(
    home: Home, screen: Screen, layer: str | None, batch_id: int | None, words: Iterable[str]
) -> Checked:
    """Run a layer's checkpoint, or those of all layers in their order, or the selected checks.

    Every layer is looked at, whatever is found in those before: on the batch asked for, else on the
    newest that it shows. Selected checks leave Data Docs and the kept results of checks alone.
    HomeError where a layer has no such batch, before anything is run.
    """
    words = tuple(words)
    with ExitStack() as cleared:
        # no home, no folder: that nothing was ever loaded there is told below
        scratch = _scratch(home, cleared) if words and home.root.is_dir() else None
        checker = Checker(home, (layer,) if layer else LAYERS, scratch)
        chosen = selection(words, tuple(s for suites in checker.suites.values() for s in suites))
        some = {name: chosen.of(suites) for name, suites in checker.suites.items()}
        declared = {
            name: sum(len(suite.checks) for suite in suites)
            for name, suites in checker.suites.items()
            if some[name]
        }
        checker.suites = some
        checker.heard = screen.costs.statements.by_gx
        batches = {name: batch_to_check(home, name, batch_id) for name in declared}
        what = " ".join(word for word in ("check", layer, str(chosen)) if word)
        cleared.enter_context(only_run(home.root, f"benefits {what}"))
        history, days = History(home.quality), kept_history()
        run_id = history.begin(what, None)
        try:
            found, verdicts = [], []
            for name, batch in batches.items():
                with screen.stage(f"check {name}") as told:
                    found.append(checker.check(name, batch))
                    told(screen.summary(found[-1]))
                verdicts.append(judge(found[-1]))
                if not chosen:
                    note_judged(home, run_id, batch, found[-1])
                screen.failures(found[-1])
        except BaseException as error:
            history.finish(run_id, error=type(error).__name__, costs=screen.costs)
            raise
        checked = Checked(tuple(found), batches, worst(verdicts), chosen, declared)
        history.finish(
            run_id,
            batch_id=checked.batch_id,
            verdict=checked.verdict,
            costs=screen.costs,
        )
        keep_to(home.quality, days)
        if not chosen:
            show_history(home)
    return checked


def _scratch(home: Home, cleared: ExitStack) -> Path:
    """A folder for results that are not kept."""
    home.work.mkdir(parents=True, exist_ok=True)
    return Path(cleared.enter_context(TemporaryDirectory(dir=home.work)))
