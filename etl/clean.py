"""Cleans employee rows: trimmed, e-mail in lower case, EINs written one way or inferred."""

import json
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from etl.errors import FeedError

TEXT_COLUMNS = (
    "person_id",
    "full_name",
    "title",
    "email",
    "company_ein",
    "start_date",
    "notes",
)
# Few enough to spell out in SQL too: space, tab, line feed, carriage return, no-break space.
WHITE_SPACE = " \t\n\r\u00a0"
# Exactly one @ and no white space; anything else (two addresses, "Ann <ann@x.org>") has no domain.
_ADDRESS = "[^\\s\u00a0@]+@[^\\s\u00a0@<>,;]+"


def normalise_ein(values: pd.Series) -> pd.Series:
    """EINs written 'NN-NNNNNNN' where they can be, and as given but trimmed where they cannot.

    The rule, which the staging models repeat in SQL: remove '-' and white space (``WHITE_SPACE``);
    if nine digits 0-9 remain, write them NN-NNNNNNN; else keep the trimmed original. Blank is NA.
    """
    trimmed = _trim(values)
    bare = trimmed.str.replace(f"[-{WHITE_SPACE}]", "", regex=True)
    written = bare.str.slice(0, 2) + "-" + bare.str.slice(2)
    return trimmed.mask(bare.str.fullmatch("[0-9]{9}"), written)


def clean_employees(rows: pd.DataFrame, lookup: Mapping[str, str]) -> pd.DataFrame:
    """One clean row per row given, in the same order, with ``email_domain`` and ``ein_source``.

    ``rows`` holds ``TEXT_COLUMNS``; other columns pass through untouched. ``lookup`` maps e-mail
    domains to EINs and fills only what is missing: an EIN in the file wins, even a malformed one,
    so that a check can show it. ``ein_source`` says 'given', 'inferred' or 'missing'.
    """
    text = {column: _trim(rows[column]) for column in TEXT_COLUMNS}
    email = text["email"].str.lower()
    domain = email.str.replace("^.*@", "", regex=True).where(email.str.fullmatch(_ADDRESS))
    given = normalise_ein(text["company_ein"])
    ein = given.fillna(domain.map(_eins_by_domain(lookup)).astype("str"))
    source = pd.Series("given", index=rows.index, dtype="str")
    source = source.mask(given.isna(), "inferred").mask(ein.isna(), "missing")
    changed = {"email": email, "company_ein": ein, "ein_source": source, "email_domain": domain}
    return rows.assign(**(text | changed))


def read_company_lookup(path: Path) -> dict[str, str]:
    """E-mail domain (lower case) -> EIN (NN-NNNNNNN), from ``company_lookup.json`` of a feed.

    Raises FeedError naming the file and the line or key when the file is missing, is not UTF-8
    JSON, is not an object of strings, holds something that is no EIN, or gives one domain two EINs.
    """
    lookup: dict[str, str] = {}
    for key, value in _read_pairs(path):
        domain = key.strip(WHITE_SPACE).lower()
        if not domain or any(letter in domain for letter in f"@<>,;{WHITE_SPACE}"):
            raise FeedError(
                f"{path}: key {_short(key)} is not an e-mail domain. "
                "Write what stands after the @, such as 'acme.com'."
            )
        ein = _ein_or_none(value)
        if ein is None:
            raise FeedError(
                f"{path}: the value of key {_short(key)} is not an EIN: {_short(value)}. "
                "Write it as a string of nine digits, such as '12-3456789', or remove the key."
            )
        if lookup.setdefault(domain, ein) != ein:
            raise FeedError(
                f"{path}: the domain {_short(domain)} has two EINs, {lookup[domain]} and {ein} "
                "(upper and lower case are the same domain). Keep the right one."
            )
    return lookup


def _trim(values: pd.Series) -> pd.Series:
    trimmed = values.astype("str").str.strip(WHITE_SPACE)
    return trimmed.mask(trimmed == "")


def _eins_by_domain(lookup: Mapping[str, str]) -> pd.Series:
    domains = [domain.strip(WHITE_SPACE).lower() for domain in lookup]
    eins = pd.Series(list(lookup.values()), index=pd.Index(domains, dtype="str"), dtype="str")
    return normalise_ein(eins[~eins.index.duplicated()])


def _ein_or_none(value: object) -> str | None:
    if not isinstance(value, str):
        return None
    bare = "".join(letter for letter in value if letter not in f"-{WHITE_SPACE}")
    nine_digits = len(bare) == 9 and bare.isascii() and bare.isdigit()
    return f"{bare[:2]}-{bare[2:]}" if nine_digits else None


class _Pairs(list[tuple[str, object]]):
    """A JSON object as its key-value pairs, so that a repeated key is not lost."""


def _read_pairs(path: Path) -> _Pairs:
    try:
        if path.exists() and not path.is_file():
            raise FeedError(f"{path}: the file cannot be read: it is no file. Make it one.")
        content = path.read_bytes()
    except FileNotFoundError:
        raise FeedError(
            f"{path}: the file is missing. A feed needs it to infer missing EINs; "
            "write {} into it if there is nothing to look up."
        ) from None
    except OSError as error:
        raise FeedError(
            f"{path}: the file cannot be read ({error.strerror}). Make it a readable file."
        ) from None
    try:
        document = json.loads(content.decode("utf-8-sig"), object_pairs_hook=_Pairs)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise FeedError(f"{path}: line {line} is not UTF-8. Save the file as UTF-8.") from None
    except json.JSONDecodeError as error:
        raise FeedError(
            f"{path}: not valid JSON at line {error.lineno}, column {error.colno}: {error.msg}. "
            "Correct it there."
        ) from None
    except (ValueError, RecursionError):  # a number of thousands of digits, or very deep nesting
        document = None
    if not isinstance(document, _Pairs):
        raise FeedError(
            f"{path}: not a JSON object of strings. "
            'Write one such as {"acme.com": "12-3456789"}: e-mail domain, then EIN.'
        )
    return document


def _short(value: object) -> str:
    text = "an object" if isinstance(value, _Pairs) else repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
