"""What a diagnosis finds: rows and money before and after each step, and the keys of each join."""

from dataclasses import dataclass
from typing import Any

SHOWN, SHOWN_IN_WORDS = 5, 3  # keys of each side


@dataclass(frozen=True)
class Count:
    """Rows, and the money on them in cents; None where there is no column of money."""

    rows: int
    cents: int | None = None

    def minus(self, other: "Count") -> "Count":
        """The difference in both."""
        if self.cents is None or other.cents is None:
            return Count(self.rows - other.rows)
        return Count(self.rows - other.rows, self.cents - other.cents)

    def __str__(self) -> str:
        """In words: 1,234 rows with $56.78."""
        told = f"{self.rows:,} row{'s' * (self.rows != 1)}"
        return told if self.cents is None else f"{told} with {dollars(self.cents)}"

    def as_json(self) -> dict[str, Any]:
        """The same for machines; money in dollars."""
        return {"rows": self.rows, "amount": None if self.cents is None else self.cents / 100}


@dataclass(frozen=True)
class Side:
    """One side of a join by its key: how many keys, those of several rows, rows without a key.

    `extra` counts the rows that are there beside the first of each key, `top` are the keys with the
    most rows. No key is shown that is made of a personal column.
    """

    table: str
    columns: tuple[str, ...]
    keys: int
    repeated: int
    extra: int
    nulls: int
    top: tuple[tuple[str, int], ...] = ()

    @property
    def each(self) -> float:
        """Rows for a key, on average."""
        return (self.keys + self.extra) / self.keys if self.keys else 0.0

    def __str__(self) -> str:
        """In words, the keys with the most rows last."""
        told = f"{self.repeated:,} of {self.keys:,} keys repeated, {self.each:.2f} rows each"
        if self.nulls:
            told += f", {self.nulls:,} row{'s' * (self.nulls != 1)} without a key"
        shown = ", ".join(f"{key} x{count:,}" for key, count in self.top[:SHOWN_IN_WORDS])
        return told + (f": {shown}" if shown else "")

    def as_json(self) -> dict[str, Any]:
        """The same for machines."""
        return {
            "table": self.table,
            "columns": list(self.columns),
            "keys": self.keys,
            "repeated": self.repeated,
            "rows_too_many": self.extra,
            "rows_without_key": self.nulls,
            "top": [{"key": key, "rows": count} for key, count in self.top],
        }


@dataclass(frozen=True)
class Join:
    """One join of one step: what it made of its rows.

    `made` are the rows and money there are only because a row met several others, `lost` those that
    met none and were left out. `origins` are where a repeated key on the right comes from.
    """

    model: str
    step: str
    kind: str
    right: str
    on: tuple[tuple[str, str], ...]
    before: Count
    after: Count
    made: Count
    lost: Count
    sides: tuple[Side, Side] | None
    origins: tuple[Side, ...] = ()

    @property
    def growth(self) -> float:
        """Rows after the join for one before it."""
        return self.after.rows / self.before.rows if self.before.rows else 1.0

    @property
    def keys(self) -> str:
        """The columns that must be equal, in words."""
        pairs = [left if left == right else f"{left} = {right}" for left, right in self.on]
        return ", ".join(pairs) or "nothing that must be equal"

    @property
    def multiplies(self) -> bool:
        """Whether any row met more than one other."""
        return self.made.rows > 0

    @property
    def harms(self) -> bool:
        """Whether it multiplies rows or loses money."""
        return self.multiplies or bool(self.lost.cents)

    def as_json(self) -> dict[str, Any]:
        """The same for machines."""
        return {
            "model": self.model,
            "step": self.step,
            "kind": self.kind,
            "right": self.right,
            "on": [list(pair) for pair in self.on],
            "growth": round(self.growth, 4),
            **{part: getattr(self, part).as_json() for part in ("before", "after", "made", "lost")},
            "left_keys": self.sides[0].as_json() if self.sides else None,
            "right_keys": self.sides[1].as_json() if self.sides else None,
            "origins": [side.as_json() for side in self.origins],
        }


@dataclass(frozen=True)
class Step:
    """One step of a model: the rows that came in by its main input, and those that went out."""

    model: str
    name: str
    before: Count | None
    after: Count
    joins: tuple[Join, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The same for machines; the joins are told apart."""
        return {
            "model": self.model,
            "step": self.name,
            "before": self.before.as_json() if self.before else None,
            "after": self.after.as_json(),
        }


@dataclass(frozen=True)
class Diagnosis:
    """The way of the rows into a model, from the first table to the model, and each join on it."""

    model: str
    steps: tuple[Step, ...]
    seconds: float

    @property
    def joins(self) -> tuple[Join, ...]:
        """Every join on the way, in order."""
        return tuple(join for step in self.steps for join in step.joins)

    @property
    def finding(self) -> Join | None:
        """The first join that multiplies rows; else the first that loses money."""
        harmful = [join for join in self.joins if join.harms]
        return next((j for j in harmful if j.multiplies), harmful[0] if harmful else None)

    @property
    def exit_code(self) -> int:
        """0 no join multiplies rows or loses money, 1 one does."""
        return 1 if self.finding else 0

    def as_json(self) -> dict[str, Any]:
        """The same for machines."""
        found = self.finding
        return {
            "model": self.model,
            "verdict": "fan-out" if found and found.multiplies else "loss" if found else "pass",
            "finding": found.as_json() if found else None,
            "steps": [step.as_json() for step in self.steps],
            "joins": [join.as_json() for join in self.joins],
            "seconds": round(self.seconds, 3),
        }


def dollars(cents: int) -> str:
    """An amount as people write it: $1,234.50."""
    return f"{'-' * (cents < 0)}${abs(cents) / 100:,.2f}"
