"""The configured holidays: days on which less arrives than such a weekday usually has."""

import datetime as dt
import json
from pathlib import Path
from typing import Any

import yaml

from checkpoints.errors import HomeError
from checkpoints.settings import HOLIDAYS

WORDS = ("country", "subdivision", "days")
# what the library said of a year; it takes half a second to ask it
SAID = "holidays.json"


def holidays_around(day: dt.date, work: Path, path: Path = HOLIDAYS) -> frozenset[dt.date]:
    """The holidays of that year and of the two before, as checkpoints/holidays.yml tells them.

    Those of a country are asked of the library `holidays` once and kept in the folder `work`, which
    can be made again. HomeError where the file says what cannot be meant.
    """
    told = _read(path)
    found = {_day(path, one) for one in told.get("days") or ()}
    if country := told.get("country"):
        place = (str(country), str(told.get("subdivision") or ""))
        for year in range(day.year - 2, day.year + 1):
            found |= _of_country(path, place, year, work)
    return frozenset(found)


def _read(path: Path) -> dict[str, Any]:
    try:
        told = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    except (OSError, yaml.YAMLError) as error:
        raise HomeError(f"{path}: cannot be read ({type(error).__name__}).") from error
    if not isinstance(told, dict):
        raise HomeError(f"{path}: write {', '.join(WORDS)} as 'name: value' lines.")
    if strange := [str(word) for word in told if word not in WORDS]:
        raise HomeError(f"{path}: it has no '{strange[0]}'; write {', '.join(WORDS)}.")
    if not isinstance(told.get("days") or [], list):
        raise HomeError(f"{path}: days must be a list, as days: [2026-12-24].")
    return told


def _day(path: Path, text: Any) -> dt.date:
    try:
        return dt.date.fromisoformat(str(text))
    except ValueError:
        raise HomeError(f"{path}: days: {text!r} is no date. Write YYYY-MM-DD.") from None


def _of_country(path: Path, place: tuple[str, str], year: int, work: Path) -> set[dt.date]:
    kept, name = work / SAID, f"{' '.join(place).strip()} {year}"
    known = _kept(kept)
    if name not in known:
        known[name] = sorted(day.isoformat() for day in _asked(path, place, year))
        work.mkdir(parents=True, exist_ok=True)
        part = kept.with_suffix(".part")
        part.write_text(json.dumps(known), encoding="utf-8")
        part.replace(kept)
    return {dt.date.fromisoformat(day) for day in known[name]}


def _kept(path: Path) -> dict[str, list[str]]:
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return told if isinstance(told, dict) else {}


def _asked(path: Path, place: tuple[str, str], year: int) -> set[dt.date]:
    import holidays as library

    country, subdivision = place
    try:
        return set(library.country_holidays(country, subdivision or None, years=year))
    except NotImplementedError:
        raise HomeError(
            f"{path}: no holidays are known of {' '.join(place).strip()}. Write ISO codes, as "
            f"country: US and subdivision: CA, or only days of your own."
        ) from None
