"""All faults by name, and the words NAME[:SIZE] by which one is chosen."""

import difflib
import math
from dataclasses import dataclass

from etl.faults import claims, columns, files, people, plans, plausible, values, volume
from etl.faults.fault import Fault, FaultError, Size, Unit

CATALOGUE: dict[str, Fault] = {
    fault.name: fault
    for module in (claims, plausible, people, plans, values, columns, files, volume)
    for fault in module.FAULTS
}


@dataclass(frozen=True)
class Chosen:
    """A fault, and how much of it."""

    fault: Fault
    size: Size

    def __str__(self) -> str:
        unsized = self.fault.unit is Unit.NONE
        return self.fault.name if unsized else f"{self.fault.name}:{self.size}"


def choose(words: str) -> Chosen:
    """The fault that NAME or NAME:SIZE names; FaultError says which names and sizes there are."""
    name, colon, told = words.partition(":")
    fault = CATALOGUE.get(name.strip())
    if fault is None:
        near = difflib.get_close_matches(name.strip(), CATALOGUE, n=1, cutoff=0.0)
        raise FaultError(
            f"--fault {name}: no fault is called so. Did you mean {near[0]}? "
            f"benefits faults lists all {len(CATALOGUE)}."
        )
    return Chosen(fault, size_of(fault, told.strip()) if colon else fault.size)


def size_of(fault: Fault, told: str) -> Size:
    """The size that was told; FaultError where it is none of the fault's unit."""
    unit = fault.unit
    if unit is Unit.NONE:
        raise FaultError(f"--fault {fault.name}:{told}: this fault takes no size. Leave it out.")
    try:
        number = float(told.removesuffix("%")) / (100 if told.endswith("%") else 1)
    except ValueError:
        number = math.nan
    is_share = unit is Unit.ROWS and (told.endswith("%") or 0 < number < 1)
    whole = unit is not Unit.TIMES and not is_share
    fits = math.isfinite(number) and number > 0 and not (whole and number != int(number))
    if not fits or (told.endswith("%") and unit is not Unit.ROWS) or (is_share and number > 1):
        raise FaultError(
            f"--fault {fault.name}:{told}: the size is no number of {unit}. "
            f"Without one it is {fault.size}."
        )
    return Size(number, is_share)
