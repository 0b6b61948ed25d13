"""The story's acts as lines for people; every figure in them was measured."""

from collections.abc import Iterator
from typing import Any

from checkpoints.incident import words
from checkpoints.incident.documented import Built
from checkpoints.incident.finding import dollars
from checkpoints.incident.ours import caught
from checkpoints.incident.story import MART, Story

TITLES = {
    "healthy": "1. A healthy day, through the pipeline as the document first had it",
    "wrong": "2. The next day, a new upstream feed, through the same pipeline",
    "found": "3. What happened? benefits diagnose " + MART,
    "ours": "4. The same two days through ours",
    "layers": "5. Had the layers before it let the feed pass",
    "guardrails": "6. The document's guardrails, tried on this feed",
}


def lines(act: str, story: Story) -> Iterator[str]:
    """The lines of an act that was played, without its title."""
    told: Any = {
        "healthy": lambda: _built(story.healthy),
        "wrong": lambda: (*_keys(story), *_built(story.wrong)),
        "found": lambda: _found(story),
        "ours": lambda: _ours(story),
        "layers": lambda: _layers(story),
        "guardrails": lambda: _guardrails(story),
    }[act]
    yield from told()


def _built(built: Built | None) -> Iterator[str]:
    if built is None:
        return
    twice = "" if built.feed.rows == built.feed.claims else f" of {built.feed.claims:,} claims"
    yield f"feed     {built.feed.rows:,} rows{twice}, {dollars(built.feed.true_cents)} paid"
    yield f"dbt      {len(built.models)} models in {built.seconds:.1f} s"
    yield f"tests    {built.passed} of {len(built.tested)} passed"
    told = "right" if built.right else f"x{built.factor:.2f}, wrong by {dollars(built.wrong_by)}"
    yield f"mart     {built.mart}: {told}"
    if built.green and not built.right:
        yield "         and nothing said so"


def _keys(story: Story) -> Iterator[str]:
    keys, wrong, healthy = story.keys, story.wrong, story.healthy
    if keys is None or wrong is None or healthy is None:
        return
    yield f"volume   {wrong.feed.rows / healthy.feed.rows:.1f} times the rows of the healthy day"
    yield f"keys     {keys.people:,} people again from the same day ({keys.person_rows:,} rows),"
    yield f"         {keys.plan_types:,} plan types of a company again ({keys.plan_rows:,} rows),"
    yield f"         {wrong.feed.rows - wrong.feed.claims:,} rows under a claim_id that was there"


def _found(story: Story) -> Iterator[str]:
    if story.found is None:
        return
    if story.found.finding is not None:
        yield from words.join_lines(story.found.finding)
    yield words.answer(story.found)


def _ours(story: Story) -> Iterator[str]:
    before, after = story.before, story.after
    if before is None or after is None:
        return
    for name, day in (("healthy", before), ("new feed", after)):
        ended = "published" if day.report.published else f"blocked at {day.layer.layer}"
        yield f"{name:<8} {ended} after {day.seconds:.1f} s, exit code {day.exit_code}"
        for one in caught(day.layer):
            seen = one.check.error or one.check.observed
            yield f"         BLOCK {one.table}  {one.check.what}: {seen}"
            yield f"               {', '.join(one.check.keys)}"
            yield f"               {one.check.notes}"
    right = "right" if before.right and after.mart == before.mart else "wrong"
    yield f"mart     {after.mart}: {right}"
    same = "as before" if before.marts_sha256 == after.marts_sha256 else "CHANGED"
    yield f"marts.db {same}: sha256 {before.marts_sha256[:12]}, then {after.marts_sha256[:12]}"


def _layers(story: Story) -> Iterator[str]:
    for layer, found in story.layers:
        for at, one in enumerate(found):
            name, check = (layer if at == 0 else ""), one.check
            # of a model that was refused, the note says how many keys
            seen = check.notes if check.observed == "refused" else check.error or check.observed
            yield f"{name:<8} {one.table}  {check.what}: {seen}"
        if not found:
            yield f"{layer:<8} would have let it pass"


def _guardrails(story: Story) -> Iterator[str]:
    for one in story.guardrails:
        word = "caught" if one.catches else "missed"
        yield f"{word}   {one.name} ({one.done}): {one.seen}"


def moral(story: Story) -> str:
    """The last line: what it comes to, or what did not come as told."""
    if story.failed:
        return f"The story does not hold: it is not so that {'; that '.join(story.failed)}."
    wrong, found, after = story.wrong, story.found, story.after
    if wrong is None or found is None or after is None:
        raise ValueError("the story is not played to its end")
    return (
        f"All {len(wrong.tested)} dbt tests were green and the marts wrong by "
        f"{dollars(wrong.wrong_by)}. The join was found in {found.seconds:.1f} s; our checks "
        f"stopped the feed at {after.layer.layer} in {after.seconds:.1f} s, and the published "
        f"marts stayed right. Told in {story.seconds:.0f} s."
    )
