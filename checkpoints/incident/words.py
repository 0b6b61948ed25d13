"""A diagnosis as lines for people, the answer last."""

from collections.abc import Iterator

from checkpoints.incident.finding import Diagnosis, Join, Step, dollars
from checkpoints.incident.query import EPHEMERAL


def lines(found: Diagnosis) -> Iterator[str]:
    """Rows and money at each step, every join that did harm with its keys, and the answer."""
    shown = [step for step in found.steps if not step.name.startswith(EPHEMERAL)]
    width = max(len(_name(step)) for step in shown)
    for step in shown:
        yield f"{_name(step):<{width}}  {_change(step)}"
    for join in found.joins:
        if join.harms:
            yield from join_lines(join)
    yield answer(found)


def join_lines(join: Join) -> Iterator[str]:
    """What a join did, and the keys of both its sides."""
    word = "FAN-OUT" if join.multiplies else "LOSS"
    yield f"{word} {join.model}, step {join.step}: {join.kind} join {join.right} on {join.keys}"
    yield f"  {join.before} in, {join.after} out: x{join.growth:.2f}"
    yield f"  made {join.made}; lost {join.lost}"
    sides = [*zip(("left", "right"), join.sides or (), strict=False)]
    for name, side in (*sides, *(("from", side) for side in join.origins)):
        yield f"  {name:<5} {side.table} by {' + '.join(side.columns)}: {side}"


def answer(found: Diagnosis) -> str:
    """The answer in one sentence."""
    join, took = found.finding, f"Found in {found.seconds:.1f} s."
    if join is None:
        count = len(found.joins)
        joins = f"{count} join{'s' * (count != 1)}"
        return f"Clean: {joins} on the way to {found.model}, no row made and no money lost. {took}"
    where = f"the join on {join.keys} in {join.model} ({join.step})"
    if not join.multiplies:
        return f"Loss: {where} leaves out {join.lost}. {took}"
    return f"Fan-out: {where} makes {_balance(join)}. {took}"


def _balance(join: Join) -> str:
    told = f"{join.after.rows:,} rows of {join.before.rows:,} (x{join.growth:.2f})"
    if join.made.cents is None or join.lost.cents is None:
        return told
    if join.lost.rows:
        return f"{told}: {dollars(join.made.cents)} too much and {dollars(join.lost.cents)} lost"
    return f"{told}: {dollars(join.made.cents)} too much"


def _name(step: Step) -> str:
    return f"{step.model} {step.name}"


def _change(step: Step) -> str:
    if step.before is None or step.before == step.after:
        return str(step.after)
    return f"{step.before} -> {step.after}"
