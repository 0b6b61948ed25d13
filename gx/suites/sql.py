"""SQL that a suite writes itself: one statement that reads, and looks at the rows under test."""

from typing import Any

import sqlglot
from sqlglot import exp

# arguments that are SQL, and whether they must look at the rows under test
QUERIES = {"unexpected_rows_query": True, "base_query": False, "comparison_query": False}
BATCH = "{batch}"


def wrong_query(argument: str, text: Any) -> str | None:
    """What is wrong with the SQL of an argument; None where it is none, or nothing is."""
    if argument not in QUERIES or not isinstance(text, str):
        return None
    if QUERIES[argument] and BATCH not in text:
        return f"it does not look at {BATCH}, which stands for the rows under test."
    try:
        said = sqlglot.parse(text.format(batch="batch"), read="sqlite")
    except (KeyError, IndexError, ValueError, AttributeError):
        return f"only {BATCH} may stand in braces; write others twice, as {{{{ and }}}}."
    except sqlglot.errors.SqlglotError:
        return "it cannot be read as SQL of SQLite."
    if len(said) != 1 or not isinstance(said[0], exp.Query):
        return "it must be one select, which changes nothing."
    return None
