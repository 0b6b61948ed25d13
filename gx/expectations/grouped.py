"""SQL of keys made of several columns: where they are given, how often each is there, as text."""

from collections.abc import Sequence

from gx.expectations.facts import identifier


def named(columns: Sequence[str]) -> str:
    """The columns as they stand in a list."""
    return ", ".join(identifier(column) for column in columns)


def given(columns: Sequence[str]) -> str:
    """That none of the columns is NULL."""
    return " and ".join(f"{identifier(column)} is not null" for column in columns)


def copies(columns: Sequence[str]) -> str:
    """Each key of the rows under test that is given, and its rows as `copies`."""
    names = named(columns)
    return (
        f"select {names}, count(*) as copies from {{batch}} as batch "
        f"where {given(columns)} group by {names}"
    )


def as_text(columns: Sequence[str], *, null: str | None = None) -> str:
    """The key as one text, its parts joined by ' + '; `null` stands for a part that is NULL."""
    parts = [f"cast({identifier(column)} as varchar(200))" for column in columns]
    if null is not None:
        parts = [f"coalesce({part}, '{null}')" for part in parts]
    return " || ' + ' || ".join(parts)
